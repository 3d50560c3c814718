/* SPDX-License-Identifier: Apache-2.0 */
/* podveil's own policies, from the review's body to the answer. */
#include "tests/admission/ask.h"

#include <criterion/parameterized.h>

#define FLOOR                                                                                      \
    "{\"apiVersion\":\"networking.k8s.io/v1\",\"kind\":\"NetworkPolicy\",\"metadata\":{\"name\":"  \
    "\"podveil-floor\",\"namespace\":\"media\"},\"spec\":{\"podSelector\":{\"matchExpressions\":[" \
    "{\"key\":\"podveil.io/gateway\",\"operator\":\"Exists\"},{\"key\":\"podveil.io/gateway\","    \
    "\"operator\":\"NotIn\",\"values\":[\"none\"]}]},\"policyTypes\":[\"Egress\"]}}"
#define OTHER                                                                                      \
    "{\"apiVersion\":\"networking.k8s.io/v1\",\"kind\":\"NetworkPolicy\",\"metadata\":{\"name\":"  \
    "\"podveil-floor\",\"namespace\":\"media\"},\"spec\":{\"podSelector\":{},\"policyTypes\":["    \
    "\"Egress\"]}}"

struct own_case {
    const char *name;
    const char *operation;
    const char *object;
    const char *old;
    const struct place place;
    bool configured;
    enum reason want;
};

static const struct own_case cases[] = {
    {"deleted without a pod", "DELETE", FLOOR, NULL, {0}, true, REASON_NONE},
    {"deleted with a pod", "DELETE", FLOOR, NULL, {.pods = 1}, true, REASON_COMPANION_DELETED},
    {"deleted, and nobody knows",
     "DELETE",
     FLOOR,
     NULL,
     {.lost = true},
     true,
     REASON_COMPANION_DELETED},
    {"deleted with a pod before there is a configuration",
     "DELETE",
     FLOOR,
     NULL,
     {.pods = 1},
     false,
     REASON_COMPANION_DELETED},
    {"deleted before there is a configuration", "DELETE", FLOOR, NULL, {0}, false, REASON_NONE},
    {"changed", "UPDATE", OTHER, FLOOR, {0}, true, REASON_COMPANION_CHANGED},
    {"changed before there is a configuration",
     "UPDATE",
     OTHER,
     FLOOR,
     {0},
     false,
     REASON_UNKNOWN_GATEWAY},
    {"labelled before there is a configuration", "UPDATE", FLOOR, FLOOR, {0}, false, REASON_NONE},
    {"written by somebody", "CREATE", FLOOR, NULL, {0}, true, REASON_NONE},
    {"written otherwise by somebody", "CREATE", OTHER, NULL, {0}, true, REASON_COMPANION_CHANGED},
};

ParameterizedTestParameters(admission_own_policy, floor)
{
    static size_t index[COUNT_OF(cases)];

    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

static const struct ruleset *no_ruleset(void)
{
    AUTO(config) const struct config *none = NULL;
    const struct ruleset *ruleset = NULL;
    struct error err = {0};

    cr_assert_eq(config_none(&none, &err), 0, "%s", err.text);
    cr_assert_eq(ruleset_new(none, &ruleset, &err), 0, "%s", err.text);
    return ruleset;
}

ParameterizedTest(size_t *index, admission_own_policy, floor)
{
    const struct own_case *c = &cases[*index];
    const struct asked asked = {"networking.k8s.io", "v1",         "NetworkPolicy",
                                "networkpolicies",   c->operation, c->object,
                                PHASE_VALIDATE,      false,        c->old};
    AUTO(ruleset)
    const struct ruleset *ruleset = c->configured ? fixture_ruleset(FIXTURE_EXAMPLE) : no_ruleset();
    AUTO(admission) struct admission answer = {0};

    ask(&asked, ruleset, &c->place, &answer);

    cr_assert_str_eq(reason_name(answer.reason), reason_name(c->want), "%s: %s", c->name,
                     buf_cstr(&answer.body));
    cr_assert_eq(answer.allowed, c->want == REASON_NONE, "%s", c->name);
}

/* What is exactly right by a configuration of before, or the next one, is right. */
Test(admission_own_policy, a_companion_of_a_believed_configuration_is_right)
{
    static const char other_pods[] =
        "apiVersion: podveil.io/v1\nkind: Configuration\n"
        "cluster:\n  podCIDRs: [10.1.0.0/16]\n  serviceCIDRs: [10.152.183.0/24]\n"
        "  dns: {address: 10.152.183.10, namespace: kube-system}\n"
        "gateways:\n- name: vpn\n  address: gluetun.vpn.svc.cluster.local\n  namespace: vpn\n"
        "  podSelector: {app.kubernetes.io/name: another}\n  serviceAccount: gluetun\n"
        "  vxlan: {id: 42, port: 14789, network: 172.16.0.0/24}\n";
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(ruleset) const struct ruleset *before = fixture_ruleset_of(other_pods);
    struct policy_text made = {0};
    struct error err = {0};
    const struct subject subject = {.ruleset = before,
                                    .rules = &before->gateways[0],
                                    .namespace = SLICE("media"),
                                    .workload = "app",
                                    .workload_label = "app"};

    cr_assert_eq(policies_companion(&subject, &made, &err), 0, "%s", err.text);
    for (size_t believed = 0; believed < 2; believed++) {
        const struct asked asked = {"networking.k8s.io", "v1",     "NetworkPolicy",
                                    "networkpolicies",   "CREATE", made.json,
                                    PHASE_VALIDATE,      false,    NULL};
        AUTO(buf) struct buf body = {0};
        AUTO(admission) struct admission answer = {0};
        print_review(&asked, &body);
        const struct admission_request request = {.ruleset = ruleset,
                                                  .believed = &before,
                                                  .believed_count = believed,
                                                  .phase = PHASE_VALIDATE,
                                                  .body = buf_view(&body)};
        admission_review(&request, &answer);
        cr_assert_eq(answer.reason, believed > 0 ? REASON_NONE : REASON_COMPANION_CHANGED, "%s",
                     buf_cstr(&answer.body));
    }
    policy_text_done(&made);
}
