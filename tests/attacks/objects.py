# SPDX-License-Identifier: Apache-2.0
"""Objects that attacks are made of, as short as their sting allows."""

from attacks.act import Ref

GATEWAY, WORKLOAD = "podveil.io/gateway", "podveil.io/workload"
MEDIA, PRIVATE, STRICT, PLAIN, VPN = "media", "private", "strict", "plain", "vpn"
# Where a policy of Cilium, or Calico, stands before the first privacy pod; and one that leaves those out.
STOOD, SPARED = ("stood-cilium", "stood-calico"), ("spared-cilium", "spared-calico")
STRIPPED, TOUCHED = "stripped", "touched"  # where another webhook meddles
WITHOUT = {"matchExpressions": [{"key": GATEWAY, "operator": "DoesNotExist"}]}
EVERYWHERE = "0.0.0.0/0"
NETWORKING = "networking.k8s.io/v1"


def obj(version, kind, name, namespace=None, **members):
    metadata = {"name": name, **({"namespace": namespace} if namespace else {}), **members.pop("metadata", {})}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **members}


def policy(*egress, select=None, namespace=MEDIA, **spec):
    """A NetworkPolicy "extra" with these egress rules."""
    return obj(NETWORKING, "NetworkPolicy", "extra", namespace, spec={
        "podSelector": select or {}, "policyTypes": ["Egress"], "egress": list(egress), **spec})


def to(*blocks, **more):
    """An egress rule to CIDRs; a pair is a CIDR and its exceptions."""
    pairs = [block if isinstance(block, tuple) else (block, None) for block in blocks]
    return {"to": [{"ipBlock": {"cidr": cidr, **({"except": left} if left else {})}} for cidr, left in pairs], **more}


def pod(container=None, namespace=MEDIA, labels=None, annotations=None, inits=None, **spec):
    """A privacy pod "app"; `container` is what its container has besides a name and an image."""
    metadata = {"labels": {GATEWAY: "vpn"} if labels is None else labels}
    if annotations:
        metadata["annotations"] = annotations
    return obj("v1", "Pod", "app", namespace, metadata=metadata, spec={
        **spec, **({"initContainers": inits} if inits else {}),
        "containers": [{"name": "app", "image": "app.invalid/app", **(container or {})}]})


def secured(**context):
    return pod({"securityContext": context})


def capable(*names):
    return secured(capabilities={"add": list(names)})


def mounting(path, read_only=False):
    return pod({"volumeMounts": [{"name": "host", "mountPath": "/host", "readOnly": read_only}]},
               volumes=[{"name": "host", "hostPath": {"path": path}}])


def of_pod(name="sabnzbd", namespace=MEDIA):
    return Ref("v1", "Pod", namespace, name)


def of_policy(name, namespace=MEDIA):
    return Ref(NETWORKING, "NetworkPolicy", namespace, name)


def of_service(name, namespace=MEDIA):
    return Ref("v1", "Service", namespace, name)


def of_namespace(name):
    return Ref("v1", "Namespace", "", name)


def labelled(key, value):
    """A change of one label; None takes it away."""
    return {"metadata": {"labels": {key: value}}}


def annotated(key, value):
    return {"metadata": {"annotations": {key: value}}}


MINE = labelled("mine", "yes")
