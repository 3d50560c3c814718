# SPDX-License-Identifier: Apache-2.0
"""What a webhook adds to the creation of a pod.

One pod, the same for all but for a label that says which webhook is asked: none, a server in C that allows without
looking, the same with podveil's own patch as its answer, podveil. All are registered at the same API server at the
same time, and asked twice a pod, at /mutate and at /validate, as podveil is. They take turns, in another order each
round, and what counts is the ratio within a round. API server, etcd, webhooks and client share the machine's cores, so
whatever a webhook spends is missing elsewhere.
"""

import base64
import contextlib
import functools
import http.client
import itertools
import json
import ssl
import statistics
import subprocess

import documents
import setting
from checks import wait_for
from controlplane import ClusterError, free_port
from figures_start import INIT, LABEL, is_protected

BARE, ALLOWS, PATCHES, PODVEIL = "no webhook", "a constant", "a constant patch", "podveil"
KINDS = {BARE: {}, ALLOWS: {"answer": "constant"}, PATCHES: {"answer": "patch"}, PODVEIL: {LABEL: "vpn"}}
MODES = {"dry run": "?dryRun=All", "stored": ""}
CONNECTIONS = (1, 8)
SPACE = "figures"
HOLE = "00000000-0000-0000-0000-000000000000"


@functools.cache
def template(number):
    """A pod of the bench's, as a client asks for it: nobody owns it, or the cluster would miss the owner."""
    pod = documents.private_pod(documents.SEED, number, documents.SMALL)["request"]["object"]
    spec, meta = pod["spec"], pod["metadata"]
    for key in (LABEL, "pod-template-hash"):
        meta["labels"].pop(key)
    for name in ("serviceAccountName", "serviceAccount"):
        spec.pop(name, None)
    # What no API server minds in a review it minds in a pod.
    spec["volumes"] = list({volume["name"]: volume for volume in spec["volumes"]}.values())
    for container in spec["containers"]:
        container["volumeMounts"] = list({one["mountPath"]: one for one in container["volumeMounts"]}.values())
    return meta, spec


def document(number, workload, labels):
    meta, spec = template(number)
    return {"apiVersion": "v1", "kind": "Pod", "spec": spec,
            "metadata": {"generateName": f"{workload}-", "annotations": meta["annotations"],
                         "labels": meta["labels"] | labels}}


