# SPDX-License-Identifier: Apache-2.0
"""What tests/e2e/figures found, for a terminal and for docs/FIGURES.md."""

import dataclasses
import datetime
import os
import statistics
import textwrap

import figures_admission
import figures_memory
import figures_start
import machine
import page
from controlplane import TOP, VERSION
from figures_admission import ALLOWS, BARE, CONNECTIONS, KINDS, MODES

GOAL_MB, GOAL_SECONDS = 40, 5
DOCUMENT = TOP / "docs" / "FIGURES.md"
ADMISSION_HEAD = ["pods are", "connections", "asked is", "pods/s", "over none", "p50 ms", "over none",
                  "over a constant", "p99 ms", "over none"]
MEMORY_HEAD = ["", "pods", "policies", "anonymous, MB", "in all, MB", "at most, MB"]
START_HEAD = ["from helm install", "seconds", "goal"]


@dataclasses.dataclass
class Taken:
    size: object
    load: float  # of the machine, before
    starts: list
    admission: object
    memory: object


def spread(numbers, form):
    return f"{statistics.median(numbers):{form}} ({min(numbers):{form}} to {max(numbers):{form}})"


def admission_row(got, mode, connections, kind):
    def figure(name, form):
        return f"{got.median(mode, connections, kind, name):{form}}"

    def ratio(name, other):
        return f"{got.ratio(mode, connections, kind, other, name):.2f}"
    return [mode, str(connections), kind, figure("rate", ".0f"), ratio("rate", BARE), figure("p50", ".2f"),
            ratio("p50", BARE), ratio("p50", ALLOWS), figure("p99", ".1f"), ratio("p99", BARE)]


def admission_rows(taken):
    return [admission_row(taken.admission, mode, connections, kind)
            for mode in MODES for connections in CONNECTIONS for kind in KINDS]


def memory_rows(taken):
    for when in dict.fromkeys(held.when for held in taken.memory.held):
        held = [one for one in taken.memory.held if one.when == when]
        yield [when, f"{held[0].pods:,}", f"{held[0].policies:,}",
               *(spread([getattr(one, name) for one in held], ".1f") for name in ("anonymous", "resident", "peak"))]


def start_rows(taken):
    yield ["helm is back", spread([one.installed for one in taken.starts], ".1f"), ""]
    yield ["the first protected pod is in", spread([one.protected for one in taken.starts], ".1f"),
           f"<= {GOAL_SECONDS}"]


def filled(taken):
    memory = taken.memory
    return (f"{memory.filled['count']:,} pods of {memory.workloads * figures_memory.NAMESPACES:,} workloads were made "
            f"at {memory.filled['rate']:.0f} a second; {memory.protected:,} protected pods are in the cluster, "
            f"{len(memory.naked)} of them older than one of their policies. Goal: in all <= {GOAL_MB} MB with 10,000 "
            "pods and 2,000 policies.")


def table(head, rows):
    rows = [head, *rows]
    wide = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return ["  ".join(f"{cell:>{width}}" if at else f"{cell:{width}}"
                      for at, (cell, width) in enumerate(zip(row, wide))).rstrip() for row in rows]


def terminal(taken):
    return ["", *table(ADMISSION_HEAD, admission_rows(taken)), "", *table(MEMORY_HEAD, memory_rows(taken)), "",
            *textwrap.wrap(filled(taken), 110), "", *table(START_HEAD, start_rows(taken)), ""]


def markdown_table(head, rows):
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *("| " + " | ".join(row) + " |" for row in rows)]


def said_of(module):
    """A module's own account of what it measures, without its first line."""
    return module.__doc__.strip().split("\n\n", 1)[1].split("\n")


def markdown(taken):
    size = taken.size
    return ["", "Made by `tests/e2e/figures --full --markdown`; do not edit. A real etcd, kube-apiserver "
            f"({VERSION}) and",
            "kube-controller-manager; podveil as helm installs it, two replicas behind its Service. No run fails by a "
            "time.", "",
            f"{datetime.date.today().isoformat()}, {machine.describe()}. Load average of the machine before the run: "
            f"{taken.load:.1f}.", "Above 0.5 others worked on it too: then only the ratios of the first table, and the "
            "memory, say much.", "",
            "### Admission", "", *said_of(figures_admission), "",
            f"The pod has {taken.admission.size:,} bytes of JSON. {size.rounds} rounds, {size.seconds:g} s a turn.", "",
            *markdown_table(ADMISSION_HEAD, admission_rows(taken)), "",
            "### Memory", "", *said_of(figures_memory), "", *textwrap.wrap(filled(taken), 118), "",
            *markdown_table(MEMORY_HEAD, memory_rows(taken)), "",
            "### Install", "", *said_of(figures_start), "", f"{size.installs} installs, a median.", "",
            *markdown_table(START_HEAD, start_rows(taken))]


def write(taken):
    page.write(DOCUMENT, last=markdown(taken))


def load_average():
    return os.getloadavg()[0]
