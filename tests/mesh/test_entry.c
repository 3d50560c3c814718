/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/mesh/entry.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

#define DNS_OF(hosts)                                                                              \
    "{\"hosts\":[\"" hosts "\"],\"addresses\":[\"203.0.113.7\"],\"resolution\":\"DNS\"}"
#define LED_TO(address)                                                                            \
    "{\"hosts\":[\"a\"],\"addresses\":[\"203.0.113.7\"],\"resolution\":\"DNS\",\"endpoints\":"     \
    "[{\"address\":\"" address "\"}]}"
#define INSIDE                                                                                     \
    "{\"hosts\":[\"a\"],\"resolution\":\"STATIC\",\"endpoints\":[{\"address\":\"10.1.2.3\"}]}"

static const struct {
    const char *spec;
    bool workload;
    bool stays;
    const char *claims; /* the field by which it claims an outside address; NULL: it does not */
} entries[] = {
    {"{\"hosts\":[\"example.com\"],\"resolution\":\"DNS\"}", false, false, NULL},
    {"{\"hosts\":[\"example.com\"],\"resolution\":\"STATIC\",\"endpoints\":[{\"address\":"
     "\"203.0.113.7\"}]}",
     false, false, NULL},
    {"{\"hosts\":[\"db.home\"],\"resolution\":\"STATIC\",\"endpoints\":[{\"address\":"
     "\"192.168.0.7\"},{\"address\":\"10.1.2.3\"}]}",
     false, true, NULL},
    {"{\"hosts\":[\"db.home\"],\"resolution\":\"STATIC\",\"endpoints\":[{\"address\":"
     "\"192.168.0.7\"},{\"address\":\"203.0.113.7\"}]}",
     false, false, NULL},
    {"{\"hosts\":[\"db.home\"],\"resolution\":\"STATIC\",\"endpoints\":[{\"address\":"
     "\"192.168.0.7\",\"network\":\"two\"}]}",
     false, false, NULL},
    {"{\"hosts\":[\"a\"],\"addresses\":[\"203.0.113.7\"],\"resolution\":\"STATIC\",\"endpoints\":"
     "[{\"address\":\"203.0.113.7\"}]}",
     false, false, NULL},
    {DNS_OF("api.example.com"), false, false, NULL},
    {DNS_OF("203.0.113.8"), false, false, NULL},
    {DNS_OF("svc.example.com.evilcluster.local"), false, false, NULL},
    {DNS_OF("proxy.tools.svc.cluster.local"), false, false, "spec.hosts[0]"},
    {DNS_OF("Proxy.Tools.SVC.Cluster.Local."), false, false, "spec.hosts[0]"},
    {DNS_OF("proxy.tools.svc"), false, false, "spec.hosts[0]"},
    {DNS_OF("10-1-3-4.tools.pod"), false, false, "spec.hosts[0]"},
    {DNS_OF("10-1-3-4.tools.pod.cluster.local"), false, false, "spec.hosts[0]"},
    {DNS_OF("proxy.tools"), false, false, "spec.hosts[0]"},
    {DNS_OF("proxy"), false, false, "spec.hosts[0]"},
    {DNS_OF(""), false, false, "spec.hosts[0]"},
    {DNS_OF("10.1.3.4"), false, false, "spec.hosts[0]"},
    {DNS_OF("010.1.3.4"), false, false, "spec.hosts[0]"},
    {DNS_OF("::ffff:10.1.3.4"), false, false, "spec.hosts[0]"},
    {DNS_OF("api.example.com\",\"proxy.tools.svc"), false, false, "spec.hosts[1]"},
    {"{\"hosts\":[\"proxy.tools\"],\"addresses\":[\"203.0.113.7\"],\"resolution\":"
     "\"DNS_ROUND_ROBIN\",\"endpoints\":[]}",
     false, false, "spec.hosts[0]"},
    {"{\"hosts\":[\"proxy.tools\"],\"addresses\":[\"203.0.113.7\"],\"resolution\":\"NONE\"}", false,
     false, NULL},
    {"{\"hosts\":[\"proxy.tools\"],\"addresses\":[\"203.0.113.7\"],\"resolution\":\"STATIC\"}",
     false, false, NULL},
    {"{\"hosts\":[\"proxy.tools\"],\"addresses\":[\"203.0.113.7\"]}", false, false, NULL},
    {"{\"hosts\":[\"proxy.tools\"],\"addresses\":[\"10.1.7.7\"],\"resolution\":\"DNS\"}", false,
     false, NULL},
    {"{\"hosts\":[\"proxy.tools\"],\"addresses\":[\"203.0.113.7\"],\"resolution\":\"DNS\","
     "\"endpoints\":[{\"address\":\"api.example.com\"}]}",
     false, false, NULL},
    {"{\"hosts\":[\"a\"],\"addresses\":[\"203.0.113.7\"],\"resolution\":\"DNS\",\"endpoints\":"
     "[{\"address\":\"a.example.com\"}]}",
     false, false, NULL},
    {"{\"hosts\":[\"a\"],\"addresses\":[\"203.0.113.7\"],\"resolution\":\"STATIC\",\"endpoints\":"
     "[{\"address\":\"203.0.113.8\"},{\"address\":\"10.1.2.3\"}]}",
     false, false, "spec.endpoints[1]"},
    {"{\"hosts\":[\"a\"],\"addresses\":[\"0.0.0.0/1\"],\"resolution\":\"DNS\",\"endpoints\":"
     "[{\"address\":\"proxy.tools.svc.cluster.local\"}]}",
     false, false, "spec.endpoints[0]"},
    {LED_TO("proxy.tools"), false, false, "spec.endpoints[0]"},
    {LED_TO("PROXY.tools.SVC."), false, false, "spec.endpoints[0]"},
    {LED_TO("::ffff:10.1.3.4"), false, false, "spec.endpoints[0]"},
    {LED_TO("010.1.3.4"), false, false, "spec.endpoints[0]"},
    {"{\"hosts\":[\"a\"],\"addresses\":[\"2001:db8::1\"],\"workloadSelector\":{\"labels\":{}}}",
     false, false, "spec.workloadSelector"},
    {"{\"hosts\":[\"a\"],\"addresses\":[\"203.0.113.7\"],\"endpoints\":[{\"network\":\"two\"}]}",
     false, false, "spec.endpoints[0]"},
    {"{\"hosts\":[\"a\"],\"addresses\":[\"240.240.0.7\"],\"resolution\":\"STATIC\",\"endpoints\":"
     "[{\"address\":\"10.1.2.3\"}]}",
     false, true, NULL},
    {"{\"hosts\":[\"a\"],\"addresses\":[\"010.0.0.1\"],\"resolution\":\"STATIC\",\"endpoints\":"
     "[{\"address\":\"10.1.2.3\"}]}",
     false, true, "spec.endpoints[0]"},
    {"{\"address\":\"203.0.113.7\"}", true, false, NULL},
    {"{\"address\":\"10.1.2.3\"}", true, true, NULL},
    {"{\"address\":\"example.com\"}", true, false, NULL},
    {"{\"network\":\"two\"}", true, false, NULL},
};

