# SPDX-License-Identifier: Apache-2.0
"""C: ways out through destinations that are allowed; D: what is tried on the registrations themselves."""

from attacks.act import change, create, finalize
from attacks.objects import GATEWAY, MEDIA, MINE, PLAIN, PRIVATE, VPN, labelled, obj, of_namespace, of_service, pod
from attacks.row import DRIFT, EDITOR, NAMESPACE_LABEL, Row

OUTSIDE = "198.51.100.7"
PORTS = [{"port": 80, "protocol": "TCP"}]
LOOKS = {"app.kubernetes.io/name": "gluetun"}


def _service(**spec):
    return obj("v1", "Service", "door", MEDIA, spec={"ports": PORTS, **spec})


def _slice(address, service="outside", family="IPv4", namespace=MEDIA):
    return obj("discovery.k8s.io/v1", "EndpointSlice", "outside-1", namespace, metadata={
        "labels": {"kubernetes.io/service-name": service}}, addressType=family,
        endpoints=[{"addresses": [address]}], ports=[{"port": 80, "protocol": "TCP"}])


def _endpoints(address):
    return obj("v1", "Endpoints", "outside", MEDIA, subsets=[{"addresses": [{"ip": address}], "ports": PORTS}])


def _external(name, attack, twin, who=DRIFT):
    return Row("C1", name, who, "ExternalEndpoint", create(attack), create(twin))


ENDPOINTS = [
    _external("a Service with an address on the internet", _service(externalIPs=[OUTSIDE]), _service(), EDITOR),
    Row("C1", "a Service gets such an address later", EDITOR, "ExternalEndpoint",
        change(of_service("outside"), {"spec": {"externalIPs": [OUTSIDE]}}),
        change(of_service("outside"), {"spec": {"sessionAffinity": "ClientIP"}})),
    _external("an EndpointSlice leads out", _slice(OUTSIDE), _slice("10.1.0.99")),
    _external("an EndpointSlice of IPv6 leads out", _slice("2001:db8::7", family="IPv6"), _slice("10.1.0.99")),
    _external("Endpoints lead out", _endpoints(OUTSIDE), _endpoints("10.1.0.99")),
    _external("an EndpointSlice of another namespace leads out", _slice(OUTSIDE, "door", namespace=PLAIN),
              _slice("10.1.0.99", "door", namespace=PLAIN)),
]


def _gateway(account, **labels):
    return pod(namespace=VPN, labels={**LOOKS, **labels}, serviceAccountName=account)


def _meshed(mode):
    return create(_gateway("gluetun", **{"istio.io/dataplane-mode": mode}))


GATEWAYS = [
    Row("C3", "a pod that looks like the gateway", DRIFT, "RogueGateway", create(_gateway("default")),
        create(_gateway("gluetun"))),
    Row("C3", "the gateway's Service leads to another pod", DRIFT, "RogueGateway",
        create(_slice("10.1.0.66", "gluetun", namespace=VPN)), create(_slice("10.1.0.66", "other", namespace=VPN))),
    Row("C3", "the gateway's Service selects others", DRIFT, "RogueGateway",
        change(of_service("gluetun", VPN), {"spec": {"selector": {"app.kubernetes.io/name": "other"}}}),
        change(of_service("gluetun", VPN), {"metadata": {"labels": {"app": "gluetun"}}})),
]

GATEWAYS.append(Row("C4", "the gateway's own pod joins the mesh", DRIFT, "MeshOptOut", _meshed("ambient"),
                    _meshed("none"), dead="open"))

ISTIO, WAYPOINT = "networking.istio.io", {"istio.io/use-waypoint": "waypoint"}


def _entry(labels=None, version="v1", namespace=MEDIA, **spec):
    return obj(f"{ISTIO}/{version}", "ServiceEntry", "partner", namespace, metadata={"labels": labels or {}}, spec={
        "hosts": ["partner.example.org"], "location": "MESH_EXTERNAL", "resolution": "DNS",
        "ports": [{"number": 443, "name": "tls", "protocol": "TLS"}], **spec})


def _machine(address, labels=None):
    return obj(f"{ISTIO}/v1", "WorkloadEntry", "machine", MEDIA, metadata={"labels": labels or {}},
               spec={"address": address, "labels": {"app": "machine"}})


MESH = [
    Row("C8", "a ServiceEntry goes out by a waypoint", DRIFT, "MeshBypass", create(_entry(WAYPOINT)),
        create(_entry())),
    Row("C8", "a ServiceEntry of another namespace does", DRIFT, "MeshBypass",
        create(_entry(WAYPOINT, namespace=PLAIN)), create(_entry(namespace=PLAIN))),
    Row("C8", "a ServiceEntry by a waypoint of another namespace", DRIFT, "MeshBypass",
        create(_entry({**WAYPOINT, "istio.io/use-waypoint-namespace": PLAIN})), create(_entry())),
    Row("C8", "a ServiceEntry gives internet addresses an endpoint in the cluster", DRIFT, "MeshBypass",
        create(_entry(addresses=["198.51.100.0/24"], resolution="STATIC", endpoints=[{"address": "10.1.0.99"}])),
        create(_entry(hosts=["inside.example.org"], addresses=["10.1.7.7"], resolution="STATIC",
                      endpoints=[{"address": "10.1.0.99"}]))),
    Row("C8", "a ServiceEntry gives an internet address to a host that is a Service", DRIFT, "MeshBypass",
        create(_entry(hosts=["proxy.plain.svc.cluster.local"], addresses=["1.1.1.1"])),
        create(_entry(hosts=["api.example.com"], addresses=["203.0.113.10"]))),
    Row("C8", "a machine on the internet behind a waypoint", DRIFT, "MeshBypass",
        create(_machine(OUTSIDE, WAYPOINT)), create(_machine("192.168.0.30"))),
    Row("D6", "a ServiceEntry in an older version", DRIFT, "MeshBypass", create(_entry(WAYPOINT, "v1alpha3")),
        create(_entry(version="v1alpha3"))),
    Row("D6", "a ServiceEntry in a beta version", DRIFT, "MeshBypass", create(_entry(WAYPOINT, "v1beta1")),
        create(_entry(version="v1beta1"))),
]


def _namespace(name, below, key, value, **more):
    """Editors have no right to change their namespace; an upgrade of a chart, or GitOps, has."""
    space = of_namespace(PRIVATE if "given" in more else MEDIA)

    def asked(patch):
        return finalize(space, patch) if below == "finalize" else change(space, patch, below)
    by = f", by namespaces/{below}" if below else ""
    return Row("D2", name + by, DRIFT, "NamespaceUnlabelled", asked(labelled(key, value)), asked(MINE), **more)


GUARD = "podveil.io/guarded"
NAMESPACES = [
    *[_namespace("the guard label goes", below, GUARD, None) for below in ("", "status", "finalize")],
    _namespace("the guard label says no", "", GUARD, "false"),
    *[_namespace("the privacy label goes", below, GATEWAY, None, given=NAMESPACE_LABEL)
      for below in ("", "status", "finalize")],
    _namespace("the privacy label says none", "", GATEWAY, "none", given=NAMESPACE_LABEL),
]

ROWS = ENDPOINTS + GATEWAYS + MESH + NAMESPACES
