"""What podveil names as a leak, read from its words and tried: the policy lets it through, and the
companion does not."""
import ipaddress
import re

from judges import kube

FIELD = re.compile(r"spec\.egress\[(\d+)\](?:\.to\[(\d+)\](\.ipBlock\.cidr)?)?")
WITNESS = re.compile(r"(?P<where>.*?) (?:on every port|on every (?P<every>TCP|UDP|SCTP) port|"
                     r"on (?P<protocol>TCP|UDP|SCTP) (?P<number>\d+)|"
                     r"(?P<other>by ICMP and other protocols))")
PODS = re.compile(r"pods(?: with (?P<pods>.+?))? of (?:namespace (?P<name>\S+)|"
                  r"namespaces with (?P<spaces>.+)|(?P<any>any namespace))")
TERM = re.compile(r"(?P<not>!?)(?P<key>[^ !]+)(?: (?P<operator>in|notin) \((?P<value>[^,)]*)"
                  r"(?P<more>, \.\.\.)?\))?(?: and \d+ more)?")


def is_leak(policy, companion, namespace, destination, port):
    return (kube.allows(policy, namespace, destination, *port) and
            not kube.allows(companion, namespace, destination, *port))


def ports_of(found, world):
    """The ports that the words are about: one, or all that were sampled."""
    if found["other"]:
        return [(kube.OTHER, 0)]
    if found["protocol"]:
        return [(found["protocol"], int(found["number"]))]
    return [port for port in world.ports if found["every"] in (None, port[0])]


def term_holds(text, labels):
    """The first term of a selector, as the words have it. Of several values only one is told."""
    found = TERM.fullmatch(text)
    if found is None:
        return False
    key, operator = found["key"], found["operator"]
    if operator is None:
        return (key in labels) == (not found["not"])
    if operator == "notin":
        return labels.get(key) != found["value"]
    return key in labels and (bool(found["more"]) or labels[key] == found["value"])


def pods_are(found, pod):
    """Is it a pod of those that the words describe?"""
    if found["name"] and pod.namespace != found["name"]:
        return False
    if found["spaces"] and not term_holds(found["spaces"], pod.namespace_labels):
        return False
    return not found["pods"] or term_holds(found["pods"], pod.labels)


def wrong_pods(judge, policy, peer, where, ports):
    """What is wrong with words about pods."""
    found = PODS.fullmatch(where)
    if found is None:
        return f"these pods cannot be read: {where}"
    pods = [kube.Pod(name, space, labels) for name, space in judge.world.spaces
            for labels in judge.world.pods]
    theirs = [pod for pod in pods if kube.peer_has(peer, judge.namespace, pod)]
    if not theirs or not all(pods_are(found, pod) for pod in theirs):
        return f"the peer has other pods than {where}"
    for port in ports:
        if not any(is_leak(policy, judge.companion, judge.namespace, pod, port) for pod in theirs) \
                and not judge.peer_stands_alone(peer, {"ports": [exactly(port)]}):
            return f"these pods may be reached by {port}"
    return None


def exactly(port):
    protocol, number = port
    return {"protocol": protocol, "port": number}


def part_of(judge, index, place):
    """The rule that a field names, with the peer that it names alone; None where it names none."""
    rules = kube.rules(judge.policies[index])
    if int(place[1]) >= len(rules):
        return None
    rule = rules[int(place[1])]
    if place[2] is None:
        return None if rule.get("to") else rule
    if int(place[2]) >= len(rule.get("to") or []):
        return None
    return {**rule, "to": [rule["to"][int(place[2])]]}


def wrong_address(judge, policy, where, ports):
    address = ipaddress.ip_address(where)
    if str(address) != where:
        return f"{where} is not how that address is written"
    destination = kube.Address(address.version, int(address))
    for port in ports:
        if not is_leak(policy, judge.companion, judge.namespace, destination, port):
            return f"{where} is no leak by {port}"
    return None


def wrong(judge, index, field, text):
    """What is wrong with a field and a witness, or None. `index`: of the policy."""
    place, found = FIELD.fullmatch(field), WITNESS.fullmatch(text)
    if place is None or found is None:
        return "the field or the witness cannot be read"
    rule = part_of(judge, index, place)
    if rule is None:
        return "there is no such rule or peer"
    policy = {"spec": {"policyTypes": ["Egress"], "egress": [rule]}}
    ports = ports_of(found, judge.world)
    if found["where"].startswith("pods"):
        return wrong_pods(judge, policy, rule["to"][0], found["where"], ports)
    return wrong_address(judge, policy, found["where"], ports)


def example(judge, index, field, text):
    """A destination and a port of a witness that is right; None where no one packet shows it."""
    found, place = WITNESS.fullmatch(text), FIELD.fullmatch(field)
    port = ports_of(found, judge.world)[0]
    if not found["where"].startswith("pods"):
        address = ipaddress.ip_address(found["where"])
        return kube.Address(address.version, int(address)), port
    policy = {"spec": {"policyTypes": ["Egress"], "egress": [part_of(judge, index, place)]}}
    pods = (kube.Pod(*space, labels) for space in judge.world.spaces for labels in judge.world.pods)
    return next(((pod, port) for pod in pods
                 if is_leak(policy, judge.companion, judge.namespace, pod, port)), None)
