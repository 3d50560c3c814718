# SPDX-License-Identifier: Apache-2.0
"""The part of a kubelet that webhooks meet, without containers: pods run, become ready, end and are deleted.

A pod of podveil's own Deployment becomes a process with the arguments, the probes and the grace period of its
manifest, in a network namespace with an address of its own and with its service account's token where a pod has it.
Any other pod is said to run, and a Job's pod to have ended well. So the real controllers do their part: Deployments
roll, Jobs complete, EndpointSlices follow readiness. Needs root, and a network namespace that is ours (world.py).
"""

import datetime
import http.client
import itertools
import pathlib
import signal
import subprocess
import threading
import time

NODE = "node-1"
BRIDGE = "pods"
PREFIX = "10.1.0."
ACCOUNT = "/run/secrets/kubernetes.io/serviceaccount"
# A pod's root is the machine's, but for /run; the user and the rights are those of the chart's security context.
ENTER = f"""set -eu
mount -t tmpfs tmpfs /run
mkdir -p {ACCOUNT}
cp "$1"/* {ACCOUNT}
chmod -R a+rX /run/secrets
shift
exec setpriv --reuid 65532 --regid 65532 --clear-groups --no-new-privs --bounding-set=-all --pdeathsig KILL -- "$@"
"""


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def run(*command):
    subprocess.run(list(map(str, command)), check=True, capture_output=True)


class Container:
    """podveil as a process: started again when it ends, asked by its probes, told to end with its pod."""

    def __init__(self, kubelet, pod, number):
        self.kubelet = kubelet
        self.pod = pod
        self.name = pod["metadata"]["name"]
        self.address = f"{PREFIX}{number}"
        self.spec = pod["spec"]["containers"][0]
        self.log = kubelet.plane.dir / f"{self.name}.log"
        self.account = kubelet.plane.dir / f"account-{self.name}"
        self.restarts = 0
        self.ready = False
        self.ends = threading.Event()
        self.process = None
        # What holds the pod's network is there from its start to its end, whatever becomes of the container.
        self.pause = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", "unshare", "--net", "sleep", "inf"])
        self._make_network(number)
        self._make_account()
        threading.Thread(target=self._live, daemon=True).start()

    def look(self, path):
        """(code, text) of its other port; 0 where nobody answers."""
        connection = http.client.HTTPConnection(self.address, 8080, timeout=3)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()

    def kill(self):
        """As the kernel does that is short of memory."""
        self.process.kill()

    def delete(self):
        """TERM, its grace, KILL; the object goes once the process has."""
        threading.Thread(target=self._end, daemon=True).start()

    def _end(self):
        self.ends.set()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(self.pod["spec"]["terminationGracePeriodSeconds"])
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.kubelet.ended[self.name] = self.process.returncode
        self.kubelet.forget(self.pod)
        self.stop()

    def stop(self):
        self.ends.set()
        for process in (self.process, self.pause):
            process.kill()
            process.wait()

    def _make_network(self, number):
        pause = self.pause.pid
        while pathlib.Path(f"/proc/{pause}/comm").read_text().strip() != "sleep":
            time.sleep(0.01)
        run("ip", "link", "add", f"pod{number}", "type", "veth", "peer", "name", "eth0", "netns", pause)
        run("ip", "link", "set", f"pod{number}", "master", BRIDGE, "up")
        inside = ("nsenter", f"--net=/proc/{pause}/ns/net", "ip")
        for command in (("link", "set", "lo", "up"), ("address", "add", f"{self.address}/16", "dev", "eth0"),
                        ("link", "set", "eth0", "up"), ("route", "add", "default", "via", f"{PREFIX}1")):
            run(*inside, *command)

    def _make_account(self):
        space, account = self.pod["metadata"]["namespace"], self.pod["spec"]["serviceAccountName"]
        status, answer, _ = self.kubelet.api(
            "POST", f"/api/v1/namespaces/{space}/serviceaccounts/{account}/token",
            {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {
                "expirationSeconds": 3607, "boundObjectRef": {"kind": "Pod", "apiVersion": "v1", "name": self.name,
                                                              "uid": self.pod["metadata"]["uid"]}}})
        if status != 201:
            raise RuntimeError(f"no token for {self.name}: {answer}")
        self.account.mkdir()
        for name, text in (("token", answer["status"]["token"]), ("namespace", space),
                           ("ca.crt", (self.kubelet.plane.dir / "ca.crt").read_text())):
            (self.account / name).write_text(text)

    def _start(self):
        host, _, port = self.kubelet.plane.server.removeprefix("https://").rpartition(":")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["nsenter", f"--net=/proc/{self.pause.pid}/ns/net", "unshare", "--mount", "--propagation", "private",
                 "sh", "-c", ENTER, "sh", self.account, self.kubelet.program, *self.spec["args"]],
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "KUBERNETES_SERVICE_HOST": host,
                     "KUBERNETES_SERVICE_PORT": port, "HOSTNAME": self.name,
                     **{one["name"]: one.get("value", "") for one in self.spec.get("env", [])}},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def _live(self):
        self._start()
        self._tell()
        probe = self.spec["readinessProbe"]
        failures = 0
        while not self.ends.wait(probe.get("periodSeconds", 10) if self.ready else 0.5):
            if self.process.poll() is not None:
                self._start_again()
                continue
            failures = 0 if self.look(probe["httpGet"]["path"])[0] == 200 else failures + 1
            if failures in (0, probe["failureThreshold"]) and self.ready != (failures == 0):
                self.ready = failures == 0
                self._tell()
        # The process dies with the thread that started it (--pdeathsig), so this one stays for its last seconds.
        self.process.wait()

    def _start_again(self):
        self.ready = False
        self.restarts += 1
        self._start()
        self._tell()

    def _tell(self):
        self.kubelet.tell(self.pod, "Running", self.ready, self.address, self.restarts)


