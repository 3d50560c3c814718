# SPDX-License-Identifier: Apache-2.0
"""B1 to B5: pods at their creation: what would let a process out of its fences."""

from attacks.act import change, create
from attacks.objects import GATEWAY, MINE, PRIVATE, WORKLOAD, capable, labelled, mounting, of_pod, pod, secured
from attacks.row import DRIFT, EDITOR, NAMESPACE_LABEL, PROTECTED, Row

PLAIN_POD = create(pod())
INIT, SIDECAR = "podveil-init", "podveil-sidecar"


def _made(number, name, reason, attack, twin=None, **more):
    """Pods of this kind are a mistake of a template as often as an editor's wish."""
    return Row(number, name, EDITOR, reason, create(attack), PLAIN_POD if twin is None else create(twin), **more)


CREATED = [
    Row("B2", "a pod without the label", EDITOR, "", create(pod(labels={}, namespace=PRIVATE)),
        create(pod(namespace=PRIVATE)), given=NAMESPACE_LABEL, end=PROTECTED, second="NotProtected"),
    Row("B2", "a pod that opts out", EDITOR, "OptOut", create(pod(labels={GATEWAY: "none"}, namespace=PRIVATE)),
        create(pod(labels={GATEWAY: "vpn"}, namespace=PRIVATE)), given=NAMESPACE_LABEL, second="OptOut"),
    Row("B2", "a pod of a gateway that is none", EDITOR, "UnknownGateway", create(pod(labels={GATEWAY: "typo"})),
        PLAIN_POD, second="NotProtected"),
    Row("B2", "a pod of a gateway that this namespace may not use", EDITOR, "GatewayNotAllowed",
        create(pod(labels={GATEWAY: "listed"})), PLAIN_POD, second="NotProtected"),
    _made("B3", "the node's network", "HostNetwork", pod(hostNetwork=True), second="HostNetwork"),
    _made("B4", "the node's processes", "HostNamespace", pod(hostPID=True), second="HostNamespace"),
    _made("B4", "the node's IPC", "HostNamespace", pod(hostIPC=True), second="HostNamespace"),
    _made("B4", "processes shared with podveil's containers", "SharedProcesses", pod(shareProcessNamespace=True),
          second="SharedProcesses"),
    _made("B4", "a privileged container", "Privileged", secured(privileged=True), second="Privileged"),
    _made("B4", "a privileged init container", "Privileged",
          pod(inits=[{"name": "first", "image": "app.invalid/app", "securityContext": {"privileged": True}}]),
          pod(inits=[{"name": "first", "image": "app.invalid/app"}]), second="Privileged"),
    _made("B4", "privileges that grow, with a capability", "Privileged",
          secured(allowPrivilegeEscalation=True, capabilities={"add": ["CHOWN"]}),
          secured(capabilities={"add": ["CHOWN"]}), second="Privileged"),
    _made("B4", "/proc unmasked", "Privileged",
          pod({"securityContext": {"procMount": "Unmasked"}}, hostUsers=False), pod(hostUsers=False),
          second="Privileged"),
]

CAPABILITIES = [_made("B4", f"capability {name}", "Capability", capable(name), capable("CHOWN"), second="Capability")
                for name in ("NET_ADMIN", "NET_RAW", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "BPF", "ALL")]

PATHS = [_made("B4", f"hostPath {path}", "HostPath", mounting(path), mounting("/srv/media"))
         for path in ("/", "/proc", "/var/run/netns", "/run/containerd/containerd.sock", "/opt/cni/bin", "/etc/cni",
                      "/var/lib/kubelet", "/dev", "/./proc/1")]

