# SPDX-License-Identifier: Apache-2.0
"""The chart podveil-gateway: the other end of the tunnel fits what podveil tells the clients."""

import copy
import json
import re
import subprocess
import tempfile

from command import CHARTS, VALUES, Release, helm, judged, load, notes, podveil, refused

CHART = "podveil-gateway"


def _pod(release):
    return release.one("Deployment")["spec"]["template"]


def _containers(release):
    spec = _pod(release)["spec"]
    return {c["name"]: c for c in spec["initContainers"] + spec["containers"]}


def _env(release):
    return {e["name"]: e.get("value", e.get("valueFrom")) for e in _containers(release)["gluetun"]["env"]}


def _client(values):
    """A privacy pod as podveil makes it from these values, and its companion's first rule."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "a", "namespace": "media", "labels": {"podveil.io/gateway": "vpn"}},
        "spec": {"containers": [{"name": "a", "image": "a"}]},
    }
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"apiVersion": "podveil.io/v1", "kind": "Configuration", **values["config"]}, file)
        file.flush()
        made = json.loads(podveil("mutate", "--config", file.name, "-o", "json", stdin=json.dumps(pod)))
        policies = podveil("render", "--config", file.name, stdin=json.dumps(pod))
    return {e["name"]: e["value"] for e in made["spec"]["initContainers"][0]["env"]}, policies


def it_lints_and_renders_from_nothing():
    helm("lint", "--strict", CHARTS / CHART)
    helm("lint", "--strict", CHARTS / CHART, "--namespace", "vpn", "--values", VALUES / "gateway.yaml")
    assert Release(CHART).objects == []
    assert "Nothing is installed" in notes(CHART)


def one_file_of_values_gives_both_ends():
    """What podveil writes into a client is what the server is set to; podveil's chart takes the same file."""
    gateway, server = Release(CHART, "gateway.yaml"), Release("podveil", "gateway.yaml")
    assert server.one("Deployment")["spec"]["replicas"] == 3 and gateway.one("Deployment")["spec"]["replicas"] == 1
    client, policies = _client(load("gateway.yaml"))
    settings = dict(re.findall(r'^(\w+)="(.*)"$', client["PODVEIL_SETTINGS"], re.M))
    ours = dict(re.findall(r'^(\w+)="(.*)"$', gateway.one("ConfigMap")["data"]["settings.sh"], re.M))
    for key in ("VXLAN_ID", "VXLAN_PORT", "VXLAN_IP_NETWORK"):
        assert ours[key] == settings[key], f"{key}: the server has {ours[key]}, the client {settings[key]}"
    service = gateway.one("Service")
    assert client["gateway"] == f"{service['metadata']['name']}.{service['metadata']['namespace']}.svc.cluster.local"
    assert service["spec"]["ports"][0] == {"name": "vxlan", "protocol": "UDP", "port": int(settings["VXLAN_PORT"])}
    labels = _pod(gateway)["metadata"]["labels"]
    assert "app.kubernetes.io/name: gluetun" in policies and labels["app.kubernetes.io/name"] == "gluetun"
    assert (
        _pod(gateway)["spec"]["serviceAccountName"] == "gluetun" == gateway.one("ServiceAccount")["metadata"]["name"]
    )


def podveil_finds_nothing_wrong_with_it():
    said = judged(CHART, "gateway.yaml")
    assert "NetworkPolicy" in said and "DENIED" not in said and "WARN" not in said, said


def its_service_names_the_pod_even_when_the_tunnel_is_down():
    spec = Release(CHART, "gateway.yaml").one("Service")["spec"]
    assert spec["clusterIP"] == "None" and spec["publishNotReadyAddresses"] is True


