"""Pods as a whole: lists, counts, podveil's names in others' hands, gateways that are none."""
import copy

from hostile import protected as model
from hostile.case import ABSENT, Case, Raw, denied, protected, put, untouched
from hostile.pods import dumps, pod_body, pod_review

GATEWAY = "metadata.labels[podveil.io/gateway]"

GATEWAYS = {
    "empty": "", "another": "nosuch", "capitals": "VPN", "a space before": " vpn",
    "a space behind": "vpn ", "a line feed behind": "vpn\n", "two": "vpn,lan", "quotes": '"vpn"',
    "a single quote": "'vpn'", "a substitution": "$(id)", "braces": "${HOME}", "backticks": "`id`",
    "a semicolon": "vpn;id", "a path": "../vpn", "a percent": "%s%n", "an escape": "\x1b[31mvpn",
    "markup": "<b>vpn</b>", "U+FEFF before": "\ufeffvpn", "Cyrillic letters": "vрn",
    "full-width letters": "ｖｐｎ", "a zero-width space": "v\u200bpn", "right-to-left": "\u202envp",
    "10 kB": "v" * 10000, "10 kB of emoji": "😀" * 2500, "79 bytes and an emoji": "v" * 79 + "😀",
    "the JSON of one": '{"name":"vpn"}', "true": "true",
}

LOOK_ALIKES = ["Podveil.io/gateway", "podveil.io", "podveil.io/ gateway"[:10] + "\u2215gateway",
               "роdveil.io/gateway", "\ufeffpodveil.io/gateway", "podveil.ioo/gateway",
               "setgateway", "setGateway ", "xpodveil.io/gateway"]

MARKS = {"Gateway": "vpn", "gateway ": "vpn", "workload": "other", "injected": "x", "": "x",
         "gateway/x": "vpn", "gate\u200bway": "vpn"}

# A container that has podveil's name and something of it set otherwise.
FORGED = {
    "image": "evil.example.org/pod-gateway:v1.13.0",
    "command[0]": "/bin/sh",
    "command[1]": "-x",
    "command[2]": "exec sleep infinity",
    "command[4]": "/bin/true",
    "command[5]": "more",
    "args": ["more"],
    "env[0].value": "evil.media.svc.cluster.local",
    "env[1].value": 'VXLAN_ID="42"\nid\n',
    "env[1].value ": None,
    "env[2].value": "::/0",
    "env[3]": {"name": "BASH_ENV", "value": "/config/x"},
    "env": [],
    "envFrom": [{"configMapRef": {"name": "evil"}}],
    "workingDir": "/tmp",
    "ports": [{"containerPort": 80}],
    "lifecycle": {"postStart": {"exec": {"command": ["id"]}}},
    "startupProbe": {"exec": {"command": ["id"]}},
    "stdin": True,
    "tty": True,
    "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "NotRequired"}],
    "restartPolicy": "OnFailure",
    "securityContext": {},
    "securityContext.privileged": True,
    "securityContext.runAsUser": 1000,
    "securityContext.runAsNonRoot": True,
    "securityContext.readOnlyRootFilesystem": True,
    "securityContext.allowPrivilegeEscalation": True,
    "securityContext.capabilities.add[2]": "SYS_ADMIN",
    "securityContext.capabilities.drop": [],
    "securityContext.seccompProfile.type": "Unconfined",
    "securityContext.seLinuxOptions": {"type": "spc_t"},
    "securityContext.appArmorProfile": {"type": "Unconfined"},
    "volumeMounts[0].mountPath": "/elsewhere",
    "volumeMounts[0].subPath": "x",
    "volumeMounts[0].readOnly": True,
    "volumeMounts[2]": {"name": "kube-api-access-wxfds", "mountPath": "/bin"},
    "volumeMounts": [],
    "volumeDevices": [{"name": "a", "devicePath": "/dev/a"}],
    "terminationMessagePath": "/config/settings.sh",
    "unknown": 1,
}

# Text for a number, and the reverse: what another reader could take for the same.
FORGED_TYPES = {"securityContext.runAsUser": "0", "securityContext.runAsNonRoot": "false",
                "command[3]": ["podveil"], "env[0].value": 1, "volumeMounts": {}, "env": "x"}

MAY_DIFFER = {"resources": {"limits": {"cpu": "1"}}, "imagePullPolicy": "Always",
              "terminationMessagePolicy": "File", "terminationMessagePath": "/dev/termination-log",
              "lifecycle": None, "livenessProbe": None, "args": None}


