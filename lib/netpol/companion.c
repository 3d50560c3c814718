/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/companion.h"

#include "lib/netpol/peer.h"

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
