/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/calico_destination.h"

#include "lib/base/parse.h"
#include "lib/netpol/field.h"

enum {
    PORT_LAST = 65535,
    BLOCKS_MAX = 1024 * 1024, /* nets times notNets; Calico takes 256 of each */
};

/* Of a rule, as far as it is not put into the reader's. */
struct matched {
    struct value destination;
    bool no_ports;          /* the protocol has none, or is not known */
    enum protocol protocol; /* else */
    struct cidr *not_nets;
    size_t not_net_count;
};

bool calico_is_word(struct slice text, const char *word)
{
    size_t len = strlen(word);

    for (size_t i = 0; i < text.len && i < len; i++) {
        if (ascii_lower(text.data[i]) != word[i]) {
            return false;
        }
    }
    return text.len == len;
}

int calico_read_selector(struct admin_reader *reader, struct value parent, const char *name,
                         struct slice *text, enum answer *answer)
{
    *answer = ANSWER_YES;
    if (field_text(parent, name, text, reader->err) != 0) {
        return -1;
    }
    return calico_evaluate(*text, NULL, 0, answer, reader->err) == 0
               ? 0
               : field_under(reader->err, "%s: ", name);
}

/* --- protocol and ports --- */

static int read_protocol(struct admin_reader *reader, struct value rule, struct matched *out)
{
    static const struct {
        const char *word;
        int64_t number;
        enum protocol protocol;
    } known[] = {{"tcp", 6, PROTOCOL_TCP}, {"udp", 17, PROTOCOL_UDP}, {"sctp", 132, PROTOCOL_SCTP}};
    struct value protocol = value_member(rule, "protocol");
    struct error inner = {0};
    int64_t number = 0;

    out->no_ports = true;
    if (value_is_set(protocol) && value_kind(protocol) != JSON_STRING &&
        value_int64(protocol, &number, &inner) != 0) {
        return admin_wrong(reader, "protocol: must be a name or a number");
    }
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (number == known[i].number || calico_is_word(value_string(protocol), known[i].word)) {
            out->no_ports = false;
            out->protocol = known[i].protocol;
        }
    }
    return 0;
}

/* "80", "80:90"; anything else is a name, which may be any port. */
static void read_port_text(struct slice text, unsigned *first, unsigned *last)
{
    const char *colon = text.len == 0 ? NULL : memchr(text.data, ':', text.len);
    size_t len = colon == NULL ? text.len : (size_t)(colon - text.data);
    struct slice end = colon == NULL ? text : slice_after(text, len + 1);
    struct error inner = {0};
    uint64_t a = 0;
    uint64_t b = 0;

    if (parse_uint((struct slice){text.data, len}, PORT_LAST, &a, &inner) != 0 ||
        parse_uint(end, PORT_LAST, &b, &inner) != 0 || a == 0 || b < a) {
        *first = 0;
        *last = 0;
        return;
    }
    *first = (unsigned)a;
    *last = (unsigned)b;
}

static int add_ports(struct admin_reader *reader, const struct matched *matched)
{
    struct value ports;
    struct slice key;
    struct value port;

    if (field_get(matched->destination, "ports", JSON_ARRAY, &ports, reader->err) != 0) {
        return field_under(reader->err, "destination.");
    }
    if (matched->no_ports) {
        admin_add_every_port(reader);
        return 0;
    }
    if (value_count(ports) == 0) {
        return admin_add_port(reader, matched->protocol, 0, 0);
    }
    struct value_iter iter = value_iter(ports);
    while (value_next(&iter, &key, &port)) {
        bool is_number = value_kind(port) == JSON_NUMBER;
        unsigned first = 0;
        unsigned last = 0;
        if (!is_number && value_kind(port) != JSON_STRING) {
            return admin_wrong(reader, "destination.ports[%zu]: must be a port, a range or a name",
                               iter.index);
        }
        read_port_text(is_number ? value_raw(port) : value_string(port), &first, &last);
        if (admin_add_port(reader, matched->protocol, first, last) != 0) {
            return -1;
        }
    }
    return 0;
}

/* --- where to --- */

static int read_not_nets(struct admin_reader *reader, struct matched *matched)
{
    struct value list;
    struct slice key;
    struct value text;

    if (field_get(matched->destination, "notNets", JSON_ARRAY, &list, reader->err) != 0) {
        return -1;
    }
    matched->not_nets = arena_alloc(reader->arena, value_count(list) * sizeof matched->not_nets[0]);
    if (matched->not_nets == NULL) {
        return admin_no_memory(reader);
    }
    struct value_iter iter = value_iter(list);
    while (value_next(&iter, &key, &text)) {
        struct cidr *net = &matched->not_nets[matched->not_net_count++];
        if (admin_read_cidr(reader, text, true, net) != 0) {
            return field_under(reader->err, "notNets[%zu]: ", iter.index);
        }
    }
    return 0;
}

static struct policy_peer block_of(const struct matched *matched, const struct cidr *net,
                                   size_t nets)
{
    bool many = matched->not_net_count > BLOCKS_MAX / (nets + 1);

    return (struct policy_peer){
        .kind = PEER_IP_BLOCK,
        .block = *net,
        .except = matched->not_nets,
        .except_count = many ? 0 : matched->not_net_count,
    };
}

