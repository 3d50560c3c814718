/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/admin_reader.h"

#include "lib/netpol/field.h"

#include <stdarg.h>
#include <stdio.h>

enum { PORT_LAST = 65535, FIRST_ITEMS = 4 };

int admin_wrong(struct admin_reader *reader, const char *fmt, ...)
{
    char text[sizeof reader->err->text];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return error_set(reader->err, ERR_MALFORMED, "%s", text);
}

int admin_no_memory(struct admin_reader *reader)
{
    return error_set(reader->err, ERR_NO_MEMORY, "no memory for a policy");
}

const char *admin_print(struct admin_reader *reader, const char *fmt, ...)
{
    char text[ADMIN_FIELD];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return arena_copy(reader->arena, slice_of(text)).data;
}

int admin_each(struct admin_reader *reader, struct value parent, const struct admin_list *list)
{
    struct value items;
    struct slice key;
    struct value item;

    if (field_get(parent, list->name, JSON_ARRAY, &items, reader->err) != 0) {
        return -1;
    }
    struct value_iter iter = value_iter(items);
    while (value_next(&iter, &key, &item)) {
        if (value_kind(item) != list->kind) {
            (void)field_wrong_kind(reader->err, "", list->kind);
            return field_under(reader->err, "%s[%zu]", list->name, iter.index);
        }
        if (list->read(reader, item, iter.index, list->at) != 0) {
            return field_under(reader->err, "%s[%zu]%s", list->name, iter.index,
                               list->kind == JSON_OBJECT ? "." : ": ");
        }
    }
    return 0;
}

int admin_within(struct admin_reader *reader, struct value parent, const char *name,
                 int (*read)(struct admin_reader *reader, struct value object))
{
    struct value object;

    if (field_get(parent, name, JSON_OBJECT, &object, reader->err) != 0) {
        return -1;
    }
    if (value_is_set(object) && read(reader, object) != 0) {
        return field_under(reader->err, "%s.", name);
    }
    return 0;
}

int admin_selector(struct admin_reader *reader, struct value parent, const char *name,
                   struct selector *out)
{
    struct value selector;

    *out = (struct selector){0};
    if (field_get(parent, name, JSON_OBJECT, &selector, reader->err) != 0) {
        return -1;
    }
    if (value_is_set(selector) && selector_parse(selector, reader->arena, out, reader->err) != 0) {
        return field_under(reader->err, "%s.", name);
    }
    return 0;
}

int admin_each_rule(struct admin_reader *reader, struct value spec,
                    int (*read)(struct admin_reader *reader, struct value item, size_t index,
                                const char *at))
{
    const struct admin_list list = {"egress", JSON_OBJECT, read, NULL};
    struct admin_part *part = reader->part;
    size_t count = value_count(value_member(spec, "egress"));

    part->rules = arena_alloc(reader->arena, count * sizeof *part->rules);
    part->notes = arena_alloc(reader->arena, count * sizeof *part->notes);
    part->count = 0;
    if (part->rules == NULL || part->notes == NULL) {
        return admin_no_memory(reader);
    }
    return admin_each(reader, spec, &list);
}

int admin_begin_rule(struct admin_reader *reader, size_t index)
{
    const char *at = admin_print(reader, "%s.egress[%zu]", reader->at, index);

    if (at == NULL) {
        return admin_no_memory(reader);
    }
    reader->rule = &reader->part->rules[reader->part->count];
    reader->note = &reader->part->notes[reader->part->count];
    reader->peer_cap = 0;
    reader->port_cap = 0;
    reader->every_port = false;
    *reader->rule = (struct policy_rule){.any_port = true};
    *reader->note = (struct admin_note){.rule = {at, SIZE_MAX, ""}};
    return 0;
}

void admin_end_rule(struct admin_reader *reader)
{
    bool lets =
        reader->rule->anywhere || reader->rule->peer_count > 0 || reader->note->unknown != NULL;

    reader->part->count += lets ? 1 : 0;
}

bool admin_is_asked(const struct admin_reader *reader)
{
    for (size_t i = 0; i < reader->asked->gateway_count; i++) {
        if (admin_selects(reader->part, reader->asked->gateways[i])) {
            return true;
        }
    }
    return reader->asked->strangers != NULL &&
           admin_selects_strangers(reader->part, reader->asked->strangers);
}

/* Twice the room in the arena; what was there before is left to it. */
static void *grow(struct admin_reader *reader, const void *items, size_t size, size_t *cap)
{
    size_t more = *cap == 0 ? FIRST_ITEMS : *cap * 2;
    unsigned char *grown = arena_alloc(reader->arena, more * size);

    if (grown != NULL && *cap > 0) {
        memcpy(grown, items, *cap * size);
    }
    *cap = grown == NULL ? *cap : more;
    return grown;
}

int admin_add_peer(struct admin_reader *reader, struct admin_place place,
                   const struct policy_peer *peer)
{
    struct policy_rule *rule = reader->rule;
    struct admin_note *note = reader->note;

    if (rule->peer_count == reader->peer_cap) {
        size_t cap = reader->peer_cap;
        struct admin_place *places = grow(reader, note->peers, sizeof *places, &cap);
        struct policy_peer *peers = grow(reader, rule->peers, sizeof *peers, &reader->peer_cap);
        if (places == NULL || peers == NULL) {
            return admin_no_memory(reader);
        }
        note->peers = places;
        rule->peers = peers;
    }
    note->peers[rule->peer_count] = place;
    rule->peers[rule->peer_count++] = *peer;
    return 0;
}

