# SPDX-License-Identifier: Apache-2.0
"""What stands between podveil and the API server in tests/e2e/trouble, and a clock that can be put.

    podveil -> Toxiproxy -> the API server itself        connections that are cut, slow, open and dead
    podveil -> Toxiproxy -> Spoiler -> the API server    answers that the real one cannot be made to give

The API server asks podveil directly, past all of this.
"""

import contextlib
import http.client
import json
import os
import pathlib
import ssl
import subprocess
import sys
import urllib.error
import urllib.request

from checks import wait_for
from controlplane import TOP, ClusterError, free_port

sys.path.insert(0, str(TOP / "tests" / "client"))
from fake import Fake  # noqa: E402

PASSED = ("Accept", "Authorization", "Content-Type", "User-Agent")
LIBFAKETIME = pathlib.Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")


class Toxiproxy:
    """One proxied port, `url`, that leads to the API server or to another that has its name."""

    def __init__(self, plane):
        program = plane.bin / "toxiproxy"
        if not program.exists():
            raise ClusterError("toxiproxy is not built: run tests/e2e/build first")
        self.home = plane.server.removeprefix("https://")
        self.control = f"http://127.0.0.1:{free_port()}"
        self.listen = f"127.0.0.1:{free_port()}"
        self.url = f"https://{self.listen}"
        with open(plane.dir / "toxiproxy.log", "wb") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", program, "-port", self.control.rpartition(":")[2]],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        if not wait_for(self._answers, 10):
            raise ClusterError("toxiproxy does not answer")
        self._ask("POST", "/proxies", {"name": "api", "listen": self.listen, "upstream": self.home, "enabled": True})

    def lead_to(self, url=None):
        """To another place, or to the API server again. Every connection is cut."""
        upstream = url.removeprefix("https://") if url else self.home
        self.enable(False)
        self._ask("POST", "/proxies/api", {"listen": self.listen, "upstream": upstream, "enabled": True})

    def enable(self, enabled):
        self._ask("POST", "/proxies/api", {"enabled": enabled})

    def cut(self):
        """Each connection, once."""
        self.enable(False)
        self.enable(True)

    def add(self, kind, stream="downstream", **attributes):
        self._ask("POST", "/proxies/api/toxics",
                  {"name": f"{kind}-{stream}", "type": kind, "stream": stream, "attributes": attributes})

    def reset(self):
        """Nothing in the way any more."""
        self._ask("POST", "/reset")

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def _answers(self):
        with contextlib.suppress(OSError):
            return self._ask("GET", "/version")
        return None

    def _ask(self, method, path, body=None):
        request = urllib.request.Request(self.control + path, json.dumps(body).encode() if body else None,
                                         {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            raise ClusterError(f"toxiproxy {path}: {error.read().decode()}") from None


class Spoiler:
    """The API server by another address; `spoil(exchange)` says with True that it has answered itself."""

    def __init__(self, plane, certificate, key):
        self.host = plane.server.removeprefix("https://")
        self.upstream = ssl.create_default_context(cafile=plane.dir / "ca.crt")
        self.spoil = lambda exchange: False
        self.fake = Fake(self._serve, certificate, key)
        self.url = self.fake.url

    def stop(self):
        self.fake.stop()

    def _serve(self, exchange):
        exchange.server.seen.clear()
        if not self.spoil(exchange):
            self._pass(exchange)

    def _pass(self, exchange):
        kept = {name: exchange.headers[name] for name in PASSED if name in exchange.headers}
        connection = http.client.HTTPSConnection(self.host, context=self.upstream, timeout=600)
        with contextlib.closing(connection):
            try:
                connection.request(exchange.command, exchange.path, exchange.body, kept)
                answer = connection.getresponse()
                exchange.begin(answer.status, answer.headers["Content-Type"])
                while piece := answer.read1(65536):
                    exchange.chunk(piece)
                exchange.chunk(b"")
            except (http.client.HTTPException, TimeoutError):
                exchange.close_connection = True


class Clock:
    """The wall clock of one process, as it is told; the machine's own and CLOCK_MONOTONIC are not touched."""

    def __init__(self, path):
        self.path = path
        self.put("+0")

    def put(self, offset):
        """`offset` as libfaketime has it: +1h, -1h, +400d."""
        aside = self.path.with_suffix(".new")
        aside.write_text(offset + "\n")
        os.replace(aside, self.path)

    def environment(self):
        return {**os.environ, "LD_PRELOAD": str(LIBFAKETIME), "FAKETIME_TIMESTAMP_FILE": str(self.path),
                "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}


def old_certificate(plane, name):
    """Of a CA of its own, both good from ten days ago for ten years: for who is asked by a clock that is wrong."""
    environment = {**os.environ, "LD_PRELOAD": str(LIBFAKETIME), "FAKETIME": "-10d"}
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    (plane.dir / f"{name}.ext").write_text("subjectAltName=IP:127.0.0.1\n")
    for command in (
            ("req", "-x509", *key, "-keyout", f"{name}-ca.key", "-subj", f"/CN={name}-ca", "-days", "3650", "-out",
             f"{name}-ca.crt"),
            ("req", "-new", *key, "-keyout", f"{name}.key", "-subj", f"/CN={name}", "-out", f"{name}.csr"),
            ("x509", "-req", "-in", f"{name}.csr", "-CA", f"{name}-ca.crt", "-CAkey", f"{name}-ca.key",
             "-CAcreateserial", "-days", "3650", "-extfile", f"{name}.ext", "-out", f"{name}.crt")):
        made = subprocess.run(["openssl", *command], cwd=plane.dir, env=environment, capture_output=True, text=True)
        if made.returncode != 0:
            raise ClusterError(f"openssl {command[0]}: {made.stderr}")
    return plane.dir / f"{name}.crt", plane.dir / f"{name}.key"
