/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No NetworkPolicy may open a way out for a privacy pod. Policies are additive,
 * so each is judged alone: for every gateway whose pods it can select, its
 * egress must lie inside what those pods may reach.
 *
 * Pods of a gateway that this namespace may not use, or that is not in the configuration any more,
 * can only be left from before. So only where a policy would let them out somebody is asked whether
 * there are any; what they may reach is not known of the latter, and at most what the first gateway
 * of the file has.
 */
#include "lib/netpol/judge.h"
#include "lib/pod/policy_denial.h"
#include "lib/pod/privacy.h"
#include "validators/validator.h"

#include <stdio.h>

enum { POLICY_MEMORY_MAX = 64 * 1024 * 1024, PRIVACY_MEMORY_MAX = 4096 };

static bool handles(const struct review *review)
{
    return kind_is(&review->resource, "networking.k8s.io", "v1", "networkpolicies") &&
           review->subresource.len == 0 &&
           (review->operation == OPERATION_CREATE || review->operation == OPERATION_UPDATE);
}

static void deny_selector(struct value selector, const char *text, struct findings *findings)
{
    char whole[sizeof((struct error *)NULL)->text + 32];

    (void)snprintf(whole, sizeof whole, "spec.podSelector%s%s",
                   value_kind(selector) == JSON_OBJECT ? "." : ": ", text);
    policy_deny_at(findings, REASON_MALFORMED, whole,
                   "Write a selector of matchLabels and matchExpressions.");
}

/* ---- Whose pods ---- */

static int has_strangers(const struct judgement *judgement, bool *out, struct error *err)
{
    return privacy_has_strangers(judgement->ruleset, judgement->around,
                                 judgement->review->namespace, out, err);
}

/* Can it select pods of a gateway that is not known here, and are there any? */
static int may_select_strangers(const struct judgement *judgement, const struct selector *pods,
                                struct arena *arena, bool *out, struct error *err)
{
    struct requirement other = {0};
    const struct selector strangers = {&other, 1};

    *out = false;
    if (judgement->standing || judgement->ruleset->gateway_count == 0) {
        return 0;
    }
    if (privacy_strangers(judgement->ruleset, arena, &other, err) != 0) {
        return -1;
    }
    return selectors_overlap(pods, &strangers) ? has_strangers(judgement, out, err) : 0;
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
            return policy_deny_memory(findings, &wrong, arena, err);
        }
        deny_selector(selector, wrong.text, findings);
        return 0;
    }
    if (selectors_overlap(&pods, &judgement->ruleset->privacy)) {
        *selected = true;
        return 0;
    }
    AUTO(arena) struct arena own = {0};
    arena_init(&own, PRIVACY_MEMORY_MAX);
    return may_select_strangers(judgement, &pods, &own, selected, err);
}

static void deny_fault(enum policy_fault fault, const char *text, struct findings *findings)
{
    if (fault == POLICY_CIDR) {
        policy_deny_at(findings, REASON_NON_CANONICAL_CIDR, text,
                       "Enforcers read such a text differently, and one of them as everything: "
                       "write the canonical form.");
        return;
    }
    policy_deny_at(findings, REASON_MALFORMED, text, "Write it as networking.k8s.io/v1 has it.");
}

/* ---- What it lets out ---- */

#define WITHOUT "{key: " MARK_GATEWAY ", operator: DoesNotExist}"

/* How the policy leaves privacy pods out, where it is of use to any others. */
static const char *way_out(const struct policy *policy, struct value selector)
{
    struct requirement unmarked = {.key = SLICE(MARK_GATEWAY), .may_be_absent = true};
    const struct selector others = {&unmarked, 1};

    if (!selectors_overlap(&policy->pods, &others)) {
        return "";
    }
    if (!value_is_set(selector)) {
        return ", or keep privacy pods out of the policy by adding to spec: "
               "podSelector: {matchExpressions: [" WITHOUT "]}";
    }
    if (value_count(value_member(selector, "matchExpressions")) > 0) {
        return ", or keep privacy pods out of the policy by adding to "
               "spec.podSelector.matchExpressions: - " WITHOUT;
    }
    return ", or keep privacy pods out of the policy by adding to spec.podSelector: "
           "matchExpressions: [" WITHOUT "]";
}

