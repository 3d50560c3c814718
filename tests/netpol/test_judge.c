/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/judge.h"
#include "tests/netpol/allowing.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <time.h>

#define BLOCK(cidr) "{'ipBlock': {'cidr': '" cidr "'}}"
#define EXCEPT(cidr, except) "{'ipBlock': {'cidr': '" cidr "', 'except': [" except "]}}"
#define NAMED(name)                                                                                \
    "{'namespaceSelector': {'matchLabels': {'kubernetes.io/metadata.name': '" name "'}}}"
#define TO(peers) "{'to': [" peers "]}"
#define TO_PORTS(peers, ports) "{'to': [" peers "], 'ports': [" ports "]}"
#define PORT(protocol, port) "{'protocol': '" protocol "', 'port': " port "}"
#define RANGE(protocol, port, end)                                                                 \
    "{'protocol': '" protocol "', 'port': " port ", 'endPort': " end "}"
#define ALL(protocol) "{'protocol': '" protocol "'}"

/* As the companion of reach: cluster, and of reach: listed. */
#define CLUSTER                                                                                    \
    TO(BLOCK("10.1.0.0/16"))                                                                       \
    "," TO(BLOCK("10.152.183.0/24")) "," TO("{'namespaceSelector': {}}") "," TO_PORTS(             \
        NAMED("kube-system"), PORT("UDP", "53") "," PORT("TCP", "53"))
#define LISTED                                                                                     \
    TO("{'namespaceSelector': {'matchLabels': {'kubernetes.io/metadata.name': 'vpn'}}, "           \
       "'podSelector': {'matchLabels': {'app': 'gluetun'}}}")                                      \
    "," TO("{'podSelector': {'matchLabels': {'app': 'db'}}}") "," TO(                              \
        EXCEPT("192.168.0.0/24",                                                                   \
               "'192.168.0.1/32'")) "," TO_PORTS(NAMED("kube-system"),                             \
                                                 PORT("UDP", "53") "," PORT("TCP", "53"))
#define DNS_BLOCK TO_PORTS(BLOCK("10.0.0.53/32"), PORT("UDP", "53") "," PORT("TCP", "53"))

struct judge_case {
    const char *name;
    const char *allowed;
    const char *egress;
    const char *field; /* "" where there is no leak */
    const char *witness;
};

