/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule is {from: [{source}], to: [{operation}], when: [{key, values,
 * notValues}]}. Lists of one clause are ORed, members of one item are ANDed,
 * and so are the clauses. Each item of `when` is a clause by itself.
 *
 * Which attribute ztunnel takes: istiod's convertAuthorizationPolicy, as told in
 * policy-semantics.md 4.4.
 */
#include "lib/mesh/authz.h"

#include "lib/mesh/names.h"
#include "lib/netpol/field.h"

#include <stdio.h>

enum { MAX_PORT = 65535, PORT_DIGITS = 5 };

struct known {
    const char *name;
    enum authz_layer layer;
};

static const struct known source_fields[] = {
    {"principals", LAYER_L4},
    {"notPrincipals", LAYER_L4},
    {"namespaces", LAYER_L4},
    {"notNamespaces", LAYER_L4},
    {"serviceAccounts", LAYER_L4},
    {"notServiceAccounts", LAYER_L4},
    {"ipBlocks", LAYER_L4},
    {"notIpBlocks", LAYER_L4},
    {"requestPrincipals", LAYER_HTTP},
    {"notRequestPrincipals", LAYER_HTTP},
    {"remoteIpBlocks", LAYER_HTTP},
    {"notRemoteIpBlocks", LAYER_HTTP},
    {"trustDomains", LAYER_SILENT},
    {"notTrustDomains", LAYER_SILENT},
};

static const struct known operation_fields[] = {
    {"ports", LAYER_L4},      {"notPorts", LAYER_L4},   {"hosts", LAYER_HTTP},
    {"notHosts", LAYER_HTTP}, {"methods", LAYER_HTTP},  {"notMethods", LAYER_HTTP},
    {"paths", LAYER_HTTP},    {"notPaths", LAYER_HTTP},
};

/* Every other key is HTTP's, connection.sni and source.trustDomain among them. */
static const char *const l4_keys[] = {
    "source.ip", "source.namespace", "source.principal", "destination.ip", "destination.port",
};

static const struct {
    const char *list;
    const char *item;
    const struct known *fields;
    size_t count;
} parts[] = {
    [AUTHZ_FROM] = {"from", "source", source_fields, COUNT_OF(source_fields)},
    [AUTHZ_TO] = {"to", "operation", operation_fields, COUNT_OF(operation_fields)},
    [AUTHZ_WHEN] = {"when", "key", NULL, 0},
};

static const char *const actions[] = {
    [AUTHZ_ALLOW] = "ALLOW",
    [AUTHZ_DENY] = "DENY",
    [AUTHZ_AUDIT] = "AUDIT",
    [AUTHZ_CUSTOM] = "CUSTOM",
};

const char *authz_action_name(enum authz_action action)
{
    return actions[action];
}

/* A table of `count` items, one at least so that it is never NULL. */
static void *table(struct arena *arena, size_t count, size_t size, struct error *err)
{
    void *items = arena_alloc(arena, (count == 0 ? 1 : count) * size);

    if (items == NULL) {
        (void)error_set(err, ERR_NO_MEMORY, "no memory for an AuthorizationPolicy");
    }
    return items;
}

static enum authz_layer layer_of(enum authz_part part, struct slice name)
{
    for (size_t i = 0; i < parts[part].count; i++) {
        if (slice_is(name, parts[part].fields[i].name)) {
            return parts[part].fields[i].layer;
        }
    }
    return LAYER_UNKNOWN;
}

static bool is_port(struct slice text)
{
    unsigned port = 0;

    if (text.len == 0 || text.len > PORT_DIGITS) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        port = port * 10 + (unsigned)(text.data[i] - '0');
    }
    return port <= MAX_PORT;
}

static bool takes_ports(struct slice name)
{
    return slice_is(name, "ports") || slice_is(name, "notPorts");
}

static int check_text(struct slice name, size_t index, struct slice text, struct error *err)
{
    if (text.len == 0) {
        return error_set(err, ERR_MALFORMED, "%.*s[%zu]: must be a text that is not empty",
                         FIELD_ARGS(name), index);
    }
    if (takes_ports(name) && !is_port(text)) {
        return error_set(err, ERR_MALFORMED, "%.*s[%zu]: \"%.*s\" is no port", FIELD_ARGS(name),
                         index, FIELD_ARGS(text));
    }
    return 0;
}

