# SPDX-License-Identifier: Apache-2.0
"""Who is sent where: the webhook configurations, decided by the API server's own code."""

import copy
import itertools

from asked import REVIEWS, call, calls, pod, recorded, request
from command import Release

LABEL = {"podveil.io/gateway": "vpn"}
OWN = {"privacy.example.org/via": "vpn"}
INJECTED = {"podveil.io/injected": "v1.abc.def"}
KINDS = ("Mutating", "Validating")
# Entries, by a part of their names, without which things go on while podveil is away.
AWAY = ("workloads", "end.policies", "entrances", "root.mesh", "gateway.mesh", "labels.mesh")


def _protected(labels, **spec):
    return pod(
        {**LABEL, "podveil.io/workload": "transfer", **labels},
        INJECTED,
        initContainers=[{"name": "podveil-init", "image": "client"}, {"name": "podveil-sidecar", "image": "client"}],
        **spec,
    )


def _changed(obj, change):
    new = copy.deepcopy(obj)
    change(new)
    return new


def entries_keep_their_names():
    """The API server knows an entry by its name; a name that changes loses its caBundle."""
    many = Release("podveil", "many.yaml")
    shared = [
        "label.podveil.io",
        "alias-4d5445fc8f6c.podveil.io",
        "alias-eb6ce67412d0.podveil.io",
        "vpn.namespace.podveil.io",
        "1.namespace.podveil.io",
        "unknown.podveil.io",
    ]
    assert list(many.webhooks("MutatingWebhookConfiguration")) == shared
    assert list(many.webhooks("ValidatingWebhookConfiguration")) == shared + [
        "mark.podveil.io",
        "policies.podveil.io",
        "end.policies.podveil.io",
        "admin.podveil.io",
        "cni.podveil.io",
        "labelled.cni.podveil.io",
        "reaching.cni.podveil.io",
        "namespaces.podveil.io",
        "endpoints.podveil.io",
        "addresses.podveil.io",
        "entrances.podveil.io",
        "vpn.lookalikes.podveil.io",
        "vpn.service.podveil.io",
        "1.lookalikes.podveil.io",
        "1.service.podveil.io",
        "mesh.podveil.io",
        "root.mesh.podveil.io",
        "entries.mesh.podveil.io",
        "namespace.entries.mesh.podveil.io",
        "claims.entries.mesh.podveil.io",
        "vpn.gateway.mesh.podveil.io",
        "1.gateway.mesh.podveil.io",
        "labels.mesh.podveil.io",
        "workloads.podveil.io",
        "vpn.workloads.podveil.io",
        "1.workloads.podveil.io",
    ]


def every_entry_is_registered_to_fail_closed():
    for values, kind in itertools.product((None, "one.yaml", "many.yaml"), KINDS):
        for name, entry in Release("podveil", values).webhooks(f"{kind}WebhookConfiguration").items():
            assert entry["failurePolicy"] == ("Ignore" if any(part in name for part in AWAY) else "Fail"), name
            assert entry["timeoutSeconds"] == 5 and entry["sideEffects"] == "NoneOnDryRun", name
            assert entry["matchPolicy"] == "Equivalent" and entry["admissionReviewVersions"] == ["v1"], name
            assert "caBundle" not in entry["clientConfig"], f"{name}: caBundle is podveil's to write"
            assert entry.get("reinvocationPolicy") == ("IfNeeded" if kind == "Mutating" else None), name
            assert entry["clientConfig"]["service"]["namespace"] == "podveil"


def without_a_gateway_there_is_no_namespace_entry():
    none = Release("podveil")
    assert list(none.webhooks("MutatingWebhookConfiguration")) == ["label.podveil.io"]
    assert list(none.webhooks("ValidatingWebhookConfiguration")) == [
        "label.podveil.io",
        "policies.podveil.io",
        "end.policies.podveil.io",
        "admin.podveil.io",
        "cni.podveil.io",
        "labelled.cni.podveil.io",
        "reaching.cni.podveil.io",
        "namespaces.podveil.io",
        "workloads.podveil.io",
    ]
    assert call(none, "Mutating", request(pod(LABEL))) == {"label.podveil.io": "/mutate"}
    assert call(none, "Mutating", request(pod(), labels=LABEL)) == {}


