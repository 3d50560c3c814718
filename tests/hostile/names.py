"""Names at their limits and beyond, and where they go: a label, a policy, a file, a log."""
from hostile.case import ABSENT, Case, denied, protected, untouched
from hostile.pods import pod_body

HASH = "7c5748b45"

# metadata.name, the workload that comes of it
FINE = {
    "one letter": "a", "63": "a" * 63, "64": "a" * 64, "253": "a" * 253,
    "253 with dots": ("a" * 49 + ".") * 5 + "abc",
    "a cut that ends in a dot": "a" * 53 + "." + "b" * 20,
    "a cut that ends in a dash": "a" * 53 + "-" + "b" * 20,
    "a cut that ends in dashes": "a" * 20 + "-" * 34 + "b" * 20,
    "a cut behind a dot": "a" * 54 + "." + "b" * 20,
    "228": "a" * 228, "229": "a" * 229, "like a cut name": "a-0123abcd", "a number": "123",
    "a floor": "podveil-floor", "a companion": "x-vpn-killswitch",
}

WRONG = {
    "empty": "", "254": "a" * 254, "10 kB": "a" * 10000, "a capital": "App", "an underscore": "a_b",
    "a dash first": "-a", "a dash last": "a-", "a dot first": ".a", "a dot last": "a.",
    "two dots": "a..b", "a dot and a dash": "a.-b", "two dots alone": "..", "a path": "../../etc/x",
    "a slash": "a/b", "a line feed": "a\n", "a line feed first": "\na", "a space": "a b",
    "quotes": 'a"b', "a substitution": "$(id)", "a letter of two bytes": "é", "emoji": "😀",
    "a Cyrillic letter": "аpp", "U+FEFF": "\ufeffa", "a backslash": "a\\b", "printf": "%n",
    "a star": "*", "253 bytes and a letter of two": "a" * 252 + "é",
}

NAMESPACES = {
    "empty": "", "64": "a" * 64, "a dot": "a.b", "capitals": "Media", "a slash": "a/b",
    "two dots": "..", "a path": "../../../etc/cron.d", "absolute": "/etc", "a space": "me dia",
    "a line feed": "media\n", "quotes": '"', "a substitution": "$(id)", "backticks": "`id`",
    "emoji": "😀", "a dash first": "-a", "a dash last": "a-", "10 kB": "n" * 10000,
    "100 kB": "n" * 100000, "a backslash": "a\\b", "a star": "*", "printf": "%s%n",
}


def owner(kind, name, **more):
    return {"metadata.ownerReferences": [{"apiVersion": "v1", "kind": kind, "name": name,
                                          "uid": "a", "controller": True, **more}]}


def pod_cases():
    for name, value in FINE.items():
        yield Case(f"names: a pod's name, {name}", protected(), pod_body({"metadata.name": value}))
        yield Case(f"names: generateName, {name}", protected(workload=value),
                   pod_body({"metadata.name": ABSENT, "metadata.generateName": value + "-"}))
    for name, value in WRONG.items():
        yield Case(f"names: a pod's name, {name}", denied("Malformed"),
                   pod_body({"metadata.name": value}))
        if name not in ("a dash last", "a dot last"):
            yield Case(f"names: generateName, {name}", denied("Malformed"),
                       pod_body({"metadata.name": ABSENT, "metadata.generateName": value + "-"}))
        yield Case(f"names: a controller's, {name}", denied("Malformed"),
                   pod_body(owner("StatefulSet", value)))
    for name in ("absent", "null"):
        value = ABSENT if name == "absent" else None
        yield Case(f"names: neither name nor generateName, {name}", denied("Malformed"),
                   pod_body({"metadata.name": value, "metadata.generateName": value}))
    for value in ("-", "--", ".", "-.-"):
        yield Case(f"names: generateName {value}", denied("Malformed"),
                   pod_body({"metadata.name": ABSENT, "metadata.generateName": value}))


def owner_cases():
    label = {"metadata.labels[pod-template-hash]": HASH}
    for kind, name, workload in (
            ("ReplicaSet", f"web-{HASH}", "web"), ("ReplicaSet", HASH, HASH),
            ("ReplicaSet", f"-{HASH}", None), ("ReplicaSet", f"web{HASH}", f"web{HASH}"),
            ("replicaset", f"web-{HASH}", f"web-{HASH}"),
            ("Job", "nightly-29012345", "nightly"), ("Job", "nightly-1234567", "nightly-1234567"),
            ("Job", "nightly-12345678901", "nightly-12345678901"), ("Job", "29012345", "29012345"),
            ("Job", "-29012345", None), ("StatefulSet", "db-29012345", "db-29012345"),
            ("$(id)", "web", "web"), ("k" * 10000, "web", "web")):
        want = protected(workload=workload) if workload else denied("Malformed")
        yield Case(f"names: {kind[:12]} {name}", want, pod_body({**owner(kind, name), **label}))
    yield Case("names: two controllers, the first counts", protected(workload="a"),
               pod_body({"metadata.ownerReferences": [
                   {"kind": "X", "name": "a", "controller": True},
                   {"kind": "X", "name": "b", "controller": True}]}))
    yield Case("names: 10,000 owners and no controller", protected(),
               pod_body({"metadata.ownerReferences": [{"kind": "X", "name": "a"}] * 10000}))
    yield Case("names: controller is a text", denied("Malformed", "metadata.ownerReferences"),
               pod_body(owner("X", "a", controller="true")))


def namespace_cases():
    for name, value in NAMESPACES.items():
        yield Case(f"names: a namespace, {name}", denied("Malformed"), pod_body(namespace=value))
        yield Case(f"names: a namespace, {name}, of a pod without a label", untouched(),
                   pod_body({"metadata.labels": {}}, namespace=value))
    for value in ("a", "a" * 63, "0", "kube-system"):
        yield Case(f"names: a namespace, {value[:12]}", protected(), pod_body(namespace=value))
    yield Case("names: the namespace in the request alone", protected(),
               pod_body({"metadata.namespace": ABSENT}))
    yield Case("names: an empty namespace in the object", protected(),
               pod_body({"metadata.namespace": ""}))


def log_cases():
    """request.name goes into the log and nowhere else."""
    for name, value in {"10 kB": "n" * 10000, "cut in a letter": "a" * 252 + "é" * 50,
                        "line feeds": "a\nb\r\nc", "an escape": "\x1b[2J", "quotes": '"}{"',
                        "emoji": "😀" * 100, "a path": "../../x", "U+2028": "\u2028"}.items():
        yield Case(f"names: request.name, {name}", protected(), pod_body(name=value))


def cases():
    yield from pod_cases()
    yield from owner_cases()
    yield from namespace_cases()
    yield from log_cases()
