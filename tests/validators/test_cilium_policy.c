/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/validators/outranking.h"

#include <stdio.h>

#define TWO_GATEWAYS "fixtures/config/two-gateways.yaml"
#define WORLD "'egress':[{'toEntities':['world']}]"

static const struct outranking policy = {"cilium.io", "v2", "CiliumNetworkPolicy",
                                         "ciliumnetworkpolicies", "media"};
static const struct outranking clusterwide = {"cilium.io", "v2", "CiliumClusterwideNetworkPolicy",
                                              "ciliumclusterwidenetworkpolicies", NULL};
static const struct outranking redirect = {"cilium.io", "v2", "CiliumLocalRedirectPolicy",
                                           "ciliumlocalredirectpolicies", "media"};
static const struct outranking wide_redirect = {"cilium.io", "v2",
                                                "CiliumClusterwideLocalRedirectPolicy",
                                                "ciliumclusterwidelocalredirectpolicies", NULL};
static const struct outranking local_dns = {"cilium.io", "v2", "CiliumLocalRedirectPolicy",
                                            "ciliumlocalredirectpolicies", "kube-system"};
static const struct outranking of_gateway = {"cilium.io", "v2", "CiliumLocalRedirectPolicy",
                                             "ciliumlocalredirectpolicies", "vpn"};
static const struct outranking egress_gateway = {"cilium.io", "v2", "CiliumEgressGatewayPolicy",
                                                 "ciliumegressgatewaypolicies", NULL};
static const struct outranking older = {"cilium.io", "v1", "CiliumNetworkPolicy",
                                        "ciliumnetworkpolicies", "media"};

Test(validators_cilium_policy, names_the_leak_and_the_way_out)
{
    struct findings open = judge_outranking(&policy, "{'endpointSelector':{}," WORLD "}", NULL);
    struct findings mended = judge_outranking(
        &policy,
        "{'endpointSelector':{'matchExpressions':[{'key':'podveil.io/gateway','operator':"
        "'DoesNotExist'}]}," WORLD "}",
        NULL);

    check_denied(&open, REASON_ADMIN_ALLOW, "spec.egress[0].toEntities[0]",
                 "AdminAllow: spec.egress[0].toEntities[0] lets pods of gateway vpn reach any "
                 "address of the world beside the tunnel, united with the killswitch. Take that "
                 "out, or keep privacy pods out of the policy by adding to endpointSelector: "
                 "matchExpressions: [{key: podveil.io/gateway, operator: DoesNotExist}].");
    check_allowed(&mended);
}

Test(validators_cilium_policy, tells_how_nodes_are_known)
{
    struct findings open = judge_outranking(
        &clusterwide, "{'endpointSelector':{},'egress':[{'toEntities':['cluster']}]}", NULL);

    check_denied(&open, REASON_ADMIN_ALLOW, "spec.egress[0].toEntities[0]",
                 "AdminAllow: spec.egress[0].toEntities[0] lets pods of gateway vpn reach nodes, "
                 "whose addresses cluster.nodeCIDRs does not give beside the tunnel, united with "
                 "the killswitch. Take that out, or set cluster.nodeCIDRs to the nodes' addresses, "
                 "or keep privacy pods out of the policy by adding to endpointSelector: "
                 "matchExpressions: [{key: podveil.io/gateway, operator: DoesNotExist}].");
}

Test(validators_cilium_policy, judges_the_cluster_as_a_namespace)
{
    struct findings open =
        judge_outranking(&clusterwide, "{'endpointSelector':{}," WORLD "}", NULL);
    struct findings pods = judge_outranking(
        &clusterwide, "{'endpointSelector':{},'egress':[{'toEndpoints':[{}]}]}", NULL);

    cr_assert_eq(open.denied, REASON_ADMIN_ALLOW, "%s", open.message);
    check_allowed(&pods);
}

Test(validators_cilium_policy, judges_an_update_by_what_it_changes)
{
    const char *spec = "{'endpointSelector':{}," WORLD "}";
    struct findings opened = judge_outranking(&policy, spec, "{'endpointSelector':{}}");
    struct findings as_it_was = judge_outranking(&policy, spec, spec);

    cr_assert_eq(opened.denied, REASON_ADMIN_ALLOW, "%s", opened.message);
    check_allowed(&as_it_was);
}

struct counted {
    bool known;
    size_t strict; /* pods of that gateway */
    size_t others; /* of one that the configuration does not know */
    bool lost;     /* after the first answer */
};

static int count_pods(const void *place, struct slice namespace, struct slice gateway,
                      struct slice workload, size_t *count, struct error *err)
{
    const struct counted *counted = place;

