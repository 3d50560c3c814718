# SPDX-License-Identifier: Apache-2.0
"""Another mutating webhook, behind podveil and asked again whenever podveil is: it undoes what podveil does, or not."""

import base64
import http.server
import json
import ssl
import threading

from attacks.objects import STRIPPED, TOUCHED

NAME = "zz-meddler"


def _patch(space, pod):
    inits = pod["spec"].get("initContainers", [])
    if space == STRIPPED:
        kept = [one for one in inits if not one["name"].startswith("podveil-")]
        return [{"op": "replace", "path": "/spec/initContainers", "value": kept}] if kept != inits else []
    if "meddled" not in pod["metadata"].get("labels", {}):
        return [{"op": "add", "path": "/metadata/labels/meddled", "value": "yes"}]
    return []


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        request = review["request"]
        patch = json.dumps(_patch(request["namespace"], request["object"])).encode()
        body = json.dumps({**review, "request": None, "response": {
            "uid": request["uid"], "allowed": True, "patchType": "JSONPatch",
            "patch": base64.b64encode(patch).decode()}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def registered(plane):
    """Serves until the program ends; gives the registration to be made."""
    plane.certificate("meddler", "/CN=meddler", f"IP:{plane.address}")
    server = http.server.ThreadingHTTPServer((plane.address, 0), _Handler)
    server.daemon_threads = True
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(plane.dir / "meddler.crt", plane.dir / "meddler.key")
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return {
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": NAME},
        "webhooks": [{
            "name": "meddler.example.org", "sideEffects": "None", "admissionReviewVersions": ["v1"],
            "reinvocationPolicy": "IfNeeded",
            "clientConfig": {"url": f"https://{plane.address}:{server.server_port}/",
                             "caBundle": base64.b64encode((plane.dir / "ca.crt").read_bytes()).decode()},
            "namespaceSelector": {"matchExpressions": [
                {"key": "kubernetes.io/metadata.name", "operator": "In", "values": [STRIPPED, TOUCHED]}]},
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "operations": ["CREATE"]}]}]}
