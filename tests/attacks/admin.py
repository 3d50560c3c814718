# SPDX-License-Identifier: Apache-2.0
"""A5 to A7: the tiers above NetworkPolicies, and the CNI's own policies."""

from attacks.act import create
from attacks.objects import EVERYWHERE, GATEWAY, MEDIA, SPARED, STOOD, obj, pod
from attacks.row import DRIFT, EDITOR, Row

CLUSTER = "10.1.0.0/16"
ALL_PODS = {"pods": {"namespaceSelector": {}, "podSelector": {}}}
OTHERS = {"pods": {"namespaceSelector": {}, "podSelector": {
    "matchExpressions": [{"key": GATEWAY, "operator": "DoesNotExist"}]}}}


def _rule(action, *peers):
    return {"name": "out", "action": action, "to": list(peers)}


def _admin(*rules, subject=None, kind="AdminNetworkPolicy"):
    first = {} if kind == "BaselineAdminNetworkPolicy" else {"priority": 10}
    name = "default" if kind == "BaselineAdminNetworkPolicy" else "open"
    return obj("policy.networking.k8s.io/v1alpha1", kind, name, spec={
        **first, "subject": subject or {"namespaces": {}}, "egress": list(rules)})


def _cluster(*rules, subject=None, tier="Admin"):
    return obj("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy", "open", spec={
        "tier": tier, "priority": 10, "subject": subject or {"namespaces": {}}, "egress": list(rules)})


def _row(number, name, attack, twin, **more):
    return Row(number, name, DRIFT, "AdminAllow", create(attack), create(twin), **more)


def _networks(*cidrs):
    return {"networks": list(cidrs)}


TIERS = [
    _row("A5", "an AdminNetworkPolicy allows the internet", _admin(_rule("Allow", _networks(EVERYWHERE))),
         _admin(_rule("Deny", _networks(EVERYWHERE)))),
    _row("A5", "an AdminNetworkPolicy allows it to all pods of some namespaces",
         _admin(_rule("Allow", _networks("::/0")), subject=ALL_PODS),
         _admin(_rule("Allow", _networks("::/0")), subject=OTHERS)),
    _row("A5", "an AdminNetworkPolicy allows the nodes", _admin(_rule("Allow", {"nodes": {}})),
         _admin(_rule("Allow", {"namespaces": {}}), subject=OTHERS)),
    _row("A5", "an AdminNetworkPolicy allows names", _admin(_rule("Allow", {"domainNames": ["*.example.org"]})),
         _admin(_rule("Pass", {"domainNames": ["*.example.org"]}))),
    _row("A5", "a ClusterNetworkPolicy accepts the internet", _cluster(_rule("Accept", _networks(EVERYWHERE))),
         _cluster(_rule("Pass", _networks(EVERYWHERE)))),
    _row("A5", "a ClusterNetworkPolicy accepts names", _cluster(_rule("Accept", {"domainNames": ["*.example.org"]})),
         _cluster(_rule("Accept", {"domainNames": ["*.example.org"]}), subject=OTHERS)),
    _row("A5", "a ClusterNetworkPolicy accepts the nodes", _cluster(_rule("Accept", {"nodes": {}})),
         _cluster(_rule("Deny", {"nodes": {}}))),
]

CILIUM = "cilium.io/v2"


def _cilium(egress, select=None, kind="CiliumNetworkPolicy", **more):
    wide = kind == "CiliumClusterwideNetworkPolicy"
    return obj(CILIUM, kind, "open", None if wide else MEDIA, spec={
        "endpointSelector": select or {}, "egress": [egress], **more})


NO_PRIVACY = {"matchExpressions": [{"key": GATEWAY, "operator": "DoesNotExist"}]}
# The entity cluster is more: nodes are in it.
PODS = {"toEndpoints": [{"matchExpressions": [{"key": "k8s:io.kubernetes.pod.namespace", "operator": "Exists"}]}]}
NO_PODS = {"toEndpoints": [{"matchExpressions": [{"key": "k8s:io.kubernetes.pod.namespace",
                                                  "operator": "DoesNotExist"}]}]}
IN_CLUSTER = _cilium(PODS)
PORTS = [{"ports": [{"port": "443", "protocol": "TCP"}]}]
LISTENER = {"envoyConfig": {"kind": "CiliumClusterwideEnvoyConfig", "name": "proxy"}, "name": "out"}


REDIRECTED = [{"port": "80", "protocol": "TCP"}]


def _redirect(**frontend):
    return obj(CILIUM, "CiliumLocalRedirectPolicy", "redirect", MEDIA, spec={
        "redirectFrontend": frontend, "redirectBackend": {
            "localEndpointSelector": {"matchLabels": {"app": "jellyfin"}}, "toPorts": REDIRECTED}})


def _clusterwide(egress, **more):
    return _cilium(egress, kind="CiliumClusterwideNetworkPolicy", **more)


