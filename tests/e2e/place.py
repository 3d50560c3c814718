# SPDX-License-Identifier: Apache-2.0
"""podveil behind a real API server, as tests/e2e/policies uses it: who asks, who is in the way, and what was written."""

import base64
import contextlib
import http.client
import http.server
import json
import signal
import ssl
import subprocess
import textwrap
import threading
import time
import urllib.error
import urllib.request

from checks import wait_for
from controlplane import ClusterError, free_port

FLOOR = "podveil-floor"
KEPT_SECONDS = 30  # an API server ends a connection that nobody has used for a while
RIGHTS = [
    (["", "networking.k8s.io"], ["namespaces", "networkpolicies", "pods", "nodes", "configmaps"],
     ["get", "list", "watch"]),
    (["networking.k8s.io"], ["networkpolicies"], ["create", "patch", "delete"]),
    ([""], ["namespaces"], ["patch"]),
    ([""], ["events"], ["create", "patch"]),
    (["coordination.k8s.io"], ["leases"], ["get", "create", "update"]),
    (["crd.projectcalico.org", "projectcalico.org", "cilium.io", "policy.networking.k8s.io"], ["*"], ["list"]),
]


class Api:
    """The API server as cluster-admin, over a connection a thread."""

    def __init__(self, plane):
        self.context = ssl.create_default_context(cafile=plane.dir / "ca.crt")
        self.context.load_cert_chain(plane.dir / "admin.crt", plane.dir / "admin.key")
        self.host = plane.server.removeprefix("https://")
        self.local = threading.local()

    def __call__(self, method, path, body=None, kind="application/json", account=None):
        """(code, what was answered, warnings). An account: as whom it is done, where not as cluster-admin."""
        connection = getattr(self.local, "connection", None)
        if connection is None or time.monotonic() - self.local.used > KEPT_SECONDS:
            connection = http.client.HTTPSConnection(self.host, context=self.context, timeout=60)
            self.local.connection = connection
        self.local.used = time.monotonic()
        text = None if body is None else json.dumps(body)
        headers = {"Content-Type": kind, **({"Impersonate-User": account} if account else {})}
        connection.request(method, path, text, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read()), answer.headers.get_all("Warning") or []

    def get(self, path):
        status, found, _ = self("GET", path)
        return found if status == 200 else None

    def follow(self, path, ends):
        """What is there and what becomes of it, as (type, object) of a watch, until `ends` is set or it breaks."""
        connection = http.client.HTTPSConnection(self.host, context=self.context, timeout=600)
        with contextlib.closing(connection):
            connection.request("GET", path)
            found = json.loads(connection.getresponse().read())
            if "items" not in found:  # an API server that starts refuses, until it knows its rights
                raise ValueError(found.get("message"))
            for item in found["items"]:
                yield "ADDED", item
            connection.request("GET", f"{path}?watch=true&resourceVersion={found['metadata']['resourceVersion']}")
            for line in connection.getresponse():
                if ends.is_set():
                    return
                event = json.loads(line)
                if event["type"] == "ERROR":
                    raise ValueError(event["object"].get("message"))
                yield event["type"], event["object"]

    def stays(self, action):
        """Is etcd's revision after it what it was before?"""
        before = revision(self.get("/api/v1/namespaces"))
        action()
        return revision(self.get("/api/v1/namespaces")) == before

    def policies(self, namespace):
        items = self.get(f"/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies")["items"]
        return {item["metadata"]["name"]: item for item in items}

    def namespace(self, name, **labels):
        self("POST", "/api/v1/namespaces",
             {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
        wait_for(lambda: self.get(f"/api/v1/namespaces/{name}/serviceaccounts/default"))

    def allow_all(self, namespace, **labels):
        """Of pods that have these labels; none: of all."""
        selector = {"matchLabels": labels} if labels else {}
        self("POST", f"/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies", {
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "allow-all"},
            "spec": {"podSelector": selector, "policyTypes": ["Egress"], "egress": [{}]}})

    def pod(self, namespace, workload, query="", owned=True, **labels):
        """A pod of a DaemonSet of that name, as its controller creates them; not owned, one that stays: there is no
        such DaemonSet, so that the garbage collector takes the others away."""
        owner = {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": workload, "controller": True,
                 "uid": "00000000-0000-0000-0000-000000000000"}
        return self("POST", f"/api/v1/namespaces/{namespace}/pods{query}", {
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"generateName": f"{workload}-", "ownerReferences": [owner] if owned else [],
                         "labels": {"podveil.io/gateway": "vpn", **labels}},
            "spec": {"containers": [{"name": "app", "image": "app.invalid/app"}]}})


