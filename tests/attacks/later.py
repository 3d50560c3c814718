# SPDX-License-Identifier: Apache-2.0
"""B6 to B10, B13 and B1 by other doors: networks, names, the mesh, and what happens to a pod on its way to a node."""

from attacks.act import bind, change, connect, create, edit
from attacks.objects import GATEWAY, MEDIA, MINE, STRIPPED, TOUCHED, annotated, labelled, obj, of_pod, pod
from attacks.row import DRIFT, EDITOR, WARNED, Row

PLAIN_POD = create(pod())
INIT, SIDECAR = "podveil-init", "podveil-sidecar"
MULTUS = "k8s.v1.cni.cncf.io/networks"


def _made(number, name, reason, attack, twin=None, **more):
    return Row(number, name, EDITOR, reason, create(attack), PLAIN_POD if twin is None else create(twin), **more)


def _limited(resource):
    return pod({"resources": {"limits": {resource: "1"}}})


BOUND = [
    Row("B1", "labels of a Binding", DRIFT, "LabelChanged", bind(of_pod(), labels={GATEWAY: "none"}), bind(of_pod()),
        second="LabelChanged", offline=""),
    Row("B1", "annotations of a Binding", DRIFT, "LabelChanged",
        bind(of_pod(), annotations={"podveil.io/injected": "v1.0.0"}),
        bind(of_pod(), annotations={"example.org/zone": "a"}), second="LabelChanged", offline=""),
    Row("B1", "a second network by a Binding", DRIFT, "LabelChanged",
        bind(of_pod(), annotations={"k8s.v1.cni.cncf.io/networks": "lan"}),
        bind(of_pod(), annotations={"example.org/networks": "lan"}), second="LabelChanged", offline=""),
]

CODE = [
    Row("B6", f"{below} in podveil's {what}", EDITOR, "Exec", connect(of_pod(), below, container),
        connect(of_pod(), below, "app"), second="Exec", offline="")
    for below, what, container in (("exec", "sidecar", SIDECAR), ("exec", "init container", INIT),
                                   ("attach", "sidecar", SIDECAR))
]

NETWORKS = [
    _made("B7", "one more network by Multus", "ExtraNetwork", pod(annotations={MULTUS: "home"}),
          pod(annotations={"example.org/networks": "home"})),
    _made("B7", "another first network by Multus", "ExtraNetwork",
          pod(annotations={"v1.multus-cni.io/default-network": "home"})),
    _made("B7", "a network device of SR-IOV", "ExtraNetwork", _limited("intel.com/sriov_netdevice"),
          _limited("gpu.intel.com/i915")),
    _made("B7", "a claim of a device", "ExtraNetwork",
          pod({"resources": {"claims": [{"name": "nic"}]}},
              resourceClaims=[{"name": "nic", "resourceClaimTemplateName": "nic"}])),
    Row("B7", "one more network, on a pod that waits for its node", EDITOR, "LabelChanged",
        change(of_pod(), annotated(MULTUS, "home")), change(of_pod(), annotated("note", "mine")),
        second="LabelChanged"),
]

NAMES = [
    _made("B8", "the node's resolver", "DNSPolicy", pod(dnsPolicy="Default")),
    _made("B8", "a resolver on the internet", "DNSPolicy",
          pod(dnsPolicy="None", dnsConfig={"nameservers": ["9.9.9.9"]}),
          pod(dnsPolicy="None", dnsConfig={"nameservers": ["172.16.0.1"]})),
    _made("B8", "names through ztunnel", "MeshOptOut", pod(annotations={"ambient.istio.io/dns-capture": "true"}),
          pod(annotations={"ambient.istio.io/dns-capture": "false"})),
    _made("B8", "a probe that the kubelet calls elsewhere", "ProbeHost",
          pod({"readinessProbe": {"httpGet": {"host": "198.51.100.7", "port": 80}}}),
          pod({"readinessProbe": {"httpGet": {"port": 80}}})),
]


def _service(kind="ClusterIP", select="sabnzbd", **spec):
    return obj("v1", "Service", "door", MEDIA, spec={
        "type": kind, "selector": {"app": select}, "ports": [{"port": 80, "protocol": "TCP"}], **spec})


ANY = {"podveil.io/workload": "sabnzbd"}
INBOUND = [
    _made("B9", "a port of the node", "HostPort", pod({"ports": [{"containerPort": 80, "hostPort": 8080}]}),
          pod({"ports": [{"containerPort": 80}]}), end=WARNED),
    *[Row("B9", f"a Service of type {kind} onto privacy pods", EDITOR, "HostPort",
          create(_service(kind, selector=ANY)), create(_service(selector=ANY)), end=WARNED, dead="open")
      for kind in ("NodePort", "LoadBalancer")],
]

MESH = [
    _made("B10", "out of the mesh", "MeshOptOut", pod(labels={GATEWAY: "vpn", "istio.io/dataplane-mode": "none"}),
          pod(labels={GATEWAY: "vpn", "istio.io/dataplane-mode": "ambient"})),
    _made("B10", "a sidecar of the mesh", "MeshOptOut", pod(labels={GATEWAY: "vpn", "sidecar.istio.io/inject": "true"}),
          pod(labels={GATEWAY: "vpn", "sidecar.istio.io/inject": "false"})),
    _made("B10", "past ztunnel, inbound", "MeshOptOut",
          pod(annotations={"ambient.istio.io/bypass-inbound-capture": "true"})),
    _made("B10", "the tunnel's device for ztunnel", "MeshOptOut",
          pod(annotations={"istio.io/reroute-virtual-interfaces": "vxlan0"})),
    Row("B10", "out of the mesh, later", EDITOR, "LabelChanged",
        change(of_pod(), labelled("istio.io/dataplane-mode", "none")), change(of_pod(), MINE),
        second="LabelChanged"),
    Row("B10", "names through ztunnel, later", EDITOR, "LabelChanged",
        change(of_pod(), annotated("ambient.istio.io/dns-capture", "true")),
        change(of_pod(), annotated("note", "mine")), second="LabelChanged"),
]


def _sidecar_of(image):
    def edited(one):
        one["spec"]["initContainers"][1]["image"] = image
    return edited


def _app_of(one):
    one["spec"]["containers"][0]["image"] = "app.invalid/newer"


LATER = [
    Row("B13", "podveil's image is exchanged", EDITOR, "ImageChanged", edit(of_pod(), _sidecar_of("app.invalid/other")),
        edit(of_pod(), _app_of), second="ImageChanged"),
]

MEDDLED = [
    Row("B13", "another webhook takes podveil's containers out, each time", DRIFT, "NotProtected",
        create(pod(namespace=STRIPPED)), create(pod(namespace=TOUCHED)), second="NotProtected", offline=""),
]

ROWS = BOUND + CODE + NETWORKS + NAMES + INBOUND + MESH + LATER + MEDDLED
