/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/file.h"
#include "lib/netpol/policy.h"
#include "tests/netpol/parsed.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

static void write_peer(const struct policy_peer *peer, struct buf *out)
{
    char text[CIDR_TEXT];

    if (peer->kind == PEER_PODS) {
        buf_printf(out, " %s%zu/%zu", peer->own_namespace ? "own/" : "", peer->namespaces.count,
                   peer->pods.count);
        return;
    }
    cidr_format(&peer->block, text);
    buf_printf(out, " %s", text);
    for (size_t i = 0; i < peer->except_count; i++) {
        cidr_format(&peer->except[i], text);
        buf_printf(out, "-%s", text);
    }
}

static void write_ports(const struct policy_rule *rule, struct buf *out)
{
    static const char *const protocols[PROTOCOL_COUNT] = {"TCP", "UDP", "SCTP"};

    for (size_t i = 0; i < rule->port_count; i++) {
        const struct policy_port *port = &rule->ports[i];
        buf_printf(out, " %s:%u-%u%s", protocols[port->protocol], port->first, port->last,
                   port->all ? "*" : "");
    }
}

/* "egress { to 10.0.0.0/8 by TCP:80-80 }": selectors by how many requirements they have. */
static char *text_of(const struct policy *policy)
{
    AUTO(buf) struct buf text = {0};

    buf_init(&text, 4096);
    buf_printf(&text, "%zu %s", policy->pods.count, policy->isolates_egress ? "isolated" : "open");
    for (size_t i = 0; i < policy->egress_count; i++) {
        const struct policy_rule *rule = &policy->egress[i];
        buf_printf(&text, " { to%s", rule->anywhere ? " anywhere" : "");
        for (size_t k = 0; k < rule->peer_count; k++) {
            write_peer(&rule->peers[k], &text);
        }
        buf_printf(&text, " by%s", rule->any_port ? " any" : "");
        write_ports(rule, &text);
        buf_text(&text, " }");
    }
    return buf_take(&text);
}

struct read_case {
    const char *name;
    const char *json;
    const char *want;
};

#define SPEC(members) "{'spec': {" members "}}"
#define EGRESS(rules) SPEC("'egress': [" rules "]")
#define PEER(peer) EGRESS("{'to': [" peer "]}")
#define BLOCK(members) PEER("{'ipBlock': {" members "}}")
#define PORT(members) EGRESS("{'ports': [{" members "}]}")

