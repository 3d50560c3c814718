"""The servers that are compared, each on a port of its own, and the client that loads them."""
import contextlib
import os
import socket
import subprocess
import time

import setting

PATH = "/mutate?timeout=10s"
# One core for the server and another one for its client, so that neither takes the other's time.
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, CLIENT_CORE = CORES[0], CORES[-1]
# The child goes when the bench goes, however it goes.
TIED = ["setpriv", "--pdeathsig", "KILL"]


def pinned(core):
    return [*TIED, "taskset", "--cpu-list", str(core)]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def certificate(folder):
    """tls.crt and tls.key, ECDSA P-256, as the servers and the API server's clients have them."""
    folder.mkdir()
    setting.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                "subjectAltName=DNS:localhost", "-keyout", folder / "tls.key", "-out",
                folder / "tls.crt", what="making a certificate")
    return folder


def podveil(port, policies, certificates=None):
    """The command line of podveil; without certificates it makes its own in memory."""
    source = ["files", "--cert-dir", certificates] if certificates else ["self", "--dns-name",
                                                                         "localhost"]
    return [setting.program("podveil"), "serve", "--config", setting.CONFIG, "--cluster", "none",
            "--policy-dir", policies, "--listen", f"127.0.0.1:{port}", "--ops", "127.0.0.1:0",
            "--cert-source", *source]


class Server:
    """A running server. What it says on standard error goes to a file, as a log would."""

    def __init__(self, name, command, port, log, core=None):
        self.name = name
        self.address = f"127.0.0.1:{port}"
        self.log = log
        prefix = TIED if core is None else pinned(core)
        with open(log, "wb") as out:
            self.process = subprocess.Popen([*prefix, *(str(part) for part in command)],
                                            stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        self._wait(port)

    def _wait(self, port):
        end = time.monotonic() + 10
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            time.sleep(0.01)
        said = self.log.read_text(errors="replace")[-2000:]
        self.stop()
        raise setting.Failed(f"{self.name} did not start:\n{said}")

    def stop(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Load:
    """One measured run, with a client that is "awake" between answers or "asleep"."""

    def __init__(self, server, connections, files, warm, milliseconds, client):
        text = setting.run(*pinned(CLIENT_CORE), setting.program("bench_load"), server.address,
                           PATH, connections, client, server.process.pid, warm, milliseconds,
                           *files, what=f"the load on {server.name}")
        numbers = [int(number) for number in text.split()]
        self.requests, server_us, client_us, wall_us, self.p50, self.p99 = numbers
        self.us = server_us / self.requests
        self.rate = self.requests / wall_us * 1e6
        self.server_share = server_us / wall_us
        self.client_share = client_us / wall_us


@contextlib.contextmanager
def held(server, connections, files):
    """Connections that did one request each and stay."""
    command = [*TIED, setting.program("bench_load"), server.address, PATH, connections, "hold",
               *files]
    with subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as client:
        try:
            said = client.stdout.readline()
            if said != "held\n":
                raise setting.Failed(f"holding {connections} connections: {said}")
            yield
        finally:
            client.kill()
