# SPDX-License-Identifier: Apache-2.0
"""podveil mutate on manifests."""

import json

from command import MANIFESTS, TESTS, files, folder, golden, on, same

KINDS = "fixtures/cli/kinds.json"
DENIED = "fixtures/cli/denied.yaml"
GENERATED = "fixtures/cli/generate-name.yaml"


def every_kind_of_workload_is_protected():
    golden("mutate-kinds.yaml", on("mutate", "-f", KINDS).out)


def what_it_prints_it_leaves_alone():
    for form in ("yaml", "json"):
        first = on("mutate", *files([*MANIFESTS, KINDS]), "-o", form, code=1)
        second = on("mutate", "-o", form, stdin=first.out)
        same(second.out, first.out, f"mutate of its own {form}")
        patches = on("mutate", "-o", "patch", stdin=first.out).out.splitlines()
        assert set(patches) == {"[]"}, patches
        assert on("mutate", "-o", "diff", stdin=first.out).out == ""


def what_it_prints_validates():
    first = on("mutate", *files([*MANIFESTS, KINDS]), code=1).out
    lines = on("validate", stdin=first).out.splitlines()
    assert len(lines) == len(on("mutate", "-o", "patch", stdin=first).out.splitlines())
    assert not [line for line in lines if line.startswith("DENIED")], lines


def yaml_and_json_are_the_same_objects():
    as_yaml = on("mutate", "-f", KINDS).docs()
    as_json = on("mutate", "-f", KINDS, "-o", "json").docs()
    assert as_yaml == as_json


def one_object_is_no_list_and_has_no_dashes():
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"
    same(on("mutate", stdin=text).out, text, "YAML")
    want = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    same(on("mutate", "-o", "json", stdin=text).out, json.dumps(want, indent=4) + "\n", "JSON")


def _applied(document, patch):
    """RFC 6902 with the two operations that podveil uses."""
    for step in patch:
        names = [name.replace("~1", "/").replace("~0", "~") for name in step["path"].split("/")[1:]]
        parent = document
        for name in names[:-1]:
            parent = parent[int(name)] if isinstance(parent, list) else parent[name]
        value = step.get("value")
        if step["op"] == "move":
            assert step["from"].rsplit("/", 1)[0] == step["path"].rsplit("/", 1)[0]
            value = parent.pop(int(step["from"].rsplit("/", 1)[1]))
        if isinstance(parent, list):
            parent.insert(len(parent) if names[-1] == "-" else int(names[-1]), value)
        else:
            parent[names[-1]] = value
    return document


def the_patch_makes_what_it_prints():
    before = json.loads((TESTS / KINDS).read_text(encoding="utf-8"))["items"]
    after = on("mutate", "-f", KINDS).docs()
    patches = [json.loads(line) for line in
               on("mutate", "-f", KINDS, "-o", "patch").out.splitlines()]
    assert len(before) == len(after) == len(patches)
    assert any(patches)
    for document, patch, want in zip(before, patches, after):
        assert _applied(document, patch) == want, want["metadata"]["name"]


def a_diff_shows_what_is_added():
    golden("mutate.diff", on("mutate", "-f", "fixtures/cli/sabnzbd.yaml", "-o", "diff").out)


def numbers_of_a_changed_pod_keep_their_text():
    pod = ('{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","labels":'
           '{"podveil.io/gateway":"vpn"}},"spec":{"priority":9007199254740993,"containers":'
           '[{"name":"a","image":"a","resources":{"limits":{"cpu":1.0E+2}}}]}}')
    for form in ("yaml", "json"):
        text = on("mutate", "-o", form, stdin=pod).out
        assert "podveil-init" in text and "9007199254740993" in text and "1.0E+2" in text, text


def other_kinds_pass_untouched():
    path = TESTS / "fixtures/k8s-api/networking.k8s.io.v1.NetworkPolicy.json"
    want = json.loads(path.read_text(encoding="utf-8"))
    assert on("mutate", "-f", str(path), "-o", "json").docs() == [want]
    assert on("mutate", "-f", str(path)).docs() == [want]
    assert on("mutate", "-f", str(path), "-o", "diff").out == ""


def what_is_denied_is_named_and_not_printed():
    result = on("mutate", "-f", DENIED, code=1)
    golden("mutate-denied.yaml", result.out)
    golden("mutate-denied.err", result.err)
    for form in ("json", "patch", "diff"):
        result = on("mutate", "-f", DENIED, "-o", form, code=1)
        assert "hostNetwork" not in result.out, form


def all_denied_prints_nothing():
    text = ("apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {podveil.io/gateway: vnp}}\n"
            "spec: {containers: [{name: a, image: a}]}\n")
    for form in ("yaml", "json", "patch", "diff"):
        result = on("mutate", "-o", form, stdin=text, code=1, err="stdin Pod default/a: Unknown")
        assert result.out == "", form


def a_namespace_that_is_none_is_malformed():
    text = ("apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: ../b, labels: "
            "{podveil.io/gateway: vpn}}\nspec: {containers: [{name: a, image: a}]}\n")
    for command in ("mutate", "render", "validate"):
        result = on(command, stdin=text, code=1)
        assert "Malformed: the namespace is not a DNS label" in result.out + result.err


def a_name_that_the_cluster_makes_is_left_alone():
    result = on("mutate", "-f", GENERATED, "-o", "patch", err="Job media/import-: left as it is")
    jobs, pods = result.out.splitlines()
    assert jobs == "[]" and pods != "[]"


POD = ("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"
       "spec: {containers: [{name: a, image: a}]}\n")


def _gateway(*arguments, stdin):
    pods = [document for document in on("mutate", *arguments, stdin=stdin).docs()
            if document["kind"] == "Pod"]
    return pods[0]["metadata"].get("labels", {}).get("podveil.io/gateway")


def namespaces_of_the_input_give_their_labels():
    namespace = ("---\napiVersion: v1\nkind: Namespace\nmetadata: {name: media, labels: "
                 "{podveil.io/gateway: vpn}}\n")
    assert _gateway("-n", "media", stdin=POD + namespace) == "vpn"
    assert _gateway("-n", "tools", stdin=POD + namespace) is None
    assert _gateway(stdin=POD.replace("{name: a}\n", "{name: a, namespace: media}\n")
                    + namespace) == "vpn"


def flags_give_what_is_missing():
    assert _gateway("--namespace-label", "podveil.io/gateway=vpn", stdin=POD) == "vpn"
    assert _gateway("--namespace-label", "podveil.io/gateway=vpn", "--namespace-label",
                    "podveil.io/gateway=none", stdin=POD) is None
    namespace = ("---\napiVersion: v1\nkind: Namespace\nmetadata: {name: default, labels: "
                 "{podveil.io/gateway: none}}\n")
    assert _gateway("--namespace-label", "podveil.io/gateway=vpn", stdin=POD + namespace) is None


def a_dash_in_a_directory_changes_nothing():
    with folder({"a.yaml": POD}) as path:
        same(on("mutate", "-f", f"{path}/").out, on("mutate", "-f", path).out, "a slash at the end")
