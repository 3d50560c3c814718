"""The second judge: cyclonus, asked about single packets where its reading is Kubernetes' own.

It is not for NotIn (and a label with an empty value in matchLabels) where the label is missing, so
no such pod or namespace is asked about. A named port it knows by name: each packet is asked once
for each name that stands in a policy, as if its port had it. Pods get an address that no ipBlock
has.
"""
import json
import pathlib
import random
import shutil
import subprocess
import sys

from judges import kube, policies, samples, witness

MODULE = pathlib.Path(__file__).resolve().parent / "cyclonus"
DESTINATIONS, PORTS, SOURCES = 24, 8, 6  # of a pair, at most; the witnesses come first


def build(folder):
    """The program, from the module proxy's modules where Go has not got them. None without Go."""
    program = pathlib.Path(folder).resolve() / "judges_cyclonus"
    if shutil.which("go") is None:
        return None
    done = subprocess.run(["go", "build", "-mod=readonly", "-buildvcs=false", "-trimpath", "-o",
                           str(program), "."], cwd=MODULE, stdout=sys.stderr, check=False)
    return str(program) if done.returncode == 0 else None


def needed(selectors):
    """The labels that have to be there for cyclonus to read the selectors as Kubernetes does."""
    found = set()
    for selector in selectors:
        found.update(key for key, value in (selector.get("matchLabels") or {}).items()
                     if value == "")
        found.update(expression["key"] for expression in selector.get("matchExpressions") or []
                     if expression["operator"] == "NotIn")
    return found