static const struct read_case reads[] = {
    {"nothing at all", "{}", "0 open"},
    {"null everywhere", "{'metadata': null, 'spec': null}", "0 open"},
    {"null in the spec", SPEC("'podSelector': null, 'egress': null, 'policyTypes': null"),
     "0 open"},
    {"a pod selector", SPEC("'podSelector': {'matchLabels': {'a': 'x'}}"), "1 open"},

    {"an egress rule isolates", EGRESS("{}"), "0 isolated { to anywhere by any }"},
    {"an empty list does not", SPEC("'egress': []"), "0 open"},
    {"no types is as good as none", SPEC("'policyTypes': [], 'egress': [{}]"),
     "0 isolated { to anywhere by any }"},
    {"the type without a rule", SPEC("'policyTypes': ['Egress']"), "0 isolated"},
    {"rules without the type", SPEC("'policyTypes': ['Ingress'], 'egress': [{}]"),
     "0 open { to anywhere by any }"},
    {"both types", SPEC("'policyTypes': ['Ingress', 'Egress']"), "0 isolated"},
    {"a type twice", SPEC("'policyTypes': ['Egress', 'Egress']"), "0 isolated"},
    {"unknown members", "{'status': 1, 'spec': {'more': 1, 'egress': [{'via': 2}]}}",
     "0 isolated { to anywhere by any }"},

    {"empty lists", EGRESS("{'to': [], 'ports': []}"), "0 isolated { to anywhere by any }"},
    {"null lists", EGRESS("{'to': null, 'ports': null}"), "0 isolated { to anywhere by any }"},
    {"two rules", EGRESS("{}, {'to': [{'podSelector': {}}]}"),
     "0 isolated { to anywhere by any } { to own/0/0 by any }"},
    {"pods of the namespace", PEER("{'podSelector': {}}"), "0 isolated { to own/0/0 by any }"},
    {"pods of all namespaces", PEER("{'namespaceSelector': {}}"), "0 isolated { to 0/0 by any }"},
    {"both selectors",
     PEER("{'namespaceSelector': {'matchLabels': {'a': 'x'}}, "
          "'podSelector': {'matchLabels': {'a': 'x', 'b': 'y'}}, 'ipBlock': null}"),
     "0 isolated { to 1/2 by any }"},
    {"two peers", PEER("{'podSelector': {}}, {'namespaceSelector': {}}"),
     "0 isolated { to own/0/0 0/0 by any }"},
    {"a block", BLOCK("'cidr': '10.0.0.0/8'"), "0 isolated { to 10.0.0.0/8 by any }"},
    {"a block with excepts", BLOCK("'cidr': '::/0', 'except': ['fc00::/7', 'fe80::/10']"),
     "0 isolated { to ::/0-fc00::/7-fe80::/10 by any }"},
    {"null excepts", BLOCK("'cidr': '::/0', 'except': null"), "0 isolated { to ::/0 by any }"},

    {"no protocol is TCP", PORT("'port': 80"), "0 isolated { to anywhere by TCP:80-80 }"},
    {"null is TCP", PORT("'protocol': null, 'port': 80"),
     "0 isolated { to anywhere by TCP:80-80 }"},
    {"UDP", PORT("'protocol': 'UDP', 'port': 53"), "0 isolated { to anywhere by UDP:53-53 }"},
    {"SCTP", PORT("'protocol': 'SCTP'"), "0 isolated { to anywhere by SCTP:1-65535* }"},
    {"no port is all", PORT(""), "0 isolated { to anywhere by TCP:1-65535* }"},
    {"null is all", PORT("'port': null, 'endPort': null"),
     "0 isolated { to anywhere by TCP:1-65535* }"},
    {"a name is all", PORT("'port': 'https'"), "0 isolated { to anywhere by TCP:1-65535* }"},
    {"a number as text is a name", PORT("'port': '80'"),
     "0 isolated { to anywhere by TCP:1-65535* }"},
    {"a range", PORT("'port': 1, 'endPort': 65535"), "0 isolated { to anywhere by TCP:1-65535 }"},
    {"a range of one", PORT("'port': 80, 'endPort': 80"),
     "0 isolated { to anywhere by TCP:80-80 }"},
    {"two ports", EGRESS("{'ports': [{'port': 80}, {'port': 53, 'protocol': 'UDP'}]}"),
     "0 isolated { to anywhere by TCP:80-80 UDP:53-53 }"},
};

ParameterizedTestParameters(policy, reads_with_the_defaults_of_the_api)
{
    static size_t index[COUNT_OF(reads)];

    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, policy, reads_with_the_defaults_of_the_api)
{
    const struct read_case *c = &reads[*index];
    AUTO(parsed) struct parsed parsed = {0};
    struct policy policy;
    enum policy_fault fault = POLICY_WRONG;
    struct error err = {0};

    parsed_read(&parsed, c->json);
    cr_assert_eq(policy_parse(parsed.root, &parsed.arena, &policy, &fault, &err), 0, "%s: %s",
                 c->name, err.text);

    cr_assert_eq(fault, POLICY_FINE, "%s", c->name);
    AUTO(chars) char *text = text_of(&policy);
    cr_assert_str_eq(text, c->want, "%s", c->name);
}

struct refused_case {
    const char *name;
    const char *json;
    enum policy_fault fault;
    const char *want;
};

