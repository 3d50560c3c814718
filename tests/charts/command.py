# SPDX-License-Identifier: Apache-2.0
"""Running podveil and helm, and reading what they print."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHARTS = ROOT / "charts"
BIN = ROOT / "build" / "charts" / "bin"
VALUES = ROOT / "tests" / "fixtures" / "charts"
NAMESPACE = {"podveil": "podveil", "podveil-gateway": "vpn"}

# A sanitizer ends the program with a code of its own making: its words tell it apart.
SANITIZER = ("AddressSanitizer", "LeakSanitizer", "runtime error:")

program = None  # the podveil under test; set by run


def _run(command, stdin, code):
    done = subprocess.run(
        list(map(str, command)), input=stdin, capture_output=True, text=True, timeout=100, check=False
    )
    what = " ".join(map(str, command))
    assert not any(word in done.stderr for word in SANITIZER), f"{what}:\n{done.stderr}"
    assert code is None or done.returncode == code, f"{what} ended with {done.returncode}:\n{done.stderr}"
    return done


def podveil(*arguments, stdin="", code=0):
    """What podveil says to these arguments; where it is to fail, why."""
    done = _run((program, *arguments), stdin, code)
    return done.stderr if code else done.stdout


def to_json(yaml):
    """The objects of some YAML. podveil passes on what makes no pods, and leaves unlabelled pods alone."""
    configuration = ROOT / "docs" / "podveil.example.yaml"
    text = podveil("mutate", "--config", configuration, "-o", "json", stdin=yaml)
    whole = json.loads(text)
    return whole["items"] if whole["kind"] == "List" else [whole]


class Release:
    """What a chart renders: its objects, by kind and name, and its notes."""

    def __init__(self, chart, values=None, namespace=None, arguments=()):
        self.namespace = namespace or NAMESPACE[chart]
        text = helm(
            "template",
            "test",
            CHARTS / chart,
            "--namespace",
            self.namespace,
            "--no-hooks",
            *_values(values),
            *arguments,
        )
        self.text = text
        self.objects = to_json(text) if text.strip() else []
        self.by_name = {(o["kind"], o["metadata"]["name"]): o for o in self.objects}
        assert len(self.by_name) == len(self.objects) or chart == "podveil", "two objects of one name"

    def kinds(self):
        return sorted({kind for kind, _ in self.by_name})

    def of_kind(self, kind):
        return [o for o in self.objects if o["kind"] == kind]

    def one(self, kind):
        found = self.of_kind(kind)
        assert len(found) == 1, f"{len(found)} objects of kind {kind}"
        return found[0]

    def webhooks(self, kind):
        return {w["name"]: w for w in self.one(kind)["webhooks"]}


def _values(values):
    """--values for a file of tests/fixtures/charts, or for values given as a dict."""
    if values is None:
        return ()
    if isinstance(values, str):
        return ("--values", VALUES / values)
    made = tempfile.NamedTemporaryFile("w", suffix=".json", delete=False)
    with made:
        json.dump(values, made)
    _made.append(made.name)
    return ("--values", made.name)


_made = []


def forget():
    """Removes the files of values that a case made."""
    while _made:
        pathlib.Path(_made.pop()).unlink()


def helm(*arguments, code=0):
    """What helm says to these arguments; where it is to fail, why."""
    done = _run((BIN / "helm", *arguments), "", code)
    return done.stderr if code else done.stdout


def notes(chart, values=None, *arguments):
    """What helm says after an installation: without a cluster it renders notes only as part of an object."""
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / chart
        shutil.copytree(CHARTS / chart, copy)
        (copy / "templates" / "NOTES.txt").rename(copy / "NOTES.txt")
        (copy / "templates" / "notes.yaml").write_text(
            'apiVersion: v1\nkind: Notes\ntext: {{ tpl (.Files.Get "NOTES.txt") . | toJson }}\n', encoding="utf-8"
        )
        rendered = helm(
            "template",
            "test",
            copy,
            "--namespace",
            NAMESPACE[chart],
            "--show-only",
            "templates/notes.yaml",
            *_values(values),
            *arguments,
        )
    return to_json(rendered)[0]["text"]


def refused(chart, values, *words, namespace=None):
    """helm renders nothing from these values, and says each of these words."""
    said = helm(
        "template", "test", CHARTS / chart, "--namespace", namespace or NAMESPACE[chart], *_values(values), code=1
    )
    for word in words:
        assert word in said, f"helm did not say {word!r}:\n{said}"
    assert not re.search(r"panic|nil pointer|runtime error", said), said


def load(name):
    """A file of tests/fixtures/charts, as what it holds."""
    # A values file is no Kubernetes object; podveil reads only those.
    wrapped = "apiVersion: v1\nkind: Values\nvalues:\n" + "".join(
        f"  {line}\n" for line in (VALUES / name).read_text(encoding="utf-8").splitlines()
    )
    return to_json(wrapped)[0]["values"]


def judged(chart, values):
    """What podveil, with the configuration in a file of values, says of all that a chart makes of that file."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"apiVersion": "podveil.io/v1", "kind": "Configuration", **load(values)["config"]}, file)
        file.flush()
        return podveil("validate", "--config", file.name, stdin=Release(chart, values).text)