def a_pod_that_asks_is_sent_once():
    one, many = Release("podveil", "one.yaml"), Release("podveil", "many.yaml")
    alias = {"setGateway": "true"}
    by_alias = {"alias-4d5445fc8f6c.podveil.io": "/mutate"}
    by_label, by_namespace = {"label.podveil.io": "/mutate"}, {"vpn.namespace.podveil.io": "/mutate/namespace/vpn"}
    for release, asked, want in (
        (one, request(pod(LABEL)), by_label),
        (one, request(pod({"podveil.io/gateway": "none"})), by_label),
        (one, request(pod({"podveil.io/gateway": "typo"}), labels=LABEL), by_label),
        (one, request(pod(LABEL), labels=LABEL), by_label),
        (one, request(pod(), labels=LABEL), by_namespace),
        (one, request(pod({}), labels=LABEL), by_namespace),
        (one, request(pod({"a": "b"}), labels=LABEL), by_namespace),
        (many, request(pod(OWN)), by_label),
        (many, request(pod(alias)), by_alias),
        (many, request(pod({"setGateway": "false"})), {}),
        (many, request(pod({**alias, "routed": "1"})), by_alias),
        (many, request(pod({"routed": "1"})), {"alias-eb6ce67412d0.podveil.io": "/mutate"}),
        (many, request(pod({**alias, **OWN}), labels=OWN), by_label),
        (many, request(pod(alias), labels=OWN), by_alias),
        (many, request(pod(), labels=OWN), by_namespace),
        (
            many,
            request(pod(), labels={"privacy.example.org/via": "1"}),
            {"1.namespace.podveil.io": "/mutate/namespace/1"},
        ),
        (many, request(pod(), labels=LABEL), {}),
    ):
        got = call(release, "Mutating", asked)
        assert got == want, f"{asked['object']['metadata']} in {asked['namespaceLabels']}: {got}"


def the_final_pod_is_sent_once():
    one, many = Release("podveil", "one.yaml"), Release("podveil", "many.yaml")
    alias = {"setGateway": "true"}
    for release, asked, want in (
        (one, request(_protected({})), "label.podveil.io"),
        (one, request(_protected({}), labels=LABEL), "label.podveil.io"),
        (one, request(pod(), labels=LABEL), "vpn.namespace.podveil.io"),
        (many, request(_protected(OWN)), "label.podveil.io"),
        (many, request(_protected(alias)), "alias-4d5445fc8f6c.podveil.io"),
        (many, request(_protected({}), labels=OWN), "vpn.namespace.podveil.io"),
        (many, request(pod(alias), labels=OWN), "alias-4d5445fc8f6c.podveil.io"),
    ):
        got = call(release, "Validating", asked)
        assert list(got) == [want], f"{asked['object']['metadata']} in {asked['namespaceLabels']}: {got}"


def podveil_is_asked_again_where_it_was_asked_first():
    """After podveil came another webhook: the entry of the first round must still take the changed pod."""
    one, many = Release("podveil", "one.yaml"), Release("podveil", "many.yaml")
    aliased = {
        "config": {
            "cluster": {
                "podCIDRs": ["10.1.0.0/16"],
                "serviceCIDRs": ["10.2.0.0/16"],
                "dns": {"address": "10.2.0.10"},
            },
            "aliases": [{"label": "setGateway", "value": "true", "gateway": "vpn"}],
            "gateways": [
                {
                    "name": "vpn",
                    "address": "g.vpn.svc.cluster.local",
                    "namespace": "vpn",
                    "podSelector": {"a": "b"},
                    "serviceAccount": "g",
                }
            ],
        }
    }
    alias = {"setGateway": "true"}
    for release, before, after, labels in (
        (one, pod(LABEL), _protected({}), {}),
        (one, pod(), _protected({}), LABEL),
        (many, pod(OWN), _protected(OWN), {}),
        (many, pod(alias), _protected(alias), {}),
        (many, pod(), _protected({}), OWN),
        (Release("podveil", aliased), pod(alias), _protected(alias), LABEL),
    ):
        first, again = calls(release, "Mutating", [request(before, labels=labels), request(after, labels=labels)])
        assert len(first) == 1 and set(first) <= set(again), f"{labels}: first {first}, again {again}"


