"""Small worlds, all of them: 8 addresses, 3 keys of labels with 2 values, 2 ports, up to two rules.

A world is one policy. Each family (families.py) is complete in what it says. The slow judge's sets
are those of brute.World, put together as the documentation has it: a policy lets through what any
of its rules does.

Left out, because it is the same question again:
  - two expressions of a selector in the other order, since all of them have to hold;
  - excepts in another order, since none of them may have the address;
  - where rules or peers are paired, all but one block for each set of addresses, and selectors of
    more than one key. That podveil takes each block and each peer by itself as it should, however
    it is spelt, is what the families of one rule are for; that it takes two of them apart is what
    the pairs are for, and those stand in both orders.
"""
import functools
import ipaddress
import itertools
import json

from judges import brute, kube, samples

NAMESPACES = ("media", "vpn", "kube-system")
SPACE = "10.0.0.0/29"
NAME, APP, GATEWAY, WORKLOAD = (kube.METADATA_NAME, "app", "podveil.io/gateway",
                                "podveil.io/workload")
VALUES = {NAME: ("vpn", "kube-system"), APP: ("x", "y"), GATEWAY: ("vpn", "lan"),
          WORKLOAD: ("work", "rest")}

# Of the eight addresses these five are allowed: a half that only three CIDRs cover together, and
# one that stands alone. Of pods: the gateway, DNS by port 53, and two listed peers.
CONFIG = {
    "apiVersion": "podveil.io/v1", "kind": "Configuration",
    "cluster": {"podCIDRs": ["10.0.0.0/31"], "serviceCIDRs": ["10.0.0.2/32"],
                "localCIDRs": ["10.0.0.3/32", "10.0.0.6/32"],
                "dns": {"address": "10.0.0.2", "namespace": "kube-system",
                        "podSelector": {APP: "y"}}},
    "gateways": [{
        "name": "vpn", "address": "vpn.vpn.svc.cluster.local", "namespace": "vpn",
        "podSelector": {APP: "x"}, "serviceAccount": "vpn",
        "vxlan": {"id": 42, "port": 14789, "network": "172.30.0.0/24"}, "reach": "listed",
        "listed": [{"ipBlock": {"cidr": text}}
                   for text in ("10.0.0.0/31", "10.0.0.2/32", "10.0.0.3/32", "10.0.0.6/32")] + [
                       {"namespaceSelector": {"matchLabels": {APP: "x"}},
                        "podSelector": {"matchExpressions": [
                            {"key": APP, "operator": "NotIn", "values": ["x"]}]}},
                       {"podSelector": {"matchLabels": {GATEWAY: "vpn"}}}],
    }],
}

PORTS = [{}, {"protocol": "UDP"}, {"port": 53}, {"protocol": "UDP", "port": 53}, {"port": 54},
         {"protocol": "UDP", "port": 54}, {"port": 53, "endPort": 54},
         {"protocol": "UDP", "port": 53, "endPort": 54}, {"port": 53, "endPort": 53},
         {"port": "dns"}, {"protocol": "UDP", "port": "dns"}, {"protocol": "SCTP", "port": 53}]
FEW_PORTS = [None, [PORTS[2]], [PORTS[3]], [PORTS[3], PORTS[2]], [PORTS[5]], [PORTS[7]]]


def text(value):
    return json.dumps(value, separators=(",", ":"))


def expressions(key):
    """Every expression of a key; of In and NotIn each set of values once."""
    one, two = VALUES[key]
    sets = ([one], [two], [one, two])
    return [{"key": key, "operator": operator, "values": values}
            for operator in ("In", "NotIn") for values in sets] + [
                {"key": key, "operator": operator} for operator in ("Exists", "DoesNotExist")]


def forms(key, most):
    """What a selector says of a key, by `most` requirements: ({matchLabels}, [matchExpressions]).
    The order of two expressions is not told apart."""
    found = []
    for labels in [{}] + [{key: value} for value in VALUES[key]]:
        for count in range(most - len(labels) + 1):
            several = itertools.combinations_with_replacement(expressions(key), count)
            found += [(labels, list(chosen)) for chosen in several]
    return found


def plain_forms(key):
    """The same with one requirement at most, and a single value always in matchLabels."""
    return [form for form in forms(key, 1)
            if not any(one["operator"] == "In" and len(one["values"]) == 1 for one in form[1])]


def selector(chosen):
    """One of the forms of each key."""
    made = {}
    labels = {key: value for part, _ in chosen for key, value in part.items()}
    listed = [one for _, part in chosen for one in part]
    if labels:
        made["matchLabels"] = labels
    if listed:
        made["matchExpressions"] = listed
    return made


def policy(namespace, spec):
    return {"metadata": {"name": "p", "namespace": namespace}, "spec": spec}


def head(namespace, chosen):
    """A policy's text up to its podSelector, and that."""
    return f'{{"metadata":{{"name":"p","namespace":"{namespace}"}},"spec":{{"podSelector":{chosen}'