/* A list of texts, none empty. */
static int check_texts(struct value list, struct slice name, struct error *err)
{
    struct value_iter iter = value_iter(list);
    struct slice key;
    struct value item;

    if (value_kind(list) != JSON_ARRAY) {
        return error_set(err, ERR_MALFORMED, "%.*s: must be a list", FIELD_ARGS(name));
    }
    while (value_next(&iter, &key, &item)) {
        if (check_text(name, iter.index, value_string(item), err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* The members of a source or an operation. An empty list is as good as none. */
static int read_item(enum authz_part part, struct value object, struct arena *arena,
                     struct authz_match *out, struct error *err)
{
    struct value_iter iter = value_iter(object);
    struct slice key;
    struct value list;

    out->attributes = table(arena, value_count(object), sizeof *out->attributes, err);
    if (out->attributes == NULL) {
        return -1;
    }
    while (value_next(&iter, &key, &list)) {
        enum authz_layer layer = layer_of(part, key);
        if (!value_is_set(list)) {
            continue;
        }
        if (layer != LAYER_UNKNOWN && check_texts(list, key, err) != 0) {
            return field_under(err, "%s.", parts[part].item);
        }
        if (layer != LAYER_UNKNOWN && value_count(list) == 0) {
            continue;
        }
        out->attributes[out->count++] =
            (struct authz_attribute){.name = key, .layer = layer, .values = list};
    }
    if (out->count == 0) {
        return error_set(err, ERR_MALFORMED, "%s: must name something", parts[part].item);
    }
    return 0;
}

static enum authz_layer layer_of_key(struct slice key)
{
    for (size_t i = 0; i < COUNT_OF(l4_keys); i++) {
        if (slice_is(key, l4_keys[i])) {
            return LAYER_L4;
        }
    }
    return LAYER_HTTP;
}

static int read_condition(struct value object, struct arena *arena, struct authz_match *out,
                          struct error *err)
{
    struct slice key = {0};
    struct value values = VALUE_ABSENT;
    struct value not_values = VALUE_ABSENT;

    if (field_text(object, "key", &key, err) != 0 ||
        field_get(object, "values", JSON_ARRAY, &values, err) != 0 ||
        field_get(object, "notValues", JSON_ARRAY, &not_values, err) != 0 ||
        (value_exists(values) && check_texts(values, SLICE("values"), err) != 0) ||
        (value_exists(not_values) && check_texts(not_values, SLICE("notValues"), err) != 0)) {
        return -1;
    }
    if (key.len == 0) {
        return error_set(err, ERR_MALFORMED, "key: must be there");
    }
    out->attributes = table(arena, 1, sizeof *out->attributes, err);
    if (out->attributes == NULL) {
        return -1;
    }
    out->count = 1;
    out->attributes[0] = (struct authz_attribute){
        .name = key, .layer = layer_of_key(key), .values = values, .not_values = not_values};
    return 0;
}

static int read_match(enum authz_part part, struct value item, struct arena *arena,
                      struct authz_match *out, struct error *err)
{
    struct value object = VALUE_ABSENT;

    if (value_kind(item) != JSON_OBJECT) {
        return error_set(err, ERR_MALFORMED, "%s: must be an object", parts[part].item);
    }
    if (part == AUTHZ_WHEN) {
        return read_condition(item, arena, out, err);
    }
    if (field_get(item, parts[part].item, JSON_OBJECT, &object, err) != 0) {
        return -1;
    }
    return read_item(part, object, arena, out, err);
}

/* One clause of `from` or `to`, one for each item of `when`. */
static int read_list(enum authz_part part, struct value list, struct arena *arena,
                     struct authz_rule *rule, struct error *err)
{
    struct value_iter iter = value_iter(list);
    size_t count = value_count(list);
    struct slice key;
    struct value item;
    struct authz_match *matches = table(arena, count, sizeof *matches, err);

    if (matches == NULL) {
        return -1;
    }
    while (value_next(&iter, &key, &item)) {
        if (read_match(part, item, arena, &matches[iter.index], err) != 0) {
            return field_under(err, "%s[%zu].", parts[part].list, iter.index);
        }
        if (part == AUTHZ_WHEN || iter.index == 0) {
            rule->clauses[rule->count++] =
                (struct authz_clause){.part = part,
                                      .first = iter.index,
                                      .matches = &matches[iter.index],
                                      .count = part == AUTHZ_WHEN ? 1 : count};
        }
    }
    return 0;
}

static int read_rule(struct value object, struct arena *arena, struct authz_rule *out,
                     struct error *err)
{
    struct value lists[COUNT_OF(parts)] = {{0}};

    if (value_kind(object) != JSON_OBJECT) {
        return error_set(err, ERR_MALFORMED, "from: the rule must be an object");
    }
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (field_get(object, parts[i].list, JSON_ARRAY, &lists[i], err) != 0) {
            return -1;
        }
    }
    out->clauses = table(arena, 2 + value_count(lists[AUTHZ_WHEN]), sizeof *out->clauses, err);
    if (out->clauses == NULL) {
        return -1;
    }
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (read_list((enum authz_part)i, lists[i], arena, out, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int read_rules(struct value spec, struct arena *arena, struct authz *out, struct error *err)
{
    struct value list = VALUE_ABSENT;
    struct slice key;
    struct value item;

    if (field_get(spec, "rules", JSON_ARRAY, &list, err) != 0) {
        return -1;
    }
    struct value_iter iter = value_iter(list);
    out->rules = table(arena, value_count(list), sizeof *out->rules, err);
    if (out->rules == NULL) {
        return -1;
    }
    while (value_next(&iter, &key, &item)) {
        if (read_rule(item, arena, &out->rules[iter.index], err) != 0) {
            return field_under(err, "rules[%zu].", iter.index);
        }
        out->rule_count++;
    }
    return 0;
}

static int read_ref(struct value object, struct authz_ref *out, struct error *err)
{
    if (value_kind(object) != JSON_OBJECT) {
        return error_set(err, ERR_MALFORMED, "kind: the reference must be an object");
    }
    if (field_text(object, "group", &out->group, err) != 0 ||
        field_text(object, "kind", &out->kind, err) != 0 ||
        field_text(object, "name", &out->name, err) != 0) {
        return -1;
    }
    if (slice_is(out->group, "core")) {
        out->group = (struct slice){0};
    }
    return 0;
}

static int read_refs(struct value spec, struct arena *arena, struct authz *out, struct error *err)
{
    struct value one = VALUE_ABSENT;
    struct value list = VALUE_ABSENT;
    struct slice key;
    struct value item;

    if (field_get(spec, "targetRef", JSON_OBJECT, &one, err) != 0 ||
        field_get(spec, "targetRefs", JSON_ARRAY, &list, err) != 0) {
        return -1;
    }
    out->refs = table(arena, value_count(list), sizeof *out->refs, err);
    if (out->refs == NULL) {
        return -1;
    }
    if (value_exists(one)) {
        out->one_ref = true;
        out->ref_count = 1;
        return read_ref(one, &out->refs[0], err) == 0 ? 0 : field_under(err, "targetRef.");
    }
    struct value_iter iter = value_iter(list);
    while (value_next(&iter, &key, &item)) {
        if (read_ref(item, &out->refs[iter.index], err) != 0) {
            return field_under(err, "targetRefs[%zu].", iter.index);
        }
        out->ref_count++;
    }
    return 0;
}

static int read_selector(struct value spec, struct authz *out, struct error *err)
{
    struct value selector = VALUE_ABSENT;
    struct slice key;
    struct value item;

    if (field_get(spec, "selector", JSON_OBJECT, &selector, err) != 0) {
        return -1;
    }
    out->has_selector = value_exists(selector);
    if (field_get(selector, "matchLabels", JSON_OBJECT, &out->labels, err) != 0) {
        return field_under(err, "selector.");
    }
    struct value_iter iter = value_iter(out->labels);
    while (value_next(&iter, &key, &item)) {
        if (value_kind(item) != JSON_STRING) {
            return error_set(err, ERR_MALFORMED, "selector.matchLabels[%.*s]: must be a string",
                             FIELD_ARGS(key));
        }
    }
    return 0;
}

static int read_action(struct value spec, struct authz *out, struct error *err)
{
    struct slice text = {0};

    if (field_text(spec, "action", &text, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < COUNT_OF(actions); i++) {
        if (text.len == 0 || slice_is(text, actions[i])) {
            out->action = (enum authz_action)i;
            return 0;
        }
    }
    return error_set(err, ERR_MALFORMED, "action: must be ALLOW, DENY, AUDIT or CUSTOM");
}

int authz_parse(struct value object, struct slice namespace, struct arena *arena, struct authz *out,
                struct error *err)
{
    struct value metadata = value_member(object, "metadata");
    struct value spec = VALUE_ABSENT;
    struct authz policy = {
        .name = value_string(value_member(metadata, "name")),
        .namespace = namespace,
        .dry_run = value_is(value_get(metadata, "annotations", MESH_DRY_RUN, NULL), "true"),
    };

    if (field_get(object, "spec", JSON_OBJECT, &spec, err) != 0) {
        return -1;
    }
    if (read_action(spec, &policy, err) != 0 || read_selector(spec, &policy, err) != 0 ||
        read_refs(spec, arena, &policy, err) != 0 || read_rules(spec, arena, &policy, err) != 0) {
        return field_under(err, "spec.");
    }
    *out = policy;
    return 0;
}

void authz_field(size_t rule, const struct authz_clause *clause, size_t match,
                 const struct authz_attribute *attribute, char out[static 160])
{
    size_t index = clause->first + match;

    if (clause->part == AUTHZ_WHEN) {
        (void)snprintf(out, 160, "spec.rules[%zu].when[%zu].key", rule, index);
        return;
    }
    (void)snprintf(out, 160, "spec.rules[%zu].%s[%zu].%s.%.*s", rule, parts[clause->part].list,
                   index, parts[clause->part].item, FIELD_ARGS(attribute->name));
}

/* What Istio calls its own gateways' pods, or somebody his after them. */
static bool is_gateway_name(struct slice name)
{
    static const char *const gateways[] = {"ingressgateway", "egressgateway", "eastwestgateway"};

    for (size_t i = 0; i < COUNT_OF(gateways); i++) {
        if (slice_ends_with(name, gateways[i])) {
            return true;
        }
    }
    return false;
}

bool authz_is_for_gateways(const struct authz *policy)
{
    struct value_iter iter = value_iter(policy->labels);
    struct slice key;
    struct value value;

    while (value_next(&iter, &key, &value)) {
        if (slice_starts_with(key, MESH_GATEWAY_API "/") || is_gateway_name(value_string(value))) {
            return true;
        }
    }
    return false;
}

bool authz_is_of_root(const struct authz *policy)
{
    return slice_is(policy->namespace, MESH_ROOT_NAMESPACE);
}
