"""All figures in one table, with the goals beside them; for a terminal and for docs/FIGURES.md."""
import dataclasses
import datetime
import re
import textwrap

import counts
import documents
import machine
import page
import ratio
import resident
import setting
import startup


@dataclasses.dataclass
class Figure:
    name: str
    spread: setting.Spread
    form: str
    goal: float | None = None
    later: float | None = None

    def limit(self, value):
        return "" if value is None else f"<= {value:{self.form}}"

    @property
    def verdict(self):
        if self.goal is None:
            return ""
        if self.later is not None and self.spread.median <= self.later:
            return "later's too"
        return "met" if self.spread.median <= self.goal else "NOT MET"

    @property
    def cells(self):
        return [self.name, self.spread.text(self.form), self.limit(self.goal),
                self.limit(self.later), self.verdict]


# kind or figure -> (goal, later goal)
INSTRUCTIONS = {"mutate-8k": (320_000, 150_000)}
ALLOCATIONS = {"mutate-8k": (40, 12)}
OVER_CEILING = {"8.7 KB": (3.0, 1.8)}
ANONYMOUS_MB = {1: (4.0, None)}
START_MS = (20.0, None)
HEAD = ["figure", "median (least to most)", "goal", "later", ""]
NOTHING = (None, None)
DOCUMENT = setting.ROOT / "docs" / "FIGURES.md"


@dataclasses.dataclass
class Taken:
    """Everything that was measured."""
    counts: list
    residents: list
    starts: dict
    matrices: list
    load: tuple  # the machine's, before anything was measured


def of_counts(taken):
    for got in taken.counts:
        yield Figure(f"instructions, {got.kind.text}", got.instructions, ",.0f",
                     *INSTRUCTIONS.get(got.kind.name, NOTHING))
    for got in taken.counts:
        yield Figure(f"allocations, {got.kind.text}", got.allocations, ".0f",
                     *ALLOCATIONS.get(got.kind.name, NOTHING))


def of_memory(taken):
    for got in taken.residents:
        kept = f"{got.connections} connection{'s' if got.connections > 1 else ''}"
        yield Figure(f"memory idle, {kept}: anonymous, MB", got.anonymous.in_units(1024), ".2f",
                     *ANONYMOUS_MB.get(got.connections, NOTHING))
        yield Figure(f"memory idle, {kept}: in all, MB", got.whole.in_units(1024), ".2f")


def of_starts(taken):
    for asked, spread in taken.starts.items():
        yield Figure(f"exec to the first 200 over TLS, {asked}, ms", spread, ".1f", *START_MS)


def of_matrices(taken):
    for matrix in taken.matrices:
        start = f"CPU a request, {matrix.title}, 16 connections"
        yield Figure(f"{start}: over ceiling A", matrix.over(ratio.CEILING), ".2f",
                     *OVER_CEILING.get(matrix.title, NOTHING))
        yield Figure(f"{start}: over ceiling A, client asleep",
                     matrix.over(ratio.CEILING, ratio.ASLEEP), ".2f")
        yield Figure(f"{start}: over a ceiling whose answer is as long",
                     matrix.over(ratio.CEILING_LARGE), ".2f")
        yield Figure(f"{start}: over the webhook in Go", matrix.over(ratio.GO), ".2f")
        yield Figure(f"{start}: microseconds", matrix.rows[ratio.PODVEIL].us, ".1f")


def all_of(taken):
    return [*of_counts(taken), *of_memory(taken), *of_starts(taken), *of_matrices(taken)]


def terminal(taken):
    rows = [HEAD, *(figure.cells for figure in all_of(taken))]
    wide = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = [f"{row[0]:{wide[0]}}  " +
             "  ".join(f"{cell:>{width}}" for cell, width in zip(row[1:], wide[1:]))
             for row in rows]
    return [line.rstrip() for line in [lines[0], "-" * max(map(len, lines)), *lines[1:]]]


def taken_on():
    return (f"{machine.describe()}, valgrind {machine.version('valgrind', '--version')}, "
            f"Go {machine.version('go', 'version')}")


