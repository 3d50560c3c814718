/* SPDX-License-Identifier: Apache-2.0 */
/* Reviews where an API server stands behind the decision: a store that knows what stands. */
#include "tests/admission/ask.h"
#include "tests/support/patched.h"

#include <criterion/parameterized.h>

static const struct asked pod = {"", "v1", "Pod", "pods", "CREATE", POD, PHASE_MUTATE, false, NULL};
static const struct asked deployment = {
    "apps", "v1", "Deployment", "deployments", "CREATE", DEPLOYMENT, PHASE_VALIDATE, false, NULL};

Test(admission_cluster, a_pod_names_what_must_stand)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(admission) struct admission answer = {0};

    ask(&pod, ruleset, &(struct place){0}, &answer);

    cr_assert(answer.allowed, "%s", buf_cstr(&answer.body));
    cr_assert_eq(answer.policy_count, 2);
    cr_assert(answer.policies[0].is_floor);
    cr_assert(!answer.policies[1].is_floor);
    cr_assert_eq(answer.ruleset, ruleset);
    cr_assert(!answer.early);
    cr_assert(!says(&answer, "would be made"));
}

Test(admission_cluster, what_stands_is_attested)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(admission) struct admission answer = {0};

    ask(&pod, ruleset, &(struct place){0}, &answer);
    (void)snprintf(answer.marks[0].text, sizeof answer.marks[0].text, "f@7");
    (void)snprintf(answer.marks[1].text, sizeof answer.marks[1].text, "c\"@8");
    admission_attest(&answer);

    AUTO(json) struct json doc = {0};
    fixture_parse(&doc, buf_cstr(&answer.body));
    struct value notes = value_get(value_root(&doc), "response", "auditAnnotations", NULL);
    cr_assert(value_is(value_member(notes, "floor"), "f@7"), "%s", buf_cstr(&answer.body));
    cr_assert(value_is(value_member(notes, "companion"), "c\"@8"));
    cr_assert(value_is(value_member(notes, "decision"), "allowed"));
}

/* The pod as /mutate made it, where nothing was in its way, at /validate. */
static void ask_at_the_end(const struct ruleset *ruleset, const struct place *place,
                           struct admission *out)
{
    AUTO(admission) struct admission made = {0};
    AUTO(buf) struct buf body = {0};
    AUTO(buf) struct buf next = {0};

    print_review(&pod, &body);
    send(PHASE_MUTATE, buf_view(&body), ruleset, &(struct place){0}, &made);
    cr_assert(patched_review(buf_view(&body), buf_view(&made.body), &next));
    send(PHASE_VALIDATE, buf_view(&next), ruleset, place, out);
}

Test(admission_cluster, what_stands_is_attested_at_the_end_too)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(admission) struct admission answer = {0};

    ask_at_the_end(ruleset, &(struct place){.standing = FLOOR_NAME}, &answer);
    admission_attest(&answer);

    cr_assert(answer.allowed, "%s", buf_cstr(&answer.body));
    cr_assert(says(&answer, "\"floor\":\"uid@1\""), "%s", buf_cstr(&answer.body));
    cr_assert(!says(&answer, "\"companion\""), "it does not stand: %s", buf_cstr(&answer.body));
    cr_assert_eq(answer.policy_count, 0, "nobody is waited for");
}

Test(admission_cluster, a_denial_attests_nothing)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(admission) struct admission answer = {0};

    ask(&pod, ruleset, &(struct place){0}, &answer);
    (void)snprintf(answer.marks[0].text, sizeof answer.marks[0].text, "f@7");
    admission_refuse(&answer, REASON_TIMEOUT, "too late. Try again.");
    admission_attest(&answer);

    cr_assert(!says(&answer, "floor"), "%s", buf_cstr(&answer.body));
    cr_assert_null(answer.ruleset);
}

Test(admission_cluster, a_neighbour_that_leaks_denies_with_its_name)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(admission) struct admission answer = {0};

    ask(&pod, ruleset, &(struct place){.neighbour = ALLOW_ALL}, &answer);

    cr_assert_eq(answer.reason, REASON_EGRESS_LEAK, "%s", buf_cstr(&answer.body));
    cr_assert(says(&answer, "the NetworkPolicy open of this namespace"));
    cr_assert_eq(answer.policy_count, 0);
}

/* A policy that lets out what it selects. */
#define OPEN_OF(name, labels)                                                                      \
    "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"media\"},\"spec\":{\"podSelector\":{"    \
    "\"matchLabels\":{" labels "}},\"policyTypes\":[\"Egress\"],\"egress\":[{}]}}"
#define OF_VPN "\"podveil.io/gateway\":\"vpn\""
#define OF_WORKLOAD(name) ",\"podveil.io/workload\":\"" name "\""

