/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/cilium.h"

#include "lib/base/parse.h"
#include "lib/netpol/admin_reader.h"
#include "lib/netpol/cilium_labels.h"
#include "lib/netpol/field.h"

enum { PORT_LAST = 65535 };

/* --- ports --- */

/* "80", "http", none or "0": a name and none may be any port. Given as a number too. */
static int read_first(struct admin_reader *reader, struct value v, unsigned *out)
{
    struct value port = value_member(v, "port");
    bool is_number = value_kind(port) == JSON_NUMBER;
    struct error inner = {0};
    uint64_t number = 0;

    *out = 0;
    if (value_is_set(port) && !is_number && value_kind(port) != JSON_STRING) {
        return field_wrong_kind(reader->err, "port", JSON_STRING);
    }
    if (parse_uint(is_number ? value_raw(port) : value_string(port), PORT_LAST, &number, &inner) ==
        0) {
        *out = (unsigned)number;
    }
    return 0;
}

static int read_last(struct admin_reader *reader, struct value v, unsigned first, unsigned *out)
{
    struct value end = value_member(v, "endPort");
    struct error inner = {0};
    int64_t number = 0;

    *out = first;
    if (!value_is_set(end) || first == 0) {
        return 0;
    }
    if (value_int64(end, &number, &inner) != 0 || number < 0 || number > PORT_LAST) {
        return admin_wrong(reader, "endPort: must be a number up to %d", PORT_LAST);
    }
    if (number != 0 && number < (int64_t)first) {
        return admin_wrong(reader, "endPort: must not be below port");
    }
    *out = number == 0 ? first : (unsigned)number;
    return 0;
}

static int read_port(struct admin_reader *reader, struct value v, size_t index, const char *at)
{
    static const char *const members[] = {"port", "endPort", "protocol"};
    static const char *const names[PROTOCOL_COUNT] = {"TCP", "UDP", "SCTP"};
    struct slice protocol;
    unsigned first = 0;
    unsigned last = 0;

    (void)index;
    (void)at;
    if (field_known(v, members, COUNT_OF(members), reader->err) != 0 ||
        field_text(v, "protocol", &protocol, reader->err) != 0 ||
        read_first(reader, v, &first) != 0 || read_last(reader, v, first, &last) != 0) {
        return -1;
    }
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (slice_is(protocol, names[i])) {
            return admin_add_port(reader, (enum protocol)i, first, last);
        }
    }
    if (first > 0 && (protocol.len == 0 || slice_is(protocol, "ANY"))) {
        return admin_add_every_protocol(reader, first, last);
    }
    admin_add_every_port(reader);
    return 0;
}

static int read_ports(struct admin_reader *reader, struct value v, size_t index, const char *at)
{
    static const char *const members[] = {"ports",          "rules",       "listener",
                                          "terminatingTLS", "serverNames", "originatingTLS"};
    static const struct admin_list ports = {"ports", JSON_OBJECT, read_port, NULL};

    if (field_known(v, members, COUNT_OF(members), reader->err) != 0 ||
        admin_each(reader, v, &ports) != 0) {
        return -1;
    }
    if (value_is_set(value_member(v, "listener"))) {
        admin_add_unknown(reader, admin_item(at, index, ".listener"),
                          "wherever the listener's proxy leads it");
    }
    if (value_count(value_member(v, "ports")) == 0) {
        admin_add_every_port(reader);
    }
    return 0;
}

/* --- peers --- */

static int read_endpoint(struct admin_reader *reader, struct value v, size_t index, const char *at)
{
    struct cilium_peer selected = {0};

    if (cilium_peer(reader, v, reader->init, &selected) != 0) {
        return -1;
    }
    if (selected.anywhere) {
        admin_add_unknown(
            reader, admin_item(at, index, ""),
            "any address (a selector that asks for no namespace takes the world too)");
        return 0;
    }
    const struct policy_peer peer = {
        .kind = PEER_PODS,
        .own_namespace = selected.own_namespace,
        .namespaces = selected.namespaces,
        .pods = selected.pods,
    };
    return admin_add_peer(reader, admin_item(at, index, ""), &peer);
}

static int read_cidr(struct admin_reader *reader, struct value text, size_t index, const char *at)
{
    struct policy_peer peer = {.kind = PEER_IP_BLOCK};

    if (admin_read_cidr(reader, text, true, &peer.block) != 0) {
        return -1;
    }
    return admin_add_peer(reader, admin_item(at, index, ""), &peer);
}

