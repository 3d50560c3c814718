/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/policies.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

#include <stdio.h>

static const char config_text[] =
    "apiVersion: podveil.io/v1\nkind: Configuration\n"
    "cluster:\n  podCIDRs: [10.1.0.0/16]\n  serviceCIDRs: [10.152.183.0/24]\n"
    "  dns: {address: 10.152.183.10, namespace: kube-system}\n"
    "gateways:\n- name: vpn\n  address: g.vpn.svc\n  namespace: vpn\n"
    "  podSelector: {app: g}\n  serviceAccount: g\n"
    "  vxlan: {id: 42, port: 14789, network: 172.16.0.0/24}\n"
    "- name: second\n  address: h.vpn.svc\n  namespace: vpn\n"
    "  podSelector: {app: h}\n  serviceAccount: h\n"
    "  vxlan: {id: 43, port: 14789, network: 172.16.1.0/24}\n";

static struct subject subject_in(const struct ruleset *ruleset, size_t gateway)
{
    struct subject subject = {
        .ruleset = ruleset, .rules = &ruleset->gateways[gateway], .namespace = SLICE("media")};

    (void)snprintf(subject.workload, sizeof subject.workload, "sabnzbd");
    (void)snprintf(subject.workload_label, sizeof subject.workload_label, "sabnzbd");
    return subject;
}

static const struct ruleset *with_line(const char *line)
{
    AUTO(buf) struct buf text = {0};

    buf_init(&text, 4096);
    buf_text(&text, config_text);
    buf_text(&text, line);
    return fixture_ruleset_of(buf_cstr(&text));
}

Test(pod_policies, the_floor_selects_every_privacy_pod_and_allows_nothing)
{
    AUTO(ruleset) const struct ruleset *ruleset = with_line("");
    struct error err = {0};
    struct policy_text floor = {0};
    char want[1024];

    cr_assert_eq(policies_floor(ruleset, SLICE("media"), &floor, &err), 0, "%s", err.text);

    (void)snprintf(want, sizeof want,
                   "{\"apiVersion\":\"networking.k8s.io/v1\",\"kind\":\"NetworkPolicy\","
                   "\"metadata\":{\"name\":\"podveil-floor\",\"namespace\":\"media\",\"labels\":{"
                   "\"app.kubernetes.io/managed-by\":\"podveil\",\"podveil.io/config\":\"%s\"}},"
                   "\"spec\":{\"podSelector\":{\"matchExpressions\":[{\"key\":"
                   "\"podveil.io/gateway\",\"operator\":\"Exists\"},{\"key\":"
                   "\"podveil.io/gateway\",\"operator\":\"NotIn\",\"values\":[\"none\"]}]},"
                   "\"policyTypes\":[\"Egress\"]}}",
                   ruleset->config->id);
    cr_assert_str_eq(floor.namespace, "media");
    cr_assert_str_eq(floor.name, "podveil-floor");
    cr_assert_str_eq(floor.json, want);
    policy_text_done(&floor);
    cr_assert_null(floor.json);
}

static struct value parse_policy(struct json *doc, const struct policy_text *policy)
{
    fixture_parse(doc, policy->json);
    return value_root(doc);
}

Test(pod_policies, the_companion_is_the_workloads)
{
    AUTO(ruleset) const struct ruleset *ruleset = with_line("");
    const struct subject subject = subject_in(ruleset, 0);
    struct error err = {0};
    struct policy_text companion = {0};
    AUTO(json) struct json doc = {0};

    cr_assert_eq(policies_companion(&subject, &companion, &err), 0, "%s", err.text);

    struct value policy = parse_policy(&doc, &companion);
    struct value labels = value_get(policy, "spec", "podSelector", "matchLabels", NULL);
    cr_assert_str_eq(companion.name, "sabnzbd-vpn-killswitch");
    cr_assert(value_is(value_get(policy, "metadata", "name", NULL), "sabnzbd-vpn-killswitch"));
    cr_assert(value_is(value_get(policy, "metadata", "namespace", NULL), "media"));
    cr_assert(value_is(value_member(labels, MARK_GATEWAY), "vpn"));
    cr_assert(value_is(value_member(labels, MARK_WORKLOAD), "sabnzbd"));
    cr_assert_eq(value_count(value_get(policy, "spec", "egress", NULL)), 5U);
    policy_text_done(&companion);
}

Test(pod_policies, another_gateways_companion_has_a_name_of_its_own)
{
    AUTO(ruleset) const struct ruleset *ruleset = with_line("");
    const struct subject subject = subject_in(ruleset, 1);
    struct error err = {0};
    struct policy_text companion = {0};

    cr_assert_eq(policies_companion(&subject, &companion, &err), 0, "%s", err.text);

    cr_assert_str_eq(companion.name, "sabnzbd-1013791b-vpn-killswitch");
    policy_text_done(&companion);
}

Test(pod_policies, one_companion_a_namespace_where_so_configured)
{
    AUTO(ruleset) const struct ruleset *ruleset = with_line("companion: namespace\n");
    const struct subject subject = subject_in(ruleset, 1);
    struct error err = {0};
    struct policy_text companion = {0};
    AUTO(json) struct json doc = {0};

    cr_assert_eq(policies_companion(&subject, &companion, &err), 0, "%s", err.text);

    struct value policy = parse_policy(&doc, &companion);
    struct value labels = value_get(policy, "spec", "podSelector", "matchLabels", NULL);
    cr_assert_str_eq(companion.name, "podveil-second-vpn-killswitch");
    cr_assert_eq(value_count(labels), 1U);
    cr_assert(value_is(value_member(labels, MARK_GATEWAY), "second"));
    policy_text_done(&companion);
}

Test(pod_policies, a_namespace_is_needed)
{
    AUTO(ruleset) const struct ruleset *ruleset = with_line("");
    struct subject subject = subject_in(ruleset, 0);
    struct error err = {0};
    struct policy_text policy = {0};
    char text[NAME_MAX_LEN + 2];

    memset(text, 'a', sizeof text);
    subject.namespace = (struct slice){0};
    cr_assert_eq(policies_companion(&subject, &policy, &err), -1);
    cr_assert_eq(policies_floor(ruleset, (struct slice){text, sizeof text - 1}, &policy, &err), -1);
    cr_assert_eq(err.code, ERR_MALFORMED);
    cr_assert_null(policy.json);
}