def there_is_one_pod_and_it_is_out_of_the_mesh():
    deployment = Release(CHART, "gateway.yaml").one("Deployment")["spec"]
    assert deployment["replicas"] == 1 and deployment["strategy"] == {"type": "Recreate"}
    labels = deployment["template"]["metadata"]["labels"]
    assert labels["istio.io/dataplane-mode"] == "none" and "podveil.io/gateway" not in labels
    assert deployment["selector"]["matchLabels"] == {"app.kubernetes.io/name": "gluetun"}, "a selector cannot change"
    assert deployment["template"]["spec"]["automountServiceAccountToken"] is False


def its_containers_come_in_the_order_that_works():
    """vxlan0 before Gluetun, or Gluetun takes it for a foreign network; and only one container is privileged."""
    release = Release(CHART, "gateway.yaml")
    containers = _containers(release)
    assert list(containers) == ["gateway-init", "gluetun", "server"]
    assert [n for n, c in containers.items() if c["securityContext"].get("privileged")] == ["gateway-init"]
    for name, container in containers.items():
        assert container["resources"]["limits"]["memory"] and container["resources"]["requests"], name
        script = "\n".join(container["args"])
        shell = container["command"][0].rsplit("/", 1)[1]
        done = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{name}: {done.stderr}"
    assert (
        containers["gateway-init"]["image"] == containers["server"]["image"] == "ghcr.io/angelnu/pod-gateway:v1.13.0"
    )


def gluetun_stays_closed():
    env = _env(Release(CHART, "gateway.yaml"))
    assert env["FIREWALL_ENABLED_DISABLING_IT_SHOOTS_YOU_IN_YOUR_FOOT"] == "on"
    assert env["FIREWALL_OUTBOUND_SUBNETS"] == "10.1.0.0/16,10.152.183.0/24", "commas, no blank, IPv4"
    assert env["HTTP_CONTROL_SERVER_ADDRESS"].startswith("127.0.0.1:") and env["HEALTH_SERVER_ADDRESS"].startswith(
        "127.0.0.1:"
    )
    assert env["DNS_SERVER"] == env["DOT"] == "off"
    assert env["WIREGUARD_PRIVATE_KEY"] == {"secretKeyRef": {"name": "wireguard", "key": "WIREGUARD_PRIVATE_KEY"}}
    assert env["SERVER_COUNTRIES"] == "Sweden,Norway" and "VPN_BLOCK_OTHER_TRAFFIC" not in env
    probe = _containers(Release(CHART, "gateway.yaml"))["gluetun"]["readinessProbe"]
    assert probe["exec"]["command"] == ["/gluetun-entrypoint", "healthcheck"]


