/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/privacy.h"

#include "lib/netpol/texts.h"
#include "lib/pod/typed.h"

#include <stdio.h>

/* What a pod or its namespace asks for: a gateway's name, by which label. */
struct wish {
    struct slice gateway;
    struct slice label;
    bool of_namespace; /* its label asks, not the pod's */
};

static bool wish_is_made(struct wish wish)
{
    return wish.label.data != NULL;
}

static struct slice text_at(struct value labels, const char *key)
{
    return value_string(value_member(labels, key));
}

/* As the API server reads it: serviceAccount is the old name of serviceAccountName. */
struct slice privacy_account(struct value spec, struct findings *findings)
{
    struct slice name = TYPED_TEXT(findings, spec, "serviceAccountName", "spec");
    struct slice old_name = TYPED_TEXT(findings, spec, "serviceAccount", "spec");

    if (name.len > 0) {
        return name;
    }
    return old_name.len > 0 ? old_name : SLICE("default");
}

bool privacy_is_gateway_pod(const struct ruleset *ruleset, struct value pod, struct slice namespace)
{
    struct findings wrong = {.config = ruleset->config};
    struct slice account = privacy_account(value_member(pod, "spec"), &wrong);
    struct value labels = value_get(pod, "metadata", "labels", NULL);

    for (size_t i = 0; wrong.denied == REASON_NONE && i < ruleset->gateway_count; i++) {
        const struct gateway_rules *rules = &ruleset->gateways[i];
        if (slice_is(namespace, rules->gateway->namespace) &&
            slice_is(account, rules->gateway->service_account) &&
            selector_matches(&rules->pods, labels)) {
            return true;
        }
    }
    return false;
}

/* Two labels may say the same, not different things. */
static void make_wish(struct wish *wish, struct slice label, struct slice gateway,
                      struct findings *findings)
{
    if (!wish_is_made(*wish)) {
        *wish = (struct wish){.gateway = gateway, .label = label};
        return;
    }
    if (!slice_equal(wish->gateway, gateway)) {
        char field[sizeof findings->field];
        (void)snprintf(field, sizeof field, "metadata.labels[%.*s]", CALLED(label));
        findings_deny(findings, REASON_RESERVED_LABEL, field,
                      "the labels %.*s and %.*s name different gateways, \"%.*s\" and \"%.*s\". "
                      "Keep one of the two labels.",
                      CALLED(wish->label), CALLED(label), CALLED(wish->gateway), CALLED(gateway));
    }
}

static struct wish wish_of_pod(const struct config *config, struct value labels,
                               struct findings *findings)
{
    struct wish wish = {0};

    if (value_exists(value_member(labels, config->label))) {
        make_wish(&wish, slice_of(config->label), text_at(labels, config->label), findings);
    }
    for (size_t i = 0; i < config->alias_count; i++) {
        const struct alias *alias = &config->aliases[i];
        if (slice_is(text_at(labels, alias->label), alias->value) &&
            value_exists(value_member(labels, alias->label))) {
            make_wish(&wish, slice_of(alias->label), slice_of(alias->gateway), findings);
        }
    }
    return wish;
}

/* What the API server decided from the namespace's labels goes over a copy of them. */
static struct wish wish_of_namespace(const struct config *config, const struct surroundings *around,
                                     struct findings *findings)
{
    struct wish wish = {
        .gateway = around->path_gateway,
        .label = slice_of(config->label),
        .of_namespace = true,
    };

    if (around->path_gateway.len > 0) {
        return wish;
    }
    if (!value_is_set(value_member(around->namespace_labels, config->label))) {
        return (struct wish){0};
    }
    wish.gateway = TYPED_TEXT(findings, around->namespace_labels, config->label,
                              "the labels of namespace %.*s", CALLED(around->namespace));
    if (slice_is(wish.gateway, GATEWAY_NONE)) {
        return (struct wish){0};
    }
    return wish;
}

/* All of them, or where to look. Without an allocation: a denial says the same without memory. */
static const char *list_gateways(const struct ruleset *ruleset, char *out, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < ruleset->gateway_count; i++) {
        int len = snprintf(out + used, size - used, "%s%s", i == 0 ? "" : ", ",
                           ruleset->gateways[i].gateway->name);
        if (len < 0 || (size_t)len >= size - used) {
            return "see the configuration";
        }
        used += (size_t)len;
    }
    return out;
}

/* Where the pod asks, as people write a field. */
static void print_place(struct wish wish, char *out, size_t size)
{
    if (wish.of_namespace) {
        (void)snprintf(out, size, "metadata.namespace");
    } else {
        (void)snprintf(out, size, "metadata.labels[%.*s]", CALLED(wish.label));
    }
}

