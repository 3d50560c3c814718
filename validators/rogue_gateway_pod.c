/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pod with a gateway's labels is what the gateway's Service leads to, and the
 * tunnel asks nobody who it is. So those labels are for pods with the gateway's
 * account, from their creation on or later. What has them already is not judged again.
 */
#include "lib/pod/privacy.h"
#include "lib/pod/typed.h"
#include "validators/validator.h"

static bool handles(const struct review *review)
{
    bool made = review->operation == OPERATION_CREATE && review->subresource.len == 0;

    return kind_is(&review->resource, "", "v1", "pods") &&
           (made || review->operation == OPERATION_UPDATE);
}

static void deny(const struct gateway_rules *rules, const struct review *review,
                 struct findings *findings)
{
    const struct gateway *gateway = rules->gateway;
    bool made = review->operation == OPERATION_CREATE;
    struct slice account = privacy_account(value_member(review->object, "spec"), findings);

    findings_deny(findings, REASON_ROGUE_GATEWAY,
                  made ? "spec.serviceAccountName" : "metadata.labels",
                  "by its labels privacy pods would take the pod for gateway %s, and it runs as "
                  "service account \"%.*s\". Give it other labels than the podSelector of that "
                  "gateway, or run it as the gateway's account (serviceAccountName: %s).",
                  gateway->name, CALLED(account), gateway->service_account);
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    const struct ruleset *ruleset = judgement->ruleset;
    const struct review *review = judgement->review;
    struct value labels = value_get(review->object, "metadata", "labels", NULL);
    struct value old_labels = value_get(review->old_object, "metadata", "labels", NULL);
    bool changed = review->operation == OPERATION_UPDATE;

    (void)err;
    for (size_t i = 0; i < ruleset->gateway_count && findings->denied == REASON_NONE; i++) {
        const struct gateway_rules *rules = &ruleset->gateways[i];
        if (slice_is(review->namespace, rules->gateway->namespace) &&
            selector_matches(&rules->pods, labels) &&
            !(changed && selector_matches(&rules->pods, old_labels)) &&
            !privacy_is_gateway_pod(ruleset, review->object, review->namespace)) {
            deny(rules, review, findings);
        }
    }
    return 0;
}

extern const struct validator validator_rogue_gateway_pod;
const struct validator validator_rogue_gateway_pod = {
    .name = "rogue_gateway_pod",
    .handles = handles,
    .check = check,
};
