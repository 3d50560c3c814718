# SPDX-License-Identifier: Apache-2.0
"""Requests for the tests of the second layer, made of what podveil itself makes."""

import contextlib
import copy
import functools
import json
import tempfile

from asked import calls, pod, request, verdicts
from command import Release, load, podveil, to_json

LABEL = {"podveil.io/gateway": "vpn"}
GUARDED = {"podveil.io/guarded": "true"}
ACCOUNT = "system:serviceaccount:podveil:podveil"


def reasons(release, requests):
    """The reasons that the policies give against each request, each once."""
    return [
        list(dict.fromkeys(one["message"].split(":")[0] for one in answer))
        for answer in verdicts(release, requests)
    ]


@contextlib.contextmanager
def _configured(values):
    """A file with the configuration of these values, a name or a dict."""
    config = (load(values) if isinstance(values, str) else values)["config"]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"apiVersion": "podveil.io/v1", "kind": "Configuration", **config}, file)
        file.flush()
        yield file.name


def _review(asked):
    kind, resource = asked["kind"], asked["resource"]
    obj = asked["object"] or asked["oldObject"]
    return json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": "00000000-0000-0000-0000-000000000000", "kind": kind, "resource": resource,
        "subResource": asked["subresource"], "requestKind": kind, "requestResource": resource,
        "requestSubResource": asked["subresource"], "name": obj["metadata"]["name"],
        "namespace": asked["namespace"], "operation": asked["operation"],
        "userInfo": {"username": asked["user"], "groups": ["system:authenticated"]}, "object": asked["object"],
        "oldObject": asked["oldObject"], "dryRun": False, "options": None}})


def both(release, values, requests):
    """For each request the policies' reasons against it, and whether podveil refuses it too; None where it is not
    asked, or they have none. Where podveil does not refuse it, the request and its answer are printed."""
    asked = calls(release, "Validating", requests)
    with _configured(values) as config:
        for one, said, entries in zip(requests, reasons(release, requests), asked):
            if not said or not entries:
                yield said, None
                continue
            labels = [f"--namespace-label={key}={value}" for key, value in one["namespaceLabels"].items()]
            answer = podveil("validate", "--config", config, "-o", "review", *labels, stdin=_review(one), code=None)
            denies = not json.loads(answer)["response"]["allowed"]
            if not denies:
                print(f"{said}, but podveil says {answer} to {json.dumps(one)}")
            yield said, denies


@functools.lru_cache(maxsize=None)
def _by_podveil(command, text, values):
    with _configured(values) as config:
        return podveil(command, "--config", config, *(("-o", "json") if command == "mutate" else ()), stdin=text)


def marked():
    """A pod that has the mark and nothing else."""
    return pod({**LABEL, "app": "a"})


def _asking(values, **spec):
    return json.dumps(pod({load(values)["config"].get("label", "podveil.io/gateway"): "vpn", "app": "a"}, **spec))


def protected(values="one.yaml", **spec):
    """A pod that asks, as podveil lets it in."""
    return json.loads(_by_podveil("mutate", _asking(values, **spec), values))


def _policies(values):
    return to_json(_by_podveil("render", _asking(values), values))


def floor(values="one.yaml"):
    return copy.deepcopy(next(p for p in _policies(values) if p["metadata"]["name"] == "podveil-floor"))


def companion(values="one.yaml"):
    return copy.deepcopy(next(p for p in _policies(values) if p["metadata"]["name"] != "podveil-floor"))


def second_companion():
    """That of a gateway that is not the file's first: its name has a hash."""
    values = load("one.yaml")
    values["config"]["gateways"].insert(0, {**values["config"]["gateways"][0], "name": "first",
                                            "vxlan": {"id": 43, "network": "172.16.3.0/24"}})
    with _configured(values) as config:
        made = to_json(podveil("render", "--config", config, stdin=json.dumps(marked())))
    return next(policy for policy in made if policy["metadata"]["name"] != "podveil-floor")


def but(obj, **members):
    """A copy with other members; `metadata__labels` is one below metadata."""
    new = copy.deepcopy(obj)
    for path, value in members.items():
        *above, last = path.split("__")
        place = new
        for key in above:
            place = place.setdefault(key, {})
        place[last] = value
    return new


