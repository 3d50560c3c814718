# SPDX-License-Identifier: Apache-2.0
"""podveil validate on manifests."""

import json

from command import TESTS, folder, golden, on

JUDGED = "fixtures/cli/judged.yaml"
SABNZBD = "fixtures/cli/sabnzbd.yaml"


def each_object_has_a_line():
    golden("validate.txt", on("validate", "-f", JUDGED, code=1).out)


def json_is_a_list():
    text = on("validate", "-f", JUDGED, "-o", "json", code=1).out
    golden("validate.json", text)
    lines = on("validate", "-f", JUDGED, code=1).out.splitlines()
    words = {"OK": "allowed", "WARN": "warned", "DENIED": "denied"}
    assert [item["decision"] for item in json.loads(text)] == [words[line.split()[0]]
                                                                for line in lines]


def warnings_alone_are_0():
    text = ("apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {podveil.io/gateway: vpn}}\n"
            "spec: {containers: [{name: a, image: a, ports: [{containerPort: 1, hostPort: 1}]}]}\n")
    assert on("validate", stdin=text).out.startswith("WARN   stdin Pod default/a: HostPort: ")


def no_manifest_steers_a_terminal():
    text = 'apiVersion: v1\nkind: "P\\e[2J"\nmetadata: {name: "a\\n\\u009b\\u202e"}\n'
    assert on("validate", stdin=text).out == "OK     stdin P\\u001b[2J a\\n\\u009b\\u202e\n"
    said = on("validate", "-f", "/nowhere/\x1b[2J\n", code=3).err
    assert "/nowhere/\\u001b[2J\\n" in said, repr(said)


def a_manifest_need_not_have_passed_mutate():
    assert on("validate", "-f", SABNZBD).out.startswith("OK ")


def one_that_did_is_judged_as_it_stands():
    whole = json.loads(on("mutate", "-f", SABNZBD, "-o", "json").out)
    containers = whole["spec"]["template"]["spec"]["initContainers"]
    assert [container["name"] for container in containers[:2]] == ["podveil-init",
                                                                  "podveil-sidecar"]
    without = containers.pop(1)
    result = on("validate", stdin=json.dumps(whole), code=1)
    assert "NotProtected" in result.out, result.out
    without["command"] = ["/bin/true"]
    containers.insert(1, without)
    result = on("validate", stdin=json.dumps(whole), code=1)
    assert ": Forged: " in result.out, result.out


def policies_may_open_no_way_out():
    policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
              "metadata": {"name": "open", "namespace": "media"},
              "spec": {"podSelector": {}, "policyTypes": ["Egress"],
                       "egress": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]}}
    result = on("validate", stdin=json.dumps(policy), code=1)
    assert result.out.startswith("DENIED stdin NetworkPolicy media/open: EgressLeak: "), result.out
    policy["spec"]["egress"][0]["to"][0]["ipBlock"]["cidr"] = "010.0.0.0/8"
    assert "NonCanonicalCIDR" in on("validate", stdin=json.dumps(policy), code=1).out
    policy["spec"]["podSelector"] = {"matchLabels": {"app": "jellyfin"}}
    policy["spec"]["podSelector"]["matchExpressions"] = [
        {"key": "podveil.io/gateway", "operator": "DoesNotExist"}]
    policy["spec"]["egress"][0]["to"][0]["ipBlock"]["cidr"] = "0.0.0.0/0"
    assert on("validate", stdin=json.dumps(policy)).out.startswith("OK ")


OPEN = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: %s, namespace: media}
spec: {podSelector: %s, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 203.0.113.0/24}}]}]}
"""


def _beside(name="everything", selector="{}", with_code=1):
    """The lines of a private Deployment beside this policy, without the Deployment's place."""
    sabnzbd = (TESTS / SABNZBD).read_text(encoding="utf-8")
    text = sabnzbd + "---\n" + OPEN % (name, selector)
    result = on("validate", stdin=text, code=with_code)
    return result, [line.split("media/")[1] for line in result.out.splitlines()]


def a_pod_beside_an_open_policy_is_denied_for_it():
    result, (pod, policy) = _beside()
    assert pod.startswith("sabnzbd-k8s: EgressLeak: the NetworkPolicy everything of this namespace "
                          "is in the way. spec.egress[0].to[0].ipBlock.cidr lets pods"), pod
    assert "reach 203.0.113.0 on every port" in pod and "203.0.113.0" in policy
    assert result.err == "podveil: 0 OK, 0 WARN, 2 DENIED\n", result.err


