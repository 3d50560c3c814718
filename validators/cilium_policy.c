/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cilium unites what its own policies allow with what NetworkPolicies do, so each
 * must stay inside what a privacy pod may reach. A local redirect allows nothing,
 * but it leads an address elsewhere before a route is asked. An egress gateway
 * policy chooses by which node allowed traffic leaves the cluster, never what may
 * leave: none of ours.
 */
#include "lib/netpol/cilium.h"
#include "lib/pod/service.h"
#include "lib/pod/typed.h"
#include "validators/admin_case.h"

static bool is_resource(const struct review *review, const char *name)
{
    return slice_is(review->resource.group, "cilium.io") && slice_is(review->resource.name, name);
}

static bool is_redirect(const struct review *review)
{
    return is_resource(review, "ciliumlocalredirectpolicies") ||
           is_resource(review, "ciliumclusterwidelocalredirectpolicies");
}

static bool handles(const struct review *review)
{
    return (is_resource(review, "ciliumnetworkpolicies") ||
            is_resource(review, "ciliumclusterwidenetworkpolicies") || is_redirect(review)) &&
           review->subresource.len == 0 &&
           (review->operation == OPERATION_CREATE || review->operation == OPERATION_UPDATE);
}

/* Of the policy itself; {NULL, 0} where it is of the whole cluster. */
static struct slice namespace_of(const struct review *review)
{
    struct slice nowhere = {0};

    return is_resource(review, "ciliumlocalredirectpolicies") ? review->namespace : nowhere;
}

/* Node-local DNS stands where the cluster's DNS does. */
static void check_address(const struct judgement *judgement, struct value frontend,
                          struct findings *findings)
{
    const struct config *config = judgement->ruleset->config;
    const struct cidr_list *probes = &config->mesh.probes;
    struct slice address = {0};
    bool harms = cilium_redirect_harms(frontend, probes->items, probes->count, &address);
    bool is_dns = address.len > 0 && slice_is(address, config->cluster.dns_address);
    bool is_local_dns =
        is_dns && slice_is(namespace_of(judgement->review), config->cluster.dns_namespace);

    if (is_local_dns || (!is_dns && !harms)) {
        return;
    }
    findings_deny(findings, REASON_ADMIN_ALLOW, "spec.redirectFrontend.addressMatcher.ip",
                  "spec.redirectFrontend.addressMatcher.ip leads what privacy pods send to %.*s to "
                  "pods of the policy's choice, beside the tunnel. Write %s.",
                  CALLED(address),
                  is_dns ? "such a policy (node-local DNS) in the namespace of cluster.dns"
                         : "serviceMatcher: {serviceName: ..., namespace: ...} where it is a "
                           "Service, or a link-local address (169.254.0.0/16)");
}

static void check_service(const struct judgement *judgement, struct value frontend,
                          struct findings *findings)
{
    static const char at[] = "spec.redirectFrontend.serviceMatcher";
    struct value matcher =
        TYPED_OBJECT(findings, frontend, "serviceMatcher", "spec.redirectFrontend");
    struct slice name = TYPED_TEXT(findings, matcher, "serviceName", "%s", at);
    struct slice namespace = TYPED_TEXT(findings, matcher, "namespace", "%s", at);
    struct slice where = namespace.len == 0 ? namespace_of(judgement->review) : namespace;
    const struct gateway_rules *rules = service_gateway(judgement->ruleset, where, name);

    if (rules != NULL) {
        findings_deny(findings, REASON_ROGUE_GATEWAY, at,
                      "privacy pods find gateway %s by Service %.*s/%.*s, and %s would lead them "
                      "to pods of the policy's choice. Leave that Service to its own selector.",
                      rules->gateway->name, CALLED(where), CALLED(name), at);
    }
}

static void check_redirect(const struct judgement *judgement, struct findings *findings)
{
    const struct review *review = judgement->review;
    struct value spec = value_member(review->object, "spec");

    if (review->operation == OPERATION_UPDATE &&
        value_equal(spec, value_member(review->old_object, "spec"))) {
        return;
    }
    struct value frontend = TYPED_OBJECT(findings, spec, "redirectFrontend", "spec");
    check_address(judgement, frontend, findings);
    check_service(judgement, frontend, findings);
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    static const char *const versions[] = {"v2"};
    const struct review *review = judgement->review;
    const struct admin_language language = {
        .read = cilium_read,
        .of_namespace = is_resource(review, "ciliumnetworkpolicies"),
        .above = "united with the killswitch",
        .instead = "by adding to endpointSelector: matchExpressions: [{key: " ADMIN_GATEWAY_LABEL
                   ", operator: DoesNotExist}]",
        .as = "cilium.io/v2",
    };

    admin_allow_warn_version(review, versions, COUNT_OF(versions), findings);
    if (is_redirect(review)) {
        check_redirect(judgement, findings);
        return 0;
    }
    return admin_case_check(judgement, &language, findings, err);
}

extern const struct validator validator_cilium_policy;
const struct validator validator_cilium_policy = {
    .name = "cilium_policy",
    .handles = handles,
    .check = check,
};
