# SPDX-License-Identifier: Apache-2.0
"""podveil render: the policies for GitOps."""

from command import MANIFESTS, files, folder, golden, on, TESTS

SABNZBD = "fixtures/cli/sabnzbd.yaml"
POD = ("apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {podveil.io/gateway: vpn}}\n"
       "spec: {containers: [{name: a, image: a}]}\n")


def the_example_has_every_rule_of_the_example_policy():
    text = on("render", "-f", SABNZBD).out
    golden("render.yaml", text)
    floor, companion = on("render", "-f", SABNZBD).docs()
    assert floor["metadata"]["name"] == "podveil-floor"
    assert "egress" not in floor["spec"]
    assert companion["metadata"]["name"] == "sabnzbd-k8s-vpn-killswitch"
    assert companion["metadata"]["namespace"] == "media"
    assert companion["spec"]["policyTypes"] == ["Egress"]
    egress = companion["spec"]["egress"]
    for cidr in ("10.1.0.0/16", "10.152.183.0/24", "192.168.0.0/24", "169.254.7.127/32"):
        assert {"to": [{"ipBlock": {"cidr": cidr}}]} in egress, cidr
    dns = [rule for rule in egress if "ports" in rule]
    assert len(dns) == 1
    assert {(port["protocol"], port["port"]) for port in dns[0]["ports"]} == {("UDP", 53),
                                                                             ("TCP", 53)}
    assert dns[0]["to"][0]["namespaceSelector"] == {
        "matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}


def what_it_prints_validates():
    text = on("render", *files(MANIFESTS), code=1).out
    lines = on("validate", stdin=text).out.splitlines()
    assert lines and all(line.startswith("OK ") for line in lines), lines


def each_policy_is_printed_once():
    policies = on("render", *files(MANIFESTS), code=1).docs()
    names = [(policy["metadata"]["namespace"], policy["metadata"]["name"]) for policy in policies]
    assert len(names) == len(set(names)), names
    twice = on("render", "-f", SABNZBD, "-f", SABNZBD).docs()
    assert len(twice) == 2


def a_namespace_has_one_floor():
    other = POD.replace("name: a,", "name: b,")
    names = [policy["metadata"]["name"] for policy in
             on("render", stdin=f"{POD}---\n{other}").docs()]
    assert names == ["podveil-floor", "a-vpn-killswitch", "b-vpn-killswitch"], names


def companions_by_namespace_are_shared():
    config = (TESTS / "fixtures/config/example.yaml").read_text(encoding="utf-8")
    with folder({"podveil.yaml": config + "companion: namespace\n"}) as path:
        policies = on("render", *files(MANIFESTS), config=f"{path}/podveil.yaml", code=1).docs()
    names = {policy["metadata"]["name"] for policy in policies}
    assert names == {"podveil-floor", "podveil-vpn-vpn-killswitch"}, names


def nothing_private_needs_nothing():
    result = on("render", stdin="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
                err="nothing in the input is private")
    assert result.out == ""


def an_object_without_a_namespace_takes_the_flags():
    policies = on("render", "-n", "tools", stdin=POD).docs()
    assert {policy["metadata"]["namespace"] for policy in policies} == {"tools"}


def a_name_that_the_cluster_makes_has_no_companion_yet():
    result = on("render", "-f", "fixtures/cli/generate-name.yaml", err="left as it is")
    names = [policy["metadata"]["name"] for policy in result.docs()]
    assert names == ["podveil-floor", "scrape-vpn-killswitch"], names
