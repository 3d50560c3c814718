/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/cilium.h"
#include "tests/netpol/outranking.h"

#include <criterion/parameterized.h>

#define SPEC(selector, egress) "'endpointSelector': {" selector "}, 'egress': [" egress "]"
#define FOR(selector, egress) "{'spec': {" SPEC(selector, egress) "}}"
#define RULE(egress) FOR("", egress)
#define WITHOUT "'matchExpressions': [{'key': 'podveil.io/gateway', 'operator': 'DoesNotExist'}]"
#define LABEL(key, value) "'matchLabels': {'" key "': '" value "'}"
#define ASK(key, operation) "'matchExpressions': [{'key': '" key "', 'operator': '" operation "'}]"
#define WORLD "{'toEntities': ['world']}"
#define TO_DNS                                                                                     \
    "'toEndpoints': [{'matchLabels': {'k8s:io.kubernetes.pod.namespace': 'kube-system', "          \
    "'k8s:k8s-app': 'kube-dns'}}]"
#define PORTS(ports) "'toPorts': [{'ports': [" ports "]}]"
#define HOST "'toCIDR': ['203.0.113.7/32']"
#define TOR LABEL("podveil.io/gateway", "tor")
#define VPN LABEL("podveil.io/gateway", "vpn")

static const struct outranking_case of_namespace[] = {
    {"the world", RULE(WORLD), "vpn: spec.egress[0].toEntities[0]: any address of the world"},
    {"the world without privacy pods", FOR(WITHOUT, WORLD), ""},
    {"without them, by a source", FOR(ASK("k8s:podveil.io/gateway", "DoesNotExist"), WORLD), ""},
    {"without them, by any source", FOR(ASK("any:podveil.io/gateway", "DoesNotExist"), WORLD), ""},
    {"a source that a pod's labels do not have excludes nobody",
     FOR(ASK("container:podveil.io/gateway", "DoesNotExist"), WORLD),
     "vpn: spec.egress[0].toEntities[0]: any address of the world"},
    {"endpoints without labels may be privacy pods that begin",
     FOR("'matchLabels': {'reserved:init': ''}, " WITHOUT, WORLD),
     "vpn: spec.egress[0].toEntities[0]: any address of the world"},
    {"the same, written short", FOR("'matchLabels': {'$init': ''}, " WITHOUT, WORLD),
     "vpn: spec.egress[0].toEntities[0]: any address of the world"},
    {"the same, behind a dot", FOR("'matchLabels': {'reserved.init': ''}, " WITHOUT, WORLD),
     "vpn: spec.egress[0].toEntities[0]: any address of the world"},
    {"an app, whose pods may be private", FOR(LABEL("app", "x"), WORLD),
     "vpn: spec.egress[0].toEntities[0]: any address of the world"},
    {"another namespace is not the policy's",
     FOR(LABEL("k8s:io.kubernetes.pod.namespace", "b"), WORLD),
     "vpn: spec.egress[0].toEntities[0]: any address of the world"},
    {"no selector", "{'spec': {'egress': [" WORLD "]}}",
     "vpn: spec.egress[0].toEntities[0]: any address of the world"},
    {"the second of specs", "{'specs': [{" SPEC(WITHOUT, WORLD) "}, {" SPEC("", "{}, " WORLD) "}]}",
     "vpn: specs[1].egress[1].toEntities[0]: any address of the world"},
    {"spec beside specs", "{'spec': {" SPEC("", WORLD) "}, 'specs': [{" SPEC(WITHOUT, "{}") "}]}",
     "vpn: spec.egress[0].toEntities[0]: any address of the world"},
    {"nothing allowed, which denies", RULE("{}"), ""},
    {"ports alone are all addresses", RULE("{" PORTS("{'port': '443', 'protocol': 'TCP'}") "}"),
     "vpn: spec.egress[0]: 0.0.0.0 on TCP 443"},
    {"ICMP alone is all addresses", RULE("{'icmps': [{'fields': [{'type': 8}]}]}"),
     "vpn: spec.egress[0]: 0.0.0.0 on every port"},
    {"ICMP beside ports",
     RULE("{" HOST ", 'icmps': [{'fields': [{'type': 8}]}], " PORTS("{'port': '443', 'protocol': "
                                                                    "'TCP'}") "}"),
     "vpn: spec.egress[0].toCIDR[0]: 203.0.113.7 on every port"},
    {"an empty list of peers beside ports",
     RULE("{'toEndpoints': [], " PORTS("{'port': '443', 'protocol': 'TCP'}") "}"),
     "vpn: spec.egress[0]: 0.0.0.0 on TCP 443"},
    {"an empty list of ports", RULE("{'toPorts': []}"), ""},
    {"a CIDR", RULE("{" HOST "}"), "vpn: spec.egress[0].toCIDR[0]: 203.0.113.7 on every port"},
    {"a CIDR that the gateway allows", FOR(VPN, "{'toCIDR': ['10.1.2.0/24']}"), ""},
    {"an address", RULE("{'toCIDR': ['203.0.113.7']}"),
     "vpn: spec.egress[0].toCIDR[0]: 203.0.113.7 on every port"},
    {"an address that the gateway allows", FOR(VPN, "{'toCIDR': ['10.1.2.3']}"), ""},
    {"host bits", FOR(VPN, "{'toCIDR': ['10.1.2.3/16']}"),
     "CIDR: spec.egress[0].toCIDR[0]: \"10.1.2.3/16\" has host bits set; write 10.1.0.0/16"},
    {"no address", FOR(VPN, "{'toCIDR': ['10.1.2']}"),
     "CIDR: spec.egress[0].toCIDR[0]: \"10.1.2\" is not an address: write four numbers without "
     "leading zeros, or IPv6"},
    {"all but the world's half",
     FOR(VPN, "{'toCIDRSet': [{'cidr': '0.0.0.0/0', 'except': "
              "['128.0.0.0/1']}]}"),
     "vpn: spec.egress[0].toCIDRSet[0].cidr: 0.0.0.0 on every port"},
    {"all that the gateway allows",
     FOR(VPN, "{'toCIDRSet': [{'cidr': '10.0.0.0/15', 'except': ['10.0.0.0/16']}]}"), ""},
    {"a group of CIDRs", RULE("{'toCIDRSet': [{'cidrGroupRef': 'g'}]}"),
     "vpn: spec.egress[0].toCIDRSet[0]: any address that is put into a CiliumCIDRGroup"},
    {"groups of CIDRs by a selector", RULE("{'toCIDRSet': [{'cidrGroupSelector': {}}]}"),
     "vpn: spec.egress[0].toCIDRSet[0]: any address that is put into a CiliumCIDRGroup"},
    {"a set without a CIDR", RULE("{'toCIDRSet': [{'except': ['10.0.0.0/8']}]}"),
     "WRONG: spec.egress[0].toCIDRSet[0].cidr: must be a string"},
    {"a set of a new kind", RULE("{'toCIDRSet': [{'cidr': '10.1.0.0/16', 'asn': 5}]}"),
     "WRONG: spec.egress[0].toCIDRSet[0].asn: there is no such member"},
    {"everything", FOR(VPN, "{'toEntities': ['all']}"),
     "vpn: spec.egress[0].toEntities[0]: any address"},
    {"the cluster, nodes and API server with it", FOR(VPN, "{'toEntities': ['cluster']}"),
     "vpn: spec.egress[0].toEntities[0]: nodes, whose addresses cluster.nodeCIDRs does not give"},
    {"the API server", FOR(VPN, "{'toEntities': ['kube-apiserver']}"),
     "vpn: spec.egress[0].toEntities[0]: nodes, whose addresses cluster.nodeCIDRs does not give"},
    {"other clusters", FOR(VPN, "{'toEntities': ['cluster-mesh']}"),
     "vpn: spec.egress[0].toEntities[0]: another cluster's nodes"},
    {"the node", FOR(VPN, "{'toEntities': ['host']}"),
     "vpn: spec.egress[0].toEntities[0]: nodes, whose addresses cluster.nodeCIDRs does not give"},
    {"other nodes", FOR(VPN, "{'toEntities': ['remote-node']}"),
     "vpn: spec.egress[0].toEntities[0]: nodes, whose addresses cluster.nodeCIDRs does not give"},
    {"nodes by their labels", FOR(VPN, "{'toNodes': [{}]}"),
     "vpn: spec.egress[0].toNodes[0]: nodes, whose addresses cluster.nodeCIDRs does not give"},
    {"pods that are none of Cilium's", FOR(VPN, "{'toEntities': ['unmanaged', 'none', 'health']}"),
     ""},
    {"an entity that is not known", FOR(VPN, "{'toEntities': ['internet']}"),
     "WRONG: spec.egress[0].toEntities[0]: is no entity that is known"},
    {"names", RULE("{'toFQDNs': [{'matchName': 'example.org'}]}"),
     "vpn: spec.egress[0].toFQDNs[0]: any address that a name resolves to"},
    {"services", RULE("{'toServices': [{'k8sService': {'serviceName': 's'}}]}"),
     "vpn: spec.egress[0].toServices[0]: any address that is an endpoint of the Service"},
    {"groups of a cloud", RULE("{'toGroups': [{'aws': {}}]}"),
     "vpn: spec.egress[0].toGroups[0]: any address that the cloud puts into the group"},
    {"all of the own namespace", FOR(VPN, "{'toEndpoints': [{}]}"), ""},
    {"all of the own namespace, which another gateway does not allow",
     FOR(TOR, "{'toEndpoints': [{}]}"),
     "tor: spec.egress[0].toEndpoints[0]: pods of namespace media on every port"},
    {"pods by a label", FOR(TOR, "{'toEndpoints': [{" LABEL("any:app", "db") "}]}"),
     "tor: spec.egress[0].toEndpoints[0]: pods with app in (db) of namespace media on every port"},
    {"the cluster's DNS",
     RULE("{" TO_DNS ", " PORTS("{'port': '53', 'protocol': 'UDP'}, {'port': '53', 'protocol': "
                                "'TCP'}") "}"),
     ""},
    {"the cluster's DNS, and what it may be asked",
     RULE("{" TO_DNS ", 'toPorts': [{'ports': [{'port': '53', 'protocol': 'UDP'}], 'rules': "
          "{'dns': [{'matchPattern': '*'}]}}]}"),
     ""},
    {"the cluster's DNS by any protocol",
     RULE("{" TO_DNS ", " PORTS("{'port': '53', 'protocol': 'ANY'}") "}"),
     "tor: spec.egress[0].toEndpoints[0]: pods with k8s-app in (kube-dns) of namespace "
     "kube-system on SCTP 53"},
    {"the cluster's DNS by every port", RULE("{" TO_DNS "}"),
     "tor: spec.egress[0].toEndpoints[0]: pods with k8s-app in (kube-dns) of namespace "
     "kube-system on TCP 1"},
    {"another namespace by its labels",
     FOR(VPN, "{'toEndpoints': [{" LABEL("k8s:io.cilium.k8s.namespace.labels.team", "a") "}]}"),
     ""},
    {"the same, where it is not allowed",
     FOR(TOR, "{'toEndpoints': [{" LABEL("k8s:io.cilium.k8s.namespace.labels.team", "a") "}]}"),
     "tor: spec.egress[0].toEndpoints[0]: pods of namespaces with team in (a) on every port"},
    {"whatever has no namespace is the world",
     FOR(VPN, "{'toEndpoints': [{" ASK("k8s:io.kubernetes.pod.namespace", "DoesNotExist") "}]}"),
     "vpn: spec.egress[0].toEndpoints[0]: any address (a selector that asks for no namespace "
     "takes the world too)"},
    {"whatever is in another namespace is the world too",
     FOR(VPN, "{'toEndpoints': [{'matchExpressions': [{'key': 'io.kubernetes.pod.namespace', "
              "'operator': 'NotIn', 'values': ['a']}]}]}"),
     "vpn: spec.egress[0].toEndpoints[0]: any address (a selector that asks for no namespace "
     "takes the world too)"},
    {"namespaces without a label are the world too",
     FOR(VPN,
         "{'toEndpoints': [{" ASK("k8s:io.cilium.k8s.namespace.labels.a", "DoesNotExist") "}]}"),
     "vpn: spec.egress[0].toEndpoints[0]: any address (a selector that asks for no namespace "
     "takes the world too)"},
    {"an entity as a label", FOR(VPN, "{'toEndpoints': [{" LABEL("reserved:world", "") "}]}"),
     "vpn: spec.egress[0].toEndpoints[0]: any address (a selector that asks for no namespace "
     "takes the world too)"},
    {"an entity as a label, behind a dot",
     FOR(VPN, "{'toEndpoints': [{" LABEL("reserved.world", "") "}]}"),
     "vpn: spec.egress[0].toEndpoints[0]: any address (a selector that asks for no namespace "
     "takes the world too)"},
    {"an entity that is there, behind a dot",
     FOR(VPN, "{'toEndpoints': [{" ASK("reserved.world", "Exists") "}]}"),
     "vpn: spec.egress[0].toEndpoints[0]: any address (a selector that asks for no namespace "
     "takes the world too)"},
    {"every entity, behind a dot", FOR(VPN, "{'toEndpoints': [{" LABEL("reserved.all", "") "}]}"),
     "vpn: spec.egress[0].toEndpoints[0]: any address (a selector that asks for no namespace "
     "takes the world too)"},
    {"the node, behind a dot", FOR(VPN, "{'toEndpoints': [{" LABEL("reserved.host", "") "}]}"),
     "vpn: spec.egress[0].toEndpoints[0]: any address (a selector that asks for no namespace "
     "takes the world too)"},
    {"what is not an entity, behind a dot",
     FOR(VPN, "{'toEndpoints': [{" ASK("reserved.host", "DoesNotExist") "}]}"),
     "vpn: spec.egress[0].toEndpoints[0]: any address (a selector that asks for no namespace "
     "takes the world too)"},
    {"a namespace whose key is cut",
     FOR(VPN, "{'toEndpoints': [{" LABEL("io.kubernetes.pod.namespace=", "evil") "}]}"),
     "WRONG: spec.egress[0].toEndpoints[0].matchLabels: a label's key has no \"=\" in it"},
    {"an entity whose key is cut",
     FOR(VPN, "{'toEndpoints': [{}, {" ASK("reserved:=world", "Exists") "}]}"),
     "WRONG: spec.egress[0].toEndpoints[1].matchExpressions[0].key: a label's key has no \"=\" in "
     "it"},
    {"pods whose key is cut", FOR(ASK("podveil.io/gateway=", "DoesNotExist"), WORLD),
     "WRONG: spec.endpointSelector.matchExpressions[0].key: a label's key has no \"=\" in it"},
    {"a value is not cut", FOR(WITHOUT ", " LABEL("app", "a=b"), WORLD), ""},
    {"a key that is cut, without privacy pods",
     FOR(WITHOUT, "{'toEndpoints': [{" LABEL("io.kubernetes.pod.namespace=", "evil") "}]}"), ""},
    {"what is not an entity", FOR(VPN, "{'toEndpoints': [{" ASK("$host", "DoesNotExist") "}]}"),
     "vpn: spec.egress[0].toEndpoints[0]: any address (a selector that asks for no namespace "
     "takes the world too)"},
    {"a port by a name", RULE("{" HOST ", " PORTS("{'port': 'web', 'protocol': 'TCP'}") "}"),
     "vpn: spec.egress[0].toCIDR[0]: 203.0.113.7 on every TCP port"},
    {"ports to an end",
     RULE("{" HOST ", " PORTS("{'port': '80', 'endPort': 90, 'protocol': 'UDP'}") "}"),
     "vpn: spec.egress[0].toCIDR[0]: 203.0.113.7 on UDP 80"},
    {"ports to an end before their beginning",
     RULE("{" HOST ", " PORTS("{'port': '80', 'endPort': 70}") "}"),
     "WRONG: spec.egress[0].toPorts[0].ports[0].endPort: must not be below port"},
    {"ports to an end that is none",
     RULE("{" HOST ", " PORTS("{'port': '80', 'endPort': 70000}") "}"),
     "WRONG: spec.egress[0].toPorts[0].ports[0].endPort: must be a number up to 65535"},
    {"port 0 is every port", RULE("{" HOST ", " PORTS("{'port': '0', 'protocol': 'ANY'}") "}"),
     "vpn: spec.egress[0].toCIDR[0]: 203.0.113.7 on every port"},
    {"another protocol", RULE("{" HOST ", " PORTS("{'protocol': 'ESP'}") "}"),
     "vpn: spec.egress[0].toCIDR[0]: 203.0.113.7 on every port"},
    {"ports that name none", RULE("{" HOST ", 'toPorts': [{'rules': {}}]}"),
     "vpn: spec.egress[0].toCIDR[0]: 203.0.113.7 on every port"},
    {"a proxy in between",
     FOR(VPN, "{'toCIDR': ['10.1.0.0/16'], 'toPorts': [{'ports': [{'port': '80'}], 'listener': "
              "{'name': 'x'}}]}"),
     "vpn: spec.egress[0].toPorts[0].listener: wherever the listener's proxy leads it"},
    {"a port of another type", RULE("{" HOST ", " PORTS("{'port': []}") "}"),
     "WRONG: spec.egress[0].toPorts[0].ports[0].port: must be a string"},
    {"a rule of a new kind", RULE("{'toClouds': ['x']}"),
     "WRONG: spec.egress[0].toClouds: there is no such member"},
    {"ports of a new kind", RULE("{'toPorts': [{'redirect': {}}]}"),
     "WRONG: spec.egress[0].toPorts[0].redirect: there is no such member"},
    {"a spec of a new kind", "{'spec': {'endpointSelector': {}, 'egressAllow': []}}",
     "WRONG: spec.egressAllow: there is no such member"},
    {"a new kind without privacy pods",
     "{'spec': {'endpointSelector': {" WITHOUT "}, 'egressAllow': []}}", ""},
    {"a selector of the wrong shape", "{'spec': {'endpointSelector': {'matchLabels': []}}}",
     "WRONG: spec.endpointSelector.matchLabels: must be an object"},
    {"a default that denies nothing takes no isolation away",
     "{'spec': {'endpointSelector': {}, 'enableDefaultDeny': {'egress': false}, 'egress': [{}]}}",
     ""},
    {"ingress and denials",
     "{'spec': {'endpointSelector': {}, 'ingress': [{'fromEntities': ['world']}], 'egressDeny': "
     "[{'toEntities': ['world']}]}}",
     ""},
};