def the_server_is_set_up_for_this_cluster():
    release = Release(CHART, "gateway.yaml")
    data = release.one("ConfigMap")["data"]
    for line in (
        'DNS_LOCAL_CIDRS="cluster.local"',
        'DNS_LOCAL_SERVER="10.152.183.10"',
        'VPN_LOCAL_CIDRS=""',
        'VPN_TRAFFIC_PORT="51820"',
    ):
        assert line in data["settings.sh"], line
    assert (
        data["nat.conf"] == "" and "--dport 14790" in data["post-rules.txt"] and "-p icmp" in data["post-rules.txt"]
    )
    done = subprocess.run(["bash", "-n"], input=data["settings.sh"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "dnsmasq.conf" not in data
    values = load("gateway.yaml")
    values["gateway"]["server"] = {"addressCheck": False, "leaseTime": "30m"}
    other = Release(CHART, values)
    assert other.one("ConfigMap")["data"]["dnsmasq.conf"] == "no-ping\n"
    assert "s/,12h/,30m/" in _containers(other)["server"]["args"][0]
    assert (
        _pod(other)["metadata"]["annotations"]["podveil-gateway/files"]
        != _pod(release)["metadata"]["annotations"]["podveil-gateway/files"]
    )


def no_name_of_a_client_is_asked_of_the_cluster():
    """Not even in the moment before Gluetun has written resolv.conf: dnsmasq copies what is there."""
    release = Release(CHART, "gateway.yaml")
    spec = _pod(release)["spec"]
    assert spec["dnsPolicy"] == "None" and spec["dnsConfig"] == {"nameservers": ["1.1.1.1"]}
    out = release.one("NetworkPolicy")["spec"]["egress"]
    assert not [rule for rule in out if any("1.1.1.1" in str(peer) for peer in rule["to"])], "only through the tunnel"
    refused(CHART, {"gateway": {"resolver": "cluster"}}, "/gateway/resolver")


def its_policy_knows_its_clients():
    release = Release(CHART, "gateway.yaml")
    spec = release.one("NetworkPolicy")["spec"]
    clients = {"podSelector": {"matchLabels": {"podveil.io/gateway": "vpn"}}, "namespaceSelector": {}}
    assert spec["ingress"] == [{"from": [clients]}], "no ports: ICMP passes no rule that has them"
    assert spec["egress"][0] == {"to": [clients]}
    assert spec["egress"][1]["to"][0] == {"ipBlock": {"cidr": "10.152.183.10/32"}}
    assert spec["egress"][2] == {
        "to": [{"ipBlock": {"cidr": "203.0.113.0/24"}}],
        "ports": [{"protocol": "UDP", "port": 51820}],
    }
    assert len(spec["egress"]) == 3 and spec["policyTypes"] == ["Ingress", "Egress"]
    assert {"key": "podveil.io/gateway", "operator": "DoesNotExist"} in spec["podSelector"]["matchExpressions"]
    values = load("gateway.yaml")
    values["config"]["gateways"][0]["usableFrom"] = ["media", "tv"]
    assert Release(CHART, values).one("NetworkPolicy")["spec"]["ingress"][0]["from"][0]["namespaceSelector"] == {
        "matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["media", "tv"]}]
    }


def each_of_several_gateways_is_a_release():
    many = load("many.yaml")
    many["gateway"] = load("gateway.yaml")["gateway"]
    refused(CHART, many, "gateway.name", "--set gateway.name=vpn")
    second = Release(CHART, many, "other", ("--set-string", "gateway.name=1"))
    assert second.one("Service")["metadata"]["name"] == "second"
    assert 'VXLAN_ID="16777215"' in second.one("ConfigMap")["data"]["settings.sh"]
    refused(CHART, {**load("gateway.yaml"), "gateway": {"name": "typo"}}, "gateway.name", "it has vpn")


def what_is_wrong_is_named():
    whole = load("gateway.yaml")

    def but(change):
        values = copy.deepcopy(whole)
        change(values["config"]["gateways"][0], values["gateway"])
        return values

    refused(CHART, whole, "install it there", "--namespace vpn", namespace="media")
    refused(CHART, but(lambda e, g: g.pop("wireguard")), "gateway.wireguard.secretName")
    refused(CHART, but(lambda e, g: g["gluetun"].pop("provider")), "gateway.gluetun.provider")
    refused(CHART, but(lambda e, g: e.update(address="gluetun.other.svc.cluster.local")), "no Service of namespace")
    refused(CHART, but(lambda e, g: e.update(serviceAccount="default")), "every pod's")
    refused(CHART, but(lambda e, g: e.update(podSelector={"podveil.io/gateway": "vpn"})), "podSelector")
    for key in ("FIREWALL_ENABLED_DISABLING_IT_SHOOTS_YOU_IN_YOUR_FOOT", "HTTP_CONTROL_SERVER_ADDRESS", "DOT"):
        refused(CHART, but(lambda e, g, key=key: g["gluetun"]["env"].update({key: "off"})), key, "the chart's own")
    refused(CHART, but(lambda e, g: g["gluetun"]["env"].update({"A": 1e6})), "/gateway/gluetun/env")
    refused(CHART, but(lambda e, g: g.update(gluetn={})), "gluetn")
    refused(CHART, but(lambda e, g: g["gluetun"].update(replicas=2)), "replicas")
