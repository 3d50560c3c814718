"""docs/HOSTILE.md: the table as a page, each theme by what came of it.

Rows that differ in one thing are told together, with their number.
"""
import collections
import datetime
import re
import sys

from hostile.case import ROOT

sys.path.insert(0, str(ROOT / "tests" / "support"))

import machine  # noqa: E402

DOCUMENT = ROOT / "docs" / "HOSTILE.md"

# What names of rows have in common, and how the kind is called; where rows of a kind are many, it
# stands for them.
KINDS = [(re.compile(form), called) for form, called in (
    (r"(doubled|method|path|version|content type|length|a header|transfer coding|server name|sysctl"
     r"|operation|apiVersion|kind|generateName|only ciphers of|dnsPolicy|a policy to|\\u0000 in"
     r"|a foreign mark among|a label that looks alike,|\d+ of|spec asks for|(?:a pod's )?name"
     r"|containers with|initContainers with|volumes with|leaves behind|depth|ours with another"
     r"|an init container called|a debug container|a policy with|a template,) .+", "{} …"),
    (r"(timeout=).+", "{}…"),
    (r".+ (of the pod|of CPU for the pod|, of a pod without a label)", "… {}"),
    (r".+? in ((?:metadata|spec|status|request|nameservers|a controller|the key).*)", "… in {}"),
    (r"(.+?) (?:is|are) .+", "{} is …"),
    (r"(.+?), .+", "{}, …"),
)]
MANY, SHOWN = 3, 40

INTRODUCTION = """Made by `tools/hostile --markdown`; do not edit. Every row was sent to a running `podveil serve`, nearly all of
them over TLS, and after each one the same server answered a good review, to the byte as before. Each pod that was let
in was patched as an API server does it, compared with the pod that the specification describes, and sent to /mutate and
/validate once more. In the end the server lived, had no file open that it had not before, had written nothing but
policies, and had said nothing but lines of its log.

`tools/hostile` runs it again, in a quarter of a minute, and prints every row (case, HTTP code, decision, status.code,
reason); `tools/hostile 'json: depth*'` runs some. `ctest` has it as `http.hostile`, plain and with sanitizers. Rows that
differ in one thing are one entry here, with their number behind it. "ended" is a connection that podveil ends, as it
should; where HTTP leaves a server the choice, a row takes each of its ways, and the table shows podveil's. HTTP 500 is
libmicrohttpd's own word for a line of a chunk that its buffer does not hold, and the end of that connection."""


def name_of(row):
    return row.case.name.partition(": ")[2]


def kind_of(name):
    """What the row has in common with others, as people would call it."""
    for form, called in KINDS:
        found = form.fullmatch(name)
        if found:
            return called.format(found[1])
    return name


def value_of(name):
    """The other way round: what is said of many fields."""
    found = re.fullmatch(r".+? is (null|absent|a string)", name)
    return f"… is {found[1]}" if found else name


def fold(counts, called):
    """Names under the name of their kind, where it has many."""
    kinds = collections.Counter()
    for name, count in counts.items():
        kinds[called(name)] += count
    folded = collections.Counter()
    for name, count in counts.items():
        kind = called(name)
        folded[kind if kinds[kind] >= MANY and count == 1 else name] += count
    return folded


def answer_of(row):
    seen = row.seen
    if seen.http is None:
        return "ended"
    if seen.decision == "-":
        return f"HTTP {seen.http}"
    return f"{seen.decision}, {f'{seen.status} ' if seen.status else ''}{seen.reason}"


def safe(text):
    """As it stands, in a cell of a table."""
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return re.sub(r"([\\`*|<>])", r"\\\1", text)


def table(head, rows):
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def sent(rows):
    names = collections.Counter(name_of(row) for row in rows)
    folded = fold(fold(names, kind_of), value_of)
    entries = [safe(name) + (f" ({count:,})" if count > 1 else "") for name, count in folded.most_common()]
    more = [f"and {len(entries) - SHOWN} more such"] if len(entries) > SHOWN else []
    return "; ".join(entries[:SHOWN] + more)


def of_theme(rows):
    """A line for each answer, the commonest first."""
    answers = collections.defaultdict(list)
    for row in rows:
        answers[answer_of(row)].append(row)
    for answer, alike in sorted(answers.items(), key=lambda item: -len(item[1])):
        yield [answer, f"{len(alike):,}", sent(alike)]


def faulty(rows):
    return [row for row in rows if row.faults]


def page(themes, version, peak):
    """themes: (its words, its rows); version: podveil's own."""
    rows = [row for _, theme in themes for row in theme]
    lines = ["# What bad input gets", "", *INTRODUCTION.split("\n"), "",
             f"{datetime.date.today().isoformat()}, {machine.describe()}, {version}: {len(rows):,} rows, "
             f"{len(faulty(rows))} wrong; {peak} MiB of memory at most.", "",
             *table(["theme", "rows", "wrong", "allowed", "denied", "HTTP alone", "ended"],
                    (totals(words, theme) for words, theme in themes))]
    for words, theme in themes:
        lines += ["", f"## {words.rstrip('.')}", "", *table(["answer", "rows", "sent"], of_theme(theme))]
    return lines


def totals(words, rows):
    counts = collections.Counter(row.seen.decision if row.seen.decision != "-" else
                                 "ended" if row.seen.http is None else "HTTP" for row in rows)
    return [words.rstrip("."), f"{len(rows):,}", str(len(faulty(rows))),
            *(f"{counts[what]:,}" for what in ("allowed", "denied", "HTTP", "ended"))]


def write(themes, version, peak):
    made = DOCUMENT.with_suffix(".new")
    made.write_text("\n".join(page(themes, version, peak)) + "\n")
    made.replace(DOCUMENT)
