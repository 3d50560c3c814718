# SPDX-License-Identifier: Apache-2.0
"""A1 to A4 and A9: NetworkPolicies beside podveil's, and podveil's own."""

from attacks.act import change, create, delete, delete_all
from attacks.objects import (EVERYWHERE, GATEWAY, MEDIA, NETWORKING, STRICT, WITHOUT, WORKLOAD, obj,
                             of_policy, policy, to)
from attacks.row import DRIFT, EDITOR, LISTED, Row

COMPANION, FLOOR = "sabnzbd-vpn-killswitch", "podveil-floor"
COLLECTOR = "system:serviceaccount:kube-system:generic-garbage-collector"
NAMESPACES = "system:serviceaccount:kube-system:namespace-controller"
IN_CLUSTER = create(policy(to("10.1.0.0/16")))
DNS = [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]


def _leak(name, attack, twin, **more):
    return Row("A1", name, EDITOR, "EgressLeak", create(attack), twin if twin is IN_CLUSTER else create(twin), **more)


def _expressions(*expressions):
    return {"matchExpressions": [{"key": key, "operator": operator, **({"values": values} if values else {})}
                                 for key, operator, values in expressions]}


def _selected(name, selector, harmless):
    return _leak(name, policy(to(EVERYWHERE), select=selector), policy(to(EVERYWHERE), select=harmless))


def _large(last):
    """As many CIDRs as fit into etcd, the last of which decides."""
    blocks = [f"10.1.{number // 64 % 256}.{number % 64 * 4}/{30 + number % 2}" for number in range(20000)]
    return policy(to(*blocks, last))


def _inside():
    mixed = to(EVERYWHERE)
    mixed["to"].insert(0, {"namespaceSelector": {}})
    return policy(mixed)


WIDE = [
    _leak("one more policy opens all egress", policy({}), policy({}, select=WITHOUT)),
    _leak("to all of IPv4", policy(to(EVERYWHERE)), IN_CLUSTER),
    _leak("to all of IPv6", policy(to("::/0")), IN_CLUSTER),
    _leak("to IPv4 in two halves", policy(to("0.0.0.0/1", "128.0.0.0/1")), IN_CLUSTER),
    _leak("to one address on the internet", policy(to("198.51.100.7/32")), IN_CLUSTER),
    _leak("to a block that is wider than the cluster's", policy(to("10.0.0.0/8")), IN_CLUSTER),
    _leak("exceptions leave a hole", policy(to((EVERYWHERE, ["0.0.0.0/1", "128.0.0.0/2"]))),
          policy(to(("10.0.0.0/8", ["10.0.0.0/16", "10.2.0.0/15", "10.4.0.0/14", "10.8.0.0/13", "10.16.0.0/12",
                                    "10.32.0.0/11", "10.64.0.0/10", "10.128.0.0/9"])))),
    _leak("DNS to everywhere", policy({"ports": DNS}), policy(to("10.152.183.10/32", ports=DNS))),
    _leak("one port to everywhere", policy(to(EVERYWHERE, ports=[{"port": 443, "protocol": "TCP"}])),
          policy(to("10.1.0.0/16", ports=[{"port": 443, "protocol": "TCP"}]))),
    _leak("a port by its name", policy({"ports": [{"port": "https", "protocol": "TCP"}]}),
          policy(to("10.1.0.0/16", ports=[{"port": "https", "protocol": "TCP"}]))),
    _leak("a range of ports", policy(to(EVERYWHERE, ports=[{"port": 1, "endPort": 65535, "protocol": "UDP"}])),
          policy(to("10.1.0.0/16", ports=[{"port": 1, "endPort": 65535, "protocol": "UDP"}]))),
    _leak("an OR where an AND was meant", _inside(), policy({"to": [{"namespaceSelector": {}}]})),
    _leak("policyTypes left out: the API server adds Egress", policy(to(EVERYWHERE), policyTypes=[]),
          policy(policyTypes=[], ingress=[{}])),
    _leak("NAT64 carries IPv4 (C10)", policy(to("64:ff9b::/96")), IN_CLUSTER),
    _leak("the router's block of the home network", policy(to("192.168.0.0/16")), policy(to("192.168.0.0/24"))),
]

SELECTED = [
    _selected("for the pods of one gateway", {"matchLabels": {GATEWAY: "vpn"}}, {"matchLabels": {GATEWAY: "none"}}),
    _selected("for the pods of one workload", {"matchLabels": {WORKLOAD: "sabnzbd"}},
              {"matchLabels": {"app": "jellyfin"}, **WITHOUT}),
    _selected("for an app that privacy pods may be of", {"matchLabels": {"app": "sabnzbd"}},
              {"matchLabels": {"app": "sabnzbd"}, **WITHOUT}),
    _selected("NotIn, which holds for an absent key too", _expressions(("tier", "NotIn", ["web"])),
              _expressions(("tier", "NotIn", ["web"]), (GATEWAY, "DoesNotExist", None))),
    _selected("an exception that is none: NotIn [none]", _expressions((GATEWAY, "NotIn", ["none"])),
              _expressions((GATEWAY, "In", ["none"]))),
]

