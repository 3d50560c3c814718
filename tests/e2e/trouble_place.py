# SPDX-License-Identifier: Apache-2.0
"""podveil with its way to the API server spoiled, what it is asked meanwhile, and answers that no API server gives:
what tests/e2e/trouble is made of.
"""

import concurrent.futures
import contextlib
import json
import pathlib
import re
import ssl
import textwrap
import threading
import time
import urllib.request

from checks import wait_for
from controlplane import TOP, ClusterError
from place import Place, Podveil, SlowWebhook
from troubles import Spoiler, Toxiproxy, old_certificate
from witness import Witness

CONFIG = TOP / "tests" / "fixtures" / "config" / "example.yaml"
ACCOUNT = "system:serviceaccount:podveil:podveil"
DENIED = re.compile(r"denied the request: (\w+): (.*)", re.DOTALL)
REASONS = ("PolicyNotWritten", "Timeout")
ENDLESS = b" " * 65536


class Server(Podveil):
    """podveil, with what its metrics and its log have that is new."""

    def __init__(self, plane, program, *flags):
        super().__init__(plane, program, *flags)
        self.kubeconfig = "trouble.kubeconfig"
        self.read = 0

    def mark(self):
        """What was logged until now is no news any more."""
        self.read = self.log.stat().st_size

    def news(self):
        with open(self.log, encoding="utf-8") as log:
            log.seek(self.read)
            return log.read()

    def metric(self, name):
        found = re.search(rf"^{re.escape(name)} (\d+)$", self.look("/metrics")[1], re.MULTILINE)
        return int(found[1]) if found else None

    def failures(self):
        found = re.findall(r'^podveil_api_failures_total\{why="(\w+)"\} (\d+)$', self.look("/metrics")[1], re.MULTILINE)
        return {why: int(count) for why, count in found}

    def memory_mib(self, which="VmRSS"):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{which}:\s+(\d+)", status)[1]) / 1024


class Trouble(Place):
    """The place, with the faults at hand."""

    def __init__(self, plane, podveil, check):
        super().__init__(plane, podveil, check)
        self.toxi = Toxiproxy(plane)
        self.spoiler = Spoiler(plane, *old_certificate(plane, "spoiler"))
        self.witness = Witness(self.api).start()
        self.number = 0

    def stop(self):
        self.witness.stop()
        self.toxi.stop()
        self.spoiler.stop()

    def account(self):
        """podveil as a service account whose token is a file that can be spoiled."""
        self.api.namespace("podveil")
        self.plane.kubectl("create", "serviceaccount", "podveil", "-n", "podveil")
        self.bind()
        token = self.plane.kubectl("create", "token", "podveil", "-n", "podveil", "--duration=2h").strip()
        (self.plane.dir / "token").write_text(token)
        authorities = [(self.plane.dir / name).read_text() for name in ("ca.crt", "spoiler-ca.crt")]
        (self.plane.dir / "both.crt").write_text("".join(authorities))
        (self.plane.dir / "trouble.kubeconfig").write_text(textwrap.dedent(f"""\
            apiVersion: v1
            kind: Config
            clusters: [{{name: e2e, cluster: {{server: "{self.toxi.url}", certificate-authority: both.crt}}}}]
            users: [{{name: podveil, user: {{tokenFile: token}}}}]
            contexts: [{{name: e2e, context: {{cluster: e2e, user: podveil, namespace: podveil}}}}]
            current-context: e2e
            """))

    def bind(self):
        self.allow()
        self.plane.kubectl("create", "clusterrolebinding", "podveil-account", "--clusterrole=podveil",
                           "--serviceaccount=podveil:podveil")

    def unbind(self):
        self.plane.kubectl("delete", "clusterrolebinding", "podveil-account")

    def register(self):
        pods = [{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "operations": ["CREATE"]}]
        labelled = {"objectSelector": {"matchExpressions": [{"key": "podveil.io/gateway", "operator": "Exists"}]},
                    "failurePolicy": "Fail", "timeoutSeconds": 5}
        for kind, path in (("Mutating", "mutate"), ("Validating", "validate")):
            self.plane.kubectl("apply", "-f", "-", stdin=json.dumps(
                self.webhook(kind, "pods", f"https://127.0.0.1:{self.podveil.port}/{path}", pods, **labelled)))
        self.api.namespace("probe")
        if not wait_for(lambda: self.api.pod("probe", "probe", "?dryRun=All", bad="label")[1].get("spec", {})
                        .get("initContainers")):
            raise ClusterError(f"the webhooks are not in force: podveil's code is {self.podveil.process.poll()}; "
                               f"{self.podveil.log.read_text()[-2000:]}")

    def pod(self, namespace, workload):
        """(let in or not, what was said)"""
        status, answer, _ = self.api.pod(namespace, workload, owned=False)
        return status == 201, "" if status == 201 else answer.get("message", str(answer))

    def pods(self, asked):
        with concurrent.futures.ThreadPoolExecutor(len(asked)) as pool:
            return list(pool.map(lambda one: self.pod(*one), asked))

    def fault(self, name, begin, end, *, why, words, cached=True, more=0):
        """One fault, from its begin to what it leaves: a workload that stands is asked for three times, and new ones
        in its namespace, in another, and in one that is made meanwhile. `why`: which counters one of which grew;
        `words`: a pattern that the log has; `cached`: is the workload that stands let in? None: either is right, as
        its watch may have been spoiled already; `more`: that many other workloads at once."""
        self.number += 1
        podveil, check = self.podveil, self.check
        known, unknown = f"known-{self.number}", f"unknown-{self.number}"
        self.api.namespace(known)
        left = [("steady", f"app-{self.number}"), (known, "app"), (unknown, "app")]
        before, pid = podveil.failures(), podveil.process.pid
        podveil.mark()
        try:
            begin()
            stands = self.pods([("steady", "steady")] * 3)
            self.api.namespace(unknown)
            new = self.pods(left + [(known, f"more-{number}") for number in range(more)])
            told = [said for good, said in new if not good]
            found = [match and match[1] for match in map(DENIED.search, told)]
            check(f"{name}: new workloads are denied, in time and with a reason",
                  len(told) == len(new) and all(reason in REASONS for reason in found), (new, found))
            if cached is not None:
                check(f"{name}: the one that stands is {'let in' if cached else 'denied as well'}",
                      all(good == cached for good, _ in stands), stands)
            grown = wait_for(lambda: {key: count - before[key] for key, count in podveil.failures().items()
                                      if count > before[key] and key in why}, 20)
            check(f"{name}: counted as {' or '.join(why)}", grown, podveil.failures())
            check(f"{name}: the log says so", wait_for(lambda: re.search(words, podveil.news()), 20),
                  podveil.news()[-3000:])
        finally:
            end()
        began = time.monotonic()
        good = self.let_in(left)
        check(f"{name}: let in afterwards, by the same process ({time.monotonic() - began:.1f} s)",
              good and podveil.process.poll() is None and podveil.process.pid == pid, (left, podveil.news()[-2000:]))
        shown = {DENIED.search(said)[2].replace(known, "NAME").replace(unknown, "NAME") for said in told}
        print(f"     {sorted(shown)[0] if shown else ''}", flush=True)

    def let_in(self, left):
        """All of them, sooner or later; those that are not stay in `left`."""
        def all_in():
            left[:] = [one for one in left if not self.pod(*one)[0]]
            return not left
        return wait_for(all_in, 60)