def a_namespace_label_that_names_no_gateway_is_refused():
    one = Release("podveil", "one.yaml")
    unknown = {"podveil.io/gateway": "typo"}
    assert call(one, "Mutating", request(pod(), labels=unknown)) == {"unknown.podveil.io": "/mutate/namespace/none"}
    assert call(one, "Mutating", request(pod(LABEL), labels=unknown)) == {"label.podveil.io": "/mutate"}
    assert call(one, "Mutating", request(pod(), labels={"podveil.io/gateway": "none"})) == {}


def its_own_namespace_is_left_out_of_namespace_entries_only():
    one = Release("podveil", "one.yaml")
    for kind, labels in itertools.product(KINDS, (LABEL, {"podveil.io/gateway": "typo"})):
        assert call(one, kind, request(pod(), namespace="podveil", labels=labels)) == {}
        assert list(call(one, kind, request(pod(LABEL), namespace="podveil", labels=labels))) == ["label.podveil.io"]


def what_goes_on_without_podveil():
    """Updates of a running pod that touch nothing of podveil's; each kind of them is there once."""
    one = Release("podveil", "one.yaml")
    old = _protected({"app": "a"})
    old["metadata"]["finalizers"] = ["batch.kubernetes.io/job-tracking"]
    quiet = (
        ("", lambda p: p["metadata"].pop("finalizers")),
        ("", lambda p: p["metadata"]["labels"].update(app="b", new="c")),
        ("", lambda p: p["metadata"]["annotations"].update({"cni.example.org/ip": "10.1.0.7"})),
        ("", lambda p: p["spec"]["containers"][0].update(image="other")),
        ("status", lambda p: p.update(status={"phase": "Running"})),
        ("resize", lambda p: p["spec"]["containers"][0].update(resources={"limits": {"cpu": "2"}})),
    )
    requests = [request(_changed(old, change), old, subresource=subresource) for subresource, change in quiet]
    requests += [
        request(None, old),
        request(_changed(pod(), lambda p: p["metadata"].update(labels={"a": "b"})), pod(), labels=LABEL),
    ]
    for asked, got in zip(requests, calls(one, "Validating", requests)):
        assert got == {}, f"{asked['operation']} {asked['subresource']}: {got}"


def what_takes_protection_away_is_asked():
    one, many = Release("podveil", "one.yaml"), Release("podveil", "many.yaml")
    old = _protected({"app": "a"})
    loud = (
        ("", lambda p: p["metadata"]["labels"].pop("podveil.io/gateway")),
        ("", lambda p: p["metadata"].pop("labels")),
        ("", lambda p: p["metadata"]["labels"].update({"podveil.io/workload": "b"})),
        ("", lambda p: p["metadata"]["labels"].update({"istio.io/dataplane-mode": "none"})),
        ("", lambda p: p["metadata"].pop("annotations")),
        ("", lambda p: p["metadata"]["annotations"].update({"ambient.istio.io/dns-capture": "true"})),
        ("", lambda p: p["spec"]["initContainers"][1].update(image="mine")),
        ("status", lambda p: p["metadata"]["labels"].pop("podveil.io/gateway")),
        ("resize", lambda p: p["spec"]["initContainers"][1].update(resources={"limits": {"cpu": "2"}})),
        ("ephemeralcontainers", lambda p: p["spec"].update(ephemeralContainers=[{"name": "d"}])),
    )
    for subresource, change in loud:
        asked = request(_changed(old, change), old, subresource=subresource)
        got = call(one, "Validating", asked)
        assert got == {"label.podveil.io": "/validate"}, f"{subresource} {asked['object']['metadata']}: {got}"
        assert list(call(many, "Validating", asked)) == ["mark.podveil.io"]
    gained = request(_changed(pod({}), lambda p: p["metadata"].update(labels={"setGateway": "true"})), pod({}))
    assert list(call(many, "Validating", gained)) == ["alias-4d5445fc8f6c.podveil.io"]
    gained = request(_changed(pod(), lambda p: p["metadata"].update(labels=LABEL)), pod())
    assert list(call(one, "Validating", gained)) == ["label.podveil.io"]