    cr_assert(namespace.data == NULL || slice_is(namespace, "media"));
    cr_assert_eq(workload.len, 0);
    if (gateway.data == NULL) {
        *count = counted->strict + counted->others;
    } else {
        *count = slice_is(gateway, "strict") ? counted->strict : 0;
    }
    bool known = counted->known && (gateway.data == NULL || !counted->lost);
    return known ? 0 : error_set(err, ERR_SYSTEM, "nobody knows");
}

/* The gateway strict may be used from the namespace vault alone, and allows no pods there. */
Test(validators_cilium_policy, asks_whether_a_gateway_has_pods_where_it_is_not_usable)
{
    static const struct counted none = {.known = true};
    static const struct counted one = {.known = true, .strict = 1};
    static const struct counted unknown = {.known = false};
    const char *spec = "{'endpointSelector':{},'egress':[{'toEndpoints':[{}]}]}";
    const struct cluster_view without = {.place = &none, .count_pods = count_pods};
    const struct cluster_view with = {.place = &one, .count_pods = count_pods};
    const struct cluster_view blind = {.place = &unknown, .count_pods = count_pods};

    struct findings empty = judge_outranking_in(&policy, spec, TWO_GATEWAYS, &without);
    struct findings left = judge_outranking_in(&policy, spec, TWO_GATEWAYS, &with);
    struct findings asked = judge_outranking_in(&policy, spec, TWO_GATEWAYS, &blind);
    struct findings nobody = judge_outranking_in(&policy, spec, TWO_GATEWAYS, NULL);

    struct findings wide = judge_outranking_in(&clusterwide, spec, TWO_GATEWAYS, &without);

    check_allowed(&empty);
    cr_assert_eq(wide.denied, REASON_ADMIN_ALLOW, "%s", wide.message);
    cr_assert_eq(left.denied, REASON_ADMIN_ALLOW, "%s", left.message);
    cr_assert_eq(asked.denied, REASON_ADMIN_ALLOW, "%s", asked.message);
    cr_assert_eq(nobody.denied, REASON_ADMIN_ALLOW, "%s", nobody.message);
}

/* Their gateway was in the configuration once, and they still live. */
Test(validators_cilium_policy, holds_for_pods_of_a_gateway_that_is_gone)
{
    static const struct counted none = {.known = true};
    static const struct counted gone = {.known = true, .others = 1};
    static const struct counted halfway = {.known = true, .others = 1, .lost = true};
    const char *spec =
        "{'endpointSelector':{'matchLabels':{'podveil.io/gateway':'gone'}}," WORLD "}";
    const char *opted =
        "{'endpointSelector':{'matchLabels':{'podveil.io/gateway':'none'}}," WORLD "}";
    const struct cluster_view without = {.place = &none, .count_pods = count_pods};
    const struct cluster_view with = {.place = &gone, .count_pods = count_pods};

    const struct cluster_view lost = {.place = &halfway, .count_pods = count_pods};

    struct findings nobody = judge_outranking_in(&policy, spec, TWO_GATEWAYS, &without);
    struct findings left = judge_outranking_in(&policy, spec, TWO_GATEWAYS, &with);
    struct findings unsure = judge_outranking_in(&policy, spec, TWO_GATEWAYS, &lost);
    struct findings out = judge_outranking_in(&policy, opted, TWO_GATEWAYS, &with);
    struct findings nowhere = judge_outranking_in(&clusterwide, spec, TWO_GATEWAYS, &without);
    struct findings anywhere = judge_outranking_in(&clusterwide, spec, TWO_GATEWAYS, &with);

    cr_assert_eq(unsure.denied, REASON_ADMIN_ALLOW, "%s", unsure.message);
    check_allowed(&nowhere);
    cr_assert_eq(anywhere.denied, REASON_ADMIN_ALLOW, "%s", anywhere.message);
    check_allowed(&nobody);
    check_allowed(&out);
    cr_assert_eq(left.denied, REASON_ADMIN_ALLOW, "%s", left.message);
    cr_assert_not_null(strstr(left.message, "pods of gateway (none of the configuration's)"), "%s",
                       left.message);
}

Test(validators_cilium_policy, warns_of_a_version_that_is_not_known)
{
    struct findings findings = judge_outranking(&older, "{'endpointSelector':{}}", NULL);

    cr_assert_eq(findings.denied, REASON_NONE, "%s", findings.message);
    cr_assert_eq(findings.warning_count, 1);
    cr_assert_str_eq(findings.warnings[0], "cilium.io/v1 is not known to podveil, judged as v2");
}

