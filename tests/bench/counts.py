"""Instructions (callgrind) and allocations of a review, from its body to the bytes of its reply.

Each set runs twice in one process, one document after the other; the second
time counts: what a server pays when it has been up for a while. Counted is
admission_review() with all that it calls in podveil and in libraries; not HTTP,
not TLS, and not the release of the reply.
"""
import dataclasses
import re

import documents
import setting

ROUNDS = 2
MEASURED = "bench_measured"  # the function of tests/bench/review.c around admission_review()


@dataclasses.dataclass
class Kind:
    """One row of the figures: which documents, and what is asked about them."""
    name: str
    phase: str
    text: str
    source: str  # the set of documents.py
    final: bool = False  # after podveil's own patch


KINDS = [
    Kind("mutate-8k", "mutate", "/mutate, privacy pod, 8.7 KB", "pods-8k"),
    Kind("mutate-64k", "mutate", "/mutate, privacy pod, 64 KB", "pods-64k"),
    Kind("validate-8k", "validate", "/validate, the same after the patch, 8.7 KB and it", "pods-8k",
         final=True),
    Kind("validate-64k", "validate", "/validate, the same after the patch, 64 KB and it",
         "pods-64k", final=True),
    Kind("unlabelled-8k", "mutate", "/mutate, pod without the label, 8.7 KB", "unlabelled-8k"),
    Kind("policy", "validate", "/validate, NetworkPolicy, 2.6 KB", "policies"),
    Kind("policy-2m", "validate", "/validate, NetworkPolicy, 50,000 CIDRs, 2 MB", "large-policies"),
    Kind("update-8k", "validate", "/validate, update of a pod, 2 x 8.4 KB", "updates-8k"),
]


@dataclasses.dataclass
class Count:
    kind: Kind
    instructions: setting.Spread
    allocations: setting.Spread
    bytes_in: setting.Spread
    bytes_out: setting.Spread
    denied: int

    @property
    def per_byte(self):
        return self.instructions.median / self.bytes_in.median


def reviews(kind, seed, work):
    """The files of a kind, made where they are missing."""
    folder = work / "sets" / kind.source
    if not folder.exists():
        documents.write(kind.source, folder, seed)
    files = sorted(folder.iterdir())
    if not kind.final:
        return files
    finals = work / "sets" / kind.name
    if not finals.exists():
        finals.mkdir()
        setting.run(setting.program("bench_review"), setting.CONFIG, "mutate", 1, finals, *files,
                    what="making the final pods")
    return sorted(finals.iterdir())


def callgrind(kind, files, out, rounds, *options):
    """One run of the set; what bench_review printed of its last round."""
    text = setting.run(
        "valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={out}",
        "--collect-atstart=no", f"--toggle-collect={MEASURED}", *options,
        setting.program("bench_review"), setting.CONFIG, kind.phase, rounds, "", *files,
        what=f"callgrind over {kind.name}")
    return [line.split("\t") for line in text.splitlines()]


def total(dump):
    """The instructions of one dump."""
    with open(dump) as lines:
        for line in lines:
            if line.startswith("totals: "):
                return int(line.split()[1])
    raise setting.Failed(f"{dump} has no total")


def count(kind, seed, work):
    files = reviews(kind, seed, work)
    dumps = work / "callgrind" / kind.name
    dumps.mkdir(parents=True)
    lines = callgrind(kind, files, dumps / "out", ROUNDS, f"--dump-after={MEASURED}")
    if any(line[3] != "200" for line in lines) or len(lines) != len(files):
        raise setting.Failed(f"{kind.name}: not every review was answered")
    if kind.source.startswith("pods") and any(line[4] != "allowed" for line in lines):
        raise setting.Failed(f"{kind.name}: a pod was denied")
    if kind.name.startswith("mutate") and any(line[5] != "patched" for line in lines):
        raise setting.Failed(f"{kind.name}: a privacy pod was left as it is")
    # A dump at each end of it, numbered from 1; the last round's come last.
    first = (ROUNDS - 1) * len(files) + 1
    instructions = [total(dumps / f"out.{first + i}") for i in range(len(files))]
    return Count(kind, setting.Spread(instructions),
                 setting.Spread(int(line[0]) for line in lines),
                 setting.Spread(int(line[1]) for line in lines),
                 setting.Spread(int(line[2]) for line in lines),
                 sum(line[4] == "denied" for line in lines))


def count_all(seed, work, names=()):
    kinds = [kind for kind in KINDS if not names or kind.name in names]
    return [count(kind, seed, work) for kind in kinds]


def table(counts):
    """Lines for a terminal."""
    head = f"{'':50} {'instructions a review':>34} {'a byte':>7} {'allocations':>17}"
    lines = [head]
    for got in counts:
        lines.append(f"{got.kind.text:50} {got.instructions.text(',.0f'):>34} {got.per_byte:7.1f} "
                     f"{got.allocations.text('.0f'):>17}")
    return lines


def annotated(out, inclusive):
    """[(instructions, function)], the parts of a function that were inlined from elsewhere with it."""
    text = setting.run("callgrind_annotate", f"--inclusive={inclusive}", "--auto=no",
                       "--show-percs=no", "--threshold=100", out, what="callgrind_annotate")
    costs = {}
    for line in text.splitlines():
        found = re.match(r" *([\d,]+) +(?:.*/)?([^/ ]+:)(\S+)", line)
        if found is None:
            continue
        instructions = int(found[1].replace(",", ""))
        name = found[3]
        before = costs.get(name, 0)
        costs[name] = max(before, instructions) if inclusive == "yes" else before + instructions
    return sorted(((cost, name) for name, cost in costs.items()), reverse=True)


def profile(name, seed, work, top=40):
    """Which functions the instructions of a set go to: alone, then with what they call."""
    kind = next(kind for kind in KINDS if kind.name == name)
    files = reviews(kind, seed, work)
    out = work / "profile"
    callgrind(kind, files, out, ROUNDS)
    texts = []
    for inclusive, title in (("no", "alone"), ("yes", "with what they call")):
        texts.append(f"-- instructions a review, functions {title}")
        costs = annotated(out, inclusive)
        whole = sum(cost for cost, _ in costs) if inclusive == "no" else costs[0][0]
        texts += [f"{cost / (ROUNDS * len(files)):12,.0f} {100 * cost / whole:5.1f} %  {function}"
                  for cost, function in costs[:top]]
    return texts
