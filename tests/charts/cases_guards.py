# SPDX-License-Identifier: Apache-2.0
"""Who is sent where, of what could take a protection away or lead around it; decided by the API server's own code."""

import copy
import itertools
import re

from asked import call, calls, pod, request
from command import ROOT, Release

GUARD, LABEL = {"podveil.io/guarded": "true"}, {"podveil.io/gateway": "vpn"}
ITSELF = "system:serviceaccount:podveil:podveil"
KEEPERS = [f"system:serviceaccount:kube-system:{name}-controller"
           for name in ("endpoint", "endpointslice", "endpointslicemirroring")]
KEEPERS += ["system:kube-controller-manager", "system:apiserver"]
SENT = "/validate"


def _changed(obj, change):
    new = copy.deepcopy(obj)
    change(new)
    return new


def _namespace(labels, **metadata):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "media", "labels": labels, **metadata}}


def _slice(*addresses, service="db", family="IPv4", **metadata):
    labels = {"labels": {"kubernetes.io/service-name": service}} if service else {}
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "db-1", **labels, **metadata},
        "addressType": family,
        "endpoints": [{"addresses": [address]} for address in addresses],
    }


def _endpoints(address, ready=True, name="db"):
    return {"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": name},
            "subsets": [{"addresses" if ready else "notReadyAddresses": [{"ip": address}]}]}


def _service(name="door", **spec):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def _sent(release, *rows):
    """Rows of (which entries, request): are those asked, of ours, and no other?"""
    for (want, one), got in zip(rows, calls(release, "Validating", [one for _, one in rows])):
        assert got == dict.fromkeys(want, SENT), f"{one['user']} {one['operation']} {one['object']}: {got}"


def a_namespace_is_asked_about_where_it_loses_a_label():
    one, many = Release("podveil", "one.yaml"), Release("podveil", "many.yaml")
    both, asked = {**GUARD, **LABEL, "a": "b"}, ["namespaces.podveil.io"]
    for below in ("", "status", "finalize"):
        def update(labels, old=None, user="jane", below=below):
            return request(_namespace(labels), _namespace(both if old is None else old), "namespaces", below, user=user)
        _sent(
            one,
            (asked, update(LABEL)),
            (asked, update(GUARD)),
            (asked, update({})),
            (asked, update(None)),
            (asked, update({**both, **{"podveil.io/gateway": "other"}})),
            (asked, update({**both, **{"podveil.io/guarded": "false"}})),
            (asked, update({}, user="system:serviceaccount:media:podveil")),
            ([], update({}, user=ITSELF)),
            ([], update({**GUARD, **LABEL})),
            ([], update({**both, "a": "c"})),
            ([], update(both, old={"a": "b"})),
            ([], update({}, old={"a": "b"})),
            ([], update(None, old={})),
        )
    own = {"privacy.example.org/via": "vpn"}
    assert list(call(many, "Validating", request(_namespace({}), _namespace(own), "namespaces"))) == asked
    assert call(many, "Validating", request(_namespace({}), _namespace(LABEL), "namespaces")) == {}
    none = Release("podveil")
    assert list(call(none, "Validating", request(_namespace({}), _namespace(GUARD), "namespaces"))) == asked


def a_namespace_that_ends_is_never_asked_about():
    one = Release("podveil", "one.yaml")
    old = _namespace({**GUARD, **LABEL}, deletionTimestamp="2026-01-01T00:00:00Z")
    old["spec"] = {"finalizers": ["kubernetes"]}
    controller = "system:serviceaccount:kube-system:namespace-controller"
    _sent(
        one,
        ([], request(_changed(old, lambda n: n.update(spec={})), old, "namespaces", "finalize", user=controller)),
        ([], request(_changed(old, lambda n: n.update(status={"phase": "Terminating"})), old, "namespaces", "status",
                     user=controller)),
        ([], request(None, old, "namespaces")),
    )


