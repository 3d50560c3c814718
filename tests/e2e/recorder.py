# SPDX-License-Identifier: Apache-2.0
"""An HTTPS admission webhook on loopback that allows everything and hands each request's body on, as it came."""

import http.server
import json
import ssl
import threading


class Recorder:
    """Calls keep(phase, body, review) for each review, where phase is the path without its slash.

    keep runs on the server's threads, one call at a time.
    """

    def __init__(self, certificate, key, keep):
        self.phases = set()
        self._changed = threading.Condition()
        self._keep = keep
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._take))
        self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def wait(self, true, seconds):
        """Whether true() came to hold within so many seconds; asked again after each review."""
        with self._changed:
            return self._changed.wait_for(true, seconds)

    def _take(self, phase, body):
        review = json.loads(body)
        with self._changed:
            self.phases.add(phase)
            self._keep(phase, body, review)
            self._changed.notify_all()
        return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
                "response": {"uid": review["request"]["uid"], "allowed": True}}


def _handler(take):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = json.dumps(take(self.path.partition("?")[0].strip("/"), body)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    return Handler
