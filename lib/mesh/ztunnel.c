/* SPDX-License-Identifier: Apache-2.0 */
/*
 * istiod gives ztunnel a policy without what ztunnel cannot see. An ALLOW rule
 * that names an HTTP attribute is left out whole: fewer are let in. Of a DENY
 * rule the attribute alone is left out. A match that has nothing left matches
 * nothing, and as the clauses of a rule are ANDed, one clause of such matches
 * makes the rule deny nobody. A match that keeps something denies more than was
 * written. Trust domains are left out of both without a word in the status.
 */
#include "lib/mesh/ztunnel.h"

/* How a match comes out: what it keeps, and the first attribute that it loses. */
struct loss {
    const struct authz_attribute *lost;
    bool keeps;
};

enum ztunnel_takes ztunnel_takes(const struct authz *policy)
{
    if (policy->ref_count > 0) {
        return ZTUNNEL_LEAVES_TO_WAYPOINT;
    }
    if (policy->action == AUTHZ_CUSTOM || policy->action == AUTHZ_AUDIT) {
        return ZTUNNEL_KNOWS_NO_ACTION;
    }
    return policy->dry_run ? ZTUNNEL_IS_NOT_TOLD : ZTUNNEL_ENFORCES;
}

static struct loss loss_of(const struct authz_match *match, const struct authz_attribute **unknown)
{
    struct loss loss = {0};

    for (size_t i = 0; i < match->count; i++) {
        const struct authz_attribute *attribute = &match->attributes[i];
        bool taken = attribute->layer == LAYER_L4 || attribute->layer == LAYER_UNKNOWN;
        if (attribute->layer == LAYER_UNKNOWN && unknown != NULL && *unknown == NULL) {
            *unknown = attribute;
        }
        /* Of two, HTTP's tells more: by it the whole of an ALLOW rule goes. */
        if (!taken && (loss.lost == NULL || attribute->layer == LAYER_HTTP)) {
            loss.lost = attribute;
        }
        loss.keeps = loss.keeps || taken;
    }
    return loss;
}

static enum ztunnel_effect effect_on_allow(const struct loss *loss)
{
    if (loss->lost->layer == LAYER_HTTP) {
        return RULE_LEFT_OUT;
    }
    return loss->keeps ? RULE_WIDER : RULE_IN_PART;
}

static enum ztunnel_effect effect_on_deny(const struct loss *loss)
{
    return loss->keeps ? RULE_STRICTER : RULE_IN_PART;
}

/* An effect that is more of a surprise stands before one that is less. */
static int weight(enum ztunnel_effect effect)
{
    static const int weights[] = {
        [RULE_AS_WRITTEN] = 0, [RULE_STRICTER] = 1, [RULE_IN_PART] = 2,
        [RULE_WIDER] = 3,      [RULE_LEFT_OUT] = 4, [RULE_NEVER] = 4,
    };
    return weights[effect];
}

/* What happens to the rule by this clause. */
static struct ztunnel_verdict judge_clause(enum authz_action action, size_t rule,
                                           const struct authz_clause *clause,
                                           const struct authz_attribute **unknown)
{
    struct ztunnel_verdict verdict = {0};
    bool any_keeps = false;

    for (size_t i = 0; i < clause->count; i++) {
        struct loss loss = loss_of(&clause->matches[i], unknown);
        any_keeps = any_keeps || loss.keeps;
        if (loss.lost == NULL) {
            continue;
        }
        enum ztunnel_effect effect =
            action == AUTHZ_ALLOW ? effect_on_allow(&loss) : effect_on_deny(&loss);
        if (weight(effect) > weight(verdict.effect)) {
            verdict.effect = effect;
            verdict.layer = loss.lost->layer;
            verdict.name = loss.lost->name;
            authz_field(rule, clause, i, loss.lost, verdict.field);
        }
    }
    if (!any_keeps && verdict.effect == RULE_IN_PART) {
        verdict.effect = action == AUTHZ_ALLOW ? RULE_LEFT_OUT : RULE_NEVER;
    }
    return verdict;
}

struct ztunnel_verdict ztunnel_rule(const struct authz *policy, size_t rule,
                                    const struct authz_attribute **unknown)
{
    const struct authz_rule *of = &policy->rules[rule];
    struct ztunnel_verdict worst = {0};

    if (unknown != NULL) {
        *unknown = NULL;
    }
    for (size_t i = 0; i < of->count; i++) {
        struct ztunnel_verdict verdict =
            judge_clause(policy->action, rule, &of->clauses[i], unknown);
        if (weight(verdict.effect) > weight(worst.effect)) {
            worst = verdict;
        }
    }
    return worst;
}