static const struct refused_case refusals[] = {
    {"a list", "[]", POLICY_WRONG, "a NetworkPolicy must be an object"},
    {"metadata", "{'metadata': []}", POLICY_WRONG, "metadata: must be an object"},
    {"a name", "{'metadata': {'name': 1}}", POLICY_WRONG, "metadata.name: must be a string"},
    {"a namespace", "{'metadata': {'namespace': {}}}", POLICY_WRONG,
     "metadata.namespace: must be a string"},
    {"a spec", "{'spec': 'x'}", POLICY_WRONG, "spec: must be an object"},
    {"a pod selector", SPEC("'podSelector': []"), POLICY_WRONG,
     "spec.podSelector: must be an object"},
    {"what is in it", SPEC("'podSelector': {'matchLabel': {}}"), POLICY_WRONG,
     "spec.podSelector.matchLabel: there is no such member"},
    {"policyTypes", SPEC("'policyTypes': 'Egress'"), POLICY_WRONG,
     "spec.policyTypes: must be a list"},
    {"a type", SPEC("'policyTypes': ['egress']"), POLICY_WRONG,
     "spec.policyTypes[0]: must be Ingress or Egress"},
    {"null as a type", SPEC("'policyTypes': ['Egress', null]"), POLICY_WRONG,
     "spec.policyTypes[1]: must be a string"},
    {"egress as an object", SPEC("'egress': {}"), POLICY_WRONG, "spec.egress: must be a list"},
    {"null as a rule", EGRESS("null"), POLICY_WRONG, "spec.egress[0]: must be an object"},
    {"to as an object", EGRESS("{'to': {}}"), POLICY_WRONG, "spec.egress[0].to: must be a list"},
    {"null as a peer", PEER("null"), POLICY_WRONG, "spec.egress[0].to[0]: must be an object"},
    {"an empty peer", EGRESS("{}, {'to': [{'podSelector': {}}, {}]}"), POLICY_WRONG,
     "spec.egress[1].to[1].ipBlock: it or a selector must be there"},
    {"a peer of nulls", PEER("{'podSelector': null, 'ipBlock': null}"), POLICY_WRONG,
     "spec.egress[0].to[0].ipBlock: it or a selector must be there"},
    {"a peer that nobody knows", PEER("{'serviceSelector': {}}"), POLICY_WRONG,
     "spec.egress[0].to[0].ipBlock: it or a selector must be there"},
    {"a block beside a selector", PEER("{'ipBlock': {'cidr': '::/0'}, 'podSelector': {}}"),
     POLICY_WRONG, "spec.egress[0].to[0].ipBlock: must not stand beside a selector"},
    {"a peer's pods", PEER("{'podSelector': 'x'}"), POLICY_WRONG,
     "spec.egress[0].to[0].podSelector: must be an object"},
    {"what is in them", PEER("{'podSelector': {'matchLabels': {'a': 1}}}"), POLICY_WRONG,
     "spec.egress[0].to[0].podSelector.matchLabels: \"a\" must be a string"},
    {"a peer's namespaces", PEER("{'namespaceSelector': []}"), POLICY_WRONG,
     "spec.egress[0].to[0].namespaceSelector: must be an object"},
    {"what is in these",
     PEER("{'namespaceSelector': {'matchExpressions': [{'key': 'a', 'operator': 'In'}]}}"),
     POLICY_WRONG,
     "spec.egress[0].to[0].namespaceSelector.matchExpressions[0].values: In needs one or more"},
    {"a block as text", PEER("{'ipBlock': '10.0.0.0/8'}"), POLICY_WRONG,
     "spec.egress[0].to[0].ipBlock: must be an object"},
    {"a block without a CIDR", BLOCK(""), POLICY_WRONG,
     "spec.egress[0].to[0].ipBlock.cidr: must be there"},
    {"a number as a CIDR", BLOCK("'cidr': 10"), POLICY_WRONG,
     "spec.egress[0].to[0].ipBlock.cidr: must be a string"},
    {"host bits", BLOCK("'cidr': '10.0.0.5/8'"), POLICY_CIDR,
     "spec.egress[0].to[0].ipBlock.cidr: \"10.0.0.5/8\" has host bits set; write 10.0.0.0/8"},
    {"mapped", BLOCK("'cidr': '::ffff:0:0/96'"), POLICY_CIDR,
     "spec.egress[0].to[0].ipBlock.cidr: \"::ffff:0:0/96\" is IPv4 written as IPv6; write "
     "0.0.0.0/0"},
    {"excepts as text", BLOCK("'cidr': '::/0', 'except': '::/1'"), POLICY_WRONG,
     "spec.egress[0].to[0].ipBlock.except: must be a list"},
    {"null as an except", BLOCK("'cidr': '::/0', 'except': [null]"), POLICY_WRONG,
     "spec.egress[0].to[0].ipBlock.except[0]: must be a string"},
    {"an except in another form", BLOCK("'cidr': '::/0', 'except': ['::/1', 'FC00::/7']"),
     POLICY_CIDR,
     "spec.egress[0].to[0].ipBlock.except[1]: \"FC00::/7\" is not in its canonical form; write "
     "fc00::/7"},
    {"an except outside", BLOCK("'cidr': '10.0.0.0/8', 'except': ['11.0.0.0/16']"), POLICY_WRONG,
     "spec.egress[0].to[0].ipBlock.except[0]: must be a part of cidr"},
    {"an except of the other family", BLOCK("'cidr': '0.0.0.0/0', 'except': ['::/1']"),
     POLICY_WRONG, "spec.egress[0].to[0].ipBlock.except[0]: must be a part of cidr"},
    {"an except that is the block", BLOCK("'cidr': '10.0.0.0/8', 'except': ['10.0.0.0/8']"),
     POLICY_WRONG, "spec.egress[0].to[0].ipBlock.except[0]: must be a part of cidr"},
    {"ports as an object", EGRESS("{'ports': {}}"), POLICY_WRONG,
     "spec.egress[0].ports: must be a list"},
    {"null as a port", EGRESS("{'ports': [null]}"), POLICY_WRONG,
     "spec.egress[0].ports[0]: must be an object"},
    {"ICMP", PORT("'protocol': 'ICMP'"), POLICY_WRONG,
     "spec.egress[0].ports[0].protocol: must be TCP, UDP or SCTP"},
    {"tcp", PORT("'protocol': 'tcp'"), POLICY_WRONG,
     "spec.egress[0].ports[0].protocol: must be TCP, UDP or SCTP"},
    {"a number as a protocol", PORT("'protocol': 6"), POLICY_WRONG,
     "spec.egress[0].ports[0].protocol: must be a string"},
    {"port 0", PORT("'port': 0"), POLICY_WRONG,
     "spec.egress[0].ports[0].port: must be a number from 1 to 65535"},
    {"port 65536", PORT("'port': 65536"), POLICY_WRONG,
     "spec.egress[0].ports[0].port: must be a number from 1 to 65535"},
    {"a port below 0", PORT("'port': -1"), POLICY_WRONG,
     "spec.egress[0].ports[0].port: must be a number from 1 to 65535"},
    {"a port of more than 64 bits", PORT("'port': 18446744073709551696"), POLICY_WRONG,
     "spec.egress[0].ports[0].port: must be a number from 1 to 65535"},
    {"a port with a fraction", PORT("'port': 80.0"), POLICY_WRONG,
     "spec.egress[0].ports[0].port: must be a number from 1 to 65535"},
    {"true as a port", PORT("'port': true"), POLICY_WRONG,
     "spec.egress[0].ports[0].port: must be a number from 1 to 65535"},
    {"an end before the begin", PORT("'port': 80, 'endPort': 79"), POLICY_WRONG,
     "spec.egress[0].ports[0].endPort: must not be below port"},
    {"an end beyond all", PORT("'port': 80, 'endPort': 65536"), POLICY_WRONG,
     "spec.egress[0].ports[0].endPort: must be a number from 1 to 65535"},
    {"an end as text", PORT("'port': 80, 'endPort': '90'"), POLICY_WRONG,
     "spec.egress[0].ports[0].endPort: must be a number from 1 to 65535"},
    {"an end without a begin", PORT("'endPort': 90"), POLICY_WRONG,
     "spec.egress[0].ports[0].endPort: must stand beside a port that is a number"},
    {"an end of a name", PORT("'port': 'https', 'endPort': 90"), POLICY_WRONG,
     "spec.egress[0].ports[0].endPort: must stand beside a port that is a number"},
};