def endpoints_are_asked_about_where_they_lead_out():
    one = Release("podveil", "one.yaml")
    asked, elsewhere = ["endpoints.podveil.io"], {"labels": {"a": "b"}}

    def create(obj, resource="endpointslices", user="jane"):
        return request(obj, None, resource, namespace="elsewhere", user=user)

    _sent(
        one,
        (asked, create(_slice("203.0.113.9"))),
        (asked, create(_slice("10.1.2.3", "203.0.113.9"))),
        (asked, create(_slice("10.2.0.1"))),
        (asked, create(_slice("10.152.184.1"))),
        (asked, create(_slice("010.1.2.3"))),
        (asked, create(_slice("10.1.2.03"))),
        (asked, create(_slice("2001:db8::1", family="IPv6"))),
        (asked, create(_slice("::ffff:10.1.2.3", family="IPv6"))),
        (asked, create(_slice("db.example.org", family="FQDN"))),
        (asked, create(_endpoints("203.0.113.9"), "endpoints")),
        (asked, create(_endpoints("203.0.113.9", ready=False), "endpoints")),
        ([], create(_slice("10.1.2.3", "10.152.183.7"))),
        ([], create(_slice("10.1.255.255"))),
        ([], create(_slice())),
        ([], create(_slice("203.0.113.9", service=None))),
        ([], create(_slice("203.0.113.9", service=None, **elsewhere))),
        ([], create(_endpoints("10.1.2.3"), "endpoints")),
        *[([], create(obj, resource, keeper)) for keeper in KEEPERS
          for obj, resource in ((_slice("203.0.113.9"), "endpointslices"), (_endpoints("203.0.113.9"), "endpoints"))],
        (asked, create(_slice("203.0.113.9"), user="system:serviceaccount:media:endpointslice-controller")),
    )
    old = _slice("203.0.113.9")
    _sent(
        one,
        (asked, request(_slice("203.0.113.9", "203.0.113.10"), old, "endpointslices")),
        (asked, request(old, _slice("203.0.113.9", service=None), "endpointslices")),
        ([], request(_slice("203.0.113.9", finalizers=["a/b"]), old, "endpointslices")),
        ([], request(None, old, "endpointslices")),
    )


def each_kind_of_cidr_is_read_as_it_is():
    """What is certainly inside is not sent; what may be outside is. Its edges, from podveil's side as well."""
    values = {"config": {
        "cluster": {
            "podCIDRs": ["10.4.0.0/14", "fd00:10:1::/48", "fd00:0:1::/48", "fd00:20::/44"],
            "serviceCIDRs": ["10.152.183.0/24"],
            "nodeCIDRs": ["192.168.7.128/25", "172.20.0.0/17"],
            "localCIDRs": ["192.168.1.7/32", "100.64.0.0/10"],
            "dns": {"address": "10.152.183.10"},
        },
        "gateways": [{"name": "vpn", "address": "g.vpn.svc.cluster.local", "namespace": "vpn",
                      "podSelector": {"a": "b"}, "serviceAccount": "g"}],
    }}
    release = Release("podveil", values)
    inside = ["10.4.0.0", "10.7.255.255", "10.152.183.0", "192.168.7.128", "192.168.7.255", "172.20.0.0",
              "172.20.127.255", "192.168.1.7", "100.64.0.1", "100.127.255.255", "fd00:10:1::1", "fd00:10:1:2:3:4:5:6",
              "fd00:0:1::1"]
    outside = ["10.3.255.255", "10.8.0.0", "10.152.182.255", "192.168.7.127", "172.20.128.0", "192.168.1.70",
               "192.168.1.6", "100.63.255.255", "100.128.0.0", "fd00:10:11::1", "fd00:10::1", "fe80::1", "10.4.0",
               "10.4.0.0.1", "10.4.0.1000", "10.4.1e1.0", "1010.4.0.1"]
    rows = [([], address) for address in inside] + [(["endpoints.podveil.io"], address) for address in outside]
    # Inside as well, but not by an expression that can say so.
    rows += [(["endpoints.podveil.io"], address) for address in ("fd00:20::1", "FD00:10:1::1")]
    _sent(release, *[(want, request(_slice(address, family="IPv6" if ":" in address else "IPv4"), None,
                                    "endpointslices")) for want, address in rows])


