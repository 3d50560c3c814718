/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/calico.h"
#include "tests/netpol/outranking.h"

#include <criterion/parameterized.h>

#define SPEC(members) "{'spec': {" members "}}"
#define RULES(rules) SPEC("'egress': [" rules "]")
#define FOR(selector, rules) SPEC("'selector': '" selector "', 'egress': [" rules "]")
#define TO(destination) "{'action': 'Allow', 'destination': {" destination "}}"
#define WORLD TO("'nets': ['0.0.0.0/0']")
#define TCP(port)                                                                                  \
    "{'action': 'Allow', 'protocol': 'TCP', 'destination': {'nets': ['203.0.113.7/32'], 'ports': " \
    "[" port "]}}"
#define OF_WORLD "vpn: spec.egress[0].destination.nets[0]: 0.0.0.0 on every port"
#define SETS "any address of a NetworkSet (a selector takes those too)"

static const struct outranking_case cases[] = {
    {"the world", RULES(WORLD), OF_WORLD},
    {"the world without privacy pods", FOR("!has(podveil.io/gateway)", WORLD), ""},
    {"the world for some of the others", FOR("has(app) && !has(podveil.io/gateway)", WORLD), ""},
    {"the world for some or the others", FOR("has(app) || !has(podveil.io/gateway)", WORLD),
     OF_WORLD},
    {"an app, whose pods may be private", FOR("has(app)", WORLD), OF_WORLD},
    {"late in the default tier: no NetworkPolicy ends it",
     SPEC("'order': 5000, 'egress': [" WORLD "]"), OF_WORLD},
    {"early in it", SPEC("'order': 5, 'tier': 'default', 'egress': [" WORLD "]"), OF_WORLD},
    {"in another tier", SPEC("'tier': 'platform', 'egress': [" WORLD "]"), OF_WORLD},
    {"a pass of another tier", SPEC("'tier': 'platform', 'egress': [{'action': 'Pass'}]"), ""},
    {"a pass of the default tier leaves the NetworkPolicies aside", RULES("{'action': 'Pass'}"),
     "vpn: spec.egress[0]: 0.0.0.0 on every port"},
    {"a pass by its other name", RULES("{'action': 'next-tier'}"),
     "vpn: spec.egress[0]: 0.0.0.0 on every port"},
    {"a denial and a log", RULES("{'action': 'Deny'}, {'action': 'Log'}"), ""},
    {"an empty action allows", RULES("{'action': ''}"),
     "vpn: spec.egress[0]: 0.0.0.0 on every port"},
    {"no action allows", RULES("{}"), "vpn: spec.egress[0]: 0.0.0.0 on every port"},
    {"an action in capitals", RULES("{'action': 'ALLOW'}"),
     "vpn: spec.egress[0]: 0.0.0.0 on every port"},
    {"an unknown action", RULES("{'action': 'Route'}"),
     "WRONG: spec.egress[0].action: must be Allow, Deny, Log or Pass"},
    {"an unknown action without privacy pods",
     FOR("!has(podveil.io/gateway)", "{'action': 'Route'}"), ""},
    {"ingress alone", SPEC("'types': ['Ingress'], 'egress': [" WORLD "]"), ""},
    {"ingress in capitals", SPEC("'types': ['INGRESS'], 'egress': [" WORLD "]"), ""},
    {"both", SPEC("'types': ['Ingress', 'Egress'], 'egress': [" WORLD "]"), OF_WORLD},
    {"types of the wrong shape", SPEC("'types': 'Ingress', 'egress': [" WORLD "]"),
     "WRONG: spec.types: must be a list"},
    {"a member of spec that is not known", SPEC("'egressAllow': true"),
     "WRONG: spec.egressAllow: there is no such member"},
    {"a selector that reaches out of its parentheses", FOR("all()) || (all()", WORLD),
     "WRONG: spec.selector: character 6: &&, || or the end is expected"},
    {"a selector of another type", SPEC("'selector': {}, 'egress': [" WORLD "]"),
     "WRONG: spec.selector: must be a string"},
    {"a namespace selector, which bounds nothing here",
     SPEC("'namespaceSelector': '!all()', 'egress': [" WORLD "]"),
     "WRONG: spec.namespaceSelector: there is no such member"},
    {"an account selector that is none", SPEC("'serviceAccountSelector': ')', 'egress': []"),
     "WRONG: spec.serviceAccountSelector: character 1: a label's key, has(), all() or ( is "
     "expected"},
    {"a rule for others",
     RULES("{'action': 'Allow', 'source': {'selector': "
           "'!has(podveil.io/gateway)'}}"),
     ""},
    {"a rule for others, said the other way",
     RULES("{'action': 'Allow', 'source': {'notSelector': 'has(podveil.io/gateway)'}}"), ""},
    {"a rule for some", RULES("{'action': 'Allow', 'source': {'selector': 'has(app)'}}"),
     "vpn: spec.egress[0]: 0.0.0.0 on every port"},
    {"a source that is none", RULES("{'action': 'Allow', 'source': {'selector': 'all())'}}"),
     "WRONG: spec.egress[0].source.selector: character 6: &&, || or the end is expected"},
    {"a network of the cluster", FOR("has(podveil.io/gateway)", TO("'nets': ['10.1.0.0/16']")),
     "tor: spec.egress[0].destination.nets[0]: 10.1.0.0 on every port"},
    {"an address", RULES(TO("'nets': ['203.0.113.7']")),
     "vpn: spec.egress[0].destination.nets[0]: 203.0.113.7 on every port"},
    {"host bits", RULES(TO("'nets': ['10.1.2.3/16']")),
     "CIDR: spec.egress[0].destination.nets[0]: \"10.1.2.3/16\" has host bits set; write "
     "10.1.0.0/16"},
    {"host bits in what is left out", RULES(TO("'notNets': ['10.1.2.3/16']")),
     "CIDR: spec.egress[0].destination.notNets[0]: \"10.1.2.3/16\" has host bits set; write "
     "10.1.0.0/16"},
    {"a network of another type", RULES(TO("'nets': [5]")),
     "WRONG: spec.egress[0].destination.nets[0]: must be a string"},
    {"all but a network", RULES(TO("'notNets': ['0.0.0.0/1']")),
     "vpn: spec.egress[0]: 128.0.0.0 on every port"},
    {"a network but a part of it", RULES(TO("'nets': ['10.0.0.0/15'], 'notNets': ['10.0.0.0/16']")),
     "tor: spec.egress[0].destination.nets[0]: 10.1.0.0 on every port"},
    {"all of IPv6", RULES("{'action': 'Allow', 'ipVersion': 6}"),
     "vpn: spec.egress[0]: :: on every port"},
    {"all of IPv4", RULES("{'action': 'Allow', 'ipVersion': 4}"),
     "vpn: spec.egress[0]: 0.0.0.0 on every port"},
    {"pods by a label may be network sets", RULES(TO("'selector': 'has(app)'")),
     "vpn: spec.egress[0].destination: " SETS},
    {"pods by a label, in the cluster's networks",
     SPEC("'selector': 'has(podveil.io/gateway)', 'egress': [" TO(
         "'selector': 'has(app)', 'nets': ['10.1.0.0/16']") "]"),
     "tor: spec.egress[0].destination.nets[0]: 10.1.0.0 on every port"},
    {"no pod at all", RULES(TO("'selector': '!all()'")), ""},
    {"no namespace at all", RULES(TO("'namespaceSelector': '!all()'")), ""},
    {"what is in no namespace", RULES(TO("'namespaceSelector': 'global()'")),
     "vpn: spec.egress[0].destination: " SETS},
    {"pods of an account", RULES(TO("'serviceAccounts': {'names': ['a']}")),
     "vpn: spec.egress[0].destination: " SETS},
    {"everything but pods with a label", RULES(TO("'notSelector': 'has(app)'")),
     "vpn: spec.egress[0]: 0.0.0.0 on every port"},
    {"a Service", RULES(TO("'services': {'name': 's'}")),
     "vpn: spec.egress[0]: any address that is an endpoint of the Service"},
    {"names", RULES(TO("'domains': ['example.org']")),
     "vpn: spec.egress[0]: any address that a name resolves to"},
    {"a destination of a new kind", RULES(TO("'asn': 5")),
     "WRONG: spec.egress[0].destination.asn: there is no such member"},
    {"a rule of a new kind", RULES("{'action': 'Allow', 'weight': 5}"),
     "WRONG: spec.egress[0].weight: there is no such member"},
    {"a destination's selector that is none", RULES(TO("'selector': 'a =='")),
     "WRONG: spec.egress[0].destination.selector: character 5: a text in quotes is expected"},
    {"one port", RULES(TCP("443")),
     "vpn: spec.egress[0].destination.nets[0]: 203.0.113.7 on TCP 443"},
    {"one port as a text", RULES(TCP("'443'")),
     "vpn: spec.egress[0].destination.nets[0]: 203.0.113.7 on TCP 443"},
    {"ports", RULES(TCP("'80:90'")),
     "vpn: spec.egress[0].destination.nets[0]: 203.0.113.7 on TCP 80"},
    {"ports that are none", RULES(TCP("'90:80'")),
     "vpn: spec.egress[0].destination.nets[0]: 203.0.113.7 on every TCP port"},
    {"a port by a name", RULES(TCP("'web'")),
     "vpn: spec.egress[0].destination.nets[0]: 203.0.113.7 on every TCP port"},
    {"a port out of range", RULES(TCP("65536")),
     "vpn: spec.egress[0].destination.nets[0]: 203.0.113.7 on every TCP port"},
    {"a port of another type", RULES(TCP("true")),
     "WRONG: spec.egress[0].destination.ports[0]: must be a port, a range or a name"},
    {"a protocol in small letters",
     RULES("{'action': 'Allow', 'protocol': 'udp', 'destination': {'nets': ['203.0.113.7']}}"),
     "vpn: spec.egress[0].destination.nets[0]: 203.0.113.7 on every UDP port"},
    {"a protocol by its number",
     RULES("{'action': 'Allow', 'protocol': 132, 'destination': {'nets': ['203.0.113.7']}}"),
     "vpn: spec.egress[0].destination.nets[0]: 203.0.113.7 on every SCTP port"},
    {"another protocol",
     RULES("{'action': 'Allow', 'protocol': 'ICMP', 'destination': {'nets': ['203.0.113.7']}}"),
     "vpn: spec.egress[0].destination.nets[0]: 203.0.113.7 on every port"},
    {"all but a protocol",
     RULES("{'action': 'Allow', 'notProtocol': 'TCP', 'destination': {'nets': ['203.0.113.7'], "
           "'ports': [443]}}"),
     "vpn: spec.egress[0].destination.nets[0]: 203.0.113.7 on every port"},
    {"a protocol of another type", RULES("{'action': 'Allow', 'protocol': []}"),
     "WRONG: spec.egress[0].protocol: must be a name or a number"},
    {"egress of another shape", SPEC("'egress': {}"), "WRONG: spec.egress: must be a list"},
    {"no egress", SPEC("'ingress': [{'action': 'Allow'}]"), ""},
};

