"""settings.sh is read by a root shell: nothing that a user writes may reach it.

Each row puts such a text where users may write. The pod is admitted with the very
settings of the configuration, which protected.py compares byte for byte, or refused.
"""
from hostile.case import Case, denied, protected
from hostile.pods import pod_body

TEXTS = {
    "a substitution": "$(touch /tmp/x)",
    "backticks": "`id`",
    "quotes": '"; id; "',
    "single quotes": "'; id; '",
    "a line": 'x"\nVXLAN_ID="1"\nid\n#',
    "a variable": "${PATH}",
    "a kubelet's variable": "$(PODVEIL_SETTINGS)",
    "a backslash": "\\\"\\$(id)\\",
    "a redirection": "> /config/settings.sh",
    "printf": "%s%n%1000000d",
    "U+2028 and quotes of other kinds": "\u2028“”‘’＂；",
}

# Where podveil does not look at all, or keeps what is there as it is.
PLACES = [
    "metadata.labels[app]", "metadata.annotations[a]", "metadata.annotations[podveil.io/talks-to]",
    "metadata.managedFields[0].manager", "metadata.ownerReferences[0].kind",
    "spec.containers[0].name", "spec.containers[0].image", "spec.containers[0].command[0]",
    "spec.containers[0].args[0]", "spec.containers[0].workingDir", "spec.containers[0].env[0].name",
    "spec.containers[0].env[0].value", "spec.containers[0].ports[0].name",
    "spec.containers[0].volumeMounts[0].mountPath", "spec.containers[0].terminationMessagePath",
    "spec.containers[0].livenessProbe.exec.command[0]", "spec.containers[0].imagePullPolicy",
    "spec.volumes[0].name", "spec.volumes[0].nfs.server", "spec.hostname", "spec.subdomain",
    "spec.nodeName", "spec.schedulerName", "spec.serviceAccountName", "spec.priorityClassName",
    "spec.runtimeClassName", "spec.hostAliases[0].hostnames[0]", "spec.imagePullSecrets[0].name",
    "spec.securityContext.seLinuxOptions.type", "spec.securityContext.runAsUser",
    "spec.dnsConfig.searches[0]", "spec.dnsConfig.options[0].name", "spec.dnsConfig.options[0].value",
    "spec.dnsConfig.nameservers[0]", "spec.nodeSelector[a]", "spec.tolerations[0].key",
    "spec.unknown", "status.message",
]

# Where a name is wanted.
CHECKED = {
    "metadata.name": "Malformed",
    "metadata.generateName": "Malformed",
    "metadata.labels[podveil.io/gateway]": "UnknownGateway",
    "metadata.labels[podveil.io/workload]": "ReservedLabel",
    "metadata.annotations[podveil.io/injected]": "ReservedLabel",
    "metadata.labels[istio.io/dataplane-mode]": "MeshOptOut",
    "metadata.annotations[ambient.istio.io/dns-capture]": "MeshOptOut",
    "spec.dnsPolicy": "Malformed",
    "spec.resources.requests[cpu]": "Malformed",
    "spec.containers[0].livenessProbe.httpGet.host": "ProbeHost",
}


def request_cases(name, text):
    yield Case(f"settings: {name} in request.namespace", denied("Malformed"),
               pod_body(namespace=text))
    for member in ("name", "userInfo.username", "userInfo.uid", "options.fieldManager"):
        yield Case(f"settings: {name} in request.{member}", protected(), pod_body(**{member: text}))
    yield Case(f"settings: {name} in the key of a label", protected(),
               pod_body({"metadata.labels": {"podveil.io/gateway": "vpn", text: "a"}}))
    yield Case(f"settings: {name} in the key of an annotation", protected(),
               pod_body({"metadata.annotations": {text: text}}))
    yield Case(f"settings: {name} in a controller's name", denied("Malformed"),
               pod_body({"metadata.ownerReferences": [{"kind": "Job", "name": text,
                                                       "controller": True}]}))
    yield Case(f"settings: {name} in nameservers of dnsPolicy None", denied("DNSPolicy"),
               pod_body({"spec.dnsPolicy": "None", "spec.dnsConfig.nameservers": [text]}))


def search_cases():
    """Search domains are the one list that podveil joins with its own."""
    many = [f"{i}.example.org" for i in range(40)]
    left_out = "left out"
    for name, value, says in (
            ("40 of them", many, left_out), ("one of 3,000 bytes", ["a" * 3000], left_out),
            ("one of 2,000 bytes", ["a" * 1950], None), ("the same ten times", ["a.b"] * 10, None),
            ("our own", ["cluster.local", "media.svc.cluster.local"], None), ("empty ones", [""], None),
            ("letters of two bytes", ["é" * 500], None), ("emoji to the limit", ["😀" * 600], left_out),
            ("100,000 of them", ["a.b"] * 100000, None),
            ("100,000 that differ", [str(i) for i in range(100000)], left_out),
            ("control characters", ["\x01\x1f\x7f"], None), ("quotes", ['","'], None)):
        yield Case(f"settings: searches, {name}", protected(says=says),
                   pod_body({"spec.dnsConfig.searches": value}))
    for value in ("8.8.8.8", "10.1.0.1.", "010.1.0.1", "0x0a010001", "::ffff:10.1.0.1", "", "1.1.1.1 "):
        yield Case(f"settings: dnsPolicy None asks {value!r}", denied("DNSPolicy"),
                   pod_body({"spec.dnsPolicy": "None", "spec.dnsConfig.nameservers": [value]}))
    yield Case("settings: dnsPolicy None asks the cluster", protected(),
               pod_body({"spec.dnsPolicy": "None", "spec.dnsConfig.nameservers": ["10.152.183.10"]}))
    yield Case("settings: dnsPolicy Default", denied("DNSPolicy"),
               pod_body({"spec.dnsPolicy": "Default"}))
    for value in ("default", "ClusterFirst ", "none", "Cluster"):
        yield Case(f"settings: dnsPolicy {value!r}", denied("Malformed", "spec.dnsPolicy"),
                   pod_body({"spec.dnsPolicy": value}))


def cases():
    for name, text in TEXTS.items():
        for place in PLACES:
            yield Case(f"settings: {name} in {place}", protected(), pod_body({place: text}))
        for place, reason in CHECKED.items():
            yield Case(f"settings: {name} in {place}", denied(reason), pod_body({place: text}))
        yield from request_cases(name, text)
    yield from search_cases()
