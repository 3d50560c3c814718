# SPDX-License-Identifier: Apache-2.0
"""The chart podveil: what it renders from nothing, from one gateway, from much; and from what is wrong."""

import copy
import json
import re
import tempfile

from command import CHARTS, VALUES, Release, helm, judged, load, notes, podveil, refused

ALWAYS = [
    "ClusterRole",
    "ClusterRoleBinding",
    "ConfigMap",
    "Deployment",
    "FlowSchema",
    "MutatingWebhookConfiguration",
    "NetworkPolicy",
    "PodDisruptionBudget",
    "PriorityLevelConfiguration",
    "Role",
    "RoleBinding",
    "Service",
    "ServiceAccount",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
]


def _container(release):
    return release.one("Deployment")["spec"]["template"]["spec"]["containers"][0]


def it_lints():
    helm("lint", "--strict", CHARTS / "podveil")
    for values in ("one.yaml", "many.yaml"):
        helm("lint", "--strict", CHARTS / "podveil", "--values", VALUES / values)


def it_renders_from_nothing():
    none = Release("podveil")
    assert none.kinds() == sorted(ALWAYS), none.kinds()
    said = podveil("config", "check", "-", stdin=none.one("ConfigMap")["data"]["podveil.yaml"], code=3)
    assert "cluster" in said, said


def one_gateway_gives_a_configuration_that_podveil_takes():
    for values in ("one.yaml", "many.yaml"):
        text = Release("podveil", values).one("ConfigMap")["data"]["podveil.yaml"]
        podveil("config", "check", "-", stdin=text)
        wanted = {"apiVersion": "podveil.io/v1", "kind": "Configuration", **load(values)["config"]}
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(wanted, file)
            file.flush()
            # The annotation holds the configuration's id: equal ids, equal settings.
            pod = (
                '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","namespace":"media","labels":{"%s":"vpn"}},'
                '"spec":{"containers":[{"name":"a","image":"a"}]}}' % wanted.get("label", "podveil.io/gateway")
            )
            direct = podveil("mutate", "--config", file.name, "-o", "json", stdin=pod)
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(text)
            file.flush()
            assert podveil("mutate", "--config", file.name, "-o", "json", stdin=pod) == direct


def its_pods_are_restricted():
    """What pod-security.kubernetes.io/enforce: restricted asks for, and a little more."""
    for values in (None, "one.yaml", "many.yaml"):
        release = Release("podveil", values)
        spec = release.one("Deployment")["spec"]["template"]["spec"]
        assert spec["securityContext"] == {
            "runAsNonRoot": True,
            "runAsUser": 65532,
            "runAsGroup": 65532,
            "seccompProfile": {"type": "RuntimeDefault"},
        }
        container = _container(release)
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"] == {"memory": "256Mi"}
        assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()
        assert spec["terminationGracePeriodSeconds"] == 30 and "--drain=10s" in container["args"]


