"""A running server and raw clients for it, for the tests of this folder.

Clients are raw on purpose: what is tested is what a well-behaved HTTP library
would hide. Reviews are those that a real API server sent (tests/fixtures).
"""
import contextlib
import fcntl
import json
import os
import pathlib
import queue
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from held_thread import HeldThread

TESTS = pathlib.Path(__file__).resolve().parent.parent
REVIEWS = TESTS / "fixtures" / "reviews"
EXAMPLE = TESTS / "fixtures" / "config" / "example.yaml"
F_SETPIPE_SZ = 1031
PROGRAM = os.environ.get("SERVER", "")


class Reply:
    def __init__(self, code, version, headers, body):
        self.code = code
        self.version = version
        self.headers = headers
        self.body = body

    @property
    def response(self):
        """The AdmissionReview's response."""
        return json.loads(self.body)["response"]

    @property
    def closes(self):
        return self.headers.get("connection", "").lower() == "close"


class Client:
    """One TLS connection. Raises ConnectionError where the server ends it early."""

    def __init__(self, server, timeout=20, context=None):
        plain = socket.create_connection(server.https, timeout=timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = (context or server.context).wrap_socket(plain, server_hostname="localhost")
        self.buffer = b""

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        self.socket.sendall(data)

    def _more(self):
        try:
            data = self.socket.recv(65536)
        except ssl.SSLEOFError as error:
            raise ConnectionError("cut off") from error
        if not data:
            raise ConnectionError("closed")
        self.buffer += data

    def _until(self, mark):
        while mark not in self.buffer:
            self._more()
        head, _, self.buffer = self.buffer.partition(mark)
        return head

    def read(self):
        """The next reply."""
        lines = self._until(b"\r\n\r\n").decode().split("\r\n")
        version, code = lines[0].split(" ")[:2]
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        length = int(headers.get("content-length", 0)) if int(code) >= 200 else 0
        while len(self.buffer) < length:
            self._more()
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return Reply(int(code), version, headers, body)

    def ask(self, path, body, **headers):
        self.send(request(path, body, **headers))
        return self.read()

    def at_end(self):
        """Does the server end the connection, with nothing more to say?"""
        try:
            return not self.buffer and self.socket.recv(1) == b""
        except (ssl.SSLError, ConnectionError):
            return True


def request(path, body, method="POST", version="HTTP/1.1", **headers):
    """A request's bytes; a header set to None is left out."""
    fields = {"host": "podveil", "content_type": "application/json",
              "content_length": str(len(body))}
    fields.update(headers)
    lines = [f"{method} {path} {version}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()
              if value is not None]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def recorded(name):
    return (REVIEWS / f"{name}.json").read_bytes()


def pod_review(workload="app", namespace="media", dry_run=False, uid=None):
    """The pod of a Deployment with that name is created."""
    review = json.loads(recorded("mutate-pod-create-deployment"))
    asked = review["request"]
    asked["namespace"] = namespace
    asked["dryRun"] = dry_run
    asked["uid"] = uid or asked["uid"]
    metadata = asked["object"]["metadata"]
    metadata["namespace"] = namespace
    suffix = metadata["labels"]["pod-template-hash"]
    metadata["generateName"] = f"{workload}-{suffix}-"
    metadata["ownerReferences"][0]["name"] = f"{workload}-{suffix}"
    return json.dumps(review).encode()


class Server:
    """One server on ports of its own, in a directory of its own."""

    def __init__(self, *arguments, policies=True, config=None, certificates=None, program=()):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="podveil-http-"))
        self.config = self.dir / "config.yaml"
        self.config.write_text(config if config is not None else EXAMPLE.read_text())
        self.ca = self.dir / "ca.pem"
        self.policies = self.dir / "policies"
        command = [*(program or [PROGRAM]), "--config", str(self.config)]
        if certificates is None:
            command += ["--dns-name", "localhost", "--ca-out", str(self.ca)]
        else:
            command += ["--cert-dir", str(certificates)]
            shutil.copy(pathlib.Path(certificates) / "tls.crt", self.ca)
        if policies:
            command += ["--policy-dir", str(self.policies)]
        self.events = []
        self.threads = []  # held
        self.reading = threading.Event()
        self.reading.set()
        self.listening = queue.Queue()
        self.process = subprocess.Popen(command + list(arguments), stderr=subprocess.PIPE,
                                        text=True)
        self.reader = threading.Thread(target=self._read_log, daemon=True)
        self.reader.start()
        ready = self.listening.get(timeout=60)
        if ready is None:
            self._remove()
            raise AssertionError(f"the server did not start: {self.events}")
        self.https = self._address(ready["https"])
        self.ops = self._address(ready["ops"])
        self.context = ssl.create_default_context(cafile=str(self.ca))

    @staticmethod
    def _address(text):
        host, _, port = text.rpartition(":")
        return host.strip("[]"), int(port)

    def _read_log(self):
        for line in self.process.stderr:
            self.reading.wait()
            try:
                event = json.loads(line)
            except ValueError:
                event = {"msg": "no JSON", "text": line.rstrip()}
            self.events.append(event)
            if event["msg"] == "listening":
                self.listening.put(event)
        self.listening.put(None)

    def logged(self, msg):
        return [event for event in list(self.events) if event["msg"] == msg]

    def get(self, path, method="GET"):
        """Ask the operator's port; the code and the text."""
        with socket.create_connection(self.ops, timeout=10) as plain:
            plain.sendall(f"{method} {path} HTTP/1.1\r\nHost: ops\r\n"
                          "Connection: close\r\n\r\n".encode())
            data = b"".join(iter(lambda: plain.recv(65536), b""))
        head, _, body = data.partition(b"\r\n\r\n")
        return int(head.split()[1]), head.decode(), body.decode()

    def metric(self, name):
        for line in self.get("/metrics")[2].splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
        raise AssertionError(f"no metric {name}")

    def cpu_seconds(self):
        """What it used of the processor so far; nothing more is known of one that died."""
        try:
            fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_memory(self):
        """The most that was resident so far, in bytes."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmHWM")

    def until(self, what, seconds=10):
        """Wait until what() is true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if what():
                return
            time.sleep(0.02)
        raise AssertionError("it did not come to that")

    @contextlib.contextmanager
    def log_unread(self):
        """While this lasts, nobody reads the log, and there is little room for it."""
        self.reading.clear()
        fcntl.fcntl(self.process.stderr, F_SETPIPE_SZ, 8192)
        try:
            yield
        finally:
            self.reading.set()

    def signal(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def wait(self, seconds=20):
        """The exit code; how long it took."""
        began = time.monotonic()
        while self.process.poll() is None:
            if time.monotonic() - began > seconds:
                raise AssertionError("the server goes on")
            for held in self.threads:
                held.reap()
            time.sleep(0.01)
        took = time.monotonic() - began
        self.reader.join(10)
        return self.process.returncode, took

    def _remove(self):
        if self.process.poll() is None:
            self.process.kill()
        self.wait()
        self.process.stderr.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def stop(self):
        if self.process.poll() is None:
            self.signal(signal.SIGINT)
        try:
            code, _ = self.wait(60)
        finally:
            self._remove()
        noise = [event["text"] for event in self.logged("no JSON")]
        if code != 0 or noise:
            raise AssertionError(f"exit {code}: " + "\n".join(noise))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @contextlib.contextmanager
    def held(self, thread="policy-writer"):
        """While this lasts, that thread hangs; yields what lets it go earlier."""
        held = HeldThread(self.process.pid, thread)
        self.threads.append(held)
        try:
            yield held.release
        finally:
            if not (self.process.poll() is not None or held.reap()):
                held.release()
            self.threads.remove(held)


def privacy_pod(number):
    """One of a few workloads."""
    return "/mutate?timeout=10s", pod_review(f"app-{number % 7}")


class Load:
    """Clients that ask all the time, some on kept connections and some on new ones."""

    def __init__(self, server, kept=4, fresh=2, pause=0.002, question=privacy_pod):
        self.server = server
        self.question = question
        self.pause = pause
        self.sent = 0
        self.failures = []
        self.lock = threading.Lock()
        self.quit = threading.Event()
        self.leave = threading.Event()  # no new connection any more
        self.threads = [threading.Thread(target=self._run, args=(i, i < kept), daemon=True)
                        for i in range(kept + fresh)]

    def _one(self, client, number):
        """One review, checked; the client to go on with, or None."""
        path, body = self.question(number)
        reply = client.ask(path, body)
        if reply.code != 200 or reply.response["allowed"] is not True:
            raise AssertionError(f"{reply.code} {reply.body[:300]}")
        with self.lock:
            self.sent += 1
        if reply.closes:
            client.close()
            return None
        return client

    def _run(self, number, kept):
        client = None
        while not self.quit.is_set():
            try:
                if client is None:
                    if self.leave.is_set():
                        return
                    client = Client(self.server)
                client = self._one(client, number)
            except (OSError, AssertionError, ValueError) as error:
                with self.lock:
                    self.failures.append(f"{type(error).__name__}: {error}")
                client = None
            if not kept and client is not None:
                client.close()
                client = None
            time.sleep(self.pause)
        if client is not None:
            client.close()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.quit.set()
        for thread in self.threads:
            thread.join(30)

    def check(self, case, at_least=20):
        case.assertEqual(self.failures, [])
        case.assertGreater(self.sent, at_least)


class Case(unittest.TestCase):
    """A test whose servers are stopped and looked at for what a sanitizer said."""

    def start(self, *arguments, **options):
        server = Server(*arguments, **options)
        self.addCleanup(server.stop)
        return server


def main():
    if not PROGRAM:
        sys.exit("set SERVER to the server to test")
    unittest.main()
