"""From exec of podveil to its first answer over TLS.

The clock starts before the program is started and stops at the last byte of an
answer with code 200, to a review: a pod without the label, or a privacy pod,
whose first two policies are then written and synced to disk. Every start has an
empty directory for them. podveil makes its own CA and leaf, as it does by
default. A client in C that has its TLS context ready tries to connect every
50 us (tests/bench/start.c). Nothing is bound to a core; the program's pages are
in the kernel's cache.
"""
import counts
import servers
import setting

STARTS = 25


def start(review, number, folder):
    """Microseconds of one."""
    port = servers.free_port()
    text = setting.run(*servers.TIED, setting.program("bench_start"), f"127.0.0.1:{port}",
                       servers.PATH, review, folder / "log",
                       *servers.podveil(port, folder / f"policies-{number}"),
                       what="starting podveil")
    return int(text)


def measure(kind_name, seed, work, starts=STARTS):
    """Milliseconds of each start; the first is not counted."""
    kind = next(kind for kind in counts.KINDS if kind.name == kind_name)
    review = counts.reviews(kind, seed, work)[0]
    folder = work / f"start-{kind_name}"
    folder.mkdir()
    return setting.Spread([start(review, number, folder) / 1000
                           for number in range(starts + 1)][1:])


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