OWN = [
    Row("A1", "to pods that are not listed (C2)", EDITOR, "EgressLeak", given=LISTED,
        attack=create(policy({"to": [{"podSelector": {"matchLabels": {"app": "socks"}}}]}, namespace=STRICT)),
        twin=create(policy({"to": [{"podSelector": {"matchLabels": {"app": "postgres"}}}]}, namespace=STRICT))),
    Row("A1", "a policy that stood is widened", EDITOR, "EgressLeak",
        change(of_policy("web"), {"spec": {
            "podSelector": {"matchLabels": None, "matchExpressions": None}, "egress": [{}]}}),
        change(of_policy("web"), {"spec": {"egress": [{}]}})),
    Row("D4", "a leak behind 20,000 blocks", EDITOR, "EgressLeak", create(_large("1.1.1.1/32")),
        create(_large("10.1.1.1/32"))),
]


def _changed(name, policy_name, patch, twin=None, **more):
    twin = twin or {"metadata": {"annotations": {"note": "mine"}}}
    return Row("A2", name, EDITOR, "CompanionChanged", change(of_policy(policy_name), patch),
               change(of_policy(policy_name), twin), **more)


HELD = {"second": "CompanionChanged"}


def _owned():
    return [{"apiVersion": "v1", "kind": "Pod", "name": "sabnzbd", "uid": "00000000-0000-4000-8000-000000000009"}]


def _forged(name, **spec):
    return obj(NETWORKING, "NetworkPolicy", name, MEDIA, spec={
        "podSelector": {"matchLabels": {GATEWAY: "vpn", WORKLOAD: "other"}}, "policyTypes": ["Egress"], **spec})


CHANGED = [
    _changed("the companion's rules", COMPANION, {"spec": {"egress": []}}),
    _changed("the companion selects others", COMPANION, {"spec": {"podSelector": {"matchLabels": {"app": "x"}}}},
             **HELD),
    _changed("the companion is for ingress", COMPANION, {"spec": {"policyTypes": ["Ingress"]}}, **HELD),
    _changed("the companion is opened", COMPANION, {"spec": {"egress": [{}]}}, **HELD),
    _changed("the companion gets an owner, with whom it goes", COMPANION,
             {"metadata": {"ownerReferences": _owned()}}, **HELD),
    _changed("the companion gets a finalizer", COMPANION, {"metadata": {"finalizers": ["example.org/stay"]}},
             **HELD),
    _changed("the floor's selector", FLOOR, {"spec": {"podSelector": {"matchLabels": {"app": "x"}}}}, **HELD),
    _changed("the floor gets a rule", FLOOR, {"spec": {"egress": [{"to": [{"namespaceSelector": {}}]}]}}, **HELD),
    _changed("the floor gets an owner", FLOOR, {"metadata": {"ownerReferences": _owned()}}, **HELD),
    Row("A2", "a companion's name is taken before", EDITOR, "CompanionChanged",
        create(_forged("other-vpn-killswitch", egress=[])), create(_forged("other", egress=[]))),
]

DELETED = [
    Row("A3", "the companion is deleted", EDITOR, "CompanionDeleted", delete(of_policy(COMPANION)),
        delete(of_policy("web"))),
    Row("A3", "the floor is deleted", EDITOR, "CompanionDeleted", delete(of_policy(FLOOR)),
        delete(of_policy("web"))),
    Row("A3", "all policies of the namespace are deleted", EDITOR, "CompanionDeleted", delete_all(of_policy(COMPANION)),
        delete_all(of_policy("web"), "labelSelector=app%3Djellyfin")),
    Row("A4", "the garbage collector deletes the companion", DRIFT, "CompanionDeleted",
        delete(of_policy(COMPANION), COLLECTOR), delete(of_policy("web"), COLLECTOR)),
    Row("A4", "the namespace's end takes policies before pods", DRIFT, "CompanionDeleted",
        delete(of_policy(FLOOR), NAMESPACES), delete(of_policy("web"), NAMESPACES), dead="open"),
]


def _text(name, cidr, right, left=None, **more):
    blocks = [cidr if left is None else (cidr, [left])]
    return Row("A9", name, EDITOR, "NonCanonicalCIDR", create(policy(to(*blocks))), create(policy(to(right))), **more)


CANONICAL = [
    _text("leading zeros, which an enforcer cannot read", "010.1.0.0/16", "10.1.0.0/16"),
    _text("IPv4 in IPv6's clothes", "::ffff:0:0/96", "10.1.0.0/16"),
    _text("bits behind the mask", "10.1.0.5/16", "10.1.0.0/16"),
    _text("an exception that cannot be read", "10.1.0.0/16", "10.1.0.0/16", "010.1.1.0/24"),
]

ROWS = WIDE + SELECTED + OWN + CHANGED + DELETED + CANONICAL