static const struct neighbour_case {
    const char *name;
    const char *policy;
    bool allowed;
} neighbour_cases[] = {
    {"of another workload", OPEN_OF("web-vpn-killswitch", OF_VPN OF_WORKLOAD("web")), true},
    {"of this workload", OPEN_OF("web-vpn-killswitch", OF_VPN OF_WORKLOAD("app")), false},
    {"its companion, another's so far", OPEN_OF("app-vpn-killswitch", OF_VPN OF_WORKLOAD("app")),
     true},
    {"of any workload", OPEN_OF("all", OF_VPN), false},
    {"of another gateway", OPEN_OF("all", "\"podveil.io/gateway\":\"other\""), true},
    {"by a label that may come later", OPEN_OF("app", "\"app\":\"x\""), false},
    {"of another workload, by a label of ours and one of others",
     OPEN_OF("app", "\"app\":\"x\"" OF_WORKLOAD("web")), true},
    {"with a selector that nobody can read", OPEN_OF("app", "\"podveil.io/workload\":7"), false},
};

ParameterizedTestParameters(admission_cluster, a_neighbour_denies_whom_it_can_select)
{
    static size_t index[COUNT_OF(neighbour_cases)];

    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, admission_cluster, a_neighbour_denies_whom_it_can_select)
{
    const struct neighbour_case *c = &neighbour_cases[*index];
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(admission) struct admission answer = {0};

    ask(&pod, ruleset, &(struct place){.neighbour = c->policy}, &answer);

    cr_assert_eq(answer.allowed, c->allowed, "%s: %s", c->name, buf_cstr(&answer.body));
}

/* What would let out another gateway's pods alone is in the way of none of this one's. */
Test(admission_cluster, a_neighbour_is_judged_for_the_pods_own_gateway)
{
    static const char two[] =
        "apiVersion: podveil.io/v1\nkind: Configuration\n"
        "cluster:\n  podCIDRs: [10.1.0.0/16]\n  serviceCIDRs: [10.152.183.0/24]\n"
        "  dns: {address: 10.152.183.10, namespace: kube-system}\n"
        "gateways:\n- name: vpn\n  address: gluetun.vpn.svc.cluster.local\n  namespace: vpn\n"
        "  podSelector: {a: b}\n  serviceAccount: gluetun\n  vxlan: {id: 42, network: "
        "172.16.0.0/24}\n"
        "- name: strict\n  address: strict.vpn.svc.cluster.local\n  namespace: vpn\n"
        "  podSelector: {a: c}\n  serviceAccount: strict\n  vxlan: {id: 43, network: "
        "172.16.1.0/24}\n"
        "  reach: listed\n  listed:\n  - podSelector: {matchLabels: {app: vault}}\n";
    static const char policy[] =
        "{\"metadata\":{\"name\":\"cluster\",\"namespace\":\"media\"},\"spec\":{\"podSelector\":{},"
        "\"policyTypes\":[\"Egress\"],\"egress\":[{\"to\":[{\"ipBlock\":{\"cidr\":\"10.1.0.0/"
        "16\"}}]}]}}";
    static const char stricter[] = "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":"
                                   "\"app\",\"labels\":{\"podveil.io/gateway\":\"strict\"}},"
                                   "\"spec\":" POD_SPEC "}";
    const struct asked strict = {"",       "v1",         "Pod", "pods", "CREATE",
                                 stricter, PHASE_MUTATE, false, NULL};
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset_of(two);
    AUTO(admission) struct admission answer = {0};
    AUTO(admission) struct admission denied = {0};

    ask(&pod, ruleset, &(struct place){.neighbour = policy}, &answer);
    ask(&strict, ruleset, &(struct place){.neighbour = policy}, &denied);

    cr_assert(answer.allowed, "%s", buf_cstr(&answer.body));
    cr_assert_eq(denied.reason, REASON_EGRESS_LEAK, "%s", buf_cstr(&denied.body));
}

/* The LIST that opens a namespace leaves what names a workload to the workload's pods. */
Test(admission_cluster, a_neighbour_that_came_meanwhile_denies_at_the_end)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(admission) struct admission answer = {0};
    AUTO(admission) struct admission other = {0};
    AUTO(admission) struct admission own = {0};

    ask_at_the_end(
        ruleset, &(struct place){.neighbour = OPEN_OF("late", OF_VPN OF_WORKLOAD("app"))}, &answer);
    cr_assert_eq(answer.reason, REASON_EGRESS_LEAK, "%s", buf_cstr(&answer.body));
    cr_assert(says(&answer, "the NetworkPolicy late of this namespace"));

    ask_at_the_end(
        ruleset, &(struct place){.neighbour = OPEN_OF("late", OF_VPN OF_WORKLOAD("web"))}, &other);
    cr_assert(other.allowed, "of another workload: %s", buf_cstr(&other.body));

    ask_at_the_end(
        ruleset,
        &(struct place){.neighbour = OPEN_OF("app-vpn-killswitch", OF_VPN OF_WORKLOAD("app"))},
        &own);
    cr_assert(own.allowed, "its own, which the loop keeps: %s", buf_cstr(&own.body));
}

