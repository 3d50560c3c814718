"""What an admitted privacy pod looks like, worked out anew from the specification.

final() makes it of the pod that was sent; the pod that podveil's patch makes has
to be equal to it, so that whatever else a patch does is seen as well.
"""
import copy
import hashlib
import json

from hostile.case import ROOT

MARK = "podveil.io/"
NOT_ROUTED = "10.1.0.0/16 10.152.183.0/24 192.168.0.0/24 169.254.7.127/32"
CIDRS6 = "fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128"
GATEWAYS = {
    "vpn": {"address": "gluetun.vpn.svc.cluster.local", "id": 42, "port": 14789,
            "network": "172.16.0", "dns": "tunnel"},
    "lan": {"address": "lan.vpn.svc.cluster.local", "id": 43, "port": 14790,
            "network": "172.16.1", "dns": "cluster"},
}
MAY_DIFFER = ("resources", "imagePullPolicy", "terminationMessagePath",
              "terminationMessagePolicy")
VOLUMES = [{"name": "podveil-config", "emptyDir": {"sizeLimit": "1Mi"}},
           {"name": "podveil-no-token", "emptyDir": {}}]


def settings(gateway):
    """settings.sh, which a root shell will source."""
    rules = GATEWAYS[gateway]
    return (f'K8S_DNS_IPS="10.152.183.10"\n'
            f'NOT_ROUTED_TO_GATEWAY_CIDRS="{NOT_ROUTED}"\n'
            f'VXLAN_ID="{rules["id"]}"\nVXLAN_PORT="{rules["port"]}"\n'
            f'VXLAN_IP_NETWORK="{rules["network"]}"\n')


def embedded(name):
    """The script as it is in the program: without the lines that are only a comment."""
    lines = (ROOT / "lib" / "pod" / name).read_text().splitlines(keepends=True)
    return "".join(line for line in lines if not line.lstrip(" ").startswith("#")).lstrip("\n")


def part(name, gateway):
    """podveil-init or podveil-sidecar, members in the order in which podveil writes them."""
    init = name == "podveil-init"
    script = embedded("init.sh" if init else "sidecar.sh")
    made = {
        "name": name,
        "image": "ghcr.io/angelnu/pod-gateway:v1.13.0",
        "command": ["/bin/bash", "-ec" if init else "-c", script, "podveil",
                    "/bin/client_init.sh" if init else "/bin/client_sidecar.sh"],
        "env": [{"name": "gateway", "value": GATEWAYS[gateway]["address"]},
                {"name": "PODVEIL_SETTINGS", "value": settings(gateway)},
                {"name": "PODVEIL_CIDRS6", "value": CIDRS6}],
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"},
                      "limits": {"cpu": "500m", "memory": "64Mi"}},
        **({} if init else {"restartPolicy": "Always"}),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"add": ["NET_ADMIN", "NET_RAW"], "drop": ["ALL"]},
            "runAsGroup": 0, "runAsNonRoot": False, "runAsUser": 0,
            "seccompProfile": {"type": "RuntimeDefault"}},
        "volumeMounts": [
            {"name": "podveil-config", "mountPath": "/config"},
            {"name": "podveil-no-token",
             "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}],
    }
    return made


def child(parent, name, kind=dict):
    """The member, made where it is missing or null."""
    if parent.get(name) is None:
        parent[name] = kind()
    return parent[name]


def drop_raw(container):
    capabilities = child(child(container, "securityContext"), "capabilities")
    drop = child(capabilities, "drop", list)
    if "ALL" not in drop and "NET_RAW" not in drop:
        drop.append("NET_RAW")


def put_dns(spec, namespace, network):
    spec["dnsPolicy"] = "None"
    config = child(spec, "dnsConfig")
    own = [f"{namespace}.svc.cluster.local", "svc.cluster.local", "cluster.local"]
    searches = []
    for domain in own + (config.get("searches") or []):
        fits = len(searches) < 32 and len(" ".join(searches + [domain]).encode()) <= 2048
        if domain not in searches and fits:
            searches.append(domain)
    config["searches"] = searches
    config["nameservers"] = [network + ".1"]
    options = child(config, "options", list)
    if not any(option.get("name") == "ndots" for option in options):
        options.append({"name": "ndots", "value": "5"})


def put_marks(pod, gateway, workload):
    labels = child(child(pod, "metadata"), "labels")
    labels.update({MARK + "gateway": gateway, MARK + "workload": workload,
                   "istio.io/dataplane-mode": "ambient"})
    child(pod["metadata"], "annotations")["ambient.istio.io/dns-capture"] = "false"


def cut(name, size=63):
    if len(name) <= size:
        return name
    return (name[:size - 9].rstrip("-._") + "-"
            + hashlib.sha256(name.encode()).hexdigest()[:8])


def final(pod, namespace, gateway="vpn", workload=None, resources=None, parts=None):
    """The pod as the specification has it admitted, but for the annotation `injected`.

    parts: what is there of podveil-init already and may differ.
    """
    pod = copy.deepcopy(pod)
    spec = pod["spec"]
    put_marks(pod, gateway, cut(workload or pod["metadata"]["name"]))
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        for container in spec.get(kind) or []:
            if container["name"] not in ("podveil-init", "podveil-sidecar"):
                drop_raw(container)
    others = [container for container in spec.get("initContainers") or []
              if container["name"] not in ("podveil-init", "podveil-sidecar")]
    init = {**part("podveil-init", gateway), **(parts or {})}
    spec["initContainers"] = [init, part("podveil-sidecar", gateway)] + others
    volumes = child(spec, "volumes", list)
    volumes += [volume for volume in VOLUMES if volume not in volumes]
    if GATEWAYS[gateway]["dns"] == "tunnel":
        put_dns(spec, namespace, GATEWAYS[gateway]["network"])
    if resources is not None:
        spec["resources"] = resources
    return pod


def injected(gateway, config_id):
    """The annotation, over the parts as podveil writes them, however they stand in the pod."""
    parts = [{key: value for key, value in part(name, gateway).items() if key not in MAY_DIFFER}
             for name in ("podveil-init", "podveil-sidecar")]
    text = json.dumps(parts + VOLUMES, separators=(",", ":"), ensure_ascii=False)
    return f"v1.{config_id}.{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def differences(want, have, place=""):
    """Where two values differ, in words."""
    if isinstance(want, dict) and isinstance(have, dict):
        found = []
        for key in {**want, **have}:
            found += differences(want.get(key), have.get(key), f"{place}.{key}")
        return found
    if isinstance(want, list) and isinstance(have, list) and len(want) == len(have):
        return [text for number, (a, b) in enumerate(zip(want, have))
                for text in differences(a, b, f"{place}[{number}]")]
    if type(want) is type(have) and want == have:
        return []
    return [f"{place}: {str(have)[:80]!r} instead of {str(want)[:80]!r}"]


def faults(sent, patched, namespace, config_id, told):
    """What is wrong with the patched pod; told is what final() needs to be told."""
    want = final(sent, namespace, **told)
    mark = injected(told.get("gateway", "vpn"), config_id)
    want["metadata"]["annotations"].setdefault(MARK + "injected", mark)
    return differences(want, patched)
