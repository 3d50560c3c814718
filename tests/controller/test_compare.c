/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/config/config.h"
#include "server/controller/compare.h"
#include "tests/base/support.h"
#include "tests/support/fixture.h"

#include <stdio.h>

enum { KEPT_MAX = 4096 };

#define NODE                                                                                       \
    "{\"metadata\":{\"name\":\"nas\",\"uid\":\"u\",\"resourceVersion\":\"1\",\"labels\":{\"a\":"   \
    "\"b\"}},\"spec\":{\"podCIDRs\":[\"10.1.0.0/24\"],\"taints\":[]},\"status\":{\"addresses\":["  \
    "{\"type\":\"Hostname\",\"address\":\"nas\"},{\"type\":\"ExternalIP\",\"address\":"            \
    "\"203.0.113.7\"},{\"type\":\"InternalIP\",\"address\":\"192.168.0.10\"},{\"type\":"           \
    "\"InternalIP\",\"address\":\"fd00:7::10\"}],\"images\":[{\"names\":[\"a\"]}]}}"

static const struct {
    const char *name;
    const char *nodes;
    const char *local;
    const char *outside; /* "": none */
} cases[] = {
    {"both held", "[192.168.0.10/32, fd00:7::10/128]", "[]", ""},
    {"by a larger one", "[192.168.0.0/24, fd00:7::/64]", "[]", ""},
    {"the other family is not", "[192.168.0.10/32]", "[]", "fd00:7::10"},
    {"another's address", "[192.168.0.11/32, fd00:7::/64]", "[]", "192.168.0.10"},
    {"by the LAN, which is reached too", "[fd00:7::10/128]", "[192.168.0.0/24]", ""},
    {"nothing is claimed", "[]", "[]", ""},
    {"nothing is claimed beside a LAN", "[]", "[192.168.9.0/24]", ""},
};

static void keep(struct json *doc, struct buf *kept)
{
    AUTO(json) struct json node = {0};
    struct error err = {0};

    fixture_parse(&node, NODE);
    buf_init(kept, KEPT_MAX);
    cr_assert_eq(compare_keep_node(value_root(&node), kept, &err), 0, "%s", err.text);
    fixture_parse(doc, buf_cstr(kept));
}

EACH_ROW(compare, addresses_of_a_node_are_held, cases)
{
    AUTO(json) struct json doc = {0};
    AUTO(buf) struct buf kept = {0};
    AUTO(ruleset) const struct ruleset *ruleset = NULL;
    struct slice outside = {0};
    char yaml[1024];

    (void)snprintf(yaml, sizeof yaml,
                   "apiVersion: podveil.io/v1\nkind: Configuration\ncluster:\n"
                   "  podCIDRs: [10.1.0.0/16]\n  serviceCIDRs: [10.152.183.0/24]\n"
                   "  nodeCIDRs: %s\n  localCIDRs: %s\n  dns: {address: 10.152.183.10}\n"
                   "gateways:\n- {name: vpn, address: g.vpn.svc.cluster.local, namespace: vpn,\n"
                   "   podSelector: {app: g}, serviceAccount: g}\n",
                   cases[*index].nodes, cases[*index].local);
    ruleset = fixture_ruleset_of(yaml);
    keep(&doc, &kept);
    bool found = compare_node(&ruleset->config->cluster, value_root(&doc), &outside);
    cr_expect_eq(found, cases[*index].outside[0] != '\0', "%s", cases[*index].name);
    cr_expect(!found || slice_is(outside, cases[*index].outside), "%s: %.*s", cases[*index].name,
              SLICE_ARGS(outside));
}

Test(compare, of_a_node_is_kept_what_is_compared)
{
    AUTO(json) struct json doc = {0};
    AUTO(buf) struct buf kept = {0};

    keep(&doc, &kept);
    cr_assert_str_eq(buf_cstr(&kept), "{\"metadata\":{\"name\":\"nas\",\"uid\":\"u\","
                                      "\"resourceVersion\":\"1\"},\"spec\":{\"podCIDRs\":["
                                      "\"10.1.0.0/24\"]},\"addresses\":[\"192.168.0.10\","
                                      "\"fd00:7::10\"]}");
}