def a_pod_beside_an_open_policy_of_another_language_is_denied_for_it():
    sabnzbd = (TESTS / SABNZBD).read_text(encoding="utf-8")
    policy = ("apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {name: open}\n"
              "spec:\n  endpointSelector: {matchLabels: {io.kubernetes.pod.namespace: %s}}\n"
              "  egress: [{toEntities: [world]}]\n")
    for place, denied in (("media", True), ("shop", False)):
        result = on("validate", stdin=sabnzbd + "---\n" + policy % place, code=1)
        pod = result.out.splitlines()[0]
        assert ("AdminAllow: the CiliumClusterwideNetworkPolicy open (cilium.io) of the whole cluster is "
                "in the way. spec.egress[0].toEntities[0] lets pods" in pod) == denied, pod
        assert pod.startswith("DENIED") == denied, pod


def only_what_it_can_select_is_denied_for_it():
    for selector in ("{matchLabels: {podveil.io/workload: radarr}}",
                     "{matchLabels: {podveil.io/gateway: other}}"):
        other = "podveil.io/gateway: other" in selector
        result, (pod, _) = _beside(selector=selector, with_code=0 if other else 1)
        assert pod == "sabnzbd-k8s", pod
        assert result.err == f"podveil: {2 if other else 1} OK, 0 WARN, {0 if other else 1} DENIED\n"
    _, (pod, _) = _beside(selector="{matchLabels: {podveil.io/workload: sabnzbd-k8s}}")
    assert "is in the way" in pod, pod
    _, (pod, _) = _beside(selector="{matchLabels: [unreadable]}")
    assert "Malformed: the NetworkPolicy everything of this namespace is in the way" in pod, pod


def the_first_policy_in_the_way_is_named():
    sabnzbd = (TESTS / SABNZBD).read_text(encoding="utf-8")
    own = OPEN % ("own", "{matchLabels: {podveil.io/workload: sabnzbd-k8s}}")
    other = OPEN % ("other", "{matchLabels: {podveil.io/workload: radarr}}")
    everything = OPEN % ("everything", "{}")
    for policies, first in (([own, everything], "own"), ([everything, own], "everything"),
                            ([other, everything], "everything"), ([other, own], "own")):
        out = on("validate", stdin="---\n".join([sabnzbd, *policies]), code=1).out
        assert f"the NetworkPolicy {first} of this namespace" in out.splitlines()[0], out


def its_own_policies_are_in_nobodys_way():
    for name in ("podveil-floor", "sabnzbd-k8s-vpn-killswitch"):
        _, (pod, policy) = _beside(name=name)
        assert pod == "sabnzbd-k8s" and policy.startswith(f"{name}: "), (pod, policy)
    _, (pod, _) = _beside(name="radarr-vpn-killswitch")
    assert "is in the way" in pod, pod


def what_render_prints_stands_beside_its_pods():
    pods = json.loads(on("mutate", "-f", SABNZBD, "-o", "json").out)
    text = json.dumps(pods) + "\n---\n" + on("render", "-f", SABNZBD).out
    result = on("validate", stdin=text)
    assert result.err == "podveil: 3 OK, 0 WARN, 0 DENIED\n", result.out


def another_namespace_is_no_neighbour():
    sabnzbd = (TESTS / SABNZBD).read_text(encoding="utf-8")
    text = sabnzbd + "---\n" + (OPEN % ("everything", "{}")).replace("media", "other")
    lines = on("validate", stdin=text, code=1).out.splitlines()
    assert lines[0].endswith("media/sabnzbd-k8s"), lines


def policies_of_other_namespaces_are_nobodys_business():
    namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: media, labels: {%s}}\n---\n"
    policy = OPEN % ("everything", "{}")
    sabnzbd = (TESTS / SABNZBD).read_text(encoding="utf-8") + "---\n"
    for before, code in ((namespace % "", 0), ("", 1), (namespace % "podveil.io/gateway: vpn", 1),
                         (namespace % "podveil.io/guarded: 'true'", 1),
                         (namespace % "podveil.io/guarded: 'false'", 0),
                         (namespace % "" + sabnzbd, 1)):
        result = on("validate", stdin=before + policy, code=code)
        assert ("EgressLeak" in result.out) == bool(code), result.out
    on("validate", "--namespace-label", "podveil.io/guarded=false", stdin=policy)
    on("validate", "--namespace-label", "podveil.io/guarded=true", stdin=namespace % "" + policy,
       code=1)