static const struct judge_case cases[] = {
    {"no rule", CLUSTER, "", "", ""},
    {"nothing allowed, no rule", "", "", "", ""},
    {"nothing allowed", "", TO(BLOCK("10.1.0.0/32")), "spec.egress[0].to[0].ipBlock.cidr",
     "10.1.0.0 on every port"},
    {"inside", CLUSTER, TO(BLOCK("10.1.2.0/24")), "", ""},
    {"inside, by some ports", CLUSTER, TO_PORTS(BLOCK("10.1.2.0/24"), PORT("TCP", "443")), "", ""},
    {"everything", CLUSTER, "{}", "spec.egress[0]", "0.0.0.0 on every port"},
    {"everything by one port", CLUSTER, "{'ports': [" PORT("TCP", "443") "]}", "spec.egress[0]",
     "0.0.0.0 on TCP 443"},
    {"all of IPv4", CLUSTER, TO(BLOCK("0.0.0.0/0")), "spec.egress[0].to[0].ipBlock.cidr",
     "0.0.0.0 on every port"},
    {"all of IPv6", CLUSTER, TO(BLOCK("::/0")), "spec.egress[0].to[0].ipBlock.cidr",
     ":: on every port"},
    {"the second of two rules", CLUSTER,
     TO(BLOCK("10.1.0.0/16")) "," TO(BLOCK("10.1.0.0/32") "," BLOCK("198.51.100.0/24")),
     "spec.egress[1].to[1].ipBlock.cidr", "198.51.100.0 on every port"},
    {"the first of two leaks", CLUSTER, TO(BLOCK("203.0.113.7/32") "," BLOCK("198.51.100.0/24")),
     "spec.egress[0].to[0].ipBlock.cidr", "203.0.113.7 on every port"},
    {"one port", CLUSTER, TO_PORTS(BLOCK("203.0.113.7/32"), PORT("TCP", "443")),
     "spec.egress[0].to[0].ipBlock.cidr", "203.0.113.7 on TCP 443"},
    {"one protocol", CLUSTER, TO_PORTS(BLOCK("203.0.113.7/32"), ALL("SCTP")),
     "spec.egress[0].to[0].ipBlock.cidr", "203.0.113.7 on every SCTP port"},
    {"a name is every port", CLUSTER, TO_PORTS(BLOCK("203.0.113.7/32"), PORT("UDP", "'dns'")),
     "spec.egress[0].to[0].ipBlock.cidr", "203.0.113.7 on every UDP port"},
    {"larger than what is allowed", CLUSTER, TO(BLOCK("10.0.0.0/15")),
     "spec.egress[0].to[0].ipBlock.cidr", "10.0.0.0 on every port"},
    {"the first address behind", CLUSTER, TO(EXCEPT("10.0.0.0/14", "'10.0.0.0/16'")),
     "spec.egress[0].to[0].ipBlock.cidr", "10.2.0.0 on every port"},
    {"in two blocks together", TO(BLOCK("10.0.0.0/9") "," BLOCK("10.128.0.0/9")),
     TO(BLOCK("10.0.0.0/8")), "", ""},
    {"excepts cut it out", CLUSTER,
     TO(EXCEPT("10.0.0.0/15", "'10.0.0.0/16'") "," EXCEPT("10.0.0.0/8", "'10.0.0.0/9', "
                                                                        "'10.128.0.0/9'")),
     "", ""},
    {"excepts leave one address", CLUSTER,
     TO(EXCEPT("198.51.100.0/30", "'198.51.100.0/31', '198.51.100.3/32'")),
     "spec.egress[0].to[0].ipBlock.cidr", "198.51.100.2 on every port"},
    {"an except of the allowed is not allowed", LISTED, TO(BLOCK("192.168.0.0/24")),
     "spec.egress[0].to[0].ipBlock.cidr", "192.168.0.1 on every port"},
    {"selectors allow no address", TO("{'namespaceSelector': {}}"), TO(BLOCK("10.1.0.0/16")),
     "spec.egress[0].to[0].ipBlock.cidr", "10.1.0.0 on every port"},
    {"addresses allow no pod", TO(BLOCK("0.0.0.0/0") "," BLOCK("::/0")),
     TO("{'namespaceSelector': {}}"), "spec.egress[0].to[0]",
     "pods of any namespace on every port"},
    {"pods of namespaces without a name, which there are not", "",
     TO("{'namespaceSelector': {'matchExpressions': [{'key': 'kubernetes.io/metadata.name', "
        "'operator': 'DoesNotExist'}]}}"),
     "", ""},
    {"pods of all namespaces but one", "",
     TO("{'namespaceSelector': {'matchExpressions': [{'key': 'kubernetes.io/metadata.name', "
        "'operator': 'NotIn', 'values': ['a']}]}}"),
     "spec.egress[0].to[0]",
     "pods of namespaces with kubernetes.io/metadata.name notin (a) on every port"},
    {"to have a name says nothing",
     TO("{'namespaceSelector': {'matchExpressions': [{'key': 'kubernetes.io/metadata.name', "
        "'operator': 'Exists'}]}}"),
     TO("{'namespaceSelector': {}}"), "", ""},
    {"but to have a certain one",
     TO("{'namespaceSelector': {'matchExpressions': [{'key': 'kubernetes.io/metadata.name', "
        "'operator': 'NotIn', 'values': ['a']}]}}"),
     TO("{'namespaceSelector': {}}"), "spec.egress[0].to[0]",
     "pods of any namespace on every port"},
    {"all addresses, not all pods", TO(BLOCK("0.0.0.0/0") "," BLOCK("::/0")), "{}",
     "spec.egress[0]", "pods of any namespace on every port"},
    {"all addresses and all pods",
     TO(BLOCK("0.0.0.0/0") "," BLOCK("::/0") ",{'namespaceSelector': {}}"), "{}", "", ""},
    {"all of IPv4, not of IPv6", TO(BLOCK("0.0.0.0/0") ",{'namespaceSelector': {}}"), "{}",
     "spec.egress[0]", ":: on every port"},

    {"the allowed port", DNS_BLOCK, TO_PORTS(BLOCK("10.0.0.53/32"), PORT("UDP", "53")), "", ""},
    {"both allowed ports", DNS_BLOCK,
     TO_PORTS(BLOCK("10.0.0.53/32"), PORT("TCP", "53") "," PORT("UDP", "53")), "", ""},
    {"no port at all", DNS_BLOCK, TO(BLOCK("10.0.0.53/32")), "spec.egress[0].to[0].ipBlock.cidr",
     "10.0.0.53 on TCP 1"},
    {"another protocol", DNS_BLOCK, TO_PORTS(BLOCK("10.0.0.53/32"), PORT("SCTP", "53")),
     "spec.egress[0].to[0].ipBlock.cidr", "10.0.0.53 on SCTP 53"},
    {"all ports of the protocol", DNS_BLOCK, TO_PORTS(BLOCK("10.0.0.53/32"), ALL("UDP")),
     "spec.egress[0].to[0].ipBlock.cidr", "10.0.0.53 on UDP 1"},
    {"the port before", DNS_BLOCK, TO_PORTS(BLOCK("10.0.0.53/32"), RANGE("TCP", "52", "53")),
     "spec.egress[0].to[0].ipBlock.cidr", "10.0.0.53 on TCP 52"},
    {"the port behind", DNS_BLOCK, TO_PORTS(BLOCK("10.0.0.53/32"), RANGE("TCP", "53", "54")),
     "spec.egress[0].to[0].ipBlock.cidr", "10.0.0.53 on TCP 54"},
    {"the last port", TO_PORTS(BLOCK("10.0.0.0/8"), RANGE("TCP", "1", "65534")),
     TO_PORTS(BLOCK("10.0.0.0/8"), RANGE("TCP", "1", "65535")), "spec.egress[0].to[0].ipBlock.cidr",
     "10.0.0.0 on TCP 65535"},
    {"ranges that touch",
     TO_PORTS(BLOCK("10.0.0.0/8"), RANGE("TCP", "1", "99") "," RANGE("TCP", "100", "65535")),
     TO_PORTS(BLOCK("10.0.0.0/8"), ALL("TCP")), "", ""},
    {"ICMP is in no list of ports",
     TO_PORTS(BLOCK("10.0.0.0/8"), ALL("TCP") "," ALL("UDP") "," ALL("SCTP")),
     TO(BLOCK("10.0.0.0/8")), "spec.egress[0].to[0].ipBlock.cidr",
     "10.0.0.0 by ICMP and other protocols"},
    {"blocks allowed by different ports",
     TO_PORTS(BLOCK("10.0.0.0/9"), RANGE("TCP", "1", "80")) "," TO_PORTS(BLOCK("10.128.0.0/9"),
                                                                         RANGE("TCP", "80", "90")),
     TO_PORTS(BLOCK("10.0.0.0/8"), PORT("TCP", "80")), "", ""},
    {"and by a port of only one of them",
     TO_PORTS(BLOCK("10.0.0.0/9"), RANGE("TCP", "1", "80")) "," TO_PORTS(BLOCK("10.128.0.0/9"),
                                                                         RANGE("TCP", "80", "90")),
     TO_PORTS(BLOCK("10.0.0.0/8"), PORT("TCP", "80") "," PORT("TCP", "81")),
     "spec.egress[0].to[0].ipBlock.cidr", "10.0.0.0 on TCP 81"},

    {"pods, all allowed", CLUSTER, TO("{'podSelector': {}},{'namespaceSelector': {}}"), "", ""},
    {"pods, some by any port", CLUSTER, TO(NAMED("kube-system")), "", ""},
    {"the gateway", LISTED,
     TO("{'namespaceSelector': {'matchLabels': {'kubernetes.io/metadata.name': 'vpn'}}, "
        "'podSelector': {'matchLabels': {'app': 'gluetun', 'more': 'x'}}}"),
     "", ""},
    {"its whole namespace", LISTED, TO(NAMED("vpn")), "spec.egress[0].to[0]",
     "pods of namespace vpn on every port"},
    {"a pod of the own namespace", LISTED, TO("{'podSelector': {'matchLabels': {'app': 'db'}}}"),
     "", ""},
    {"the own namespace by its name", LISTED,
     TO("{'podSelector': {'matchLabels': {'app': 'db'}}, 'namespaceSelector': {'matchLabels': "
        "{'kubernetes.io/metadata.name': 'media'}}}"),
     "", ""},
    {"the same pod elsewhere", LISTED,
     TO("{'podSelector': {'matchLabels': {'app': 'db'}}, 'namespaceSelector': {}}"),
     "spec.egress[0].to[0]", "pods with app in (db) of any namespace on every port"},
    {"the own namespace", LISTED, TO("{'podSelector': {}}"), "spec.egress[0].to[0]",
     "pods of namespace media on every port"},
    {"the own namespace is allowed by name", TO(NAMED("media")), TO("{'podSelector': {}}"), "", ""},
    {"DNS", LISTED, TO_PORTS(NAMED("kube-system"), PORT("UDP", "53")), "", ""},
    {"DNS and more", LISTED,
     TO_PORTS(NAMED("kube-system"), PORT("UDP", "53") "," PORT("UDP", "54")),
     "spec.egress[0].to[0]", "pods of namespace kube-system on UDP 54"},
    {"DNS without its ports", LISTED, TO(NAMED("kube-system")), "spec.egress[0].to[0]",
     "pods of namespace kube-system on TCP 1"},
    {"namespaces by a label", LISTED,
     TO("{'namespaceSelector': {'matchExpressions': [{'key': 'team', 'operator': 'In', "
        "'values': ['a', 'b']}, {'key': 'x', 'operator': 'Exists'}]}}"),
     "spec.egress[0].to[0]", "pods of namespaces with team in (a, ...) and 1 more on every port"},
    {"namespaces but some", LISTED,
     TO_PORTS("{'namespaceSelector': {'matchExpressions': [{'key': 'team', 'operator': 'NotIn', "
              "'values': ['a']}]}}",
              ALL("TCP")),
     "spec.egress[0].to[0]", "pods of namespaces with team notin (a) on every TCP port"},
    {"pods without a label", LISTED,
     TO("{'podSelector': {'matchExpressions': [{'key': 'team', 'operator': 'DoesNotExist'}]}}"),
     "spec.egress[0].to[0]", "pods with !team of namespace media on every port"},
    {"pods with a label", LISTED,
     TO("{'podSelector': {'matchExpressions': [{'key': 'team', 'operator': 'Exists'}]}}"),
     "spec.egress[0].to[0]", "pods with team of namespace media on every port"},
    {"nobody", "",
     TO("{'podSelector': {'matchExpressions': [{'key': 'a', 'operator': 'Exists'}, "
        "{'key': 'a', 'operator': 'DoesNotExist'}]}}"),
     "", ""},
    {"nobody, for lack of a namespace", "",
     TO("{'namespaceSelector': {'matchExpressions': [{'key': 'a', 'operator': 'Exists'}, "
        "{'key': 'a', 'operator': 'DoesNotExist'}]}}"),
     "", ""},
};

