# SPDX-License-Identifier: Apache-2.0
"""Who makes pods without a pause, and who remembers in which order etcd had them and their policies.

An object with a lower resourceVersion was there first: so what a watch of pods and one of NetworkPolicies tell can be
put into the order of etcd's revisions, and each moment of the past be looked at.
"""

import http.client
import threading
import time

FLOOR = "podveil-floor"
GATEWAY, WORKLOAD = "podveil.io/gateway", "podveil.io/workload"
POLICIES = "/apis/networking.k8s.io/v1/networkpolicies"


class Witness:
    """Every event of pods and NetworkPolicies between start() and stop()."""

    def __init__(self, api):
        self.api = api
        self.ends = threading.Event()
        self.known = {}  # (kind, revision, type): namespace, name, object
        self.lock = threading.Lock()
        self.broken = 0

    def start(self):
        for kind, path in (("pod", "/api/v1/pods"), ("policy", POLICIES)):
            threading.Thread(target=self._follow, args=(kind, path), daemon=True).start()
        return self

    def stop(self):
        self.ends.set()

    def saw(self, obj, kind="pod"):
        """Has its watch come as far as this object?"""
        with self.lock:
            return any(key[0] == kind and key[1] >= int(obj["metadata"]["resourceVersion"]) for key in self.known)

    def judge(self):
        """(pods that are private and were created, those of them whose policies did not stand at that revision,
        policies that went while a private pod needed them), the last two as text."""
        with self.lock:
            order = sorted(self.known.items(), key=lambda one: one[0][1])
        policies, pods = set(), {}
        created, naked, lost = 0, [], []
        for (kind, revision, what), obj in order:
            meta = obj["metadata"]
            space, labels = meta["namespace"], meta.get("labels", {})
            if kind == "policy":
                if what == "DELETED":
                    policies.discard((space, meta["name"]))
                    lost += [f"{revision}: {space}/{meta['name']} went, pod {pod} was there"
                             for pod, needs in pods.items() if (space, meta["name"]) in needs]
                else:
                    policies.add((space, meta["name"]))
            elif labels.get(GATEWAY, "none") != "none":
                if what == "ADDED":
                    created += 1
                    pods[meta["uid"]] = {(space, FLOOR), (space, f"{labels.get(WORKLOAD)}-vpn-killswitch")}
                    naked += [f"{revision}: {space}/{meta['name']} without {name}"
                              for _, name in sorted(pods[meta["uid"]] - policies)]
                elif what == "DELETED":
                    pods.pop(meta["uid"], None)
        return created, naked, lost

    def _follow(self, kind, path):
        seen = set()
        while not self.ends.is_set():
            try:
                for what, obj in self.api.follow(path, self.ends):
                    uid, revision = obj["metadata"]["uid"], int(obj["metadata"]["resourceVersion"])
                    # After a break a LIST tells of what is known already.
                    if what == "ADDED" and uid in seen:
                        what = "MODIFIED"
                    seen.add(uid)
                    with self.lock:
                        self.known[kind, revision, what] = obj
            except (OSError, http.client.HTTPException, ValueError):
                self.broken += 1
                time.sleep(0.1)


class Stream:
    """Makes labelled pods one after the other in each of its threads, until told to end. What was refused is kept."""

    def __init__(self, api, namespaces, workloads=4, threads=2, pause=0.05, query=""):
        self.api = api
        self.namespaces = namespaces
        self.workloads = workloads
        self.pause = pause
        self.query = query
        self.made, self.refused = [], []
        self.lock = threading.Lock()
        self.ends = threading.Event()
        self.threads = [threading.Thread(target=self._make, args=(number,)) for number in range(threads)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        for thread in self.threads:
            thread.join()

    def count(self):
        return len(self.made)

    def _make(self, number):
        turn = number
        while not self.ends.wait(self.pause):
            turn += len(self.threads)
            space = self.namespaces[turn % len(self.namespaces)]
            try:
                status, answer, _ = self.api.pod(space, f"app-{turn % self.workloads}", self.query, False)
            except (OSError, http.client.HTTPException) as error:
                self.api.local.connection = None
                status, answer = 0, {"message": str(error)}
            with self.lock:
                if status == 201:
                    self.made.append(answer)
                else:
                    self.refused.append((time.strftime("%H:%M:%S"), status, answer.get("message")))
