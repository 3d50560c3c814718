# SPDX-License-Identifier: Apache-2.0
"""The second layer: what the ValidatingAdmissionPolicies refuse, decided by the API server's own code.

Each attack has a harmless twin beside it: the same request without its sting is nothing to the policies.
"""

import copy
import json
import re

import layer
from asked import pod, request, verdicts
from command import ROOT, Release, load, notes, refused
from layer import GUARDED, LABEL, companion, floor, marked, protected, reasons


def _holds(values, table):
    """Each row: (name, request, the reason or ""). What is refused podveil refuses too, where it is asked."""
    release = Release("podveil", values)
    answers = layer.both(release, values or {"config": {}}, [asked for _, asked, _ in table])
    for (name, _, want), (got, denies) in zip(table, answers):
        assert got == ([want] if want else []), f"{name}: {got}, not {want or 'nothing'}"
        assert denies is not False, f"{name}: podveil lets it in"


def every_policy_fails_closed_and_denies():
    for values in (None, "one.yaml", "many.yaml"):
        release = Release("podveil", values)
        policies = {one["metadata"]["name"]: one["spec"] for one in release.of_kind("ValidatingAdmissionPolicy")}
        bindings = release.of_kind("ValidatingAdmissionPolicyBinding")
        assert set(policies) == {one["spec"]["policyName"] for one in bindings}, "a policy without a binding is none"
        for name, spec in policies.items():
            assert name.endswith(".podveil.io") and spec["failurePolicy"] == "Fail", name
            for one in spec["validations"]:
                assert one["reason"] == "Forbidden", name
        for one in bindings:
            assert one["spec"]["validationActions"] == ["Deny"], one["metadata"]["name"]


def every_message_is_one_of_podveils():
    """"<Reason>: <what is wrong>. <what to do>.", with a reason that podveil has; the fence has a word of its own."""
    known = set(re.findall(r'REASON\(\w+, "(\w+)"', (ROOT / "lib/pod/reason.def").read_text(encoding="utf-8")))
    assert "LabelChanged" in known
    for policy in Release("podveil", "one.yaml").of_kind("ValidatingAdmissionPolicy"):
        for one in policy["spec"]["validations"]:
            found = re.fullmatch(r"(\w+): [^.].*\. .*[.)]", one["message"].strip())
            word = found and found.group(1)
            fence = ".fence." in policy["metadata"]["name"]
            assert found and (word == "Fence" if fence else word in known), one["message"]
            assert "\n" not in one["message"].strip() and len(one["message"]) < 400, one["message"]


def exec_and_attach_into_podveils_containers():
    def into(container, subresource="exec", **options):
        kind = "PodExecOptions" if subresource == "exec" else "PodAttachOptions"
        options |= {} if container is None else {"container": container}
        return request({"apiVersion": "v1", "kind": kind, **options}, None, "pods", subresource, "CONNECT")

    table = []
    for subresource in ("exec", "attach"):
        table += [
            ("init", into("podveil-init", subresource, command=["sh"]), "Exec"),
            ("sidecar", into("podveil-sidecar", subresource), "Exec"),
            ("one's own", into("app", subresource), ""),
            ("the only one", into(None, subresource), ""),
            ("the only one, said so", into("", subresource), ""),
            ("another name", into("podveil-sidecar2", subresource), ""),
        ]
    for values in (None, "one.yaml", "many.yaml"):
        _holds(values, table)


def exec_does_what_the_configuration_says():
    into = request({"apiVersion": "v1", "kind": "PodExecOptions", "container": "podveil-init"}, None, "pods", "exec",
                   "CONNECT")
    for level, actions in (("deny", ["Deny"]), ("warn", ["Warn", "Audit"]), ("off", None)):
        values = load("one.yaml")
        values["config"]["validation"] = {"Exec": level}
        release = Release("podveil", values)
        got = [one["actions"] for one in verdicts(release, [into])[0]]
        assert got == ([actions] if actions else []), f"{level}: {got}"
        names = {one["metadata"]["name"] for one in release.of_kind("ValidatingAdmissionPolicy")}
        assert ("exec.podveil.io" in names) == (level != "off")