ParameterizedTestParameters(judge, finds_the_first_leak)
{
    static size_t index[COUNT_OF(cases)];

    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, judge, finds_the_first_leak)
{
    const struct judge_case *c = &cases[*index];
    AUTO(allowing) struct allowing allowing = {0};
    AUTO(parsed) struct parsed parsed = {0};
    struct policy policy;
    struct leak leak = {.found = true};
    struct error err = {0};

    allowing_make(&allowing, c->allowed);
    policy_of(c->egress, &parsed, &policy);
    cr_assert_eq(judge_egress(&policy, &allowing.allowed, &leak, &err), 0, "%s: %s", c->name,
                 err.text);

    cr_assert_str_eq(leak.field, c->field, "%s", c->name);
    cr_assert_str_eq(leak.witness, c->witness, "%s", c->name);
    cr_assert_eq(leak.found, c->field[0] != '\0', "%s", c->name);
}

Test(judge, says_which_rule_and_which_peer)
{
    AUTO(allowing) struct allowing allowing = {0};
    AUTO(parsed) struct parsed parsed = {0};
    AUTO(parsed) struct parsed whole = {0};
    struct policy policy;
    struct leak leak = {0};
    struct error err = {0};

    allowing_make(&allowing, CLUSTER);
    policy_of(TO(BLOCK("10.1.0.0/16")) "," TO(BLOCK("10.1.0.0/32") "," BLOCK("198.51.100.0/24")),
              &parsed, &policy);
    cr_assert_eq(judge_egress(&policy, &allowing.allowed, &leak, &err), 0, "%s", err.text);
    cr_assert_eq(leak.rule, 1);
    cr_assert_eq(leak.peer, 1);

    policy_of(TO(BLOCK("10.1.0.0/16")) ",{}", &whole, &policy);
    cr_assert_eq(judge_egress(&policy, &allowing.allowed, &leak, &err), 0, "%s", err.text);
    cr_assert_eq(leak.rule, 1);
    cr_assert_eq(leak.peer, SIZE_MAX);
}

