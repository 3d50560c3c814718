# SPDX-License-Identifier: Apache-2.0
"""podveil render --mesh: the least authorization policies."""

import json

from command import CONFIG, TESTS, folder, golden, on

MEDIA = "fixtures/mesh/media.yaml"
PROBE = "169.254.7.127/32"


def _policies(*arguments, **options):
    return {policy["metadata"]["name"]: policy["spec"]
            for policy in on("render", "--mesh", *arguments, **options).docs()
            if policy["kind"] == "AuthorizationPolicy"}


def _allowed(spec):
    """{account: ports} of a policy's rules; None for all ports."""
    rules = {}
    for rule in spec.get("rules", []):
        ports = rule["to"][0]["operation"]["ports"] if "to" in rule else None
        for name in rule["from"][0]["source"]["principals"]:
            rules[name.removeprefix("cluster.local/ns/").replace("/sa/", "/")] = ports
    return rules


def each_lets_in_who_is_named():
    golden("render-mesh.yaml", on("render", "--mesh", "-f", MEDIA).out)
    policies = {name: _allowed(spec) for name, spec in _policies("-f", MEDIA).items()}
    assert policies == {
        "sabnzbd-mesh": {"media/sonarr": ["8080"]},
        "sonarr-mesh": {"media/requests": ["8989"]},
        "requests-mesh": {"media/waypoint": ["5055"]},
        "jellyfin-mesh": {"media/waypoint": ["8096"], "edge/web-istio": ["8096"]},
        "requests-waypoint": {"edge/web-istio": None},
        "jellyfin-waypoint": {"media/requests": None, "tools/default": None},
    }, policies


def what_it_prints_validates():
    text = on("render", "--mesh", "-f", MEDIA).out
    with folder({"policies.yaml": text}) as path:
        lines = on("validate", "-f", MEDIA, "-f", f"{path}/policies.yaml").out.splitlines()
    assert len(lines) > 20 and all(line.startswith("OK ") for line in lines), lines
    lines = on("validate", stdin=text).out.splitlines()
    assert lines and not any(line.startswith("DENIED") for line in lines), lines


def every_rule_says_why():
    lines = on("render", "--mesh", "-f", MEDIA).out.split("apiVersion: security.istio.io/v1\n", 1)[1].splitlines()
    rules = [at for at, line in enumerate(lines) if line == "  - from:"]
    assert len(rules) == 8 and all(lines[at - 1].startswith("  # ") for at in rules)


def without_the_flag_there_is_none():
    assert "AuthorizationPolicy" not in on("render", "-f", MEDIA).out


def without_a_mesh_there_is_none():
    text = on("render", "--mesh", "-f", MEDIA, config="fixtures/config/no-mesh.yaml",
              err="the configuration has no mesh").out
    assert "AuthorizationPolicy" not in text and "podveil-floor" in text


def who_is_named_by_nobody_is_closed():
    text = ("apiVersion: v1\nkind: Pod\nmetadata: {name: 'true', labels: {podveil.io/gateway: vpn}}\n"
            "spec: {containers: [{name: a, image: a}]}\n")
    specs = _policies(stdin=text)
    assert specs == {"true-mesh": {"action": "ALLOW", "selector": {"matchLabels": {
        "podveil.io/gateway": "vpn", "podveil.io/workload": "true"}}}}, specs


def the_configurations_waypoint_is_let_in():
    config = (TESTS / CONFIG).read_text(encoding="utf-8").replace(
        "mode: ambient", "mode: ambient\n  waypoint: all")
    with folder({"podveil.yaml": config}) as path:
        policies = _policies("-f", MEDIA, config=f"{path}/podveil.yaml")
    assert _allowed(policies["sabnzbd-mesh"]) == {"media/sonarr": ["8080"], "media/all": ["8080"]}
    assert _allowed(policies["requests-mesh"]) == {"media/waypoint": ["5055"]}


