/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/companion.h"

#include "lib/netpol/field.h"
#include "lib/netpol/peer.h"

#include <stdio.h>

#define GATEWAY_LABEL "podveil.io/gateway"
#define WORKLOAD_LABEL "podveil.io/workload"

/* --- objects --- */

static struct build *policy_object(const struct companion_names *names, struct build *spec)
{
    struct build *policy = build_object();

    build_set(policy, "apiVersion", build_text("networking.k8s.io/v1"));
    build_set(policy, "kind", build_text("NetworkPolicy"));
    struct build *metadata = build_set(policy, "metadata", build_object());
    build_set(metadata, "name", build_text(names->name));
    if (names->namespace != NULL) {
        build_set(metadata, "namespace", build_text(names->namespace));
    }
    struct build *labels = build_set(metadata, "labels", build_object());
    build_set(labels, "app.kubernetes.io/managed-by", build_text("podveil"));
    build_set(labels, "podveil.io/config", build_text(names->config_id));
    build_set(policy, "spec", spec);
    return policy;
}

static struct build *egress_spec(struct build *pods)
{
    struct build *spec = build_object();

    build_set(spec, "podSelector", pods);
    build_push(build_set(spec, "policyTypes", build_array()), build_text("Egress"));
    return spec;
}

static struct build *add_expression(struct build *expressions, const char *operation)
{
    struct build *expression = build_push(expressions, build_object());

    build_set(expression, "key", build_text(GATEWAY_LABEL));
    build_set(expression, "operator", build_text(operation));
    return expression;
}

struct build *companion_floor(const struct companion_names *names)
{
    struct build *pods = build_object();
    struct build *expressions = build_set(pods, "matchExpressions", build_array());

    add_expression(expressions, "Exists");
    struct build *not_in = add_expression(expressions, "NotIn");
    build_push(build_set(not_in, "values", build_array()), build_text("none"));
    return policy_object(names, egress_spec(pods));
}

static struct build *add_rule(struct build *egress, struct build *peer)
{
    struct build *rule = build_push(egress, build_object());

    build_push(build_set(rule, "to", build_array()), peer);
    return rule;
}

static void add_blocks(struct build *egress, const struct cidr *cidrs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        add_rule(egress, peer_build_block(&cidrs[i]));
    }
}

static void add_listed(struct build *egress, struct value listed)
{
    struct value_iter iter = value_iter(listed);
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        add_rule(egress, peer_build_copy(item));
    }
}

static void add_port(struct build *ports, const char *protocol)
{
    struct build *port = build_push(ports, build_object());

    build_set(port, "protocol", build_text(protocol));
    build_set(port, "port", build_int(53));
}

static void add_dns(struct build *egress, const struct companion_target *target)
{
    struct build *rule = add_rule(egress, peer_build_pods(target->dns_namespace, target->dns_pods));
    struct build *ports = build_set(rule, "ports", build_array());

    add_port(ports, "UDP");
    add_port(ports, "TCP");
}

/* In the order of spec.md 3. */
static void add_rules(struct build *egress, const struct companion_target *target)
{
    add_rule(egress, peer_build_pods(target->gateway_namespace, target->gateway_pods));
    if (!target->listed_only) {
        add_blocks(egress, target->cidrs, target->cidr_count);
    }
    add_blocks(egress, target->probes, target->probe_count);
    if (target->listed_only) {
        add_listed(egress, target->listed);
    } else {
        add_rule(egress, peer_build_all_pods());
    }
    add_dns(egress, target);
}

struct build *companion_policy(const struct companion_names *names, const char *workload,
                               const struct companion_target *target)
{
    struct build *pods = build_object();
    struct build *labels = build_set(pods, "matchLabels", build_object());

    build_set(labels, GATEWAY_LABEL, build_text(target->gateway));
    if (workload != NULL) {
        build_set(labels, WORKLOAD_LABEL, build_text(workload));
    }
    struct build *spec = egress_spec(pods);
    add_rules(build_set(spec, "egress", build_array()), target);
    return policy_object(names, spec);
}

/* --- the allowed set --- */

/* The companion as text in the arena, parsed. */
static int read_companion(const struct companion_target *target, struct arena *arena,
                          struct json *doc, struct policy *out, struct error *err)
{
    static const struct companion_names names = {.name = "companion", .config_id = ""};
    AUTO(build) struct build *policy = companion_policy(&names, NULL, target);
    AUTO(buf) struct buf text = {0};
    enum policy_fault fault = POLICY_FINE;

