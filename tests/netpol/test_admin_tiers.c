/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/admin_tiers.h"
#include "tests/netpol/outranking.h"

#include <criterion/parameterized.h>

#define ALL "'namespaces': {}"
#define PRIVATE(value)                                                                             \
    "'pods': {'namespaceSelector': {}, 'podSelector': {'matchLabels': {'podveil.io/gateway': "     \
    "'" value "'}}}"
#define OTHERS                                                                                     \
    "'pods': {'namespaceSelector': {}, 'podSelector': {'matchExpressions': [{'key': "              \
    "'podveil.io/gateway', 'operator': 'DoesNotExist'}]}}"
#define POLICY(subject, egress)                                                                    \
    "{'spec': {'priority': 5, 'subject': {" subject "}, 'egress': [" egress "]}}"
#define TIER(tier, egress)                                                                         \
    "{'spec': {'tier': '" tier "', 'priority': 5, 'subject': {" ALL "}, 'egress': [" egress "]}}"
#define RULE(action, to) "{'name': 'n', 'action': '" action "', 'to': [" to "]}"
#define BY(to, ports) "{'action': 'Allow', 'to': [" to "], 'ports': [" ports "]}"
#define OVER(to, protocols) "{'action': 'Accept', 'to': [" to "], 'protocols': [" protocols "]}"
#define WORLD "{'networks': ['0.0.0.0/0']}"
#define HOST "{'networks': ['203.0.113.7/32']}"
#define DNS                                                                                        \
    "{'pods': {'namespaceSelector': {'matchLabels': {'kubernetes.io/metadata.name': "              \
    "'kube-system'}}, 'podSelector': {'matchLabels': {'k8s-app': 'kube-dns'}}}}"
#define PORT(protocol, port) "{'portNumber': {'protocol': '" protocol "', 'port': " port "}}"

