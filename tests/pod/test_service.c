/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/service.h"
#include "tests/base/support.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

/* Of a gateway in the namespace vpn. */
static const struct address_case {
    const char *name;
    const char *address;
    const char *domain;
    const char *service;
} addresses[] = {
    {"in full", "gluetun.vpn.svc.cluster.local", "cluster.local", "gluetun"},
    {"without the domain", "gluetun.vpn.svc", "cluster.local", "gluetun"},
    {"namespace and name", "gluetun.vpn", "cluster.local", "gluetun"},
    {"another domain", "gluetun.vpn.svc.k8s.example.org", "k8s.example.org", "gluetun"},
    {"a pod of it", "gluetun-0.gluetun.vpn.svc.cluster.local", "cluster.local", "gluetun"},
    {"another namespace", "gluetun.media.svc.cluster.local", "cluster.local", ""},
    {"a domain that only ends alike", "gluetun.vpn.svc.mycluster.local", "cluster.local", ""},
    {"a domain that the namespace ends like", "gluetun.vpn", "n", "gluetun"},
    {"no Service", "vpn.example.org", "cluster.local", ""},
    {"the namespace alone", "vpn.svc", "cluster.local", ""},
};

EACH_ROW(service, of_gateway, addresses)
{
    const struct address_case *c = &addresses[*index];
    const struct config config = {.cluster = {.domain = c->domain}};
    const struct gateway gateway = {.address = c->address, .namespace = "vpn"};

    struct slice service = service_of_gateway(&config, &gateway);

    cr_assert(slice_is(service, c->service), "%s: %.*s", c->name, SLICE_ARGS(service));
}

Test(service, a_gateway_is_found_behind_its_own)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);

    cr_assert_eq(service_gateway(ruleset, SLICE("vpn"), SLICE("gluetun")), &ruleset->gateways[0]);
    cr_assert_null(service_gateway(ruleset, SLICE("media"), SLICE("gluetun")));
    cr_assert_null(service_gateway(ruleset, SLICE("vpn"), SLICE("db")));
}

Test(service, a_gateway_that_is_behind_none_is_not_found_by_an_empty_name)
{
    AUTO(ruleset)
    const struct ruleset *ruleset = fixture_ruleset_of(
        "apiVersion: podveil.io/v1\nkind: Configuration\ncluster:\n  podCIDRs: [10.1.0.0/16]\n"
        "  serviceCIDRs: [10.152.183.0/24]\n  dns: {address: 10.152.183.10}\ngateways:\n"
        "- name: vpn\n  address: vpn.example.org\n  namespace: vpn\n  podSelector: {a: b}\n"
        "  serviceAccount: c\n");

    cr_assert_null(service_gateway(ruleset, SLICE("vpn"), SLICE("")));
}
