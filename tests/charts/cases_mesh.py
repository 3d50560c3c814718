# SPDX-License-Identifier: Apache-2.0
"""Which of Istio's objects are sent, decided by the API server's own code."""

import asked
from asked import call, request
from command import Release

asked.GROUPS.update(
    {
        "authorizationpolicies": ("security.istio.io", "AuthorizationPolicy"),
        "peerauthentications": ("security.istio.io", "PeerAuthentication"),
        "serviceentries": ("networking.istio.io", "ServiceEntry"),
        "workloadentries": ("networking.istio.io", "WorkloadEntry"),
        "gateways": ("gateway.networking.k8s.io", "Gateway"),
        "services": ("", "Service"),
    }
)
GUARDED = {"podveil.io/guarded": "true"}
WAYPOINT = {"istio.io/use-waypoint": "out"}
NONE = {"istio.io/use-waypoint": "none"}
STING = {"addresses": ["203.0.113.7"], "endpoints": [{"address": "10.1.2.3"}]}


def _object(resource, spec=None, namespace="media", **metadata):
    group, kind = asked.GROUPS[resource]
    return {
        "apiVersion": f"{group}/v1".removeprefix("/"),
        "kind": kind,
        "metadata": {"name": "one", "namespace": namespace, **metadata},
        "spec": spec or {},
    }


def _sent(obj, resource, **about):
    found = call(Release("podveil", "many.yaml"), "Validating", request(obj, resource=resource, **about))
    return {name.removesuffix(".podveil.io"): path for name, path in found.items()}


def without_a_mesh_nothing_is_registered():
    assert not [name for name in Release("podveil", "one.yaml").webhooks("ValidatingWebhookConfiguration") if "mesh" in name]


def policies_are_sent_where_privacy_pods_are_and_from_the_root():
    for resource in ("authorizationpolicies", "peerauthentications"):
        one = _object(resource)
        assert _sent(one, resource, labels=GUARDED) == {"mesh": "/validate"}
        assert _sent(one, resource) == {}
        root = {"namespace": "istio-system"}
        assert _sent(_object(resource, **root), resource, **root) == {"root.mesh": "/validate"}
        assert _sent(_object(resource, **root), resource, labels=GUARDED, **root) == {"mesh": "/validate"}
        assert _sent(None, resource, old=one, labels=GUARDED) == {}
    assert _sent(_object("gateways"), "gateways", labels=GUARDED) == {"mesh": "/validate"}
    assert _sent(_object("gateways"), "gateways") == {}


def what_changes_nothing_is_not_sent():
    for resource, spec, labels, namespace in (
        ("authorizationpolicies", {"action": "AUDIT"}, {}, GUARDED),
        ("serviceentries", {}, WAYPOINT, {}),
        ("serviceentries", {}, {}, WAYPOINT),
        ("serviceentries", STING, {}, {}),
    ):
        before = _object(resource, spec, labels=labels)
        assert _sent(before, resource, labels=namespace), resource
        moved = _object(resource, spec, labels=labels, finalizers=["a/b"], resourceVersion="2")
        assert _sent(moved, resource, old=before, labels=namespace) == {}
        for changed in (
            _object(resource, {**spec, "a": 1}, labels=labels),
            _object(resource, spec, labels={**labels, "a": "b"}),
            _object(resource, spec, labels=labels, annotations={"a": "b"}),
        ):
            assert _sent(changed, resource, old=before, labels=namespace), changed
        bare = {key: value for key, value in before.items() if key != "spec"}
        assert _sent(bare, resource, old=bare, labels=namespace) == {}


def entries_are_sent_from_every_namespace_where_a_waypoint_has_them():
    own, by_namespace = {"entries.mesh": "/validate"}, {"namespace.entries.mesh": "/validate/waypoint"}
    for resource in ("serviceentries", "workloadentries"):
        for labels, namespace, want in (
            (None, {}, {}),
            ({}, {}, {}),
            (WAYPOINT, {}, own),
            (NONE, {}, {}),
            ({}, NONE, {}),
            (None, WAYPOINT, by_namespace),
            ({"a": "b"}, WAYPOINT, by_namespace),
            (WAYPOINT, WAYPOINT, own),
            (NONE, WAYPOINT, {}),
            ({"istio.io/use-waypoint-canary": "out", **NONE}, {}, own),
            ({"istio.io/use-waypoint-canary": "none"}, {}, {}),
        ):
            one = _object(resource, **({} if labels is None else {"labels": labels}))
            got = _sent(one, resource, namespace="tools", labels=namespace)
            assert got == want, f"{resource} {labels} in {namespace}: {got}"


def entries_that_claim_addresses_for_endpoints_are_sent():
    claims = {"claims.entries.mesh": "/validate"}
    for spec, want in (
        (STING, claims),
        ({"addresses": ["203.0.113.7"], "workloadSelector": {"labels": {"a": "b"}}}, claims),
        ({"addresses": ["203.0.113.7"], "resolution": "DNS"}, claims),
        ({"addresses": ["203.0.113.7"], "resolution": "DNS_ROUND_ROBIN"}, claims),
        ({"addresses": ["203.0.113.7"], "resolution": "NONE"}, {}),
        ({"addresses": ["203.0.113.7"], "resolution": "STATIC"}, {}),
        ({"addresses": ["203.0.113.7"]}, {}),
        ({"resolution": "DNS"}, {}),
        ({"endpoints": [{"address": "10.1.2.3"}]}, {}),
        ({}, {}),
    ):
        assert _sent(_object("serviceentries", spec), "serviceentries") == want, spec
    assert _sent(_object("workloadentries", STING), "workloadentries") == {}