    buf_init(&text, JSON_MAX_TEXT);
    if (build_encode(policy, &text, err) != 0) {
        return -1;
    }
    struct slice copy = arena_copy(arena, buf_view(&text));
    if (copy.data == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for what a gateway's pods may reach");
    }
    if (json_parse(doc, copy, err) != 0) {
        return -1;
    }
    return policy_parse(value_root(doc), arena, out, &fault, err);
}

static int add_regions(const struct policy_rule *rule, struct allowed *out, struct error *err)
{
    for (size_t i = 0; i < rule->peer_count; i++) {
        struct allowed_region *region = &out->regions[out->count++];
        *region = (struct allowed_region){
            .pods = rule->peers[i].kind == PEER_PODS,
            .peer = rule->peers[i],
            .any_port = rule->any_port,
            .ports = rule->ports,
            .port_count = rule->port_count,
        };
        if (!region->pods && judge_block(&region->peer, &region->addresses, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Made from the policy itself, so that the two cannot differ. */
static int make_allowed(const struct companion_target *target, struct arena *arena,
                        struct allowed *out, struct error *err)
{
    struct policy policy = {0};
    size_t count = 0;

    if (read_companion(target, arena, &out->doc, &policy, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < policy.egress_count; i++) {
        count += policy.egress[i].peer_count;
    }
    out->regions = arena_alloc(arena, count * sizeof *out->regions);
    if (out->regions == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for what a gateway's pods may reach");
    }
    for (size_t i = 0; i < policy.egress_count; i++) {
        if (add_regions(&policy.egress[i], out, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int companion_allowed(const struct companion_target *target, struct arena *arena,
                      struct allowed *out, struct error *err)
{
    struct allowed allowed = {0};

    if (make_allowed(target, arena, &allowed, err) != 0) {
        allowed_done(&allowed);
        return -1;
    }
    *out = allowed;
    return 0;
}

void allowed_done(struct allowed *allowed)
{
    for (size_t i = 0; i < allowed->count; i++) {
        addrset_done(&allowed->regions[i].addresses);
    }
    json_done(&allowed->doc);
    *allowed = (struct allowed){0};
}

bool companion_same_spec(struct value object, struct value wanted)
{
    struct value spec = value_member(object, "spec");

    return value_kind(spec) == JSON_OBJECT && value_equal(spec, value_member(wanted, "spec"));
}

/* --- where they differ --- */

struct difference {
    struct value theirs;
    struct value ours;
    char *field;
};

static void append(char *field, const char *before, struct slice name, const char *behind)
{
    size_t len = strlen(field);

    (void)snprintf(field + len, COMPANION_FIELD - len, "%s%.*s%s", before, FIELD_ARGS(name),
                   behind);
}

/* Into the first member that differs; false: none does. */
static bool enter_member(struct difference *at)
{
    struct value_iter iter = value_iter(at->ours);
    const struct value theirs = at->theirs;
    const struct value ours = at->ours;
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        if (!value_equal(value_member_slice(theirs, key), item)) {
            append(at->field, ".", key, "");
            at->theirs = value_member_slice(theirs, key);
            at->ours = item;
            return true;
        }
    }
    iter = value_iter(theirs);
    while (value_next(&iter, &key, &item)) {
        if (!value_exists(value_member_slice(ours, key))) {
            append(at->field, ".", key, "");
            at->theirs = item;
            at->ours = VALUE_ABSENT;
            return true;
        }
    }
    return false;
}

/* The same for the items of a list. */
static bool enter_item(struct difference *at)
{
    struct value_iter theirs = value_iter(at->theirs);
    struct value_iter ours = value_iter(at->ours);
    struct slice key;
    size_t index = 0;

    for (bool more = true; more; index++) {
        struct value a = VALUE_ABSENT;
        struct value b = VALUE_ABSENT;
        bool have_a = value_next(&theirs, &key, &a);
        bool have_b = value_next(&ours, &key, &b);
        if (have_a != have_b || (have_a && !value_equal(a, b))) {
            char text[32];
            int len = snprintf(text, sizeof text, "%zu", index);
            append(at->field, "[", (struct slice){text, (size_t)len}, "]");
            at->theirs = a;
            at->ours = b;
            return true;
        }
        more = have_a;
    }
    return false;
}

struct value companion_difference(struct value object, struct value wanted,
                                  char field[static COMPANION_FIELD])
{
    struct difference at = {value_member(object, "spec"), value_member(wanted, "spec"), field};
    bool deeper = true;

    slice_copy(SLICE("spec"), field, COMPANION_FIELD);
    while (deeper && value_kind(at.theirs) == value_kind(at.ours)) {
        enum json_kind kind = value_kind(at.ours);
        deeper =
            (kind == JSON_OBJECT && enter_member(&at)) || (kind == JSON_ARRAY && enter_item(&at));
    }
    return at.ours;
}