ParameterizedTestParameters(calico, tells_what_is_let_out)
{
    static size_t index[COUNT_OF(cases)];

    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, calico, tells_what_is_let_out)
{
    static const struct slice media = {"media", 5};

    outranking_check(calico_read, &cases[*index], &media);
}

/* In a text of JSON ' is ", so names in quotes are written with a \ before them. */
#define QUOTED "\\u0022"

Test(calico, takes_no_network_set_for_dns_and_the_gateway)
{
    static const struct outranking_case dns = {
        "DNS",
        RULES("{'action': 'Allow', 'protocol': 'UDP', 'destination': {'selector': 'has(x)', "
              "'namespaceSelector': 'projectcalico.org/name == " QUOTED "kube-system" QUOTED
              "', 'ports': [53]}}"),
        "tor: spec.egress[0].destination: pods of any namespace on UDP 53",
    };
    static const struct outranking_case other = {
        "another namespace",
        RULES(TO("'namespaceSelector': 'projectcalico.org/name == " QUOTED "db" QUOTED "'")),
        "vpn: spec.egress[0].destination: " SETS,
    };
    static const struct outranking_case one = {
        "for one gateway's pods",
        FOR("podveil.io/gateway == " QUOTED "vpn" QUOTED, TO("'nets': ['10.1.0.0/16']")),
        "",
    };
    static const struct slice media = {"media", 5};

    outranking_check(calico_read, &dns, &media);
    outranking_check(calico_read, &other, &media);
    outranking_check(calico_read, &one, &media);
    outranking_check(calico_read, &one, NULL);
}

