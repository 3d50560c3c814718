# SPDX-License-Identifier: Apache-2.0
"""An API server that does what a test tells it, over TLS, and the client as a process.

Not a model of Kubernetes: what the real one does is tried with the real one (tests/e2e).
This is for what that cannot be made to show: cut bodies, wrong certificates, faults to order.
"""
import contextlib
import http.server
import json
import os
import pathlib
import queue
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time
import unittest

PROGRAM = os.environ.get("CLIENT_ASK", "")
NAMESPACES = ["", "v1", "namespaces", False]
POLICIES = ["networking.k8s.io", "v1", "networkpolicies", True]
EVENTS = ["", "v1", "events", True]
PATIENCE = 30


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def status(code, reason, message, **details):
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code,
            "reason": reason, "message": message, "details": details}


class Authority:
    """A CA and the certificates that it signed, as files of one directory."""

    def __init__(self, directory, name="ca"):
        self.dir = pathlib.Path(directory)
        self.name = name
        self._openssl("req", "-x509", *self._key(name), "-subj", f"/CN={name}", "-days", "2", "-out", f"{name}.crt")

    @property
    def path(self):
        return self.dir / f"{self.name}.crt"

    def sign(self, name, san="IP:127.0.0.1", days="2"):
        (self.dir / f"{name}.ext").write_text(f"subjectAltName={san}\n")
        self._openssl("req", "-new", *self._key(name), "-subj", f"/CN={name}", "-out", f"{name}.csr")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{self.name}.crt", "-CAkey", f"{self.name}.key",
                      "-CAcreateserial", "-days", days, "-extfile", f"{name}.ext", "-out", f"{name}.crt")
        return self.dir / f"{name}.crt", self.dir / f"{name}.key"

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.dir, check=True, capture_output=True)

    @staticmethod
    def _key(name):
        return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}.key")


class Exchange(http.server.BaseHTTPRequestHandler):
    """One request, as the test's function gets it: act(exchange)."""
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE

    def _serve(self):
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append(self)
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            self.server.act(self)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def log_message(self, *_):
        pass

    def answer(self, code, document, content_type="application/json", **headers):
        text = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.send_response(code)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(text)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(text)

    def refuse(self, code, reason, message="because", **headers):
        self.answer(code, status(code, reason, message), **headers)

    def begin(self, code=200, content_type="application/json"):
        """A chunked answer; chunk() goes on, chunk(b"") ends it."""
        self.send_response(code)
        self.send_header("Content-Type", content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def reset(self):
        """The connection ends as a crashed server's does."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())


class Fake(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, act, certificate, key, client_ca=None, port=0):
        super().__init__(("127.0.0.1", port), Exchange)
        self.act = act
        self.seen = []
        self.ended = threading.Event()  # whoever waits for a client's patience waits for this
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        if client_ca is not None:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(client_ca)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def finish_request(self, request, client_address):
        # In the connection's thread: a client that does not speak holds up nobody else.
        request.settimeout(PATIENCE)
        try:
            connection = self.context.wrap_socket(request, server_side=True)
        except (ssl.SSLError, OSError):
            return
        with connection:
            super().finish_request(connection, client_address)

    def handle_error(self, request, client_address):
        pass

    @property
    def url(self):
        return f"https://127.0.0.1:{self.server_port}"

    def stop(self):
        self.ended.set()
        self.shutdown()
        self.server_close()


class Asker:
    """The client's process. Lines are read by a thread, so nothing waits for ever."""

    def __init__(self, *arguments, environment=None):
        self.process = subprocess.Popen([PROGRAM, *map(str, arguments)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        env={**os.environ, **(environment or {})})
        self.lines = queue.Queue()
        self.count = 0
        self.kept = {}
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))
        self.lines.put(None)

    def send(self, verb, **request):
        self.count += 1
        self.process.stdin.write(json.dumps({"id": self.count, "verb": verb, **request}) + "\n")
        self.process.stdin.flush()
        return self.count

    def next(self):
        line = self.lines.get(timeout=PATIENCE)
        if line is None:
            raise AssertionError("the client ended: " + self.process.stderr.read())
        return line

    def wait(self, number):
        """The answer of that request; others are kept for their own turn."""
        while number not in self.kept:
            line = self.next()
            self.kept[line["id"]] = line
        return self.kept.pop(number)

    def ask(self, verb, **request):
        return self.wait(self.send(verb, **request))

    def stop(self):
        """Ends the input, waits, and gives the exit code and what was said on standard error."""
        self.process.stdin.close()
        code = self.process.wait(PATIENCE)
        said = self.process.stderr.read()
        self.process.stderr.close()
        self.reader.join()
        self.process.stdout.close()
        return code, said


class InTurn:
    """The first request is answered by the first function, ...; the last one serves the rest."""

    def __init__(self, *acts):
        self.acts = list(acts)
        self.lock = threading.Lock()
        self.times = []

    def __call__(self, exchange):
        with self.lock:
            self.times.append(time.monotonic())
            act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
        act(exchange)


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="podveil-client-"))
        cls.addClassCleanup(shutil.rmtree, cls.dir)
        cls.authority = Authority(cls.dir)
        cls.pair = cls.authority.sign("server")

    def fake(self, act, pair=None, **options):
        server = Fake(act, *(pair or self.pair), **options)
        self.addCleanup(server.stop)
        return server

    def kubeconfig(self, url, user=None, **cluster):
        path = self.dir / "kubeconfig"
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "here",
            "clusters": [{"name": "fake", "cluster": {"server": url, "certificate-authority": "ca.crt", **cluster}}],
            "users": [{"name": "me", "user": user or {"token": "secret-token"}}],
            "contexts": [{"name": "here", "context": {"cluster": "fake", "user": "me", "namespace": "home"}}]}))
        return path

    def asker(self, server, **options):
        return self.asker_of(server.url, **options)

    def asker_of(self, url, environment=None, **options):
        asker = Asker(self.kubeconfig(url, **options), environment=environment)
        self.addCleanup(self._end, asker)
        return asker

    def _end(self, asker):
        code, said = asker.stop()
        self.assertEqual((code, said), (0, ""))
