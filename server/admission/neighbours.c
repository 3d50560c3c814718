/* SPDX-License-Identifier: Apache-2.0 */
#include "server/admission/neighbours.h"

#include "lib/netpol/selector.h"
#include "lib/pod/admin_kind.h"
#include "lib/pod/policies.h"
#include "lib/pod/typed.h"
#include "validators/validator.h"

#include <stdio.h>

static int judge(const struct neighbours *neighbours, struct value policy, struct findings *found,
                 struct error *err)
{
    const struct review review = {
        .operation = OPERATION_CREATE,
        .namespace = neighbours->namespace,
        .kind = {SLICE("networking.k8s.io"), SLICE("v1"), SLICE("NetworkPolicy")},
        .resource = {SLICE("networking.k8s.io"), SLICE("v1"), SLICE("networkpolicies")},
        .object = policy,
    };
    const struct judgement judgement = {
        .ruleset = neighbours->ruleset,
        .review = &review,
        .subject = neighbours->subject,
        .standing = true,
    };

    return validators_check(&judgement, found, err);
}

enum {
    SELECTOR_MEMORY_MAX = 64 * 1024 * 1024,
    RULES_TEXT = CONFIG_ID_LEN + 1 + LABEL_VALUE_MAX + 1,
    PLACE_TEXT = NAME_MAX_LEN + 16,
};

#define NOBODY "_" /* no label has that value, so no selector names it */

/* A verdict is the configuration's, and the gateway's where it is known. */
static void name_rules(const struct neighbours *neighbours, char out[static RULES_TEXT])
{
    const struct subject *subject = neighbours->subject;

    (void)snprintf(out, RULES_TEXT, "%s/%s", neighbours->ruleset->config->id,
                   subject != NULL ? subject->rules->gateway->name : "");
}

/* As judge(), or as it was found before. */
static int recall(const struct neighbours *neighbours, struct value policy, struct findings *found,
                  struct error *err)
{
    struct verdicts *verdicts = neighbours->verdicts;
    struct verdict_key key;
    char rules[RULES_TEXT];

    if (verdicts == NULL) {
        return judge(neighbours, policy, found, err);
    }
    name_rules(neighbours, rules);
    if (verdicts_find(verdicts, policy, rules, &key, found)) {
        return 0;
    }
    if (judge(neighbours, policy, found, err) != 0) {
        return -1;
    }
    verdicts_keep(verdicts, &key, found);
    return 0;
}

/* Can the policy select pods of that label and value? What cannot be read may. */
static bool can_select(struct value policy, const char *label, const char *value)
{
    struct value selector = value_get(policy, "spec", "podSelector", NULL);
    AUTO(arena) struct arena arena = {0};
    struct selector theirs = {0};
    struct selector ours = {0};
    struct slice text = slice_of(value);
    struct error unread = {0};

    arena_init(&arena, SELECTOR_MEMORY_MAX);
    return !value_is_set(selector) || selector_parse(selector, &arena, &theirs, &unread) != 0 ||
           selector_in(slice_of(label), &text, 1, &arena, &ours, &unread) != 0 ||
           selectors_overlap(&theirs, &ours);
}

/* A selector has one requirement a label, so both can be asked for alone. */
static bool concerns(const struct neighbours *neighbours, struct value policy)
{
    const struct subject *subject = neighbours->subject;

    if (subject == NULL) {
        return neighbours->by_name || can_select(policy, MARK_WORKLOAD, NOBODY);
    }
    return can_select(policy, MARK_GATEWAY, subject->rules->gateway->name) &&
           can_select(policy, MARK_WORKLOAD, subject->workload_label);
}

/* The pod's own: made right by content before it is let in. */
static bool is_own(const struct neighbours *neighbours, struct slice name)
{
    char companion[NAME_MAX_LEN + 1];
    struct error unused = {0};

    return neighbours->subject != NULL &&
           (slice_is(name, FLOOR_NAME) ||
            (policies_name_companion(neighbours->subject, companion, &unused) == 0 &&
             slice_is(name, companion)));
}

int neighbours_judge(const struct neighbours *neighbours, struct value policy, struct error *err)
{
    struct findings found;
    struct slice name = value_string(value_get(policy, "metadata", "name", NULL));

    if (neighbours->findings->denied != REASON_NONE) {
        return 0;
    }
    findings_init(&found, neighbours->ruleset->config);
    if (recall(neighbours, policy, &found, err) != 0) {
        return error_prefix(err, "NetworkPolicy %.*s", CALLED(name));
    }
    if (found.denied != REASON_NONE && concerns(neighbours, policy) && !is_own(neighbours, name)) {
        findings_deny(neighbours->findings, found.denied, "",
                      "the NetworkPolicy %.*s of this namespace is in the way. %s", CALLED(name),
                      findings_words(&found));
    }
    return 0;
}

/* Can what it opens concern pods of the namespace? */
static bool concerns_home(const struct neighbours *neighbours, const struct review *review)
{
    const struct admin_kind *kind = admin_kind_find(review->resource.group, review->resource.name);
    bool is_foreign =
        review->namespace.len > 0 && !slice_equal(review->namespace, neighbours->namespace);

    return !is_foreign || kind == NULL || admin_kind_reaches(kind, review->object);
}

static int judge_other(const struct neighbours *neighbours, const struct review *review,
                       struct findings *found, struct error *err)
{
    const struct judgement judgement = {
        .ruleset = neighbours->ruleset,
        .review = review,
        .around = neighbours->around,
        .standing = true,
        .home = review->namespace.len == 0 ? neighbours->namespace : (struct slice){0},
    };

    findings_init(found, neighbours->ruleset->config);
    return validators_check(&judgement, found, err) == 0
               ? 0
               : error_prefix(err, "%.*s %.*s", CALLED(review->kind.name), CALLED(review->name));
}

static void deny_for(const struct neighbours *neighbours, const struct review *review,
                     const struct findings *found)
{
    char place[PLACE_TEXT];

    admin_kind_place(review->namespace, neighbours->namespace, place, sizeof place);
    findings_deny(neighbours->findings, found->denied, "",
                  "the %.*s %.*s (%.*s) of %s is in the way. %s", CALLED(review->kind.name),
                  CALLED(review->name), CALLED(review->kind.group), place, findings_words(found));
}

int neighbours_judge_other(const struct neighbours *neighbours, const struct review *review,
                           struct error *err)
{
    struct findings found;

    if (neighbours->findings->denied != REASON_NONE) {
        return 0;
    }
    if (judge_other(neighbours, review, &found, err) != 0) {
        return -1;
    }
    if (found.denied != REASON_NONE && concerns_home(neighbours, review)) {
        deny_for(neighbours, review, &found);
    }
    return 0;
}