def with_parts(changes=None, which=0):
    """The pod with podveil's containers already in it, and something changed in one."""
    parts = [model.part("podveil-init", "vpn"), model.part("podveil-sidecar", "vpn")]
    for path, value in (changes or {}).items():
        put(parts[which], path.strip(), value)
    return {"spec.initContainers": parts}


def gateway_cases():
    for name, value in GATEWAYS.items():
        yield Case(f"pod: the gateway is {name}", denied("UnknownGateway"),
                   pod_body({GATEWAY: value}))
    yield Case("pod: the gateway is not for this namespace", denied("GatewayNotAllowed"),
               pod_body({GATEWAY: "lan"}))
    yield Case("pod: none without leave", denied("OptOut"), pod_body({GATEWAY: "none"}))
    yield Case("pod: two labels, two gateways", denied("ReservedLabel"),
               pod_body({GATEWAY: "lan", "metadata.labels[setGateway]": "true"}))
    yield Case("pod: none and an alias", denied("ReservedLabel"),
               pod_body({GATEWAY: "none", "metadata.labels[setGateway]": "true"}))
    yield Case("pod: two labels, one gateway", protected(),
               pod_body({"metadata.labels[setGateway]": "true"}))
    for value in ("false", "True", "TRUE", "1", "true ", ""):
        yield Case(f"pod: an alias that is {value!r}", untouched(),
                   pod_body({"metadata.labels": {"setGateway": value}}))
    for key in LOOK_ALIKES:
        yield Case(f"pod: a label that looks alike, {key!a}", untouched(),
                   pod_body({"metadata.labels": {key: "vpn"}}))
    for key, value in MARKS.items():
        for kind in ("labels", "annotations"):
            yield Case(f"pod: a foreign mark among {kind}, {'podveil.io/' + key!a}",
                       denied("ReservedLabel"),
                       pod_body({f"metadata.{kind}": {"podveil.io/gateway": "vpn",
                                                      "podveil.io/" + key: value}}))
    for kind in ("labels", "annotations"):
        for name, value in {"absent": ABSENT, "null": None, "empty": {}}.items():
            want = protected() if kind == "annotations" else untouched()
            yield Case(f"pod: {kind} {name}", want, pod_body({f"metadata.{kind}": value}))


def exempt_cases():
    """A gateway's own pod is let through; what only says so is not."""
    own = {"metadata.labels": {"app.kubernetes.io/name": "gluetun", "podveil.io/gateway": "vpn"},
           "spec.serviceAccountName": "gluetun", "spec.serviceAccount": "gluetun"}
    yield Case("pod: the gateway's own", untouched(), pod_body(own, namespace="vpn"))
    for name, changes, namespace in (
            ("another namespace", {}, "media"),
            ("another account", {"spec.serviceAccountName": "default"}, "vpn"),
            ("another label", {"metadata.labels[app.kubernetes.io/name]": "Gluetun"}, "vpn"),
            ("an account in the old name alone", {"spec.serviceAccountName": "x"}, "vpn"),
            ("a gateway of another's account", {"spec.serviceAccountName": "lan"}, "vpn")):
        # With the labels that clients find the gateway by, /validate refuses it (RogueGateway).
        taken = namespace == "vpn" and "metadata.labels[app.kubernetes.io/name]" not in changes
        yield Case(f"pod: like the gateway's own, {name}", protected(again=not taken),
                   pod_body({**own, **changes}, namespace=namespace))
    yield Case("pod: like the gateway's own, an account that is a number", denied("Malformed"),
               pod_body({**own, "spec.serviceAccountName": 1}, namespace="vpn"))
    debug = {GATEWAY: "none", "spec.serviceAccountName": "debug"}
    yield Case("pod: none with leave", untouched(), pod_body(debug, namespace="tools"))
    yield Case("pod: none with leave, in another namespace", denied("OptOut"), pod_body(debug))
    yield Case("pod: none with leave, account in capitals", denied("OptOut"),
               pod_body({**debug, "spec.serviceAccountName": "Debug"}, namespace="tools"))
    yield Case("pod: the other gateway", protected(gateway="lan"),
               pod_body({GATEWAY: "lan"}, namespace="tools"))


def numbered(count, prefix="c"):
    return [{"name": f"{prefix}-{i}", "image": "a"} for i in range(count)]