def nothing_that_is_absent_makes_an_expression_fail():
    """Objects without labels, annotations, owner, spec, old object: under every entry, in every operation."""
    bare = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": []}}
    pods = [
        bare,
        pod({}),
        pod(LABEL),
        pod(OWN),
        pod({"setGateway": "true"}),
        pod(LABEL, {}),
        _protected({}),
        {"apiVersion": "v1", "kind": "Pod", "metadata": {}},
        {"apiVersion": "v1", "kind": "Pod"},
    ]
    requests = [
        request(new, old, subresource=subresource, operation=operation, labels=labels)
        for new, old in itertools.product(pods + [None], pods + [None])
        for operation, subresource in (
            ("CREATE", ""),
            ("UPDATE", ""),
            ("UPDATE", "status"),
            ("UPDATE", "ephemeralcontainers"),
            ("DELETE", ""),
        )
        for labels in ({**LABEL, **OWN}, {"podveil.io/gateway": "typo"})
    ]
    for resource, version in (
        ("deployments", "apps/v1"),
        ("cronjobs", "batch/v1"),
        ("networkpolicies", "networking.k8s.io/v1"),
    ):
        kind = {"deployments": "Deployment", "cronjobs": "CronJob", "networkpolicies": "NetworkPolicy"}[resource]
        bodies = [None] + [
            {"apiVersion": version, "kind": kind, **body}
            for body in (
                {},
                {"metadata": {}},
                {"metadata": {"name": "a"}, "spec": {}},
                {"spec": {"template": {}}},
                {"spec": {"jobTemplate": {}}},
                {"spec": {"jobTemplate": {"spec": {"template": {"metadata": {}}}}}},
                {
                    "metadata": {"ownerReferences": [{"kind": "A", "name": "b"}]},
                    "spec": {"template": {"metadata": {"labels": LABEL}}},
                },
            )
        ]
        requests += [
            request(
                new,
                old,
                resource,
                operation=operation,
                user="",
                labels={**LABEL, **OWN, "podveil.io/guarded": "true"},
            )
            for new, old in itertools.product(bodies, bodies)
            for operation in ("CREATE", "UPDATE", "DELETE")
        ]
    for values, kind in itertools.product((None, "one.yaml", "many.yaml"), KINDS):
        calls(Release("podveil", values), kind, requests)


def recorded_reviews_are_sent_where_they_were():
    """What a real API server sent: the labelled pods are sent, the others never reach podveil."""
    one = Release("podveil", "one.yaml")
    names = sorted(path.stem for path in REVIEWS.glob("*.json"))
    requests = {name: recorded(name) for name in names}
    answers = {kind: dict(zip(names, calls(one, kind, list(requests.values())))) for kind in KINDS}
    for name in names:
        asks = "podveil.io/gateway" in ((requests[name]["object"] or {}).get("metadata", {}).get("labels") or {})
        got = list(answers["Mutating"][name])
        created = requests[name]["operation"] == "CREATE" and requests[name]["kind"]["kind"] == "Pod"
        assert got == (["label.podveil.io"] if asks and created else []), f"{name}: {got}"
    assert answers["Validating"]["validate-pod-create-unlabelled"] == {}
    assert answers["Validating"]["validate-pod-delete"] == {}
    assert answers["Validating"]["validate-pod-update-label"] == {}, "a label of the user's own is nothing of ours"
    assert list(answers["Validating"]["validate-pod-ephemeralcontainers-update"]) == ["label.podveil.io"]
    assert list(answers["Validating"]["validate-deployment-create"]) == ["workloads.podveil.io"]
    assert answers["Validating"]["validate-networkpolicy-create"] == {}, "only guarded namespaces send theirs"


def policies_of_guarded_namespaces_are_judged():
    one = Release("podveil", "one.yaml")
    guarded = {"podveil.io/guarded": "true"}
    policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "a"}, "spec": {}}
    own = "system:serviceaccount:podveil:podveil"
    for user, labels, want in (
        ("jane", guarded, ["policies.podveil.io"]),
        (own, guarded, []),
        ("jane", {}, []),
        ("system:serviceaccount:media:podveil", guarded, ["policies.podveil.io"]),
    ):
        for old in (None, policy):
            got = call(one, "Validating", request(policy, old, "networkpolicies", labels=labels, user=user))
            assert list(got) == want, f"{user} {labels}: {got}"


