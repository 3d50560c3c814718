"""Every field of a pod that a rule reads, of every other type than the API's.

A rule that looks past a field of the wrong type refuses nothing there, and what
another reader makes of it is anybody's guess. null is absent, as everywhere.
"""
from hostile.case import Case, Raw, bad_envelope, denied, protected, put, untouched
from hostile.pods import dumps, pod_body, pod_review

VALUES = {"number": 1, "string": "true", "list": [], "object": {}, "bool": True}
WORDS = {"number": "a number", "string": "a string", "list": "a list", "object": "an object",
         "bool": "true"}

CONTAINER = "spec.containers[0]"
CONTEXT = CONTAINER + ".securityContext"
POD_CONTEXT = "spec.securityContext"

# field, its type
OPTIONAL = [
    ("metadata.labels", "object"),
    ("metadata.annotations", "object"),
    ("metadata.ownerReferences", "list"),
    ("metadata.generateName", "string"),
    ("spec.serviceAccountName", "string"),
    ("spec.serviceAccount", "string"),
    ("spec.hostNetwork", "bool"),
    ("spec.hostPID", "bool"),
    ("spec.hostIPC", "bool"),
    ("spec.shareProcessNamespace", "bool"),
    ("spec.initContainers", "list"),
    ("spec.ephemeralContainers", "list"),
    ("spec.volumes", "list"),
    ("spec.dnsPolicy", "string"),
    ("spec.dnsConfig", "object"),
    ("spec.dnsConfig.nameservers", "list"),
    ("spec.dnsConfig.searches", "list"),
    ("spec.dnsConfig.options", "list"),
    ("spec.dnsConfig.options[0].name", "string"),
    ("spec.os", "object"),
    ("spec.os.name", "string"),
    ("spec.nodeSelector", "object"),
    ("spec.nodeSelector[kubernetes.io/os]", "string"),
    ("spec.nodeSelector[beta.kubernetes.io/os]", "string"),
    ("spec.resourceClaims", "list"),
    ("spec.resources", "object"),
    ("spec.resources.limits", "object"),
    ("spec.resources.requests", "object"),
    (POD_CONTEXT, "object"),
    (POD_CONTEXT + ".appArmorProfile", "object"),
    (POD_CONTEXT + ".appArmorProfile.type", "string"),
    (POD_CONTEXT + ".sysctls", "list"),
    (POD_CONTEXT + ".sysctls[0].name", "string"),
    (POD_CONTEXT + ".windowsOptions", "object"),
    (POD_CONTEXT + ".windowsOptions.hostProcess", "bool"),
    (CONTAINER + ".command", "list"),
    (CONTAINER + ".args", "list"),
    (CONTAINER + ".ports", "list"),
    (CONTAINER + ".resources", "object"),
    (CONTAINER + ".resources.limits", "object"),
    (CONTAINER + ".resources.requests", "object"),
    (CONTAINER + ".env", "list"),
    (CONTAINER + ".env[0].valueFrom", "object"),
    (CONTAINER + ".env[0].valueFrom.fileKeyRef", "object"),
    (CONTAINER + ".env[0].valueFrom.fileKeyRef.volumeName", "string"),
    (CONTAINER + ".volumeMounts", "list"),
    (CONTAINER + ".volumeMounts[0].name", "string"),
    (CONTAINER + ".volumeDevices", "list"),
    (CONTAINER + ".volumeDevices[0].name", "string"),
    (CONTAINER + ".livenessProbe", "object"),
    (CONTAINER + ".readinessProbe", "object"),
    (CONTAINER + ".startupProbe", "object"),
    (CONTAINER + ".livenessProbe.httpGet", "object"),
    (CONTAINER + ".livenessProbe.tcpSocket", "object"),
    (CONTAINER + ".readinessProbe.httpGet.host", "string"),
    (CONTAINER + ".startupProbe.tcpSocket.host", "string"),
    (CONTAINER + ".lifecycle", "object"),
    (CONTAINER + ".lifecycle.postStart", "object"),
    (CONTAINER + ".lifecycle.preStop", "object"),
    (CONTAINER + ".lifecycle.preStop.httpGet", "object"),
    (CONTAINER + ".lifecycle.postStart.tcpSocket.host", "string"),
    (CONTEXT, "object"),
    (CONTEXT + ".privileged", "bool"),
    (CONTEXT + ".procMount", "string"),
    (CONTEXT + ".allowPrivilegeEscalation", "bool"),
    (CONTEXT + ".capabilities", "object"),
    (CONTEXT + ".capabilities.add", "list"),
    (CONTEXT + ".capabilities.drop", "list"),
    (CONTEXT + ".windowsOptions", "object"),
    (CONTEXT + ".windowsOptions.hostProcess", "bool"),
    ("spec.volumes[0].name", "string"),
    ("spec.volumes[1].hostPath", "object"),
    ("spec.volumes[1].hostPath.type", "string"),
]