def count_cases():
    for name, value in {"absent": ABSENT, "null": None, "empty": []}.items():
        yield Case(f"pod: containers {name}", denied("Malformed", "spec.containers"),
                   pod_body({"spec.containers": value}))
    for kind in ("initContainers", "ephemeralContainers", "volumes"):
        for name, value in {"null": None, "empty": []}.items():
            yield Case(f"pod: {kind} {name}", protected(), pod_body({f"spec.{kind}": value}))
    for kind in ("containers", "initContainers", "volumes"):
        for count in (300, 1024):
            yield Case(f"pod: {count} {kind}", protected(),
                       pod_body({f"spec.{kind}": numbered(count)}))
        yield Case(f"pod: 1,025 {kind}", denied("Malformed", f"spec.{kind}"),
                   pod_body({f"spec.{kind}": numbered(1025)}))
    mounts = [{"name": "kube-api-access-wxfds", "mountPath": f"/{i}"} for i in range(8193)]
    yield Case("pod: 8,192 mounts", protected(),
               pod_body({"spec.containers[0].volumeMounts": mounts[:8192]}))
    yield Case("pod: 8,193 mounts", denied("Malformed"),
               pod_body({"spec.containers[0].volumeMounts": mounts}))
    for path, item in {"spec.containers[0].env": {"name": "A", "value": "b"},
                       "spec.containers[0].args": "a", "spec.tolerations": {"key": "a"},
                       "spec.containers[0].ports": {"containerPort": 80},
                       "spec.dnsConfig.options": {"name": "a"},
                       "spec.hostAliases": {"ip": "10.0.0.1"},
                       "spec.imagePullSecrets": {"name": "a"}}.items():
        yield Case(f"pod: 50,000 of {path}", protected(), pod_body({path: [item] * 50000}))
    yield Case("pod: two containers of one name", protected(),
               pod_body({"spec.containers": [{"name": "a"}, {"name": "a"}]}))
    yield Case("pod: 100,000 containers", denied("Malformed"),
               lambda: pod_body({"spec.containers": numbered(100000)}))


def members(count):
    """An object of so many members."""
    return Raw("{" + ",".join(f'"m{i}":""' for i in range(count)) + "}")


def size_cases():
    """What the reader takes, and the patch has no room for: its author is told."""
    large = denied("Malformed", says="too large to be changed")
    yield Case("pod: 400,000 annotations", large,
               lambda: pod_body({"metadata.annotations": members(400000)}))
    labels = Raw(members(400000).text[:-1] + ',"podveil.io/gateway":"vpn"}')
    for path in ("/mutate?timeout=10s", "/validate?timeout=10s"):
        yield Case(f"pod: 400,000 labels, to {path[:-12]}", large,
                   lambda: pod_body({"metadata.labels": labels}), path=path)
    for path, item in {"spec.containers[0].securityContext.capabilities.drop": '"A"',
                       "spec.dnsConfig.options": '{"name":"a"}'}.items():
        many = Raw("[" + ",".join([item] * 400000) + "]")
        yield Case(f"pod: 400,000 of {path}", large, lambda path=path, many=many: pod_body({path: many}))


def name_cases():
    for kind in ("containers", "ephemeralContainers"):
        for name in ("podveil-init", "podveil-sidecar"):
            yield Case(f"pod: {name} among {kind}", denied("Forged"),
                       pod_body({f"spec.{kind}[1]": model.part(name, "vpn")}))
    for name in ("podveil-init", "podveil-sidecar"):
        yield Case(f"pod: an init container called {name}", denied("Forged"),
                   pod_body({"spec.initContainers": [{"name": name, "image": "a"}]}))
        yield Case(f"pod: {name} twice", denied("Forged"),
                   pod_body({"spec.initContainers": [model.part(name, "vpn")] * 2}))
        yield Case(f"pod: {name} of another gateway", denied("Forged"),
                   pod_body({"spec.initContainers": [model.part(name, "lan")]}))
    for kind in ("containers", "initContainers", "volumes"):
        for name in ("podveil-", "podveil-x", "podveil-init ", "podveil-\u200b", "podveil-" + "x" * 9999):
            yield Case(f"pod: {kind} with {name[:16]!a}", denied("ReservedName"),
                       pod_body({f"spec.{kind}[1]" if kind != "initContainers"
                                 else "spec.initContainers[0]": {"name": name}}))
        for name in ("podveil", "Podveil-init", "pоdveil-init", " podveil-init", "x-podveil-init"):
            yield Case(f"pod: {kind} with a name alike, {name!a}", protected(),
                       pod_body({f"spec.{kind}[1]" if kind != "initContainers"
                                 else "spec.initContainers[0]": {"name": name}}))
    for name in ("podveil-config", "podveil-no-token"):
        yield Case(f"pod: a volume {name} that is not ours", denied("Forged"),
                   pod_body({"spec.volumes[1]": {"name": name, "hostPath": {"path": "/srv"}}}))
        for use in ("volumeMounts", "volumeDevices"):
            yield Case(f"pod: {name} in {use} of another", denied("ReservedName"),
                       pod_body({f"spec.containers[0].{use}": [{"name": name}]}))
    yield Case("pod: our volume twice", denied("Forged"),
               pod_body({"spec.volumes": [model.VOLUMES[0]] * 2}))
    yield Case("pod: our volumes are there", protected(),
               pod_body({"spec.volumes": list(reversed(model.VOLUMES))}))


