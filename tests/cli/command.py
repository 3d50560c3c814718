# SPDX-License-Identifier: Apache-2.0
"""Running podveil, and comparing what it says with what is kept in tests/golden/cli."""

import difflib
import json
import os
import pathlib
import re
import subprocess
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
ROOT = TESTS.parent
GOLDEN = TESTS / "golden" / "cli"
CONFIG = "fixtures/config/example.yaml"
REVIEWS = TESTS / "fixtures" / "reviews"
MANIFESTS = [f"e2e/manifests/{name}.yaml" for name in ("workloads", "pods")]

# A sanitizer ends the program with the code of a denial: its words tell it apart.
SANITIZER = ("AddressSanitizer", "LeakSanitizer", "runtime error:")

podveil = None  # the program under test; set by run


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def docs(self):
        """The output as the objects that it holds: JSON, or YAML by way of podveil itself."""
        text = self.out if self.out.lstrip().startswith("{") else to_json(self.out)
        if not text:
            return []
        whole = json.loads(text)
        return whole["items"] if whole["kind"] == "List" else [whole]


def run(*arguments, stdin="", code=0, cwd=TESTS, env=None, err=None, **options):
    """podveil with these arguments; it must end with `code`, and with `err` in standard error."""
    done = subprocess.run([podveil, *arguments], input=stdin, capture_output=True, cwd=cwd,
                          env=env, encoding="utf-8", timeout=50, check=False, **options)
    what = f"podveil {' '.join(arguments)}"
    assert not any(word in done.stderr for word in SANITIZER), f"{what}:\n{done.stderr}"
    assert done.returncode == code, f"{what} ended with {done.returncode}:\n{done.stderr}"
    if err is not None:
        assert err in done.stderr, f"{what} did not say {err!r}:\n{done.stderr}"
    return Result(done.returncode, done.stdout, done.stderr)


def on(command, *arguments, config=CONFIG, **options):
    """A command about objects, with the example configuration."""
    return run(command, "--config", config, *arguments, **options)


def files(paths):
    return [part for path in paths for part in ("-f", str(path))]


def to_json(yaml):
    """What podveil printed as YAML, as JSON. It changes nothing that it has made itself."""
    return on("mutate", "-o", "json", stdin=yaml).out if yaml.strip() else ""


def same(got, want, what):
    if got != want:
        diff = difflib.unified_diff(want.splitlines(), got.splitlines(), "want", "got",
                                    lineterm="")
        raise AssertionError(f"{what} differs:\n" + "\n".join(diff))


def steady(text):
    """Without what changes with each change of the scripts or of the configuration's format."""
    text = re.sub(r"^(\+? *- -e?c\n\+? *- )\|\n(?:.*\n)*?(?=\+? *- podveil$)",
                  r"\1<script>\n", text, flags=re.M)
    text = re.sub(r"^(@@ -\d+,\d+ \+\d+),\d+ @@", r"\1,<lines> @@", text, flags=re.M)
    text = re.sub(r"(injected: v1)\.\w{12}\.\w{16}", r"\1.<id>.<hash>", text)
    return re.sub(r"(config: |configuration )[0-9a-f]{12}$", r"\1<id>", text, flags=re.M)


def golden(name, text):
    path = GOLDEN / name
    text = steady(text)
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    same(text, path.read_text(encoding="utf-8"), str(path))


def folder(contents):
    """A directory with these files: {name: text}. Use it in a with statement."""
    made = tempfile.TemporaryDirectory()
    for name, text in contents.items():
        path = pathlib.Path(made.name) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return made
