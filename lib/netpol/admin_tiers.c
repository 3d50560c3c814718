/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/admin_tiers.h"

#include "lib/netpol/admin_reader.h"
#include "lib/netpol/field.h"

/* --- ports --- */

static int add_range(struct admin_reader *reader, struct value v, const enum protocol *protocol)
{
    unsigned first = 0;
    unsigned last = 0;

    if (admin_read_port(reader, v, "start", &first) != 0 ||
        admin_read_port(reader, v, "end", &last) != 0) {
        return -1;
    }
    if (last < first) {
        return admin_wrong(reader, "end: must not be below start");
    }
    return admin_add_port(reader, *protocol, first, last);
}

static int read_protocol(struct admin_reader *reader, struct value v, enum protocol *out)
{
    static const char *const names[PROTOCOL_COUNT] = {"TCP", "UDP", "SCTP"};
    struct slice name;

    *out = PROTOCOL_TCP;
    if (field_text(v, "protocol", &name, reader->err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (slice_is(name, names[i])) {
            *out = (enum protocol)i;
            return 0;
        }
    }
    return name.data == NULL ? 0 : admin_wrong(reader, "protocol: must be TCP, UDP or SCTP");
}

/* v1alpha1: ports[].portNumber */
static int read_number(struct admin_reader *reader, struct value v)
{
    enum protocol protocol = PROTOCOL_TCP;
    unsigned port = 0;

    if (read_protocol(reader, v, &protocol) != 0 ||
        admin_read_port(reader, v, "port", &port) != 0) {
        return -1;
    }
    return admin_add_port(reader, protocol, port, port);
}

/* v1alpha1: ports[].portRange */
static int read_range(struct admin_reader *reader, struct value v)
{
    enum protocol protocol = PROTOCOL_TCP;

    return read_protocol(reader, v, &protocol) == 0 ? add_range(reader, v, &protocol) : -1;
}

/* A name may be any port of any protocol: it is the pod that names it. */
static int read_name(struct admin_reader *reader, struct value v, const char *name)
{
    struct slice text;

    if (field_text(v, name, &text, reader->err) != 0) {
        return -1;
    }
    return text.data == NULL ? 0 : admin_add_every_protocol(reader, 0, 0);
}

static int read_port(struct admin_reader *reader, struct value v, size_t index, const char *at)
{
    static const char *const members[] = {"portNumber", "portRange", "namedPort"};
    size_t before = reader->rule->port_count;

    (void)index;
    (void)at;
    if (field_known(v, members, COUNT_OF(members), reader->err) != 0 ||
        admin_within(reader, v, "portNumber", read_number) != 0 ||
        admin_within(reader, v, "portRange", read_range) != 0 ||
        read_name(reader, v, "namedPort") != 0) {
        return -1;
    }
    return reader->rule->port_count > before
               ? 0
               : admin_wrong(reader, "portNumber: it, portRange or namedPort must be there");
}

/* v1alpha2: protocols[].tcp.destinationPort, and the same of udp and sctp. */
static int read_destination(struct admin_reader *reader, struct value v,
                            const enum protocol *protocol)
{
    static const char *const members[] = {"number", "range"};
    struct value range;
    unsigned port = 0;

    if (field_known(v, members, COUNT_OF(members), reader->err) != 0 ||
        field_get(v, "range", JSON_OBJECT, &range, reader->err) != 0) {
        return -1;
    }
    if (value_is_set(range) && add_range(reader, range, protocol) != 0) {
        return field_under(reader->err, "range.");
    }
    if (value_is_set(value_member(v, "number")) || !value_is_set(range)) {
        return admin_read_port(reader, v, "number", &port) == 0
                   ? admin_add_port(reader, *protocol, port, port)
                   : -1;
    }
    return 0;
}

static int read_transport(struct admin_reader *reader, struct value v, const char *name,
                          enum protocol protocol)
{
    static const char *const members[] = {"destinationPort"};
    struct value transport;
    struct value port;

    if (field_get(v, name, JSON_OBJECT, &transport, reader->err) != 0) {
        return -1;
    }
    if (!value_is_set(transport)) {
        return 0;
    }
    if (field_known(transport, members, COUNT_OF(members), reader->err) != 0 ||
        field_get(transport, "destinationPort", JSON_OBJECT, &port, reader->err) != 0) {
        return field_under(reader->err, "%s.", name);
    }
    if (!value_is_set(port)) {
        return admin_add_port(reader, protocol, 0, 0);
    }
    if (read_destination(reader, port, &protocol) != 0) {
        return field_under(reader->err, "%s.destinationPort.", name);
    }
    return 0;
}

static int read_protocols(struct admin_reader *reader, struct value v, size_t index, const char *at)
{
    static const char *const members[] = {"tcp", "udp", "sctp", "destinationNamedPort"};
    size_t before = reader->rule->port_count;

    (void)index;
    (void)at;
    if (field_known(v, members, COUNT_OF(members), reader->err) != 0 ||
        read_transport(reader, v, "tcp", PROTOCOL_TCP) != 0 ||
        read_transport(reader, v, "udp", PROTOCOL_UDP) != 0 ||
        read_transport(reader, v, "sctp", PROTOCOL_SCTP) != 0 ||
        read_name(reader, v, "destinationNamedPort") != 0) {
        return -1;
    }
    return reader->rule->port_count > before
               ? 0
               : admin_wrong(reader, "tcp: it or another protocol must be there");
}

/* --- peers --- */

/*
 * The selector itself, or, as v1alpha1 first had it, one of namespaceSelector, sameLabels and
 * notSameLabels. Which namespaces have the labels of the pod's own nobody can tell: all may.
 */
static int read_namespaces(struct admin_reader *reader, struct value parent, struct selector *out)
{
    static const char *const members[] = {"namespaceSelector", "sameLabels", "notSameLabels"};
    struct value v;
    bool older = false;

    if (field_get(parent, "namespaces", JSON_OBJECT, &v, reader->err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        older = older || value_exists(value_member(v, members[i]));
    }
    if (!older) {
        return admin_selector(reader, parent, "namespaces", out);
    }
    if (field_known(v, members, COUNT_OF(members), reader->err) != 0 ||
        admin_selector(reader, v, "namespaceSelector", out) != 0) {
        return field_under(reader->err, "namespaces.");
    }
    return 0;
}

static int read_pods(struct admin_reader *reader, struct value v, struct policy_peer *out)
{
    static const char *const members[] = {"namespaceSelector", "namespaces", "podSelector"};

    if (field_known(v, members, COUNT_OF(members), reader->err) != 0) {
        return -1;
    }
    int rc = value_is_set(value_member(v, "namespaces"))
                 ? read_namespaces(reader, v, &out->namespaces)
                 : admin_selector(reader, v, "namespaceSelector", &out->namespaces);
    return rc == 0 ? admin_selector(reader, v, "podSelector", &out->pods) : -1;
}

static int read_network(struct admin_reader *reader, struct value text, size_t index,
                        const char *at)
{
    struct policy_peer peer = {.kind = PEER_IP_BLOCK};

    if (admin_read_cidr(reader, text, false, &peer.block) != 0) {
        return -1;
    }
    return admin_add_peer(reader, admin_item(at, index, ""), &peer);
}

static int add_networks(struct admin_reader *reader, struct value v, struct admin_place place)
{
    const char *at = admin_print(reader, "%s[%zu].networks", place.at, place.index);
    const struct admin_list list = {"networks", JSON_STRING, read_network, at};

    return at == NULL ? admin_no_memory(reader) : admin_each(reader, v, &list);
}

static int add_selected(struct admin_reader *reader, struct value v, struct admin_place place)
{
    struct policy_peer peer = {.kind = PEER_PODS};
    struct value pods;

    if (value_is_set(value_member(v, "namespaces"))) {
        if (read_namespaces(reader, v, &peer.namespaces) != 0 ||
            admin_add_peer(reader, place, &peer) != 0) {
            return -1;
        }
        peer = (struct policy_peer){.kind = PEER_PODS};
    }
    if (field_get(v, "pods", JSON_OBJECT, &pods, reader->err) != 0) {
        return -1;
    }
    if (!value_is_set(pods)) {
        return 0;
    }
    if (read_pods(reader, pods, &peer) != 0) {
        return field_under(reader->err, "pods.");
    }
    return admin_add_peer(reader, place, &peer);
}

/* One that says nothing would be a peer that is not known here. */
static int read_peer(struct admin_reader *reader, struct value v, size_t index, const char *at)
{
    static const char *const members[] = {"namespaces", "pods", "nodes", "networks", "domainNames"};
    struct admin_place place = admin_item(at, index, "");
    struct selector nodes = {0};
    bool named = false;

    for (size_t i = 0; i < COUNT_OF(members); i++) {
        named = named || value_is_set(value_member(v, members[i]));
    }
    if (!named) {
        return admin_wrong(reader, "namespaces: it or another peer must be there");
    }
    if (field_known(v, members, COUNT_OF(members), reader->err) != 0 ||
        add_selected(reader, v, place) != 0 || add_networks(reader, v, place) != 0 ||
        admin_selector(reader, v, "nodes", &nodes) != 0) {
        return -1;
    }
    if (value_is_set(value_member(v, "domainNames"))) {
        admin_add_unknown(reader, place, "any address that a name resolves to");
    }
    return value_is_set(value_member(v, "nodes")) ? admin_add_nodes(reader, place) : 0;
}

/* --- rules --- */

static int read_action(struct admin_reader *reader, struct value rule, bool *allows)
{
    struct slice action;

    if (field_text(rule, "action", &action, reader->err) != 0) {
        return -1;
    }
    *allows = slice_is(action, "Allow") || slice_is(action, "Accept");
    if (*allows || slice_is(action, "Deny") || slice_is(action, "Pass")) {
        return 0;
    }
    return admin_wrong(reader, "action: must be Allow, Accept, Deny or Pass");
}

static int read_ways(struct admin_reader *reader, struct value rule)
{
    const char *at = admin_print(reader, "%s.to", reader->note->rule.at);
    const struct admin_list peers = {"to", JSON_OBJECT, read_peer, at};
    static const struct admin_list ports = {"ports", JSON_OBJECT, read_port, NULL};
    static const struct admin_list protocols = {"protocols", JSON_OBJECT, read_protocols, NULL};

    if (at == NULL) {
        return admin_no_memory(reader);
    }
    if (admin_each(reader, rule, &peers) != 0 || admin_each(reader, rule, &ports) != 0 ||
        admin_each(reader, rule, &protocols) != 0) {
        return -1;
    }
    if (value_count(value_member(rule, "to")) == 0) {
        admin_add_anywhere(reader, reader->note->rule);
    }
    return 0;
}

static int read_rule(struct admin_reader *reader, struct value rule, size_t index, const char *at)
{
    static const char *const members[] = {"name", "action", "to", "ports", "protocols"};
    bool allows = false;

    (void)at;
    if (read_action(reader, rule, &allows) != 0) {
        return -1;
    }
    if (!allows) {
        return 0;
    }
    if (field_known(rule, members, COUNT_OF(members), reader->err) != 0 ||
        admin_begin_rule(reader, index) != 0 || read_ways(reader, rule) != 0) {
        return -1;
    }
    admin_end_rule(reader);
    return 0;
}

/* --- the policy --- */

/* Namespaces by a selector, or pods of namespaces; all, where it says neither. A namespace's name
 * is no bound: Calico, which enforces these too, takes a pod's label pcns.<key> for its
 * namespace's <key>. */
static int read_subject(struct admin_reader *reader, struct value subject)
{
    static const char *const members[] = {"namespaces", "pods"};
    static const char *const of_pods[] = {"namespaceSelector", "podSelector"};
    struct selector namespaces = {0};
    struct selector others = {0};
    struct value pods;

    if (field_known(subject, members, COUNT_OF(members), reader->err) != 0 ||
        field_get(subject, "pods", JSON_OBJECT, &pods, reader->err) != 0 ||
        admin_selector(reader, subject, "namespaces", &namespaces) != 0) {
        return -1;
    }
    if (field_known(pods, of_pods, COUNT_OF(of_pods), reader->err) != 0 ||
        admin_selector(reader, pods, "namespaceSelector", &others) != 0 ||
        admin_selector(reader, pods, "podSelector", &reader->part->pods) != 0) {
        return field_under(reader->err, "pods.");
    }
    if (value_is_set(pods) && value_is_set(value_member(subject, "namespaces"))) {
        return admin_wrong(reader, "pods: must not stand beside namespaces");
    }
    reader->part->nobody =
        !selector_is_satisfiable(&namespaces) || !selector_is_satisfiable(&others);
    return 0;
}

static int read_spec(struct admin_reader *reader, struct value spec)
{
    static const char *const members[] = {"priority", "tier", "subject", "ingress", "egress"};

    if (value_is(value_member(spec, "tier"), "Baseline")) {
        return 0;
    }
    if (admin_within(reader, spec, "subject", read_subject) != 0) {
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

int admin_tiers_read(struct value object, const struct admin_asked *asked, struct arena *arena,
                     struct admin_policy *out, enum policy_fault *fault, struct error *err)
{
    static const struct admin_shape shape = {read_spec, NULL};
    struct admin_reader reader = {.asked = asked, .arena = arena, .err = err};

    return admin_read_policy(&shape, object, &reader, out, fault);
}
