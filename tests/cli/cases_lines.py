# SPDX-License-Identifier: Apache-2.0
"""The command line: help, typos, exit codes, streams, colour."""

import os
import pty
import re
import subprocess

import command
from command import CONFIG, ROOT, TESTS, golden, on, run, same

COMMANDS = ("serve", "mutate", "validate", "render", "explain", "config check", "config schema",
            "config detect", "version", "help")
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a}]}\n"
PRIVATE = POD.replace("{name: a}\nspec", "{name: a, labels: {podveil.io/gateway: vpn}}\nspec")


def help_lists_the_commands():
    text = run("help").out
    golden("help.txt", text)
    for name in COMMANDS:
        assert f"\n  {name} " in text, f"{name} is not in the list"


def help_tells_of_each_command():
    for name in COMMANDS:
        text = run("help", *name.split()).out
        golden(f"help-{name.replace(' ', '-')}.txt", text)
        for flag in ("--help", "-h"):
            same(run(*name.split(), flag).out, text, f"podveil {name} {flag}")
            same(run(flag, *name.split()).out, text, f"podveil {flag} {name}")


def help_fits_a_terminal():
    for name in COMMANDS:
        for line in run("help", *name.split()).out.splitlines():
            assert len(line) <= 100 or line.startswith("Usage:"), f"{name}: {line}"


def help_needs_no_configuration():
    assert run("mutate", "--help", "--no-such-flag").out.startswith("Usage: podveil mutate")


def version_is_one_line():
    project = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    number = re.search(r"project\(podveil VERSION (\S+)", project).group(1)
    for arguments in (["version"], ["--version"]):
        same(run(*arguments).out, f"podveil {number} (configuration podveil.io/v1)\n", "version")


WRONG = [
    ([], "Usage: podveil COMMAND"),
    (["mutat"], 'unknown command "mutat": did you mean "mutate"?'),
    (["config", "chek", "x"], 'unknown command "config chek": did you mean "config check"?'),
    (["config"], "config check, config schema, config detect"),
    (["config", "check"], "needs a FILE"),
    (["help", "muttate"], 'did you mean "mutate"?'),
    (["frobnicate"], 'unknown command "frobnicate"'),
    (["mutate"], "podveil mutate needs --config FILE"),
    (["mutate", "--confg", CONFIG], "unknown flag --confg: did you mean --config?"),
    (["mutate", "--config", CONFIG, "--cluster", "none"], "podveil mutate takes no --cluster"),
    (["mutate", "--config", CONFIG, "-o", "ymal"], "did you mean yaml?"),
    (["mutate", "--config", CONFIG, "deploy.yaml"], "did you mean -f deploy.yaml?"),
    (["mutate", "--config", CONFIG, "-n", "Media"], '"Media" is no namespace'),
    (["mutate", "--config", CONFIG, "--namespace-label", "x"], '"x" is no KEY=VALUE'),
    (["mutate", "--config", CONFIG, "--namespace-label", "=x"], '"=x" is no KEY=VALUE'),
    (["mutate", "--config", "-", "-f", "-"], "standard input cannot be both"),
    (["mutate", "--config", CONFIG, "-f", "-", "-f", "-"], "standard input can be read once"),
    (["explain", "--config", CONFIG, "-o", "svgs"], "--output svgs: did you mean svg?"),
    (["explain", "--config", CONFIG, "-o", "picture"],
     "--output picture: there is only: text, mermaid, svg"),
    (["render", "--config", CONFIG, "--no-mesh"], "unknown flag --no-mesh"),
    (["config", "detect", "x"], 'does not know what to do with "x"'),
    (["config", "detekt"], 'did you mean "config detect"?'),
    (["config", "detect", "--kubeconfig"], "--kubeconfig needs a value: --kubeconfig FILE"),
    (["config", "detect", "--cluster", "none"], "podveil config detect takes no --cluster"),
    (["version", "now"], 'does not know what to do with "now"'),
]


def wrong_usage_is_2_and_says_why():
    for arguments, text in WRONG:
        result = run(*arguments, code=2, err=text)
        assert result.out == "", f"{arguments} wrote to standard output"


def wrong_usage_names_the_help():
    run("mutate", code=2, err="'podveil help mutate' tells what it takes.")
    run("frobnicate", code=2, err="'podveil help' tells what it takes.")


def allowed_is_0():
    on("validate", stdin=PRIVATE, code=0)
    on("mutate", stdin=PRIVATE, code=0)


def denied_is_1():
    denied = PRIVATE.replace("spec: {", "spec: {hostNetwork: true, ")
    for name in ("mutate", "validate", "render", "explain"):
        result = on(name, stdin=denied, code=1)
        assert "HostNetwork" in result.out + result.err


def unreadable_is_3():
    on("mutate", "-f", "no-such-file.yaml", code=3, err="no-such-file.yaml: No such file")
    on("mutate", stdin="", code=3, err="there is no object in the input")
    on("mutate", stdin="a: [", code=3, err="stdin: ")
    run("mutate", "--config", "no-such-file.yaml", code=3, err="no-such-file.yaml")
    run("mutate", "--config", "-", "-f", "x", stdin="kind: Other\n", code=3, err="-:1:")


def lost_output_is_4():
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([command.podveil, "help"], stdout=full, stderr=subprocess.PIPE,
                              encoding="utf-8", check=False)
    assert done.returncode == 4, f"ended with {done.returncode}"
    same(done.stderr, "podveil: cannot write to standard output: No space left on device\n",
         "standard error")


def a_broken_pipe_ends_quietly():
    for restore in (True, False):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run([command.podveil, "help"], stdout=writer, stderr=subprocess.PIPE,
                              encoding="utf-8", restore_signals=restore, check=False)
        os.close(writer)
        assert done.stderr == "", f"said {done.stderr!r}"
        assert done.returncode != 4, "a reader that went away is no fault"


def _on_terminal(env):
    """The output of a diff, on a terminal."""
    master, slave = pty.openpty()
    with subprocess.Popen([command.podveil, "mutate", "--config", CONFIG, "-o", "diff"], cwd=TESTS,
                          stdin=subprocess.PIPE, stdout=slave, stderr=subprocess.PIPE,
                          env={**os.environ, **env}) as process:
        os.close(slave)
        process.stdin.write(PRIVATE.encode())
        process.stdin.close()
        text = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:  # EIO: the other end is closed
                break
            if not piece:
                break
            text += piece
    os.close(master)
    assert process.returncode == 0
    return text.decode()


def color_is_for_terminals():
    assert "\x1b[32m+" in _on_terminal({"TERM": "xterm", "NO_COLOR": ""})
    assert "\x1b" not in _on_terminal({"TERM": "xterm", "NO_COLOR": "1"})
    assert "\x1b" not in _on_terminal({"TERM": "dumb", "NO_COLOR": ""})
    assert "\x1b" not in on("mutate", "-o", "diff", stdin=PRIVATE).out
    assert "\x1b" not in on("validate", stdin=PRIVATE).out


def a_terminal_as_input_is_told():
    master, slave = pty.openpty()
    with subprocess.Popen([command.podveil, "mutate", "--config", CONFIG], cwd=TESTS, stdin=slave,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        os.close(slave)
        os.write(master, b"\x04")
        err = process.stderr.read().decode()
    os.close(master)
    assert err.startswith("podveil: reading standard input"), err
    assert process.returncode == 3, "nothing was typed"