Test(judge, lets_rules_be_that_mean_nothing)
{
    AUTO(allowing) struct allowing allowing = {0};
    AUTO(parsed) struct parsed parsed = {0};
    struct policy policy;
    struct leak leak = {.found = true};
    struct error err = {0};

    allowing_make(&allowing, "");
    policy_of("{}", &parsed, &policy);
    policy.isolates_egress = false;
    cr_assert_eq(judge_egress(&policy, &allowing.allowed, &leak, &err), 0, "%s", err.text);

    cr_assert_not(leak.found);
}

Test(judge, keeps_a_witness_short)
{
    AUTO(allowing) struct allowing allowing = {0};
    AUTO(parsed) struct parsed parsed = {0};
    AUTO(buf) struct buf egress = {0};
    struct policy policy;
    struct leak leak;
    struct error err = {0};
    char text[401];

    memset(text, 'x', 400);
    text[400] = '\0';
    buf_init(&egress, 4096);
    buf_printf(&egress,
               TO("{'podSelector': {'matchLabels': {'%s': '%s', 'y': ''}}, 'namespaceSelector': "
                  "{'matchExpressions': [{'key': '%s', 'operator': 'NotIn', 'values': ['%s', "
                  "'y']}, {'key': 'y', 'operator': 'Exists'}]}}"),
               text, text, text, text);
    allowing_make(&allowing, "");
    policy_of(buf_cstr(&egress), &parsed, &policy);
    cr_assert_eq(judge_egress(&policy, &allowing.allowed, &leak, &err), 0, "%s", err.text);

    text[40] = '\0';
    buf_clear(&egress);
    buf_printf(&egress,
               "pods with %s in (%.24s) and 1 more of namespaces with %s notin (%.24s, ...) and 1 "
               "more on every port",
               text, text, text, text);
    cr_assert_str_eq(leak.witness, buf_cstr(&egress));
}