class Kubelet:
    def __init__(self, plane, api, program, pods="/api/v1/pods"):
        self.plane = plane
        self.api = api
        self.program = program
        self.pods = pods
        self.containers = {}
        self.ended = {}
        self.running = False  # of pods that are not podveil's: said to run once it is true
        self.numbers = itertools.count(11)
        self.seen = set()
        self.ends = threading.Event()

    def start(self):
        self.api("POST", "/api/v1/nodes", {
            "apiVersion": "v1", "kind": "Node",
            "metadata": {"name": NODE, "labels": {"kubernetes.io/os": "linux", "kubernetes.io/hostname": NODE}},
            "spec": {"podCIDR": f"{PREFIX}0/24", "podCIDRs": [f"{PREFIX}0/24"]}})
        # What would take this taint off once the node is ready is the node lifecycle controller, which is not there.
        self.api("PATCH", f"/api/v1/nodes/{NODE}", {"spec": {"taints": None}}, "application/merge-patch+json")
        self.api("PATCH", f"/api/v1/nodes/{NODE}/status", {"status": {
            "addresses": [{"type": "InternalIP", "address": self.plane.address}],
            "allocatable": {"cpu": "64", "memory": "64Gi", "pods": "1000"},
            "conditions": [{"type": "Ready", "status": "True", "reason": "Ready", "message": "", "lastHeartbeatTime":
                            now(), "lastTransitionTime": now()}]}}, "application/merge-patch+json")
        threading.Thread(target=self._watch, daemon=True).start()

    def stop(self):
        self.ends.set()
        for container in list(self.containers.values()):
            container.stop()

    def podveils(self):
        """Those that are there, the oldest first."""
        return [container for container in list(self.containers.values()) if not container.ends.is_set()]

    def tell(self, pod, phase, ready, address, restarts=0):
        state = {"running": {"startedAt": now()}} if phase == "Running" else {"terminated": {
            "exitCode": 0, "reason": "Completed", "startedAt": now(), "finishedAt": now()}}
        names = [one["name"] for one in pod["spec"]["containers"]]
        self._until_told(pod, "/status", {"status": {
            "phase": phase, "podIP": address, "podIPs": [{"ip": address}], "startTime": now(),
            "conditions": [{"type": kind, "status": str(ready), "lastTransitionTime": now()}
                           for kind in ("Ready", "ContainersReady")],
            "containerStatuses": [{"name": name, "ready": ready, "restartCount": restarts, "image": "", "imageID": "",
                                   "resources": {}, "state": state} for name in names]}})

    def forget(self, pod):
        """Takes the object away, as a kubelet does once nothing of the pod runs."""
        self.containers.pop(pod["metadata"]["uid"], None)
        self._call("DELETE", self._path(pod), {"gracePeriodSeconds": 0, "preconditions": {
            "uid": pod["metadata"]["uid"]}})

    def _until_told(self, pod, below, change):
        while self._call("PATCH", self._path(pod) + below, change, "application/merge-patch+json") >= 500:
            time.sleep(0.2)

    def _call(self, *request):
        """The code; 599 while the API server is away, which passes."""
        try:
            return self.api(*request)[0]
        except (OSError, http.client.HTTPException):
            self.api.local.connection = None
            return 599

    @staticmethod
    def _path(pod):
        return f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}"

    def _watch(self):
        while not self.ends.is_set():
            try:
                self._follow()
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.2)

    def _follow(self):
        for _, pod in self.api.follow(self.pods, self.ends):
            self._see(pod)

    def _see(self, pod):
        uid = pod["metadata"]["uid"]
        if pod["metadata"].get("deletionTimestamp"):
            self._end(pod)
        elif not pod["spec"].get("nodeName"):
            space = pod["metadata"]["namespace"]
            self._call("POST", f"/api/v1/namespaces/{space}/pods/{pod['metadata']['name']}/binding", {
                "apiVersion": "v1", "kind": "Binding", "metadata": {"name": pod["metadata"]["name"]},
                "target": {"apiVersion": "v1", "kind": "Node", "name": NODE}})
        elif uid not in self.seen:
            self._start(pod)

    def _start(self, pod):
        uid = pod["metadata"]["uid"]
        labels = pod["metadata"].get("labels", {})
        if labels.get("app.kubernetes.io/name") == "podveil":
            self.seen.add(uid)
            self.containers[uid] = Container(self, pod, next(self.numbers))
        elif self.running:
            self.seen.add(uid)
            address = f"10.1.{1 + len(self.seen) // 250}.{1 + len(self.seen) % 250}"
            self.tell(pod, "Running", True, address)
            if any(owner["kind"] == "Job" for owner in pod["metadata"].get("ownerReferences", [])):
                self.tell(pod, "Succeeded", False, address)

    def _end(self, pod):
        container = self.containers.get(pod["metadata"]["uid"])
        if container is None:
            self.forget(pod)
        elif not container.ends.is_set():
            container.delete()