/* More nets and notNets than can be compared one by one: they are judged as if nothing were left
 * out. */
Test(calico, does_not_multiply_networks)
{
    enum { MANY = 3000 };
    AUTO(buf) struct buf text = {0};
    char got[512];

    buf_init(&text, JSON_MAX_TEXT);
    buf_text(&text, "{'spec': {'egress': [{'action': 'Allow', 'destination': {'notNets': [");
    for (unsigned i = 0; i < MANY; i++) {
        buf_printf(&text, "%s'11.%u.%u.0/24'", i == 0 ? "" : ",", i / 256, i % 256);
    }
    buf_text(&text, "], 'nets': [");
    for (unsigned i = 0; i < MANY; i++) {
        buf_printf(&text, "%s'11.%u.%u.0/24'", i == 0 ? "" : ",", i / 256, i % 256);
    }
    buf_text(&text, "]}}]}}");
    outranking_judge(calico_read, buf_cstr(&text), NULL, got, sizeof got);

    cr_assert_str_eq(got, "vpn: spec.egress[0].destination.nets[0]: 11.0.0.0 on every port");
}

struct tier_case {
    const char *tier;
    bool opens;
};

Test(calico, knows_a_tier_that_opens)
{
    static const struct tier_case tiers[] = {
        {"{'metadata': {'name': 'default'}, 'spec': {'defaultAction': 'Pass'}}", true},
        {"{'metadata': {'name': 'default'}, 'spec': {'defaultAction': 'Deny'}}", false},
        {"{'metadata': {'name': 'default'}, 'spec': {'defaultAction': 5}}", true},
        {"{'metadata': {'name': 'default'}, 'spec': {'order': 1000000}}", false},
        {"{'metadata': {'name': 'platform'}, 'spec': {'defaultAction': 'Pass'}}", false},
    };

    for (size_t i = 0; i < COUNT_OF(tiers); i++) {
        AUTO(parsed) struct parsed parsed = {0};
        parsed_read(&parsed, tiers[i].tier);
        cr_assert_eq(calico_tier_opens(parsed.root), tiers[i].opens, "%s", tiers[i].tier);
    }
}

