"""NetworkPolicy as its documentation has it, for one packet at a time.

Written from the API's reference and the page on network policies alone. Nothing here is clever: a
packet has a destination, a protocol and a port, and the policy is walked through as it is written.
Where the documentation leaves to the enforcer what happens, the packet may pass:

  - an ipBlock matches any address, whether a pod has it or not;
  - a port that is a name may be any port of its protocol;
  - a rule without ports is every protocol, ICMP included (NetworkPolicy knows three).

A destination is an address, of whom nothing else is known, or a pod whose address is not known: so
an ipBlock never stands for a selector, nor a selector for an ipBlock.
"""
import functools
import ipaddress

METADATA_NAME = "kubernetes.io/metadata.name"
PROTOCOLS = ("TCP", "UDP", "SCTP")
OTHER = "other"  # ICMP, and all that has no ports
PORTS = (1, 65535)


class Address:
    def __init__(self, family, number):
        self.family, self.number = family, number

    def __repr__(self):
        return str(ipaddress.IPv4Address(self.number) if self.family == 4
                   else ipaddress.IPv6Address(self.number))


class Pod:
    def __init__(self, namespace, namespace_labels, labels):
        self.namespace, self.namespace_labels, self.labels = namespace, namespace_labels, labels

    def __repr__(self):
        return f"pod {self.labels} in {self.namespace} {self.namespace_labels}"


def matches(expression, labels):
    """One item of matchExpressions. In needs the label, NotIn does not."""
    key, operator = expression["key"], expression["operator"]
    if operator == "In":
        return key in labels and labels[key] in expression["values"]
    if operator == "NotIn":
        return key not in labels or labels[key] not in expression["values"]
    if operator == "Exists":
        return key in labels
    if operator == "DoesNotExist":
        return key not in labels
    raise ValueError(f"operator {operator}")


def selects(selector, labels):
    """All of matchLabels and matchExpressions; an empty selector selects everything."""
    for key, value in (selector.get("matchLabels") or {}).items():
        if key not in labels or labels[key] != value:
            return False
    return all(matches(expression, labels)
               for expression in selector.get("matchExpressions") or [])


@functools.lru_cache(maxsize=65536)
def block(text):
    """(family, first, last) of a CIDR, host bits forgiven."""
    network = ipaddress.ip_network(text, strict=False)
    return network.version, int(network.network_address), int(network.broadcast_address)


def block_has(text, address):
    family, first, last = block(text)
    return family == address.family and first <= address.number <= last


def peer_has(peer, namespace, destination):
    """One item of `to`, of a policy in that namespace."""
    if peer.get("ipBlock") is not None:
        if not isinstance(destination, Address):
            return False
        return block_has(peer["ipBlock"]["cidr"], destination) and not any(
            block_has(text, destination) for text in peer["ipBlock"].get("except") or [])
    if not isinstance(destination, Pod):
        return False
    if peer.get("namespaceSelector") is None:
        if destination.namespace != namespace:
            return False
    elif not selects(peer["namespaceSelector"], destination.namespace_labels):
        return False
    return selects(peer.get("podSelector") or {}, destination.labels)


def port_has(entry, protocol, number):
    """One item of `ports`."""
    if (entry.get("protocol") or "TCP") != protocol:
        return False
    port, end = entry.get("port"), entry.get("endPort")
    if port is None or isinstance(port, str):
        return True
    return port <= number <= (port if end is None else end)


def rule_has_port(rule, protocol, number):
    entries = rule.get("ports") or []
    return not entries or any(port_has(entry, protocol, number) for entry in entries)


def rule_has_destination(rule, namespace, destination):
    peers = rule.get("to") or []
    return not peers or any(peer_has(peer, namespace, destination) for peer in peers)


def isolates_egress(policy):
    """policyTypes, or what the API server puts there: Egress where there are egress rules."""
    types = policy["spec"].get("policyTypes") or []
    return "Egress" in types if types else bool(policy["spec"].get("egress"))


def rules(policy):
    """The egress rules that mean something."""
    return policy["spec"].get("egress") or [] if isolates_egress(policy) else []


def policy_selects(policy, labels):
    return selects(policy["spec"].get("podSelector") or {}, labels)


def allows(policy, namespace, destination, protocol, number):
    return any(rule_has_port(rule, protocol, number) and
               rule_has_destination(rule, namespace, destination) for rule in rules(policy))
