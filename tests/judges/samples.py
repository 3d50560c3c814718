"""Which traffic to try: of all that the policies at hand can tell apart, one of each kind.

Addresses: the first and the last of every CIDR that is written anywhere, and their neighbours.
Ports: the same with every port. Labels: for each key that is written anywhere no label, each value
that is written for it, and one that is not; all combinations.

A namespace has its name as a label, always: the API server sees to that.
"""
import itertools

from judges import kube

FRESH = "fresh"  # a value, and a namespace, that nobody wrote
MOST = 200000    # combinations of labels; more are a fault of who generates
TOP = {4: 2 ** 32 - 1, 6: 2 ** 128 - 1}


def peers(policy):
    for rule in policy["spec"].get("egress") or []:
        yield from rule.get("to") or []


def addresses(policies):
    found = {(4, 0), (4, TOP[4]), (6, 0), (6, TOP[6])}
    for policy in policies:
        for peer in peers(policy):
            written = peer.get("ipBlock")
            for text in [written["cidr"], *(written.get("except") or [])] if written else []:
                family, first, last = kube.block(text)
                found.update((family, number) for number in (first - 1, first, last, last + 1)
                             if 0 <= number <= TOP[family])
    return [kube.Address(*address) for address in sorted(found)]


def ports(policies):
    """(protocol, number) each; one of another protocol."""
    numbers = set(kube.PORTS)
    for policy in policies:
        for rule in policy["spec"].get("egress") or []:
            for entry in rule.get("ports") or []:
                for port in (entry.get("port"), entry.get("endPort")):
                    if isinstance(port, int):
                        numbers.update((port - 1, port, port + 1))
    usable = sorted(number for number in numbers if kube.PORTS[0] <= number <= kube.PORTS[1])
    return [(protocol, number) for protocol in kube.PROTOCOLS for number in usable] + [
        (kube.OTHER, 0)]


def values_by_key(selectors):
    found = {}
    for selector in selectors:
        for key, value in (selector.get("matchLabels") or {}).items():
            found.setdefault(key, set()).add(value)
        for expression in selector.get("matchExpressions") or []:
            found.setdefault(expression["key"], set()).update(expression.get("values") or [])
    return found


def label_sets(selectors, pinned):
    """Every combination of labels that the selectors can tell apart; `pinned` have one value."""
    choices = []
    size = 1
    for key, values in sorted(values_by_key(selectors).items()):
        if key not in pinned:
            choices.append([(key, None), (key, FRESH)] + [(key, value) for value in sorted(values)])
            size *= len(choices[-1])
    if size > MOST:
        raise ValueError(f"{size} combinations of labels")
    return [{**pinned, **{key: value for key, value in chosen if value is not None}}
            for chosen in itertools.product(*choices)]


def namespaces(policies, namespace):
    """(name, labels) each: those that are named, the policies' own, and one more."""
    selectors = [peer["namespaceSelector"] for policy in policies for peer in peers(policy)
                 if peer.get("namespaceSelector")]
    names = values_by_key(selectors).get(kube.METADATA_NAME, set()) | {namespace, FRESH}
    return [(name, labels) for name in sorted(names)
            for labels in label_sets(selectors, {kube.METADATA_NAME: name})]


def pod_labels(policies):
    return label_sets([peer["podSelector"] for policy in policies for peer in peers(policy)
                       if peer.get("podSelector")], {})


def source_labels(policies, pinned):
    """The privacy pod that the policies may select."""
    return label_sets([policy["spec"].get("podSelector") or {} for policy in policies], pinned)
