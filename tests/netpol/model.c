/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/netpol/model.h"

#include "tests/netpol/random.h"

#include <arpa/inet.h>
#include <limits.h>

enum { IN, NOT_IN, EXISTS, DOES_NOT_EXIST };
enum { NAME, TEAM, APP, KEYS };

/* The values that are written; in the world each key also has one that nobody writes. */
static const char *const keys[KEYS] = {"kubernetes.io/metadata.name", "team", "app"};
static const char *const values[KEYS][2] = {{"media", "vpn"}, {"a", "b"}, {"x", "y"}};
enum { STATES = 4, WORLDS = STATES * STATES * STATES };

/* --- invention --- */

static number mask(unsigned width, unsigned prefix)
{
    number all = width == 32 ? (number)UINT32_MAX : ~(number)0;
    return prefix == width ? 0 : all >> prefix;
}

static struct block block_at(bool v6, number base, unsigned prefix)
{
    number host = mask(v6 ? 128 : 32, prefix);
    return (struct block){.v6 = v6, .prefix = prefix, .first = base & ~host, .last = base | host};
}

static struct block invent_block(uint64_t *state)
{
    static const unsigned shorts[] = {0, 1, 8, 16};
    bool v6 = random_chance(state, 40);
    number base = v6 ? (number)0xfd00 << 112 : (number)10 << 24;
    unsigned prefix = (v6 ? 128 : 32) - random_below(state, 7);

    if (random_chance(state, 15)) {
        prefix = shorts[random_below(state, COUNT_OF(shorts))];
    }
    return block_at(v6, base + random_below(state, 64), prefix);
}

static struct block part_of(uint64_t *state, const struct block *block, unsigned least)
{
    unsigned width = block->v6 ? 128 : 32;
    unsigned room = width - block->prefix;
    unsigned more = room > 6 ? random_below(state, 2) : random_below(state, room + 1);
    number offset = (number)random_below(state, 64) & mask(width, block->prefix);

    more = more < least ? least : more;
    if (random_chance(state, 50)) {
        offset = mask(width, block->prefix) - offset;
    }
    return block_at(block->v6, block->first + offset, block->prefix + more);
}

static void invent_excepts(uint64_t *state, struct model_peer *peer)
{
    bool has_parts = peer->block.prefix < (peer->block.v6 ? 128 : 32);

    peer->except_count = has_parts && random_chance(state, 30) ? 1 + random_below(state, 2) : 0;
    for (unsigned i = 0; i < peer->except_count; i++) {
        peer->excepts[i] = part_of(state, &peer->block, 1);
    }
}

static struct term invent_term(uint64_t *state, unsigned key)
{
    return (struct term){key, random_below(state, 4), 1 + random_below(state, 3)};
}

static void invent_pods(uint64_t *state, struct model_peer *peer)
{
    peer->own = random_chance(state, 30);
    peer->namespaces.count = peer->own ? 0 : random_below(state, 3);
    peer->pods.count = random_below(state, 3);
    for (unsigned i = 0; i < 2; i++) {
        peer->namespaces.items[i] = invent_term(state, random_below(state, 2));
        peer->pods.items[i] = invent_term(state, APP);
    }
}

static void invent_peer(uint64_t *state, struct model_peer *peer)
{
    *peer = (struct model_peer){.is_block = random_chance(state, 60)};
    if (peer->is_block) {
        peer->block = invent_block(state);
        invent_excepts(state, peer);
    } else {
        invent_pods(state, peer);
    }
}

static void invent_ports(uint64_t *state, struct model_rule *rule)
{
    rule->port_count = random_chance(state, 50) ? 0 : 1 + random_below(state, 2);
    for (unsigned i = 0; i < rule->port_count; i++) {
        unsigned first = random_chance(state, 15) ? 65535 : 1 + random_below(state, 5);
        unsigned last = random_chance(state, 15) ? 65535 : first + random_below(state, 3);
        rule->ports[i] = (struct model_port){
            .protocol = random_below(state, 3),
            .all = random_chance(state, 25),
            .first = first,
            .last = last > 65535 ? 65535 : last,
        };
    }
}