Test(admission_cluster, neighbours_that_are_not_known_deny_at_the_end_too)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(admission) struct admission answer = {0};

    ask_at_the_end(ruleset, &(struct place){.lost = true}, &answer);

    cr_assert_eq(answer.reason, REASON_POLICY_NOT_WRITTEN, "%s", buf_cstr(&answer.body));
}

Test(admission_cluster, neighbours_that_are_not_known_deny)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(admission) struct admission answer = {0};

    ask(&pod, ruleset, &(struct place){.lost = true}, &answer);

    cr_assert_eq(answer.reason, REASON_POLICY_NOT_WRITTEN, "%s", buf_cstr(&answer.body));
    cr_assert(says(&answer, "nobody told"));
}

Test(admission_cluster, a_dry_run_warns_of_what_would_be_made)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(admission) struct admission answer = {0};
    struct asked dry = pod;

    dry.dry_run = true;
    ask(&dry, ruleset, &(struct place){.standing = "podveil-floor"}, &answer);

    cr_assert(answer.allowed && answer.dry_run);
    cr_assert_eq(answer.policy_count, 2, "both are tried");
    cr_assert(says(&answer, "app-vpn-killswitch: this NetworkPolicy would be made"), "%s",
              buf_cstr(&answer.body));
    cr_assert(!says(&answer, "podveil-floor: this"), "%s", buf_cstr(&answer.body));
}

Test(admission_cluster, a_dry_run_touches_no_files)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(admission) struct admission answer = {0};
    struct asked dry = pod;

    dry.dry_run = true;
    ask(&dry, ruleset, NULL, &answer);

    cr_assert(answer.allowed);
    cr_assert_eq(answer.policy_count, 0);
}

Test(admission_cluster, a_workload_has_its_policies_early)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(admission) struct admission answer = {0};
    AUTO(admission) struct admission tried = {0};
    struct asked dry = deployment;

    ask(&deployment, ruleset, &(struct place){0}, &answer);
    dry.dry_run = true;
    ask(&dry, ruleset, &(struct place){0}, &tried);

    cr_assert(answer.allowed && answer.early, "%s", buf_cstr(&answer.body));
    cr_assert_eq(answer.policy_count, 2);
    cr_assert_str_eq(answer.policies[1].name, "app-vpn-killswitch");
    cr_assert(tried.allowed);
    cr_assert_eq(tried.policy_count, 0, "nothing early in a dry run");
}

Test(admission_cluster, a_workload_is_warned_of_a_neighbour)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(admission) struct admission answer = {0};

    ask(&deployment, ruleset, &(struct place){.neighbour = ALLOW_ALL}, &answer);

    cr_assert(answer.allowed);
    cr_assert(says(&answer, "its pods will be denied: EgressLeak"), "%s", buf_cstr(&answer.body));
    cr_assert_eq(answer.policy_count, 0);
}

/* ---- More than one configuration ---- */

#define ALIASED                                                                                    \
    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"app\",\"labels\":{"          \
    "\"setGateway\":\"true\"}},\"spec\":" POD_SPEC "}"

/* FIXTURE_EXAMPLE before it had its alias. */
static const char without_alias[] = "apiVersion: podveil.io/v1\n"
                                    "kind: Configuration\n"
                                    "cluster:\n"
                                    "  podCIDRs: [10.1.0.0/16]\n"
                                    "  serviceCIDRs: [10.152.183.0/24]\n"
                                    "  dns: {address: 10.152.183.10, namespace: kube-system}\n"
                                    "gateways:\n"
                                    "- name: vpn\n"
                                    "  address: gluetun.vpn.svc.cluster.local\n"
                                    "  namespace: vpn\n"
                                    "  podSelector: {app.kubernetes.io/name: gluetun}\n"
                                    "  serviceAccount: gluetun\n"
                                    "  vxlan: {id: 42, port: 14789, network: 172.16.0.0/24}\n";

/* By one to which the pod is as any other, everything is right. */
Test(admission_cluster, a_private_pod_is_let_in_by_no_ruleset_that_does_not_know_it)
{
    static const struct asked aliased = {"",      "v1",           "Pod", "pods", "CREATE",
                                         ALIASED, PHASE_VALIDATE, false, NULL};
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(ruleset) const struct ruleset *older = fixture_ruleset_of(without_alias);
    AUTO(admission) struct admission answer = {0};
    AUTO(admission) struct admission ordinary = {0};
    AUTO(buf) struct buf body = {0};

    print_review(&aliased, &body);
    const struct admission_request request = {
        .ruleset = ruleset,
        .believed = &older,
        .believed_count = 1,
        .phase = PHASE_VALIDATE,
        .body = buf_view(&body),
        .policies_kept = true,
    };
    admission_review(&request, &answer);
    cr_assert_eq(answer.reason, REASON_NOT_PROTECTED, "%s", buf_cstr(&answer.body));

    struct admission_request by_older = request;
    by_older.ruleset = older;
    by_older.believed = &ruleset;
    admission_review(&by_older, &ordinary);
    cr_assert(ordinary.allowed, "%s", buf_cstr(&ordinary.body));
}
