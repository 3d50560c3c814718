# SPDX-License-Identifier: Apache-2.0
"""What the second layer refuses, podveil refuses too where it is asked: the same requests, made by chance, to both.

The policies are decided by the API server's own code, podveil by `podveil validate` on the same review. Each request is
a protected pod, or a policy of podveil's, with some changes, harmless ones among them. PODVEIL_SEED=N makes those of
another run; the seed is printed.
"""

import copy
import os
import random

import layer
from asked import pod, request
from command import Release
from layer import GUARDED, LABEL

COUNT = 2000


# ---- Changes ----


def _container(chance, obj):
    """One of the pod's containers, ours among them."""
    lists = [obj["spec"].get(name) or [] for name in ("containers", "initContainers")]
    return chance.choice([one for found in lists for one in found] or [{}])


def _context(chance, container):
    context = container.setdefault("securityContext", {})
    capabilities = context.setdefault("capabilities", {})
    name = chance.choice(("NET_ADMIN", "net_raw", "CAP_BPF", "CHOWN", "ALL", "Sys_Admin", "KILL"))
    chance.choice((
        lambda: context.update(privileged=chance.random() < 0.5),
        lambda: context.update(procMount=chance.choice(("Default", "Unmasked"))),
        lambda: context.update(allowPrivilegeEscalation=chance.random() < 0.7),
        lambda: capabilities.setdefault("add", []).append(name),
        lambda: capabilities.update(drop=chance.choice((["ALL"], ["NET_RAW"], ["all"], [], ["CHOWN", "NET_RAW"]))),
        lambda: context.pop("capabilities"),
        lambda: container.pop("securityContext"),
    ))()


def _mounts(chance, container):
    volume = chance.choice(("podveil-config", "podveil-no-token", "config", "podveil"))
    chance.choice((
        lambda: container.setdefault("volumeMounts", []).append({"name": volume, "mountPath": "/mnt"}),
        lambda: container.setdefault("volumeDevices", []).append({"name": volume, "devicePath": "/dev/mnt"}),
        lambda: container.setdefault("env", []).append({"name": "A", "valueFrom": {"fileKeyRef": {
            "volumeName": volume, "path": "a", "key": "k"}}}),
    ))()


def _order(chance, obj):
    inits = obj["spec"].get("initContainers") or []
    chance.choice((
        lambda: chance.shuffle(inits),
        lambda: inits.insert(chance.randrange(len(inits) + 1), {"name": "first", "image": "a", "securityContext": {
            "capabilities": {"drop": ["ALL"]}}}),
        lambda: inits and inits.pop(chance.randrange(len(inits))),
        lambda: inits and inits.append(copy.deepcopy(inits[0])),
        lambda: inits and inits[-1].pop("restartPolicy", None),
    ))()


def _metadata(chance, metadata):
    key = chance.choice(("podveil.io/gateway", "podveil.io/workload", "podveil.io/injected", "podveil.io/talks-to",
                         "istio.io/dataplane-mode", "sidecar.istio.io/inject", "setGateway", "podveil.io/new", "app"))
    found = metadata.setdefault(chance.choice(("labels", "annotations")), {})
    value = chance.choice(("none", "vpn", "", "x"))
    chance.choice((lambda: found.pop(key, None), lambda: found.update({key: value})))()


def _change_pod(chance, obj):
    spec = obj["spec"]
    flag = chance.choice(("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"))
    chance.choice((
        lambda: spec.update({flag: chance.random() < 0.6}),
        *[lambda: _context(chance, _container(chance, obj))] * 5,
        lambda: _mounts(chance, _container(chance, obj)),
        lambda: _order(chance, obj),
        lambda: _metadata(chance, obj["metadata"]),
        lambda: _container(chance, obj).update(name=chance.choice(("podveil-init", "podveil-x", "b"))),
        lambda: _container(chance, obj).update(image=chance.choice(("mine", "ghcr.io/angelnu/pod-gateway:v1.13.0"))),
        lambda: spec.update(serviceAccountName=chance.choice(("gluetun", "default"))),
        lambda: spec.update(nodeSelector={"disk": "ssd"}),
    ))()