PODS = [
    _made("B4", "a sysctl of the network", "Sysctl",
          pod(securityContext={"sysctls": [{"name": "net.ipv4.ip_forward", "value": "1"}]}),
          pod(securityContext={"sysctls": [{"name": "net.ipv4.ping_group_range", "value": "0 1"}]})),
    _made("B4", "an AppArmor profile of the node's for all of the pod", "AppArmor",
          pod(securityContext={"appArmorProfile": {"type": "Localhost", "localhostProfile": "mine"}}),
          pod(securityContext={"appArmorProfile": {"type": "RuntimeDefault"}})),
    _made("B4", "podveil's container, made by somebody else (C5)", "Forged",
          pod(inits=[{"name": INIT, "image": "app.invalid/app", "env": [
              {"name": "PODVEIL_SETTINGS", "value": 'NOT_ROUTED_TO_GATEWAY_CIDRS="0.0.0.0/1 128.0.0.0/1"'}]}]),
          pod(inits=[{"name": "mine", "image": "app.invalid/app"}]), second="NotProtected"),
    _made("B4", "podveil's volume in another's hands", "ReservedName",
          pod({"volumeMounts": [{"name": "podveil-config", "mountPath": "/config"}]},
              volumes=[{"name": "podveil-config", "emptyDir": {}}]),
          pod({"volumeMounts": [{"name": "config", "mountPath": "/config"}]},
              volumes=[{"name": "config", "emptyDir": {}}]), second="ReservedName"),
    _made("B1", "marks of another workload at creation", "ReservedLabel",
          pod(labels={GATEWAY: "vpn", "podveil.io/workload": "other"}),
          pod(labels={GATEWAY: "vpn", "podveil.io/workload": "app"})),
    _made("B11", "a static pod's mirror", "StaticPod",
          pod(annotations={"kubernetes.io/config.mirror": "0"}, nodeName="node-1")),
]

CHANGED = [
    Row("B1", name, EDITOR, "LabelChanged", change(of_pod(), labelled(key, value)), change(of_pod(), MINE),
        second="LabelChanged")
    for name, key, value in (("the label is taken off a running pod", GATEWAY, None),
                         ("the label opts out later", GATEWAY, "none"),
                         ("the label names another gateway", GATEWAY, "listed"),
                         ("the workload's mark, which the companion selects", WORKLOAD, "other"))
] + [
    Row("B1", "by pods/status", DRIFT, "LabelChanged", change(of_pod(), labelled(GATEWAY, None), "status"),
        change(of_pod(), {"status": {"message": "mine"}}, "status"), second="LabelChanged"),
    Row("B1", "pods/status on the mark that is the companion's", DRIFT, "LabelChanged",
        change(of_pod(), labelled(WORKLOAD, "other"), "status"),
        change(of_pod(), MINE, "status"), second="LabelChanged"),
]


def _debug(name, reason, container, twin):
    def asked(one):
        return change(of_pod(), {"spec": {"ephemeralContainers": [
            {"name": "debug", "image": "app.invalid/debug", "terminationMessagePolicy": "File",
             "imagePullPolicy": "IfNotPresent", **one}]}}, "ephemeralcontainers")
    return Row("B5", name, DRIFT, reason, asked(container), asked(twin), second="EphemeralContainer")


DROPPED = {"securityContext": {"capabilities": {"drop": ["NET_RAW"]}}}
EPHEMERAL = [
    _debug("a privileged debug container", "EphemeralContainer", {"securityContext": {"privileged": True}}, DROPPED),
    _debug("a debug container with NET_ADMIN", "EphemeralContainer",
           {"securityContext": {"capabilities": {"add": ["NET_ADMIN"], "drop": ["NET_RAW"]}}}, DROPPED),
    _debug("a debug container that keeps NET_RAW", "EphemeralContainer", {}, DROPPED),
    _debug("a debug container in podveil's sidecar", "EphemeralContainer",
           {**DROPPED, "targetContainerName": SIDECAR}, {**DROPPED, "targetContainerName": "app"}),
]


ROWS = CREATED + CAPABILITIES + PATHS + PODS + CHANGED + EPHEMERAL
