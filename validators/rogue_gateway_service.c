/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Service by which a gateway is found leads to the gateway's pods alone: it
 * selects all of the gateway's labels, and nobody writes its endpoints by hand.
 * What was so before and stays so is not judged again.
 */
#include "lib/pod/service.h"
#include "lib/pod/typed.h"
#include "validators/validator.h"

static bool is_service(const struct review *review)
{
    return kind_is(&review->resource, "", "v1", "services");
}

static bool is_slice(const struct review *review)
{
    return kind_is(&review->resource, "discovery.k8s.io", "v1", "endpointslices");
}

static bool handles(const struct review *review)
{
    bool endpoints = is_slice(review) || kind_is(&review->resource, "", "v1", "endpoints");

    return (is_service(review) || (endpoints && !service_is_kept_by(review->username))) &&
           review->subresource.len == 0 &&
           (review->operation == OPERATION_CREATE || review->operation == OPERATION_UPDATE);
}

/* The gateway behind the Service that the object is, or belongs to. */
static const struct gateway_rules *gateway_of(const struct judgement *judgement,
                                              struct value object)
{
    const struct review *review = judgement->review;
    struct value metadata = value_member(object, "metadata");
    struct value name = is_slice(review) ? value_get(metadata, "labels", SERVICE_NAME_LABEL, NULL)
                                         : value_member(metadata, "name");

    return service_gateway(judgement->ruleset, review->namespace, value_string(name));
}

/* Each pod that it selects has all of the gateway's labels. */
static bool selects_gateway(const struct gateway_rules *rules, struct value service)
{
    struct value spec = value_member(service, "spec");

    return !value_is(value_member(spec, "type"), "ExternalName") &&
           selector_matches(&rules->pods, value_member(spec, "selector"));
}

static bool is_unchanged(const struct review *review)
{
    static const char *const members[] = {"addressType", "endpoints", "subsets"};
    static const char *const of_spec[] = {"type", "externalName", "selector"};
    struct value spec = value_member(review->object, "spec");
    struct value old_spec = value_member(review->old_object, "spec");
    bool same = true;

    for (size_t i = 0; i < COUNT_OF(members) && same; i++) {
        same = value_equal(value_member(review->object, members[i]),
                           value_member(review->old_object, members[i]));
    }
    for (size_t i = 0; i < COUNT_OF(of_spec) && same; i++) {
        same = value_equal(value_member(spec, of_spec[i]), value_member(old_spec, of_spec[i]));
    }
    return same;
}

static void deny_service(const struct gateway *gateway, const struct review *review,
                         struct findings *findings)
{
    findings_deny(findings, REASON_ROGUE_GATEWAY, "spec.selector",
                  "privacy pods find gateway %s by Service %.*s/%.*s, and it would lead to pods "
                  "without that gateway's labels. Give it a selector that holds all of the "
                  "gateway's podSelector, and no externalName.",
                  gateway->name, CALLED(review->namespace), CALLED(review->name));
}

static void deny_endpoints(const struct gateway *gateway, const struct review *review,
                           const char *field, struct findings *findings)
{
    findings_deny(findings, REASON_ROGUE_GATEWAY, field,
                  "privacy pods find gateway %s by a Service of namespace %.*s, and these "
                  "endpoints of it are written by hand, so that anything may answer for the "
                  "gateway. Leave them to the Service's selector.",
                  gateway->name, CALLED(review->namespace));
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    const struct review *review = judgement->review;
    const struct gateway_rules *rules = gateway_of(judgement, review->object);
    const char *list = is_slice(review) ? "endpoints" : "subsets";
    bool changed = review->operation == OPERATION_UPDATE;

    (void)err;
    if (rules == NULL ||
        (changed && gateway_of(judgement, review->old_object) == rules && is_unchanged(review))) {
        return 0;
    }
    if (is_service(review) && !selects_gateway(rules, review->object)) {
        deny_service(rules->gateway, review, findings);
    }
    struct value endpoints = value_member(review->object, list);
    bool none = !value_is_set(endpoints) ||
                (value_kind(endpoints) == JSON_ARRAY && value_count(endpoints) == 0);
    if (!is_service(review) && !none) {
        deny_endpoints(rules->gateway, review, list, findings);
    }
    return 0;
}

extern const struct validator validator_rogue_gateway_service;
const struct validator validator_rogue_gateway_service = {
    .name = "rogue_gateway_service",
    .handles = handles,
    .check = check,
};
