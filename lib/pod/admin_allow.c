/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/admin_allow.h"

#include "lib/pod/names.h"
#include "lib/pod/policy_denial.h"
#include "lib/pod/privacy.h"
#include "lib/pod/typed.h"

#include <stdio.h>

enum { POLICY_MEMORY_MAX = 64 * 1024 * 1024, ASKED_MEMORY_MAX = 64 * 1024 };

static bool is_same_member(const struct review *review, const char *name)
{
    return value_equal(value_member(review->object, name), value_member(review->old_object, name));
}

static bool leaves_spec(const struct review *review)
{
    return review->operation == OPERATION_UPDATE && is_same_member(review, "spec") &&
           is_same_member(review, "specs");
}

/* One policy that is asked about. */
struct inquiry {
    const struct ruleset *ruleset;
    const struct admin_language *language;
    struct admin_asked asked;
    struct requirement strangers;
    const struct cluster_view *around;
    const struct gateway_rules *only;
    struct findings *findings;
};

static int ask(struct inquiry *inquiry, struct arena *arena, struct error *err)
{
    const struct ruleset *ruleset = inquiry->ruleset;
    const struct cluster *cluster = &ruleset->config->cluster;
    struct admin_asked *asked = &inquiry->asked;
    size_t count = ruleset->gateway_count;
    struct slice *names = arena_alloc(arena, count * sizeof *names);
    struct slice *trusted = arena_alloc(arena, (count + 1) * sizeof *trusted);

    if (names == NULL || trusted == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory to judge a policy");
    }
    for (size_t i = 0; i < count; i++) {
        names[i] = slice_of(ruleset->gateways[i].gateway->name);
        trusted[i] = slice_of(ruleset->gateways[i].gateway->namespace);
    }
    trusted[count] = slice_of(cluster->dns_namespace);
    asked->gateways = names;
    asked->gateway_count = count;
    asked->nodes = cluster->node_cidrs.items;
    asked->node_count = cluster->node_cidrs.count;
    asked->trusted = trusted;
    asked->trusted_count = count + 1;
    return 0;
}

static int deny_unread(const struct admin_language *language, const struct error *wrong,
                       enum policy_fault fault, struct findings *findings)
{
    char instead[768];

    if (fault == POLICY_CIDR) {
        policy_deny_at(findings, REASON_NON_CANONICAL_CIDR, wrong->text,
                       "Enforcers read such a text differently: write the canonical form.");
        return 0;
    }
    (void)snprintf(instead, sizeof instead,
                   "podveil cannot tell what this lets privacy pods reach: write it as %s has it, "
                   "or keep them out of the policy %s.",
                   language->as, language->instead);
    policy_deny_at(findings, REASON_MALFORMED, wrong->text, instead);
    return 0;
}

/* The namespace whose pods are asked about; {NULL, 0}: any. */
static struct slice place_of(const struct inquiry *inquiry)
{
    return inquiry->language->of_namespace ? inquiry->asked.namespace : inquiry->asked.home;
}

/* Has it pods where the policy selects any? As many as are not known are there. */
static int has_pods(const struct inquiry *inquiry, const struct gateway *gateway, bool *out,
                    struct error *err)
{
    struct slice where = place_of(inquiry);
    size_t count = 1;

    if (where.data != NULL && !privacy_may_use(gateway, where) &&
        privacy_count(inquiry->around, where, slice_of(gateway->name), &count, err) != 0) {
        return -1;
    }
    *out = count > 0;
    return 0;
}

/* Of a gateway that the configuration had once: in the policy's namespace, or in any. */
static int find_strangers(struct inquiry *inquiry, struct arena *arena, struct error *err)
{
    struct admin_asked *asked = &inquiry->asked;
    bool there = false;

    if (asked->gateway_count == 0) {
        return 0;
    }
    if (privacy_has_strangers(inquiry->ruleset, inquiry->around, place_of(inquiry), &there, err) !=
        0) {
        return -1;
    }
    if (privacy_strangers(inquiry->ruleset, arena, &inquiry->strangers, err) != 0) {
        return -1;
    }
    asked->strangers = there ? &inquiry->strangers : NULL;
    return 0;
}

