"""From exec of podveil to its first answer over TLS.

The clock starts before the program is started and stops at the last byte of an
answer with code 200, to a review: a pod without the label, or a privacy pod,
whose first two policies are then written and synced to disk. podveil makes its
own CA and leaf, as it does by default. A client in C that has its TLS context
ready tries to connect every 50 us (tests/bench/start.c). Nothing is bound to a core.
"""
import counts
import servers
import setting

STARTS = 25


def measure(kind_name, seed, work, starts=STARTS):
    """Milliseconds of each start."""
    kind = next(kind for kind in counts.KINDS if kind.name == kind_name)
    review = counts.reviews(kind, seed, work)[0]
    folder = work / f"start-{kind_name}"
    folder.mkdir()
    port = servers.free_port()
    text = setting.run(*servers.TIED, setting.program("bench_start"), f"127.0.0.1:{port}",
                       servers.PATH, review, starts, folder / "log",
                       *servers.podveil(port, folder / "policies"), what="starting podveil")
    return setting.Spread(int(line) / 1000 for line in text.split())


def measure_all(seed, work):
    """{what is asked: its figures}"""
    return {
        "a pod without the label": measure("unlabelled-8k", seed, work),
        "a privacy pod": measure("mutate-8k", seed, work),
    }


def table(starts):
    lines = [f"{'exec to the first answer':26} {'ms':>24}"]
    lines += [f"{title:26} {got.text('.1f'):>24}" for title, got in starts.items()]
    return lines