def many_endpoints_cost_no_expression_its_budget():
    """One that is spent is an error, and under Fail an error refuses everybody."""
    one = Release("podveil", "one.yaml")
    asked = ["endpoints.podveil.io"]
    inside = [f"10.1.{i // 256}.{i % 256}" for i in range(1000)]
    wide = _slice("10.1.0.1")
    wide["endpoints"] = [{"addresses": inside[i * 10:i * 10 + 10]} for i in range(100)]
    full = _slice(*inside)
    huge = {"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "a"},
            "subsets": [{"addresses": [{"ip": ip} for ip in inside]}]}
    several = {"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "a"},
               "subsets": [{"addresses": [{"ip": ip} for ip in inside[:100]]}] * 10}
    _sent(
        one,
        ([], request(_slice(*inside[:100]), None, "endpointslices")),
        ([], request(wide, None, "endpointslices")),
        (asked, request(full, None, "endpointslices")),
        ([], request(full, full, "endpointslices")),
        (asked, request(huge, None, "endpoints")),
        ([], request(several, None, "endpoints")),
    )
    claims = _service(externalIPs=["10.9.8.7"] * 1000)
    _sent(one, ([], request(claims, claims, "services")))


def a_service_is_asked_about_where_it_claims_an_address():
    one, many = Release("podveil", "one.yaml"), Release("podveil", "many.yaml")
    asked, home = ["addresses.podveil.io"], _service(externalIPs=["192.168.0.240"])
    claims = _service(externalIPs=["203.0.113.9"])
    _sent(
        one,
        (asked, request(claims, None, "services")),
        (asked, request(_service(externalIPs=["192.168.0.240", "203.0.113.9"]), home, "services")),
        (asked, request(_service(externalIPs=["10.1.2.3"]), None, "services")),
        (asked, request(_service(externalIPs=["10.152.183.10"]), None, "services")),
        (asked, request(_service(externalIPs=["fd00::1"]), None, "services")),
        (asked, request(_service(externalIPs=["010.2.0.1"]), None, "services")),
        ([], request(home, None, "services")),
        ([], request(_service(externalIPs=["172.31.0.1", "100.64.0.1", "10.2.0.1"]), None, "services")),
        (asked, request(_service(externalIPs=["172.32.0.1"]), None, "services")),
        ([], request(_service(type="ExternalName", externalName="db.example.org"), None, "services")),
        ([], request(_service(externalIPs=["203.0.113.9"], sessionAffinity="ClientIP"), claims, "services")),
        ([], request(_service(type="LoadBalancer"), None, "services")),
        ([], request(_service(), claims, "services")),
        ([], request(claims, claims, "services", "status")),
    )
    _sent(many, ([], request(_service(externalIPs=["192.168.7.9"]), None, "services")))


def a_service_is_asked_about_where_its_status_claims_an_address():
    one, many = Release("podveil", "one.yaml"), Release("podveil", "many.yaml")
    asked, cloud = ["addresses.podveil.io"], "system:serviceaccount:kube-system:cloud-controller-manager"

    def status(*addresses, kind="LoadBalancer", old=(), user=cloud):
        new, before = _service(type=kind), _service(type=kind)
        for obj, given in ((new, addresses), (before, old)):
            obj["status"] = {"loadBalancer": {"ingress": [{"ip": address} for address in given]} if given else {}}
        return request(new, before, "services", "status", user=user)

    named = status("10.1.2.3")
    named["object"]["status"]["loadBalancer"]["ingress"] = [{"hostname": "lb.example.org"}]
    _sent(
        one,
        (asked, status("10.1.2.3")),
        (asked, status("203.0.113.9", "10.152.183.10")),
        (asked, status("203.0.113.9", kind="ClusterIP")),
        (asked, status("2001:db8::1", kind="NodePort")),
        (asked, status("010.1.2.3")),
        (asked, status("::ffff:10.1.2.3")),
        (asked, status("::ffff:a01:203")),
        (asked, status("10.1.2.3", user="system:serviceaccount:media:endpoint-controller")),
        ([], status("203.0.113.9")),
        ([], status("2001:db8::1")),
        ([], status("192.168.0.240")),
        ([], status("192.168.0.240", kind="ClusterIP")),
        ([], status("203.0.113.9", kind="ClusterIP", old=["203.0.113.9"])),
        ([], status("10.1.2.3", old=["10.1.2.3"])),
        ([], status(old=["10.1.2.3"])),
        ([], status()),
        ([], named),
        *[([], status("10.1.2.3", user=keeper)) for keeper in KEEPERS],
    )
    two = ["fd00:10:1::/48"]
    values = {"config": {
        "cluster": {"podCIDRs": two, "serviceCIDRs": ["10.2.0.0/16"], "dns": {"address": "10.2.0.10"}},
        "gateways": [{"name": "vpn", "address": "g.vpn.svc.cluster.local", "namespace": "vpn",
                      "podSelector": {"a": "b"}, "serviceAccount": "g"}]}}
    _sent(Release("podveil", values), (asked, status("fd00:10:1::9")), (asked, status("2001:db8::1")),
          ([], status("203.0.113.9")))
    _sent(many, ([], status("192.168.7.9")))