ParameterizedTestParameters(policy, refuses_other_shapes)
{
    static size_t index[COUNT_OF(refusals)];

    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, policy, refuses_other_shapes)
{
    const struct refused_case *c = &refusals[*index];
    AUTO(parsed) struct parsed parsed = {0};
    struct policy policy = {.egress_count = 77};
    enum policy_fault fault = POLICY_FINE;
    struct error err = {0};

    parsed_read(&parsed, c->json);
    cr_assert_eq(policy_parse(parsed.root, &parsed.arena, &policy, &fault, &err), -1, "%s",
                 c->name);

    cr_assert_eq(err.code, ERR_MALFORMED, "%s", c->name);
    cr_assert_str_eq(err.text, c->want, "%s", c->name);
    cr_assert_eq(fault, c->fault, "%s", c->name);
    cr_assert_eq(policy.egress_count, 77, "%s: the result was touched", c->name);
}

Test(policy, keeps_its_name_and_namespace)
{
    AUTO(parsed) struct parsed parsed = {0};
    struct policy policy;
    enum policy_fault fault = POLICY_WRONG;
    struct error err = {0};

    parsed_read(&parsed, "{'metadata': {'namespace': 'media', 'name': 'open'}}");
    cr_assert_eq(policy_parse(parsed.root, &parsed.arena, &policy, &fault, &err), 0, "%s",
                 err.text);

    cr_assert(slice_is(policy.name, "open"));
    cr_assert(slice_is(policy.namespace, "media"));
}