class Admission:
    def __init__(self, place, load, work, check):
        self.place = place
        self.load = load
        self.work = work
        self.check = check
        self.turns = {}  # (mode, connections, kind): a list of what Load.run() gave, a round each
        self.made = 0
        self.stack = contextlib.ExitStack()
        self.size = 0  # bytes of the pod

    def __enter__(self):
        self.place.namespace(SPACE)
        with contextlib.ExitStack() as stack:
            self.stack = stack
            self._make_podveil_ready()
            allows, patches = self._serve("constant", None), self._serve("patch", self._patch())
            self._register("Mutating", "constant", allows)
            self._register("Validating", "constant", allows)
            self._register("Mutating", "patch", patches)
            self._register("Validating", "patch", allows)
            for kind in (ALLOWS, PATCHES):
                self._wait_until_asked(kind)
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self.stack.close()

    def measure(self, rounds, seconds):
        files = {}
        for (mode, query), (kind, labels) in itertools.product(MODES.items(), KINDS.items()):
            files[mode, kind] = self.work / f"{mode}-{kind}".replace(" ", "-")
            pod = document(0, "app", labels)
            self.size = len(json.dumps(pod, separators=(",", ":")))
            files[mode, kind].write_text(json.dumps([f"/api/v1/namespaces/{SPACE}/pods{query}", pod]) + "\n")
        for (mode, kind), file in files.items():
            self.load.run(file, max(CONNECTIONS), 0.3)
        for number in range(rounds):
            for mode, connections in itertools.product(MODES, CONNECTIONS):
                kinds = list(KINDS)
                for kind in kinds[number % len(kinds):] + kinds[:number % len(kinds)]:
                    self._turn(mode, connections, kind, files[mode, kind], seconds)

    def ratio(self, mode, connections, kind, other, figure):
        """The median of the ratios within a round."""
        pairs = zip(self.turns[mode, connections, kind], self.turns[mode, connections, other])
        return statistics.median(one[figure] / two[figure] for one, two in pairs)

    def median(self, mode, connections, kind, figure):
        return statistics.median(one[figure] for one in self.turns[mode, connections, kind])

    def _turn(self, mode, connections, kind, file, seconds):
        got = self.load.run(file, connections, seconds, marked=f'"name":"{INIT}"')
        self.turns.setdefault((mode, connections, kind), []).append(got)
        wanted = got["count"] if kind in (PATCHES, PODVEIL) else 0
        if got["marked"] != wanted:
            self.check(f"{kind}: all pods, or none, have podveil's parts", False, f"{got['marked']} of {got['count']}")

    def _make_podveil_ready(self):
        """The namespace's floor has settled and the workload's companion is there."""
        code, pod, _ = self.place.api("POST", f"/api/v1/namespaces/{SPACE}/pods", document(0, "app", KINDS[PODVEIL]))
        if code != 201 or not is_protected(pod):
            raise ClusterError(f"podveil does not let the pod in: {pod}")

    def _patch(self):
        """What podveil answers for this pod, asked as the API server does."""
        _, pod, _ = self.place.api("POST", f"/api/v1/namespaces/{SPACE}/pods?dryRun=All", document(0, "app", {}))
        pod.pop("status")
        for name in ("uid", "name", "creationTimestamp"):
            pod["metadata"].pop(name)
        pod["metadata"]["labels"] |= KINDS[PODVEIL]
        review = documents.recorded("mutate-pod-create-deployment")
        review["request"] |= {"namespace": SPACE, "object": pod, "dryRun": True}
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(self.place.podveils()[0].address, 8443, context=context, timeout=30)
        with contextlib.closing(connection):
            connection.request("POST", "/mutate?timeout=10s", json.dumps(review), {"Content-Type": "application/json"})
            response = json.loads(connection.getresponse().read())["response"]
        if not response["allowed"]:
            raise ClusterError(f"podveil does not let the pod in: {response}")
        return response["patch"]

    def _serve(self, name, patch):
        """The bench's server that answers without looking; gives its URL."""
        plane, port = self.place.plane, free_port()
        plane.certificate(name, f"/CN={name}", "IP:127.0.0.1")
        response = {"uid": HOLE, "allowed": True, **({"patchType": "JSONPatch", "patch": patch} if patch else {})}
        (plane.dir / f"{name}.json").write_text(json.dumps(
            {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "response": response}))
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", setting.program("bench_ceiling"), str(port),
             f"{name}.crt", f"{name}.key", f"{name}.json"], cwd=plane.dir, stdin=subprocess.DEVNULL)
        self.stack.callback(process.wait)
        self.stack.callback(process.kill)
        return f"https://127.0.0.1:{port}/"

    def _register(self, kind, answer, url):
        authority = base64.b64encode((self.place.plane.dir / "ca.crt").read_bytes()).decode()
        self.place.kubectl("apply", "-f", "-", stdin=json.dumps({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": f"{kind}WebhookConfiguration",
            "metadata": {"name": answer},
            "webhooks": [{"name": f"{answer}.e2e.podveil.io", "sideEffects": "None", "failurePolicy": "Fail",
                          "admissionReviewVersions": ["v1"], "clientConfig": {"url": url, "caBundle": authority},
                          "objectSelector": {"matchLabels": {"answer": answer}},
                          "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"],
                                     "operations": ["CREATE"]}]}]}))

    def _wait_until_asked(self, kind):
        """In force is what the API server's own figures count."""
        name = KINDS[kind]["answer"]
        counts = [f'name="{name}.e2e.podveil.io",operation="CREATE",rejected="false",type="{phase}"'
                  for phase in ("admit", "validating")]

        def asked():
            code, pod, _ = self.place.api("POST", f"/api/v1/namespaces/{SPACE}/pods?dryRun=All",
                                          document(0, "app", KINDS[kind]))
            if code != 201:
                raise ClusterError(f"{kind} does not let a pod in: {pod}")
            text = self.place.kubectl("get", "--raw", "/metrics")
            return all(f"apiserver_admission_webhook_admission_duration_seconds_count{{{one}}}" in text
                       for one in counts)
        if not wait_for(asked, 30):
            raise ClusterError(f"{kind} is not asked")