static void deny_leak(const struct inquiry *inquiry, const char *gateway,
                      const struct admin_leak *leak)
{
    const struct admin_language *language = inquiry->language;

    findings_deny_leak(
        inquiry->findings, REASON_ADMIN_ALLOW, leak->witness, leak->field,
        "%s lets pods of gateway %s reach %s beside the tunnel, %s. Take that out, or "
        "%s%skeep privacy pods out of the policy %s.",
        leak->field, gateway, leak->witness, language->above, leak->mend,
        leak->mend[0] == '\0' ? "" : ", or ", language->instead);
}

static int judge_part(const struct inquiry *inquiry, const struct gateway_rules *rules,
                      const struct admin_part *part, struct error *err)
{
    struct admin_leak leak = {0};
    bool there = false;

    if (!admin_selects(part, slice_of(rules->gateway->name))) {
        return 0;
    }
    if (admin_judge(part, inquiry->asked.namespace, &rules->allowed, &leak, err) != 0 ||
        (leak.found && has_pods(inquiry, rules->gateway, &there, err) != 0)) {
        return -1;
    }
    if (there) {
        deny_leak(inquiry, rules->gateway->name, &leak);
    }
    return 0;
}

/* By what the first gateway allows: what theirs did nobody knows. */
static int judge_strangers(const struct inquiry *inquiry, const struct admin_part *part,
                           struct error *err)
{
    const struct admin_asked *asked = &inquiry->asked;
    struct admin_leak leak = {0};

    if (asked->strangers == NULL || !admin_selects_strangers(part, asked->strangers)) {
        return 0;
    }
    if (admin_judge(part, asked->namespace, &inquiry->ruleset->gateways[0].allowed, &leak, err) !=
        0) {
        return -1;
    }
    if (leak.found) {
        deny_leak(inquiry, "(none of the configuration's)", &leak);
    }
    return 0;
}

static int judge_for(const struct inquiry *inquiry, const struct gateway_rules *rules,
                     const struct admin_policy *policy, struct error *err)
{
    for (size_t i = 0; i < policy->count && inquiry->findings->denied == REASON_NONE; i++) {
        if (judge_part(inquiry, rules, &policy->parts[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int read_and_judge(struct inquiry *inquiry, struct value object, struct error *err)
{
    AUTO(arena) struct arena arena = {0};
    struct admin_policy policy = {0};
    enum policy_fault fault = POLICY_FINE;
    struct error wrong = {0};

    arena_init(&arena, POLICY_MEMORY_MAX);
    if (inquiry->language->read(object, &inquiry->asked, &arena, &policy, &fault, &wrong) != 0) {
        return wrong.code == ERR_NO_MEMORY
                   ? policy_deny_memory(inquiry->findings, &wrong, &arena, err)
                   : deny_unread(inquiry->language, &wrong, fault, inquiry->findings);
    }
    if (inquiry->only != NULL) {
        return judge_for(inquiry, inquiry->only, &policy, err);
    }
    for (size_t i = 0; i < inquiry->ruleset->gateway_count; i++) {
        if (judge_for(inquiry, &inquiry->ruleset->gateways[i], &policy, err) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < policy.count && inquiry->findings->denied == REASON_NONE; i++) {
        if (judge_strangers(inquiry, &policy.parts[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

int admin_allow_check(const struct admin_case *asked, struct findings *findings, struct error *err)
{
    const struct review *review = asked->review;
    AUTO(arena) struct arena arena = {0};
    struct inquiry inquiry = {
        .ruleset = asked->ruleset,
        .language = asked->language,
        .around = asked->around,
        .only = asked->only,
        .findings = findings,
    };

    if (leaves_spec(review)) {
        return 0;
    }
    arena_init(&arena, ASKED_MEMORY_MAX);
    if (asked->language->of_namespace) {
        inquiry.asked.namespace = review->namespace;
    } else {
        inquiry.asked.home = asked->home;
    }
    if (ask(&inquiry, &arena, err) != 0 || find_strangers(&inquiry, &arena, err) != 0) {
        return -1;
    }
    return read_and_judge(&inquiry, review->object, err);
}

void admin_allow_warn_version(const struct review *review, const char *const *versions,
                              size_t count, struct findings *findings)
{
    const struct kind *resource = &review->resource;

    for (size_t i = 0; i < count; i++) {
        if (slice_is(resource->version, versions[i])) {
            return;
        }
    }
    findings_warn(findings, "%.*s/%.*s is not known to podveil, judged as %s",
                  CALLED(resource->group), CALLED(resource->version), versions[count - 1]);
}
