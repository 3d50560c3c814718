"""The slow judge: may a privacy pod send anything that its companion alone does not let it send?

Every sample of traffic is tried against every policy. To be quick enough in Python, what a peer
lets through is one number with a bit for each destination; nothing else is put together.

Of pods podveil asks more than the question, and documents it (lib/netpol/judge.h): a peer of pods
has to lie in one peer of the companion. Two that cover it together do not make it safe: `alone`.
"""
from judges import kube, samples


class World:
    """The samples of some policies of a namespace, a bit for each destination."""

    def __init__(self, policies, namespace):
        self.namespace = namespace
        self.addresses = samples.addresses(policies)
        self.ports = samples.ports(policies)
        self.spaces = samples.namespaces(policies, namespace)
        self.pods = samples.pod_labels(policies)
        self.size = len(self.addresses) + len(self.spaces) * len(self.pods)
        self.tried = {}  # what was found of a peer, by its place in memory, which it keeps

    def destination(self, index):
        if index < len(self.addresses):
            return self.addresses[index]
        space, pod = divmod(index - len(self.addresses), len(self.pods))
        return kube.Pod(*self.spaces[space], self.pods[pod])

    def reach_of_peer(self, peer):
        """The destinations that the peer has."""
        if id(peer) not in self.tried:
            self.tried[id(peer)] = (peer, self.try_peer(peer))
        return self.tried[id(peer)][1]

    def try_peer(self, peer):
        if peer.get("ipBlock") is not None:
            return sum(1 << i for i, address in enumerate(self.addresses)
                       if kube.peer_has(peer, self.namespace, address))
        selector = peer.get("podSelector") or {}
        pods = sum(1 << i for i, labels in enumerate(self.pods) if kube.selects(selector, labels))
        anybody = {**peer, "podSelector": {}}
        reach = 0
        for i, (name, labels) in enumerate(self.spaces):
            if kube.peer_has(anybody, self.namespace, kube.Pod(name, labels, {})):
                reach |= pods << (i * len(self.pods))
        return reach << len(self.addresses)

    def reach_of_rule(self, rule):
        peers = rule.get("to") or []
        if not peers:
            return (1 << self.size) - 1
        reach = 0
        for peer in peers:
            reach |= self.reach_of_peer(peer)
        return reach

    def reach(self, policy):
        """For each port, the destinations that the policy lets through."""
        rules = [(rule, self.reach_of_rule(rule)) for rule in kube.rules(policy)]
        found = []
        for port in self.ports:
            reach = 0
            for rule, destinations in rules:
                if kube.rule_has_port(rule, *port):
                    reach |= destinations
            found.append(reach)
        return found


def is_pods(peer):
    return peer.get("ipBlock") is None


class Judge:
    """Policies of a namespace against the companion of one gateway's pods there."""

    def __init__(self, policies, companion, namespace):
        self.policies, self.companion, self.namespace = policies, companion, namespace
        self.world = World([*policies, companion], namespace)
        self.allowed = self.world.reach(companion)
        self.reached = [self.world.reach(policy) for policy in policies]
        self.one_peer = [[self.world.reach_of_peer(peer) for rule in kube.rules(companion)
                          if kube.rule_has_port(rule, *port)
                          for peer in rule.get("to") or [] if is_pods(peer)]
                         for port in self.world.ports]

    def leak(self, reached):
        """The first port and destination that is not allowed, or None."""
        for i, port in enumerate(self.world.ports):
            wrong = reached[i] & ~self.allowed[i]
            if wrong:
                return port, self.world.destination((wrong & -wrong).bit_length() - 1)
        return None

    def leaks(self, index):
        return self.leak(self.reached[index]) is not None

    def peer_stands_alone(self, peer, rule):
        """Pods that no single peer of the companion has all of, by a port of the rule."""
        reach = self.world.reach_of_peer(peer)
        return reach != 0 and any(
            kube.rule_has_port(rule, *port) and not any(reach & ~one == 0 for one in peers)
            for port, peers in zip(self.world.ports, self.one_peer))

    def alone(self, index):
        return any(self.peer_stands_alone(peer, rule) for rule in kube.rules(self.policies[index])
                   for peer in rule.get("to") or [] if is_pods(peer))

    def first_leak(self, index):
        """(rule, peer) that lets too much through first; peer None where there is no `to`."""
        for i, rule in enumerate(kube.rules(self.policies[index])):
            for j, peer in enumerate(rule.get("to") or [None]):
                part = {**rule, "to": None if peer is None else [peer]}
                reached = self.world.reach({"spec": {"policyTypes": ["Egress"], "egress": [part]}})
                if self.leak(reached) is not None or (
                        peer is not None and is_pods(peer) and self.peer_stands_alone(peer, rule)):
                    return i, None if peer is None else j
        return None

    def selecting(self, pinned):
        """The sets of policies that select one pod each, for all labels that it may have beside the
        pinned ones."""
        return {tuple(i for i, policy in enumerate(self.policies)
                      if kube.policy_selects(policy, labels))
                for labels in samples.source_labels(self.policies, pinned)}

    def together(self, pinned):
        """Does any such pod get out, by all that select it and the companion at once?"""
        for chosen in self.selecting(pinned):
            reached = list(self.allowed)
            for i in chosen:
                reached = [a | b for a, b in zip(reached, self.reached[i])]
            if self.leak(reached) is not None:
                return True
        return False
