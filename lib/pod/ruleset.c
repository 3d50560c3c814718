/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/ruleset.h"

#include "lib/digest/sha256.h"
#include "lib/netpol/peer.h"
#include "lib/pod/names.h"
#include "lib/pod/parts.h"

#include <stdatomic.h>
#include <stdio.h>

enum {
    PARTS_MAX = 1024 * 1024,      /* of one gateway: two scripts and their settings */
    ARENA_MAX = 16 * 1024 * 1024, /* selectors and allowed sets of all gateways */
    DIGEST_LEN = 16,
    INJECTED_LEN = 3 + CONFIG_ID_LEN + 1 + DIGEST_LEN,
};

/* What the values of one gateway's rules stand on. */
struct tape {
    char *text;
    struct json doc;
};

struct ruleset_memory {
    struct ruleset ruleset;
    atomic_size_t references;
    struct arena arena;
    struct gateway_rules *rules; /* what ruleset.gateways shows, to be changed */
    struct tape *tapes;          /* one a gateway */
};

static void free_memory(struct ruleset_memory *memory)
{
    for (size_t i = 0; memory->tapes != NULL && i < memory->ruleset.gateway_count; i++) {
        allowed_done(&memory->rules[i].allowed);
        json_done(&memory->tapes[i].doc);
        free(memory->tapes[i].text);
    }
    free(memory->tapes);
    free(memory->rules);
    arena_done(&memory->arena);
    config_unref(memory->ruleset.config);
    free(memory);
}
DEFINE_AUTO(memory, struct ruleset_memory, free_memory);

/* The compact JSON of our parts without what may differ in a pod. */
static void print_fixed_members(struct value container, struct buf *out)
{
    struct value_iter iter = value_iter(container);
    struct slice key;
    struct value item;
    const char *comma = "{";

    while (value_next(&iter, &key, &item)) {
        if (!slice_is(key, "resources") && !slice_is(key, "imagePullPolicy")) {
            buf_printf(out, "%s\"%.*s\":", comma, SLICE_ARGS(key));
            value_encode(item, out);
            comma = ",";
        }
    }
    buf_char(out, '}');
}

static int mark_injected(struct ruleset_memory *memory, struct gateway_rules *rules,
                         struct error *err)
{
    char *injected = arena_alloc(&memory->arena, INJECTED_LEN + 1);
    char digest[SHA256_HEX + 1];
    AUTO(buf) struct buf parts = {0};

    buf_init(&parts, PARTS_MAX);
    buf_char(&parts, '[');
    print_fixed_members(rules->init, &parts);
    buf_char(&parts, ',');
    print_fixed_members(rules->sidecar, &parts);
    buf_char(&parts, ',');
    value_encode(rules->config_volume, &parts);
    buf_char(&parts, ',');
    value_encode(rules->token_volume, &parts);
    buf_char(&parts, ']');
    if (buf_check(&parts, err) != 0 || sha256_hex(buf_view(&parts), DIGEST_LEN, digest, err) != 0) {
        return -1;
    }
    if (injected == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for the injected parts");
    }
    (void)snprintf(injected, INJECTED_LEN + 1, "v1.%.*s.%.*s", CONFIG_ID_LEN,
                   memory->ruleset.config->id, DIGEST_LEN, digest);
    rules->injected = injected;
    return 0;
}

/* The parts, and the gateway as a peer: the configuration may write its pods as labels alone. */
static int print_tape(const struct config *config, const struct gateway *gateway, struct buf *out,
                      struct error *err)
{
    AUTO(build) struct build *peer = peer_build_pods(gateway->namespace, gateway->pods);

    buf_char(out, '[');
    if (parts_render(config, gateway, out, err) != 0) {
        return -1;
    }
    buf_char(out, ',');
    if (build_encode(peer, out, err) != 0) {
        return -1;
    }
    buf_char(out, ']');
    return buf_check(out, err);
}

static int render(const struct config *config, struct tape *tape, struct gateway_rules *rules,
                  struct error *err)
{
    AUTO(buf) struct buf text = {0};

    buf_init(&text, PARTS_MAX);
    if (print_tape(config, rules->gateway, &text, err) != 0) {
        return -1;
    }
    size_t len = text.len;
    tape->text = buf_take(&text);
    if (tape->text == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for the injected parts");
    }
    if (json_parse(&tape->doc, (struct slice){tape->text, len}, err) != 0) {
        return -1;
    }
    struct address resolver = rules->gateway->vxlan_network.first;
    resolver.low++;
    address_format(FAMILY_IPV4, resolver, rules->resolver);
    struct value parts = value_item(value_root(&tape->doc), 0);
    rules->init = value_member(parts, "init");
    rules->sidecar = value_member(parts, "sidecar");
    rules->config_volume = value_member(parts, "configVolume");
    rules->token_volume = value_member(parts, "tokenVolume");
    return 0;
}