RULES = ',"policyTypes":["Egress"],"egress":['
TAIL = "]}}"


@functools.cache
def blocks():
    """Every ipBlock of the eight addresses: each CIDR without each set of smaller ones in it."""
    whole = ipaddress.ip_network(SPACE)
    found = []
    for length in range(29, 33):
        for one in whole.subnets(new_prefix=length):
            inner = [str(part) for longer in range(length + 1, 33)
                     for part in one.subnets(new_prefix=longer)]
            for count in range(len(inner) + 1):
                found += [{"ipBlock": {"cidr": str(one), **({"except": list(chosen)} if chosen
                                                             else {})}}
                          for chosen in itertools.combinations(inner, count)]
    return found


def letter(leaks):
    """The first of EgressLeak, as judges_decide says it."""
    return "E" if leaks else "."


class Place:
    """A namespace of the small worlds: its samples, and what the companion lets through."""

    def __init__(self, namespace, companion):
        self.namespace, self.companion = namespace, companion
        every = [{"to": [{"ipBlock": {"cidr": SPACE, "except": [
            f"{kube.Address(4, kube.block(SPACE)[1] + i)}/32" for i in range(8)]}}],
                  "ports": PORTS},
                 {"to": [{"namespaceSelector": selector(chosen), "podSelector": selector(chosen)}
                         for chosen in ([form] for key in (NAME, APP, GATEWAY)
                                        for form in forms(key, 1))]}]
        made = policy(namespace, {"policyTypes": ["Egress"], "egress": every})
        self.judge = brute.Judge([made], companion, namespace)
        self.world = self.judge.world
        self.alike = self.find_alike()
        self.allowed = self.over_ports(allowed for (allowed, _), _ in self.alike)
        self.touched = {}

    def find_alike(self):
        """The ports by which the companion lets the same through are one: ((what it lets through,
        its peers of pods), the ports)."""
        found = {}
        for i, allowed in enumerate(self.judge.allowed):
            found.setdefault((allowed, tuple(self.judge.one_peer[i])), []).append(
                self.world.ports[i])
        return list(found.items())

    def over_ports(self, reached):
        """One number for what is reached by some ports each: that of each beside the last one's."""
        found = 0
        for reach in reached:
            found = found << self.world.size | reach
        return found

    def touches(self, ports):
        """Which of the alike ports a list of ports has one of."""
        key = text(ports)
        if key not in self.touched:
            self.touched[key] = [any(kube.rule_has_port({"ports": ports}, *port) for port in same)
                                 for _, same in self.alike]
        return self.touched[key]

    def stand_alone(self, reach):
        """For each of the alike ports: pods that no one peer of the companion has all of?"""
        return [bool(reach) and not any(reach & ~one == 0 for one in peers)
                for (_, peers), _ in self.alike]

    def destinations(self, peers):
        """What a list of peers (None: no `to`) reaches, and for each of the alike ports whether it
        has pods that stand alone."""
        alone = [self.stand_alone(self.world.reach_of_peer(peer)) for peer in peers or []
                 if brute.is_pods(peer)]
        return (self.world.reach_of_rule({"to": peers}),
                [any(one) for one in zip(*alone)] or [False] * len(self.alike))

    def passed(self, destinations, touched):
        """What a rule lets through, over all ports, and whether it has pods that stand alone: of
        what destinations() and touches() give."""
        reach, alone = destinations
        return (self.over_ports(reach if one else 0 for one in touched),
                any(one and other for one, other in zip(alone, touched)))

    def packets(self, rule):
        return self.passed(self.destinations(rule.get("to")), self.touches(rule.get("ports")))

    def letter(self, *rules):
        """What podveil has to answer to a policy of these rules, each as packets() gives it."""
        passed = 0
        for one, _ in rules:
            passed |= one
        return letter(passed & ~self.allowed or any(alone for _, alone in rules))


def all_selectors(keys, kind):
    return [selector(chosen) for chosen in itertools.product(*(kind(key) for key in keys))]


@functools.cache
def representatives():
    """A block for each set of the eight addresses, one with the fewest excepts."""
    first = kube.block(SPACE)[1]
    addresses = [kube.Address(4, first + i) for i in range(8)]
    found = {}
    for block in sorted(blocks(), key=lambda one: len(one["ipBlock"].get("except", []))):
        found.setdefault(tuple(kube.peer_has(block, "", one) for one in addresses), block)
    return list(found.values())


def some_peers():
    """Pods by the name of the namespace and by app, one requirement each at most."""
    spaces = [None] + all_selectors([NAME], plain_forms)
    pods = [None] + all_selectors([APP], plain_forms)
    return [{**({} if space is None else {"namespaceSelector": space}),
             **({} if pod is None else {"podSelector": pod})}
            for space, pod in itertools.product(spaces, pods) if (space, pod) != (None, None)]


def with_ports(peers, ports):
    rule = {} if peers is None else {"to": peers}
    return rule if ports is None else {**rule, "ports": ports}