#define IN(selector) SPEC("'namespaceSelector': '" selector "', 'egress': [" WORLD "]")
#define NAMED(name) QUOTED name QUOTED

/* pcns.projectcalico.org/name is a label that a pod may have, and it comes first. */
Test(calico, a_namespace_is_known_by_what_is_written_over_a_pods_labels)
{
    static const struct outranking_home homes[] = {
        {IN("projectcalico.org/name == " NAMED("shop")), true},
        {IN("projectcalico.org/name != " NAMED("media")), true},
        {IN("kubernetes.io/metadata.name in {" NAMED("shop") "}"), true},
        {IN("!all()"), false},
        {IN("x"), true},
        {FOR("projectcalico.org/namespace == " NAMED("media"), WORLD), true},
        {FOR("projectcalico.org/namespace == " NAMED("shop"), WORLD), false},
        {FOR("projectcalico.org/namespace != " NAMED("media"), WORLD), false},
        {FOR("projectcalico.org/namespace not in {" NAMED("media") "}", WORLD), false},
        {FOR("projectcalico.org/namespace in {" NAMED("shop") ", " NAMED("media") "}", WORLD),
         true},
        {FOR("projectcalico.org/namespace starts with " NAMED("me"), WORLD), true},
        {FOR("!has(projectcalico.org/namespace)", WORLD), false},
        {FOR("projectcalico.org/namespace == " NAMED("shop") " || has(team)", WORLD), true},
        {FOR("projectcalico.org/namespace == " NAMED("shop") " && has(team)", WORLD), false},
        {FOR("all()", WORLD), true},
    };

    for (size_t i = 0; i < COUNT_OF(homes); i++) {
        outranking_check_home(calico_read, &homes[i]);
    }
}