/* Pod, service and local CIDRs in one array. NULL where there is no memory. */
static struct cidr *join_cidrs(const struct cluster *cluster, struct arena *arena, size_t *count)
{
    const struct cidr_list *lists[] = {&cluster->pod_cidrs, &cluster->service_cidrs,
                                       &cluster->local_cidrs};
    size_t total = 0;

    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        total += lists[i]->count;
    }
    *count = 0;
    struct cidr *cidrs = arena_alloc(arena, (total + 1) * sizeof *cidrs);
    for (size_t i = 0; cidrs != NULL && i < COUNT_OF(lists); i++) {
        for (size_t j = 0; j < lists[i]->count; j++) {
            cidrs[(*count)++] = lists[i]->items[j];
        }
    }
    return cidrs;
}

static int aim(struct ruleset_memory *memory, const struct tape *tape, struct gateway_rules *rules,
               struct error *err)
{
    const struct config *config = memory->ruleset.config;
    const struct gateway *gateway = rules->gateway;
    size_t count = 0;
    const struct cidr *cidrs = join_cidrs(&config->cluster, &memory->arena, &count);

    if (cidrs == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for the cluster's addresses");
    }
    bool meshed = config->mesh.mode == MESH_AMBIENT;
    rules->target = (struct companion_target){
        .gateway = gateway->name,
        .gateway_namespace = gateway->namespace,
        .gateway_pods = gateway->pods,
        .cidrs = cidrs,
        .cidr_count = count,
        .probes = config->mesh.probes.items,
        .probe_count = meshed ? config->mesh.probes.count : 0,
        .listed_only = gateway->reach == REACH_LISTED,
        .listed = gateway->listed,
        .dns_namespace = config->cluster.dns_namespace,
        .dns_pods = config->cluster.dns_pods,
    };
    struct value pods = value_member(value_item(value_root(&tape->doc), 1), "podSelector");
    if (selector_parse(pods, &memory->arena, &rules->pods, err) != 0) {
        return error_prefix(err, "gateway %s: podSelector", gateway->name);
    }
    if (form_of_companion(config->id, config->companion == COMPANION_WORKLOAD, &rules->target,
                          &memory->arena, &rules->companion, err) != 0) {
        return -1;
    }
    return companion_allowed(&rules->target, &memory->arena, &rules->allowed, err);
}

/* podveil.io/gateway In [every gateway's name]: what a privacy pod's labels are sure to say. */
static int select_privacy(struct ruleset_memory *memory, struct error *err)
{
    size_t count = memory->ruleset.gateway_count;
    struct slice *names = arena_alloc(&memory->arena, (count + 1) * sizeof *names);

    if (names == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for the gateways' names");
    }
    for (size_t i = 0; i < count; i++) {
        names[i] = slice_of(memory->rules[i].gateway->name);
    }
    return selector_in(SLICE(MARK_GATEWAY), names, count, &memory->arena, &memory->ruleset.privacy,
                       err);
}

static struct ruleset_memory *allocate(const struct config *config)
{
    struct ruleset_memory *memory = calloc(1, sizeof *memory);

    if (memory == NULL) {
        return NULL;
    }
    arena_init(&memory->arena, ARENA_MAX);
    atomic_init(&memory->references, 1);
    memory->ruleset.config = config_ref(config);
    memory->ruleset.gateway_count = config->gateway_count;
    memory->rules = calloc(config->gateway_count + 1, sizeof *memory->rules);
    memory->tapes = calloc(config->gateway_count + 1, sizeof *memory->tapes);
    memory->ruleset.gateways = memory->rules;
    memory->ruleset.memory = memory;
    if (memory->rules == NULL || memory->tapes == NULL) {
        free(memory->tapes);
        memory->tapes = NULL;
        free_memory(memory);
        return NULL;
    }
    return memory;
}

int ruleset_new(const struct config *config, const struct ruleset **out, struct error *err)
{
    AUTO(memory) struct ruleset_memory *memory = allocate(config);

    if (memory == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a ruleset");
    }
    for (size_t i = 0; i < config->gateway_count; i++) {
        struct gateway_rules *rules = &memory->rules[i];
        rules->gateway = &config->gateways[i];
        rules->first = i == 0;
        struct tape *tape = &memory->tapes[i];
        if (render(config, tape, rules, err) != 0 || mark_injected(memory, rules, err) != 0 ||
            aim(memory, tape, rules, err) != 0) {
            return -1;
        }
    }
    if (select_privacy(memory, err) != 0 ||
        form_of_floor(config->id, &memory->arena, &memory->ruleset.floor, err) != 0) {
        return -1;
    }
    *out = &STEAL(memory)->ruleset;
    return 0;
}

const struct ruleset *ruleset_ref(const struct ruleset *ruleset)
{
    atomic_fetch_add_explicit(&ruleset->memory->references, 1, memory_order_relaxed);
    return ruleset;
}

void ruleset_unref(const struct ruleset *ruleset)
{
    if (ruleset == NULL) {
        return;
    }
    struct ruleset_memory *memory = ruleset->memory;
    if (atomic_fetch_sub_explicit(&memory->references, 1, memory_order_acq_rel) == 1) {
        free_memory(memory);
    }
}

const struct gateway_rules *ruleset_gateway(const struct ruleset *ruleset, struct slice name)
{
    for (size_t i = 0; i < ruleset->gateway_count; i++) {
        if (slice_is(name, ruleset->gateways[i].gateway->name)) {
            return &ruleset->gateways[i];
        }
    }
    return NULL;
}