def _binding(labels=None, annotations=None, resource="pods", space=None):
    """`space`: the namespace's labels."""
    metadata = {"name": "transfer", "namespace": "media"}
    metadata |= {} if labels is None else {"labels": labels}
    metadata |= {} if annotations is None else {"annotations": annotations}
    obj = {"apiVersion": "v1", "kind": "Binding", "metadata": metadata, "target": {"kind": "Node", "name": "a"}}
    return request(obj, None, resource, "binding" if resource == "pods" else "", "CREATE", labels=space)


def a_binding_says_nothing_of_a_mesh_or_a_network():
    """Where there may be a privacy pod."""
    key = "k8s.v1.cni.cncf.io/networks"
    for values, label in (("one.yaml", LABEL), ("many.yaml", {"privacy.example.org/via": "vpn"})):
        none = dict.fromkeys(label, "none")
        table = []
        for name, labels, annotations in (
            ("a network", None, {key: "lan"}),
            ("ztunnel's DNS", {}, {"a": "b", "ambient.istio.io/dns-capture": "true"}),
            ("a sidecar's", {"sidecar.istio.io/inject": "true"}, None),
            ("out of the mesh", {"istio.io/dataplane-mode": "none"}, {}),
            ("the label", label, None),
        ):
            table += [(f"{name}: {where}", _binding(labels, annotations, resource, space), want)
                      for resource in ("pods", "bindings")
                      for where, space, want in (
                          ("guarded", GUARDED, "LabelChanged"),
                          ("private", label, "LabelChanged"),
                          ("both", {**GUARDED, **label}, "LabelChanged"),
                      )]
            if name != "the label":
                table += [(f"{name}: {space}", _binding(labels, annotations, "pods", space), "")
                          for space in ({}, {"podveil.io/guarded": "false"}, none)]
        table += [(f"an ordinary one: {space}", _binding(labels, annotations, "pods", space), "")
                  for space in (GUARDED, label)
                  for labels, annotations in ((None, None), ({"topology.kubernetes.io/zone": "a"}, {key + "x": "b"}))]
        _holds(values, table)


def a_binding_says_nothing_of_marks():
    binding = _binding
    table = []
    for resource in ("pods", "bindings"):
        table += [
            ("the gateway", binding({"podveil.io/gateway": "none"}, None, resource), "LabelChanged"),
            ("the workload", binding({"a": "b", "podveil.io/workload": "b"}, {}, resource), "LabelChanged"),
            ("an annotation", binding(None, {"podveil.io/injected": "v1"}, resource), "LabelChanged"),
            ("no metadata", binding(None, None, resource), ""),
            ("a zone", binding({"topology.kubernetes.io/zone": "a"}, {"a": "b"}, resource), ""),
            ("a look-alike", binding({"notpodveil.io/gateway": "a"}, {"podveil.iox/a": "b"}, resource), ""),
        ]
    for values in (None, "one.yaml", "many.yaml"):
        _holds(values, table)
    twin = binding({"app.kubernetes.io/part-of": "gluetun"})
    look_alike = binding({"app.kubernetes.io/name": "gluetun"})
    _holds("one.yaml", [
        ("a gateway's label", {**look_alike, "namespace": "vpn"}, "RogueGateway"),
        ("another label there", {**twin, "namespace": "vpn"}, ""),
        ("the same elsewhere", look_alike, ""),
    ])


