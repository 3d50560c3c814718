/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/policy.h"

#include "lib/netpol/field.h"

enum { PORT_LAST = 65535 };

/* What every step of reading needs; `fault` is what a failure will be called. */
struct reader {
    struct arena *arena;
    enum policy_fault fault;
    struct error *err;
};

struct list {
    void *items;
    size_t count;
};

/* Items of one kind, each read by read() into its place of `size` bytes. */
struct item_type {
    enum json_kind kind;
    size_t size;
    int (*read)(struct reader *reader, struct value item, void *out);
};

static int wrong(struct reader *reader, const char *text)
{
    return error_set(reader->err, ERR_MALFORMED, "%s", text);
}

/* The member `name`, which may be missing or null: no items then. */
static int read_list(struct reader *reader, struct value parent, const char *name,
                     const struct item_type *type, struct list *out)
{
    struct value list;

    if (field_get(parent, name, JSON_ARRAY, &list, reader->err) != 0) {
        return -1;
    }
    unsigned char *items = arena_alloc(reader->arena, value_count(list) * type->size);
    if (items == NULL) {
        return error_set(reader->err, ERR_NO_MEMORY, "no memory for a policy");
    }
    struct value_iter iter = value_iter(list);
    struct slice key;
    struct value item;
    size_t count = 0;
    while (value_next(&iter, &key, &item)) {
        if (value_kind(item) != type->kind) {
            (void)field_wrong_kind(reader->err, "", type->kind);
            return field_under(reader->err, "%s[%zu]", name, count);
        }
        if (type->read(reader, item, items + count * type->size) != 0) {
            return field_under(reader->err, "%s[%zu]%s", name, count,
                               type->kind == JSON_OBJECT ? "." : ": ");
        }
        count++;
    }
    *out = (struct list){items, count};
    return 0;
}

static int read_cidr(struct reader *reader, struct value text, void *out)
{
    if (cidr_parse(value_string(text), out, reader->err) != 0) {
        reader->fault = POLICY_CIDR;
        return -1;
    }
    return 0;
}

static int check_excepts(struct reader *reader, const struct policy_peer *peer)
{
    for (size_t i = 0; i < peer->except_count; i++) {
        const struct cidr *except = &peer->except[i];
        if (except->prefix <= peer->block.prefix ||
            !cidr_contains(&peer->block, except->family, except->first)) {
            return error_set(reader->err, ERR_MALFORMED, "except[%zu]: must be a part of cidr", i);
        }
    }
    return 0;
}

static int read_block(struct reader *reader, struct value block, struct policy_peer *out)
{
    static const struct item_type cidrs = {JSON_STRING, sizeof(struct cidr), read_cidr};
    struct list excepts = {0};
    struct value text;

    if (field_get(block, "cidr", JSON_STRING, &text, reader->err) != 0) {
        return -1;
    }
    if (!value_is_set(text)) {
        return wrong(reader, "cidr: must be there");
    }
    if (read_cidr(reader, text, &out->block) != 0) {
        return field_under(reader->err, "cidr: ");
    }
    if (read_list(reader, block, "except", &cidrs, &excepts) != 0) {
        return -1;
    }
    out->kind = PEER_IP_BLOCK;
    out->except = excepts.items;
    out->except_count = excepts.count;
    return check_excepts(reader, out);
}

/* An absent selector is left as one that selects all. */
static int read_selector(struct reader *reader, struct value v, const char *name,
                         struct selector *out)
{
    if (value_is_set(v) && selector_parse(v, reader->arena, out, reader->err) != 0) {
        return field_under(reader->err, "%s.", name);
    }
    return 0;
}

/*
 * Each namespace has its name for a label, so that to have one says nothing, and to have none is
 * true of no namespace.
 */
static void name_namespaces(struct selector *namespaces)
{
    for (size_t i = 0; i < namespaces->count; i++) {
        struct requirement *r = &namespaces->requirements[i];
        if (!slice_is(r->key, METADATA_NAME)) {
            continue;
        }
        r->may_be_absent = false;
        if (r->any_but && r->count == 0) {
            namespaces->count--;
            memmove(r, r + 1, (namespaces->count - i) * sizeof *r);
        }
        return;
    }
}

