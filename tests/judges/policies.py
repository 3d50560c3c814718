"""NetworkPolicies at random, near the edge: what is nearly allowed, and what nearly is not.

Each choice is drawn from one generator of random numbers, so a seed tells all.
"""
import copy
import ipaddress

from judges import configs, faults, kube, samples

GATEWAY, WORKLOAD = "podveil.io/gateway", "podveil.io/workload"
GATEWAYS = ("vpn", "lan", "other")
WORKLOADS = ("work", "rest")
NAMED = ("dns", "https")
ODD_TEXTS = ("010.0.0.0/8", "10.1.2.3/16", "::ffff:0:0/96", "::ffff:10.1.0.0/112", "10.1.0.0/016",
             "FD00::/8", "fd00:0:0::/48", "::ffff:a01:0/112", "10.1.0.0", "10.1/16", "1.2.3.4/33",
             "0:0::/0", "fd00::1/64", " 10.1.0.0/16", "")


def networks_of(companion):
    """The CIDRs of the companion, excepts too."""
    written = [peer["ipBlock"] for peer in samples.peers(companion) if peer.get("ipBlock")]
    return [ipaddress.ip_network(text) for block in written
            for text in [block["cidr"], *(block.get("except") or [])]]


def without(whole, holes):
    """CIDRs that cover `whole` but for the holes."""
    left = [whole]
    for hole in holes:
        kept = []
        for one in left:
            if one.version != hole.version or not one.overlaps(hole):
                kept.append(one)
            elif hole.prefixlen > one.prefixlen:
                kept += one.address_exclude(hole)
        left = kept
    return left


def around(rng, networks):
    """A CIDR in, at or around an allowed one."""
    one = rng.choice(networks)
    kind = rng.random()
    if kind < 0.25:
        return one
    if kind < 0.45 and one.prefixlen < one.max_prefixlen:
        return configs.inside(rng, str(one), one.max_prefixlen)
    if kind < 0.65 and one.prefixlen > 0:
        return one.supernet(min(one.prefixlen, rng.randint(1, 3)))
    if kind < 0.75 and one.prefixlen > 0:
        return configs.beside(one)
    if kind < 0.85:
        return ipaddress.ip_network("0.0.0.0/0" if rng.random() < 0.6 else "::/0")
    return configs.inside(rng, "0.0.0.0/0" if one.version == 4 else "::/0", one.max_prefixlen)


def spoilt(rng, excepts):
    """One of the excepts missing, or smaller."""
    kind = rng.random()
    if not excepts or kind < 0.5:
        return excepts
    at = rng.randrange(len(excepts))
    if kind < 0.7:
        return excepts[:at] + excepts[at + 1:]
    if excepts[at].prefixlen == excepts[at].max_prefixlen:
        return excepts
    halves = list(excepts[at].subnets())
    return excepts[:at] + [rng.choice(halves)] + excepts[at + 1:]


def some_excepts(rng, whole):
    """Few, at random; they may overlap, stand twice, or cover all together."""
    if whole.prefixlen == whole.max_prefixlen:
        return []
    kind = rng.random()
    if kind < 0.15:
        return list(whole.subnets())
    found = [configs.inside(rng, str(whole), whole.max_prefixlen)
             for _ in range(rng.randint(0, 3))]
    found = [one for one in found if one != whole]
    return found + found[:1] if kind < 0.3 else found


def ip_block(rng, networks):
    whole = around(rng, networks)
    if rng.random() < 0.5:
        excepts = some_excepts(rng, whole) if rng.random() < 0.5 else []
    else:
        excepts = spoilt(rng, without(whole, networks))
        excepts = [one for one in excepts if one != whole][:200]
        rng.shuffle(excepts)
    written = {"cidr": str(whole)}
    if excepts or rng.random() < 0.1:
        written["except"] = [str(one) for one in excepts]
    return {"ipBlock": written}


def expression(rng, key, values):
    operator = rng.choice(("In", "NotIn", "Exists", "DoesNotExist"))
    made = {"key": key, "operator": operator}
    if operator in ("In", "NotIn"):
        made["values"] = rng.sample(values, rng.randint(1, len(values)))
    return made


def selector(rng, choices):
    """`choices`: key to values. Sometimes one that nothing can match."""
    made = {}
    keys = [rng.choice(list(choices)) for _ in range(rng.choice((0, 1, 1, 1, 2, 2, 3)))]
    for key in keys:
        if rng.random() < 0.45:
            made.setdefault("matchLabels", {})[key] = rng.choice(choices[key])
        else:
            made.setdefault("matchExpressions", []).append(expression(rng, key, choices[key]))
    return made


def source_selector(rng):
    """Whom the policy is for, with an eye on podveil's own marks."""
    if rng.random() < 0.3:
        return rng.choice(({}, {"matchLabels": {"app": "x"}}, {"matchLabels": {}},
                           {"matchExpressions": []}))
    return selector(rng, {GATEWAY: GATEWAYS, WORKLOAD: WORKLOADS, "app": (*configs.VALUES, "")})


def peer_choices(pods):
    found = {key: (*configs.VALUES, "vpn", "") for key in configs.KEYS}
    if not pods:
        found[kube.METADATA_NAME] = configs.NAMESPACES
    return found


