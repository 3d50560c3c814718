# SPDX-License-Identifier: Apache-2.0
"""What goes on while something is done to podveil on real nodes: a stream of labelled pods, and podveil's own words."""

import json
import subprocess
import threading
import time

from checks import wait_for
from node_images import container, pod

LABEL = {"podveil.io/gateway": "vpn"}


class Stream:
    """Labelled pods that are created without a pause, one connection, until it is told to end."""

    def __init__(self, world):
        self.world = world
        self.ends = threading.Event()
        self.count = 0
        self.refused = []
        self.longest = 0.0
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.thread.join()
        self.world.kubectl("delete", "pods", "-n", "stream", "--all", "--wait=false")

    def more(self, count):
        """Until so many more are answered."""
        goal = self.count + count
        wait_for(lambda: self.count >= goal, 60)

    def _run(self):
        # Held back from every node: the stream is to cost the machine admissions, not containers.
        made = pod(None, "stream", {"schedulingGates": [{"name": "example.org/held"}],
                                    "containers": [container("app", "true")]}, **LABEL)
        made["metadata"] = {"generateName": "stream-", "labels": LABEL}
        while not self.ends.is_set():
            query = "" if self.count % 5 == 0 else "?dryRun=All"
            begin = time.monotonic()
            status, answer, _ = self.world.api("POST", f"/api/v1/namespaces/stream/pods{query}", made)
            self.longest = max(self.longest, time.monotonic() - begin)
            if status != 201:
                self.refused.append(answer.get("message"))
            elif "podveil-init" not in [one["name"] for one in answer["spec"].get("initContainers", [])]:
                self.refused.append("let in without protection")
            self.count += 1
            self.ends.wait(0.02)

    def say(self, check, what):
        check(f"{what}: each of {self.count} labelled pods is admitted, the slowest in {self.longest * 1000:.0f} ms",
              not self.refused and self.count > 0, f"{len(self.refused)} were not: {self.refused[:3]}")


class Logs:
    """What podveil's pods say until they end, by kubectl logs."""

    def __init__(self, world):
        self.world = world
        self.files = {}
        self.ends = {}
        for one in world.podveil_pods():
            name = one["metadata"]["name"]
            path = world.plane.dir / f"{name}.log"
            with open(path, "wb") as log:
                process = subprocess.Popen([world.plane.bin / "kubectl", "--kubeconfig", world.plane.dir /
                                            "admin.kubeconfig", "logs", "-n", "podveil", "-f", name], stdout=log,
                                           stderr=log, stdin=subprocess.DEVNULL)
            self.files[name] = (path, process)

    def of_ended(self):
        """{pod: its lines} of those that are gone."""
        there = {one["metadata"]["name"] for one in self.world.ask("pods", "-n", "podveil")["items"]}
        found = {}
        for name, (path, process) in self.files.items():
            if name in there:
                process.kill()
            process.wait()
            if name not in there:
                found[name] = path.read_text().splitlines()
        return found

    def check_drains(self, check, expected):
        ended = self.of_ended()
        check(f"{expected} of podveil's pods ended", len(ended) == expected, str(sorted(ended)))
        for name, lines in ended.items():
            said = [line.get("msg", line.get("message")) for line in map(json.loads, lines)]
            check(f"{name} drained and ended whole, by its log of {len(lines)} lines",
                  "draining" in said and said[-1] == "stopped", "\n".join(lines[-6:]))


def follow_end(world, name):
    """Deletes a pod and gives how its containers ended, and the seconds until it was gone."""
    states, gone, begun = {}, threading.Event(), threading.Event()

    def watch():
        for kind, one in world.api.follow("/api/v1/namespaces/media/pods", gone):
            begun.set()
            if one["metadata"]["name"] != name:
                continue
            status = one["status"]
            for each in status.get("containerStatuses", []) + status.get("initContainerStatuses", []):
                if "terminated" in each["state"]:
                    states[each["name"]] = each["state"]["terminated"]["exitCode"]
            if kind == "DELETED":
                gone.set()
                return

    threading.Thread(target=watch, daemon=True).start()
    begun.wait(30)
    begin = time.monotonic()
    world.kubectl("delete", "pod", name, "-n", "media", "--wait=false")
    gone.wait(100)
    return states, time.monotonic() - begin
