# SPDX-License-Identifier: Apache-2.0
"""podveil validate on manifests."""

import json

from command import golden, on

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
