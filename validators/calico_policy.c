/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calico's own policies stand before, beside and behind NetworkPolicies, and
 * none of those ends the default tier: whatever its order, what one allows is
 * allowed. A Tier can undo the default tier's end.
 */
#include "lib/netpol/calico.h"
#include "lib/pod/typed.h"
#include "validators/admin_case.h"

#include <stdio.h>

enum { SELECTOR_SHOWN = 200 };

static bool is_resource(const struct review *review, const char *name)
{
    return (slice_is(review->resource.group, "crd.projectcalico.org") ||
            slice_is(review->resource.group, "projectcalico.org")) &&
           slice_is(review->resource.name, name);
}

static bool handles(const struct review *review)
{
    return (is_resource(review, "networkpolicies") ||
            is_resource(review, "globalnetworkpolicies") || is_resource(review, "tiers")) &&
           review->subresource.len == 0 &&
           (review->operation == OPERATION_CREATE || review->operation == OPERATION_UPDATE);
}

static void check_tier(const struct review *review, struct findings *findings)
{
    if (calico_tier_opens(review->object)) {
        findings_deny(
            findings, REASON_ADMIN_ALLOW, "spec.defaultAction",
            "spec.defaultAction of the tier default hands what no NetworkPolicy allows on "
            "to the namespace's profile, which allows everything. Write defaultAction: "
            "Deny.");
    }
}

/* The line as it would be, where that is short enough to be read. */
static void print_instead(const struct review *review, char *out, size_t size)
{
    static const char only[] = "!has(" ADMIN_GATEWAY_LABEL ")";
    struct slice selector = value_string(value_get(review->object, "spec", "selector", NULL));

    if (selector.len == 0 || selector.len > SELECTOR_SHOWN) {
        (void)snprintf(out, size, "by writing in spec: selector: \"%s%s\"",
                       selector.len == 0 ? "" : "(...) && ", only);
        return;
    }
    (void)snprintf(out, size, "by writing in spec: selector: (%.*s) && %s", SLICE_ARGS(selector),
                   only);
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    static const char *const versions[] = {"v3", "v1"};
    const struct review *review = judgement->review;
    char instead[SELECTOR_SHOWN + 128];
    const struct admin_language language = {
        .read = calico_read,
        .of_namespace = is_resource(review, "networkpolicies"),
        .above = "whatever its order",
        .instead = instead,
        .as = "crd.projectcalico.org/v1",
    };

    admin_allow_warn_version(review, versions, COUNT_OF(versions), findings);
    if (is_resource(review, "tiers")) {
        check_tier(review, findings);
        return 0;
    }
    print_instead(review, instead, sizeof instead);
    return admin_case_check(judgement, &language, findings, err);
}

extern const struct validator validator_calico_policy;
const struct validator validator_calico_policy = {
    .name = "calico_policy",
    .handles = handles,
    .check = check,
};