def a_pods_own_gateway_counts():
    """One gateway's pods may reach all of the cluster, another's only what is listed."""
    config = (TESTS / "fixtures/config/example.yaml").read_text(encoding="utf-8")
    config += """\
- name: strict
  address: gluetun.strict.svc.cluster.local
  namespace: strict
  podSelector: {app.kubernetes.io/name: gluetun}
  serviceAccount: gluetun
  vxlan: {id: 43, port: 14790, network: 172.16.1.0/24}
  reach: listed
  listed: [{podSelector: {matchLabels: {app: db}}}]
"""
    pod = ("apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: media, labels: "
           "{podveil.io/gateway: %s}}\nspec: {containers: [{name: a, image: a}]}\n---\n")
    policy = (OPEN % ("inside", "{}")).replace("203.0.113.0/24", "10.1.2.0/24")
    with folder({"podveil.yaml": config}) as path:
        for gateway, code in (("vpn", 0), ("strict", 1)):
            result = on("validate", stdin=pod % gateway + policy, config=f"{path}/podveil.yaml",
                        code=1)
            assert result.out.startswith("DENIED" if code else "OK"), result.out


def a_policy_stands_where_it_is_written():
    """-n gives it its namespace, and its own pods are that one's."""
    config = (TESTS / "fixtures/config/example.yaml").read_text(encoding="utf-8")
    config += "  reach: listed\n  listed: [{namespaceSelector: {matchLabels: {%s}}}]\n"
    name = "kubernetes.io/metadata.name"
    policy = ("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: own}\n"
              "spec: {podSelector: {}, egress: [{to: [{podSelector: {}}]}]}\n")
    with folder({"podveil.yaml": config % f"{name}: media"}) as path:
        for namespace, code in (("media", 0), ("other", 1)):
            result = on("validate", "-n", namespace, stdin=policy, config=f"{path}/podveil.yaml",
                        code=code)
            assert ("EgressLeak" in result.out) == bool(code), result.out


def templates_are_judged_as_their_pods():
    text = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: gluetun, namespace: vpn}
spec:
  template:
    metadata: {labels: {app.kubernetes.io/name: gluetun}}
    spec: {serviceAccountName: %s, containers: [{name: a, image: a}]}
"""
    assert "RogueGateway" in on("validate", stdin=text % "somebody", code=1).out
    on("validate", stdin=text % "gluetun")


def services_find_the_pods_of_the_input():
    service = ("apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: media}\n"
               "spec: {type: NodePort, selector: {%s}, ports: [{port: 80}]}\n---\n")
    sabnzbd = (TESTS / SABNZBD).read_text(encoding="utf-8")
    for selector, found in (("app: sabnzbd", True), ("app: other", False),
                            ("app: sabnzbd, tier: other", False)):
        out = on("validate", stdin=service % selector + sabnzbd).out
        assert out.startswith("WARN" if found else "OK"), (selector, out)


def a_version_that_nobody_judges_is_told():
    cases = {("networking.k8s.io/v2", "NetworkPolicy"): "networking.k8s.io/v1",
             ("extensions/v1beta1", "NetworkPolicy"): "networking.k8s.io/v1",
             ("extensions/v1beta1", "Deployment"): "apps/v1",
             ("batch/v2alpha1", "CronJob"): "batch/v1", ("v2", "Pod"): "v1"}
    for (version, kind), known in cases.items():
        result = on("validate", stdin=f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\n")
        assert result.out.endswith(
            f"a: not judged in this version: of this kind podveil knows {known}. "
            "Write that one.\n"), result.out
        assert result.err == "podveil: 0 OK, 1 WARN, 0 DENIED\n"
    for version, kind in (("example.com/v1", "NetworkPolicy"), ("v1", "ConfigMap")):
        result = on("validate", stdin=f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\n")
        assert result.out.startswith("OK "), result.out


def of_two_namespaces_the_last_counts():
    namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: %s, labels: {%s}}\n---\n"
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: m}\nspec: {hostNetwork: true}\n"
    gateway = "podveil.io/gateway: vpn"
    for labels, code in ((["a: b", gateway], 1), ([gateway, "a: b"], 0), ([gateway, gateway], 1)):
        text = "".join(namespace % ("m", label) for label in labels) + namespace % ("l", "a: b")
        on("validate", stdin=text + pod, code=code)
        on("validate", "--namespace-label", gateway.replace(": ", "="), stdin=text + pod, code=1)
