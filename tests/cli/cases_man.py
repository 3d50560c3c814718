# SPDX-License-Identifier: Apache-2.0
"""docs/man/podveil.8 says what the help says."""

import re

from command import ROOT, run

MAN = (ROOT / "docs" / "man" / "podveil.8").read_text(encoding="utf-8")


def _sections():
    """{command: its text in the man page}"""
    parts = re.split(r"^\.Ss (.+)$", MAN.split(".Sh ENVIRONMENT")[0], flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def _commands():
    lines = run("help").out.split("Commands:\n")[1].split("\n\n")[0].splitlines()
    return [re.split(r"\s{2,}", line.strip())[0] for line in lines]


def _flags_of_help(name):
    text = run("help", *name.split()).out.split("\nFlags:\n")[1]
    found = re.findall(r"^  (?:-(\w), |    )--([\w-]+)(?: ([A-Z=]+))?", text, re.M)
    return {flag for flag in found if flag[1] != "help"}


def _flags_of_man(text):
    found = re.findall(r"^\.It (?:Fl (\w) , )?Fl -([\w-]+)(?: Ar ([A-Z=]+))?$", text, re.M)
    return set(found)


def every_command_has_a_section():
    assert list(_sections()) == _commands(), f"{list(_sections())} != {_commands()}"


def every_flag_is_the_same():
    for name, text in _sections().items():
        assert _flags_of_man(text) == _flags_of_help(name), f"flags of {name}"


def every_default_is_the_same():
    for value in re.findall(r"\(default: ([^\s,)]+)\)", "".join(
            run("help", *name.split()).out for name in _sections())):
        assert re.search(rf"{re.escape(value)}\.?$|Cm {re.escape(value)}$", MAN, re.M), value


def every_exit_code_is_the_same():
    told = re.findall(r"^  (\d)  (.+)$", run("help").out, re.M)
    status = MAN.split(".Sh EXIT STATUS")[1]
    assert [code for code, _ in told] == re.findall(r"^\.It (\d)$", status, re.M)