struct selects_case {
    const char *selector;
    bool want;
};

Test(judge, asks_whether_a_policy_can_select_a_privacy_pod)
{
    static const struct slice gateways[] = {{"vpn", 3}, {"tor", 3}};
    static const struct selects_case selects[] = {
        {"{}", true},
        {"{'matchLabels': {'app': 'x'}}", true},
        {"{'matchLabels': {'podveil.io/gateway': 'vpn'}}", true},
        {"{'matchLabels': {'podveil.io/gateway': 'none'}}", false},
        {"{'matchExpressions': [{'key': 'podveil.io/gateway', 'operator': 'DoesNotExist'}]}",
         false},
        {"{'matchExpressions': [{'key': 'podveil.io/gateway', 'operator': 'NotIn', 'values': "
         "['vpn']}]}",
         true},
        {"{'matchExpressions': [{'key': 'podveil.io/gateway', 'operator': 'NotIn', 'values': "
         "['vpn', 'tor']}]}",
         false},
        {"{'matchExpressions': [{'key': 'a', 'operator': 'Exists'}, {'key': 'a', 'operator': "
         "'DoesNotExist'}]}",
         false},
    };
    AUTO(arena) struct arena arena = {0};
    struct selector privacy;
    struct error err = {0};

    arena_init(&arena, 4096);
    cr_assert_eq(selector_in(SLICE("podveil.io/gateway"), gateways, 2, &arena, &privacy, &err), 0,
                 "%s", err.text);
    for (size_t i = 0; i < COUNT_OF(selects); i++) {
        AUTO(parsed) struct parsed parsed = {0};
        struct policy policy = {0};
        parsed_read(&parsed, selects[i].selector);
        cr_assert_eq(selector_parse(parsed.root, &parsed.arena, &policy.pods, &err), 0, "%s",
                     err.text);
        cr_assert_eq(judge_selects(&policy, &privacy), selects[i].want, "%s", selects[i].selector);
    }
}

