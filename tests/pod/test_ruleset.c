/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/names.h"
#include "lib/pod/ruleset.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

#define HEAD                                                                                       \
    "apiVersion: podveil.io/v1\nkind: Configuration\n"                                             \
    "cluster:\n  podCIDRs: [10.1.0.0/16]\n  serviceCIDRs: [10.152.183.0/24]\n"                     \
    "  dns: {address: 10.152.183.10, namespace: kube-system}\n"                                    \
    "gateways:\n"
#define GATEWAY(name, id, selector, more)                                                          \
    "- name: " name "\n  address: g.vpn.svc\n  namespace: vpn\n  podSelector: " selector "\n"      \
    "  serviceAccount: " name "\n  vxlan: {id: " id                                                \
    ", port: 14789, network: 172.16.0.0/24}\n" more
#define TWO GATEWAY("vpn", "42", "{app: g}", "") GATEWAY("second", "43", "{app: h}", "")

Test(pod_ruleset, each_gateway_has_rules_of_its_own)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset_of(HEAD TWO);
    const struct gateway_rules *vpn = ruleset_gateway(ruleset, SLICE("vpn"));
    const struct gateway_rules *second = ruleset_gateway(ruleset, SLICE("second"));

    cr_assert_eq(ruleset->gateway_count, 2U);
    cr_assert(vpn->first);
    cr_assert_not(second->first);
    cr_assert_str_eq(vpn->target.gateway, "vpn");
    cr_assert_eq(vpn->target.cidr_count, 2U);
    cr_assert_eq(vpn->target.probe_count, 0U);
    cr_assert_not(value_equal(vpn->init, second->init));
    cr_assert_null(ruleset_gateway(ruleset, SLICE("vp")));
    cr_assert_null(ruleset_gateway(ruleset, SLICE("")));
}

Test(pod_ruleset, privacy_pods_are_those_with_a_gateways_name)
{
    static const struct {
        const char *labels;
        bool selected;
    } cases[] = {
        {"{\"podveil.io/gateway\":\"vpn\",\"a\":\"b\"}", true},
        {"{\"podveil.io/gateway\":\"second\"}", true},
        {"{\"podveil.io/gateway\":\"none\"}", false},
        {"{\"podveil.io/gateway\":\"x\"}", false},
        {"{}", false},
    };
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset_of(HEAD TWO);

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(json) struct json doc = {0};
        fixture_parse(&doc, cases[i].labels);
        cr_assert_eq(selector_matches(&ruleset->privacy, value_root(&doc)), cases[i].selected, "%s",
                     cases[i].labels);
    }
}

static void injected_of(const char *yaml, char out[static 64])
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset_of(yaml);
    const char *injected = ruleset->gateways[0].injected;

    cr_assert_eq(strlen(injected), 32U, "%s", injected);
    cr_assert_eq(strspn(injected + 3, "0123456789abcdef"), 12U, "%s", injected);
    cr_assert_eq(strspn(injected + 16, "0123456789abcdef"), 16U, "%s", injected);
    cr_assert(strncmp(injected, "v1.", 3) == 0 && injected[15] == '.', "%s", injected);
    memcpy(out, injected, 33);
}

/* What may differ in a pod changes the id of the configuration, not the digest. */
Test(pod_ruleset, injected_tells_old_settings_from_new)
{
    char plain[64];
    char again[64];
    char pulled[64];
    char imaged[64];

    injected_of(HEAD GATEWAY("vpn", "42", "{app: g}", ""), plain);
    injected_of(HEAD GATEWAY("vpn", "42", "{app: g}", ""), again);
    injected_of(HEAD GATEWAY("vpn", "42", "{app: g}",
                             "  client: {imagePullPolicy: Always, resources: {}}\n"),
                pulled);
    injected_of(HEAD GATEWAY("vpn", "42", "{app: g}", "  client: {image: other:1}\n"), imaged);

    cr_assert_str_eq(plain, again);
    cr_assert_str_eq(plain + 15, pulled + 15);
    cr_assert_str_neq(plain, pulled);
    cr_assert_str_neq(plain + 15, imaged + 15);
}

Test(pod_ruleset, is_counted)
{
    const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    const struct ruleset *second = ruleset_ref(ruleset);

    ruleset_unref(ruleset);
    cr_assert_str_eq(second->gateways[0].gateway->name, "vpn");
    cr_assert_eq(second->gateways[0].target.probe_count, 2U);
    ruleset_unref(second);
    ruleset_unref(NULL);
}