def marks_and_images_stay():
    old = protected()
    ours = old["spec"]["initContainers"][0]["image"]

    def updated(change, subresource="", before=old):
        new = copy.deepcopy(before)
        change(new)
        return request(new, before, subresource=subresource)

    table = []
    for subresource in ("", "status", "resize", "ephemeralcontainers", "more"):
        table += [
            (f"{subresource}: {name}", updated(change, subresource), "LabelChanged")
            for name, change in (
                ("unlabel", lambda p: p["metadata"]["labels"].pop("podveil.io/gateway")),
                ("no labels", lambda p: p["metadata"].pop("labels")),
                ("none", lambda p: p["metadata"]["labels"].update({"podveil.io/gateway": "none"})),
                ("another workload", lambda p: p["metadata"]["labels"].update({"podveil.io/workload": "b"})),
                ("one more", lambda p: p["metadata"]["labels"].update({"podveil.io/more": ""})),
                ("no annotation", lambda p: p["metadata"].pop("annotations")),
                ("out of the mesh", lambda p: p["metadata"]["labels"].update({"istio.io/dataplane-mode": "none"})),
                (
                    "ztunnel's DNS",
                    lambda p: p["metadata"]["annotations"].update({"ambient.istio.io/dns-capture": "true"}),
                ),
            )
        ] + [
            (f"{subresource}: {name}", updated(change, subresource), "")
            for name, change in (
                ("nothing", lambda p: None),
                ("a label of one's own", lambda p: p["metadata"]["labels"].update(app="b")),
                ("a finalizer", lambda p: p["metadata"].update(finalizers=["example.org/a"])),
                ("redirected", lambda p: p["metadata"]["annotations"].update({"ambient.istio.io/redirection": "on"})),
                ("status", lambda p: p.update(status={"phase": "Running"})),
                ("one's own image", lambda p: p["spec"]["containers"][0].update(image="b")),
            )
        ]
    table += [
        (name, updated(lambda p, i=i: p["spec"]["initContainers"][i].update(image=image)), want)
        for i, image, name, want in (
            (0, "mine", "podveil-init", "ImageChanged"),
            (1, ours + "x", "podveil-sidecar", "ImageChanged"),
            (0, ours, "the same", ""),
        )
    ]
    plain = pod({"app": "a"})
    table += [
        ("gained later", request(marked(), plain), "LabelChanged"),
        ("nobody's pod", request(pod({"app": "b"}), plain), ""),
        ("nobody's status", request(pod({"app": "b"}), plain, subresource="status"), ""),
        ("an opted-out pod", request(pod({"podveil.io/gateway": "none", "podveil.io/talks-to": "a"}),
                                     pod({"podveil.io/gateway": "none"})), ""),
    ]
    _holds("one.yaml", table)


def a_debug_container_stays_outside():
    old = protected()

    def debugged(*containers, before=()):
        was, new = copy.deepcopy(old), copy.deepcopy(old)
        was["spec"]["ephemeralContainers"] = list(before)
        new["spec"]["ephemeralContainers"] = [*before, *containers]
        return request(new, was, subresource="ephemeralcontainers")

    def container(name="debugger", drop=("ALL",), target="app", **context):
        capabilities = {"drop": list(drop), **context.pop("capabilities", {})}
        return {"name": name, "image": "busybox", "targetContainerName": target,
                "securityContext": {"capabilities": capabilities, **context}}

    reason = "EphemeralContainer"
    bare = {"name": "d", "image": "busybox"}
    table = [
        ("restricted", debugged(container()), ""),
        ("without a target", debugged({**bare, "securityContext": {"capabilities": {"drop": ["NET_RAW"]}}}), ""),
        ("as it was", debugged(before=[bare]), ""),
        ("into ours", debugged(container(target="podveil-sidecar")), reason),
        ("with a name of ours", debugged(container("podveil-x")), reason),
        ("privileged", debugged(container(privileged=True)), reason),
        ("unmasked", debugged(container(procMount="Unmasked")), reason),
        ("a capability", debugged(container(capabilities={"add": ["cap_net_admin"]})), reason),
        ("the legacy profile", debugged(bare), reason),
        ("raw sockets", debugged(container(drop=["CHOWN"])), reason),
        ("a second one", debugged(container(privileged=True), before=[bare, container("ok")]), reason),
        ("the settings", debugged({**container(), "volumeMounts": [{"name": "podveil-config", "mountPath": "/c"}]}),
         reason),
    ]
    _holds("one.yaml", table)
    plain = pod({"app": "a"})
    other = copy.deepcopy(plain)
    other["spec"]["ephemeralContainers"] = [bare]
    keeps = load("one.yaml")
    keeps["config"]["rawSockets"] = "keep"
    _holds("one.yaml", [("nobody's", request(other, plain, subresource="ephemeralcontainers"), "")])
    _holds(keeps, [("raw sockets", debugged(container(drop=["CHOWN"])), "")])