static const struct outranking_case of_cluster[] = {
    {"the world", RULE(WORLD), "vpn: spec.egress[0].toEntities[0]: any address of the world"},
    {"the world without privacy pods", FOR(WITHOUT, WORLD), ""},
    {"a policy of nodes", "{'spec': {'nodeSelector': {}, 'egress': [" WORLD "]}}", ""},
    {"a policy of nodes and endpoints",
     "{'spec': {'nodeSelector': {}, 'endpointSelector': {}, 'egress': [" WORLD "]}}",
     "vpn: spec.egress[0].toEntities[0]: any address of the world"},
    {"one namespace, which may have privacy pods",
     FOR(LABEL("k8s:io.kubernetes.pod.namespace", "b"), WORLD),
     "vpn: spec.egress[0].toEntities[0]: any address of the world"},
    {"all pods of the cluster", FOR(VPN, "{'toEndpoints': [{}]}"), ""},
    {"all pods, which another gateway does not allow", FOR(TOR, "{'toEndpoints': [{}]}"),
     "tor: spec.egress[0].toEndpoints[0]: pods of any namespace on every port"},
    {"pods but some", FOR(VPN, "{'toEndpoints': [{" ASK("app", "DoesNotExist") "}]}"), ""},
    {"endpoints without labels have peers without a namespace",
     FOR(LABEL("reserved:init", ""), "{'toEndpoints': [{}]}"),
     "vpn: spec.egress[0].toEndpoints[0]: any address (a selector that asks for no namespace "
     "takes the world too)"},
    {"endpoints without labels, behind a dot",
     FOR(LABEL("reserved.init", ""), "{'toEndpoints': [{}]}"),
     "vpn: spec.egress[0].toEndpoints[0]: any address (a selector that asks for no namespace "
     "takes the world too)"},
    {"an entity as a label", FOR(VPN, "{'toEndpoints': [{" LABEL("reserved.world", "") "}]}"),
     "vpn: spec.egress[0].toEndpoints[0]: any address (a selector that asks for no namespace "
     "takes the world too)"},
    {"namespaces without a label",
     FOR(VPN,
         "{'toEndpoints': [{" ASK("k8s:io.cilium.k8s.namespace.labels.a", "DoesNotExist") "}]}"),
     ""},
};

