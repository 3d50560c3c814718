/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/marks.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

static const struct {
    const char *key;
    bool guarded;
} keys[] = {
    {"podveil.io/gateway", true},
    {"podveil.io/anything", true},
    {"setGateway", true},
    {"istio.io/dataplane-mode", true},
    {"ambient.istio.io/dns-capture", true},
    {"sidecar.istio.io/status", true},
    {"traffic.sidecar.istio.io/kubevirtInterfaces", true},
    {"istio.io/rev", true},
    {"k8s.v1.cni.cncf.io/networks", true},
    {"k8s.v1.cni.cncf.io/network-status", false},
    {"cni", true},
    {"app", false},
    {"podveil.io", false},
    {"example.org/podveil.io/x", false},
};

Test(pod_marks, guarded_keys_are_ours_the_aliases_the_meshs_and_other_networks)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);

    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        cr_assert_eq(mark_is_guarded(ruleset->config, slice_of(keys[i].key)), keys[i].guarded, "%s",
                     keys[i].key);
    }
}

Test(pod_marks, a_privacy_pod_is_known_by_its_mark)
{
    static const struct {
        const char *labels;
        bool marked;
    } cases[] = {
        {"{\"podveil.io/gateway\":\"vpn\"}", true}, {"{\"podveil.io/gateway\":\"none\"}", false},
        {"{\"podveil.io/gateway\":null}", false},   {"{}", false},
        {"{\"podveil.io/gateway\":\"\"}", true},    {"null", false},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(buf) struct buf text = {0};
        AUTO(json) struct json doc = {0};
        buf_init(&text, 256);
        buf_printf(&text, "{\"metadata\":{\"labels\":%s}}", cases[i].labels);
        fixture_parse(&doc, buf_cstr(&text));
        cr_assert_eq(pod_is_marked(value_root(&doc)), cases[i].marked, "%s", cases[i].labels);
    }
}