def near_peer(rng, peer):
    """A peer of the companion with one thing more or less."""
    made = {name: {**part} for name, part in peer.items()}
    name = rng.choice(("podSelector", "namespaceSelector"))
    kind = rng.random()
    if kind < 0.1:
        made["podSelector"] = {}
    elif kind < 0.3:
        made.pop(name, None)
    elif kind < 0.7:
        part = made.setdefault(name, {})
        more = selector(rng, peer_choices(name == "podSelector"))
        made[name] = {**part, **more}
    return made or {"podSelector": {}}


def pod_peer(rng, companion):
    theirs = [peer for peer in samples.peers(companion) if peer.get("ipBlock") is None]
    if rng.random() < 0.5:
        return near_peer(rng, rng.choice(theirs))
    made = {}
    kind = rng.random()
    if kind < 0.7:
        made["namespaceSelector"] = selector(rng, peer_choices(False))
    if kind >= 0.4:
        made["podSelector"] = selector(rng, peer_choices(True))
    return made


def port(rng):
    kind = rng.random()
    made = {}
    if kind < 0.6:
        made["port"] = rng.choice((1, 52, 53, 53, 53, 54, 443, 65535))
    elif kind < 0.75:
        made["port"] = rng.choice((1, 50, 53, 54))
        made["endPort"] = rng.choice((53, 53, 54, 60, 65535))
        made["port"] = min(made["port"], made["endPort"])
    elif kind < 0.85:
        made["port"] = rng.choice(NAMED)
    if rng.random() < 0.75:
        made["protocol"] = rng.choice(("UDP", "UDP", "TCP", "TCP", "SCTP"))
    return made


def some_ports(rng):
    return [port(rng) for _ in range(rng.choice((1, 1, 2, 3)))]


def dns_rule(rng, companion):
    """To those whom the companion lets be reached by some ports, by about the same."""
    theirs = [peer for rule in companion["spec"]["egress"] if rule.get("ports")
              for peer in rule["to"]]
    peer = copy.deepcopy(rng.choice(theirs))
    return {"to": [peer if rng.random() < 0.7 else near_peer(rng, peer)], "ports": some_ports(rng)}


def rule(rng, companion, networks):
    made = {}
    kind = rng.random()
    if kind > 0.85:
        return dns_rule(rng, companion)
    if kind < 0.04:
        made["to"] = rng.choice(([], None))
    elif kind > 0.07:
        made["to"] = [ip_block(rng, networks) if rng.random() < 0.6 else pod_peer(rng, companion)
                      for _ in range(rng.choice((1, 1, 1, 2, 3)))]
    if rng.random() < 0.5:
        made["ports"] = some_ports(rng) if rng.random() < 0.9 else rng.choice(([], None))
    return made


def spoil(rng, policy):
    """Something that the API server refuses, or a CIDR that it may let through."""
    found = list(samples.peers(policy))
    blocks = [peer["ipBlock"] for peer in found if peer.get("ipBlock")]
    kind = rng.randrange(5)
    if kind < 2 and blocks:
        rng.choice(blocks)["cidr"] = rng.choice(ODD_TEXTS)
    elif kind == 2 and blocks:
        rng.choice(blocks).setdefault("except", []).append(rng.choice(ODD_TEXTS + ("0.0.0.0/0",)))
    elif kind == 3 and policy["spec"].get("egress"):
        rng.choice(policy["spec"]["egress"])["ports"] = [rng.choice((
            {"port": 0}, {"port": 65536}, {"port": 53, "endPort": 52}, {"port": "53"},
            {"port": "dns", "endPort": 60}, {"endPort": 60}, {"protocol": "ICMP"}))]
    elif found:
        one = rng.choice(found)
        one[rng.choice(("ipBlock", "podSelector"))] = rng.choice((
            {"matchExpressions": [{"key": "app", "operator": "Equals", "values": ["x"]}]},
            {"matchExpressions": [{"key": "app", "operator": "In", "values": []}]},
            {"matchExpressions": [{"key": "app", "operator": "Exists", "values": ["x"]}]}, {}))


def make(rng, name, namespace, companion):
    """One policy of that namespace."""
    spec = {}
    networks = networks_of(companion) or [ipaddress.ip_network("10.1.0.0/16")]
    if rng.random() < 0.97:
        spec["podSelector"] = source_selector(rng)
    types = rng.choice((["Egress"], ["Egress"], ["Egress"], ["Ingress", "Egress"], ["Ingress"],
                        ["Egress", "Egress"], [], None))
    if types is not None or rng.random() < 0.3:
        spec["policyTypes"] = types
    if rng.random() < 0.97:
        spec["egress"] = [rule(rng, companion, networks)
                          for _ in range(rng.choice((0, 1, 1, 1, 2, 3)))]
    if rng.random() < 0.1:
        spec["ingress"] = [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]
    policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
              "metadata": {"name": name, "namespace": namespace}, "spec": spec}
    if rng.random() < 0.04:
        spoil(rng, policy)
    return policy


def pair(rng, config, companions):
    """(policies, namespace, gateway, workload, unknown): what the judges are asked. `unknown`: is
    nobody there who knows which pods live in the namespace?"""
    namespace, name = rng.choice([(one, name) for one, name in sorted(companions)
                                  if configs.is_usable(config, name, one)])
    companion = companions[namespace, name]
    policies = [make(rng, f"p{i}", namespace, companion) for i in range(rng.choice((1, 1, 2, 3)))]
    return policies, namespace, name, rng.choice(WORKLOADS), rng.random() < 0.3


def is_faulty(policy):
    return bool(faults.of_shape(policy) or faults.of_text(policy))