enum { OF_NAMESPACE = COUNT_OF(of_namespace), OF_CLUSTER = COUNT_OF(of_cluster) };

ParameterizedTestParameters(cilium, tells_what_is_let_out)
{
    static size_t index[OF_NAMESPACE + OF_CLUSTER];

    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, cilium, tells_what_is_let_out)
{
    static const struct slice media = {"media", 5};

    if (*index < OF_NAMESPACE) {
        outranking_check(cilium_read, &of_namespace[*index], &media);
    } else {
        outranking_check(cilium_read, &of_cluster[*index - OF_NAMESPACE], NULL);
    }
}

struct cluster_case {
    const char *allowed;
    const char *field;
    const char *witness;
};

/* The entity cluster is its pods and its nodes: both must be allowed. */
Test(cilium, knows_the_cluster_by_pods_and_nodes)
{
    static const struct slice gateways[] = {{"vpn", 3}};
    static const struct cluster_case reach[] = {
        {OUTRANKING_CLUSTER, "spec.egress[0].toEntities[0]", "192.168.5.0 on every port"},
        {"{'to': [{'ipBlock': {'cidr': '192.168.0.0/16'}}]}", "spec.egress[0].toEntities[0]",
         "pods of any namespace on every port"},
        {OUTRANKING_CLUSTER ",{'to': [{'ipBlock': {'cidr': '192.168.0.0/16'}}]}", "", ""},
    };
    AUTO(parsed) struct parsed parsed = {0};
    struct cidr node = {0};
    struct admin_policy policy = {0};
    enum policy_fault fault = POLICY_FINE;
    struct error err = {0};

    cr_assert_eq(cidr_parse(SLICE("192.168.5.0/24"), &node, &err), 0, "%s", err.text);
    const struct admin_asked asked = {gateways, 1, NULL, &node, 1, NULL, 0, {0}, {0}};
    parsed_read(&parsed, RULE("{'toEntities': ['cluster']}"));
    cr_assert_eq(cilium_read(parsed.root, &asked, &parsed.arena, &policy, &fault, &err), 0, "%s",
                 err.text);
    for (size_t i = 0; i < COUNT_OF(reach); i++) {
        AUTO(allowing) struct allowing allowing = {0};
        struct admin_leak leak = {0};
        allowing_make(&allowing, reach[i].allowed);
        cr_assert_eq(admin_judge(&policy.parts[0], asked.namespace, &allowing.allowed, &leak, &err),
                     0, "%s", err.text);
        cr_assert_str_eq(leak.field, reach[i].field, "%zu", i);
        cr_assert_str_eq(leak.witness, reach[i].witness, "%zu", i);
    }
}