def _namespace(labels=None, **metadata):
    return {"apiVersion": "v1", "kind": "Namespace", "spec": {"finalizers": ["kubernetes"]},
            "metadata": {"name": "media", "labels": {"kubernetes.io/metadata.name": "media", **(labels or {})},
                         **metadata}}


def _event(component="podveil"):
    return {"apiVersion": "v1", "kind": "Event", "metadata": {"name": "podveil-1", "namespace": "media"},
            "involvedObject": {"kind": "Pod", "name": "a"}, "reason": "NotProtected", "message": "a",
            "reportingComponent": component, "source": {"component": component}}


def _secret(name="podveil-ca", kind="Opaque"):
    return {"apiVersion": "v1", "kind": "Secret", "type": kind, "data": {"ca.crt": "YQ=="},
            "metadata": {"name": name, "namespace": "podveil"}}


def _lease(name="podveil"):
    return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "spec": {"holderIdentity": "a"},
            "metadata": {"name": name, "namespace": "podveil"}}


@functools.lru_cache(maxsize=None)
def _registered(kind):
    return Release("podveil", "one.yaml").one(f"{kind}WebhookConfiguration")


def _bundled(obj):
    new = but(obj, metadata__managedFields=[{"manager": "podveil", "operation": "Apply"}])
    for entry in new["webhooks"]:
        entry["clientConfig"]["caBundle"] = "YQ=="
    return new


def _own(new, old, resource, namespace="media"):
    return request(new, old, resource, user=ACCOUNT, namespace=namespace, labels=GUARDED)


def own_writes():
    """Everything that podveil writes in a cluster."""
    opened = but(floor(), spec__egress=[{}])
    older = companion()
    older["spec"]["egress"].append({"to": [{"ipBlock": {"cidr": "10.9.0.0/16"}}]})
    newer = but(companion(), spec__egress=[{"to": [{"ipBlock": {"cidr": "192.168.77.0/24"}}]}])
    going = {"podveil.io/going": "2026-01-01T00:00:00Z"}
    guarded = _namespace(GUARDED, managedFields=[{"manager": "podveil"}], resourceVersion="2")
    writes = [
        ("a floor", _own(floor(), None, "networkpolicies")),
        ("a floor that was opened, first write", _own(opened, opened, "networkpolicies")),
        ("a floor that was opened, second write", _own(floor(), opened, "networkpolicies")),
        ("a companion", _own(companion(), None, "networkpolicies")),
        ("a companion of settings that the chart does not know yet", _own(newer, companion(), "networkpolicies")),
        ("a companion that was another's", _own(companion(), but(companion(), spec={"podSelector": {}}),
                                                "networkpolicies")),
        ("a companion with an ingress that another added", _own(but(companion(), spec__ingress=[{}]), companion(),
                                                                "networkpolicies")),
        ("a companion of earlier settings is going", _own(but(older, metadata__annotations=going), older,
                                                          "networkpolicies")),
        ("a companion has gone", _own(None, but(older, metadata__annotations=going), "networkpolicies")),
        ("the guard label", _own(guarded, _namespace(resourceVersion="1"), "namespaces")),
        ("the guard label again", _own(guarded, guarded, "namespaces")),
        ("an Event", _own(_event(), None, "events")),
        ("an Event again", _own(but(_event(), count=2), _event(), "events")),
        ("the Secret", _own(_secret(), None, "secrets", "podveil")),
        ("a new CA", _own(but(_secret(), data={"ca.crt": "Yg=="}), _secret(), "secrets", "podveil")),
        ("the Lease", _own(_lease(), None, "leases", "podveil")),
        ("its renewal", _own(but(_lease(), spec__renewTime="2026-01-01T00:00:00.000000Z"), _lease(), "leases",
                             "podveil")),
    ]
    for kind in ("Mutating", "Validating"):
        resource, plain = f"{kind.lower()}webhookconfigurations", _registered(kind)
        writes += [
            (f"{kind}: caBundle", _own(_bundled(plain), plain, resource, "")),
            (f"{kind}: no manager of it", _own(but(_bundled(plain), metadata__managedFields=[{}]), _bundled(plain),
                                               resource, "")),
        ]
    return writes