def a_marked_pod_is_protected():
    def made(change):
        new = protected(initContainers=[{"name": "prepare", "image": "a"}])
        change(new)
        return request(new)

    def app(**members):
        return lambda p: p["spec"]["containers"][0].update(members)

    def context(**members):
        return lambda p: p["spec"]["containers"][0]["securityContext"].update(members)

    def inits(order):
        return lambda p: p["spec"].update(initContainers=[p["spec"]["initContainers"][i] for i in order])

    def spec(**members):
        return lambda p: p["spec"].update(members)

    add = {"drop": ["NET_RAW"], "add": ["NET_BIND_SERVICE"]}
    table = [
        ("as podveil made it", made(lambda p: None), ""),
        ("a useful capability", made(context(capabilities=add)), ""),
        ("unprivileged", made(context(privileged=False)), ""),
        ("the node's network", made(spec(hostNetwork=True)), "HostNetwork"),
        ("the node's processes", made(spec(hostPID=True)), "HostNamespace"),
        ("the node's memory", made(spec(hostIPC=True)), "HostNamespace"),
        ("one's neighbours' processes", made(spec(shareProcessNamespace=True)), "SharedProcesses"),
        ("privileged", made(context(privileged=True)), "Privileged"),
        ("unmasked", made(context(procMount="Unmasked")), "Privileged"),
        ("escalates", made(context(allowPrivilegeEscalation=True, capabilities=add)), "Privileged"),
        ("escalates with nothing", made(context(allowPrivilegeEscalation=True)), ""),
        ("drops all", made(context(capabilities={"drop": ["ALL"]})), ""),
        ("drops none", made(context(capabilities={"drop": ["all"]})), "NotProtected"),
        ("says nothing", made(lambda p: p["spec"]["containers"][0].pop("securityContext")), "NotProtected"),
        ("an init container says nothing", made(lambda p: p["spec"]["initContainers"][2].pop("securityContext")),
         "NotProtected"),
        ("called as ours", made(app(name="podveil-init")), "ReservedName"),
        ("called as ours might be", made(lambda p: p["spec"]["initContainers"][2].update(name="podveil-x")),
         "ReservedName"),
        ("mounts ours", made(app(volumeMounts=[{"name": "podveil-config", "mountPath": "/c"}])), "ReservedName"),
        ("reads ours", made(app(env=[{"name": "A", "valueFrom": {"fileKeyRef": {"volumeName": "podveil-config"}}}])),
         "ReservedName"),
        ("mounts one's own", made(app(volumeMounts=[{"name": "config", "mountPath": "/c"}])), ""),
        ("another is first", made(inits([2, 0, 1])), "NotProtected"),
        ("another is between", made(inits([0, 2, 1])), "NotProtected"),
        ("the wrong way", made(inits([1, 0, 2])), "NotProtected"),
        ("half of ours", made(inits([0, 2])), "NotProtected"),
        ("ours twice", made(inits([0, 1, 2, 1])), "NotProtected"),
        ("no sidecar", made(lambda p: p["spec"]["initContainers"][1].pop("restartPolicy")), "NotProtected"),
        ("no workload", made(lambda p: p["metadata"]["labels"].pop("podveil.io/workload")), "NotProtected"),
        ("naked", request(marked()), "NotProtected"),
        ("nobody's", request(pod({"app": "a"}, hostNetwork=True)), ""),
        ("the gateway's own", request(pod(LABEL, serviceAccountName="gluetun"), namespace="vpn"), ""),
        ("not the gateway's own", request(pod(LABEL, serviceAccountName="gluetun")), "NotProtected"),
    ] + [
        (f"adds {name}", made(context(capabilities={"drop": ["NET_RAW"], "add": [name]})), "Capability")
        for name in ("NET_ADMIN", "net_raw", "CAP_SYS_ADMIN", "Cap_Sys_Ptrace", "SYS_MODULE", "BPF", "ALL", "cap_all")
    ]
    _holds("one.yaml", [(n, r, w) for n, r, w in table if n != "naked" and "not the" not in n])
    answers = reasons(Release("podveil", "one.yaml"), [r for n, r, _ in table if n == "naked" or "not the" in n])
    assert all(set(answer) == {"NotProtected"} for answer in answers), answers
    precede = load("one.yaml")
    precede["config"]["gateways"][0]["client"] = {"mayPrecede": ["prepare"]}
    _holds(precede, [("may be first", made(inits([2, 0, 1])), ""),
                                         ("may be between", made(inits([0, 2, 1])), "")])