struct redirect_case {
    const char *frontend;
    bool harms;
};

Test(cilium, knows_a_redirect_that_does_harm)
{
    static const struct redirect_case redirects[] = {
        {"{'addressMatcher': {'ip': '203.0.113.7'}}", true},
        {"{'addressMatcher': {'ip': '169.254.169.254'}}", false},
        {"{'addressMatcher': {'ip': '169.255.0.1'}}", true},
        {"{'addressMatcher': {'ip': 'fe80::1'}}", false},
        {"{'addressMatcher': {'ip': 'fec0::1'}}", true},
        {"{'addressMatcher': {'ip': '10.152.183.10'}}", true},
        {"{'addressMatcher': {'ip': '169.254.7.127'}}", true},
        {"{'addressMatcher': {'ip': '169.254.7.126'}}", false},
        {"{'addressMatcher': {'ip': '10.1.2.3'}}", true},
        {"{'addressMatcher': {'ip': ' 169.254.169.254'}}", true},
        {"{'addressMatcher': {'ip': 5}}", true},
        {"{'addressMatcher': {}}", true},
        {"{'addressMatcher': null}", false},
        {"{'serviceMatcher': {'serviceName': 'kube-dns', 'namespace': 'kube-system'}}", false},
    };
    struct cidr probes = {0};
    struct error err = {0};

    cr_assert_eq(cidr_parse(SLICE("169.254.7.127/32"), &probes, &err), 0, "%s", err.text);
    for (size_t i = 0; i < COUNT_OF(redirects); i++) {
        AUTO(parsed) struct parsed parsed = {0};
        struct slice address = {0};
        parsed_read(&parsed, redirects[i].frontend);
        cr_assert_eq(cilium_redirect_harms(parsed.root, &probes, 1, &address), redirects[i].harms,
                     "%s", redirects[i].frontend);
    }
}