int admin_add_all_pods(struct admin_reader *reader, struct admin_place place)
{
    const struct policy_peer all = {.kind = PEER_PODS};

    return admin_add_peer(reader, place, &all);
}

int admin_add_nodes(struct admin_reader *reader, struct admin_place place)
{
    const struct admin_asked *asked = reader->asked;

    if (asked->node_count == 0) {
        admin_add_mendable(reader, place, "nodes, whose addresses cluster.nodeCIDRs does not give",
                           "set cluster.nodeCIDRs to the nodes' addresses");
    }
    for (size_t i = 0; i < asked->node_count; i++) {
        const struct policy_peer node = {.kind = PEER_IP_BLOCK, .block = asked->nodes[i]};
        if (admin_add_peer(reader, place, &node) != 0) {
            return -1;
        }
    }
    return 0;
}

void admin_add_anywhere(struct admin_reader *reader, struct admin_place place)
{
    reader->rule->anywhere = true;
    reader->note->rule = place;
}

void admin_add_mendable(struct admin_reader *reader, struct admin_place place, const char *what,
                        const char *mend)
{
    if (reader->note->unknown == NULL) {
        reader->note->unknown = what;
        reader->note->unknown_at = place;
        reader->note->mend = mend;
    }
}

void admin_add_unknown(struct admin_reader *reader, struct admin_place place, const char *what)
{
    admin_add_mendable(reader, place, what, NULL);
}

static struct cidr single(enum family family, struct address address)
{
    return (struct cidr){
        .family = family,
        .prefix = family == FAMILY_IPV4 ? 32 : 128,
        .first = address,
        .last = address,
    };
}

int admin_read_cidr(struct admin_reader *reader, struct value text, bool or_address,
                    struct cidr *out)
{
    struct slice s = value_string(text);
    bool plain = s.len > 0 && memchr(s.data, '/', s.len) == NULL;
    enum family family = FAMILY_IPV4;
    struct address address = {0};

    if (value_kind(text) != JSON_STRING) {
        return admin_wrong(reader, "must be a string");
    }
    if (or_address && plain) {
        if (address_parse(s, &family, &address, reader->err) != 0) {
            reader->fault = POLICY_CIDR;
            return -1;
        }
        *out = single(family, address);
        return 0;
    }
    if (cidr_parse(s, out, reader->err) != 0) {
        reader->fault = POLICY_CIDR;
        return -1;
    }
    return 0;
}

int admin_add_port(struct admin_reader *reader, enum protocol protocol, unsigned first,
                   unsigned last)
{
    struct policy_rule *rule = reader->rule;

    if (rule->port_count == reader->port_cap) {
        struct policy_port *ports = grow(reader, rule->ports, sizeof *ports, &reader->port_cap);
        if (ports == NULL) {
            return admin_no_memory(reader);
        }
        rule->ports = ports;
    }
    rule->any_port = reader->every_port;
    rule->ports[rule->port_count++] = (struct policy_port){
        .protocol = protocol,
        .all = first == 0,
        .first = (uint16_t)(first == 0 ? 1 : first),
        .last = (uint16_t)(first == 0 ? PORT_LAST : last),
    };
    return 0;
}

int admin_add_every_protocol(struct admin_reader *reader, unsigned first, unsigned last)
{
    for (unsigned i = 0; i < PROTOCOL_COUNT; i++) {
        if (admin_add_port(reader, (enum protocol)i, first, last) != 0) {
            return -1;
        }
    }
    return 0;
}

void admin_add_every_port(struct admin_reader *reader)
{
    reader->every_port = true;
    reader->rule->any_port = true;
}

int admin_read_port(struct admin_reader *reader, struct value parent, const char *name,
                    unsigned *out)
{
    struct error inner = {0};
    int64_t number = 0;

    if (value_int64(value_member(parent, name), &number, &inner) != 0 || number < 1 ||
        number > PORT_LAST) {
        return admin_wrong(reader, "%s: must be a number from 1 to %d", name, PORT_LAST);
    }
    *out = (unsigned)number;
    return 0;
}

int admin_read_policy(const struct admin_shape *shape, struct value object,
                      struct admin_reader *reader, struct admin_policy *out,
                      enum policy_fault *fault)
{
    const struct admin_list *further = shape->further;
    size_t count = 1 + (further != NULL ? value_count(value_member(object, further->name)) : 0);
    struct admin_part *parts = arena_alloc(reader->arena, count * sizeof *parts);

    *fault = POLICY_WRONG;
    if (parts == NULL) {
        return admin_no_memory(reader);
    }
    reader->fault = POLICY_WRONG;
    reader->at = "spec";
    reader->part = parts;
    if (admin_within(reader, object, "spec", shape->spec) != 0 ||
        (further != NULL && admin_each(reader, object, further) != 0)) {
        *fault = reader->fault;
        return -1;
    }
    *out = (struct admin_policy){parts, count};
    *fault = POLICY_FINE;
    return 0;
}