def refuse(code, reason, message="this is a test", **headers):
    def act(exchange):
        exchange.refuse(code, reason, message, **headers)
        return True
    return act


def raw(text, kind="application/json"):
    def act(exchange):
        exchange.answer(200, text, kind)
        return True
    return act


def cut_in_the_middle(exchange):
    exchange.send_response(200)
    exchange.send_header("Content-Type", "application/json")
    exchange.send_header("Content-Length", "100000")
    exchange.end_headers()
    exchange.wfile.write(b'{"kind": "NetworkPolicyList", "items": [')
    exchange.close_connection = True
    return True


def endless(exchange):
    exchange.begin()
    while True:
        exchange.chunk(ENDLESS)


class Hog:
    """Sits on the one seat that a priority level without shares still has: a write that a webhook holds up."""

    def __init__(self, place):
        self.place = place
        self.slow = SlowWebhook(place.plane)
        place.api.namespace("hog", slow="true")
        kubectl = place.plane.kubectl
        kubectl("create", "serviceaccount", "hog", "-n", "podveil")
        kubectl("create", "clusterrolebinding", "hog", "--clusterrole=podveil", "--serviceaccount=podveil:hog")
        rules = [{"apiGroups": ["networking.k8s.io"], "apiVersions": ["v1"], "resources": ["networkpolicies"],
                  "operations": ["CREATE"]}]
        kubectl("apply", "-f", "-", stdin=json.dumps(place.webhook(
            "Validating", "slow", self.slow.url, rules, failurePolicy="Ignore", timeoutSeconds=30,
            namespaceSelector={"matchLabels": {"slow": "true"}})))
        self.context = ssl.create_default_context(cafile=place.plane.dir / "ca.crt")
        self.token = kubectl("create", "token", "hog", "-n", "podveil").strip()

    def sit(self):
        threading.Thread(target=self._write, daemon=True).start()

    def _write(self):
        policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"generateName": "hog-"},
                  "spec": {"podSelector": {}, "policyTypes": ["Ingress"]}}
        request = urllib.request.Request(
            f"{self.place.plane.server}/apis/networking.k8s.io/v1/namespaces/hog/networkpolicies",
            json.dumps(policy).encode(),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        with contextlib.suppress(OSError):
            urllib.request.urlopen(request, timeout=60, context=self.context).close()

    def leave(self):
        self.place.plane.kubectl("delete", "validatingwebhookconfiguration", "slow")
        self.slow.close()