/* The pod says nothing of it: whoever reads this has to look at the namespace. By its path alone
 * (none) is not known what is written there. */
static void deny_unknown_of_namespace(const struct ruleset *ruleset, struct wish wish,
                                      struct slice namespace, struct findings *findings)
{
    char known[sizeof findings->message / 2];
    bool named = !slice_is(wish.gateway, GATEWAY_NONE);
    struct slice name = named ? wish.gateway : SLICE("");

    findings_deny(findings, REASON_UNKNOWN_GATEWAY, "metadata.namespace",
                  "the label %.*s of namespace %.*s names %s%.*s%s. Give the namespace one that "
                  "there is: %s (for example %.*s: %s).",
                  CALLED(wish.label), CALLED(namespace), named ? "\"" : "no gateway", CALLED(name),
                  named ? "\", which is no gateway" : " that there is",
                  list_gateways(ruleset, known, sizeof known), CALLED(wish.label),
                  ruleset->gateways[0].gateway->name);
}

static void deny_unknown(const struct ruleset *ruleset, struct wish wish, struct findings *findings)
{
    char field[sizeof findings->field];
    char known[sizeof findings->message / 2];

    print_place(wish, field, sizeof field);
    findings_deny(findings, REASON_UNKNOWN_GATEWAY, field,
                  "there is no gateway \"%.*s\". Write one that there is: %s (for example %.*s: "
                  "%s).",
                  CALLED(wish.gateway), list_gateways(ruleset, known, sizeof known),
                  CALLED(wish.label), ruleset->gateways[0].gateway->name);
}

static void check_opt_out(const struct config *config, struct value pod, struct slice namespace,
                          struct wish wish, struct findings *findings)
{
    struct slice account = privacy_account(value_member(pod, "spec"), findings);
    char field[sizeof findings->field];

    for (size_t i = 0; i < config->opt_out_count; i++) {
        if (slice_is(namespace, config->opt_outs[i].namespace) &&
            slice_is(account, config->opt_outs[i].service_account)) {
            return;
        }
    }
    print_place(wish, field, sizeof field);
    findings_deny(findings, REASON_OPT_OUT, field,
                  "service account %.*s of namespace %.*s may not take its pods out of the tunnel. "
                  "Remove the label %s: none, or have the operator add {namespace: %.*s, "
                  "serviceAccount: %.*s} to optOut.",
                  CALLED(account), CALLED(namespace), config->label, CALLED(namespace),
                  CALLED(account));
}

bool privacy_may_use(const struct gateway *gateway, struct slice namespace)
{
    for (size_t i = 0; i < gateway->usable_from.count; i++) {
        if (slice_is(namespace, gateway->usable_from.items[i])) {
            return true;
        }
    }
    return gateway->usable_from.count == 0;
}

static const struct gateway_rules *grant(const struct ruleset *ruleset, struct wish wish,
                                         struct slice namespace, struct findings *findings)
{
    const struct gateway_rules *rules = ruleset_gateway(ruleset, wish.gateway);

    if (rules == NULL && wish.of_namespace) {
        deny_unknown_of_namespace(ruleset, wish, namespace, findings);
    } else if (rules == NULL) {
        deny_unknown(ruleset, wish, findings);
    } else if (!privacy_may_use(rules->gateway, namespace)) {
        char field[sizeof findings->field];
        print_place(wish, field, sizeof field);
        findings_deny(findings, REASON_GATEWAY_NOT_ALLOWED, field,
                      "namespace %.*s may not use gateway %s. Name another gateway, or have the "
                      "operator add %.*s to usableFrom of %s.",
                      CALLED(namespace), rules->gateway->name, CALLED(namespace),
                      rules->gateway->name);
        return NULL;
    }
    return rules;
}

const struct gateway_rules *privacy_gateway(const struct ruleset *ruleset, struct value pod,
                                            const struct surroundings *around,
                                            struct findings *findings)
{
    const struct config *config = ruleset->config;
    struct value labels = value_get(pod, "metadata", "labels", NULL);
    struct wish wish = wish_of_pod(config, labels, findings);

    if (!wish_is_made(wish)) {
        wish = wish_of_namespace(config, around, findings);
    } else if (slice_is(wish.gateway, GATEWAY_NONE)) {
        check_opt_out(config, pod, around->namespace, wish, findings);
        return NULL;
    }
    if (!wish_is_made(wish) || findings->denied != REASON_NONE) {
        return NULL;
    }
    return grant(ruleset, wish, around->namespace, findings);
}

