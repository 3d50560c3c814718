"""Objects that go to /validate: policies, templates, and what an update may not do."""
import copy

from hostile.case import ABSENT, Case, Raw, denied, dumps, put, untouched
from hostile.pods import recorded
from hostile.wrong_types import VALUES, WORDS

PATH = "/validate?timeout=10s"
PEER = "spec.egress[0].to[0]"
OTHER = "spec.egress[0].to[1]"
PORT = "spec.egress[0].ports[0]"
TERM = OTHER + ".podSelector.matchExpressions[0]"

# A policy that is right: every way out that it opens stays in the cluster.
POLICY = {
    "podSelector": {"matchLabels": {"app": "a"}},
    "policyTypes": ["Egress"],
    "egress": [{
        "to": [{"ipBlock": {"cidr": "10.1.2.0/24", "except": ["10.1.2.128/25"]}},
               {"namespaceSelector": {}, "podSelector": {
                   "matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}}],
        "ports": [{"protocol": "TCP", "port": 1, "endPort": 2}]}],
}

# field, its type
FIELDS = [
    ("spec", "object"), ("spec.podSelector", "object"), ("spec.podSelector.matchLabels", "object"),
    ("spec.podSelector.matchLabels[app]", "string"), ("spec.policyTypes", "list"),
    ("spec.policyTypes[0]", "string"), ("spec.egress", "list"), ("spec.egress[0]", "object"),
    ("spec.egress[0].to", "list"), (PEER, "object"), (PEER + ".ipBlock", "object"),
    (PEER + ".ipBlock.cidr", "string"), (PEER + ".ipBlock.except", "list"),
    (PEER + ".ipBlock.except[0]", "string"), (OTHER + ".namespaceSelector", "object"),
    (OTHER + ".podSelector", "object"), (OTHER + ".podSelector.matchExpressions", "list"),
    (TERM, "object"), (TERM + ".key", "string"), (TERM + ".operator", "string"),
    (TERM + ".values", "list"), (TERM + ".values[0]", "string"), ("spec.egress[0].ports", "list"),
    (PORT, "object"), (PORT + ".protocol", "string"),
]

# What is missing or null is sometimes more than what was there.
NULLS = {
    "spec.podSelector": None, "spec.policyTypes": None, "spec.egress": None,
    "spec.egress[0].to": "EgressLeak", "spec.egress[0].ports": None, PEER + ".ipBlock": "Malformed",
    PEER + ".ipBlock.cidr": "Malformed", PEER + ".ipBlock.except": None,
    OTHER + ".namespaceSelector": None, OTHER + ".podSelector": None, TERM + ".key": "Malformed",
    TERM + ".operator": "Malformed", TERM + ".values": "Malformed", PORT + ".protocol": None,
    PORT + ".port": "Malformed", PORT + ".endPort": None,
}

CIDRS = ["", " ", "0", "10", "10.1", "10.1.0.0", "10.1.0.0/", "/16", "10.1.0.0/33", "10.1.0.0/-1",
         "10.1.0.0/016", "10.1.0.0/+16", "10.1.0.0/16 ", " 10.1.0.0/16", "10.1.0.0/16\n", "10.1.0.0//16",
         "10.1.0.0/16/16", "10.1.0.1/16", "010.1.0.0/16", "10.01.0.0/16", "0x0a.1.0.0/16", "167837696/16",
         "10.1/16", "10.1.0.0.0/16", "10.256.0.0/16", "10.1.0.0/255.255.0.0", "10.1.0.0%eth0/16",
         "１0.1.0.0/16", "10。1.0.0/16", "::ffff:10.1.0.0/112", "::ffff:0:0/96", "::10.1.0.0/112",
         "fd00::1/64", "FD00::/64", "fd00:0:0::/64", "fd00::/129", "fd00::/064", "fd00::%1/64",
         "[fd00::]/64", "fd00:::/64", "gd00::/64", "any", "0.0.0.0", "*", "$(id)", "10.1.0.0/16,0.0.0.0/0",
         "1" * 10000, "10.1.0.0/" + "1" * 10000]

LEAKS = ["0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "8.8.8.8/32", "10.0.0.0/8", "172.16.0.0/24",
         "169.254.169.254/32", "::/128", "::ffff:0:0:0/96", "64:ff9b::/96", "2000::/3"]

# What an update does to the labels and annotations of a pod that runs.
UPDATES = {
    "the label is gone": ("labels", "podveil.io/gateway", ABSENT),
    "the label is null": ("labels", "podveil.io/gateway", None),
    "the label is none": ("labels", "podveil.io/gateway", "none"),
    "the label is a number": ("labels", "podveil.io/gateway", 1),
    "another gateway": ("labels", "podveil.io/gateway", "lan"),
    "a space behind": ("labels", "podveil.io/gateway", "vpn "),
    "a new mark": ("labels", "podveil.io/x", "y"),
    "a mark of 10 kB": ("labels", "podveil.io/" + "x" * 10000, "y"),
    "a mark that clears the screen": ("labels", "podveil.io/\x1b[2J", "y"),
    "an alias": ("labels", "setGateway", "true"),
    "out of the mesh": ("labels", "istio.io/dataplane-mode", "none"),
    "the cluster's DNS": ("annotations", "ambient.istio.io/dns-capture", "true"),
}

DEBUG = "spec.ephemeralContainers[0]"
CONTEXT = DEBUG + ".securityContext"
DEBUGS = {
    "privileged": (CONTEXT + ".privileged", True),
    "unmasked": (CONTEXT + ".procMount", "Unmasked"),
    "with a capability": (CONTEXT + ".capabilities.add", ["SYS_PTRACE"]),
    "with a capability of 10 kB": (CONTEXT + ".capabilities.add", ["X" * 10000]),
    "with NET_RAW": (CONTEXT + ".capabilities.drop", []),
    "with our volume": (DEBUG + ".volumeMounts", [{"name": "podveil-config"}]),
    "in our container": (DEBUG + ".targetContainerName", "podveil-sidecar"),
}
DEBUG_TYPES = [(DEBUG, "object"), (CONTEXT, "object"), (CONTEXT + ".privileged", "bool"),
               (CONTEXT + ".capabilities", "object"), (CONTEXT + ".capabilities.add", "list"),
               (CONTEXT + ".capabilities.drop", "list"), (DEBUG + ".volumeMounts", "list"),
               (DEBUG + ".targetContainerName", "string"), ("spec.ephemeralContainers", "list")]


def policy(changes):
    return changed("validate-networkpolicy-create", {"spec": copy.deepcopy(POLICY), **changes})


def changed(name, changes):
    whole = recorded(name)
    for path, value in changes.items():
        put(whole, "request.object." + path, value)
    return dumps(whole)


def of_other_types(what, fields, make):
    """A row for each field and each other type: Malformed at its place."""
    for path, kind in fields:
        for other, value in VALUES.items():
            if other != kind:
                field = path.split("[app]", maxsplit=1)[0]
                yield Case(f"objects: {what}, {path} is {WORDS[other]}", denied("Malformed", field),
                           make({path: value}), path=PATH)


def policy_cases():
    yield Case("objects: a policy that is right", untouched(), policy({}), path=PATH)
    yield from of_other_types("a policy", FIELDS, policy)
    for path, reason in NULLS.items():
        yield Case(f"objects: a policy, {path} is null", denied(reason) if reason else untouched(),
                   policy({path: None}), path=PATH)
    for text in ("0", "65536", "-1", "1.0", "1e1", "true", "[]", "{}", "99999999999999999999"):
        yield Case(f"objects: a policy's port is {text}", denied("Malformed", PORT + ".port"),
                   policy({PORT + ".port": Raw(text)}), path=PATH)
    for name, changes in {
            "a block beside a selector": {PEER + ".podSelector": {}}, "an empty peer": {PEER: {}},
            "a range the wrong way round": {PORT + ".port": 9}, "a range of a name":
            {PORT + ".port": "http"}, "a protocol of none": {PORT + ".protocol": "tcp"},
            "a type of none": {"spec.policyTypes": ["egress"]}, "an operator of none":
            {TERM + ".operator": "in"}, "an exception beside its block":
            {PEER + ".ipBlock.except": ["10.2.0.0/24"]}}.items():
        yield Case(f"objects: a policy with {name}", denied("Malformed"), policy(changes), path=PATH)
    for text in CIDRS:
        yield Case(f"objects: a policy to {text[:24]!a}, {len(text)}", denied("NonCanonicalCIDR"),
                   policy({PEER + ".ipBlock": {"cidr": text}}), path=PATH)
    for text in LEAKS:
        yield Case(f"objects: a policy to {text}", denied("EgressLeak"),
                   policy({PEER + ".ipBlock": {"cidr": text}}), path=PATH)
    rows = {"to": {"podSelector": {}}, "ports": {"port": 1}}
    for member, item in rows.items():
        yield Case(f"objects: a policy of 100,000 {member}", untouched(),
                   policy({"spec.egress[0]." + member: [item] * 100000}), path=PATH)
    rules = Raw("[" + ",".join(["{}"] * 1500000) + "]")
    yield Case("objects: a policy of 1,500,000 rules", denied("Malformed", "spec"),
               policy({"spec.egress": rules}), path=PATH)


def update_cases():
    for name, (kind, key, value) in UPDATES.items():
        yield Case(f"objects: an update, {name}", denied("LabelChanged"),
                   changed("mutate-pod-update-label", {f"metadata.{kind}[{key}]": value}), path=PATH)
    name = "validate-pod-ephemeralcontainers-update"
    drop = {CONTEXT: {"capabilities": {"drop": ["ALL"]}}}
    yield Case("objects: a debug container that is right", untouched(), changed(name, copy.deepcopy(drop)), path=PATH)
    for what, (path, value) in DEBUGS.items():
        yield Case(f"objects: a debug container {what}", denied("EphemeralContainer"),
                   changed(name, copy.deepcopy({**drop, path: value})), path=PATH)
    yield from of_other_types("a debug container", DEBUG_TYPES,
                              lambda changes: changed(name, copy.deepcopy({**drop, **changes})))


def template_cases():
    """A template is let in whatever it is, and its author is told what becomes of its pods."""
    at = "spec.template.spec."
    name = "validate-deployment-create"
    for path, value, says in (
            ("hostNetwork", True, "HostNetwork"), ("hostNetwork", 1, "Malformed"),
            ("containers", {}, "Malformed"), ("containers[0].name", "podveil-init", "Forged"),
            ("containers[0].securityContext.privileged", "true", "Malformed"),
            ("volumes[0].hostPath", {"path": "../\x1b[2J\n"}, "HostPath"),
            ("containers", [{"name": "a"}] * 1025, "Malformed")):
        yield Case(f"objects: a template, {path} is {str(value)[:24]!a}",
                   untouched("its pods will be denied: " + says), changed(name, {at + path: value}),
                   path=PATH)
    for value in (None, 1, "x", [], {}):
        yield Case(f"objects: a Deployment whose template is {value!r}", untouched(),
                   changed(name, {"spec.template": value}), path=PATH)


def cases():
    yield from policy_cases()
    yield from update_cases()
    yield from template_cases()