static int read_pods(struct reader *reader, struct value namespaces, struct value pods,
                     struct policy_peer *out)
{
    out->kind = PEER_PODS;
    out->own_namespace = !value_is_set(namespaces);
    if (read_selector(reader, namespaces, "namespaceSelector", &out->namespaces) != 0) {
        return -1;
    }
    name_namespaces(&out->namespaces);
    return read_selector(reader, pods, "podSelector", &out->pods);
}

static int read_peer(struct reader *reader, struct value v, void *out)
{
    struct policy_peer peer = {0};
    struct policy_peer *slot = out;
    struct value block;
    struct value namespaces;
    struct value pods;
    int rc = 0;

    if (field_get(v, "ipBlock", JSON_OBJECT, &block, reader->err) != 0 ||
        field_get(v, "namespaceSelector", JSON_OBJECT, &namespaces, reader->err) != 0 ||
        field_get(v, "podSelector", JSON_OBJECT, &pods, reader->err) != 0) {
        return -1;
    }
    bool selects = value_is_set(namespaces) || value_is_set(pods);
    if (selects == value_is_set(block)) {
        return wrong(reader, selects ? "ipBlock: must not stand beside a selector"
                                     : "ipBlock: it or a selector must be there");
    }
    if (selects) {
        rc = read_pods(reader, namespaces, pods, &peer);
    } else if (read_block(reader, block, &peer) != 0) {
        rc = field_under(reader->err, "ipBlock.");
    }
    if (rc == 0) {
        *slot = peer;
    }
    return rc;
}