/* Labels that users write, whatever their prefix. */
static bool is_users_label(const struct config *config, struct slice key)
{
    if (slice_is(key, config->label)) {
        return true;
    }
    for (size_t i = 0; i < config->alias_count; i++) {
        if (slice_is(key, config->aliases[i].label)) {
            return true;
        }
    }
    return false;
}

/* What podveil sets as this label or annotation; NULL where it sets none. */
static const char *label_wanted(const struct subject *subject, struct slice key)
{
    if (subject->rules == NULL) {
        return NULL;
    }
    if (slice_is(key, MARK_GATEWAY)) {
        return subject->rules->gateway->name;
    }
    return slice_is(key, MARK_WORKLOAD) ? subject->workload_label : NULL;
}

static const char *annotation_wanted(const struct subject *subject, struct slice key)
{
    return subject->rules != NULL && slice_is(key, MARK_INJECTED) ? subject->rules->injected : NULL;
}

static void check_mark(const char *map, struct slice key, struct value mark, const char *wanted,
                       struct findings *findings)
{
    char field[sizeof findings->field];

    if (wanted != NULL && value_is(mark, wanted)) {
        return;
    }
    (void)snprintf(field, sizeof field, "metadata.%s[%.*s]", map, CALLED(key));
    if (wanted == NULL) {
        findings_deny(findings, REASON_RESERVED_LABEL, field,
                      "%.*s is a mark of podveil's that this pod does not get. Remove it.",
                      CALLED(key));
        return;
    }
    findings_deny(findings, REASON_RESERVED_LABEL, field,
                  "%.*s is \"%.*s\", and podveil sets \"%s\". Remove it, podveil adds it, or make "
                  "the manifest anew with podveil mutate.",
                  CALLED(key), CALLED(value_string(mark)), wanted);
}

void privacy_check_marks(const struct subject *subject, struct value pod, struct findings *findings)
{
    struct value metadata = value_member(pod, "metadata");
    struct value_iter iter = value_iter(value_member(metadata, "labels"));
    struct slice key;
    struct value mark;

    while (value_next(&iter, &key, &mark)) {
        if (slice_starts_with(key, MARK_PREFIX) && !is_users_label(subject->ruleset->config, key)) {
            check_mark("labels", key, mark, label_wanted(subject, key), findings);
        }
    }
    iter = value_iter(value_member(metadata, "annotations"));
    while (value_next(&iter, &key, &mark)) {
        if (slice_starts_with(key, MARK_PREFIX) && !slice_is(key, MARK_TALKS_TO)) {
            check_mark("annotations", key, mark, annotation_wanted(subject, key), findings);
        }
    }
}

int privacy_count(const struct cluster_view *around, struct slice namespace, struct slice gateway,
                  size_t *count, struct error *err)
{
    struct error unknown = {0};

    if (cluster_count_pods(around, namespace, gateway, (struct slice){0}, count, &unknown) == 0) {
        return 0;
    }
    *count = SIZE_MAX;
    if (unknown.code == ERR_NO_MEMORY) {
        *err = unknown;
        return -1;
    }
    return 0;
}

int privacy_has_strangers(const struct ruleset *ruleset, const struct cluster_view *around,
                          struct slice namespace, bool *out, struct error *err)
{
    size_t all = 0;
    size_t known = 0;

    if (privacy_count(around, namespace, (struct slice){0}, &all, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < ruleset->gateway_count && all != SIZE_MAX; i++) {
        size_t count = 0;
        struct slice name = slice_of(ruleset->gateways[i].gateway->name);
        if (privacy_count(around, namespace, name, &count, err) != 0) {
            return -1;
        }
        all = count == SIZE_MAX ? SIZE_MAX : all;
        known += count;
    }
    *out = all == SIZE_MAX || all > known;
    return 0;
}

int privacy_strangers(const struct ruleset *ruleset, struct arena *arena, struct requirement *out,
                      struct error *err)
{
    const struct requirement *known = &ruleset->privacy.requirements[0];
    struct slice none = SLICE(GATEWAY_NONE);
    struct slice *values = arena_alloc(arena, (known->count + 1) * sizeof *values);
    size_t at = 0;

    if (values == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for the gateways' names");
    }
    while (at < known->count && texts_compare(known->values[at], none) < 0) {
        values[at] = known->values[at];
        at++;
    }
    values[at] = none;
    for (; at < known->count; at++) {
        values[at + 1] = known->values[at];
    }
    *out = (struct requirement){
        .key = SLICE(MARK_GATEWAY), .any_but = true, .values = values, .count = known->count + 1};
    return 0;
}
