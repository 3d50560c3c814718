# SPDX-License-Identifier: Apache-2.0
"""What podveil holds when the cluster is full of privacy pods.

Pods of 8.7 KB (as they reach a webhook, with managedFields) of many workloads in twenty namespaces, through podveil
itself, which writes each workload's companion; beside these some policies of users. Read from /proc/PID/smaps_rollup
once both replicas know of all of them, and again of a replica that was killed and has listed them anew.
"""

import contextlib
import dataclasses
import http.client
import json
import time

from checks import wait_for
from figures_admission import KINDS, PODVEIL, document
from figures_start import LABEL
from place import companion
from witness import FLOOR, POLICIES

NAMESPACES = 20
USERS = 4  # policies of users in each namespace
CONNECTIONS = 8
METADATA = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"


@dataclasses.dataclass
class Held:
    when: str
    pods: int
    policies: int
    anonymous: float  # MB, and so are the next
    resident: float
    peak: float


def read(pid):
    """MB of an address space: anonymous, resident, and resident at its most."""
    found = {}
    for file in ("smaps_rollup", "status"):
        with open(f"/proc/{pid}/{file}", encoding="utf-8") as lines:
            for line in lines:
                name, _, value = line.partition(":")
                found[name] = value
    return [int(found[name].split()[0]) / 1024 for name in ("Anonymous", "Rss", "VmHWM")]


class Memory:
    def __init__(self, place, load, work, check):
        self.place = place
        self.load = load
        self.work = work
        self.check = check
        self.held = []
        self.filled = None  # what Load.run() gave, and how long it took in all
        self.seconds = 0
        self.workloads = 0
        self.protected = 0
        self.naked = []
        self.held += [self._read("just installed", one) for one in place.podveils()]

    def measure(self, pods, policies):
        self.workloads = policies // NAMESPACES - USERS - 1
        spaces = [f"full-{number:02}" for number in range(NAMESPACES)]
        for space in spaces:
            self.place.namespace(space)
        before = len(self._metadata("/api/v1/pods?labelSelector=" + LABEL))
        began = time.monotonic()
        self.filled = self.load.run(self._pods(spaces, pods - before), CONNECTIONS, marked="podveil-init")
        self.load.run(self._policies(spaces), CONNECTIONS)
        self.seconds = time.monotonic() - began
        self.check("every pod has podveil's parts", self.filled["marked"] == self.filled["count"])
        self._judge()
        self._read_all("told by the watch")
        for one in self.place.podveils():
            one.kill()
        self.check("both replicas are started again",
                   wait_for(lambda: all(one.restarts == 1 for one in self.place.podveils()), 60))
        self._read_all("listed anew")

    def _pods(self, spaces, count):
        file = self.work / "pods"
        with open(file, "w", encoding="utf-8") as out:
            for number in range(count):
                space = spaces[number % NAMESPACES]
                workload = number // NAMESPACES % self.workloads
                out.write(json.dumps([f"/api/v1/namespaces/{space}/pods",
                                      document(number % 64, f"app-{workload}", KINDS[PODVEIL])]) + "\n")
        return file

    def _policies(self, spaces):
        file = self.work / "policies"
        with open(file, "w", encoding="utf-8") as out:
            for space in spaces:
                for number in range(USERS):
                    peers = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": f"full-{one:02}"}}}
                             for one in range(number + 1)]
                    out.write(json.dumps([f"/apis/networking.k8s.io/v1/namespaces/{space}/networkpolicies", {
                        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
                        "metadata": {"name": f"allow-{number}"},
                        "spec": {"podSelector": {"matchLabels": {"app.kubernetes.io/component": f"app-{number}"}},
                                 "policyTypes": ["Ingress"],
                                 "ingress": [{"from": peers, "ports": [{"protocol": "TCP", "port": 8080}]}]}}]) + "\n")
        return file

    def _metadata(self, path):
        """The metadata of all objects there."""
        connection = http.client.HTTPSConnection(self.place.api.host, context=self.place.api.context, timeout=60)
        with contextlib.closing(connection):
            connection.request("GET", path, headers={"Accept": METADATA})
            return [item["metadata"] for item in json.loads(connection.getresponse().read())["items"]]

    def _judge(self):
        """Each protected pod of the cluster is younger than its floor and its companion: nobody changed either."""
        made = {(meta["namespace"], meta["name"]): int(meta["resourceVersion"]) for meta in self._metadata(POLICIES)}
        pods = self._metadata("/api/v1/pods?labelSelector=" + LABEL)
        for meta in pods:
            space = meta["namespace"]
            needed = (FLOOR, companion(meta["labels"].get("podveil.io/workload")))
            if any(made.get((space, name), float("inf")) > int(meta["resourceVersion"]) for name in needed):
                self.naked.append(f"{space}/{meta['name']}")
        self.protected = len(pods)
        self.check("every pod's policies were there before it", not self.naked, self.naked[:3])

    def _read_all(self, when):
        pods, policies = self.protected, len(self._metadata(POLICIES))
        wanted = (f'podveil_known_objects{{kind="pods"}} {pods}\n',
                  f'podveil_known_objects{{kind="networkpolicies"}} {policies}\n')
        for one in self.place.podveils():
            def knows(one=one):
                code, text = one.look("/metrics")
                return code == 200 and all(line in text for line in wanted) and one.look("/readyz")[0] == 200
            self.check(f"{when}: a replica knows of {pods} pods and {policies} policies", wait_for(knows, 120))
            self.held.append(self._read(when, one, pods, policies))

    @staticmethod
    def _read(when, one, pods=0, policies=0):
        return Held(when, pods, policies, *read(one.process.pid))
