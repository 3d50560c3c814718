/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No NetworkPolicy may open a way out for a privacy pod. Policies are additive,
 * so each is judged alone: for every gateway whose pods it can select, its
 * egress must lie inside what those pods may reach.
 */
#include "lib/netpol/judge.h"
#include "validators/validator.h"

#include <stdio.h>

enum { POLICY_MEMORY_MAX = 64 * 1024 * 1024, PRIVACY_MEMORY_MAX = 4096 };

static bool handles(const struct review *review)
{
    return kind_is(&review->resource, "networking.k8s.io", "v1", "networkpolicies") &&
           review->subresource.len == 0 &&
           (review->operation == OPERATION_CREATE || review->operation == OPERATION_UPDATE);
}

/* "spec.egress[0]...: what is wrong" says where before the first colon. */
static void deny_text(enum reason reason, const char *text, const char *instead,
                      struct findings *findings)
{
    const char *colon = strstr(text, ": ");
    char field[sizeof findings->field];

    (void)snprintf(field, sizeof field, "%.*s", colon == NULL ? 0 : (int)(colon - text), text);
    findings_deny(findings, reason, field, "%s. %s", text, instead);
}

/*
 * Memory ended while the policy was read. At the policy's own maximum that is for its author to
 * mend; below it the fault is ours, and nobody is told to split anything.
 */
static int end_of_memory(const struct error *wrong, const struct arena *arena,
                         struct findings *findings, struct error *err)
{
    if (!arena->full) {
        *err = *wrong;
        return -1;
    }
    findings_deny(findings, REASON_MALFORMED, "spec",
                  "the policy is too large to be judged. Split it into several.");
    return 0;
}

static void deny_selector(struct value selector, const char *text, struct findings *findings)
{
    char whole[sizeof((struct error *)NULL)->text + 32];

    (void)snprintf(whole, sizeof whole, "spec.podSelector%s%s",
                   value_kind(selector) == JSON_OBJECT ? "." : ": ", text);
    deny_text(REASON_MALFORMED, whole, "Write a selector of matchLabels and matchExpressions.",
              findings);
}

/* Can it select a privacy pod at all? An unreadable selector might, so it is refused. */
static int find_selected(const struct judgement *judgement, struct arena *arena, bool *selected,
                         struct findings *findings, struct error *err)
{
    struct error wrong = {0};
    struct selector pods = {0};
    struct value selector = value_get(judgement->review->object, "spec", "podSelector", NULL);

    *selected = false;
    if (value_is_set(selector) && selector_parse(selector, arena, &pods, &wrong) != 0) {
        if (wrong.code == ERR_NO_MEMORY) {
            return end_of_memory(&wrong, arena, findings, err);
        }
        deny_selector(selector, wrong.text, findings);
        return 0;
    }
    *selected = selectors_overlap(&pods, &judgement->ruleset->privacy);
    return 0;
}

static void deny_fault(enum policy_fault fault, const char *text, struct findings *findings)
{
    if (fault == POLICY_CIDR) {
        deny_text(REASON_NON_CANONICAL_CIDR, text,
                  "Enforcers read such a text differently, and one of them as everything: write "
                  "the canonical form.",
                  findings);
        return;
    }
    deny_text(REASON_MALFORMED, text, "Write it as networking.k8s.io/v1 has it.", findings);
}

/* In memory of its own: a policy that just fits into what it may have is none of our faults. */
static int judge_for(const struct gateway_rules *rules, const struct policy *policy,
                     struct findings *findings, struct error *err)
{
    AUTO(arena) struct arena arena = {0};
    struct slice name = slice_of(rules->gateway->name);
    struct selector privacy = {0};
    struct leak leak = {0};

    arena_init(&arena, PRIVACY_MEMORY_MAX);
    if (selector_in(SLICE(MARK_GATEWAY), &name, 1, &arena, &privacy, err) != 0) {
        return -1;
    }
    if (!judge_selects(policy, &privacy)) {
        return 0;
    }
    if (judge_egress(policy, &rules->allowed, &leak, err) != 0) {
        return -1;
    }
    if (leak.found) {
        findings_deny(findings, REASON_EGRESS_LEAK, leak.field,
                      "%s lets pods of gateway %s reach %s beside the tunnel. Take that out, or "
                      "keep privacy pods out of the policy by adding to spec.podSelector: "
                      "matchExpressions: [{key: " MARK_GATEWAY ", operator: DoesNotExist}].",
                      leak.field, rules->gateway->name, leak.witness);
    }
    return 0;
}

/* What stands under an older configuration can still be labelled, and let go of. */
static bool opens_nothing(const struct review *review)
{
    return review->operation == OPERATION_UPDATE &&
           companion_same_spec(review->object, review->old_object);
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    const struct ruleset *ruleset = judgement->ruleset;
    AUTO(arena) struct arena arena = {0};
    struct policy policy = {0};
    enum policy_fault fault = POLICY_FINE;
    struct error wrong = {0};
    bool selected = false;

    if (opens_nothing(judgement->review)) {
        return 0;
    }
    arena_init(&arena, POLICY_MEMORY_MAX);
    if (find_selected(judgement, &arena, &selected, findings, err) != 0) {
        return -1;
    }
    if (!selected) {
        return 0;
    }
    if (policy_parse(judgement->review->object, &arena, &policy, &fault, &wrong) != 0) {
        if (wrong.code == ERR_NO_MEMORY) {
            return end_of_memory(&wrong, &arena, findings, err);
        }
        deny_fault(fault, wrong.text, findings);
        return 0;
    }
    for (size_t i = 0; i < ruleset->gateway_count && findings->denied == REASON_NONE; i++) {
        if (judge_for(&ruleset->gateways[i], &policy, findings, err) != 0) {
            return -1;
        }
    }
    return 0;
}

extern const struct validator validator_network_policy;
const struct validator validator_network_policy = {
    .name = "network_policy",
    .handles = handles,
    .check = check,
};