static int read_protocol(struct reader *reader, struct value port, enum protocol *out)
{
    static const struct {
        const char *name;
        enum protocol protocol;
    } protocols[] = {{"TCP", PROTOCOL_TCP}, {"UDP", PROTOCOL_UDP}, {"SCTP", PROTOCOL_SCTP}};
    struct value name;

    if (field_get(port, "protocol", JSON_STRING, &name, reader->err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < COUNT_OF(protocols); i++) {
        if (value_is(name, protocols[i].name)) {
            *out = protocols[i].protocol;
            return 0;
        }
    }
    return value_is_set(name) ? wrong(reader, "protocol: must be TCP, UDP or SCTP") : 0;
}

static int read_number(struct reader *reader, struct value v, const char *name, uint16_t *out)
{
    struct error inner = {0};
    int64_t number = 0;

    if (value_int64(v, &number, &inner) != 0 || number < 1 || number > PORT_LAST) {
        return error_set(reader->err, ERR_MALFORMED, "%s: must be a number from 1 to %d", name,
                         PORT_LAST);
    }
    *out = (uint16_t)number;
    return 0;
}

/* A number, or a range of them. */
static int read_numbers(struct reader *reader, struct value port, struct value end,
                        struct policy_port *out)
{
    if (read_number(reader, port, "port", &out->first) != 0) {
        return -1;
    }
    out->last = out->first;
    if (!value_is_set(end)) {
        return 0;
    }
    if (read_number(reader, end, "endPort", &out->last) != 0) {
        return -1;
    }
    return out->last >= out->first ? 0 : wrong(reader, "endPort: must not be below port");
}

static int read_port(struct reader *reader, struct value v, void *out)
{
    struct policy_port read = {.protocol = PROTOCOL_TCP, .all = true, .first = 1};
    struct policy_port *slot = out;
    struct value port = value_member(v, "port");
    struct value end = value_member(v, "endPort");

    read.last = PORT_LAST;
    if (read_protocol(reader, v, &read.protocol) != 0) {
        return -1;
    }
    bool named = value_kind(port) == JSON_STRING;
    if (value_is_set(port) && !named) {
        read.all = false;
        if (read_numbers(reader, port, end, &read) != 0) {
            return -1;
        }
    } else if (value_is_set(end)) {
        return wrong(reader, "endPort: must stand beside a port that is a number");
    }
    *slot = read;
    return 0;
}

static int read_rule(struct reader *reader, struct value v, void *out)
{
    static const struct item_type peers = {JSON_OBJECT, sizeof(struct policy_peer), read_peer};
    static const struct item_type ports = {JSON_OBJECT, sizeof(struct policy_port), read_port};
    struct policy_rule *slot = out;
    struct list of_peers = {0};
    struct list of_ports = {0};

    if (read_list(reader, v, "to", &peers, &of_peers) != 0 ||
        read_list(reader, v, "ports", &ports, &of_ports) != 0) {
        return -1;
    }
    *slot = (struct policy_rule){
        .anywhere = of_peers.count == 0,
        .peers = of_peers.items,
        .peer_count = of_peers.count,
        .any_port = of_ports.count == 0,
        .ports = of_ports.items,
        .port_count = of_ports.count,
    };
    return 0;
}

static int read_type(struct reader *reader, struct value v, void *out)
{
    bool *is_egress = out;

    *is_egress = value_is(v, "Egress");
    return *is_egress || value_is(v, "Ingress") ? 0 : wrong(reader, "must be Ingress or Egress");
}

/* Without policyTypes the API server writes Egress exactly where there is an egress rule. */
static int read_isolation(struct reader *reader, struct value spec, struct policy *out)
{
    static const struct item_type types = {JSON_STRING, sizeof(bool), read_type};
    struct list list = {0};

    if (read_list(reader, spec, "policyTypes", &types, &list) != 0) {
        return -1;
    }
    const bool *is_egress = list.items;
    out->isolates_egress = list.count == 0 && out->egress_count > 0;
    for (size_t i = 0; i < list.count; i++) {
        out->isolates_egress = out->isolates_egress || is_egress[i];
    }
    return 0;
}

static int read_spec(struct reader *reader, struct value spec, struct policy *out)
{
    static const struct item_type rules = {JSON_OBJECT, sizeof(struct policy_rule), read_rule};
    struct list egress = {0};
    struct value pods;

    if (field_get(spec, "podSelector", JSON_OBJECT, &pods, reader->err) != 0 ||
        read_selector(reader, pods, "podSelector", &out->pods) != 0 ||
        read_list(reader, spec, "egress", &rules, &egress) != 0) {
        return -1;
    }
    out->egress = egress.items;
    out->egress_count = egress.count;
    return read_isolation(reader, spec, out);
}

static int read_policy(struct reader *reader, struct value object, struct policy *out)
{
    struct value metadata;
    struct value spec;

    if (value_kind(object) != JSON_OBJECT) {
        return wrong(reader, "a NetworkPolicy must be an object");
    }
    if (field_get(object, "metadata", JSON_OBJECT, &metadata, reader->err) != 0 ||
        field_get(object, "spec", JSON_OBJECT, &spec, reader->err) != 0) {
        return -1;
    }
    if (field_text(metadata, "name", &out->name, reader->err) != 0 ||
        field_text(metadata, "namespace", &out->namespace, reader->err) != 0) {
        return field_under(reader->err, "metadata.");
    }
    return read_spec(reader, spec, out) == 0 ? 0 : field_under(reader->err, "spec.");
}

int policy_parse(struct value object, struct arena *arena, struct policy *out,
                 enum policy_fault *fault, struct error *err)
{
    struct reader reader = {.arena = arena, .fault = POLICY_WRONG, .err = err};
    struct policy policy = {0};

    if (read_policy(&reader, object, &policy) != 0) {
        *fault = reader.fault;
        return -1;
    }
    *out = policy;
    *fault = POLICY_FINE;
    return 0;
}

int policy_parse_peer(struct value object, struct arena *arena, struct policy_peer *out,
                      enum policy_fault *fault, struct error *err)
{
    struct reader reader = {.arena = arena, .fault = POLICY_WRONG, .err = err};

    if (value_kind(object) != JSON_OBJECT) {
        *fault = POLICY_WRONG;
        return wrong(&reader, "a peer must be an object");
    }
    if (read_peer(&reader, object, out) != 0) {
        *fault = reader.fault;
        return -1;
    }
    *fault = POLICY_FINE;
    return 0;
}
