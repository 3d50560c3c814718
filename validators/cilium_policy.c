/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cilium unites what its own policies allow with what NetworkPolicies do, so each
 * must stay inside what a privacy pod may reach. A local redirect allows nothing,
 * but it leads an address elsewhere before a route is asked. An egress gateway
 * policy chooses by which node allowed traffic leaves the cluster, never what may
 * leave: none of ours.
 */
#include "lib/netpol/cilium.h"
#include "lib/pod/admin_allow.h"
#include "lib/pod/typed.h"
#include "validators/validator.h"

static bool is_resource(const struct review *review, const char *name)
{
    return slice_is(review->resource.group, "cilium.io") && slice_is(review->resource.name, name);
}

static bool handles(const struct review *review)
{
    return (is_resource(review, "ciliumnetworkpolicies") ||
            is_resource(review, "ciliumclusterwidenetworkpolicies") ||
            is_resource(review, "ciliumlocalredirectpolicies")) &&
           review->subresource.len == 0 &&
           (review->operation == OPERATION_CREATE || review->operation == OPERATION_UPDATE);
}

static void check_redirect(const struct judgement *judgement, struct findings *findings)
{
    const struct cidr_list *services = &judgement->ruleset->config->cluster.service_cidrs;
    const struct review *review = judgement->review;
    struct slice address = {0};

    if (review->operation == OPERATION_UPDATE &&
        value_equal(value_member(review->object, "spec"),
                    value_member(review->old_object, "spec"))) {
        return;
    }
    if (cilium_redirect_harms(review->object, services->items, services->count, &address)) {
        findings_deny(findings, REASON_ADMIN_ALLOW, "spec.redirectFrontend.addressMatcher.ip",
                      "spec.redirectFrontend.addressMatcher.ip leads what privacy pods send to "
                      "%.*s to pods of namespace %.*s, beside the tunnel. Write a serviceMatcher, "
                      "or a link-local address (169.254.0.0/16), or one of a Service.",
                      CALLED(address), CALLED(review->namespace));
    }
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
    if (is_resource(review, "ciliumlocalredirectpolicies")) {
        check_redirect(judgement, findings);
        return 0;
    }
    return admin_allow_check(judgement->ruleset, &language, review, judgement->around, findings,
                             err);
}

extern const struct validator validator_cilium_policy;
const struct validator validator_cilium_policy = {
    .name = "cilium_policy",
    .handles = handles,
    .check = check,
};