# The same where null is wrong as well: entries of a list, values of a map, what has to be there.
NEEDED = [
    ("spec", "object"),
    ("spec.containers", "list"),
    (CONTAINER, "object"),
    ("spec.initContainers[0]", "object"),
    ("spec.ephemeralContainers[0]", "object"),
    ("metadata.labels[app]", "string"),
    ("metadata.labels[podveil.io/gateway]", "string"),
    ("metadata.annotations[a/b]", "string"),
    ("metadata.annotations[k8s.v1.cni.cncf.io/networks]", "string"),
    (CONTAINER + ".command[0]", "string"),
    (CONTAINER + ".args[0]", "string"),
    (CONTAINER + ".ports[0]", "object"),
    (CONTAINER + ".env[0]", "object"),
    (CONTAINER + ".volumeMounts[0]", "object"),
    (CONTAINER + ".volumeDevices[0]", "object"),
    (CONTEXT + ".capabilities.add[0]", "string"),
    (CONTEXT + ".capabilities.drop[0]", "string"),
    (POD_CONTEXT + ".sysctls[0]", "object"),
    ("spec.dnsConfig.nameservers[0]", "string"),
    ("spec.dnsConfig.searches[0]", "string"),
    ("spec.dnsConfig.options[0]", "object"),
    ("spec.resourceClaims[0]", "object"),
    ("spec.volumes[0]", "object"),
]

# What stands beside the field so that nothing else is wrong.
BESIDE = {
    "spec.initContainers[0]": {"spec.initContainers[1].name": "seed"},
    "spec.volumes[1].hostPath": {"spec.volumes[1].name": "media"},
    "spec.volumes[1].hostPath.type": {"spec.volumes[1].name": "media",
                                      "spec.volumes[1].hostPath.path": "/srv/media"},
    CONTAINER + ".volumeMounts[0].name": {CONTAINER + ".volumeMounts[0].mountPath": "/a"},
    CONTAINER + ".volumeDevices[0].name": {CONTAINER + ".volumeDevices[0].devicePath": "/a"},
}

SAME_IN_EVERY_LIST = [(".securityContext.privileged", "bool"),
                      (".securityContext.capabilities.add", "list"),
                      (".volumeMounts", "list"), (".ports", "list"), (".resources", "object"),
                      (".name", "string"), (".livenessProbe", "object")]


def where(path):
    """What a denial calls the field: what a controller writes is named as a whole."""
    return "metadata.ownerReferences" if path.startswith("metadata.ownerR") else path


def wrong(path, kind, beside):
    for other, value in VALUES.items():
        if other != kind:
            yield Case(f"types: {path} is {WORDS[other]}", denied("Malformed", where(path)),
                       pod_body({**beside, path: value}))


def optional_cases():
    for path, kind in OPTIONAL:
        beside = BESIDE.get(path, {})
        yield from wrong(path, kind, beside)
        # A pod without labels asks for nothing.
        fine = untouched() if path == "metadata.labels" else protected()
        yield Case(f"types: {path} is null", fine, pod_body({**beside, path: None}))


def needed_cases():
    for path, kind in NEEDED:
        beside = BESIDE.get(path, {})
        yield from wrong(path, kind, beside)
        yield Case(f"types: {path} is null", denied("Malformed", where(path)),
                   pod_body({**beside, path: None}))


def list_cases():
    for kind in ("initContainers", "ephemeralContainers"):
        for tail, right in SAME_IN_EVERY_LIST:
            path = f"spec.{kind}[0]{tail}"
            yield from wrong(path, right, {f"spec.{kind}[0].name": "other"})