def addresses_of_an_entrys_status_are_sent_where_they_are_not_istios():
    inside = {"endpoints": [{"address": "10.1.2.3"}]}
    istios = ["240.240.0.7", "2001:2::f0f0:7"]

    def entry(spec, *addresses):
        return {**_object("serviceentries", spec), "status": {"addresses": [{"value": one} for one in addresses]}}

    for spec, old, new, sent in (
        (inside, [], ["1.1.1.1"], True),
        ({"resolution": "DNS"}, istios, [*istios, "1.1.1.1"], True),
        (inside, [], ["240.240.0.0/1"], True),
        (inside, [], ["2001:3::7"], True),
        (inside, [], istios, False),
        (inside, ["1.1.1.1"], ["1.1.1.1"], False),
        (inside, ["1.1.1.1"], [], False),
        ({}, [], ["1.1.1.1"], False),
    ):
        got = _sent(entry(spec, *new), "serviceentries", old=entry(spec, *old), subresource="status")
        assert got == ({"claims.entries.mesh": "/validate"} if sent else {}), f"{spec} {old} {new}: {got}"
    for addresses, sent in ((["1.1.1.1"], True), (istios, False)):
        got = _sent(entry(inside, *addresses), "serviceentries", old=entry({}, *addresses))
        assert got == ({"claims.entries.mesh": "/validate"} if sent else {}), f"endpoints come later: {addresses}"


def labels_of_the_mesh_are_sent_when_they_come():
    for labels, namespace, want in (
        ({"istio.io/waypoint-for": "all"}, GUARDED, {"labels.mesh": "/validate"}),
        ({"istio.io/waypoint-for": "all"}, {}, {}),
        ({"a": "b"}, GUARDED, {}),
        (None, GUARDED, {}),
    ):
        one = _object("services", **({} if labels is None else {"labels": labels}))
        assert _sent(one, "services", labels=namespace) == want, labels
    before = _object("services", labels=WAYPOINT)
    assert _sent(_object("services", {"a": 1}, labels=WAYPOINT), "services", old=before, labels=GUARDED) == {}
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "media", "labels": {**GUARDED, **WAYPOINT}}}
    assert "labels.mesh" in _sent(space, "namespaces", labels={**GUARDED, **WAYPOINT})


def a_vpn_gateways_pod_is_sent_where_it_joins_the_mesh():
    gateway = Release("podveil", "many.yaml").webhooks("ValidatingWebhookConfiguration")["vpn.gateway.mesh.podveil.io"]
    labels = gateway["objectSelector"]["matchLabels"]
    namespace = gateway["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
    account = gateway["matchConditions"][0]["expression"].split("'")[1]
    assert labels.pop("istio.io/dataplane-mode") == "ambient" and labels
    for meshed, who, where, sent in (
        ({"istio.io/dataplane-mode": "ambient"}, account, namespace, True),
        ({"istio.io/dataplane-mode": "none"}, account, namespace, False),
        ({}, account, namespace, False),
        ({"istio.io/dataplane-mode": "ambient"}, "other", namespace, False),
        ({"istio.io/dataplane-mode": "ambient"}, account, "elsewhere", False),
    ):
        one = asked.pod({**labels, **meshed}, serviceAccountName=who)
        one["metadata"]["namespace"] = where
        assert ("vpn.gateway.mesh" in _sent(one, "pods", namespace=where)) == sent, (meshed, who, where)


def what_is_null_is_absent():
    """No API server sends it; and were it to, nobody's objects are refused for it."""
    for resource in ("services", "serviceentries", "authorizationpolicies"):
        for about in ({"labels": None}, {"annotations": None, "labels": None}):
            for namespace in (GUARDED, WAYPOINT, {}):
                one = _object(resource, **about)
                _sent(one, resource, labels=namespace)
                _sent(one, resource, old=_object(resource, {"a": 1}, **about), labels=namespace)


def only_hints_are_left_out_with_podveil_away():
    entries = Release("podveil", "many.yaml").webhooks("ValidatingWebhookConfiguration")
    policies = {name: entry["failurePolicy"] for name, entry in entries.items() if ".mesh." in name or name.startswith("mesh")}
    assert policies == {
        "mesh.podveil.io": "Fail",
        "root.mesh.podveil.io": "Ignore",
        "entries.mesh.podveil.io": "Fail",
        "namespace.entries.mesh.podveil.io": "Fail",
        "claims.entries.mesh.podveil.io": "Fail",
        "vpn.gateway.mesh.podveil.io": "Ignore",
        "1.gateway.mesh.podveil.io": "Ignore",
        "labels.mesh.podveil.io": "Ignore",
    }
