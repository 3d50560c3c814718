# SPDX-License-Identifier: Apache-2.0
"""Which policies of other languages are sent, decided by the API server's own code."""

import copy

import asked
from asked import call, request
from command import Release

asked.GROUPS.update(
    {
        "adminnetworkpolicies": ("policy.networking.k8s.io", "AdminNetworkPolicy"),
        "baselineadminnetworkpolicies": ("policy.networking.k8s.io", "BaselineAdminNetworkPolicy"),
        "clusternetworkpolicies": ("policy.networking.k8s.io", "ClusterNetworkPolicy"),
        "ciliumnetworkpolicies": ("cilium.io", "CiliumNetworkPolicy"),
        "ciliumclusterwidenetworkpolicies": ("cilium.io", "CiliumClusterwideNetworkPolicy"),
        "ciliumlocalredirectpolicies": ("cilium.io", "CiliumLocalRedirectPolicy"),
        "ciliumclusterwidelocalredirectpolicies": ("cilium.io", "CiliumClusterwideLocalRedirectPolicy"),
        "ciliumegressgatewaypolicies": ("cilium.io", "CiliumEgressGatewayPolicy"),
        "globalnetworkpolicies": ("crd.projectcalico.org", "GlobalNetworkPolicy"),
        "tiers": ("crd.projectcalico.org", "Tier"),
    }
)
GUARDED = {"podveil.io/guarded": "true"}
REDIRECTS = ("ciliumlocalredirectpolicies", "ciliumclusterwidelocalredirectpolicies")
OF_CLUSTER = (
    "adminnetworkpolicies",
    "clusternetworkpolicies",
    "ciliumclusterwidenetworkpolicies",
    "globalnetworkpolicies",
)
WIDE = ("tiers", "baselineadminnetworkpolicies", "ciliumegressgatewaypolicies", REDIRECTS[1])
LABELLED = {"podveil.io/gateway": "vpn"}
ADMIN, CNI, BEFORE, REACHING = (
    {f"{name}.podveil.io": "/validate"} for name in ("admin", "cni", "labelled.cni", "reaching.cni")
)
CALICO = "crd.projectcalico.org"
VERSIONS = {
    "adminnetworkpolicies": "v1alpha1",
    "baselineadminnetworkpolicies": "v1alpha1",
    "clusternetworkpolicies": "v1beta1",
    "ciliumnetworkpolicies": "v2",
    "ciliumclusterwidenetworkpolicies": "v2",
    "ciliumlocalredirectpolicies": "v2",
    "ciliumclusterwidelocalredirectpolicies": "v2",
    "ciliumegressgatewaypolicies": "v2",
}


def _request(resource, spec, old=None, version=None, group=None, **about):
    version = version or VERSIONS.get(resource, "v1")

    def whole(one):
        return one if one is None else {"metadata": {"name": "open", **about.get("metadata", {})}, **one}

    wide = resource in OF_CLUSTER + WIDE
    namespace = "" if wide else "media"
    found = request(whole(spec), whole(old), resource=resource, namespace=namespace, labels=about.get("labels"))
    for key in ("kind", "resource"):
        found[key] = {**found[key], "version": version, **({"group": group} if group else {})}
    for key in ("object", "oldObject"):
        if found[key] is not None:
            found[key]["apiVersion"] = f"{found['kind']['group']}/{version}"
            found[key]["kind"] = found["kind"]["kind"]
    return found


def _sent(resource, spec, **about):
    return call(Release("podveil", "one.yaml"), "Validating", _request(resource, spec, **about))


def policies_of_the_whole_cluster_are_sent_in_every_version():
    egress = {"spec": {"egress": [{}]}}
    for resource in OF_CLUSTER:
        for version in ("v1", "v1alpha1", "v9beta3"):
            assert _sent(resource, egress, version=version) == ADMIN, (resource, version)
    assert _sent("globalnetworkpolicies", egress, group="projectcalico.org", version="v3") == ADMIN
    assert _sent("ciliumclusterwidenetworkpolicies", {"specs": [{}]}) == ADMIN


def no_version_is_left_out():
    entries = Release("podveil", "one.yaml").webhooks("ValidatingWebhookConfiguration")
    for name in ADMIN | CNI | BEFORE | REACHING:
        for rule in entries[name]["rules"]:
            assert rule["apiVersions"] == ["*"], rule


def without_egress_nobody_is_asked():
    ingress = {"spec": {"ingress": [{}]}}
    for resource in OF_CLUSTER:
        assert _sent(resource, ingress) == {}, resource
        assert _sent(resource, ingress, version="v9") == ADMIN, f"{resource}: who knows what it calls egress?"
    assert _sent("ciliumnetworkpolicies", ingress, labels=GUARDED) == {}
    assert _sent("ciliumnetworkpolicies", ingress, labels=GUARDED, version="v3") == CNI
    assert _sent("networkpolicies", ingress, labels=GUARDED, group="projectcalico.org", version="v3") == {}
    assert _sent("clusternetworkpolicies", ingress, version="v1alpha2") == {}