def markdown_table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join("---" for _ in head) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return [re.sub(r"\|  +(?=\|)", "| ", line) for line in lines]


def matrix_rows(matrix):
    for row in matrix.rows.values():
        yield [row.name, row.us.text(".1f"), matrix.over_ceiling(row).text(".2f"),
               f"{row.median('rate'):,.0f}", f"{row.median('p50'):.0f}", f"{row.median('p99'):.0f}",
               f"{row.median('server_share'):.0%}", f"{row.median('client_share'):.0%}"]


def described(module):
    """A module's own account of what it counts, without its first line."""
    return textwrap.dedent(module.__doc__).strip().split("\n\n", 1)[-1].split("\n")


INTRODUCTION = """Made by `tools/bench --markdown`; do not edit. Again: `tools/bench` on a quiet machine with two cores, some
minutes; it installs what is missing on Debian 12. Its parts alone (`tools/bench --help`) take less. No test fails by a time:
`tools/test --full` holds the counts of instructions and allocations (tests/bench/limits.py), times are only printed.
Each figure is a median, with the least and the most of all that were taken. "later" is a goal of a later version. What
stands under "In a real cluster" is `tests/e2e/figures`' own."""

RATIO_NOTES = """Ceiling A reads the body, looks at nothing and answers 2 KB (tests/bench/ceiling.c), with as many threads,
the same library, TLS and certificate as podveil. podveil's answers are longer, since the client's scripts are in
the patch; the second ceiling answers as much as podveil does. The webhook in Go (tests/bench/webhook) decodes the same
review, looks for a few of the refusals, makes a patch of the same kind and size and logs a line; it has no
killswitch, no strict reader and no second look at its own patch. podveil and Go log each review to a file, the ceilings
do not. All of them speak TLS 1.3 with AES-128-GCM. An answer without a patch, or one that is not allowed, ends the run.

"server" and "client" are the shares of their cores. A client that is awake takes all of its core that it gets; both far below
100 % had to share their cores with something else, and the times are rough then."""

HOW_MANY = f"""{documents.COUNT} documents a set, {ratio.CONNECTIONS} connections; memory of {resident.TIMES} servers each, {startup.STARTS} starts each."""


def missed(figures):
    """What is not reached, in words."""
    lines = [f"- {figure.name}: {figure.spread.median:{figure.form}}, the goal is "
             f"{figure.goal:{figure.form}}" for figure in figures if figure.verdict == "NOT MET"]
    return ["Not reached:", "", *lines] if lines else ["All goals of this version are reached."]


def markdown(taken, seed):
    head = ["server", "CPU us a request", "over ceiling A", "requests/s", "p50 us", "p99 us",
            "server", "client"]
    all_figures = all_of(taken)
    lines = ["# Figures", "", *INTRODUCTION.split("\n"), "",
             f"{datetime.date.today().isoformat()}, {taken_on()}. Documents of seed {seed}: "
             f"{HOW_MANY}", "",
             f"Load average of the machine before the run: {taken.load[0]:.1f}. Above 0.5 others "
             "worked on it too, and times (not counts or memory) are worse than they could be.", "",
             *missed(all_figures), "",
             *markdown_table(HEAD, (figure.cells for figure in all_figures)), "",
             "## What is counted", "", "**Instructions and allocations.** " + described(counts)[0],
             *described(counts)[1:], "", "**Memory.** " + described(resident)[0],
             *described(resident)[1:], "",
             "**Start.** " + described(startup)[0], *described(startup)[1:], "",
             "**CPU a request.** " + described(ratio)[0], *described(ratio)[1:], "",
             *RATIO_NOTES.split("\n")]
    for matrix in taken.matrices:
        rounds = len(matrix.rows[ratio.PODVEIL].loads)
        lines += ["", f"## {matrix.title}, {ratio.CONNECTIONS} connections, {rounds} rounds", "",
                  *markdown_table(head, matrix_rows(matrix))]
    return lines


def write(taken, seed):
    page.write(DOCUMENT, first=markdown(taken, seed))
