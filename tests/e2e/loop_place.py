# SPDX-License-Identifier: Apache-2.0
"""podveil, the controller alone with short times, and the cluster, as tests/e2e/loop uses them."""

import json
import re
import signal
import ssl
import subprocess
import sys
import textwrap
import time
import urllib.request

from controlplane import TOP, ClusterError

sys.path.insert(0, str(TOP / "tests" / "charts"))
from checks import pod  # noqa: E402

CONFIG = TOP / "tests" / "fixtures" / "config" / "example.yaml"
VALUES = TOP / "tests" / "fixtures" / "charts" / "one.yaml"
HELM = TOP / "build" / "charts" / "bin" / "helm"
COMPANION = "sabnzbd-vpn-killswitch"
SHORT = ("lease=1500", "renew=1000", "retry=200", "sweep=200", "idle=1000", "going=1500", "report=500", "compare=500")


class Process:
    """A program and its log, ended with the block."""

    def __init__(self, log, *command):
        self.log = log
        with open(log, "wb") as out:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=out)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """One that was not killed ends cleanly: a sanitizer would say otherwise."""
        if self.process.poll() is None and self.end(signal.SIGTERM) != 0:
            raise ClusterError(f"{self.process.args[0]} ended with {self.process.returncode}: {self.text()[-4000:]}")

    def end(self, number):
        self.process.send_signal(number)
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise ClusterError(f"{self.process.args[0]} does not end: {self.text()[-2000:]}") from None

    def text(self):
        return self.log.read_text()


class Podveil(Process):
    def __init__(self, place, number, config=CONFIG):
        super().__init__(
            place.plane.dir / f"podveil-{number}.log", place.build / "podveil", "serve", "--config", config,
            "--cluster", "kubeconfig", "--kubeconfig", place.kubeconfig, "--listen", "127.0.0.1:0",
            "--ops", "127.0.0.1:0",
            "--cert-source", "files", "--cert-dir", place.certificates, "--drain", "0s")

    def metric(self, name):
        """Its value; None where nobody answers."""
        ops = re.search(r'"ops":"([^"]+)"', self.text())
        try:
            with urllib.request.urlopen(f"http://{ops[1]}/metrics", timeout=5) as page:
                found = re.search(rf"^{re.escape(name)} (\d+)$", page.read().decode(), re.MULTILINE)
                return int(found[1])
        except (OSError, TypeError):
            return None


    def admit(self, pod):
        """What it answers the API server that asks about this pod."""
        request = {"uid": "1", "kind": {"group": "", "version": "v1", "kind": "Pod"},
                   "resource": {"group": "", "version": "v1", "resource": "pods"}, "operation": "CREATE",
                   "namespace": pod["metadata"]["namespace"], "name": pod["metadata"]["name"], "object": pod}
        review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}
        https = re.search(r'"https":"([^"]+)"', self.text())
        asked = urllib.request.Request(f"https://{https[1]}/mutate?timeout=10s", json.dumps(review).encode(),
                                       {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=15, context=ssl._create_unverified_context()) as answer:
            return json.loads(answer.read())["response"]


class Alone(Process):
    """The controller with short times, or those given."""

    def __init__(self, place, name, config=CONFIG, times=SHORT):
        super().__init__(place.plane.dir / f"{name}.log", place.build / "tests" / "controller" / "controller_alone",
                         config, place.kubeconfig, *times)

    def figures(self):
        before = self.text().count("figures:")
        self.process.send_signal(signal.SIGUSR1)
        until(lambda: self.text().count("figures:") > before, 5)
        line = re.findall(r"^figures: (.*)$", self.text(), re.MULTILINE)[-1]
        return {name: int(value) for name, value in (pair.split("=") for pair in line.split())}


class Place:
    """The cluster as the checks use it."""

    def __init__(self, plane, build, check):
        self.plane = plane
        self.build = build
        self.check = check
        self.kubectl = plane.kubectl
        self.kubeconfig = plane.dir / "podveil.kubeconfig"

        self.certificates = plane.dir / "serving"

    def certify(self):
        self.plane.certificate("serving", "/CN=podveil", "IP:127.0.0.1")
        self.certificates.mkdir()
        for there, here in (("serving.crt", "tls.crt"), ("serving.key", "tls.key")):
            (self.plane.dir / there).rename(self.certificates / here)

    def account(self):
        """The chart's service account, with the chart's rights."""
        self.kubectl("create", "namespace", "podveil")
        rendered = subprocess.run([HELM, "template", "podveil", TOP / "charts" / "podveil", "--namespace", "podveil",
                                   "--values", VALUES, "--show-only", "templates/rbac.yaml"], text=True,
                                  capture_output=True)
        if rendered.returncode != 0:
            raise ClusterError(f"helm template: {rendered.stderr} (tests/charts/build makes helm)")
        self.kubectl("apply", "-f", "-", stdin=rendered.stdout)
        token = self.kubectl("create", "token", "podveil", "-n", "podveil").strip()
        self.kubeconfig.write_text(textwrap.dedent(f"""\
            apiVersion: v1
            kind: Config
            clusters: [{{name: e2e, cluster: {{server: "{self.plane.server}", certificate-authority: ca.crt}}}}]
            users: [{{name: podveil, user: {{token: "{token}"}}}}]
            contexts: [{{name: e2e, context: {{cluster: e2e, user: podveil, namespace: podveil}}}}]
            current-context: e2e
            """))

    def namespace(self, name, **labels):
        self.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
        self.kubectl("wait", "--for=create", "serviceaccount/default", "-n", name, "--timeout=30s")

    def create(self, manifest):
        return self.kubectl("create", "-f", "-", stdin=json.dumps(manifest))

    def pod(self, namespace, workload, **labels):
        """As an admission leaves it, as far as its labels go: no podveil is asked here."""
        self.create(pod(workload, namespace, {"podveil.io/gateway": "vpn", "podveil.io/workload": workload, **labels}))

    def policy(self, name, namespace="media"):
        found = self.kubectl("get", "networkpolicy", name, "-n", namespace, "-o", "json", "--ignore-not-found")
        return json.loads(found) if found else None

    def patch(self, change, name=COMPANION, namespace="media"):
        self.kubectl("patch", "networkpolicy", name, "-n", namespace, "--type=merge", "-p", json.dumps(change))

    def is_guarded(self, namespace="media"):
        labels = self.kubectl("get", "namespace", namespace, "-o", "jsonpath={.metadata.labels}")
        return '"podveil.io/guarded":"true"' in labels

    def run(self, name, namespace="media"):
        """No kubelet here: the pod runs because its status says so."""
        self.kubectl("patch", "pod", name, "-n", namespace, "--subresource=status", "--type=merge", "-p",
                     '{"status":{"phase":"Running"}}')

    def address(self, node, address):
        self.kubectl("patch", "node", node, "--subresource=status", "--type=merge", "-p", json.dumps(
            {"status": {"addresses": [{"type": "InternalIP", "address": address}]}}))

    def events(self, reason, namespace="media"):
        found = json.loads(self.kubectl("get", "events", "-n", namespace, "-o", "json"))["items"]
        return [event["involvedObject"]["name"] for event in found if event["reason"] == reason]

    def timed(self, name, what, seconds=30):
        began = time.monotonic()
        good = until(what, seconds)
        self.check(f"{name} ({time.monotonic() - began:.1f} s)", good)


def until(what, seconds=30):
    deadline = time.monotonic() + seconds
    while True:
        found = what()
        if found or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def same_spec(a, b):
    return a is not None and b is not None and a["spec"] == b["spec"]