class Podveil:
    """The server on a fixed port with a certificate of the cluster's CA, so that it can be killed and come back."""

    def __init__(self, plane, program, *flags):
        self.plane = plane
        self.program = program
        self.flags = flags
        self.port, self.ops = free_port(), free_port()
        self.log = plane.dir / "podveil.log"
        self.kubeconfig = "podveil.kubeconfig"
        self.process = None
        plane.certificate("tls", "/CN=podveil", "IP:127.0.0.1")
        pair = plane.dir / "pair"
        pair.mkdir()
        for name in ("tls.crt", "tls.key"):
            (pair / name).write_bytes((plane.dir / name).read_bytes())

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", self.program, "serve", *self.flags, "--cluster", "kubeconfig",
                 "--kubeconfig", self.plane.dir / self.kubeconfig, "--listen", f"127.0.0.1:{self.port}", "--ops",
                 f"127.0.0.1:{self.ops}", "--cert-source", "files", "--cert-dir", self.plane.dir / "pair", "--drain",
                 "0s"], stdin=subprocess.DEVNULL, stderr=log)

    def is_ready(self):
        return self.look("/readyz")[0] == 200

    def wait_until_ready(self):
        if not wait_for(self.is_ready):
            raise ClusterError(f"podveil is not ready: {self.log.read_text()[-3000:]}")

    def look(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ops}{path}", timeout=5) as page:
                return page.status, page.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def kill(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()


def serve_tls(plane, name, handler):
    plane.certificate(name, f"/CN={name}", "IP:127.0.0.1")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(plane.dir / f"{name}.crt", plane.dir / f"{name}.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class SlowWebhook:
    """Somebody else's webhook, which lets a request in once it is told to."""

    def __init__(self, plane):
        self.open = threading.Event()
        self.asked = threading.Event()
        webhook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                webhook.asked.set()
                webhook.open.wait(60)
                text = json.dumps({**{key: review[key] for key in ("apiVersion", "kind")},
                                   "response": {"uid": review["request"]["uid"], "allowed": True}}).encode()
                with contextlib.suppress(OSError):
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(text)))
                    self.end_headers()
                    self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = serve_tls(plane, "slow", Handler)
        self.url = f"https://127.0.0.1:{self.server.server_port}/"

    def close(self):
        self.open.set()
        self.server.shutdown()
        self.server.server_close()