def a_pod_that_asks_is_marked():
    one, many = Release("podveil", "one.yaml"), Release("podveil", "many.yaml")
    own, none = {"privacy.example.org/via": "vpn"}, {"privacy.example.org/via": "none"}
    for release, asked, want in (
        (one, request(pod(), labels=LABEL), "namespace.asks.podveil.io"),
        (one, request(pod(), labels={"podveil.io/gateway": "none"}), None),
        (one, request(pod(), labels=LABEL, namespace="podveil"), None),
        (one, request(pod(serviceAccountName="gluetun"), labels=LABEL, namespace="vpn"), None),
        (many, request(pod(own)), "label.asks.podveil.io"),
        (many, request(pod({"setGateway": "true"})), "alias-4d5445fc8f6c.asks.podveil.io"),
        (many, request(pod({"setGateway": "false"})), None),
        (many, request(pod(), labels=own), "namespace.asks.podveil.io"),
        (many, request(pod({**own, "podveil.io/gateway": "none"})), "label.asks.podveil.io"),
        (many, request(pod(none)), "label.asks.podveil.io"),
        (many, request(pod(), labels=LABEL), None),
        (Release("podveil"), request(pod(), labels=LABEL), None),
    ):
        got = [one["binding"] for one in verdicts(release, [asked])[0]]
        assert got == ([want] if want else []), f"{asked['object']['metadata']} {asked['namespaceLabels']}: {got}"


def who_may_opt_out_is_listed():
    none = {"podveil.io/gateway": "none"}
    values = load("one.yaml")
    values["config"]["optOut"] = [{"namespace": "media", "serviceAccount": "debug"}]
    table = [
        ("nobody", request(pod(none)), "OptOut"),
        ("in a private namespace", request(pod(none), labels=LABEL), "OptOut"),
        ("the gateway's own", request(pod(none, serviceAccountName="gluetun"), namespace="vpn"), ""),
    ]
    listed = request(pod(none, serviceAccountName="debug"))
    _holds("one.yaml", [*table, ("not listed", listed, "OptOut")])
    there = {**listed, "namespaceLabels": LABEL}
    _holds(values, [*table, ("listed", listed, ""), ("listed, in a private namespace", there, "")])


def podveils_own_namespace_is_nobodys_private_one():
    def space(name, labels, old=None):
        def made(found):
            return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": found}}
        return request(made(labels), None if old is None else made(old), "namespaces", namespace=name)

    own = {"privacy.example.org/via": "vpn"}
    for values, label in (("one.yaml", LABEL), (None, LABEL), ("many.yaml", own)):
        none = dict.fromkeys(label, "none")
        _holds(values, [
            ("a new one", space("podveil", label), "ReservedNamespace"),
            ("labelled later", space("podveil", label, {"a": "b"}), "ReservedNamespace"),
            ("labelled before", space("podveil", {**label, "a": "b"}, label), ""),
            ("unlabelled", space("podveil", {"a": "b"}, label), ""),
            ("opted out", space("podveil", none), ""),
            ("another label", space("podveil", {"a": "b"}), ""),
            ("another's", space("media", label), ""),
        ])


