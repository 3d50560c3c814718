/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/config/sample.h"

#include <criterion/parameterized.h>

/* The sample's `part` in exchange for `with` is refused with `want`; NULL is the end. */
struct refusal {
    const char *part;
    const char *with;
    const char *want;
};

static const struct refusal refusals[] = {
    {sample, "", "f:1:1: the file is empty; write a configuration"},
    {sample, "# nothing\n", "f:1:1: the file is empty; write a configuration"},
    {sample, "hello\n", "f:1:1: \"hello\" is text; write a mapping"},
    {sample, "- a\n", "f:1:1: this is a list; write a mapping"},
    {"kind: Configuration", "kind: &a Configuration",
     "f:2:7: anchors (&a) are not read here; write the value out"},
    {"kind: Configuration", "kind: *a",
     "f:2:7: aliases (*a) are not read here; write the value out"},
    {"kind: Configuration", "kind: !!str Configuration",
     "f:2:7: tags (tag:yaml.org,2002:str) are not read here; leave the tag out"},
    {"podCIDRs: [", "podCIDRs: !x [", "f:4:13: tags (!x) are not read here; leave the tag out"},
    {NULL, "---\na: b\n", "f:13:1: a second document begins here; one file holds one"},
    {"kind: Configuration", "kind: Configuration\nkind: Configuration",
     "f:3:1: the key \"kind\" stands twice in its mapping, first at 2:1"},
    {"  podCIDRs", "  <<: {a: b}\n  podCIDRs",
     "f:4:3: merge keys (<<) are not read; write the members out"},
    {"kind:", "1: x\nkind:", "f:2:1: 1 is no key; put it in quotes if it is meant"},
    {"kind:", "kind", "f:3:1: could not find expected ':', while scanning a simple key"},
    {"kind:", "\tkind:", "f:2:1: a tab cannot indent; use spaces"},
    {sample,
     "{\"apiVersion\": \"podveil.io/v1\",\n \"kind\": \"Configuration\",\n \"cluster\": "
     "{\"podCIDRs\": [\"10.1.0.1/16\"]}}",
     "f:3:27: cluster.podCIDRs[0]: \"10.1.0.1/16\" has host bits set; write 10.1.0.0/16"},
    {sample, "{\"apiVersion\": \"podveil.io/v1\",\n \"apiVersion\": \"podveil.io/v1\"}",
     "f:2:2: the key \"apiVersion\" stands twice in its mapping, first at 1:2"},
    {"cluster:", "cluster: ~\nx:", "f:4:1: unknown key \"x\""},
    {"gateways:", "aliases: {}\ngateways:", "f:7:10: aliases: this is a mapping; write a list"},
    {"gateways:", "aliases: [a]\ngateways:", "f:7:11: aliases[0]: \"a\" is text; write a mapping"},
    {"gateways:", "aliases: ~\ngateways:",
     "f:7:10: aliases: nothing is written here; write a list, or leave it out"},
    {NULL, "  dns: tunel\n",
     "f:13:8: gateways[0].dns: \"tunel\" is not known here; write tunnel or cluster"},
    {NULL, "  reach: all\n",
     "f:13:10: gateways[0].reach: \"all\" is not known here; write cluster or listed"},
    {NULL, "  vxlan: 42\n", "f:13:10: gateways[0].vxlan: this is a number; write a mapping"},
    {NULL, "  vxlan: {id: a}\n",
     "f:13:15: gateways[0].vxlan.id: \"a\" is text; write a whole number"},
    {NULL, "  vxlan: {id: 16777216}\n",
     "f:13:15: gateways[0].vxlan.id: 16777216 is no whole number from 1 to 16777215"},
    {NULL, "  vxlan: {id: 1e3}\n",
     "f:13:15: gateways[0].vxlan.id: 1e3 is no whole number from 1 to 16777215"},
    {NULL, "  vxlan: {port: -1}\n",
     "f:13:17: gateways[0].vxlan.port: -1 is no whole number from 0 to 65535"},
    {NULL, "  vxlan: {network: 172.16.0.1/24}\n",
     "f:13:20: gateways[0].vxlan.network: \"172.16.0.1/24\" has host bits set; write "
     "172.16.0.0/24"},
    {NULL, "  vxlan: {network: 'fd00::/120'}\n",
     "f:13:20: gateways[0].vxlan.network: fd00::/120 is no /24 of private space; write one, as in "
     "172.16.0.0/24"},
    {NULL, "  vxlan: {network: 24}\n",
     "f:13:20: gateways[0].vxlan.network: this is a number; write a CIDR block"},
    {NULL, "  vxlan: {network: 10.152.183.0/24}\n",
     "f:13:20: gateways[0].vxlan.network: the VXLAN network 10.152.183.0/24 overlaps "
     "10.152.183.0/24 of cluster.serviceCIDRs; write another /24 as vxlan.network"},
    {NULL, "  vxlan: {network: 169.254.7.0/24}\n",
     "f:13:20: gateways[0].vxlan.network: the VXLAN network 169.254.7.0/24 overlaps "
     "169.254.7.127/32 of mesh.probeAddresses; write another /24 as vxlan.network"},
    {NULL, "  listed: {}\n",
     "f:13:11: gateways[0].listed: this is a mapping; write a list of NetworkPolicy peers"},
    {NULL, "  listed: [a]\n", "f:13:12: gateways[0].listed[0]: \"a\" is text; write a mapping"},
    {NULL, "  listed: [{podSelector: {}, foo: {}}]\n",
     "f:13:30: gateways[0].listed[0]: unknown key \"foo\""},
    {NULL, "  listed: [{ipBlock: {cidr: 10.1.0.0/24, exept: []}}]\n",
     "f:13:42: gateways[0].listed[0].ipBlock: unknown key \"exept\"; did you mean except?"},
    {NULL, "  listed: [{ipBlock: {cidr: 10.1.0.0/24, except: [10.2.0.0/24]}}]\n",
     "f:13:12: gateways[0].listed[0]: ipBlock.except[0]: must be a part of cidr"},
    {NULL, "  listed: [{ipBlock: {cidr: 'fd00::/8'}}]\n",
     "f:13:29: gateways[0].listed[0].ipBlock.cidr: fd00:: is in none of podCIDRs, serviceCIDRs and "
     "localCIDRs, and is reached through the tunnel alone; leave it out"},
    {NULL, "  listed: [{ipBlock: {cidr: 10.0.0.0/15}}]\n",
     "f:13:29: gateways[0].listed[0].ipBlock.cidr: 10.0.0.0 is in none of podCIDRs, serviceCIDRs "
     "and localCIDRs, and is reached through the tunnel alone; leave it out"},
    {NULL, "  listed: [{podSelector: {matchExpressions: [{key: a, operator: Is}]}}]\n",
     "f:13:12: gateways[0].listed[0]: podSelector.matchExpressions[0].operator: must be In, NotIn, "
     "Exists or DoesNotExist"},
    {NULL, "  listed: [~]\n",
     "f:13:12: gateways[0].listed[0]: nothing is written here; write a mapping, or leave it out"},
    {NULL, "  client: {lock: off}\n",
     "f:13:18: gateways[0].client.lock: \"off\" is text; write true or false"},
    {NULL, "  client: {lock: 1}\n",
     "f:13:18: gateways[0].client.lock: this is a number; write true or false"},
    {NULL, "  client: {image: ''}\n",
     "f:13:19: gateways[0].client.image: \"\" is no image reference; write it as in "
     "ghcr.io/angelnu/pod-gateway:v1.13.0"},
    {NULL, "  client: {image: 'a:b:c'}\n",
     "f:13:19: gateways[0].client.image: \"a:b:c\" is no image reference; write it as in "
     "ghcr.io/angelnu/pod-gateway:v1.13.0"},
    {NULL, "  client: {image: 'a$b'}\n",
     "f:13:19: gateways[0].client.image: \"a$b\" is no image reference; write it as in "
     "ghcr.io/angelnu/pod-gateway:v1.13.0"},
    {NULL, "  client: {image: 'a\"b'}\n",
     "f:13:19: gateways[0].client.image: \"a\"b\" is no image reference; write it as in "
     "ghcr.io/angelnu/pod-gateway:v1.13.0"},
    {NULL, "  client: {image: \"a\\0b\"}\n",
     "f:13:19: gateways[0].client.image: \"a?b\" is no image reference; write it as in "
     "ghcr.io/angelnu/pod-gateway:v1.13.0"},
    {NULL, "  client: {alsoImages: ['']}\n",
     "f:13:25: gateways[0].client.alsoImages[0]: \"\" is no beginning of an image reference; write "
     "the registry and a slash at least, as in mirror.example.com/"},
    {NULL, "  client: {sidecarCommand: ['']}\n",
     "f:13:29: gateways[0].client.sidecarCommand[0]: \"\" is no word of a command; write printable "
     "ASCII without '$', which the kubelet would expand"},
    {NULL, "  client: {sidecarCommand: [1]}\n",
     "f:13:29: gateways[0].client.sidecarCommand[0]: 1 is a number, not text; write \"1\", in "
     "quotes"},
    {NULL, "  client: {resources: []}\n",
     "f:13:23: gateways[0].client.resources: this is a list; write a mapping"},
    {NULL, "  client: {resources: {limits: ~}}\n",
     "f:13:32: gateways[0].client.resources.limits: nothing is written here; write a mapping, or "
     "leave it out"},
    {NULL, "  client: {resources: {limits: {cpu: ~}}}\n",
     "f:13:38: gateways[0].client.resources.limits.cpu: nothing is written here; write a quantity, "
     "as in 10m or 16Mi, or leave it out"},
    {NULL, "  client: {resources: {limits: {cpu: -1}}}\n",
     "f:13:38: gateways[0].client.resources.limits.cpu: \"-1\" is no quantity; write a number with "
     "at most three decimals and m, k, M, G, T, Ki, Mi, Gi, Ti or nothing behind it, as in 500m or "
     "64Mi"},
    {NULL, "  client: {resources: {limits: {memory: 999999999999999Ti}}}\n",
     "f:13:41: gateways[0].client.resources.limits.memory: \"999999999999999Ti\" is too large"},
    {NULL, "  client: {resources: {limits: {memory: 64Mi}, requests: {memory: 0.1Gi}}}\n",
     "f:13:67: gateways[0].client.resources.requests.memory: this is more than limits.memory; "
     "write the same or less"},
    {NULL, "  client: {tolerate: {env: [PATH]}}\n",
     "f:13:29: gateways[0].client.tolerate.env[0]: \"PATH\" decides what our containers run; no "
     "other webhook may set it"},
    {NULL, "  client: {tolerate: {env: [BASH_FUNC_ip]}}\n",
     "f:13:29: gateways[0].client.tolerate.env[0]: \"BASH_FUNC_ip\" decides what our containers "
     "run; no other webhook may set it"},
    {NULL, "  client: {tolerate: {env: ['A B']}}\n",
     "f:13:29: gateways[0].client.tolerate.env[0]: \"A B\" is no name of a variable; write "
     "letters, digits, '_', '-' and '.', no digit first"},
    {NULL, "  client: {tolerate: {mounts: [podveil-config]}}\n",
     "f:13:32: gateways[0].client.tolerate.mounts[0]: \"podveil-config\" is a name of podveil's "
     "own; write the other webhook's"},
    {NULL, "  client: {tolerate: {evn: []}}\n",
     "f:13:23: gateways[0].client.tolerate: unknown key \"evn\"; did you mean env?"},
    {"gateways:", "hostPaths: [a]\ngateways:",
     "f:7:13: hostPaths[0]: \"a\" is no absolute path in its shortest form; write it without "
     "\".\", \"..\", doubled slashes and a slash at its end, and not / itself"},
    {"gateways:", "hostPaths: [/a/]\ngateways:",
     "f:7:13: hostPaths[0]: \"/a/\" is no absolute path in its shortest form; write it without "
     "\".\", \"..\", doubled slashes and a slash at its end, and not / itself"},
    {"gateways:", "hostPaths: [/a//b]\ngateways:",
     "f:7:13: hostPaths[0]: \"/a//b\" is no absolute path in its shortest form; write it without "
     "\".\", \"..\", doubled slashes and a slash at its end, and not / itself"},
    {"gateways:", "hostPaths: [/a/.]\ngateways:",
     "f:7:13: hostPaths[0]: \"/a/.\" is no absolute path in its shortest form; write it without "
     "\".\", \"..\", doubled slashes and a slash at its end, and not / itself"},
    {"gateways:", "settle: fast\ngateways:",
     "f:7:9: settle: \"fast\" is not a duration: write a whole number and ms, s, m or h, at most "
     "24h"},
    {"gateways:", "optOut: [{namespace: a}]\ngateways:",
     "f:7:10: optOut[0]: serviceAccount is missing. The pod's service account."},
    {"gateways:", "mesh: {waypoint: A}\ngateways:",
     "f:7:18: mesh.waypoint: \"A\" is no DNS label; write lower-case letters, digits and '-', at "
     "most 63, a letter or digit at each end"},
    {"gateways:", "aliases: [{label: podveil.io/workload, value: b, gateway: vpn}]\ngateways:",
     "f:7:19: aliases[0].label: \"podveil.io/workload\" is a mark that podveil itself sets; write "
     "another key"},
    {"gateways:",
     "label: x.io/vpn\naliases: [{label: x.io/vpn, value: b, gateway: vpn}]\ngateways:",
     "f:8:19: aliases[0].label: x.io/vpn is the label itself, whose values are names of gateways; "
     "leave the alias out"},
    {"gateways:", "aliases: [{label: a, value: b, gateway: nothing-like-it}]\ngateways:",
     "f:7:41: aliases[0].gateway: there is no gateway nothing-like-it; write the name of one, as "
     "in vpn"},
    {"serviceAccount: gluetun", "serviceAccount: -a",
     "f:12:19: gateways[0].serviceAccount: \"-a\" is no name of an object; write lower-case "
     "letters, digits, '-' and '.', a letter or digit at each end"},
    {"serviceAccount: gluetun", "",
     "f:8:3: gateways[0]: serviceAccount is missing. The gateway pod's service account: it tells "
     "the gateway from a pod that only copied its labels."},
    {"namespace: vpn", "namespace: a.b",
     "f:10:14: gateways[0].namespace: \"a.b\" is no DNS label; write lower-case letters, digits "
     "and '-', at most 63, a letter or digit at each end"},
    {"  dns: {add", "  domain: cluster.local.\n  dns: {add",
     "f:6:11: cluster.domain: \"cluster.local.\" is no DNS domain; write lower-case labels with "
     "dots between, as in cluster.local, and none at the end"},
    {"  dns: {add", "  nodeCIDRs: [1.2.3.0/24]\n  dns: {add",
     "f:6:15: cluster.nodeCIDRs[0]: 1.2.3.0/24 is public and would be reached without the tunnel; "
     "leave it out, or write cluster.allowPublic: true"},
    {"  dns: {add", "  localCIDRs: [127.0.0.1]\n  dns: {add",
     "f:6:16: cluster.localCIDRs[0]: \"127.0.0.1\" is not a CIDR block; write an address, a slash "
     "and a prefix length, as in 10.0.0.0/8"},
    {"10.1.0.0/16", "10.1.0.0/33",
     "f:4:14: cluster.podCIDRs[0]: \"10.1.0.0/33\" is not a CIDR block: the prefix length is a "
     "whole number from 0 to 32 without leading zeros"},
    {"kind: Configuration\n", "", "f:1:1: kind is missing; write kind: Configuration"},
    {"kind: Configuration", "kind: Config",
     "f:2:7: kind: \"Config\" is not known here; write Configuration"},
    {"podveil.io/v1", "podveil.io/v2",
     "f:1:13: apiVersion: \"podveil.io/v2\" is not known here; write podveil.io/v1"},
    {"kind: Configuration", "kind: Configuration\nlabels: x",
     "f:3:1: unknown key \"labels\"; did you mean label?"},
    {"podCIDRs", "podCidrs", "f:4:3: cluster: unknown key \"podCidrs\"; did you mean podCIDRs?"},
    {"podCIDRs: [10.1.0.0/16]", "podCIDRs: []",
     "f:4:13: cluster.podCIDRs: this is empty; write at least one"},
    {"podCIDRs: [10.1.0.0/16]", "podCIDRs: 10.1.0.0/16",
     "f:4:13: cluster.podCIDRs: \"10.1.0.0/16\" is text; write a list: [10.1.0.0/16]"},
    {"podCIDRs: [10.1.0.0/16]", "podCIDRs:",
     "f:4:12: cluster.podCIDRs: nothing is written here; write a list, or leave it out"},
    {"10.1.0.0/16", "10.1.0.5/16",
     "f:4:14: cluster.podCIDRs[0]: \"10.1.0.5/16\" has host bits set; write 10.1.0.0/16"},
    {"10.1.0.0/16", "010.1.0.0/16",
     "f:4:14: cluster.podCIDRs[0]: \"010.1.0.0/16\" is not a CIDR block: no address of four "
     "numbers without leading zeros, or of IPv6, stands before the slash"},
    {"10.1.0.0/16", "8.8.8.0/24",
     "f:4:14: cluster.podCIDRs[0]: 8.8.8.0/24 is public and would be reached without the tunnel; "
     "leave it out, or write cluster.allowPublic: true"},
    {"10.1.0.0/16", "'::ffff:10.0.0.0/104'",
     "f:4:14: cluster.podCIDRs[0]: \"::ffff:10.0.0.0/104\" is IPv4 written as IPv6; write "
     "10.0.0.0/8"},
    {"10.1.0.0/16", "10.1.0.0/16, 10.1.0.0/16",
     "f:4:27: cluster.podCIDRs[1]: \"10.1.0.0/16\" stands here twice"},
    {"10.1.0.0/16", "10.1.0.0/16, 7",
     "f:4:27: cluster.podCIDRs[1]: 7 is a number, not text; write \"7\", in quotes"},
    {"  dns: {add", "  allowPublic: yes\n  dns: {add",
     "f:6:16: cluster.allowPublic: \"yes\" is text; write true or false"},
    {"podCIDRs: [10.1.0.0/16]", "podCIDRs: [0.0.0.0/1, 128.0.0.0/1]\n  allowPublic: true",
     "f:4:3: cluster: the CIDRs together are all of IPv4, and nothing is left for the tunnel; "
     "write smaller ones"},
    {"podCIDRs: [10.1.0.0/16]", "podCIDRs: [10.0.0.0/8, '::/0']\n  allowPublic: true",
     "f:4:3: cluster: the CIDRs together are all of IPv6, and nothing is left for the tunnel; "
     "write smaller ones"},
    {"podCIDRs: [10.1.0.0/16]", "podCIDRs: [172.16.0.0/12]",
     "f:8:3: gateways[0]: the VXLAN network 172.16.0.0/24 overlaps 172.16.0.0/12 of "
     "cluster.podCIDRs; write another /24 as vxlan.network"},
    {"10.152.183.10}", "10.9.9.9}",
     "f:6:18: cluster.dns.address: 10.9.9.9 is in none of podCIDRs, serviceCIDRs and localCIDRs; "
     "write the cluster IP of the DNS service"},
    {"10.152.183.10}", "'fd00::1'}",
     "f:6:18: cluster.dns.address: \"fd00::1\" is no IPv4 address; write four numbers without "
     "leading zeros, as in 10.152.183.10"},
    {"10.152.183.10}", "010.152.183.10}",
     "f:6:18: cluster.dns.address: \"010.152.183.10\" is no IPv4 address; write four numbers "
     "without leading zeros, as in 10.152.183.10"},
    {"address: 10.152.183.10", "namespace: x",
     "f:6:8: cluster.dns: address is missing. The cluster IP of the cluster's DNS service (IPv4)."},
    {"10.152.183.10}", "10.152.183.10, podSelector: {}}",
     "f:6:46: cluster.dns.podSelector: this is empty; write at least one"},
    {"{app: gluetun}", "{}", "f:11:16: gateways[0].podSelector: this is empty; write at least one"},
    {"{app: gluetun}", "{app: true}",
     "f:11:22: gateways[0].podSelector.app: true is a boolean, not text; write \"true\", in "
     "quotes"},
    {"{app: gluetun}", "{app: 'a b'}",
     "f:11:22: gateways[0].podSelector.app: \"a b\" is no label value; write letters, digits, '-', "
     "'_' and '.', at most 63, a letter or digit at each end"},
    {"{app: gluetun}", "{'a b': b}",
     "f:11:17: gateways[0].podSelector: \"a b\" is no label key; write a name of letters, digits, "
     "'-', '_' and '.', or a DNS name, a slash and such a name"},
    {"{app: gluetun}", "[a]",
     "f:11:16: gateways[0].podSelector: this is a list; write a mapping of labels"},
    {"name: vpn", "name: none",
     "f:8:9: gateways[0].name: \"none\" is reserved for opting out; write another name"},
    {"name: vpn", "name: VPN",
     "f:8:9: gateways[0].name: \"VPN\" is no DNS label; write lower-case letters, digits and '-', "
     "at most 63, a letter or digit at each end"},
    {"name: vpn", "name: 12",
     "f:8:9: gateways[0].name: 12 is a number, not text; write \"12\", in quotes"},
    {"gluetun.vpn.svc", "10.1.2.3",
     "f:9:12: gateways[0].address: \"10.1.2.3\" is no DNS name of a Service; write it in full, as "
     "in gluetun.vpn.svc.cluster.local, never an address, lower-case, no dot at the end"},
    {"gluetun.vpn.svc", "gluetun",
     "f:9:12: gateways[0].address: \"gluetun\" is no DNS name of a Service; write it in full, as "
     "in gluetun.vpn.svc.cluster.local, never an address, lower-case, no dot at the end"},
    {"gluetun.vpn.svc", "a.0x1",
     "f:9:12: gateways[0].address: \"a.0x1\" is no DNS name of a Service; write it in full, as in "
     "gluetun.vpn.svc.cluster.local, never an address, lower-case, no dot at the end"},
    {"gluetun.vpn.svc", "a.b.",
     "f:9:12: gateways[0].address: \"a.b.\" is no DNS name of a Service; write it in full, as in "
     "gluetun.vpn.svc.cluster.local, never an address, lower-case, no dot at the end"},
    {NULL, "  vxlan: {id: 0}\n",
     "f:13:15: gateways[0].vxlan.id: 0 is no whole number from 1 to 16777215"},
    {NULL, "  vxlan: {id: 42.0}\n",
     "f:13:15: gateways[0].vxlan.id: 42.0 is no whole number from 1 to 16777215"},
    {NULL, "  vxlan: {port: 65536}\n",
     "f:13:17: gateways[0].vxlan.port: 65536 is no whole number from 0 to 65535"},
    {NULL, "  vxlan: {network: 172.16.0.0/16}\n",
     "f:13:20: gateways[0].vxlan.network: 172.16.0.0/16 is no /24 of private space; write one, as "
     "in 172.16.0.0/24"},
    {NULL, "  vxlan: {network: 9.9.9.0/24}\n",
     "f:13:20: gateways[0].vxlan.network: 9.9.9.0/24 is no /24 of private space; write one, as in "
     "172.16.0.0/24"},
    {NULL, "  vxlan: {network: 10.1.3.0/24}\n",
     "f:13:20: gateways[0].vxlan.network: the VXLAN network 10.1.3.0/24 overlaps 10.1.0.0/16 of "
     "cluster.podCIDRs; write another /24 as vxlan.network"},
    {NULL, "- {name: vpn, address: a.b, namespace: x, podSelector: {a: b}, serviceAccount: c}\n",
     "f:13:10: gateways[1].name: another gateway is named vpn; write another name"},
    {NULL, "- {name: b, address: a.b, namespace: x, podSelector: {a: b}, serviceAccount: c}\n",
     "f:13:3: gateways[1]: the VXLAN id 42 is that of gateway vpn too; write another one as "
     "vxlan.id"},
    {NULL, "  reach: listed\n",
     "f:13:10: gateways[0].reach: nothing is listed; write the NetworkPolicy peers as listed, or "
     "reach: cluster"},
    {NULL, "  listed: [{}]\n",
     "f:13:12: gateways[0].listed[0]: ipBlock: it or a selector must be there"},
    {NULL, "  listed: [{ipBlock: {cidr: 0.0.0.0/0}}]\n",
     "f:13:29: gateways[0].listed[0].ipBlock.cidr: 0.0.0.0 is in none of podCIDRs, serviceCIDRs "
     "and localCIDRs, and is reached through the tunnel alone; leave it out"},
    {NULL, "  listed: [{ipBlock: {cidr: 10.1.0.7/24}}]\n",
     "f:13:29: gateways[0].listed[0].ipBlock.cidr: \"10.1.0.7/24\" has host bits set; write "
     "10.1.0.0/24"},
    {NULL, "  listed: [{ipBlock: {cidr: 10.1.0.0/24, foo: bar}}]\n",
     "f:13:42: gateways[0].listed[0].ipBlock: unknown key \"foo\""},
    {NULL, "  listed: [{podSelector: {matchLabel: {}}}]\n",
     "f:13:12: gateways[0].listed[0]: podSelector.matchLabel: there is no such member"},
    {NULL, "  listed: [{podSelector: {matchLabels: {a: 1}}}]\n",
     "f:13:12: gateways[0].listed[0]: podSelector.matchLabels: \"a\" must be a string"},
    {NULL, "  client: {image: 'a b'}\n",
     "f:13:19: gateways[0].client.image: \"a b\" is no image reference; write it as in "
     "ghcr.io/angelnu/pod-gateway:v1.13.0"},
    {NULL, "  client: {imagePullPolicy: always}\n",
     "f:13:29: gateways[0].client.imagePullPolicy: \"always\" is no pull policy; write Always, "
     "IfNotPresent, Never or \"\""},
    {NULL, "  client: {alsoImages: [mirror]}\n",
     "f:13:25: gateways[0].client.alsoImages[0]: \"mirror\" is no beginning of an image reference; "
     "write the registry and a slash at least, as in mirror.example.com/"},
    {NULL, "  client: {initCommand: ['$(X)']}\n",
     "f:13:26: gateways[0].client.initCommand[0]: \"$(X)\" is no word of a command; write "
     "printable ASCII without '$', which the kubelet would expand"},
    {NULL, "  client: {initCommand: []}\n",
     "f:13:25: gateways[0].client.initCommand: this is empty; write at least one"},
    {NULL, "  client: {initCommand: [\"a\\nb\"]}\n",
     "f:13:26: gateways[0].client.initCommand[0]: \"a?b\" is no word of a command; write printable "
     "ASCII without '$', which the kubelet would expand"},
    {NULL, "  client: {resources: {limits: {gpu: 1}}}\n",
     "f:13:33: gateways[0].client.resources.limits: unknown key \"gpu\"; did you mean cpu?"},
    {NULL, "  client: {resources: {limit: {cpu: 1}}}\n",
     "f:13:24: gateways[0].client.resources: unknown key \"limit\"; did you mean limits?"},
    {NULL, "  client: {resources: {limits: {cpu: 1}, requests: {cpu: 1001m}}}\n",
     "f:13:58: gateways[0].client.resources.requests.cpu: this is more than limits.cpu; write the "
     "same or less"},
    {NULL, "  client: {resources: {limits: {cpu: 1e3}}}\n",
     "f:13:38: gateways[0].client.resources.limits.cpu: \"1e3\" is no quantity; write a number "
     "with at most three decimals and m, k, M, G, T, Ki, Mi, Gi, Ti or nothing behind it, as in "
     "500m or 64Mi"},
    {NULL, "  client: {resources: {limits: {memory: 64MB}}}\n",
     "f:13:41: gateways[0].client.resources.limits.memory: \"64MB\" is no quantity; write a number "
     "with at most three decimals and m, k, M, G, T, Ki, Mi, Gi, Ti or nothing behind it, as in "
     "500m or 64Mi"},
    {NULL, "  client: {tolerate: {env: [LD_PRELOAD]}}\n",
     "f:13:29: gateways[0].client.tolerate.env[0]: \"LD_PRELOAD\" decides what our containers run; "
     "no other webhook may set it"},
    {NULL, "  client: {tolerate: {mounts: [/config]}}\n",
     "f:13:32: gateways[0].client.tolerate.mounts[0]: \"/config\" is no name of a volume mount; "
     "write its name, not its path: lower-case letters, digits and '-', at most 63"},
    {NULL, "  client: {mayPrecede: [podveil-init]}\n",
     "f:13:25: gateways[0].client.mayPrecede[0]: \"podveil-init\" is a name of podveil's own; "
     "write the other webhook's"},
    {NULL, "  usableFrom: [A]\n",
     "f:13:16: gateways[0].usableFrom[0]: \"A\" is no DNS label; write lower-case letters, digits "
     "and '-', at most 63, a letter or digit at each end"},
    {"gateways:", "settle: 1\ngateways:",
     "f:7:9: settle: this is a number; write a duration, as in 1s"},
    {"gateways:", "settle: 25h\ngateways:",
     "f:7:9: settle: \"25h\" is not a duration: write a whole number and ms, s, m or h, at most "
     "24h"},
    {"gateways:", "hostPaths: [/]\ngateways:",
     "f:7:13: hostPaths[0]: \"/\" is no absolute path in its shortest form; write it without "
     "\".\", \"..\", doubled slashes and a slash at its end, and not / itself"},
    {"gateways:", "hostPaths: [/a/../b]\ngateways:",
     "f:7:13: hostPaths[0]: \"/a/../b\" is no absolute path in its shortest form; write it without "
     "\".\", \"..\", doubled slashes and a slash at its end, and not / itself"},
    {"gateways:", "label: podveil.io/workload\ngateways:",
     "f:7:8: label: \"podveil.io/workload\" is a mark that podveil itself sets; write another key"},
    {"gateways:", "aliases: [{label: a, value: true, gateway: vpn}]\ngateways:",
     "f:7:29: aliases[0].value: true is a boolean, not text; write \"true\", in quotes"},
    {"gateways:", "aliases: [{label: a, value: b, gateway: vpm}]\ngateways:",
     "f:7:41: aliases[0].gateway: there is no gateway vpm; write the name of one, as in vpn"},
    {"gateways:", "aliases: [{label: podveil.io/gateway, value: b, gateway: vpn}]\ngateways:",
     "f:7:19: aliases[0].label: podveil.io/gateway is the label itself, whose values are names of "
     "gateways; leave the alias out"},
    {"gateways:",
     "aliases: [{label: a, value: b, gateway: vpn}, {label: a, value: b, gateway: vpn}]\ngateways:",
     "f:7:47: aliases[1]: the label a: b is an alias already; leave one out"},
    {"gateways:",
     "optOut: [{namespace: a, serviceAccount: b}, {namespace: a, serviceAccount: b}]\ngateways:",
     "f:7:45: optOut[1]: b in a stands here twice; leave one out"},
    {"gateways:", "validation: {Exec: no}\ngateways:",
     "f:7:20: validation.Exec: \"no\" is not known here; write deny, warn or off"},
    {"gateways:", "validation: {Privileged: off}\ngateways:",
     "f:7:14: validation: unknown key \"Privileged\""},
    {"gateways:", "mesh: {probeAddresses: [10.0.0.0/8]}\ngateways:",
     "f:7:25: mesh.probeAddresses[0]: a probe comes from a single address; write one with /32"},
    {"gateways:", "mesh: {mode: istio}\ngateways:",
     "f:7:14: mesh.mode: \"istio\" is not known here; write none or ambient"},
    {"gateways:", "companion: 3\ngateways:",
     "f:7:12: companion: this is a number; write workload or namespace"},
    {"gateways:", "companion: {}\ngateways:",
     "f:7:12: companion: this is a mapping; write workload or namespace"},
    {"gateways:", "gatways:", "f:7:1: unknown key \"gatways\"; did you mean gateways?"},
    {"gateways:", "claims: [a, a]\ngateways:", "f:7:13: claims[1]: \"a\" stands here twice"},
};

ParameterizedTestParameters(refusals, say_where_and_what_to_write)
{
    static size_t index[COUNT_OF(refusals)];
    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, refusals, say_where_and_what_to_write)
{
    const struct refusal *c = &refusals[*index];
    AUTO(chars) char *text = sample_with(c->part, c->with);
    const struct config *config = NULL;
    struct error err = {0};

    int result = config_parse(slice_of(text), "f", &config, NULL, &err);

    cr_assert_eq(result, -1, "%s", c->with);
    cr_assert_str_eq(err.text, c->want, "%s: %s", c->with, err.text);
    cr_assert_eq(err.code, ERR_CONFIG, "%s", c->with);
    cr_assert_null(config, "%s", c->with);
}
