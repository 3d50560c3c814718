# SPDX-License-Identifier: Apache-2.0
"""What is read, and how it is named."""

import os

from command import folder, golden, on, same

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {0}}}\n"


def _names(result):
    return [document["metadata"]["name"] for document in result.docs()]


def directories_are_read_in_order():
    contents = {"b.yml": CONFIG_MAP.format("b"), "a.yaml": CONFIG_MAP.format("a"),
                "c.json": '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}',
                "notes.txt": "no: [yaml", "below/d.yaml": CONFIG_MAP.format("d"),
                "e.yaml/f.yaml": CONFIG_MAP.format("f")}
    with folder(contents) as path:
        assert _names(on("mutate", "-f", path)) == ["a", "b", "c"]
        assert _names(on("mutate", "-f", f"{path}/below", "-f", path)) == ["d", "a", "b", "c"]


def recursion_reads_what_is_below():
    contents = {"b.yaml": CONFIG_MAP.format("b"), "a/z.yaml": CONFIG_MAP.format("a-z"),
                "c/d/e.json": '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"e"}}',
                "c/notes.txt": "no: [yaml", "d.yaml": CONFIG_MAP.format("d")}
    with folder(contents) as path:
        os.symlink(path, f"{path}/c/back")  # not followed, or there would be no end
        os.symlink(f"{path}/a", f"{path}/c/linked.yaml")
        want = ["a-z", "b", "e", "d"]
        assert _names(on("mutate", "-R", "-f", path)) == want
        assert _names(on("mutate", "-f", path, "--recursive")) == want
        assert _names(on("mutate", "-f", path)) == ["b", "d"]
        on("mutate", "-f", f"{path}/c", code=3, err="-R reads those below it too")


def no_depth_is_endless():
    with folder({"/".join(["d"] * 200) + "/a.yaml": CONFIG_MAP.format("a")}) as path:
        on("mutate", "-R", "-f", path, code=3, err="more than 128 directories inside each other")


def a_directory_without_manifests_is_3():
    with folder({"notes.txt": "x"}) as path:
        on("mutate", "-f", path, code=3, err="there is no *.yaml, *.yml or *.json")
        on("mutate", "-R", "-f", path, code=3, err="in this directory or below it")


def standard_input_is_the_default():
    text = CONFIG_MAP.format("a")
    want = on("mutate", "-f", "-", stdin=text).out
    same(on("mutate", stdin=text).out, want, "without -f")


def files_and_standard_input_go_together():
    with folder({"a.yaml": CONFIG_MAP.format("a")}) as path:
        result = on("mutate", "-f", f"{path}/a.yaml", "-f", "-", stdin=CONFIG_MAP.format("b"))
    assert _names(result) == ["a", "b"]


def scalars_mean_what_they_mean_to_kubectl():
    golden("scalars.yaml", on("mutate", "-f", "fixtures/cli/scalars.yaml").out)
    golden("scalars.json", on("mutate", "-f", "fixtures/cli/scalars.yaml", "-o", "json").out)


def mistakes_have_a_place():
    with folder({"a.yaml": "apiVersion: v1\nkind: Pod\nkind: Pod\n"}) as path:
        on("mutate", "-f", f"{path}/a.yaml", code=3, err=f"{path}/a.yaml: 3:1: ")
    on("mutate", stdin='{"a":1,\n"a":2}', code=3, err="stdin: 2:1: ")
    on("mutate", stdin="a: 1\n", code=3, err="stdin: an object has no kind")
    on("mutate", stdin=CONFIG_MAP.format("a") + "---\nkind: Pod\n", code=3,
       err="stdin[2]: an object has no apiVersion")


def a_list_is_its_items():
    items = "".join(f"- {{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}}}\n"
                    for name in "ab")
    assert _names(on("mutate", stdin="apiVersion: v1\nkind: List\nitems:\n" + items)) == ["a", "b"]


def a_nul_in_a_pod_is_malformed():
    pod = ('{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","labels":'
           '{"podveil.io/gateway":"vpn"}},"spec":{"containers":[{"name":"\\u0000"}]}}')
    result = on("mutate", stdin=pod, code=1, err="Malformed: the text of the object holds a NUL")
    assert result.out == ""