CILIUMS = [
    _row("A6", "Cilium: to a CIDR", _cilium({"toCIDR": [EVERYWHERE]}), _cilium({"toCIDR": [CLUSTER]})),
    _row("A6", "Cilium: to a CIDR with exceptions",
         _cilium({"toCIDRSet": [{"cidr": EVERYWHERE, "except": ["10.0.0.0/8"]}]}),
         _cilium({"toCIDRSet": [{"cidr": CLUSTER, "except": ["10.1.1.0/24"]}]})),
    _row("A6", "Cilium: to a group of CIDRs", _cilium({"toCIDRSet": [{"cidrGroupRef": "partners"}]}),
         _cilium({"toCIDRSet": [{"cidrGroupRef": "partners"}]}, select=NO_PRIVACY)),
    _row("A6", "Cilium: to names", _cilium({"toFQDNs": [{"matchPattern": "*.example.org"}]}),
         _cilium({"toFQDNs": [{"matchPattern": "*.example.org"}]}, select=NO_PRIVACY)),
    *[_row("A6", f"Cilium: to the entity {name}", _cilium({"toEntities": [name]}), IN_CLUSTER)
      for name in ("world", "all", "host", "remote-node", "cluster")],
    _row("A6", "Cilium: to what is in no namespace, the world too", _cilium(NO_PODS), IN_CLUSTER),
    _row("A6", "Cilium: to the world, as a label with a dot",
         _cilium({"toEndpoints": [{"matchLabels": {"reserved.world": ""}}]}), IN_CLUSTER),
    _row("A6", "Cilium: to anywhere, on one port", _cilium({"toPorts": PORTS}), _cilium({**PODS, "toPorts": PORTS})),
    _row("A6", "Cilium: through a proxy on the node",
         _cilium({**PODS, "toPorts": [{**PORTS[0], "listener": LISTENER}]}), _cilium({**PODS, "toPorts": PORTS})),
    _row("A6", "Cilium: an address on the internet is a pod's",
         _redirect(addressMatcher={"ip": "198.51.100.7", "toPorts": REDIRECTED}),
         _redirect(serviceMatcher={"serviceName": "jellyfin", "namespace": MEDIA})),
    _row("A6", "Cilium: the address of the cluster's DNS is a pod's",
         _redirect(addressMatcher={"ip": "10.152.183.10", "toPorts": REDIRECTED}),
         _redirect(addressMatcher={"ip": "169.254.169.254", "toPorts": REDIRECTED})),
    Row("A6", "Cilium: the gateway's Service is a pod's", DRIFT, "RogueGateway",
        create(_redirect(serviceMatcher={"serviceName": "gluetun", "namespace": "vpn"})),
        create(_redirect(serviceMatcher={"serviceName": "jellyfin", "namespace": MEDIA}))),
    _row("A6", "Cilium: for the whole cluster, to the world", _clusterwide({"toEntities": ["world"]}),
         _clusterwide({"toEntities": ["world"]}, select=NO_PRIVACY)),
    _row("A6", "Cilium: for the whole cluster, to a CIDR", _clusterwide({"toCIDR": ["198.51.100.0/24"]}),
         _clusterwide({"toCIDR": ["198.51.100.0/24"]}, select=NO_PRIVACY)),
]

CALICO = "crd.projectcalico.org/v1"


def _calico(*rules, select="all()", kind="NetworkPolicy", **more):
    return obj(CALICO, kind, "open", MEDIA if kind == "NetworkPolicy" else None, spec={
        "order": 10, "selector": select, "types": ["Egress"], "egress": list(rules), **more})


def _out(action="Allow", **destination):
    return {"action": action, **({"destination": destination} if destination else {})}


def _everywhere(*rules, **more):
    return _calico(*rules, kind="GlobalNetworkPolicy", **more)


def _tier(action):
    return obj(CALICO, "Tier", "default", spec={"order": 1000000, "defaultAction": action})


LEFT_OUT = f"!has({GATEWAY})"
CALICOS = [
    _row("A7", "Calico: allow all", _calico(_out()), _calico(_out("Deny"))),
    _row("A7", "Calico: allow a net", _calico(_out(nets=[EVERYWHERE])), _calico(_out(nets=[CLUSTER]))),
    _row("A7", "Calico: allow all but a net", _calico(_out(notNets=["10.0.0.0/8"])),
         _calico(_out(notNets=["10.0.0.0/8"]), select=LEFT_OUT)),
    _row("A7", "Calico: allow all, ordered behind NetworkPolicies", _calico(_out(), order=2000),
         _calico(_out("Deny"), order=2000)),
    _row("A7", "Calico: pass them by", _calico(_out("Pass")), _calico(_out("Pass"), select=LEFT_OUT)),
    Row("A7", "Calico: a selector that breaks out of its namespace", DRIFT, "Malformed",
        create(_calico(_out(), select="all()) || (all()")), create(_calico(_out(), select=LEFT_OUT))),
    _row("A7", "Calico: the default tier passes", _tier("Pass"), _tier("Deny")),
    _row("A7", "Calico: allow names", _calico(_out(domains=["*.example.org"])),
         _calico(_out(domains=["*.example.org"]), select=LEFT_OUT)),
    _row("A7", "Calico: allow what a selector finds, a set of nets too", _calico(_out(selector="role == 'partner'")),
         _calico(_out(selector="role == 'partner'"), select=LEFT_OUT)),
    _row("A7", "Calico: for the whole cluster, allow all", _everywhere(_out()), _everywhere(_out(), select=LEFT_OUT)),
    _row("A7", "Calico: for the whole cluster, in a tier before", _everywhere(_out(nets=[EVERYWHERE]), tier="first"),
         _everywhere(_out("Deny", nets=[EVERYWHERE]), tier="first")),
]

# The policy stands; it is the pod that comes.
EARLY = [Row(number, f"{name}: its policy stood before the first privacy pod", EDITOR, "AdminAllow",
             create(pod(namespace=stood)), create(pod(namespace=spared)))
         for number, name, stood, spared in zip(("A6", "A7"), ("Cilium", "Calico"), STOOD, SPARED)]

ROWS = TIERS + CILIUMS + CALICOS + EARLY