class LateWatches:
    """Between podveil and the API server; what a watch tells of NetworkPolicies can be held back."""

    def __init__(self, plane):
        self.flows = threading.Event()
        self.flows.set()
        upstream = ssl.create_default_context(cafile=plane.dir / "ca.crt")
        upstream.load_cert_chain(plane.dir / "podveil.crt", plane.dir / "podveil.key")
        flows, host = self.flows, plane.server.removeprefix("https://")

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def forward(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                passed = ("Accept", "Content-Type", "User-Agent")
                kept = {key: self.headers[key] for key in passed if key in self.headers}
                connection = http.client.HTTPSConnection(host, context=upstream, timeout=300)
                with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
                    connection.request(self.command, self.path, body, kept)
                    answer = connection.getresponse()
                    self.send_response(answer.status)
                    self.send_header("Content-Type", answer.headers["Content-Type"])
                    self.send_header("Transfer-Encoding", "chunked")
                    self.end_headers()
                    late = "/networkpolicies?" in self.path and "watch=" in self.path
                    while piece := answer.read1(65536):
                        if late:
                            flows.wait()
                        self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                    self.wfile.write(b"0\r\n\r\n")

            do_GET = do_PATCH = do_POST = do_PUT = do_DELETE = forward

            def log_message(self, *_):
                pass

        self.server = serve_tls(plane, "late", Handler)
        config = (plane.dir / "podveil.kubeconfig").read_text()
        (plane.dir / "late.kubeconfig").write_text(
            config.replace(plane.server, f"https://127.0.0.1:{self.server.server_port}"))

    def close(self):
        self.flows.set()
        self.server.shutdown()
        self.server.server_close()


class Audit:
    """What is new in the API server's audit log."""

    def __init__(self, plane):
        self.path = plane.dir / "audit.log"
        self.seen = 0

    def news(self):
        with open(self.path, encoding="utf-8") as log:
            log.seek(self.seen)
            text = log.read()
        whole = text.rpartition("\n")[0]
        self.seen += len(whole.encode()) + 1 if whole else 0
        return [json.loads(line) for line in whole.splitlines()]


def revision(item):
    return int(item["metadata"]["resourceVersion"])


def companion(workload):
    return f"{workload}-vpn-killswitch"


class Place:
    def __init__(self, plane, podveil, check):
        self.plane = plane
        self.podveil = podveil
        self.check = check
        self.api = Api(plane)
        self.audit = Audit(plane)

    def allow(self, rights=RIGHTS):
        rules = [{"apiGroups": groups, "resources": resources, "verbs": verbs} for groups, resources, verbs in rights]
        group = "rbac.authorization.k8s.io"
        self.plane.kubectl("apply", "-f", "-", stdin=json.dumps(
            {"apiVersion": f"{group}/v1", "kind": "ClusterRole", "metadata": {"name": "podveil"}, "rules": rules}))
        self.plane.kubectl("apply", "-f", "-", stdin=json.dumps(
            {"apiVersion": f"{group}/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "podveil"},
             "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "podveil"},
             "subjects": [{"apiGroup": group, "kind": "User", "name": "podveil"}]}))

    def webhook(self, kind, name, url, rules, **more):
        authority = base64.b64encode((self.plane.dir / "ca.crt").read_bytes()).decode()
        return {"apiVersion": "admissionregistration.k8s.io/v1", "kind": f"{kind}WebhookConfiguration",
                "metadata": {"name": name},
                "webhooks": [{"name": f"{name}.podveil.io", "rules": rules, "sideEffects": "NoneOnDryRun",
                              "clientConfig": {"url": url, "caBundle": authority}, "admissionReviewVersions": ["v1"],
                              **more}]}

    def register(self):
        pods = [{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "operations": ["CREATE"]}]
        workloads = [{"apiGroups": ["apps"], "apiVersions": ["v1"], "resources": ["deployments"],
                      "operations": ["CREATE", "UPDATE"]}]
        labelled = {"objectSelector": {"matchExpressions": [{"key": "podveil.io/gateway", "operator": "Exists"}]},
                    "failurePolicy": "Fail", "timeoutSeconds": 10}
        url = f"https://127.0.0.1:{self.podveil.port}"
        for entry in (self.webhook("Mutating", "pods", f"{url}/mutate", pods, **labelled),
                      self.webhook("Validating", "pods", f"{url}/validate", pods, **labelled),
                      self.webhook("Validating", "workloads", f"{url}/validate", workloads, failurePolicy="Ignore")):
            self.plane.kubectl("apply", "-f", "-", stdin=json.dumps(entry))
        self.api.namespace("probe")
        if not wait_for(lambda: self.api.pod("probe", "probe", "?dryRun=All", bad="label")[1].get("spec", {})
                        .get("initContainers")):
            raise ClusterError("the webhooks are not in force")
        self.audit.news()

    def stands_before(self, namespace, workload, pods):
        """The namespace's floor and the workload's companion are older than each of the pods."""
        found = self.api.policies(namespace)
        needed = [found.get(FLOOR), found.get(companion(workload))]
        return all(needed) and max(map(revision, needed)) < min(map(revision, pods))


def kubeconfig(plane):
    plane.certificate("podveil", "/CN=podveil")
    (plane.dir / "podveil.kubeconfig").write_text(textwrap.dedent(f"""\
        apiVersion: v1
        kind: Config
        clusters: [{{name: e2e, cluster: {{server: "{plane.server}", certificate-authority: ca.crt}}}}]
        users: [{{name: podveil, user: {{client-certificate: podveil.crt, client-key: podveil.key}}}}]
        contexts: [{{name: e2e, context: {{cluster: e2e, user: podveil, namespace: podveil}}}}]
        current-context: e2e
        """))
