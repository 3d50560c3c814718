# SPDX-License-Identifier: Apache-2.0
"""A podveil that serves, on ports of the loopback interface that the system chose."""

import contextlib
import re
import subprocess
import time
import urllib.request


class Server:
    def __init__(self, process, ports):
        self.process = process
        self.https, self.ops = ports["https"], ports["ops"]

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ops}{path}", timeout=10) as answer:
            return answer.read().decode()

    def reviews(self):
        """{path: how many reviews were answered}"""
        found = {}
        for path, count in re.findall(
            r'^podveil_reviews_total\{path="(\w+)",[^}]*\} (\d+)$', self.get("/metrics"), re.M
        ):
            found[path] = found.get(path, 0) + int(count)
        return found


@contextlib.contextmanager
def serving(command, *arguments):
    """command is podveil, and what it is to be entered by; `arguments` are those of serve."""
    process = subprocess.Popen(
        [
            *map(str, command),
            "serve",
            "--cluster",
            "none",
            "--listen",
            "127.0.0.1:0",
            "--ops",
            "127.0.0.1:0",
            "--dns-name",
            "127.0.0.1",
            "--drain",
            "0s",
            *map(str, arguments),
        ],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Server(process, _ports(process))
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stderr.close()


def _ports(process):
    """From the log: podveil tells which ports the system chose."""
    seen = ""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        line = process.stderr.readline()
        assert line, f"podveil ended: {seen}"
        seen += line
        found = dict(re.findall(r'"(https|ops)":"127\.0\.0\.1:(\d+)"', seen))
        if len(found) == 2:
            return found
    raise AssertionError(f"podveil did not tell its ports: {seen}")
