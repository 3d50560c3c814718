# SPDX-License-Identifier: Apache-2.0
"""The program under the name kubectl-podveil, as kubectl runs `kubectl podveil`. The real kubectl: tests/e2e/kubectl."""

import os
import pathlib
import subprocess
import tempfile

import command
from command import CONFIG, TESTS, golden, same


def _plugin(*arguments, name="kubectl-podveil"):
    with tempfile.TemporaryDirectory() as path:
        link = pathlib.Path(path) / name
        os.symlink(os.path.abspath(command.podveil), link)
        return subprocess.run([link, *arguments], capture_output=True, cwd=TESTS, encoding="utf-8", timeout=50,
                              stdin=subprocess.DEVNULL, check=False)


def help_says_kubectl_podveil():
    text = _plugin("help").stdout
    same(text.replace("kubectl podveil", "podveil"), command.run("help").out, "help")
    assert "Usage: kubectl podveil COMMAND" in text and "'kubectl podveil help COMMAND'" in text
    golden("help-plugin-mutate.txt", _plugin("mutate", "--help").stdout)


def wrong_usage_says_it_too():
    done = _plugin("mutate")
    assert done.returncode == 2
    same(done.stderr, "podveil: kubectl podveil mutate needs --config FILE\n"
         "'kubectl podveil help mutate' tells what it takes.\n", "standard error")


def what_it_does_is_the_same():
    wanted = command.run("config", "check", CONFIG).out
    same(_plugin("config", "check", CONFIG).stdout, wanted, "config check")
    for name in ("kubectl-podveil2", "kubectl", "x"):
        assert _plugin("help", name=name).stdout == command.run("help").out, name