/* Where `claims` is NULL none. */
static void check_claims(const char *spec, const char *status, const char *claims)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json doc = {0};
    char field[64] = "";

    buf_init(&text, 4096);
    buf_printf(&text, "{\"spec\":%s,\"status\":{\"addresses\":%s}}", spec, status);
    fixture_parse(&doc, buf_cstr(&text));

    cr_assert_eq(entry_claims_outside(ruleset->config, value_root(&doc), field), claims != NULL,
                 "%s, %s", spec, status);
    cr_assert_str_eq(field, claims == NULL ? "" : claims, "%s, %s", spec, status);
}

Test(mesh_entry, leads_where_its_addresses_are)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);

    for (size_t i = 0; i < COUNT_OF(entries); i++) {
        AUTO(buf) struct buf text = {0};
        AUTO(json) struct json doc = {0};

        buf_init(&text, 4096);
        buf_printf(&text, "{\"spec\":%s}", entries[i].spec);
        fixture_parse(&doc, buf_cstr(&text));
        struct value entry = value_root(&doc);

        cr_assert_eq(entry_stays_inside(ruleset->config, entry, entries[i].workload),
                     entries[i].stays, "%s", entries[i].spec);
        check_claims(entries[i].spec, "[]", entries[i].claims);
    }
}

Test(mesh_entry, claims_what_its_status_has)
{
    static const struct {
        const char *addresses;
        bool outside;
    } statuses[] = {
        {"[{\"value\":\"1.1.1.1\"}]", true},
        {"[{\"value\":\"240.240.0.7\"},{\"value\":\"2001:db8::7\"}]", true},
        {"[{\"value\":\"2001:3::7\"}]", true},
        {"[{\"value\":\"2001:2::/47\"}]", true},
        {"[{}]", true},
        {"[{\"value\":\"240.240.0.7\"},{\"value\":\"2001:2::f0f0:7\"}]", false},
        {"[{\"value\":\"10.1.7.7\"}]", false},
        {"null", false},
    };

    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        const char *addresses = statuses[i].addresses;

        check_claims(INSIDE, addresses, statuses[i].outside ? "spec.endpoints[0]" : NULL);
        check_claims("{\"hosts\":[\"api.example.com\"],\"resolution\":\"DNS\"}", addresses, NULL);
    }
}
