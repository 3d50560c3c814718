"""Memory of podveil that does nothing.

Of a fresh server after each of 1, 25 or 256 kept TLS connections had its first
answer to a privacy pod of 8.7 KB, three times. Anonymous (RssAnon) is what no file
backs and nobody shares; in all (VmRSS) has the pages of program and libraries too,
which other processes with the same libraries share.
"""
import dataclasses

import counts
import servers
import setting

TIMES = 3


@dataclasses.dataclass
class Resident:
    connections: int
    anonymous: setting.Spread  # KiB, RssAnon: what nobody else shares and no file backs
    whole: setting.Spread  # KiB, VmRSS: with the program's and the libraries' pages


def read(pid):
    """(RssAnon, VmRSS) in KiB."""
    fields = {}
    with open(f"/proc/{pid}/status") as lines:
        for line in lines:
            name, _, value = line.partition(":")
            fields[name] = value
    return tuple(int(fields[name].split()[0]) for name in ("RssAnon", "VmRSS"))


def once(connections, files, folder):
    """A fresh server, that many connections with a request each, and then quiet."""
    folder.mkdir(parents=True)
    port = servers.free_port()
    command = servers.podveil(port, folder / "policies")
    with servers.Server("podveil", command, port, folder / "log") as server:
        with servers.held(server, connections, files):
            return read(server.process.pid)


def measure(connections, seed, work):
    kind = next(kind for kind in counts.KINDS if kind.name == "mutate-8k")
    files = counts.reviews(kind, seed, work)
    got = [once(connections, files, work / "resident" / f"{connections}-{i}") for i in range(TIMES)]
    return Resident(connections, setting.Spread(one[0] for one in got),
                    setting.Spread(one[1] for one in got))


def measure_all(seed, work):
    return [measure(connections, seed, work) for connections in (1, 25, 256)]


def table(residents):
    lines = [f"{'memory, MB':26} {'anonymous':>24} {'in all':>24}"]
    for got in residents:
        title = f"idle, {got.connections} connection{'s' if got.connections > 1 else ''}"
        lines.append(f"{title:26} {got.anonymous.in_units(1024).text('.2f'):>24} "
                     f"{got.whole.in_units(1024).text('.2f'):>24}")
    return lines