static const struct outranking_case cases[] = {
    {"the world for everybody", POLICY(ALL, RULE("Allow", WORLD)),
     "vpn: spec.egress[0].to[0].networks[0]: 0.0.0.0 on every port"},
    {"the world for all but privacy pods", POLICY(OTHERS, RULE("Allow", WORLD)), ""},
    {"the world for one gateway's pods", POLICY(PRIVATE("vpn"), RULE("Allow", WORLD)),
     "vpn: spec.egress[0].to[0].networks[0]: 0.0.0.0 on every port"},
    {"the world for an unknown gateway's pods", POLICY(PRIVATE("other"), RULE("Allow", WORLD)), ""},
    {"for namespaces by a label, which may have privacy pods",
     POLICY("'namespaces': {'matchLabels': {'team': 'a'}}", RULE("Allow", WORLD)),
     "vpn: spec.egress[0].to[0].networks[0]: 0.0.0.0 on every port"},
    {"for namespaces that there are none of",
     POLICY("'namespaces': {'matchExpressions': [{'key': 'a', 'operator': 'Exists'}, {'key': 'a', "
            "'operator': 'DoesNotExist'}]}",
            RULE("Allow", WORLD)),
     ""},
    {"for an app, whose pods may be private",
     POLICY("'pods': {'namespaceSelector': {}, 'podSelector': {'matchLabels': {'app': 'x'}}}",
            RULE("Allow", WORLD)),
     "vpn: spec.egress[0].to[0].networks[0]: 0.0.0.0 on every port"},
    {"no subject at all", "{'spec': {'egress': [" RULE("Allow", WORLD) "]}}",
     "vpn: spec.egress[0].to[0].networks[0]: 0.0.0.0 on every port"},
    {"Accept is the later word", TIER("Admin", RULE("Accept", WORLD)),
     "vpn: spec.egress[0].to[0].networks[0]: 0.0.0.0 on every port"},
    {"the baseline has no say", TIER("Baseline", RULE("Accept", WORLD)), ""},
    {"a tier of an unknown name may have", TIER("Platform", RULE("Accept", WORLD)),
     "vpn: spec.egress[0].to[0].networks[0]: 0.0.0.0 on every port"},
    {"a denial", POLICY(ALL, RULE("Deny", WORLD)), ""},
    {"a pass to the NetworkPolicies", POLICY(ALL, RULE("Pass", WORLD)), ""},
    {"an unknown action", POLICY(ALL, RULE("allow", WORLD)),
     "WRONG: spec.egress[0].action: must be Allow, Accept, Deny or Pass"},
    {"an action of another type", POLICY(ALL, "{'action': 1, 'to': [" WORLD "]}"),
     "WRONG: spec.egress[0].action: must be a string"},
    {"no action", POLICY(ALL, "{'to': [" WORLD "]}"),
     "WRONG: spec.egress[0].action: must be Allow, Accept, Deny or Pass"},
    {"ingress is none of ours",
     "{'spec': {'subject': {" ALL "}, 'ingress': [{'action': 'Allow', 'from': [{'namespaces': "
     "{}}]}]}}",
     ""},
    {"a denial before an allow is passed over",
     POLICY(ALL, RULE("Deny", WORLD) "," RULE("Allow", HOST)),
     "vpn: spec.egress[1].to[0].networks[0]: 203.0.113.7 on every port"},
    {"into the pod network", POLICY(PRIVATE("vpn"), RULE("Allow", "{'networks': ['10.1.2.0/24']}")),
     ""},
    {"the second network of the second peer",
     POLICY(PRIVATE("vpn"),
            RULE("Allow", "{'namespaces': {}}, {'networks': ['10.1.2.0/24', '2001:db8::/32']}")),
     "vpn: spec.egress[0].to[1].networks[1]: 2001:db8:: on every port"},
    {"all pods, which a gateway allows",
     POLICY(PRIVATE("vpn"), RULE("Allow", "{'namespaces': {}}")), ""},
    {"all pods, which another does not",
     POLICY(PRIVATE("tor"), RULE("Allow", "{'namespaces': {}}")),
     "tor: spec.egress[0].to[0]: pods of any namespace on every port"},
    {"the cluster's DNS", POLICY(ALL, BY(DNS, PORT("UDP", "53") "," PORT("TCP", "53"))), ""},
    {"the cluster's DNS by another port",
     POLICY(ALL, BY(DNS, PORT("UDP", "53") "," PORT("TCP", "54"))),
     "tor: spec.egress[0].to[0]: pods with k8s-app in (kube-dns) of namespace kube-system on TCP "
     "54"},
    {"TCP where no protocol is written", POLICY(ALL, BY(HOST, "{'portNumber': {'port': 443}}")),
     "vpn: spec.egress[0].to[0].networks[0]: 203.0.113.7 on TCP 443"},
    {"a range of ports",
     POLICY(ALL, BY(HOST, "{'portRange': {'protocol': 'UDP', 'start': 5, 'end': 9}}")),
     "vpn: spec.egress[0].to[0].networks[0]: 203.0.113.7 on UDP 5"},
    {"a range that is none",
     POLICY(ALL, BY(HOST, "{'portRange': {'protocol': 'UDP', 'start': 9, 'end': 5}}")),
     "WRONG: spec.egress[0].ports[0].portRange.end: must not be below start"},
    {"a port by a name, which may be any", POLICY(ALL, BY(HOST, "{'namedPort': 'web'}")),
     "vpn: spec.egress[0].to[0].networks[0]: 203.0.113.7 on every TCP port"},
    {"a port out of range", POLICY(ALL, BY(HOST, PORT("TCP", "65536"))),
     "WRONG: spec.egress[0].ports[0].portNumber.port: must be a number from 1 to 65535"},
    {"a protocol that is none", POLICY(ALL, BY(HOST, PORT("ICMP", "1"))),
     "WRONG: spec.egress[0].ports[0].portNumber.protocol: must be TCP, UDP or SCTP"},
    {"a port that says nothing", POLICY(ALL, BY(HOST, "{}")),
     "WRONG: spec.egress[0].ports[0].portNumber: it, portRange or namedPort must be there"},
    {"a port of a new kind", POLICY(ALL, BY(HOST, "{'portSet': 'x'}")),
     "WRONG: spec.egress[0].ports[0].portSet: there is no such member"},
    {"a protocol by its port",
     TIER("Admin", OVER(HOST, "{'tcp': {'destinationPort': {'number': "
                              "443}}}")),
     "vpn: spec.egress[0].to[0].networks[0]: 203.0.113.7 on TCP 443"},
    {"a protocol by a range",
     TIER("Admin", OVER(HOST, "{'udp': {'destinationPort': {'range': {'start': 5, 'end': 9}}}}")),
     "vpn: spec.egress[0].to[0].networks[0]: 203.0.113.7 on UDP 5"},
    {"a protocol without a port", TIER("Admin", OVER(HOST, "{'sctp': {}}")),
     "vpn: spec.egress[0].to[0].networks[0]: 203.0.113.7 on every SCTP port"},
    {"a protocol by a name", TIER("Admin", OVER(HOST, "{'destinationNamedPort': 'web'}")),
     "vpn: spec.egress[0].to[0].networks[0]: 203.0.113.7 on every TCP port"},
    {"a port that is neither number nor range",
     TIER("Admin", OVER(HOST, "{'tcp': {'destinationPort': {}}}")),
     "WRONG: spec.egress[0].protocols[0].tcp.destinationPort.number: must be a number from 1 to "
     "65535"},
    {"a protocol of a new kind", TIER("Admin", OVER(HOST, "{'icmp': {}}")),
     "WRONG: spec.egress[0].protocols[0].icmp: there is no such member"},
    {"a protocol that says nothing", TIER("Admin", OVER(HOST, "{}")),
     "WRONG: spec.egress[0].protocols[0].tcp: it or another protocol must be there"},
    {"names, which resolve to anything",
     POLICY(ALL, RULE("Allow", "{'domainNames': ['example.org']}")),
     "vpn: spec.egress[0].to[0]: any address that a name resolves to"},
    {"nodes", POLICY(ALL, RULE("Allow", "{'nodes': {}}")),
     "vpn: spec.egress[0].to[0]: nodes, whose addresses cluster.nodeCIDRs does not give"},
    {"no peer is everything", POLICY(ALL, "{'action': 'Allow', 'to': []}"),
     "vpn: spec.egress[0]: 0.0.0.0 on every port"},
    {"no list of peers is everything", POLICY(ALL, "{'action': 'Allow'}"),
     "vpn: spec.egress[0]: 0.0.0.0 on every port"},
    {"a peer of a new kind", POLICY(ALL, RULE("Allow", "{'services': {}}")),
     "WRONG: spec.egress[0].to[0].namespaces: it or another peer must be there"},
    {"a new kind beside a known one",
     POLICY(ALL, RULE("Allow", "{'namespaces': {}, 'services': {}}")),
     "WRONG: spec.egress[0].to[0].services: there is no such member"},
    {"the older shape of namespaces",
     POLICY(PRIVATE("tor"),
            RULE("Allow", "{'namespaces': {'namespaceSelector': {'matchLabels': {'a': 'b'}}}}")),
     "tor: spec.egress[0].to[0]: pods of namespaces with a in (b) on every port"},
    {"the older shape of pods",
     POLICY(PRIVATE("tor"), RULE("Allow", "{'pods': {'namespaces': {'namespaceSelector': {}}, "
                                          "'podSelector': {'matchLabels': {'a': 'b'}}}}")),
     "tor: spec.egress[0].to[0]: pods with a in (b) of any namespace on every port"},
    {"namespaces with the same labels may be all",
     POLICY(PRIVATE("tor"), RULE("Allow", "{'namespaces': {'sameLabels': ['team']}}")),
     "tor: spec.egress[0].to[0]: pods of any namespace on every port"},
    {"a CIDR with host bits", POLICY(ALL, RULE("Allow", "{'networks': ['10.1.2.3/16']}")),
     "CIDR: spec.egress[0].to[0].networks[0]: \"10.1.2.3/16\" has host bits set; write "
     "10.1.0.0/16"},
    {"host bits where no privacy pod is",
     POLICY(OTHERS, RULE("Allow", "{'networks': ['10.1.2.3/16']}")), ""},
    {"host bits in a denial", POLICY(ALL, RULE("Deny", "{'networks': ['10.1.2.3/16']}")), ""},
    {"IPv4 in IPv6", POLICY(ALL, RULE("Allow", "{'networks': ['::ffff:0:0/96']}")),
     "CIDR: spec.egress[0].to[0].networks[0]: \"::ffff:0:0/96\" is IPv4 written as IPv6; write "
     "0.0.0.0/0"},
    {"a selector of the wrong shape",
     POLICY("'namespaces': {'matchLabels': 5}", RULE("Allow", WORLD)),
     "WRONG: spec.subject.namespaces.matchLabels: must be an object"},
    {"two subjects", POLICY(ALL ", " OTHERS, RULE("Allow", WORLD)),
     "WRONG: spec.subject.pods: must not stand beside namespaces"},
    {"a subject of a new kind", POLICY("'gateways': {}", RULE("Allow", WORLD)),
     "WRONG: spec.subject.gateways: there is no such member"},
    {"a new member of spec", "{'spec': {'subject': {" ALL "}, 'egressDefault': 'Allow'}}",
     "WRONG: spec.egressDefault: there is no such member"},
    {"egress of another shape", "{'spec': {'subject': {" ALL "}, 'egress': {}}}",
     "WRONG: spec.egress: must be a list"},
    {"a rule of another shape", POLICY(ALL, "[]"), "WRONG: spec.egress[0]: must be an object"},
    {"spec of another shape", "{'spec': []}", "WRONG: spec: must be an object"},
    {"no spec", "{}", ""},
};