void model_invent(uint64_t *state, struct model *model)
{
    model->count = random_below(state, MODEL_RULES + 1);
    for (unsigned i = 0; i < model->count; i++) {
        struct model_rule *rule = &model->rules[i];
        rule->peer_count = random_below(state, MODEL_PEERS + 1);
        for (unsigned k = 0; k < rule->peer_count; k++) {
            invent_peer(state, &rule->peers[k]);
        }
        invent_ports(state, rule);
    }
}

static void narrow_peer(uint64_t *state, struct model_peer *peer)
{
    if (peer->is_block) {
        if (random_chance(state, 50)) {
            peer->block = part_of(state, &peer->block, 0);
            peer->except_count = 0;
        }
        return;
    }
    if (peer->pods.count < 2 && random_chance(state, 50)) {
        peer->pods.items[peer->pods.count++] = invent_term(state, APP);
    }
}

void model_invent_near(uint64_t *state, const struct model *allowed, struct model *model)
{
    model_invent(state, model);
    for (unsigned i = 0; i < model->count && allowed->count > 0; i++) {
        const struct model_rule *from = &allowed->rules[random_below(state, allowed->count)];
        struct model_rule *rule = &model->rules[i];
        if (from->peer_count == 0 || random_chance(state, 10)) {
            continue;
        }
        *rule = *from;
        for (unsigned k = 0; k < rule->peer_count; k++) {
            narrow_peer(state, &rule->peers[k]);
        }
        if (random_chance(state, 20)) {
            invent_ports(state, rule);
        }
    }
}

/* --- JSON --- */

static void write_block(const struct block *block, struct buf *out)
{
    unsigned char bytes[16] = {0};
    char text[INET6_ADDRSTRLEN];

    for (unsigned i = 0; i < (block->v6 ? 16 : 4); i++) {
        unsigned shift = (block->v6 ? 120 : 24) - 8 * i;
        bytes[i] = (unsigned char)(block->first >> shift & 0xff);
    }
    (void)inet_ntop(block->v6 ? AF_INET6 : AF_INET, bytes, text, sizeof text);
    buf_printf(out, "'%s/%u'", text, block->prefix);
}

static void write_selector(const char *name, const struct terms *terms, struct buf *out)
{
    static const char *const names[] = {"In", "NotIn", "Exists", "DoesNotExist"};

    buf_printf(out, "'%s': {'matchExpressions': [", name);
    for (unsigned i = 0; i < terms->count; i++) {
        const struct term *term = &terms->items[i];
        bool lists = term->operation <= NOT_IN;
        buf_printf(out, "%s{'key': '%s', 'operator': '%s', 'values': [", i == 0 ? "" : ", ",
                   keys[term->key], names[term->operation]);
        for (unsigned v = 0, written = 0; v < 2; v++) {
            if (lists && (term->listed >> v & 1) != 0) {
                buf_printf(out, "%s'%s'", written++ == 0 ? "" : ", ", values[term->key][v]);
            }
        }
        buf_text(out, "]}");
    }
    buf_text(out, "]}");
}

void model_write_peer(const struct model_peer *peer, struct buf *out)
{
    buf_text(out, "{");
    if (peer->is_block) {
        buf_text(out, "'ipBlock': {'cidr': ");
        write_block(&peer->block, out);
        buf_text(out, ", 'except': [");
        for (unsigned i = 0; i < peer->except_count; i++) {
            buf_text(out, i == 0 ? "" : ", ");
            write_block(&peer->excepts[i], out);
        }
        buf_text(out, "]}");
    } else {
        if (!peer->own) {
            write_selector("namespaceSelector", &peer->namespaces, out);
            buf_text(out, ", ");
        }
        write_selector("podSelector", &peer->pods, out);
    }
    buf_text(out, "}");
}

