"""One pair of policies and a pod: what podveil says of it held against the judges."""
import functools

from judges import brute, configs, faults, kube, policies, samples, witness


class Pair:
    """`companions`: of each gateway's pods in the pair's namespace."""

    def __init__(self, made, config, companions):
        self.made = made
        self.policies, self.namespace, self.gateway, self.workload, self.unknown = made
        self.names = [one["name"] for one in config["gateways"]]
        # Pods of other gateways may be left from before, where nobody knows that there are none.
        self.live = [name for name in self.names
                     if self.unknown or configs.is_usable(config, name, self.namespace)]
        others = {*policies.GATEWAYS, samples.FRESH} - set(self.names)
        self.strangers = sorted(others) if self.unknown else []
        self.companions = {name: companions[self.namespace, name] for name in self.names}
        self.sound = [i for i, policy in enumerate(self.policies)
                      if not policies.is_faulty(policy)]

    @functools.cached_property
    def judges(self):
        """For each gateway one of the sound policies, in their order."""
        chosen = [self.policies[i] for i in self.sound]
        return {name: brute.Judge(chosen, companion, self.namespace)
                for name, companion in self.companions.items()}

    def said_of_own(self, answer):
        """What podveil finds for the pod's own gateway in each of the sound policies."""
        at = self.names.index(self.gateway)
        return [answer["policies"][i]["gateways"][at] for i in self.sound]

    def question(self):
        """The line for judges_decide."""
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {
            "name": self.workload, "namespace": self.namespace,
            "labels": {policies.GATEWAY: self.gateway}},
            "spec": {"containers": [{"name": "a", "image": "a"}]}}
        return {"namespace": self.namespace, "unknown": self.unknown, "pod": pod,
                "policies": self.policies}


def can_select(policy, pinned):
    return any(kube.policy_selects(policy, labels)
               for labels in samples.source_labels([policy], pinned))


class Tally:
    """What the pairs were like, so that a run in which nothing was decided shows."""

    def __init__(self):
        self.counts = {}

    def add(self, name, count=1):
        self.counts[name] = self.counts.get(name, 0) + count

    def merge(self, other):
        for name, count in other.counts.items():
            self.add(name, count)


def of_faulty(pair, policy, answer, tally):
    """A policy that the API server refuses, or whose CIDRs read two ways."""
    try:
        chosen = any(can_select(policy, {policies.GATEWAY: name})
                     for name in pair.names + pair.strangers)
    except ValueError:
        chosen = True  # an unknown operator in whom it selects
    if not chosen:
        return None if answer["reason"] == "" else "refused, though no privacy pod is meant"
    tally.add("faulty")
    if answer["reason"] != "":
        shape, text = faults.of_shape(policy), faults.of_text(policy)
        fits = {"Malformed": bool(shape), "NonCanonicalCIDR": bool(text), "EgressLeak": True}
        return None if fits.get(answer["reason"]) else f"{answer['reason']} without a reason"
    if faults.of_text(policy):
        return None if not kube.isolates_egress(policy) else "a CIDR that reads two ways is let by"
    return harmless(pair, policy)


def harmless(pair, policy):
    """It was let by: then it lets nothing by as it reads."""
    try:
        leaks = any(brute.Judge([policy], pair.companions[name], pair.namespace).leaks(0)
                    for name in pair.live if can_select(policy, {policies.GATEWAY: name}))
    except (ValueError, KeyError, TypeError) as error:
        return f"let by, though it cannot be read: {error}"
    return "let by, and it leaks as it reads" if leaks else None


def of_gateway(judge, index, chosen, answer, tally):
    """One policy and the pods of one gateway."""
    if answer["selects"] != chosen:
        return f"podveil says that it selects them: {answer['selects']}"
    leaks = chosen and judge.leaks(index)
    alone = chosen and judge.alone(index)
    tally.add("leak" if leaks else "alone" if alone else "safe" if chosen else "not selected")
    said = answer["field"] != ""
    if said != (leaks or alone):
        seen = judge.leak(judge.reached[index]) if leaks else None
        return f"podveil finds {answer['field'] or 'no leak'}, the judge {seen or 'none'}" + (
            " (only that no one peer of the companion has the pods)" if alone else "")
    if not said:
        return None
    wrong = witness.wrong(judge, index, answer["field"], answer["witness"])
    if wrong is not None:
        return f"the witness {answer['field']}: {answer['witness']}: {wrong}"
    first = judge.first_leak(index)
    place = witness.FIELD.fullmatch(answer["field"])
    if first != (int(place[1]), None if place[2] is None else int(place[2])):
        return f"the first leak is not at {answer['field']}: {first}"
    return None