def forged_cases():
    for which, part in enumerate(("init", "sidecar")):
        yield Case(f"pod: ours are there, {part} first", protected(),
                   pod_body({"spec.initContainers": with_parts()["spec.initContainers"][::1 - 2 * which]}))
        for path, value in FORGED.items():
            yield Case(f"pod: forged {part}, {path.strip()} {'null' if value is None else 'changed'}",
                       denied("Forged"), pod_body(with_parts({path: copy.deepcopy(value)}, which)))
        for path, value in FORGED_TYPES.items():
            # What is no text in a command is wrong in any container.
            reason = "Malformed" if path.startswith("command") else "Forged"
            yield Case(f"pod: forged {part}, {path} of another type", denied(reason),
                       pod_body(with_parts({path: value}, which)))
    for path, value in MAY_DIFFER.items():
        body = pod_body(with_parts({path: copy.deepcopy(value)}))
        yield Case(f"pod: ours with another {path}", protected(parts={path: value}), body)
    yield Case("pod: ours behind another", protected(),
               pod_body({"spec.initContainers": [{"name": "first", "image": "a"}]
                         + with_parts()["spec.initContainers"]}))


def shape_cases():
    whole = pod_review()["request"]["object"]
    items = {"kind": "Pod", "apiVersion": "v1", "metadata": whole["metadata"], "items": [whole]}
    yield Case("pod: items in place of spec", denied("Malformed", "spec"),
               dumps(put(pod_review(), "request.object", items)))
    yield Case("pod: items beside spec", protected(), pod_body({"items": [whole]}))
    yield Case("pod: spec is a string of JSON", denied("Malformed", "spec"), pod_body({"spec": "{}"}))
    for name, path in {"Spec": "Spec.hostNetwork", "hostnetwork": "spec.hostnetwork",
                       "HostNetwork": "spec.HostNetwork", "Privileged":
                       "spec.containers[0].securityContext.Privileged",
                       "InitContainers": "spec.InitContainers[0].name",
                       "host_network": "spec.host_network"}.items():
        yield Case(f"pod: {name}, which the API server does not know", protected(),
                   pod_body({path: True}))
    yield Case("pod: Labels in place of labels", untouched(),
               pod_body({"metadata.labels": ABSENT, "metadata.Labels": {"podveil.io/gateway": "vpn"}}))
    yield Case("pod: a status that lies", protected(),
               pod_body({"status": {"phase": "Running", "hostIP": "1.1.1.1"}}))
    for user in ("system:admin", "system:node:a", "system:serviceaccount:podveil:podveil"):
        yield Case(f"pod: privileged, asked by {user}", denied("Privileged"),
                   pod_body({"spec.containers[0].securityContext.privileged": True},
                            userInfo={"username": user, "groups": ["system:masters"]}))
    yield Case("pod: privileged, as a dry run", denied("Privileged"),
               pod_body({"spec.containers[0].securityContext.privileged": True}, dryRun=True))
    yield Case("pod: an oldObject that was protected", denied("HostNetwork"),
               pod_body({"spec.hostNetwork": True}, oldObject=whole))


def cases():
    yield from gateway_cases()
    yield from exempt_cases()
    yield from count_cases()
    yield from size_cases()
    yield from name_cases()
    yield from forged_cases()
    yield from shape_cases()