void model_write_ports(const struct model_rule *rule, struct buf *out)
{
    static const char *const names[] = {"TCP", "UDP", "SCTP"};

    buf_text(out, "[");
    for (unsigned i = 0; i < rule->port_count; i++) {
        const struct model_port *port = &rule->ports[i];
        buf_printf(out, "%s{'protocol': '%s'", i == 0 ? "" : ", ", names[port->protocol]);
        if (!port->all) {
            buf_printf(out, ", 'port': %u, 'endPort': %u", port->first, port->last);
        }
        buf_text(out, "}");
    }
    buf_text(out, "]");
}

void model_write(const struct model *model, struct buf *out)
{
    for (unsigned i = 0; i < model->count; i++) {
        const struct model_rule *rule = &model->rules[i];
        buf_printf(out, "%s{'to': [", i == 0 ? "" : ", ");
        for (unsigned k = 0; k < rule->peer_count; k++) {
            buf_text(out, k == 0 ? "" : ", ");
            model_write_peer(&rule->peers[k], out);
        }
        buf_text(out, "], 'ports': ");
        model_write_ports(rule, out);
        buf_text(out, "}");
    }
}

/* --- judgement by trying --- */

static bool in_block(const struct block *block, bool v6, number address)
{
    return block->v6 == v6 && block->first <= address && address <= block->last;
}

bool model_has_address(const struct model_peer *peer, bool v6, number address)
{
    if (peer == NULL) {
        return true;
    }
    for (unsigned i = 0; i < peer->except_count; i++) {
        if (in_block(&peer->excepts[i], v6, address)) {
            return false;
        }
    }
    return peer->is_block && in_block(&peer->block, v6, address);
}

bool model_has_port(const struct model_rule *rule, unsigned protocol, unsigned port)
{
    for (unsigned i = 0; i < rule->port_count; i++) {
        const struct model_port *p = &rule->ports[i];
        if (p->protocol == protocol && (p->all || (p->first <= port && port <= p->last))) {
            return true;
        }
    }
    return rule->port_count == 0;
}

bool model_allows_address(const struct model *allowed, bool v6, number address, unsigned protocol,
                          unsigned port)
{
    for (unsigned i = 0; i < allowed->count; i++) {
        const struct model_rule *region = &allowed->rules[i];
        for (unsigned k = 0; k < region->peer_count; k++) {
            if (model_has_address(&region->peers[k], v6, address) &&
                model_has_port(region, protocol, port)) {
                return true;
            }
        }
    }
    return false;
}

/* A key's state in a world: 0 and 1 are its values, 2 another value, 3 that it is absent. */
static bool all_hold(const struct terms *terms, unsigned world)
{
    for (unsigned i = 0; i < terms->count; i++) {
        const struct term *term = &terms->items[i];
        unsigned state = world >> 2 * term->key & 3;
        bool listed = state < 2 && (term->listed >> state & 1) != 0;
        const bool holds[] = {
            [IN] = listed,
            [NOT_IN] = !listed,
            [EXISTS] = state != 3,
            [DOES_NOT_EXIST] = state == 3,
        };
        if (!holds[term->operation]) {
            return false;
        }
    }
    return true;
}

static bool has_pod(const struct model_peer *peer, unsigned world)
{
    bool is_named = (world >> 2 * NAME & 3) != 3; /* as each namespace is */

    if (peer == NULL || !is_named) {
        return is_named;
    }
    bool space = peer->own ? (world >> 2 * NAME & 3) == 0 : all_hold(&peer->namespaces, world);
    return !peer->is_block && space && all_hold(&peer->pods, world);
}

static bool is_inside(const struct model_peer *outer, const struct model_peer *peer)
{
    for (unsigned world = 0; world < WORLDS; world++) {
        if (has_pod(peer, world) && !has_pod(outer, world)) {
            return false;
        }
    }
    return true;
}

static bool is_nobody(const struct model_peer *peer)
{
    for (unsigned world = 0; world < WORLDS; world++) {
        if (has_pod(peer, world)) {
            return false;
        }
    }
    return true;
}

