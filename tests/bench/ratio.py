"""CPU time of a request on kept TLS connections, compared in one run.

Times of this kind drift with the machine by half and more within minutes: the
clock of the processor, the neighbours. So the servers take turns, a second or so
each, in another order every round, and what counts is the median of the
ratios within a round, not the times.

The server is bound to one core, its client to another one. CPU time is the
kernel's account of the whole process, all threads, user and system. Before each
turn the whole set is sent twice, so podveil has written the policies of all
workloads and answers from memory: the steady state of a cluster in which
workloads restart.

The client asks the kernel for answers again and again and never sleeps: on one machine
the waking of a client is charged to the server that answers it, which over a network
card no server pays, and the slower a server, the more often its client sleeps.
The rows "client asleep" are with a client that waits for answers as others do.
"""
import dataclasses

import counts
import servers
import setting

CONNECTIONS = 16
CEILING, CEILING_LARGE, PODVEIL, GO = "ceiling A", "ceiling, podveil's size", "podveil", "Go"
ASLEEP = ", client asleep"
SHORT_ANSWER = 2048


@dataclasses.dataclass
class Row:
    """A server in all rounds."""
    name: str
    loads: list

    @property
    def us(self):
        return setting.Spread(load.us for load in self.loads)

    def over(self, other):
        """The ratio to another server, round by round."""
        return setting.Spread(mine.us / its.us for mine, its in zip(self.loads, other.loads))

    def median(self, what):
        return setting.Spread(getattr(load, what) for load in self.loads).median


@dataclasses.dataclass
class Matrix:
    title: str
    rows: dict

    def over(self, name, client=""):
        return self.rows[PODVEIL + client].over(self.rows[name + client])

    def over_ceiling(self, row):
        """To ceiling A with the same client."""
        client = ASLEEP if row.name.endswith(ASLEEP) else ""
        return row.over(self.rows[CEILING + client])


def build_go(work):
    """The webhook in Go; its build needs no module but the standard library."""
    setting.need("go", "Debian's golang-go, or Go's own")
    program = work / "webhook"
    if not program.exists():
        setting.run("go", "build", "-trimpath", "-buildvcs=false", "-o", program, ".",
                    what="building the webhook in Go",
                    cwd=setting.ROOT / "tests" / "bench" / "webhook")
    return program


def answer_of(size, path):
    """An answer that allows, of that many bytes."""
    head = b'{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"",' \
           b'"allowed":true,"patchType":"JSONPatch","patch":"'
    path.write_bytes(head + b"A" * (size - len(head) - 3) + b'"}}')
    return path


def commands(work, tls, size):
    """name -> port -> command line"""
    pair = [tls / "tls.crt", tls / "tls.key"]
    ceiling = setting.program("bench_ceiling")
    go = build_go(work)
    short = answer_of(SHORT_ANSWER, work / "short.json")
    long = answer_of(size, work / "long.json")
    return {
        CEILING: lambda port: [ceiling, port, *pair, short],
        CEILING_LARGE: lambda port: [ceiling, port, *pair, long],
        PODVEIL: lambda port: servers.podveil(port, work / "policies", tls),
        GO: lambda port: [go, "-listen", f"127.0.0.1:{port}", "-cert", pair[0], "-key", pair[1],
                          "-scripts", setting.ROOT / "lib" / "pod"],
    }


def answer_size(files):
    """What podveil answers to these, the median."""
    text = setting.run(setting.program("bench_review"), setting.CONFIG, "mutate", 1, "", *files,
                       what="the reviews")
    return int(setting.Spread(int(line.split("\t")[2]) for line in text.splitlines()).median)


def order(turns, number):
    """Everybody begins a round now and then, and nobody always follows the same one."""
    first = number % len(turns)
    turned = turns[first:] + turns[:first]
    return turned if number % 2 == 0 else turned[::-1]


def compare(title, kind_name, seed, work, rounds, milliseconds):
    kind = next(kind for kind in counts.KINDS if kind.name == kind_name)
    files = counts.reviews(kind, seed, work)
    here = work / f"ratio-{kind_name}"
    here.mkdir()
    tls = servers.certificate(here / "tls")
    started = []
    try:
        for name, command in commands(here, tls, answer_size(files)).items():
            port = servers.free_port()
            started.append(servers.Server(name, command(port), port, here / f"{port}.log",
                                          servers.SERVER_CORE))
        turns = [(server, "") for server in started]
        turns += [(server, ASLEEP) for server in started if server.name in (CEILING, PODVEIL)]
        rows = {server.name + client: Row(server.name + client, []) for server, client in turns}
        for number in range(rounds):
            for server, client in order(turns, number):
                rows[server.name + client].loads.append(
                    servers.Load(server, CONNECTIONS, files, 2 * len(files), milliseconds,
                                 "asleep" if client else "awake"))
        return Matrix(title, rows)
    finally:
        for server in started:
            server.stop()


def table(matrix):
    lines = [f"{matrix.title:26} {'CPU us a request':>26} {'over ceiling A':>22} "
             f"{'requests/s':>10} {'p50 us':>7} {'p99 us':>7} {'server':>7} {'client':>7}"]
    for row in matrix.rows.values():
        lines.append(
            f"{row.name:26} {row.us.text('.1f'):>26} "
            f"{matrix.over_ceiling(row).text('.2f'):>22} {row.median('rate'):10,.0f} "
            f"{row.median('p50'):7.0f} {row.median('p99'):7.0f} {row.median('server_share'):7.0%} "
            f"{row.median('client_share'):7.0%}")
    return lines
