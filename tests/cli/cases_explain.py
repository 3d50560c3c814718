# SPDX-License-Identifier: Apache-2.0
"""podveil explain, as text."""

from command import TESTS, folder, golden, on


def every_layer_is_told():
    golden("explain.txt", on("explain", "-f", "fixtures/cli/explained.yaml", code=1).out)


def what_the_configuration_opens_is_said():
    config = (TESTS / "fixtures/config/example.yaml").read_text(encoding="utf-8")
    config = config.replace("  mode: ambient\n", "  mode: none\n")
    config += "  dns: cluster\n  reach: listed\n  listed: [{podSelector: {}}]\n  client: {lock: false}\nrawSockets: keep\n"
    with folder({"podveil.yaml": config}) as path:
        text = on("explain", "-f", "fixtures/cli/sabnzbd.yaml", config=f"{path}/podveil.yaml").out
    golden("explain-open.txt", text)
    assert text.count("OPEN:") == 3, text


def other_kinds_are_not_explained():
    result = on("explain", stdin="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
                err="nothing in the input makes pods")
    assert result.out == ""