#define NAME "io.kubernetes.pod.namespace"
#define NAME_ASK(operation)                                                                        \
    FOR("'matchExpressions': [{'key': '" NAME "', 'operator': " operation "}]", WORLD)

Test(cilium, a_namespace_is_known_by_its_name_alone)
{
    static const struct outranking_home homes[] = {
        {FOR(LABEL(NAME, "media"), WORLD), true},
        {FOR(LABEL(NAME, "shop"), WORLD), false},
        {FOR(LABEL("k8s:" NAME, "shop"), WORLD), false},
        {FOR(LABEL("any:" NAME, "shop"), WORLD), false},
        {FOR(LABEL("reserved:" NAME, "shop"), WORLD), true},
        {NAME_ASK("'In', 'values': ['shop', 'media']"), true},
        {NAME_ASK("'NotIn', 'values': ['media']"), false},
        {NAME_ASK("'NotIn', 'values': ['shop']"), true},
        {NAME_ASK("'Exists'"), true},
        {NAME_ASK("'DoesNotExist'"), false},
        {FOR(LABEL("io.cilium.k8s.namespace.labels.team", "a"), WORLD), true},
        {FOR(LABEL("io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name", "shop"), WORLD),
         false},
        {FOR("'matchLabels': {'reserved:init': '', '" NAME "': 'shop'}", WORLD), true},
        {RULE(WORLD), true},
        {"{'specs': [{" SPEC(LABEL(NAME, "shop"), WORLD) "}, {" SPEC("", WORLD) "}]}", true},
        {"{'specs': [{" SPEC(LABEL(NAME, "shop"), WORLD) "}, {" SPEC(LABEL(NAME, "b"), WORLD) "}]}",
         false},
    };

    for (size_t i = 0; i < COUNT_OF(homes); i++) {
        outranking_check_home(cilium_read, &homes[i]);
    }
}
