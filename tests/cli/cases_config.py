# SPDX-License-Identifier: Apache-2.0
"""podveil config check and config schema."""

import json

from command import CONFIG, TESTS, folder, golden, run

EXAMPLE = (TESTS / CONFIG).read_text(encoding="utf-8")


def a_right_one_is_summed_up():
    golden("config-check.txt", run("config", "check", CONFIG).out)


def standard_input_is_read():
    assert run("config", "check", "-", stdin=EXAMPLE).out.startswith("-: right, ")


def what_is_odd_is_a_warning():
    text = EXAMPLE.replace("port: 14789", "port: 4790")
    result = run("config", "check", "-", stdin=text, err=": warning: ")
    assert result.out.startswith("-: right, ")


def what_is_wrong_has_a_place():
    with folder({"podveil.yaml": EXAMPLE.replace("gateways:", "gatways:")}) as path:
        result = run("config", "check", "podveil.yaml", cwd=path, code=3)
        line = EXAMPLE.splitlines().index("gateways:") + 1
        assert result.err.startswith(f"podveil: podveil.yaml:{line}:1: "), result.err
        assert result.out == ""
        run("mutate", "--config", "podveil.yaml", cwd=path, code=3, err=f"podveil.yaml:{line}:1: ")


def the_schema_is_json():
    schema = json.loads(run("config", "schema").out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "gateways" in schema["properties"]