def what_deletes_podveils_own_policies_is_asked():
    """Floor and companion alone; the namespace controller by an entry that lets it go on without podveil."""
    one = Release("podveil", "one.yaml")
    controller = "system:serviceaccount:kube-system:namespace-controller"
    collector = "system:serviceaccount:kube-system:generic-garbage-collector"
    entries = one.webhooks("ValidatingWebhookConfiguration")
    assert entries["policies.podveil.io"]["failurePolicy"] == "Fail"
    assert entries["end.policies.podveil.io"]["failurePolicy"] == "Ignore"
    for name, user, guarded, want in (
        ("podveil-floor", "jane", "true", ["policies.podveil.io"]),
        ("app-vpn-killswitch", "jane", "true", ["policies.podveil.io"]),
        ("app-vpn-killswitch", collector, "true", ["policies.podveil.io"]),
        ("podveil-floor", controller, "true", ["end.policies.podveil.io"]),
        ("app-vpn-killswitch", controller, "true", ["end.policies.podveil.io"]),
        ("app-vpn-killswitch", "system:serviceaccount:media:namespace-controller", "true", ["policies.podveil.io"]),
        ("podveil-floor", "system:serviceaccount:podveil:podveil", "true", []),
        ("podveil-floor", "jane", "false", []),
        ("mine", "jane", "true", []),
        ("mine", controller, "true", []),
        (None, "jane", "true", ["policies.podveil.io"]),
        (None, controller, "true", ["end.policies.podveil.io"]),
    ):
        metadata = {"name": name} if name else {}
        policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": {}}
        labels = {"podveil.io/guarded": guarded}
        deletion = request(None, policy, "networkpolicies", operation="DELETE", labels=labels, user=user)
        got = call(one, "Validating", deletion)
        assert list(got) == want, f"{name} {user} {guarded}: {got}"
        changed = call(one, "Validating", request(policy, policy, "networkpolicies", labels=labels, user=controller))
        assert list(changed) == (["policies.podveil.io"] if guarded == "true" else []), f"{name}: {changed}"


def a_workload_is_sent_once_and_early():
    one, many = Release("podveil", "one.yaml"), Release("podveil", "many.yaml")

    def workload(kind, labels, **metadata):
        template = {"metadata": {"labels": labels}, "spec": {"containers": []}}
        spec = {"jobTemplate": {"spec": {"template": template}}} if kind == "CronJob" else {"template": template}
        return {
            "apiVersion": "batch/v1" if "Job" in kind else "apps/v1",
            "kind": kind,
            "metadata": {"name": "a", **metadata},
            "spec": spec,
        }

    owned = {
        "ownerReferences": [
            {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a", "uid": "u", "controller": True}
        ]
    }
    deployment = workload("Deployment", LABEL)
    annotated = _changed(deployment, lambda d: d["metadata"].update(annotations={"a": "b"}))
    scaled = _changed(deployment, lambda d: d["spec"].update(replicas=3))
    for release, obj, old, resource, labels, want in (
        (one, deployment, None, "deployments", {}, {"workloads.podveil.io": "/validate"}),
        (one, deployment, None, "deployments", LABEL, {"workloads.podveil.io": "/validate"}),
        (one, scaled, deployment, "deployments", {}, {"workloads.podveil.io": "/validate"}),
        (one, annotated, deployment, "deployments", {}, {}),
        (one, workload("CronJob", LABEL), None, "cronjobs", {}, {"workloads.podveil.io": "/validate"}),
        (one, workload("ReplicaSet", LABEL, **owned), None, "replicasets", {}, {}),
        (one, workload("Deployment", {"a": "b"}), None, "deployments", {}, {}),
        (
            one,
            workload("Deployment", {"a": "b"}),
            None,
            "deployments",
            LABEL,
            {"vpn.workloads.podveil.io": "/validate/namespace/vpn"},
        ),
        (
            many,
            workload("Deployment", {"setGateway": "true"}),
            None,
            "deployments",
            {},
            {"workloads.podveil.io": "/validate"},
        ),
    ):
        got = call(release, "Validating", request(obj, old, resource, labels=labels))
        assert got == want, f"{obj['kind']} {labels}: {got}"
