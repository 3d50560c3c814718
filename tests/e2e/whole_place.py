# SPDX-License-Identifier: Apache-2.0
"""What tests/e2e/whole and tests/e2e/others share: users' objects, and what a user can see of their protection."""

import json
import re

from checks import wait_for
from controlplane import ClusterError
from place import Audit
from witness import FLOOR, GATEWAY, WORKLOAD, Witness

ACCOUNT = "system:serviceaccount:podveil:podveil"
ASKS = {GATEWAY: "vpn"}
INITS = ["podveil-init", "podveil-sidecar"]
PODS, APPS = "/api/v1/namespaces/{}/pods", "/apis/apps/v1/namespaces/{}/{}"


def pod_of(name, labels=None, **spec):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels or {}},
            "spec": {"containers": [{"name": "app", "image": "app.invalid/app"}], **spec}}


def workload(kind, name, replicas=1, labels=None, **spec):
    """One of apps/v1 that makes pods with these labels, those that ask if none are given."""
    chosen = {"app": name}
    if kind != "DaemonSet":
        spec["replicas"] = replicas
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": {
        "selector": {"matchLabels": chosen}, "template": template(chosen, labels), **spec}}


def template(chosen, labels=None, **spec):
    return {"metadata": {"labels": {**chosen, **(ASKS if labels is None else labels)}},
            "spec": {"containers": [{"name": "app", "image": "app.invalid/app"}], **spec}}


def job(name, **spec):
    return {"template": template({"app": name}, restartPolicy="Never"), **spec}


def is_protected(pod, first=0):
    """Its marks, and our two containers from this place on."""
    labels, annotations = pod["metadata"].get("labels", {}), pod["metadata"].get("annotations", {})
    names = [one["name"] for one in pod["spec"].get("initContainers", [])]
    return (labels.get(GATEWAY) == "vpn" and WORKLOAD in labels and "podveil.io/injected" in annotations
            and names[first:first + 2] == INITS)


def entry_of(podveil_labels):
    """{label: value} of one line of metrics."""
    return dict(re.findall(r'(\w+)="([^"]*)"', podveil_labels))


class Place:
    """The world, the checks on it, and who looks on."""

    def __init__(self, world, check):
        self.world = world
        self.check = check
        self.api = world.api
        self.audit = Audit(world.plane)
        self.witness = Witness(world.api).start()

    def create(self, namespace, obj):
        """(status, what the API server made of it, warnings)"""
        return self.api("POST", self.path(namespace, obj), obj)

    @staticmethod
    def plural(obj):
        kind = obj["kind"].lower()
        if kind.endswith("s"):
            return kind
        return kind[:-1] + "ies" if kind.endswith("y") else kind + "s"

    def path(self, namespace, obj):
        group = obj["apiVersion"]
        root = "/api/v1" if group == "v1" else f"/apis/{group}"
        return f"{root}/namespaces/{namespace}/{self.plural(obj)}"

    def pods(self, namespace, selector=""):
        query = f"?labelSelector={selector}" if selector else ""
        return self.api.get(PODS.format(namespace) + query)["items"]

    def apply(self, namespace, *objects):
        return self.world.kubectl("apply", "-n", namespace, "-f", "-",
                                  stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))

    def refusal(self, answer):
        """What the API server says against an object; empty where it took it."""
        status, said, _ = answer
        return "" if status < 300 else said.get("message", str(said))

    def reviews(self):
        """Reviews that all of podveil has answered."""
        lines = (re.findall(r"^podveil_reviews_total\{[^}]*\} (\d+)$", one.look("/metrics")[1], re.MULTILINE)
                 for one in self.world.podveils())
        return sum(int(count) for found in lines for count in found)

    def api_metrics(self, name):
        """[({label: value}, value)] of the API server's own metrics of this name, for podveil's entries."""
        found = re.findall(rf"^{name}{{([^}}]*)}} (\S+)$", self.world.kubectl("get", "--raw", "/metrics"),
                           re.MULTILINE)
        rows = [(entry_of(labels), float(value)) for labels, value in found]
        return [row for row in rows if row[0].get("name", "").endswith("podveil.io") and row[1]]

    def writes(self, records, namespace):
        """Whom podveil wrote to in a namespace, [name of a policy or of the namespace], as the API server logged."""
        return [record["objectRef"].get("name", "") for record in records
                if record["user"]["username"] == ACCOUNT and record["objectRef"].get("namespace") == namespace
                and record["objectRef"]["resource"] in ("networkpolicies", "namespaces")
                and record["responseStatus"]["code"] < 300]

    def replicas(self, count):
        """podveil's Deployment, and the moment when that many are ready and no others are there."""
        self.world.kubectl("scale", "deployment/podveil", "-n", "podveil", f"--replicas={count}")
        # What is told to end goes on answering for a while.
        if not wait_for(lambda: len(self.world.kubelet.containers) == count and self.world.are_ready(count)
                        and len(self.endpoints("podveil", "podveil")) == count, 60):
            raise ClusterError(f"there are not {count} of podveil: {self.world.kubectl('get', 'pods', '-A')}")

    def endpoints(self, namespace, service):
        """Addresses of a Service that are said to be ready."""
        slices = self.api.get(f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"
                              f"?labelSelector=kubernetes.io/service-name={service}")["items"]
        return [address for one in slices for endpoint in one["endpoints"] or []
                if endpoint["conditions"].get("ready") for address in endpoint["addresses"]]

    def catch_up(self):
        """Until the witness has seen all that is there now."""
        space = "witness"
        self.world.namespace(space)
        for kind, obj in (("pod", pod_of("last")), ("policy", {
                "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "last"},
                "spec": {"podSelector": {"matchLabels": {"none": "none"}}, "policyTypes": ["Ingress"]}})):
            obj["metadata"] = {"generateName": "last-"}
            status, made, _ = self.create(space, obj)
            if status != 201 or not wait_for(lambda made=made, kind=kind: self.witness.saw(made, kind), 60):
                raise ClusterError(f"the witness does not see {space}: {made}")

    def judge(self):
        """The witness' verdict over all pods so far, as a line of checks."""
        self.catch_up()
        created, naked, lost = self.witness.judge()
        self.check(f"{created} private pods were created, the policies of {created - len(naked)} stood before them",
                   created and not naked and not self.witness.broken, naked[:5])
        self.check("no policy went while a private pod needed it", not lost, lost[:5])
        return created, len(naked) + len(lost)

    def floor(self, namespace):
        return self.api.policies(namespace).get(FLOOR)