def _debug(chance):
    one = {"name": chance.choice(("d", "podveil-d")) if chance.random() < 0.3 else "d", "image": "busybox",
           "securityContext": {"capabilities": {"drop": ["ALL"]}}}
    if chance.random() < 0.5:
        one["targetContainerName"] = chance.choice(("app", "podveil-sidecar", "podveil-init", ""))
    for _ in range(chance.randrange(3)):
        chance.choice((_context, _mounts))(chance, one)
    return one


def _change_policy(chance, policy):
    spec = policy["spec"]
    block = chance.choice(("10.1.0.0/16", "0.0.0.0/0", "10.0.0.0/8", "8.8.8.8/32", "::/0"))
    rule = chance.choice(({}, {"to": []}, {"to": [{"ipBlock": {"cidr": block}}]}, {"to": [{"podSelector": {}}]}))
    chance.choice((
        lambda: spec.update(egress=[rule]),
        lambda: spec.setdefault("egress", []).append(rule),
        lambda: spec.pop("egress", None),
        lambda: spec.update(policyTypes=chance.choice((["Ingress"], ["Egress"], ["Ingress", "Egress"]))),
        lambda: spec.update(podSelector=chance.choice(({}, {"matchLabels": {"a": "b"}}, {"matchLabels": dict(LABEL)}))),
        lambda: policy["metadata"].update(name=chance.choice(("mine", "podveil-floor", "a-vpn-killswitch"))),
        lambda: policy["metadata"].pop("labels", None),
        lambda: policy["metadata"].update(labels={"a": "b"}),
        lambda: policy["metadata"].update(ownerReferences=[{"apiVersion": "v1", "kind": "Pod", "name": "a",
                                                           "uid": "u", "controller": True}]),
    ))()


def _changed(chance, obj, change):
    new = copy.deepcopy(obj)
    for _ in range(chance.choice((0, 1, 1, 1, 1, 2, 3))):
        change(chance, new)
    return new


def _request(chance, seeds):
    """One request, of any kind."""
    protected, plain, policies = seeds
    obj = chance.choice((protected, protected, protected, plain))
    namespace = chance.choice((LABEL, {}, GUARDED))
    what = chance.choice((0, 0, 0, 1, 2, 3, 4))
    if what == 0:
        return request(_changed(chance, obj, _change_pod), labels=namespace)
    if what == 1:
        return request(_changed(chance, obj, _change_pod), obj, subresource=chance.choice(("", "", "status", "resize")),
                       labels=namespace)
    if what == 2:
        old = copy.deepcopy(obj)
        old["spec"]["ephemeralContainers"] = [{"name": "was", "image": "a"}]
        new = copy.deepcopy(old)
        new["spec"]["ephemeralContainers"].append(_debug(chance))
        return request(new, old, subresource="ephemeralcontainers", labels=namespace)
    policy = chance.choice(policies)
    new = _changed(chance, policy, _change_policy)
    old = policy if new["metadata"]["name"] == policy["metadata"]["name"] and what == 3 else None
    return request(new, old, "networkpolicies", labels=GUARDED)


def _requests(chance, values):
    inits = [{"name": "prepare", "image": "a"}]
    seeds = (layer.protected(values, initContainers=inits), pod({"app": "a"}),
             (layer.floor(values), layer.companion(values)))
    return [_request(chance, seeds) for _ in range(COUNT)]


def _refused_by_both(values, seed):
    """{reason: of how many requests}, and how many were harmless."""
    found, harmless = {}, 0
    requests = _requests(random.Random(seed), values)
    for said, denies in layer.both(Release("podveil", values), values, requests):
        harmless += not said
        assert denies is not False, f"{values}, seed {seed}: {said}"
        for reason in said if denies else ():
            found[reason] = found.get(reason, 0) + 1
    return found, harmless


def what_a_policy_refuses_podveil_refuses():
    seed = int(os.environ.get("PODVEIL_SEED", "7"))
    for values in ("one.yaml", "many.yaml"):
        found, harmless = _refused_by_both(values, seed)
        print(f"{values}, seed {seed}: {COUNT} requests, {harmless} of them harmless; refused by both: {found}")
        assert harmless > COUNT / 10, harmless
        for reason in ("LabelChanged", "ImageChanged", "EphemeralContainer", "HostNetwork", "HostNamespace",
                       "SharedProcesses", "Privileged", "Capability", "ReservedName", "NotProtected",
                       "CompanionChanged"):
            assert reason in found, f"{reason} is not among {found}"