bool model_allows_pods(const struct model *allowed, const struct model_peer *peer,
                       unsigned protocol, unsigned port)
{
    for (unsigned i = 0; i < allowed->count; i++) {
        const struct model_rule *region = &allowed->rules[i];
        for (unsigned k = 0; k < region->peer_count; k++) {
            if (is_inside(&region->peers[k], peer) && model_has_port(region, protocol, port)) {
                return true;
            }
        }
    }
    return is_nobody(peer);
}

/* The addresses next to an end of the block, inside and outside. */
static bool leaks_next_to(const struct block *block, const struct model_peer *peer,
                          const struct model *allowed, unsigned protocol, unsigned port)
{
    number top = mask(block->v6 ? 128 : 32, 0);
    const number samples[] = {
        0,
        top,
        block->first,
        block->last,
        block->first == 0 ? 0 : block->first - 1,
        block->last == top ? top : block->last + 1,
    };

    for (unsigned i = 0; i < COUNT_OF(samples); i++) {
        if (model_has_address(peer, block->v6, samples[i]) &&
            !model_allows_address(allowed, block->v6, samples[i], protocol, port)) {
            return true;
        }
    }
    return false;
}

static bool leaks_next_to_peer(const struct model_peer *at, const struct model_peer *peer,
                               const struct model *allowed, unsigned protocol, unsigned port)
{
    bool leaks = at->is_block && leaks_next_to(&at->block, peer, allowed, protocol, port);

    for (unsigned i = 0; i < at->except_count && !leaks; i++) {
        leaks = leaks_next_to(&at->excepts[i], peer, allowed, protocol, port);
    }
    return leaks;
}

static bool leaks_addresses(const struct model_peer *peer, const struct model *allowed,
                            unsigned protocol, unsigned port)
{
    static const struct block universes[] = {{.v6 = false, .last = UINT32_MAX},
                                             {.v6 = true, .last = ~(number)0}};
    bool leaks = peer != NULL && leaks_next_to_peer(peer, peer, allowed, protocol, port);

    for (unsigned i = 0; i < COUNT_OF(universes) && peer == NULL && !leaks; i++) {
        leaks = leaks_next_to(&universes[i], peer, allowed, protocol, port);
    }
    for (unsigned i = 0; i < allowed->count && !leaks; i++) {
        for (unsigned k = 0; k < allowed->rules[i].peer_count && !leaks; k++) {
            leaks = leaks_next_to_peer(&allowed->rules[i].peers[k], peer, allowed, protocol, port);
        }
    }
    return leaks;
}

static bool peer_leaks_by(const struct model_peer *peer, const struct model *allowed,
                          unsigned protocol, unsigned port)
{
    bool has_addresses = peer == NULL || peer->is_block;
    bool has_pods = peer == NULL || !peer->is_block;

    return (has_addresses && leaks_addresses(peer, allowed, protocol, port)) ||
           (has_pods && !model_allows_pods(allowed, peer, protocol, port));
}

/* All numbers that a range of chance can begin or end with, and their neighbours. */
static bool peer_leaks(const struct model_rule *rule, const struct model_peer *peer,
                       const struct model *allowed)
{
    static const unsigned ports[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1000, 65534, 65535};

    for (unsigned protocol = 0; protocol <= MODEL_OTHER; protocol++) {
        for (unsigned i = 0; i < COUNT_OF(ports); i++) {
            if (model_has_port(rule, protocol, ports[i]) &&
                peer_leaks_by(peer, allowed, protocol, ports[i])) {
                return true;
            }
        }
    }
    return false;
}

bool model_leaks(const struct model *policy, const struct model *allowed, unsigned *rule,
                 unsigned *peer)
{
    for (*rule = 0; *rule < policy->count; (*rule)++) {
        const struct model_rule *r = &policy->rules[*rule];
        *peer = UINT_MAX;
        if (r->peer_count == 0 && peer_leaks(r, NULL, allowed)) {
            return true;
        }
        for (*peer = 0; *peer < r->peer_count; (*peer)++) {
            if (peer_leaks(r, &r->peers[*peer], allowed)) {
                return true;
            }
        }
    }
    return false;
}