def the_baseline_is_not_asked_about():
    assert _sent("baselineadminnetworkpolicies", {"spec": {"egress": [{}]}}) == {}
    assert _sent("clusternetworkpolicies", {"spec": {"tier": "Baseline", "egress": [{}]}}) == {}
    assert _sent("clusternetworkpolicies", {"spec": {"tier": "Admin", "egress": [{}]}}) == ADMIN
    assert _sent("ciliumegressgatewaypolicies", {"spec": {"egress": [{}]}}) == {}


KNOWN = {"ciliumnetworkpolicies": "v2", "networkpolicies": "v3"}


def policies_of_a_namespace_are_sent_where_privacy_pods_are():
    egress = {"spec": {"egress": [{}]}}
    for resource, group in (
        ("ciliumnetworkpolicies", None),
        ("networkpolicies", CALICO),
        ("networkpolicies", "projectcalico.org"),
    ):
        assert _sent(resource, egress, labels=GUARDED, group=group, version="v7") == CNI, group
        assert _sent(resource, egress, group=group) == {}, group
        assert _sent(resource, egress, labels=LABELLED, group=group, version="v7") == BEFORE, group
        assert _sent(resource, egress, labels={**LABELLED, **GUARDED}, group=group) == CNI, "once is enough"
        assert _sent(resource, egress, labels={"podveil.io/gateway": "typo"}, group=group) == BEFORE, group
        assert _sent(resource, egress, labels={"podveil.io/gateway": "none"}, group=group) == {}, group
        assert _sent(resource, {"spec": {"ingress": []}}, labels=LABELLED, group=group, version=KNOWN[resource]) == {}


def a_calico_selector_that_breaks_out_is_sent_from_everywhere():
    def sent(selector, **about):
        return _sent("networkpolicies", {"spec": {"selector": selector, "ingress": []}}, group=CALICO, **about)

    for selector in (
        "all()) || (all()",
        "all())",
        "a == '(' || all()) || (all()",
        'a == ")" || all()) || (all()',
        "(all()",
        "((((((all()))))))",
        "a == 'b",
    ):
        assert sent(selector) == REACHING, selector
    for selector in (
        "",
        "all()",
        "has(a) && has(b)",
        "(a == 'x' || !(has(b) && c in {'d', 'e'})) && d != \"it's\"",
        "a == ')('",
    ):
        assert sent(selector) == {}, selector
    assert sent("all())", labels=GUARDED) == REACHING


def a_redirect_of_an_address_is_sent_from_everywhere():
    address = {"spec": {"redirectFrontend": {"addressMatcher": {"ip": "203.0.113.7"}}}}
    for resource in REDIRECTS:
        assert _sent(resource, address) == REACHING, resource
        assert _sent(resource, address, version="v9") == REACHING, resource


def a_redirect_of_a_service_is_sent_where_that_is_a_gateways():
    def sent(matcher):
        found = [_sent(resource, {"spec": {"redirectFrontend": {"serviceMatcher": matcher}}}) for resource in REDIRECTS]
        assert found[0] == found[1], (matcher, found)
        return found[0]

    assert sent({"serviceName": "gluetun", "namespace": "vpn"}) == REACHING
    assert sent({"serviceName": "gluetun"}) == REACHING, "podveil knows the policy's own namespace"
    assert sent({}) == REACHING
    assert sent({"serviceName": "kube-dns", "namespace": "kube-system"}) == {}
    assert sent(None) == {}


def calico_brings_its_tiers_up_without_podveil():
    passes = {"spec": {"order": 1000, "defaultAction": "Pass"}}
    assert _sent("tiers", passes, metadata={"name": "default"}) == ADMIN
    assert _sent("tiers", passes, metadata={"name": "adminnetworkpolicy"}) == {}
    assert _sent("tiers", {"spec": {"order": 1000000}}, metadata={"name": "default"}) == {}
    assert _sent("tiers", {"spec": {"defaultAction": "Deny"}}, metadata={"name": "default"}) == {}


def an_update_that_opens_nothing_is_not_sent():
    egress = {"spec": {"egress": [{}]}}
    labelled = {**copy.deepcopy(egress), "metadata": {"name": "open", "labels": {"a": "b"}}}
    assert _sent("adminnetworkpolicies", labelled, old=egress) == {}
    assert _sent("adminnetworkpolicies", egress, old={"spec": {"ingress": []}}) == ADMIN
    assert _sent("ciliumnetworkpolicies", {"specs": [{}]}, old={"specs": []}, labels=GUARDED) == CNI
    assert _sent("ciliumnetworkpolicies", {"specs": [{}]}, old={"specs": [{}]}, labels=GUARDED) == {}


def what_is_absent_fails_no_expression():
    for resource in OF_CLUSTER + ("tiers", "ciliumnetworkpolicies") + REDIRECTS:
        for body in ({}, {"spec": None}, {"spec": {}}):
            _sent(resource, body, labels=GUARDED)
            _sent(resource, body, old=body, labels=GUARDED)
    for body in ({}, {"spec": None}, {"spec": {"selector": None}}):
        assert _sent("networkpolicies", body, group=CALICO) == {}