def of_policy(pair, index, answer, tally):
    policy = pair.policies[index]
    if index not in pair.sound:
        return of_faulty(pair, policy, answer, tally)
    chosen = {name: can_select(policy, {policies.GATEWAY: name}) for name in pair.names}
    if [one["name"] for one in answer["gateways"]] != pair.names:
        return f"podveil cannot read it: {answer['message']}"
    for one in answer["gateways"]:
        wrong = of_gateway(pair.judges[one["name"]], pair.sound.index(index), chosen[one["name"]],
                           one, tally)
        if wrong is not None:
            return f"for pods of gateway {one['name']}: {wrong}"
    field = wanted_field(pair, pair.sound.index(index), answer)
    if (answer["reason"], answer["field"]) != ("EgressLeak" if field else "", field):
        return (f"the decision is {answer['reason'] or 'to allow'} at {answer['field']}, not at "
                f"{field or 'all'}")
    return None


def wanted_field(pair, index, answer):
    """Where the policy is refused; "" where it is not. Gateways are asked in their order. What pods
    of a gateway that nobody knows may reach is what the first gateway's pods may."""
    judge = pair.judges[pair.names[0]]
    policy = judge.policies[index]
    for one in answer["gateways"]:
        if one["name"] in pair.live and one["field"] != "":
            return one["field"]
    if not any(can_select(policy, {policies.GATEWAY: name}) for name in pair.strangers) or not (
            judge.leaks(index) or judge.alone(index)):
        return ""
    rule, peer = judge.first_leak(index)
    if peer is None:
        return f"spec.egress[{rule}]"
    found = kube.rules(policy)[rule]["to"][peer]
    return f"spec.egress[{rule}].to[{peer}]" + ("" if brute.is_pods(found) else ".ipBlock.cidr")


def of_set(pair, answer, tally):
    """All policies and the companion at once, for each set of labels that the pod may have."""
    judge = pair.judges[pair.gateway]
    found = any(one["field"] != "" for one in pair.said_of_own(answer))
    together = judge.together({policies.GATEWAY: pair.gateway})
    tally.add("pods that get out" if together else "pods that do not")
    if together and not found:
        return "the policies leak together, and podveil finds none that does"
    if found and not together and not any(judge.alone(i) for i in range(len(pair.sound))):
        return "podveil finds a leak, and together the policies have none"
    return None


def of_pod(pair, answer):
    """At the pod's creation a policy that can select it, whatever else its labels, is in the way
    where it lets out pods of its own gateway, or cannot be read."""
    pinned = {policies.GATEWAY: pair.gateway, policies.WORKLOAD: pair.workload}
    for policy, said in zip(pair.policies, answer["policies"]):
        try:
            chosen = can_select(policy, pinned)
        except ValueError:
            chosen = True
        leaks = any(one["name"] == pair.gateway and one["field"] for one in said["gateways"])
        reason = "EgressLeak" if leaks else "" if said["gateways"] else said["reason"]
        if chosen and reason:
            return None if answer["pod"]["reason"] == reason else (
                f"the pod is let in beside {policy['metadata']['name']}")
    return None if answer["pod"]["reason"] == "" else f"the pod: {answer['pod']['message']}"


def disagreement(pair, answer, tally):
    """What podveil and the judge do not agree on, in words; None where they do."""
    for index, said in enumerate(answer["policies"]):
        wrong = of_policy(pair, index, said, tally)
        if wrong is not None:
            return f"{pair.policies[index]['metadata']['name']}: {wrong}"
    return of_set(pair, answer, tally) or of_pod(pair, answer)
