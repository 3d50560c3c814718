/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/validators/outranking.h"

#define TWO_GATEWAYS "fixtures/config/two-gateways.yaml"
#define WORLD "'egress':[{'toEntities':['world']}]"

static const struct outranking policy = {"cilium.io", "v2", "CiliumNetworkPolicy",
                                         "ciliumnetworkpolicies", "media"};
static const struct outranking clusterwide = {"cilium.io", "v2", "CiliumClusterwideNetworkPolicy",
                                              "ciliumclusterwidenetworkpolicies", NULL};
static const struct outranking redirect = {"cilium.io", "v2", "CiliumLocalRedirectPolicy",
                                           "ciliumlocalredirectpolicies", "media"};
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
};

static int count_pods(const void *place, struct slice namespace, struct slice gateway,
                      struct slice workload, size_t *count, struct error *err)
{
    const struct counted *counted = place;

    cr_assert(slice_is(namespace, "media"));
    cr_assert_eq(workload.len, 0);
    if (gateway.data == NULL) {
        *count = counted->strict + counted->others;
    } else {
        *count = slice_is(gateway, "strict") ? counted->strict : 0;
    }
    return counted->known ? 0 : error_set(err, ERR_SYSTEM, "nobody knows");
}

/* The gateway strict may be used from the namespace vault alone, and allows no pods there. */
Test(validators_cilium_policy, asks_whether_a_gateway_has_pods_where_it_is_not_usable)
{
    static const struct counted none = {true, 0, 0};
    static const struct counted one = {true, 1, 0};
    static const struct counted unknown = {false, 0, 0};
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
    static const struct counted none = {true, 0, 0};
    static const struct counted gone = {true, 0, 1};
    const char *spec =
        "{'endpointSelector':{'matchLabels':{'podveil.io/gateway':'gone'}}," WORLD "}";
    const char *opted =
        "{'endpointSelector':{'matchLabels':{'podveil.io/gateway':'none'}}," WORLD "}";
    const struct cluster_view without = {.place = &none, .count_pods = count_pods};
    const struct cluster_view with = {.place = &gone, .count_pods = count_pods};

    struct findings nobody = judge_outranking_in(&policy, spec, TWO_GATEWAYS, &without);
    struct findings left = judge_outranking_in(&policy, spec, TWO_GATEWAYS, &with);
    struct findings out = judge_outranking_in(&policy, opted, TWO_GATEWAYS, &with);

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
                 "send to 203.0.113.7 to pods of namespace media, beside the tunnel. Write a "
                 "serviceMatcher, or a link-local address (169.254.0.0/16), or one of a Service.");
    check_allowed(&as_it_was);
    check_allowed(&metadata);
    check_allowed(&service);
}

Test(validators_cilium_policy, has_no_business_with_an_egress_gateway)
{
    struct findings findings = judge_outranking(
        &egress_gateway, "{'selectors':[{}],'destinationCIDRs':['0.0.0.0/0']}", NULL);

    check_allowed(&findings);
}