def _stolen_policies():
    wide = {"to": [{"ipBlock": {"cidr": "0.0.0.0/1"}}]}
    other = {**floor(), "metadata": {"name": "allow-all", "namespace": "media"}}
    opened = but(companion(), spec__egress=[*companion()["spec"]["egress"], wide])
    return [(name, _own(new, old, "networkpolicies")) for name, new, old in (
        ("another policy", other, None),
        ("another policy, called managed", but(other, metadata__labels={"app.kubernetes.io/managed-by": "podveil"}),
         None),
        ("another policy goes", None, other),
        ("the floor goes", None, floor()),
        ("another's companion goes", None, but(companion(), metadata__labels={})),
        ("an open floor", but(floor(), spec__egress=[{}]), None),
        ("a floor is opened", but(floor(), spec__egress=[{}]), floor()),
        ("a floor for nobody", but(floor(), spec__podSelector={"matchLabels": {"a": "b"}}), floor()),
        ("an unmanaged companion", but(companion(), metadata__labels={}), None),
        ("a wide companion", opened, None),
        ("a companion is widened", opened, companion()),
        ("a companion open to all", but(companion(), spec__egress=[{}]), companion()),
        ("a companion for all", but(companion(), spec__podSelector={}), companion()),
        ("a companion of ingress", but(companion(), spec__policyTypes=["Ingress", "Egress"]), companion()),
    )]


def _stolen_namespaces():
    guarded = _namespace(GUARDED)
    return [(f"a namespace: {name}", _own(new, old, "namespaces")) for name, new, old in (
        ("the guard goes", _namespace(), guarded),
        ("the guard is false", _namespace({"podveil.io/guarded": "false"}), guarded),
        ("another label", _namespace({**GUARDED, "pod-security.kubernetes.io/enforce": "privileged"}), guarded),
        ("a label goes", _namespace(GUARDED), _namespace(LABEL)),
        ("an annotation", _namespace(GUARDED, annotations={"a": "b"}), guarded),
        ("a finalizer", _namespace(GUARDED, finalizers=["example.org/a"]), guarded),
        ("an owner", _namespace(GUARDED, ownerReferences=[{"apiVersion": "v1", "kind": "A", "name": "a", "uid": "u"}]),
         guarded),
        ("its spec", but(guarded, spec={}), guarded),
        ("a new one", guarded, None),
        ("it goes", None, guarded),
    )]


def _stolen_webhooks():
    found = []
    for kind in ("Mutating", "Validating"):
        resource, plain = f"{kind.lower()}webhookconfigurations", _registered(kind)
        never = [{"name": "never", "expression": "false"}]

        def entry(new, members):
            new["webhooks"][0].update(members)
            return new

        def client(new, members):
            new["webhooks"][0]["clientConfig"].update(members)
            return new

        for name, new, old in (
            ("it ignores failures", entry(_bundled(plain), {"failurePolicy": "Ignore"}), plain),
            ("it asks of no pod", entry(_bundled(plain), {"objectSelector": {"matchLabels": {"a": "b"}}}), plain),
            ("another condition", entry(_bundled(plain), {"matchConditions": never}), plain),
            ("another service", client(_bundled(plain), {"service": {"name": "a", "namespace": "b"}}), plain),
            ("an entry less", but(_bundled(plain), webhooks=_bundled(plain)["webhooks"][1:]), plain),
            ("none", but(plain, webhooks=[]), plain),
            ("a label", but(plain, metadata__labels={}), plain),
            ("another one", but(plain, metadata__name="other"), but(plain, metadata__name="other")),
            ("a new one", plain, None),
            ("it goes", None, plain),
        ):
            found.append((f"{kind}: {name}", _own(new, old, resource, "")))
    return found