class Grid:
    """Some sources, destinations and ports of a pair, and what its policies are asked with."""

    def __init__(self, pair, judge, examples, rng):
        self.pair, self.judge = pair, judge
        every = [*judge.policies, judge.companion]
        self.names = sorted({entry["port"] for policy in every
                             for rule in policy["spec"].get("egress") or []
                             for entry in rule.get("ports") or []
                             if isinstance(entry.get("port"), str)})
        self.pod_needs = needed(peer["podSelector"] for policy in every
                                for peer in samples.peers(policy) if peer.get("podSelector"))
        self.space_needs = needed(peer["namespaceSelector"] for policy in every
                                  for peer in samples.peers(policy)
                                  if peer.get("namespaceSelector"))
        self.nowhere = self.find_nowhere(every)
        self.sources = self.find_sources(rng)
        wanted = [one for one in examples if self.can_tell(one[0])]
        self.examples = {(id(destination), port) for destination, port in wanted}
        self.confirmed = set()
        self.destinations = self.some([one for one, _ in wanted], self.every_destination(),
                                      DESTINATIONS, rng)
        self.ports = self.some([port for _, port in wanted], judge.world.ports, PORTS, rng)

    @staticmethod
    def some(first, rest, most, rng):
        return first + rng.sample(rest, min(len(rest), most))

    def find_nowhere(self, every):
        """An address that is in no ipBlock, for the pods."""
        blocks = [peer["ipBlock"]["cidr"] for policy in every for peer in samples.peers(policy)
                  if peer.get("ipBlock")]
        return next((address for address in self.judge.world.addresses
                     if not any(kube.block_has(text, address) for text in blocks)), None)

    def find_sources(self, rng):
        """Privacy pods that the policies select in different ways."""
        needs = needed(policy["spec"].get("podSelector") or {} for policy in self.judge.policies)
        pinned = {policies.GATEWAY: self.pair.gateway}
        found = {}
        for labels in samples.source_labels(self.judge.policies, pinned):
            if needs <= labels.keys():
                chosen = tuple(kube.policy_selects(policy, labels)
                               for policy in self.judge.policies)
                found.setdefault(chosen, labels)
        return self.some([], list(found.values()), SOURCES, rng)

    def can_tell(self, destination):
        return isinstance(destination, kube.Address) or (
            self.nowhere is not None and self.pod_needs <= destination.labels.keys() and
            self.space_needs <= destination.namespace_labels.keys())

    def every_destination(self):
        world = self.judge.world
        pods = [kube.Pod(*space, labels) for space in world.spaces for labels in world.pods]
        return world.addresses + [pod for pod in pods if self.can_tell(pod)]

    def as_json(self, destination):
        if isinstance(destination, kube.Address):
            return {"ip": repr(destination)}
        return {"ip": repr(self.nowhere), "namespace": destination.namespace,
                "namespaceLabels": destination.namespace_labels, "labels": destination.labels}

    def question(self, chosen):
        return {"policies": chosen, "namespace": self.pair.namespace, "sources": self.sources,
                "destinations": [self.as_json(one) for one in self.destinations],
                "ports": [{"protocol": "ICMP" if protocol == kube.OTHER else protocol,
                           "number": number, "name": name}
                          for protocol, number in self.ports for name in ["", *self.names]]}

    def questions(self):
        """With the policies, and the companion alone. It is for all pods here."""
        alone = {**self.judge.companion, "spec": {**self.judge.companion["spec"],
                                                  "podSelector": {}}}
        return [self.question([*self.judge.policies, alone]), self.question([alone])]

    def packets(self):
        for source in self.sources:
            for destination in self.destinations:
                for port in self.ports:
                    yield source, destination, port

    def read(self, digits):
        """For each packet: is it allowed, whatever the name of its port?"""
        step = 1 + len(self.names)
        return ["1" in digits[i:i + step] for i in range(0, len(digits), step)]

    def other_judge(self):
        """What the companion, and each policy, lets through of each destination and port."""
        return [(kube.allows(self.judge.companion, self.pair.namespace, destination, *port),
                 [kube.allows(policy, self.pair.namespace, destination, *port)
                  for policy in self.judge.policies])
                for destination in self.destinations for port in self.ports]

    def wrong(self, together, alone, leaks):
        """What cyclonus has against the other judge, or against podveil's `leaks`."""
        others = self.other_judge()
        for i, (packet, both, one) in enumerate(zip(self.packets(), self.read(together),
                                                    self.read(alone))):
            source, destination, port = packet
            ours, theirs = others[i % len(others)]
            with_all = ours or any(let for policy, let in zip(self.judge.policies, theirs)
                                   if kube.policy_selects(policy, source))
            if (both, one) != (with_all, ours):
                return (f"cyclonus lets {source} reach {destination} by {port}: {both}, by the "
                        f"companion {one}; the other judge {with_all}, {ours}")
            if both and not one:
                self.confirmed |= {(id(destination), port)} & self.examples
            if both and not one and not leaks:
                return f"podveil finds no leak, and cyclonus {destination} by {port}"
        return None


def ask(program, questions):
    text = "".join(json.dumps(question) + "\n" for question in questions)
    done = subprocess.run([program], input=text, capture_output=True, text=True, check=False)
    found = done.stdout.splitlines()
    if done.returncode != 0 or len(found) != len(questions):
        raise RuntimeError(f"judges_cyclonus ends with {done.returncode}: {done.stderr}")
    return found


def disagreements(program, judged, tally):
    """[(pair, words)] of those that were judged: (pair, judge of its gateway, podveil's answers to
    the judge's policies). Which packets are tried hangs on the pair alone."""
    grids = []
    for pair, judge, said in judged:
        examples = [witness.example(judge, i, one["field"], one["witness"])
                    for i, one in enumerate(said) if one["field"] != ""]
        grids.append(Grid(pair, judge, [one for one in examples if one is not None],
                          random.Random(repr(pair.made))))
    lines = ask(program, [question for grid in grids for question in grid.questions()])
    found = []
    for i, (grid, (pair, _, said)) in enumerate(zip(grids, judged)):
        tally.add("packets of cyclonus", len(grid.sources) * len(grid.destinations) *
                  len(grid.ports))
        words = grid.wrong(lines[2 * i], lines[2 * i + 1], any(one["field"] for one in said))
        tally.add("witnesses that cyclonus confirms", len(grid.confirmed))
        if words is not None:
            found.append((pair, words))
    return found