static int read_excepts(struct admin_reader *reader, struct value v, struct policy_peer *out)
{
    struct value list;
    struct slice key;
    struct value text;

    if (field_get(v, "except", JSON_ARRAY, &list, reader->err) != 0) {
        return -1;
    }
    out->except = arena_alloc(reader->arena, value_count(list) * sizeof out->except[0]);
    if (out->except == NULL) {
        return admin_no_memory(reader);
    }
    struct value_iter iter = value_iter(list);
    while (value_next(&iter, &key, &text)) {
        if (admin_read_cidr(reader, text, true, &out->except[out->except_count++]) != 0) {
            return field_under(reader->err, "except[%zu]: ", iter.index);
        }
    }
    return 0;
}

static int read_cidr_set(struct admin_reader *reader, struct value v, size_t index, const char *at)
{
    static const char *const members[] = {"cidr", "cidrGroupRef", "cidrGroupSelector", "except"};
    struct policy_peer peer = {.kind = PEER_IP_BLOCK};
    struct value cidr = value_member(v, "cidr");

    if (field_known(v, members, COUNT_OF(members), reader->err) != 0) {
        return -1;
    }
    if (value_is_set(value_member(v, "cidrGroupRef")) ||
        value_is_set(value_member(v, "cidrGroupSelector"))) {
        admin_add_unknown(reader, admin_item(at, index, ""),
                          "any address that is put into a CiliumCIDRGroup");
        return 0;
    }
    if (admin_read_cidr(reader, cidr, true, &peer.block) != 0) {
        return field_under(reader->err, "cidr: ");
    }
    return read_excepts(reader, v, &peer) == 0
               ? admin_add_peer(reader, admin_item(at, index, ".cidr"), &peer)
               : -1;
}

/* The API server counts as a node: whoever writes a policy has no say where it is. */
static int read_entity(struct admin_reader *reader, struct value text, size_t index, const char *at)
{
    static const struct {
        const char *name;
        const char *what;
    } outside[] = {
        {"all", "any address"},
        {"world", "any address of the world"},
        {"world-ipv4", "any IPv4 address of the world"},
        {"world-ipv6", "any IPv6 address of the world"},
        {"cluster-mesh", "another cluster's nodes"},
    };
    static const char *const inside[] = {"init", "health", "unmanaged", "ingress"};
    struct admin_place place = admin_item(at, index, "");

    for (size_t i = 0; i < COUNT_OF(outside); i++) {
        if (value_is(text, outside[i].name)) {
            admin_add_unknown(reader, place, outside[i].what);
            return 0;
        }
    }
    for (size_t i = 0; i < COUNT_OF(inside); i++) {
        if (value_is(text, inside[i])) {
            return admin_add_all_pods(reader, place);
        }
    }
    if (value_is(text, "cluster") && admin_add_all_pods(reader, place) != 0) {
        return -1;
    }
    if (value_is(text, "cluster") || value_is(text, "host") || value_is(text, "remote-node") ||
        value_is(text, "kube-apiserver")) {
        return admin_add_nodes(reader, place);
    }
    return value_is(text, "none") ? 0 : admin_wrong(reader, "is no entity that is known");
}

static int read_node(struct admin_reader *reader, struct value v, size_t index, const char *at)
{
    (void)v;
    return admin_add_nodes(reader, admin_item(at, index, ""));
}

static int read_name(struct admin_reader *reader, struct value v, size_t index, const char *at)
{
    (void)v;
    admin_add_unknown(reader, admin_item(at, index, ""), "any address that a name resolves to");
    return 0;
}

static int read_service(struct admin_reader *reader, struct value v, size_t index, const char *at)
{
    (void)v;
    admin_add_unknown(reader, admin_item(at, index, ""),
                      "any address that is an endpoint of the Service");
    return 0;
}

static int read_group(struct admin_reader *reader, struct value v, size_t index, const char *at)
{
    (void)v;
    admin_add_unknown(reader, admin_item(at, index, ""),
                      "any address that the cloud puts into the group");
    return 0;
}

/* --- rules --- */

/* Each list of a rule that names peers. */
static const struct admin_list peers[] = {
    {"toEndpoints", JSON_OBJECT, read_endpoint, NULL},
    {"toCIDR", JSON_STRING, read_cidr, NULL},
    {"toCIDRSet", JSON_OBJECT, read_cidr_set, NULL},
    {"toEntities", JSON_STRING, read_entity, NULL},
    {"toNodes", JSON_OBJECT, read_node, NULL},
    {"toFQDNs", JSON_OBJECT, read_name, NULL},
    {"toServices", JSON_OBJECT, read_service, NULL},
    {"toGroups", JSON_OBJECT, read_group, NULL},
};

static int read_list(struct admin_reader *reader, struct value rule, const struct admin_list *of)
{
    struct admin_list list = *of;

    if (value_count(value_member(rule, of->name)) > 0) {
        list.at = admin_print(reader, "%s.%s", reader->note->rule.at, of->name);
        if (list.at == NULL) {
            return admin_no_memory(reader);
        }
    }
    return admin_each(reader, rule, &list);
}