def stolen_writes():
    """What podveil's token could be used for, were there no fence: RBAC allows most of it."""
    token = _secret("token", "kubernetes.io/service-account-token")
    return _stolen_policies() + _stolen_namespaces() + _stolen_webhooks() + [
        ("another's Event", _own(_event("kubelet"), None, "events")),
        ("another's Event is changed", _own(_event(), _event("kubelet"), "events")),
        ("a token of another account", _own(token, None, "secrets", "podveil")),
        ("a token under podveil's name", _own(_secret(kind=token["type"]), None, "secrets", "podveil")),
        ("another Secret", _own(_secret("a"), None, "secrets", "podveil")),
        ("the Secret goes", _own(None, _secret(), "secrets", "podveil")),
        ("another Lease", _own(_lease("a"), None, "leases", "podveil")),
    ]


_KINDS = {
    "pods": ("v1", "Pod"), "bindings": ("v1", "Binding"), "networkpolicies": ("networking.k8s.io/v1", "NetworkPolicy"),
    "namespaces": ("v1", "Namespace"), "events": ("v1", "Event"), "secrets": ("v1", "Secret"),
    "leases": ("coordination.k8s.io/v1", "Lease"),
    "mutatingwebhookconfigurations": ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
}


def bare_requests():
    """Objects with as little in them as their types allow, and less, in each operation."""
    for resource, (version, kind) in _KINDS.items():
        bodies = [{"apiVersion": version, "kind": kind, **body} for body in (
            {}, {"metadata": {}}, {"metadata": {"name": "podveil-floor"}},
            {"metadata": {"name": "podveil", "labels": LABEL}},
            {"metadata": {"name": "a-vpn-killswitch", "labels": {"app.kubernetes.io/managed-by": "podveil"}},
             "spec": {"podSelector": {"matchLabels": LABEL}, "egress": [{}]} if "pol" in resource else {}},
            {"metadata": {"name": "a", "labels": {}, "annotations": {}}},
        )]
        if resource == "pods":
            bodies += [{**bodies[3], "spec": spec} for spec in (
                {"containers": [{}], "initContainers": [{}], "ephemeralContainers": [{}]},
                {"containers": [{"securityContext": {"capabilities": {}}, "env": [{}], "volumeMounts": [{}]}]},
                {"initContainers": [{"securityContext": {}, "env": [{"valueFrom": {}}]}], "ephemeralContainers": [
                    {"name": "a", "securityContext": {"capabilities": {"add": []}}}]},
            )]
        for user in ("", "jane", ACCOUNT):
            for new in [*bodies, None]:
                for old in [*bodies, None]:
                    if new is None and old is None:
                        continue
                    for below in ("", "status", "ephemeralcontainers") if resource == "pods" and new and old else ("",):
                        yield request(new, old, resource, below, user=user, labels={**LABEL, **GUARDED},
                                      namespace="podveil" if resource in ("secrets", "leases") else "media")


def large_requests():
    many = {f"example.org/label-{i}": "value" for i in range(3000)}
    big = protected("many.yaml")
    big["metadata"]["labels"] |= many
    big["spec"]["containers"] = [
        {"name": f"c{i}", "image": "a", "volumeMounts": [{"name": f"v{j}", "mountPath": "/a"} for j in range(8)],
         "env": [{"name": f"E{j}", "value": "a"} for j in range(8)],
         "securityContext": {"capabilities": {"drop": ["NET_RAW"], "add": ["CHOWN"] * 8}}} for i in range(400)
    ]
    other = but(big, metadata__labels__more="a")
    debugged = but(other, spec__ephemeralContainers=[{"name": f"d{i}", "image": "a"} for i in range(400)])
    wide = companion()
    wide["spec"]["egress"] = [{"to": [{"ipBlock": {"cidr": f"10.{i // 250}.{i % 250}.0/24"}}]} for i in range(5000)]
    yield "a pod", request(big)
    yield "an update", request(other, big)
    yield "debug containers", request(debugged, debugged, subresource="ephemeralcontainers")
    yield "more of them", request(debugged, other, subresource="ephemeralcontainers")
    yield "a policy", request(wide, companion(), "networkpolicies", labels=GUARDED)
    yield "a policy of podveil's", request(wide, companion(), "networkpolicies", labels=GUARDED, user=ACCOUNT)
