#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A client of the API server that keeps its connections and sends requests that were made before.

Load starts this file as a process of its own, so that what the others of a test do (threads, watches) takes no time
from what is measured. One thread a connection; HTTP/1.1, JSON, TLS as the API server offers it.
"""

import json
import pathlib
import socket
import ssl
import subprocess
import sys
import threading
import time


class LoadError(Exception):
    """A request was answered otherwise than it should, or not at all; the text is the API server's."""


class Load:
    """`with Load(plane) as load: load.run(file, connections)`."""

    def __init__(self, plane):
        self.plane = plane
        self.process = None

    def __enter__(self):
        host, _, port = self.plane.server.removeprefix("https://").rpartition(":")
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", sys.executable, __file__, host, port, self.plane.dir],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def run(self, requests, connections, seconds=None, marked=""):
        """The requests of a file (lines of JSON: path, body), again and again for so many seconds, or each once.
        Gives {"rate": a second, "p50": ms, "p99": ms, "count", "marked": answers with that text in them}."""
        asked = {"requests": str(requests), "connections": connections, "seconds": seconds, "marked": marked}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline() or '{"error": "the client of the load ended"}')
        if "error" in answer:
            raise LoadError(answer["error"])
        return answer


class Connection:
    def __init__(self, host, port, context):
        self.context = context
        raw = socket.create_connection((host, port))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = context.wrap_socket(raw, server_hostname=host)

    def ask(self, request):
        """The whole answer, head and body."""
        self.stream.sendall(request)
        answer = self._receive(b"")
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer = self._receive(answer)
        head = answer[:end].lower()
        at = head.find(b"content-length:")
        # A body in pieces ends with an empty one; no JSON has a carriage return in it.
        length = end + 4 + int(head[at + 15:].split(b"\r\n", 1)[0]) if at >= 0 else None
        while len(answer) < length if length is not None else not answer.endswith(b"\r\n0\r\n\r\n"):
            answer = self._receive(answer)
        return answer

    def _receive(self, answer):
        piece = self.stream.recv(65536)
        if not piece:
            raise ConnectionError("the API server ended the connection")
        return answer + piece


class Run:
    """One measured run of all connections."""

    def __init__(self, requests, asked):
        self.requests = requests
        self.seconds = asked["seconds"]
        self.mark = asked["marked"].encode()
        self.lock = threading.Lock()
        self.next = self.marked = 0
        self.times = []
        self.error = None

    def take(self, ends):
        with self.lock:
            number = self.next
            over = time.monotonic() >= ends if self.seconds else number >= len(self.requests)
            if self.error or over:
                return None
            self.next += 1
        return self.requests[number % len(self.requests)]

    def drive(self, connection, ends):
        while (request := self.take(ends)) is not None:
            try:
                before = time.perf_counter()
                answer = connection.ask(request)
                took = time.perf_counter() - before
            except OSError as error:
                self.error = str(error)
                return
            with self.lock:
                self.times.append(took)
                self.marked += self.mark in answer
                if not answer.startswith(b"HTTP/1.1 201"):
                    self.error = answer.decode(errors="replace")

    def measure(self, connections):
        before = time.monotonic()
        ends = before + (self.seconds or 0)
        threads = [threading.Thread(target=self.drive, args=(one, ends)) for one in connections]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wall = time.monotonic() - before
        if self.error:
            return {"error": self.error}
        times = sorted(self.times)
        return {"count": len(times), "rate": len(times) / wall, "p50": times[len(times) // 2] * 1000,
                "p99": times[min(len(times) - 1, len(times) * 99 // 100)] * 1000, "marked": self.marked}


def encoded(path, host):
    made = []
    for line in pathlib.Path(path).read_text().splitlines():
        where, body = json.loads(line)
        text = json.dumps(body, separators=(",", ":")).encode()
        made.append(f"POST {where} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\nContent-Type: "
                    f"application/json\r\nContent-Length: {len(text)}\r\n\r\n".encode() + text)
    return made


def main(host, port, folder):
    folder = pathlib.Path(folder)
    context = ssl.create_default_context(cafile=folder / "ca.crt")
    context.load_cert_chain(folder / "admin.crt", folder / "admin.key")
    connections, files = [], {}
    for line in sys.stdin:
        asked = json.loads(line)
        path = asked["requests"]
        files[path] = files.get(path) or encoded(path, host)
        while len(connections) < asked["connections"]:
            connections.append(Connection(host, port, context))
        answer = Run(files[path], asked).measure(connections[:asked["connections"]])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