ParameterizedTestParameters(admin_tiers, tells_what_is_let_out)
{
    static size_t index[COUNT_OF(cases)];

    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, admin_tiers, tells_what_is_let_out)
{
    outranking_check(admin_tiers_read, &cases[*index], NULL);
}

/* Where the nodes' addresses are known they are judged as any other. */
Test(admin_tiers, knows_nodes_by_their_addresses)
{
    static const struct slice gateways[] = {{"vpn", 3}};
    struct cidr node = {0};
    AUTO(parsed) struct parsed parsed = {0};
    AUTO(allowing) struct allowing allowing = {0};
    struct admin_policy policy = {0};
    struct admin_leak leak = {0};
    enum policy_fault fault = POLICY_FINE;
    struct error err = {0};

    cr_assert_eq(cidr_parse(SLICE("192.168.5.0/24"), &node, &err), 0, "%s", err.text);
    const struct admin_asked asked = {gateways, 1, NULL, &node, 1, NULL, 0, {0}, {0}};
    parsed_read(&parsed, POLICY(ALL, RULE("Allow", "{'nodes': {}}")));
    cr_assert_eq(admin_tiers_read(parsed.root, &asked, &parsed.arena, &policy, &fault, &err), 0,
                 "%s", err.text);
    allowing_make(&allowing, OUTRANKING_CLUSTER);
    cr_assert_eq(admin_judge(&policy.parts[0], asked.namespace, &allowing.allowed, &leak, &err), 0,
                 "%s", err.text);
    cr_assert_str_eq(leak.field, "spec.egress[0].to[0]");
    cr_assert_str_eq(leak.witness, "192.168.5.0 on every port");
    allowing_done(&allowing);
    allowing_make(&allowing, "{'to': [{'ipBlock': {'cidr': '192.168.0.0/16'}}]}");
    cr_assert_eq(admin_judge(&policy.parts[0], asked.namespace, &allowing.allowed, &leak, &err), 0,
                 "%s", err.text);
    cr_assert_not(leak.found);
}

/* Calico lets a pod say that it is in another. */
Test(admin_tiers, a_namespaces_name_is_no_bound)
{
    static const struct outranking_home homes[] = {
        {POLICY("'namespaces': {'matchLabels': {'kubernetes.io/metadata.name': 'shop'}}",
                RULE("Allow", WORLD)),
         true},
        {POLICY("'pods': {'namespaceSelector': {'matchLabels': {'kubernetes.io/metadata.name': "
                "'shop'}}, 'podSelector': {}}",
                RULE("Allow", WORLD)),
         true},
    };

    for (size_t i = 0; i < COUNT_OF(homes); i++) {
        outranking_check_home(admin_tiers_read, &homes[i]);
    }
}