Test(validators_cilium_policy, refuses_a_redirect_of_what_goes_by_the_tunnel)
{
    const char *spec = "{'redirectFrontend':{'addressMatcher':{'ip':'203.0.113.7'}}}";
    struct findings open = judge_outranking(&redirect, spec, NULL);
    struct findings as_it_was = judge_outranking(&redirect, spec, spec);
    struct findings metadata = judge_outranking(
        &redirect, "{'redirectFrontend':{'addressMatcher':{'ip':'169.254.169.254'}}}", NULL);
    struct findings service = judge_outranking(
        &redirect, "{'redirectFrontend':{'serviceMatcher':{'serviceName':'kube-dns'}}}", NULL);

    check_denied(&open, REASON_ADMIN_ALLOW, "spec.redirectFrontend.addressMatcher.ip",
                 "AdminAllow: spec.redirectFrontend.addressMatcher.ip leads what privacy pods "
                 "send to 203.0.113.7 to pods of the policy's choice, beside the tunnel. Write "
                 "serviceMatcher: {serviceName: ..., namespace: ...} where it is a Service, or a "
                 "link-local address (169.254.0.0/16).");
    check_allowed(&as_it_was);
    check_allowed(&metadata);
    check_allowed(&service);
}

Test(validators_cilium_policy, refuses_a_redirect_of_what_privacy_pods_know_by_its_address)
{
    static const char *const addresses[] = {"10.152.183.10", "10.152.183.99", "169.254.7.127"};
    const char *dns = "{'redirectFrontend':{'addressMatcher':{'ip':'10.152.183.10'}}}";

    for (size_t i = 0; i < COUNT_OF(addresses); i++) {
        char spec[128];
        (void)snprintf(spec, sizeof spec, "{'redirectFrontend':{'addressMatcher':{'ip':'%s'}}}",
                       addresses[i]);
        struct findings findings = judge_outranking(&redirect, spec, NULL);
        struct findings wide = judge_outranking(&wide_redirect, spec, NULL);
        cr_assert_eq(findings.denied, REASON_ADMIN_ALLOW, "%s", addresses[i]);
        cr_assert_eq(wide.denied, REASON_ADMIN_ALLOW, "%s", addresses[i]);
    }
    struct findings open = judge_outranking(&redirect, dns, NULL);
    struct findings local = judge_outranking(&local_dns, dns, NULL);
    struct findings other = judge_outranking(
        &local_dns, "{'redirectFrontend':{'addressMatcher':{'ip':'10.152.183.11'}}}", NULL);

    check_denied(&open, REASON_ADMIN_ALLOW, "spec.redirectFrontend.addressMatcher.ip",
                 "AdminAllow: spec.redirectFrontend.addressMatcher.ip leads what privacy pods "
                 "send to 10.152.183.10 to pods of the policy's choice, beside the tunnel. Write "
                 "such a policy (node-local DNS) in the namespace of cluster.dns.");
    check_allowed(&local);
    cr_assert_eq(other.denied, REASON_ADMIN_ALLOW, "%s", other.message);
}

Test(validators_cilium_policy, refuses_a_redirect_of_a_gateways_service)
{
    const char *spec = "{'redirectFrontend':{'serviceMatcher':{'serviceName':'gluetun',"
                       "'namespace':'vpn'}}}";
    const char *own = "{'redirectFrontend':{'serviceMatcher':{'serviceName':'gluetun'}}}";
    const char *odd = "{'redirectFrontend':{'serviceMatcher':{'serviceName':5}}}";
    struct findings rogue = judge_outranking(&redirect, spec, NULL);
    struct findings wide = judge_outranking(&wide_redirect, spec, NULL);
    struct findings beside = judge_outranking(&of_gateway, own, NULL);
    struct findings another = judge_outranking(&redirect, own, NULL);
    struct findings unread = judge_outranking(&redirect, odd, NULL);
    struct findings as_it_was = judge_outranking(&redirect, odd, odd);

    check_denied(&rogue, REASON_ROGUE_GATEWAY, "spec.redirectFrontend.serviceMatcher",
                 "RogueGateway: privacy pods find gateway vpn by Service vpn/gluetun, and "
                 "spec.redirectFrontend.serviceMatcher would lead them to pods of the policy's "
                 "choice. Leave that Service to its own selector.");
    cr_assert_eq(wide.denied, REASON_ROGUE_GATEWAY, "%s", wide.message);
    cr_assert_eq(beside.denied, REASON_ROGUE_GATEWAY, "%s", beside.message);
    check_allowed(&another);
    cr_assert_eq(unread.denied, REASON_MALFORMED, "%s", unread.message);
    check_allowed(&as_it_was);
}

Test(validators_cilium_policy, has_no_business_with_an_egress_gateway)
{
    struct findings findings = judge_outranking(
        &egress_gateway, "{'selectors':[{}],'destinationCIDRs':['0.0.0.0/0']}", NULL);

    check_allowed(&findings);
}