def an_entrance_is_asked_about_in_guarded_namespaces():
    one = Release("podveil", "one.yaml")
    asked, inside = ["entrances.podveil.io"], _service(selector={"a": "b"})
    for kind in ("NodePort", "LoadBalancer"):
        door = _service(type=kind, selector={"a": "b"})
        _sent(
            one,
            (asked, request(door, None, "services", labels=GUARD)),
            (asked, request(door, inside, "services", labels=GUARD)),
            (asked, request(_service(type=kind, selector={"a": "c"}), door, "services", labels=GUARD)),
            ([], request(door, None, "services")),
            ([], request(door, door, "services", labels=GUARD)),
            ([], request(inside, door, "services", labels=GUARD)),
        )
    _sent(one, (asked, request(_service(externalIPs=["192.168.0.240"]), None, "services", labels=GUARD)))


def a_pod_that_looks_like_a_gateway_is_asked_about():
    one = Release("podveil", "one.yaml")
    asked, looks = ["vpn.lookalikes.podveil.io"], {"app.kubernetes.io/name": "gluetun"}

    def create(labels, account, namespace="vpn", old=None, below=""):
        before = None if old is None else pod(old, serviceAccountName=account)
        return request(pod(labels, serviceAccountName=account), before, "pods", below, namespace=namespace)

    _sent(
        one,
        (asked, create(looks, "default")),
        (asked, request(pod(looks), None, namespace="vpn")),
        (asked, create(looks, "default", old={"a": "b"})),
        (asked, create({**looks, "a": "b"}, "default", old={"app.kubernetes.io/name": "x"}, below="status")),
        ([], create(looks, "gluetun")),
        ([], create({"app.kubernetes.io/name": "x"}, "default")),
        ([], create(looks, "default", namespace="media")),
        ([], create({**looks, "a": "b"}, "default", old=looks)),
        ([], create(looks, "gluetun", old={"a": "b"})),
    )
    many = Release("podveil", "many.yaml")
    second = request(pod({"app.kubernetes.io/name": "second"}), None, namespace="other")
    assert list(call(many, "Validating", second)) == ["1.lookalikes.podveil.io"]


def a_gateways_service_is_asked_about():
    one = Release("podveil", "one.yaml")
    asked = ["vpn.service.podveil.io"]
    good = _service("gluetun", selector={"app.kubernetes.io/name": "gluetun"})
    mine = _slice("10.1.2.3", service="gluetun")
    _sent(
        one,
        ([], request(good, None, "services", namespace="vpn")),
        (asked, request(_service("gluetun", selector={"a": "b"}), None, "services", namespace="vpn")),
        (asked, request(_service("gluetun", selector={"a": "b"}), good, "services", namespace="vpn")),
        (asked, request(_service("gluetun"), good, "services", namespace="vpn")),
        (asked, request(_service("gluetun", type="ExternalName", **good["spec"]), good, "services", namespace="vpn")),
        ([], request(good, _service("gluetun", selector={"a": "b"}), "services", namespace="vpn")),
        (asked, request(mine, None, "endpointslices", namespace="vpn")),
        (asked, request(mine, _slice("10.1.2.3"), "endpointslices", namespace="vpn")),
        (asked, request(_endpoints("10.1.2.3", name="gluetun"), None, "endpoints", namespace="vpn")),
        ([], request(_changed(good, lambda s: s["metadata"].update(annotations={"a": "b"})), good, "services",
                     namespace="vpn")),
        ([], request(good, None, "services", namespace="media")),
        ([], request(_service("other", selector={"a": "b"}), None, "services", namespace="vpn")),
        ([], request(_slice("10.1.2.3"), None, "endpointslices", namespace="vpn")),
        ([], request(_slice("10.1.2.3"), mine, "endpointslices", namespace="vpn")),
        *[([], request(mine, None, "endpointslices", namespace="vpn", user=keeper)) for keeper in KEEPERS],
        ([], request(good, good, "services", "status", namespace="vpn")),
    )


