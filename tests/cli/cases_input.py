# SPDX-License-Identifier: Apache-2.0
"""What is read, and how it is named."""

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


def a_directory_without_manifests_is_3():
    with folder({"notes.txt": "x"}) as path:
        on("mutate", "-f", path, code=3, err="there is no *.yaml, *.yml or *.json")


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
