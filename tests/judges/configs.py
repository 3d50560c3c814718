"""Configurations at random, and their gateways' companions as `podveil render` prints them."""
import ipaddress
import json
import subprocess

NAMESPACES = ("media", "vpn", "kube-system", "apps")
KEYS = ("app", "team")
VALUES = ("x", "y")
PRIVATE4 = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
PRIVATE6 = ("fd00::/8",)
PUBLIC = ("198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
TUNNEL = ipaddress.ip_network("172.30.0.0/16")  # the gateways' own networks lie there alone


def inside(rng, text, longest):
    """A CIDR somewhere in that one."""
    whole = ipaddress.ip_network(text)
    length = rng.randint(whole.prefixlen, longest)
    number = int(whole.network_address) + rng.getrandbits(128) % whole.num_addresses
    return ipaddress.ip_network((number, length), strict=False)


def private4(rng):
    while True:
        whole = ipaddress.ip_network(rng.choice(PRIVATE4))
        found = inside(rng, str(whole), rng.choice((16, 20, 24, 29, 32)))
        if may_be_listed(found):
            return found


def beside(network):
    """The other half of the CIDR that is twice as large."""
    return next(half for half in network.supernet().subnets() if half != network)


def may_be_listed(network):
    """Neither public nor where the tunnels are."""
    private = PRIVATE4 if network.version == 4 else PRIVATE6
    return not network.overlaps(TUNNEL) and any(network.subnet_of(ipaddress.ip_network(text))
                                                for text in private)


def cidrs(rng, most):
    """Some CIDRs of a cluster, of both families; some touch, and are a larger one together."""
    found = []
    for _ in range(rng.randint(1, most)):
        one = private4(rng) if rng.random() < 0.75 else inside(rng, rng.choice(PRIVATE6), 64)
        found.append(one)
        if rng.random() < 0.4 and may_be_listed(beside(one)):
            found.append(beside(one))
    return list(dict.fromkeys(str(one) for one in found))


def labels(rng, most):
    return {key: rng.choice(VALUES) for key in rng.sample(KEYS, rng.randint(1, most))}


def selector(rng):
    """Of a peer that a configuration lists."""
    if rng.random() < 0.3:
        return {}
    if rng.random() < 0.6:
        return {"matchLabels": labels(rng, 2)}
    operator = rng.choice(("In", "NotIn", "Exists", "DoesNotExist"))
    expression = {"key": rng.choice(KEYS), "operator": operator}
    if operator in ("In", "NotIn"):
        expression["values"] = rng.sample(VALUES, rng.randint(1, 2))
    return {"matchExpressions": [expression]}


def listed_block(rng, cluster):
    """All or a part of what the cluster has."""
    text = rng.choice(cluster)
    longest = ipaddress.ip_network(text).max_prefixlen
    text = text if rng.random() < 0.5 else str(inside(rng, text, longest))
    written = {"cidr": text}
    if ipaddress.ip_network(text).prefixlen < longest and rng.random() < 0.6:
        parts = {str(inside(rng, text, longest)) for _ in range(rng.randint(1, 3))} - {text}
        written["except"] = sorted(parts)
    return {"ipBlock": written}


def listed_peer(rng, cluster):
    kind = rng.random()
    if kind < 0.3:
        return listed_block(rng, cluster)
    peer = {}
    if kind < 0.8:
        peer["namespaceSelector"] = selector(rng) if rng.random() < 0.6 else {
            "matchLabels": {"kubernetes.io/metadata.name": rng.choice(NAMESPACES)}}
    if kind >= 0.6:
        peer["podSelector"] = selector(rng)
    return peer


def rest_of(peer):
    """The pods that the peer has not, of its namespaces: the two together leave none out."""
    labels = (peer.get("podSelector") or {}).get("matchLabels") or {}
    if len(labels) != 1:
        return None
    (key, value), = labels.items()
    return {**peer, "podSelector": {"matchExpressions": [
        {"key": key, "operator": "NotIn", "values": [value]}]}}


def gateway(rng, name, number, cluster):
    listed = rng.random() < 0.5
    made = {
        "name": name, "address": f"{name}.vpn.svc.cluster.local", "namespace": "vpn",
        "podSelector": {"app": name}, "serviceAccount": name,
        "vxlan": {"id": 40 + number, "port": 14789 + number,
                  "network": f"172.30.{number}.0/24"},
        "reach": "listed" if listed else "cluster",
    }
    if listed:
        peers = [listed_peer(rng, cluster) for _ in range(rng.randint(1, 4))]
        rest = [rest_of(peer) for peer in peers if rng.random() < 0.7]
        made["listed"] = peers + [peer for peer in rest if peer is not None]
    if rng.random() < 0.25:
        made["usableFrom"] = rng.sample(NAMESPACES, rng.randint(1, 3))
    return made


def make(rng):
    """One configuration."""
    service = inside(rng, "10.152.0.0/16", 24)
    dns = {"address": str(service[0]), "namespace": "kube-system"}
    if rng.random() < 0.7:
        dns["podSelector"] = {"app": "dns"}
    public = rng.random() < 0.2
    cluster = {
        "podCIDRs": cidrs(rng, 2), "serviceCIDRs": [str(service)],
        "localCIDRs": cidrs(rng, 1) + ([rng.choice(PUBLIC)] if public else []),
        "allowPublic": public, "dns": dns,
    }
    here = [text for name, texts in cluster.items() if name.endswith("CIDRs") for text in texts]
    names = ("vpn", "lan")[:rng.randint(1, 2)]
    return {
        "apiVersion": "podveil.io/v1", "kind": "Configuration", "cluster": cluster,
        "mesh": {"mode": rng.choice(("ambient", "none"))},
        "companion": rng.choice(("workload", "namespace")),
        "gateways": [gateway(rng, name, number, here) for number, name in enumerate(names)],
    }


def pod(namespace, name, workload="work"):
    """A privacy pod as its creation finds it."""
    return {"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": workload, "namespace": namespace,
                         "labels": {"podveil.io/gateway": name}},
            "spec": {"containers": [{"name": "a", "image": "a"}]}}