static int add_nets(struct admin_reader *reader, const struct matched *matched)
{
    const char *at = admin_print(reader, "%s.destination.nets", reader->note->rule.at);
    struct value list = value_member(matched->destination, "nets");
    struct value_iter iter = value_iter(list);
    struct slice key;
    struct value text;

    if (at == NULL) {
        return admin_no_memory(reader);
    }
    while (value_next(&iter, &key, &text)) {
        struct cidr net = {0};
        if (admin_read_cidr(reader, text, true, &net) != 0) {
            return field_under(reader->err, "nets[%zu]: ", iter.index);
        }
        struct policy_peer peer = block_of(matched, &net, value_count(list));
        if (admin_add_peer(reader, admin_item(at, iter.index, ""), &peer) != 0) {
            return -1;
        }
    }
    return 0;
}

/* All addresses, of the one family where the rule is for one, but for notNets. */
static int add_all_nets(struct admin_reader *reader, struct value rule,
                        const struct matched *matched)
{
    static const char *const all[] = {"0.0.0.0/0", "::/0"};
    struct slice version = value_raw(value_member(rule, "ipVersion"));
    bool skip[] = {slice_is(version, "6"), slice_is(version, "4")};

    if (matched->not_net_count == 0 && !skip[0] && !skip[1]) {
        admin_add_anywhere(reader, admin_here(reader));
        return 0;
    }
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct cidr net = {0};
        if (skip[i]) {
            continue;
        }
        if (cidr_parse(slice_of(all[i]), &net, reader->err) != 0) {
            return -1;
        }
        struct policy_peer peer = block_of(matched, &net, COUNT_OF(all));
        if (admin_add_peer(reader, admin_here(reader), &peer) != 0) {
            return -1;
        }
    }
    return 0;
}

/* A selector of pods alone: by their namespace, which only a trusted one may be. NULL: no memory.
 */
static const char *print_mend(struct admin_reader *reader)
{
    const struct admin_asked *asked = reader->asked;

    if (asked->trusted_count == 0) {
        return "write nets beside the selector";
    }
    const struct slice *dns = &asked->trusted[asked->trusted_count - 1];
    return admin_print(reader,
                       "write beside the selector nets, or, for pods of namespace %.*s, "
                       "namespaceSelector: projectcalico.org/name == \"%.*s\"",
                       (int)dns->len, dns->data, (int)dns->len, dns->data);
}

/* By its labels: pods, or network sets. */
static int add_selected(struct admin_reader *reader, struct slice namespaces)
{
    const struct admin_asked *asked = reader->asked;
    struct admin_place place = {NULL, SIZE_MAX, ""};

    place.at = admin_print(reader, "%s.destination", reader->note->rule.at);
    if (place.at == NULL) {
        return admin_no_memory(reader);
    }
    if (calico_names_only(namespaces, asked->trusted, asked->trusted_count)) {
        return admin_add_all_pods(reader, place);
    }
    const char *mend = print_mend(reader);
    if (mend == NULL) {
        return admin_no_memory(reader);
    }
    admin_add_mendable(reader, place, "any address of a NetworkSet (a selector takes those too)",
                       mend);
    return 0;
}

/* false: nothing can be there. */
static int read_selected(struct admin_reader *reader, struct value destination, bool *selects,
                         struct slice *namespaces, bool *possible)
{
    struct slice selector;
    struct slice unused;
    struct value accounts;
    enum answer pods = ANSWER_YES;
    enum answer spaces = ANSWER_YES;
    enum answer ignored = ANSWER_YES;

    if (calico_read_selector(reader, destination, "selector", &selector, &pods) != 0 ||
        calico_read_selector(reader, destination, "namespaceSelector", namespaces, &spaces) != 0 ||
        calico_read_selector(reader, destination, "notSelector", &unused, &ignored) != 0 ||
        field_get(destination, "serviceAccounts", JSON_OBJECT, &accounts, reader->err) != 0) {
        return -1;
    }
    *selects = selector.len > 0 || namespaces->len > 0 || value_is_set(accounts);
    *possible = pods != ANSWER_NO && spaces != ANSWER_NO;
    return 0;
}

static int read_destination(struct admin_reader *reader, struct value rule, struct matched *matched)
{
    static const char *const members[] = {
        "nets",     "notNets", "selector", "notSelector",     "namespaceSelector",
        "services", "ports",   "notPorts", "serviceAccounts", "domains"};
    struct value to = matched->destination;
    struct value nets;
    struct slice namespaces;
    bool selects = false;
    bool possible = true;

    if (field_known(to, members, COUNT_OF(members), reader->err) != 0 ||
        field_get(to, "nets", JSON_ARRAY, &nets, reader->err) != 0 ||
        read_not_nets(reader, matched) != 0 ||
        read_selected(reader, to, &selects, &namespaces, &possible) != 0) {
        return -1;
    }
    if (!possible) {
        return 0;
    }
    if (value_count(nets) > 0) {
        return add_nets(reader, matched);
    }
    if (value_is_set(value_member(to, "services"))) {
        admin_add_unknown(reader, admin_here(reader),
                          "any address that is an endpoint of the Service");
        return 0;
    }
    if (value_is_set(value_member(to, "domains"))) {
        admin_add_unknown(reader, admin_here(reader), "any address that a name resolves to");
        return 0;
    }
    return selects ? add_selected(reader, namespaces) : add_all_nets(reader, rule, matched);
}

int calico_add_destination(struct admin_reader *reader, struct value rule)
{
    struct matched matched = {0};

    if (field_get(rule, "destination", JSON_OBJECT, &matched.destination, reader->err) != 0 ||
        read_protocol(reader, rule, &matched) != 0 || add_ports(reader, &matched) != 0) {
        return -1;
    }
    return read_destination(reader, rule, &matched) == 0 ? 0
                                                         : field_under(reader->err, "destination.");
}