def waypoint_and_gateway_go_beside_the_tunnel():
    """What comes by them reaches a private pod: no layer of the pod or of its policies is in the way."""
    private = [pod["spec"]["template"] for pod in on("mutate", "-f", MEDIA, "-o", "json").docs()
               if pod["kind"] in ("Deployment", "StatefulSet")
               and "podveil.io/gateway" in pod["spec"]["template"]["metadata"].get("labels", {})]
    assert len(private) == 2
    for template in private:
        assert template["metadata"]["labels"]["istio.io/dataplane-mode"] == "ambient"
        settings = {env["name"]: env["value"] for env in template["spec"]["initContainers"][0]["env"]}
        routed = settings["PODVEIL_SETTINGS"].split('NOT_ROUTED_TO_GATEWAY_CIDRS="')[1].split('"')[0]
        assert {PROBE, "10.1.0.0/16"} <= set(routed.split()), "probes and pods go around the tunnel"
        assert template["spec"]["serviceAccountName"] in ("sabnzbd", "sonarr"), "its identity stays"
        assert template["spec"]["containers"][0]["ports"], "its ports stay"
    for policy in on("render", "--mesh", "-f", MEDIA).docs():
        if policy["metadata"]["name"].endswith("-vpn-killswitch"):
            to = {json.dumps(rule["to"]): rule.get("ports") for rule in policy["spec"]["egress"]}
            assert to[json.dumps([{"ipBlock": {"cidr": PROBE}}])] is None
            assert to[json.dumps([{"ipBlock": {"cidr": "10.1.0.0/16"}}])] is None, "HBONE, 15008"
            assert policy["spec"]["policyTypes"] == ["Egress"], "nothing is said of what comes in"


def a_port_that_no_container_has_is_told():
    text = (TESTS / MEDIA).read_text(encoding="utf-8").replace("targetPort: http", "targetPort: web")
    assert "sabnzbd-mesh" in _policies(
        stdin=text, err="Service media/sabnzbd: no container of sabnzbd has the port")


def an_ingress_of_another_controller_is_told():
    text = (TESTS / MEDIA).read_text(encoding="utf-8") + """---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: tv, namespace: media}
spec:
  ingressClassName: CLASS
  rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: sonarr, port: {number: 8989}}}}]}}]
"""
    other = _policies(stdin=text.replace("CLASS", "nginx"), err="annotate its pods with podveil.io/talks-to")
    assert _allowed(other["sonarr-mesh"]) == {"media/requests": ["8989"]}
    istio = _policies(stdin=text.replace("CLASS", "istio"))
    assert "istio-system/istio-ingressgateway-service-account" in _allowed(istio["sonarr-mesh"])


def an_environment_may_come_from_a_config_map():
    template = (TESTS / MEDIA).read_text(encoding="utf-8")
    value = '{name: SABNZBD_URL, value: "http://sabnzbd/api"}'
    assert value in template
    one = template.replace(value, "{name: URL, valueFrom: {configMapKeyRef: {name: urls, key: sabnzbd}}}")
    whole = template.replace("        env:\n        - " + value, "        envFrom: [{configMapRef: {name: urls}}]\n        env:")
    settings = """---
apiVersion: v1
kind: ConfigMap
metadata: {name: urls, namespace: NAMESPACE}
data: {sabnzbd: "http://sabnzbd", other: "nothing"}
"""
    for text, variable in ((one, "URL"), (whole, "sabnzbd")):
        here, there = (text + settings.replace("NAMESPACE", name) for name in ("media", "tools"))
        assert _allowed(_policies(stdin=here)["sabnzbd-mesh"]) == {"media/sonarr": ["8080"]}
        assert f"the variable {variable} of container app" in on("render", "--mesh", stdin=here).out
        assert "rules" not in _policies(stdin=there)["sabnzbd-mesh"]


def istios_own_examples_pass_without_a_word():
    lines = on("validate", "-f", "fixtures/mesh/examples.yaml").out.splitlines()
    assert len(lines) > 20 and all(line.startswith("OK ") for line in lines if not line.startswith("podveil:")), lines