def its_pods_are_spread_and_never_all_away():
    release = Release("podveil")
    deployment = release.one("Deployment")["spec"]
    assert deployment["replicas"] == 2
    assert deployment["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
    keys = [c["topologyKey"] for c in deployment["template"]["spec"]["topologySpreadConstraints"]]
    assert keys == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]
    budget = release.one("PodDisruptionBudget")["spec"]
    assert budget["maxUnavailable"] == 1 and budget["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
    labels = deployment["template"]["metadata"]["labels"]
    for selector in (
        deployment["selector"]["matchLabels"],
        budget["selector"]["matchLabels"],
        release.one("Service")["spec"]["selector"],
        release.one("NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
    ):
        assert selector.items() <= labels.items() and selector


def its_selector_outlives_an_upgrade():
    """A Deployment's selector cannot change: no version stands in it."""
    selector = Release("podveil").one("Deployment")["spec"]["selector"]["matchLabels"]
    assert selector == {"app.kubernetes.io/name": "podveil", "app.kubernetes.io/instance": "test"}


def its_arguments_are_those_of_the_contract():
    assert _container(Release("podveil"))["args"] == [
        "serve",
        "--config-map=podveil",
        "--cluster=in-cluster",
        "--listen=0.0.0.0:8443",
        "--ops=0.0.0.0:8080",
        "--cert-source=self",
        "--dns-name=podveil.podveil.svc",
        "--drain=10s",
        "--log=json",
    ]
    args = _container(Release("podveil", "many.yaml"))["args"]
    assert "--cert-source=files" in args and "--cert-dir=/certificates" in args
    assert not [a for a in args if a.startswith("--dns-name")]


def its_ports_are_where_they_are_looked_for():
    release = Release("podveil", "many.yaml")
    container, service = _container(release), release.one("Service")["spec"]
    ports = {p["name"]: p["containerPort"] for p in container["ports"]}
    assert ports == {"https": 8443, "ops": 8080}
    assert {p["port"]: p["targetPort"] for p in service["ports"]} == {443: "https", 8080: "ops"}
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["port"] == "ops"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert release.one("ServiceMonitor")["spec"]["endpoints"][0]["port"] == "ops"
    policy = release.one("NetworkPolicy")["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert policy["egress"] == [
        {"ports": [{"protocol": "TCP", "port": 6443}], "to": [{"ipBlock": {"cidr": "192.168.7.1/32"}}]}
    ]


def podveil_lets_its_own_policy_stand_beside_labelled_pods():
    said = judged("podveil", "one.yaml")
    assert "NetworkPolicy" in said and "DENIED" not in said and "WARN" not in said, said


def cert_manager_certifies_the_name_that_is_called():
    release = Release("podveil", "many.yaml")
    leaf = release.by_name[("Certificate", "podveil")]
    assert leaf["spec"]["dnsNames"] == ["podveil.podveil.svc"]
    mounted = release.one("Deployment")["spec"]["template"]["spec"]["volumes"][0]["secret"]["secretName"]
    assert leaf["spec"]["secretName"] == mounted
    for kind in ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"):
        assert release.one(kind)["metadata"]["annotations"]["cert-manager.io/inject-ca-from"] == "podveil/podveil"
    assert not Release("podveil").of_kind("Certificate")
    theirs = Release(
        "podveil",
        {"certificates": {"source": "cert-manager", "issuerRef": {"name": "ours", "kind": "ClusterIssuer"}}},
    )
    assert not theirs.of_kind("Issuer")
    assert theirs.one("Certificate")["spec"]["issuerRef"] == {"name": "ours", "kind": "ClusterIssuer"}


def its_account_has_a_share_of_the_api_server():
    schema = Release("podveil", namespace="elsewhere").one("FlowSchema")["spec"]
    assert schema["rules"][0]["subjects"] == [
        {"kind": "ServiceAccount", "serviceAccount": {"name": "podveil", "namespace": "elsewhere"}}
    ]
    assert schema["matchingPrecedence"] < 9000


def a_namespace_of_its_own_goes_everywhere():
    release = Release("podveil", "one.yaml", namespace="elsewhere")
    assert {o["metadata"].get("namespace", "elsewhere") for o in release.objects} == {"elsewhere", "kube-system"}
    assert "podveil.elsewhere.svc" in release.text and "system:serviceaccount:elsewhere:podveil" in release.text


def an_older_kubernetes_is_refused():
    said = helm("template", "test", CHARTS / "podveil", "--kube-version", "1.29.9", code=1)
    assert ">=1.30.0-0" in said, said
    for version in ("1.30.0", "1.36.3", "1.30.2-gke.100"):
        helm("template", "test", CHARTS / "podveil", "--kube-version", version)


def what_is_wrong_is_named():
    one = load("one.yaml")

    def but(change):
        values = copy.deepcopy(one)
        change(values["config"])
        return values

    refused("podveil", {"replica": 3}, "replica")
    refused("podveil", {"replicas": 0}, "/replicas")
    refused("podveil", {"image": {"digest": "latest"}}, "/image/digest")
    refused("podveil", {"webhook": {"timeoutSeconds": 31}}, "/webhook/timeoutSeconds")
    refused("podveil", {"webhook": {"failurePolicy": "Ignore"}}, "failurePolicy")
    refused("podveil", but(lambda c: c.pop("cluster")), "cluster")
    refused("podveil", but(lambda c: c["cluster"].pop("dns")), "dns")
    refused("podveil", but(lambda c: c.update(gateway=[])), "gateway")
    refused("podveil", but(lambda c: c["gateways"][0].update(vxlan={"id": 0})), "/config/gateways/0/vxlan/id")
    refused("podveil", but(lambda c: c["gateways"][0].update(name="Vpn")), "/config/gateways/0/name")
    refused("podveil", but(lambda c: c["gateways"][0].pop("serviceAccount")), "serviceAccount")
    refused("podveil", but(lambda c: c["gateways"].append(c["gateways"][0])), 'two gateways named "vpn"')
    refused(
        "podveil",
        but(lambda c: c.update(aliases=[{"label": "a", "value": "b", "gateway": "c"}])),
        'names gateway "c"',
    )
    refused(
        "podveil",
        but(lambda c: c.update(aliases=[{"label": "a", "value": "b", "gateway": "vpn"}] * 2)),
        "there twice",
    )


def the_largest_configuration_fits_into_etcd():
    """64 gateways are podveil's own limit; an object has 1.5 MB."""
    values = copy.deepcopy(load("one.yaml"))
    first = values["config"]["gateways"][0]
    values["config"]["gateways"] = [
        {**first, "name": f"gateway-with-a-name-of-its-own-{n}", "vxlan": {"id": n, "network": f"172.16.{n}.0/24"}}
        for n in range(1, 65)
    ]
    values["config"]["aliases"] = [
        {
            "label": f"gateways.example.org/alias-number-{n}",
            "value": "true",
            "gateway": "gateway-with-a-name-of-its-own-1",
        }
        for n in range(33)
    ]
    refused("podveil", values, "33 aliases")
    values["config"]["aliases"].pop()
    release = Release("podveil", values)
    for kind in ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"):
        assert len(json.dumps(release.one(kind))) < 1_000_000, kind


def the_test_asks_for_a_gateway_that_it_may_use():
    rendered = _admission_test(load("many.yaml"))
    assert 'privacy.example.org/via: "1"' in rendered, "gateway vpn is usable from media alone"
    assert "--dry-run=server" in rendered and _test_asks_in(rendered) == "default"
    rendered = helm("template", "test", CHARTS / "podveil")
    assert "podveil-test-configuration" in rendered and "podveil-test-admission" not in rendered


def the_test_asks_where_a_labelled_pod_may_run():
    one = load("one.yaml")
    assert _test_asks_in(_admission_test(one)) == "default", "podveil's own namespace may be restricted"
    one["config"]["gateways"][0]["usableFrom"] = ["media", "tools"]
    assert _test_asks_in(_admission_test(one)) == "media"
    assert _test_asks_in(_admission_test({**one, "tests": {"namespace": "tools"}})) == "tools"


def _admission_test(values):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(values, file)
        file.flush()
        return helm("template", "test", CHARTS / "podveil", "--namespace", "podveil", "--values", file.name,
                    "--show-only", "templates/tests/admission.yaml")


def _test_asks_in(rendered):
    """The namespace of the pod that is asked for, which is that of the right to ask for it."""
    asked = re.search(r'name: podveil-test-asks\n +namespace: "(.*)"', rendered).group(1)
    role = re.search(r'kind: Role\nmetadata:\n +name: podveil-test\n +namespace: "(.*)"', rendered).group(1)
    assert role == asked
    return asked


def the_notes_tell_the_next_step():
    none = notes("podveil")
    assert "no gateway yet" in none and "/readyz" in none, none
    one = notes("podveil", "one.yaml", "--set", "replicas=1")
    for words in (
        "--labels=podveil.io/gateway=vpn --dry-run=server",
        "helm test test",
        "One replica",
        "helm uninstall",
        "podveil.io/guarded-",
        "podveil-gateway --namespace vpn",
    ):
        assert words in one, f"{words}\n{one}"
