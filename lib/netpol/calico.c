/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/calico.h"

#include "lib/netpol/calico_destination.h"
#include "lib/netpol/calico_selector.h"
#include "lib/netpol/field.h"

/* --- rules --- */

/* The source may leave privacy pods out: is it sure to, whatever their gateway? */
static int read_source(struct admin_reader *reader, struct value source, bool *excluded)
{
    const struct admin_asked *asked = reader->asked;
    struct slice selector;
    struct slice not_selector;
    enum answer unused = ANSWER_YES;

    if (calico_read_selector(reader, source, "selector", &selector, &unused) != 0 ||
        calico_read_selector(reader, source, "notSelector", &not_selector, &unused) != 0) {
        return -1;
    }
    *excluded = true;
    for (size_t i = 0; i < asked->gateway_count && *excluded; i++) {
        const struct calico_label mark = {SLICE(ADMIN_GATEWAY_LABEL), asked->gateways[i]};
        enum answer in = ANSWER_YES;
        enum answer out = ANSWER_NO;
        if (calico_evaluate(selector, &mark, 1, &in, reader->err) != 0 ||
            (not_selector.len > 0 &&
             calico_evaluate(not_selector, &mark, 1, &out, reader->err) != 0)) {
            return -1;
        }
        *excluded = in == ANSWER_NO || out == ANSWER_YES;
    }
    return 0;
}

/* Felix takes an empty action for an Allow. */
static int read_action(struct admin_reader *reader, struct value rule, bool in_default,
                       bool *allows)
{
    struct slice action;

    if (field_text(rule, "action", &action, reader->err) != 0) {
        return -1;
    }
    bool passes = calico_is_word(action, "pass") || calico_is_word(action, "next-tier");
    *allows = action.len == 0 || calico_is_word(action, "allow") || (passes && in_default);
    if (*allows || passes || calico_is_word(action, "deny") || calico_is_word(action, "log")) {
        return 0;
    }
    return admin_wrong(reader, "action: must be Allow, Deny, Log or Pass");
}

static int read_allow(struct admin_reader *reader, struct value rule, size_t index)
{
    static const char *const members[] = {"action",      "ipVersion", "protocol", "icmp",
                                          "notProtocol", "notICMP",   "source",   "destination",
                                          "http",        "metadata"};
    struct value source;
    bool excluded = false;

    if (field_known(rule, members, COUNT_OF(members), reader->err) != 0 ||
        field_get(rule, "source", JSON_OBJECT, &source, reader->err) != 0) {
        return -1;
    }
    if (read_source(reader, source, &excluded) != 0) {
        return field_under(reader->err, "source.");
    }
    if (excluded) {
        return 0;
    }
    if (admin_begin_rule(reader, index) != 0 || calico_add_destination(reader, rule) != 0) {
        return -1;
    }
    admin_end_rule(reader);
    return 0;
}

static int read_rule(struct admin_reader *reader, struct value rule, size_t index, bool in_default)
{
    bool allows = false;

    if (read_action(reader, rule, in_default, &allows) != 0) {
        return -1;
    }
    return allows ? read_allow(reader, rule, index) : 0;
}

static int read_rule_of_default(struct admin_reader *reader, struct value rule, size_t index,
                                const char *at)
{
    (void)at;
    return read_rule(reader, rule, index, true);
}

static int read_rule_of_tier(struct admin_reader *reader, struct value rule, size_t index,
                             const char *at)
{
    (void)at;
    return read_rule(reader, rule, index, false);
}

/* --- the policy --- */

static bool is_of_cluster(const struct admin_reader *reader)
{
    return reader->asked->namespace.data == NULL;
}

static int read_subject(struct admin_reader *reader, struct value spec)
{
    struct calico_subject *subject = arena_alloc(reader->arena, sizeof *subject);
    enum answer unused = ANSWER_YES;

    if (subject == NULL) {
        return admin_no_memory(reader);
    }
    subject->home = reader->asked->home;
    reader->part->calico = subject;
    if (calico_read_selector(reader, spec, "selector", &subject->pods, &unused) != 0 ||
        (is_of_cluster(reader) && calico_read_selector(reader, spec, "namespaceSelector",
                                                       &subject->namespaces, &unused) != 0)) {
        return -1;
    }
    return calico_read_selector(reader, spec, "serviceAccountSelector", &subject->accounts,
                                &unused);
}

/* Without types Felix takes both. */
static int read_types(struct admin_reader *reader, struct value spec, bool *egress)
{
    struct value types;
    struct slice key;
    struct value type;

    if (field_get(spec, "types", JSON_ARRAY, &types, reader->err) != 0) {
        return -1;
    }
    struct value_iter iter = value_iter(types);
    *egress = value_count(types) == 0;
    while (value_next(&iter, &key, &type)) {
        *egress = *egress || !calico_is_word(value_string(type), "ingress");
    }
    return 0;
}

static int read_spec(struct admin_reader *reader, struct value spec)
{
    static const char *const members[] = {
        "tier",
        "order",
        "ingress",
        "egress",
        "selector",
        "types",
        "serviceAccountSelector",
        "performanceHints",
        "namespaceSelector", /* this, and what follows, where it is of the whole cluster */
        "doNotTrack",
        "preDNAT",
        "applyOnForward",
    };
    enum { OF_CLUSTER = 4 };
    size_t known = COUNT_OF(members) - (is_of_cluster(reader) ? 0 : (size_t)OF_CLUSTER);
    struct slice tier;
    bool egress = false;

    if (read_subject(reader, spec) != 0) {
        return -1;
    }
    if (!admin_is_asked(reader)) {
        return 0;
    }
    if (field_known(spec, members, known, reader->err) != 0 ||
        field_text(spec, "tier", &tier, reader->err) != 0 ||
        read_types(reader, spec, &egress) != 0) {
        return -1;
    }
    if (!egress) {
        return 0;
    }
    bool in_default = tier.len == 0 || slice_is(tier, "default");
    return admin_each_rule(reader, spec, in_default ? read_rule_of_default : read_rule_of_tier);
}

int calico_read(struct value object, const struct admin_asked *asked, struct arena *arena,
                struct admin_policy *out, enum policy_fault *fault, struct error *err)
{
    static const struct admin_shape shape = {read_spec, NULL};
    struct admin_reader reader = {.asked = asked, .arena = arena, .err = err};

    return admin_read_policy(&shape, object, &reader, out, fault);
}

bool calico_tier_opens(struct value object)
{
    struct value action = value_get(object, "spec", "defaultAction", NULL);

    return value_is(value_get(object, "metadata", "name", NULL), "default") &&
           value_is_set(action) && !calico_is_word(value_string(action), "deny");
}