def floor_and_companions_stay():
    def written(new, old=None, namespace=GUARDED):
        return request(new, old, "networkpolicies", labels=namespace)

    def changed(policy, change):
        new = copy.deepcopy(policy)
        change(new)
        return new

    def spec(**members):
        return lambda p: p["spec"].update(members)

    def owned(policy):
        policy["metadata"]["ownerReferences"] = [{"apiVersion": "v1", "kind": "Pod", "name": "a", "uid": "u"}]

    second = layer.second_companion()
    wide = {"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}
    more = [*companion()["spec"]["egress"], wide]
    table = [
        ("the floor", written(floor()), ""),
        ("the floor again", written(floor(), floor()), ""),
        ("a label of the floor", written(changed(floor(), lambda p: p["metadata"].pop("labels")), floor()), ""),
        ("a floor with a way out", written(changed(floor(), spec(egress=[{}])), floor()), "CompanionChanged"),
        ("a new floor with a way out", written(changed(floor(), spec(egress=[{}]))), "CompanionChanged"),
        ("a floor for others", written(changed(floor(), spec(podSelector={"matchLabels": {"a": "b"}})), floor()),
         "CompanionChanged"),
        ("a floor for all", written(changed(floor(), spec(podSelector={})), floor()), "CompanionChanged"),
        ("an ingress floor", written(changed(floor(), spec(policyTypes=["Ingress"])), floor()), "CompanionChanged"),
        ("an owned floor", written(changed(floor(), owned), floor()), "CompanionChanged"),
        ("a companion", written(companion()), ""),
        ("a companion again", written(companion(), companion()), ""),
        ("a companion with a way out", written(changed(companion(), spec(egress=more)), companion()),
         "CompanionChanged"),
        ("a companion open to all", written(changed(companion(), spec(egress=[{}])), companion()), "CompanionChanged"),
        ("a companion for others", written(changed(companion(), spec(podSelector={"matchLabels": {"a": "b"}})),
                                           companion()), "CompanionChanged"),
        ("a companion for fewer", written(changed(companion(), lambda p: p["spec"]["podSelector"]["matchLabels"].update(
            a="b")), companion()), "CompanionChanged"),
        ("a companion with a finalizer", written(changed(companion(), lambda p: p["metadata"].update(
            finalizers=["example.org/a"])), companion()), "CompanionChanged"),
        ("another gateway's for others", written(changed(second, spec(podSelector={"matchLabels": {"a": "b"}})),
                                                 second), "CompanionChanged"),
        ("another gateway's is opened", written(changed(second, spec(egress=[{}])), second), "CompanionChanged"),
        ("another gateway's", written(changed(second, lambda p: p["metadata"].update(annotations={"a": "b"})), second),
         ""),
        ("an owned companion", written(changed(companion(), owned), companion()), "CompanionChanged"),
        ("an ingress companion", written(changed(companion(), spec(policyTypes=["Ingress"])), companion()),
         "CompanionChanged"),
        ("fewer ways out", written(changed(companion(), lambda p: p["spec"]["egress"].pop()), companion()), ""),
        ("a namesake", written(changed(companion(), spec(podSelector={"matchLabels": {"a": "b"}}, egress=[{}]))), ""),
        ("another's policy", written({**floor(), "metadata": {"name": "a"}, "spec": {"podSelector": {}}}), ""),
        ("another namespace", written(changed(floor(), spec(egress=[{}])), floor(), {}), ""),
    ]
    _holds("one.yaml", table)


def what_podveil_writes_is_inside_its_fence():
    _holds("one.yaml", [(name, asked, "") for name, asked in layer.own_writes()])


def nothing_else_is_inside_its_fence():
    release, table = Release("podveil", "one.yaml"), layer.stolen_writes()
    for (name, _), got in zip(table, reasons(release, [asked for _, asked in table])):
        assert "Fence" in got, f"{name}: {got}"
    for (name, _), got in zip(table, reasons(release, [{**asked, "user": "jane"} for _, asked in table])):
        assert "Fence" not in got, f"{name}, of another account: {got}"


def every_right_to_write_is_fenced():
    release = Release("podveil", "one.yaml")
    fenced = {
        resource
        for policy in release.of_kind("ValidatingAdmissionPolicy")
        if ".fence." in policy["metadata"]["name"]
        for rule in policy["spec"]["matchConstraints"]["resourceRules"]
        for resource in rule["resources"]
    }
    for role in release.of_kind("ClusterRole") + release.of_kind("Role"):
        for rule in role["rules"]:
            if set(rule["verbs"]) - {"get", "list", "watch"}:
                assert set(rule["resources"]) <= fenced, rule


def it_can_be_switched_off():
    off = {**load("one.yaml"), "admissionPolicies": {"enabled": False}}
    release = Release("podveil", off)
    assert "The second layer is off" in notes("podveil", off)
    assert "The second layer is on" in notes("podveil", "one.yaml")
    assert not [kind for kind in release.kinds() if kind.startswith("ValidatingAdmissionPolicy")]
    refused("podveil", {"admissionPolicies": {"enabled": "no"}}, "admissionPolicies")
    refused("podveil", {"admissionPolicies": {"enable": True}}, "admissionPolicies")


def nothing_that_is_absent_makes_an_expression_fail():
    """Objects without any of their members, under every policy, in every operation and as podveil itself."""
    requests = list(layer.bare_requests())
    for values in (None, "one.yaml", "many.yaml"):
        verdicts(Release("podveil", values), requests)


def the_largest_objects_are_decided():
    """An expression whose cost runs out is a refusal of everything: a pod as large as etcd takes is far from it."""
    release = Release("podveil", "many.yaml")
    for name, asked in layer.large_requests():
        verdicts(release, [asked])
        assert len(json.dumps(asked["object"])) > 200000, name
