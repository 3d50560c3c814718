# SPDX-License-Identifier: Apache-2.0
"""The part of both values.schema.json that is podveil's own configuration, from `podveil config schema`."""

import json
import os

from command import CHARTS, podveil


def wanted():
    """podveil's schema as the charts need it: a release without a gateway is fine, half a one is not."""
    schema = json.loads(podveil("config", "schema"))
    for key in ("$schema", "title", "required"):
        del schema[key]
    del schema["properties"]["gateways"]["minItems"]
    schema["if"] = {"properties": {"gateways": {"minItems": 1}}, "required": ["gateways"]}
    schema["then"] = {"required": ["cluster"]}
    return schema


def path(chart):
    return CHARTS / chart / "values.schema.json"


def load(chart):
    return json.loads(path(chart).read_text(encoding="utf-8"))


def check(chart):
    schema = load(chart)
    if os.environ.get("UPDATE_GOLDEN"):
        schema["definitions"]["configuration"] = wanted()
        path(chart).write_text(json.dumps(schema, indent=2) + "\n", encoding="utf-8")
    assert (
        schema["definitions"]["configuration"] == wanted()
    ), f"{path(chart)} is not what podveil config schema says; UPDATE_GOLDEN=1 writes it anew"
