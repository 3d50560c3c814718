# SPDX-License-Identifier: Apache-2.0
"""The values' schemas, as far as no helm is needed to read them."""

import json

import schema
from command import CHARTS, load, podveil

BOTH = ("podveil", "podveil-gateway")


def both_charts_read_podveils_own_schema():
    for chart in BOTH:
        schema.check(chart)


def one_file_of_values_fits_both_charts():
    """A key of one chart is known to the other, which leaves it alone."""
    own = [set(schema.load(chart)["properties"]) for chart in BOTH]
    assert own[0] == own[1], f"only one chart knows {sorted(own[0] ^ own[1])}"


def every_default_is_in_the_schema():
    for chart in BOTH:
        text = (CHARTS / chart / "values.yaml").read_text(encoding="utf-8")
        keys = {line.split(":")[0] for line in text.splitlines() if line[:1].isalpha()}
        assert keys <= set(schema.load(chart)["properties"]), chart


def the_configuration_in_the_values_is_right():
    """What the tests give the charts is what podveil itself takes."""
    for name in ("one.yaml", "many.yaml"):
        values = load(name)["config"]
        text = json.dumps({"apiVersion": "podveil.io/v1", "kind": "Configuration", **values})
        podveil("config", "check", "-", stdin=text)