def what_validation_turns_down_stops_nothing():
    """A warning is worth no refusal where podveil is away, and what is off is not asked about."""
    def entries(**validation):
        values = {"config": {
            "cluster": {"podCIDRs": ["10.1.0.0/16"], "serviceCIDRs": ["10.2.0.0/16"], "dns": {"address": "10.2.0.10"}},
            "gateways": [{"name": "vpn", "address": "vpn.example.org", "namespace": "vpn", "podSelector": {"a": "b"},
                          "serviceAccount": "g"}],
            "validation": validation,
        }}
        found = Release("podveil", values).webhooks("ValidatingWebhookConfiguration")
        assert "vpn.service.podveil.io" not in found, "no Service of the cluster is behind vpn.example.org"
        names = ("endpoints.podveil.io", "addresses.podveil.io", "entrances.podveil.io")
        return tuple(found.get(name, {}).get("failurePolicy") for name in names)

    assert entries() == ("Fail", "Fail", "Ignore")
    assert entries(ExternalEndpoint="warn", HostPort="deny") == ("Ignore", "Ignore", "Fail")
    assert entries(ExternalEndpoint="off", HostPort="off") == (None, None, None)


def nothing_that_is_absent_makes_a_guard_fail():
    odd = ["", "a.b.c.d", "1.2", "...", "10.1", "::", "9" * 30 + ".1.1.1"]
    bodies = {
        "namespaces": [{}, {"metadata": {}}, {"metadata": {"labels": None}}, {"metadata": {"labels": GUARD}}],
        "services": [{}, {"metadata": {}}, {"status": None}, {"status": {"loadBalancer": None}},
                     {"status": {"loadBalancer": {"ingress": None}}},
                     {"status": {"loadBalancer": {"ingress": [{}, {"ip": ""}, {"ip": "1.2"}]}}},
                     {"spec": {}}, {"spec": None}, {"spec": {"externalIPs": None}},
                     {"spec": {"externalIPs": [""]}}, {"metadata": {"name": "gluetun"}, "spec": {"selector": None}}],
        "endpointslices": [{}, {"metadata": {}}, *[
            {"metadata": {"labels": {"kubernetes.io/service-name": "gluetun"}}, **rest}
            for rest in ({}, {"endpoints": None}, {"endpoints": [{}]}, {"endpoints": [{"addresses": None}]},
                         {"endpoints": [{"addresses": odd}]})]],
        "endpoints": [{}, {"metadata": {"name": "gluetun"}}, {"subsets": None}, {"subsets": [{}]},
                      {"subsets": [{"addresses": None, "notReadyAddresses": [{}]}]},
                      {"subsets": [{"addresses": [{"ip": ""}, {"ip": "10..1.2"}]}]}],
        "pods": [{}, {"metadata": {}}, {"spec": None}, {"metadata": {"labels": {"app.kubernetes.io/name": "gluetun"}}}],
    }
    kinds = {"namespaces": ("v1", "Namespace"), "services": ("v1", "Service"), "endpoints": ("v1", "Endpoints"),
             "endpointslices": ("discovery.k8s.io/v1", "EndpointSlice"), "pods": ("v1", "Pod")}
    requests = []
    for resource, all_of_it in bodies.items():
        version, kind = kinds[resource]
        whole = [None] + [{"apiVersion": version, "kind": kind, **body} for body in all_of_it]
        requests += [request(new, old, resource, operation=operation, namespace="vpn", labels=GUARD, user="")
                     for new, old in itertools.product(whole, whole) for operation in ("CREATE", "UPDATE")]
        requests += [request(new, old, resource, "status", operation="UPDATE", namespace="vpn", labels=GUARD, user="")
                     for new, old in itertools.product(whole, whole) if resource == "services"]
    for values in (None, "one.yaml", "many.yaml"):
        calls(Release("podveil", values), "Validating", requests)


def the_expressions_know_what_podveil_knows():
    """Keys that are kept, accounts that are not asked: one list in C, one in the chart."""
    chart = Release("podveil", "one.yaml").text
    for file, known in (("lib/pod/marks.c", r'^    "([^"]+)",'), ("lib/pod/service.c", r'"(system:[^"]+)",')):
        keys = re.findall(known, (ROOT / file).read_text(encoding="utf-8"), re.M)
        assert len(keys) > 4
        for key in keys:
            assert f"'{key}'" in chart, f"the chart does not know {key} of {file}"