def odd_cases():
    for name, value in WORDS.items():
        if name != "object":
            yield Case(f"types: metadata is {value}", bad_envelope(),
                       dumps(put(pod_review(), "request.object.metadata", VALUES[name])))
    yield Case("types: metadata is null", untouched(),
               dumps(put(pod_review(), "request.object.metadata", None)))
    for name, value in {"absent": {}, "null": {"name": None}, "empty": {"name": ""}}.items():
        yield Case(f"types: a container's name is {name}", denied("Malformed", CONTAINER),
                   pod_body({CONTAINER: {"image": "a", **value}}))
    yield from wrong(CONTAINER + ".name", "string", {})
    for name, value in {"a number": 1, "a list": [], "true": True, "an object": {}}.items():
        yield Case(f"types: metadata.name is {name}", denied("Malformed", "metadata.name"),
                   pod_body({"metadata.name": value}))
        for member in ("kind", "name"):
            yield Case(f"types: a controller's {member} is {name}",
                       denied("Malformed", "metadata.ownerReferences"),
                       pod_body({"metadata.ownerReferences": [
                           {"kind": "Job", "name": "a", "controller": True, member: value}]}))
        yield Case(f"types: an ownerReference is {name}",
                   denied("Malformed", "metadata.ownerReferences") if value != {} else protected(),
                   pod_body({"metadata.ownerReferences": [value]}))
    for name in ("absent", "null"):
        beside = {"spec.volumes[1].name": "media", "spec.volumes[1].hostPath.type": ""}
        if name == "null":
            beside["spec.volumes[1].hostPath.path"] = None
        yield Case(f"types: hostPath.path is {name}", denied("HostPath"), pod_body(beside))
    yield from wrong("spec.volumes[1].hostPath.path", "string", {"spec.volumes[1].name": "media"})


def claim_cases():
    """A resource claim is refused unless its template is listed, whatever else is wrong."""
    base = "spec.resourceClaims[0]"
    for name, value in {"a number": 1, "a list": [], "an object": {}, "true": True}.items():
        yield Case(f"types: resourceClaimTemplateName is {name}",
                   denied("Malformed", base + ".resourceClaimTemplateName"),
                   pod_body({base: {"name": "a", "resourceClaimTemplateName": value}}))
        yield Case(f"types: resourceClaimName is {name}", denied("ExtraNetwork"),
                   pod_body({base: {"name": "a", "resourceClaimName": value,
                                    "resourceClaimTemplateName": "gpu"}}))
    yield Case("types: resourceClaimTemplateName is null", denied("ExtraNetwork"),
               pod_body({base: {"name": "a", "resourceClaimTemplateName": None}}))
    yield Case("types: a resource claim that is listed", protected(),
               pod_body({base: {"name": "a", "resourceClaimTemplateName": "gpu"}}))


def number_cases():
    """A port is a whole number of JSON."""
    port = CONTAINER + ".ports[0].hostPort"
    for text in ("1.0", "-0", "1e3", "1E400", "0.1", "-0.0", '"8080"', "[8080]", "{}", "true", '""',
                 "9223372036854775808", "1" * 400):
        yield Case(f"types: hostPort is {text[:24]}", denied("Malformed", port),
                   pod_body({port: Raw(text)}))
    for text in ("0", "null"):
        yield Case(f"types: hostPort is {text}", protected(), pod_body({port: Raw(text)}))
    for text in ("8080", "-1", "65536", "9223372036854775807"):
        yield Case(f"types: hostPort is {text}", protected(says="HostPort"),
                   pod_body({port: Raw(text)}))
    for field in ("spec.hostNetwork", "spec.hostPID", CONTEXT + ".privileged"):
        for text in ("0", "1.0", '"false"', '""', "-0", "1e400"):
            yield Case(f"types: {field} is {text}", denied("Malformed", field),
                       pod_body({field: Raw(text)}))
        yield Case(f"types: {field} is false", protected(), pod_body({field: False}))


def cases():
    yield from optional_cases()
    yield from needed_cases()
    yield from list_cases()
    yield from odd_cases()
    yield from claim_cases()
    yield from number_cases()
