"""The families of small worlds: which policies, and what the slow judge says of each.

A family is cut into lines, each of them a product of pieces of text for judges_decide, and the
letters that it should answer.
"""
import itertools
import json

from judges import kube, samples, worlds
from judges.worlds import APP, GATEWAY, RULES, TAIL, WORKLOAD, head, letter, text

WHOM = (GATEWAY, WORKLOAD, APP)  # the keys of a podSelector
TOGETHER = 8                     # rules in a line, for those that are paired with all others


class Family:
    def __init__(self, name, place, lines, line):
        self.name, self.namespace = f"{name} in {place.namespace}", place.namespace
        self.lines, self.line = lines, line


def part(items, i, size):
    return items[i * size:(i + 1) * size]


def lines_of(items, size):
    return (len(items) + size - 1) // size


def whom(place):
    """Every podSelector with two requirements a key at most, over a rule that lets all through."""
    forms = {key: worlds.forms(key, 2) for key in WHOM}
    values = {key: [None, samples.FRESH, *worlds.VALUES[key]] for key in WHOM} | {GATEWAY: ["vpn"]}
    # Keys are asked one by one: labels are free of each other.
    possible = {key: [any(kube.selects(worlds.selector([form]), {key: value} if value else {})
                          for value in values[key]) for form in forms[key]] for key in WHOM}

    def line(i):
        others = list(itertools.product(*(range(len(forms[key])) for key in WHOM[1:])))
        heads = [head(place.namespace, text(worlds.selector(
            [forms[key][at] for key, at in zip(WHOM, (i, *rest))]))) for rest in others]
        letters = [letter(all(possible[key][at] for key, at in zip(WHOM, (i, *rest))))
                   for rest in others]
        return [heads, [RULES + "{}" + TAIL]], "".join(letters)

    return Family("podSelectors", place, len(forms[GATEWAY]), line)


def ends():
    """policyTypes and egress, in each form that the API has."""
    types = ["", ',"policyTypes":null', ',"policyTypes":[]'] + [
        f',"policyTypes":{text(list(one))}' for count in (1, 2)
        for one in itertools.product(("Ingress", "Egress"), repeat=count)]
    rules = ('{"to":[{"ipBlock":{"cidr":"10.0.0.6/32"}}]}', "{}")
    egress = ["", ',"egress":null', ',"egress":[]'] + [
        f',"egress":[{",".join(one)}]' for count in (1, 2)
        for one in itertools.product(rules, repeat=count)]
    return [a + b + "}}" for a in types for b in egress]


def what(place):
    """Those, for each podSelector of one requirement a key at most."""
    selectors = worlds.all_selectors(WHOM, lambda key: worlds.forms(key, 1))
    tails = ends()
    leaks = []
    for tail in tails:
        made = json.loads(head(place.namespace, "{}") + tail)
        leaks.append(place.letter(*(place.packets(rule) for rule in kube.rules(made))) == "E")

    def line(i):
        chosen = part(selectors, i, 64)
        selected = [any(kube.selects(one, labels)
                        for labels in samples.label_sets([one], {GATEWAY: "vpn"}))
                    for one in chosen]
        letters = "".join(letter(one and leak) for one in selected for leak in leaks)
        return [[head(place.namespace, text(one)) for one in chosen], tails], letters

    return Family("policyTypes and egress", place, lines_of(selectors, 64), line)


def one_rule(place, name, destinations, ports):
    """A policy of one rule: each of the destinations (a list of peers, or None) by each of the
    ports."""
    start = [head(place.namespace, "{}") + RULES + "{"]
    touched = [place.touches(listed) for listed in ports]

    def line(i):
        chosen = part(destinations, i, 256)
        letters = "".join(place.letter(place.passed(one, ports))
                          for one in map(place.destinations, chosen) for ports in touched)
        first = ["" if peers is None else f'"to":{text(peers)},' for peers in chosen]
        last = [f'"ports":{text(listed)}}}' + TAIL for listed in ports]
        return [start, first, last], letters

    return Family(name, place, lines_of(destinations, 256), line)


def blocks(place):
    ports = [None] + [[one] for one in worlds.PORTS]
    return one_rule(place, "ipBlocks", [[block] for block in worlds.blocks()], ports)


def port_lists(place):
    """Every list of two ports at most."""
    ports = [None] + [list(one) for count in (1, 2)
                      for one in itertools.product(worlds.PORTS, repeat=count)]
    few = worlds.representatives()[::16]
    return one_rule(place, "lists of ports", [None] + [[one] for one in few + worlds.some_peers()],
                    ports)


def two_peers(place):
    """One rule with two peers: each set of addresses once, and pods."""
    peers = worlds.representatives() + worlds.some_peers()
    return one_rule(place, "two peers",
                    [list(one) for one in itertools.product(peers, repeat=2)], worlds.FEW_PORTS)


def two_rules(place):
    """Each such rule before each other."""
    peers = [None] + [[one] for one in worlds.representatives() + worlds.some_peers()]
    rules = [worlds.with_ports(one, ports) for one in peers for ports in worlds.FEW_PORTS]
    texts = [text(rule) for rule in rules]
    packets = [place.packets(rule) for rule in rules]

    def line(i):
        letters = "".join(place.letter(one, other)
                          for one in part(packets, i, TOGETHER) for other in packets)
        start = head(place.namespace, "{}") + RULES
        return [[start], [one + "," for one in part(texts, i, TOGETHER)],
                [one + TAIL for one in texts]], letters

    return Family("two rules", place, lines_of(rules, TOGETHER), line)


def pods(place):
    """Every peer of selectors with one requirement a key at most, of three keys each."""
    keys = (worlds.NAME, APP, GATEWAY)
    selectors = [None] + worlds.all_selectors(keys, worlds.plain_forms)
    world = place.world
    anybody = [world.reach_of_peer({"podSelector": {}} if one is None else
                                   {"namespaceSelector": one}) for one in selectors]
    theirs = [world.reach_of_peer({"namespaceSelector": {}, "podSelector": one or {}})
              for one in selectors]
    touched = [place.touches(ports) for ports in worlds.FEW_PORTS]

    def leaks(reach):
        """For each of the alike ports: is the peer one too many?"""
        return [bool(reach & ~allowed) or alone for ((allowed, _), _), alone in
                zip(place.alike, place.stand_alone(reach))]

    def line(i):
        letters = []
        for reach in theirs:
            wrong = leaks(anybody[i] & reach)
            letters += [letter(any(a and b for a, b in zip(wrong, one))) for one in touched]
        if selectors[i] is None:
            letters[:len(touched)] = "M" * len(touched)  # no selector at all is no peer
        space = "" if selectors[i] is None else f'"namespaceSelector":{text(selectors[i])},'
        chosen = [f'"podSelector":{text(one)}}}]' for one in selectors]
        start = head(place.namespace, "{}") + RULES + '{"to":[{' + space
        return [[start], chosen, [("" if ports is None else f',"ports":{text(ports)}') + "}" + TAIL
                                  for ports in worlds.FEW_PORTS]], "".join(letters)

    return Family("peers of pods", place, len(selectors), line)


def every(places):
    """All families, of each namespace those in which it counts."""
    first, *others = places
    return [whom(first), what(first), blocks(first), port_lists(first), two_peers(first),
            two_rules(first), pods(first)] + [family(place) for place in others
                                              for family in (port_lists, pods)]