static void deny_leak(const struct judgement *judgement, const struct policy *policy,
                      const char *whose, const struct leak *leak, struct findings *findings)
{
    struct value selector = value_get(judgement->review->object, "spec", "podSelector", NULL);

    findings_deny_leak(findings, REASON_EGRESS_LEAK, leak->witness, leak->field,
                       "%s lets pods of %s reach %s beside the tunnel. Take that out%s.",
                       leak->field, whose, leak->witness, way_out(policy, selector));
}

static int find_leak(const struct policy *policy, const struct selector *pods,
                     const struct allowed *allowed, struct leak *leak, struct error *err)
{
    *leak = (struct leak){0};
    return judge_selects(policy, pods) ? judge_egress(policy, allowed, leak, err) : 0;
}

/* In memory of its own: a policy that just fits into what it may have is none of our faults. */
static int judge_for(const struct judgement *judgement, const struct gateway_rules *rules,
                     const struct policy *policy, struct findings *findings, struct error *err)
{
    bool usable = privacy_may_use(rules->gateway, judgement->review->namespace);
    AUTO(arena) struct arena arena = {0};
    struct slice name = slice_of(rules->gateway->name);
    struct selector privacy = {0};
    struct leak leak = {0};
    size_t count = 1;

    if (judgement->standing && !usable) {
        return 0;
    }
    arena_init(&arena, PRIVACY_MEMORY_MAX);
    if (selector_in(SLICE(MARK_GATEWAY), &name, 1, &arena, &privacy, err) != 0 ||
        find_leak(policy, &privacy, &rules->allowed, &leak, err) != 0 ||
        (leak.found && !usable &&
         privacy_count(judgement->around, judgement->review->namespace, name, &count, err) != 0)) {
        return -1;
    }
    if (leak.found && count > 0) {
        char whose[LABEL_VALUE_MAX + 16];
        (void)snprintf(whose, sizeof whose, "gateway %s", rules->gateway->name);
        deny_leak(judgement, policy, whose, &leak, findings);
    }
    return 0;
}

static int judge_for_strangers(const struct judgement *judgement, const struct policy *policy,
                               struct findings *findings, struct error *err)
{
    AUTO(arena) struct arena arena = {0};
    struct requirement other = {0};
    const struct selector strangers = {&other, 1};
    struct leak leak = {0};
    bool found = false;

    arena_init(&arena, PRIVACY_MEMORY_MAX);
    if (privacy_strangers(judgement->ruleset, &arena, &other, err) != 0 ||
        find_leak(policy, &strangers, &judgement->ruleset->gateways[0].allowed, &leak, err) != 0 ||
        (leak.found && has_strangers(judgement, &found, err) != 0)) {
        return -1;
    }
    if (found) {
        deny_leak(judgement, policy, "a gateway that the configuration does not know", &leak,
                  findings);
    }
    return 0;
}

/* A pod's own gateway alone where the policy stands and it is known for which pod. */
static int judge_for_all(const struct judgement *judgement, const struct policy *policy,
                         struct findings *findings, struct error *err)
{
    const struct ruleset *ruleset = judgement->ruleset;

    if (judgement->standing && judgement->subject != NULL) {
        return judge_for(judgement, judgement->subject->rules, policy, findings, err);
    }
    for (size_t i = 0; i < ruleset->gateway_count && findings->denied == REASON_NONE; i++) {
        if (judge_for(judgement, &ruleset->gateways[i], policy, findings, err) != 0) {
            return -1;
        }
    }
    return judgement->standing || ruleset->gateway_count == 0 || findings->denied != REASON_NONE
               ? 0
               : judge_for_strangers(judgement, policy, findings, err);
}

/* What stands under an older configuration can still be labelled, and let go of. */
static bool opens_nothing(const struct review *review)
{
    return review->operation == OPERATION_UPDATE &&
           companion_same_spec(review->object, review->old_object);
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
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
            return policy_deny_memory(findings, &wrong, &arena, err);
        }
        deny_fault(fault, wrong.text, findings);
        return 0;
    }
    if (policy.namespace.len == 0) {
        policy.namespace = judgement->review->namespace; /* it comes to where it is written */
    }
    return judge_for_all(judgement, &policy, findings, err);
}

extern const struct validator validator_network_policy;
const struct validator validator_network_policy = {
    .name = "network_policy",
    .handles = handles,
    .check = check,
};
