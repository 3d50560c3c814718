# SPDX-License-Identifier: Apache-2.0
"""The table on a terminal, and docs/ATTACKS.md."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "ATTACKS.md"
HEAD = ["attack", "", "by whom", "without podveil", "with podveil", "podveil dead", "policies alone", "validate",
        "twin"]

INTRODUCTION = """# Attacks

Made by `tools/attacks --markdown`; do not edit. Every row was tried on a real API server (etcd, kube-apiserver, its
controllers), with the rights of whom it names. An editor is who has the ClusterRole `edit` in the namespace; what is
under "mistakes, drift" is done by templates, controllers, other webhooks and whoever installs policies of the CNI
([THREATS.md](THREATS.md) has the adversaries). Some promises have a condition, which stands beside.

| column | what was done |
|---|---|
| without podveil | the attack, for real; then it was undone |
| with podveil | the same once the chart was installed: the reason of the denial (or of the warning) |
| podveil dead | every replica killed, registrations as they are: closed is a request that nobody lets in |
| policies alone | the webhook registrations deleted as well: what the chart's ValidatingAdmissionPolicies hold alone; pods come with podveil's part |
| validate | `podveil validate`, offline; "not asked" is what only a cluster sees |
| twin | the same request without its sting: admitted with podveil, by `validate` too, and without a warning |

Numbers are those of the list from which the rows were drawn: A policies, B pods, C ways around, D the registrations,
M what the mesh takes for protection and does not do."""


def _command(act):
    """The request in short."""
    below = f"/{act.below}" if act.below else ""
    verb = {"change": "patch", "edit": "update", "bind": "create", "connect": "connect"}.get(act.verb, act.verb)
    return f"{verb} {act.on.kind}{below}"


def cells(line):
    row = line.row
    given = row.who + (f" ({row.given})" if row.given else "")
    asked = line.offline.shown() if row.offline else "not asked"
    twin = line.twin.shown()
    if twin in ("worked", "protected"):
        twin = "admitted"
    return [row.id, row.name, given, line.before.shown(), line.given.shown(), line.dead.shown(), line.alone.shown(),
            asked, twin]


def verdict(line):
    return "OPEN" if line.is_open() else "WRONG" if line.faults() else "ok"


def print_table(lines):
    rows = [HEAD + [""]] + [cells(line) + [verdict(line)] for line in lines]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def _escaped(cell):
    return cell.replace("|", "\\|").replace("*", "\\*")


def text(lines):
    head = ["attack", "request", "by whom", *HEAD[3:]]
    table = [head, ["---"] * len(head)]
    for line in lines:
        shown = cells(line)
        table.append([f"{shown[0]} {shown[1]}", _command(line.row.attack), *shown[2:]])
    body = "\n".join("| " + " | ".join(_escaped(cell) for cell in row) + " |" for row in table)
    return f"{INTRODUCTION}\n\n{len(lines)} rows.\n\n{body}\n"


def is_current(lines):
    return DOCUMENT.exists() and DOCUMENT.read_text(encoding="utf-8") == text(lines)