static int read_known(struct admin_reader *reader, struct value rule)
{
    static const char *const members[] = {"toEndpoints", "toCIDR",  "toCIDRSet",  "toEntities",
                                          "toNodes",     "toFQDNs", "toServices", "toGroups",
                                          "toPorts",     "icmps",   "toRequires", "authentication"};

    return field_known(rule, members, COUNT_OF(members), reader->err);
}

static int read_rule(struct admin_reader *reader, struct value rule, size_t index, const char *at)
{
    static const struct admin_list ports = {"toPorts", JSON_OBJECT, read_ports, NULL};
    size_t named = 0;
    size_t by_port = value_count(value_member(rule, "toPorts"));
    size_t by_icmp = value_count(value_member(rule, "icmps"));

    (void)at;
    if (read_known(reader, rule) != 0 || admin_begin_rule(reader, index) != 0) {
        return -1;
    }
    for (size_t i = 0; i < COUNT_OF(peers); i++) {
        named += value_count(value_member(rule, peers[i].name));
        if (read_list(reader, rule, &peers[i]) != 0) {
            return -1;
        }
    }
    if (read_list(reader, rule, &ports) != 0) {
        return -1;
    }
    if (by_icmp > 0) {
        admin_add_every_port(reader);
    }
    if (named == 0 && by_port + by_icmp > 0) {
        admin_add_anywhere(reader, admin_here(reader));
    }
    admin_end_rule(reader);
    return 0;
}

/* --- the policy --- */

static int read_subject(struct admin_reader *reader, struct value spec)
{
    struct value pods;
    struct value nodes;

    if (field_get(spec, "endpointSelector", JSON_OBJECT, &pods, reader->err) != 0 ||
        field_get(spec, "nodeSelector", JSON_OBJECT, &nodes, reader->err) != 0) {
        return -1;
    }
    reader->part->nobody = value_is_set(nodes) && !value_is_set(pods);
    if (value_is_set(pods) &&
        cilium_subject(reader, pods, &reader->part->pods, &reader->init) != 0) {
        return field_under(reader->err, "endpointSelector.");
    }
    return 0;
}

static int read_part(struct admin_reader *reader, struct value spec)
{
    static const char *const members[] = {
        "endpointSelector", "nodeSelector", "ingress",           "ingressDeny", "egress",
        "egressDeny",       "labels",       "enableDefaultDeny", "description", "log"};

    reader->init = false;
    if (read_subject(reader, spec) != 0) {
        return -1;
    }
    if (!admin_is_asked(reader)) {
        return 0;
    }
    if (field_known(spec, members, COUNT_OF(members), reader->err) != 0) {
        return -1;
    }
    return admin_each_rule(reader, spec, read_rule);
}

/* The part of `specs` at that index. */
static int read_further(struct admin_reader *reader, struct value spec, size_t index,
                        const char *at)
{
    (void)at;
    reader->at = admin_print(reader, "specs[%zu]", index);
    if (reader->at == NULL) {
        return admin_no_memory(reader);
    }
    reader->part++;
    return read_part(reader, spec);
}

int cilium_read(struct value object, const struct admin_asked *asked, struct arena *arena,
                struct admin_policy *out, enum policy_fault *fault, struct error *err)
{
    static const struct admin_list further = {"specs", JSON_OBJECT, read_further, NULL};
    static const struct admin_shape shape = {read_part, &further};
    struct admin_reader reader = {.asked = asked, .arena = arena, .err = err};

    return admin_read_policy(&shape, object, &reader, out, fault);
}

/* --- local redirects --- */

static bool is_link_local(enum family family, struct address address)
{
    if (family == FAMILY_IPV4) {
        return address.low >> 16 == 0xa9fe;
    }
    return address.high >> 54 == 0xfe80 >> 6;
}

bool cilium_redirect_harms(struct value frontend, const struct cidr *probes, size_t count,
                           struct slice *address)
{
    struct value matcher = value_member(frontend, "addressMatcher");
    struct slice text = value_string(value_member(matcher, "ip"));
    enum family family = FAMILY_IPV4;
    struct address parsed = {0};
    struct error unused = {0};

    *address = text;
    if (!value_is_set(matcher)) {
        return false;
    }
    if (address_parse(text, &family, &parsed, &unused) != 0) {
        return true;
    }
    bool harms = !is_link_local(family, parsed);
    for (size_t i = 0; i < count && !harms; i++) {
        harms = cidr_contains(&probes[i], family, parsed);
    }
    return harms;
}