class Refused(Exception):
    """podveil does not take the configuration."""


def run(program, command, config, text):
    done = subprocess.run([program, command, "--config", config, "-f", "-"] +
                          (["-o", "json"] if command == "mutate" else []),
                          input=text, capture_output=True, text=True, check=False)
    if done.returncode == 3:
        raise Refused(done.stderr)
    if done.returncode != 0:
        raise RuntimeError(f"podveil {command}: {done.stderr}{json.dumps(config)}")
    return done.stdout


def is_usable(config, name, namespace):
    one = next(one for one in config["gateways"] if one["name"] == name)
    return namespace in (one.get("usableFrom") or [namespace])


def for_everybody(config):
    """The same, but for who may use which gateway: that is no part of a companion."""
    return {**config, "gateways": [{key: value for key, value in one.items()
                                    if key != "usableFrom"} for one in config["gateways"]]}


def companions(program, path, config):
    """{(namespace, gateway): the companion that podveil keeps there, or would}. `path`: of the
    configuration for_everybody()."""
    names = [one["name"] for one in config["gateways"]]
    pods = [pod(namespace, name, f"w-{name}") for namespace in NAMESPACES for name in names]
    text = run(program, "render", path, "\n---\n".join(json.dumps(one) for one in pods))
    found = {}
    # mutate leaves policies as they are; what it is here for is to read YAML.
    for item in json.loads(run(program, "mutate", path, text))["items"]:
        mark = item["spec"]["podSelector"].get("matchLabels", {}).get("podveil.io/gateway")
        if mark is not None:
            found[item["metadata"]["namespace"], mark] = item
    return found