Test(policy, reads_a_peer_alone)
{
    AUTO(parsed) struct parsed parsed = {0};
    struct policy_peer peer;
    enum policy_fault fault = POLICY_WRONG;
    struct error err = {0};

    parsed_read(&parsed, "[{'namespaceSelector': {}}, 'x', {}, {'ipBlock': {'cidr': '1/8'}}]");
    cr_assert_eq(policy_parse_peer(value_item(parsed.root, 0), &parsed.arena, &peer, &fault, &err),
                 0, "%s", err.text);
    cr_assert_eq(fault, POLICY_FINE);
    cr_assert_eq(peer.kind, PEER_PODS);
    cr_assert_not(peer.own_namespace);

    cr_assert_eq(policy_parse_peer(value_item(parsed.root, 1), &parsed.arena, &peer, &fault, &err),
                 -1);
    cr_assert_str_eq(err.text, "a peer must be an object");
    cr_assert_eq(fault, POLICY_WRONG);
    cr_assert_eq(policy_parse_peer(value_item(parsed.root, 2), &parsed.arena, &peer, &fault, &err),
                 -1);
    cr_assert_str_eq(err.text, "ipBlock: it or a selector must be there");
    cr_assert_eq(policy_parse_peer(value_item(parsed.root, 3), &parsed.arena, &peer, &fault, &err),
                 -1);
    cr_assert_eq(fault, POLICY_CIDR);
}

/* Each field is set in this object of Kubernetes' own, to words that mean nothing. */
Test(policy, refuses_the_object_with_every_field)
{
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json doc = {0};
    AUTO(arena) struct arena arena = {0};
    struct policy policy;
    enum policy_fault fault = POLICY_FINE;
    struct error err = {0};

    arena_init(&arena, 1 << 20);
    buf_init(&text, 1 << 20);
    cr_assert_eq(file_read(TEST_SOURCE_DIR
                           "/tests/fixtures/k8s-api/networking.k8s.io.v1.NetworkPolicy.json",
                           &text, &err),
                 0, "%s", err.text);
    cr_assert_eq(json_parse(&doc, buf_view(&text), &err), 0, "%s", err.text);
    cr_assert_eq(policy_parse(value_root(&doc), &arena, &policy, &fault, &err), -1);

    cr_assert_str_eq(err.text, "spec.podSelector.matchExpressions[0].operator: must be In, NotIn, "
                               "Exists or DoesNotExist");
}

Test(policy, says_that_there_is_no_memory)
{
    AUTO(parsed) struct parsed parsed = {0};
    size_t failures = 0;

    parsed_read(&parsed, EGRESS("{'to': [{'ipBlock': {'cidr': '::/0', 'except': ['::/1']}}, "
                                "{'podSelector': {'matchLabels': {'a': 'x'}}}], "
                                "'ports': [{'port': 80}]}"));
    for (size_t max = 0;; max += 8) {
        AUTO(arena) struct arena arena = {0};
        struct policy policy;
        enum policy_fault fault = POLICY_FINE;
        struct error err = {0};
        arena_init(&arena, max);
        if (policy_parse(parsed.root, &arena, &policy, &fault, &err) == 0) {
            break;
        }
        cr_assert_eq(err.code, ERR_NO_MEMORY, "%zu bytes: %s", max, err.text);
        failures++;
    }
    cr_assert_gt(failures, 10);
}