/* Each block has its own region, but the last. The bound is loose, for valgrind; what sorts all
 * regions again for each is far above it. */
Test(judge, decides_fifty_thousand_blocks_in_no_time)
{
    AUTO(allowing) struct allowing allowing = {0};
    AUTO(parsed) struct parsed parsed = {0};
    AUTO(buf) struct buf egress = {0};
    AUTO(buf) struct buf allowed = {0};
    struct policy policy;
    struct leak leak;
    struct error err = {0};

    buf_init(&egress, JSON_MAX_TEXT);
    buf_init(&allowed, JSON_MAX_TEXT);
    buf_text(&allowed, CLUSTER);
    buf_text(&egress, "{'to': [");
    for (unsigned i = 0; i < 50000; i++) {
        unsigned high = i / 256;
        unsigned low = i % 256;
        buf_printf(&egress, "{'ipBlock': {'cidr': '10.%u.%u.0/24', 'except': ['10.%u.%u.0/25']}},",
                   high, low, high, low);
        buf_printf(&allowed, "," TO(BLOCK("10.%u.%u.128/25")), high, low);
    }
    buf_text(&egress, BLOCK("192.0.2.1/32") "]}");
    policy_of(buf_cstr(&egress), &parsed, &policy);
    allowing_make(&allowing, buf_cstr(&allowed));
    clock_t start = clock();

    cr_assert_eq(judge_egress(&policy, &allowing.allowed, &leak, &err), 0, "%s", err.text);

    cr_assert_lt(clock() - start, 5 * CLOCKS_PER_SEC);
    cr_assert_str_eq(leak.field, "spec.egress[0].to[50000].ipBlock.cidr");
    cr_assert_str_eq(leak.witness, "192.0.2.1 on every port");
}
