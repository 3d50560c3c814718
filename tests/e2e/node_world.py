# SPDX-License-Identifier: Apache-2.0
"""Two real nodes on one machine: kubelet, containerd and runc twice, a bridge for the pods, scheduler and kube-proxy.

To be used inside of node_machine.inside(), with which everything ends. The API server reaches podveil as in any
cluster, by the address of its Service; so do pods the API server.
"""

import json
import subprocess
import textwrap
from pathlib import Path

from controlplane import ClusterError, ControlPlane
from node_machine import CGROUPS, PLACE, hierarchies
from place import Api
from world import World

NODES = ("node-1", "node-2")
PROGRAMS = ("containerd", "containerd-shim-runc-v2", "ctr", "runc", "bridge", "host-local", "loopback", "kubelet",
            "kube-scheduler", "kube-proxy")
NETWORK = {
    "cniVersion": "1.0.0", "name": "pods", "plugins": [{
        "type": "bridge", "bridge": "pods", "isDefaultGateway": True, "hairpinMode": True,
        "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.1.0.0/16", "rangeEnd": "10.1.0.254"}]]}}]}

class Cluster(ControlPlane):
    controllers = "*"

    def __init__(self, folder, group):
        super().__init__(address=f"{PLACE}1", flags=(
            "--endpoint-reconciler-type=lease", "--kubelet-preferred-address-types=InternalIP",
            "--kubelet-client-certificate=admin.crt", "--kubelet-client-key=admin.key"))
        self.folder = folder
        self.group = group
        self.sockets = {name: Path("/run") / name / "containerd.sock" for name in NODES}

    def __enter__(self):
        for name in PROGRAMS:
            if not (self.bin / name).exists():
                raise ClusterError(f"{name} is not built: run tests/e2e/build first")
        super().__enter__()
        try:
            self._start_scheduler_and_proxy()
            for number, name in enumerate(NODES, 1):
                self._start_node(name, number)
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def process(self, name):
        return self._processes[name]

    def wait_for_nodes(self):
        for name in NODES:
            self.kubectl("wait", "--for=create", f"node/{name}", "--timeout=60s")
        self.kubectl("wait", "--for=condition=Ready", "node", "--all", "--timeout=60s")

    def bring(self, archive, line="ctr --namespace k8s.io images import ARCHIVE"):
        """An image to every node, by the line that docs/IMAGE.md has for containerd."""
        for socket in self.sockets.values():
            self.call(*line.replace("ARCHIVE", str(archive)).split(), more={"CONTAINERD_ADDRESS": str(socket)})

    def call(self, *command, more=None):
        done = subprocess.run(command, env={**self._environment(), **(more or {})}, text=True, capture_output=True,
                              timeout=120, check=False)
        if done.returncode != 0:
            raise ClusterError(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout

    def process_of(self, container):
        """The process of a container by the id in its pod's status, as the nodes see it."""
        for socket in self.sockets.values():
            tasks = self.call("ctr", "--address", str(socket), "--namespace", "k8s.io", "tasks", "list")
            for line in tasks.splitlines():
                if line.startswith(container.removeprefix("containerd://")):
                    return Process(line.split()[1])
        raise ClusterError(f"no node runs container {container}")

    def _environment(self):
        found = super()._environment()
        return {**found, "PATH": f"{self.bin}:{found['PATH']}"}

    def _user(self, name, subject):
        self.certificate(name, subject)
        self._write_kubeconfig(name)
        return self.dir / f"{name}.kubeconfig"

    def _start_as(self, name, program, *arguments):
        self._run(name, ["setpriv", "--pdeathsig", "KILL", "--", self.bin / program, *arguments])

    def _start_scheduler_and_proxy(self):
        self._start("kube-scheduler", "--kubeconfig", self._user("scheduler", "/CN=system:kube-scheduler"),
                    "--leader-elect=false", "--bind-address", "127.0.0.1", "--cert-dir", "scheduler")
        self._start("kube-proxy", "--kubeconfig", self._user("proxy", "/CN=system:kube-proxy"), "--proxy-mode",
                    "nftables", "--cluster-cidr", "10.1.0.0/16", "--hostname-override", NODES[0],
                    "--conntrack-max-per-core", "0", "--conntrack-min", "0", "--conntrack-tcp-timeout-established", "0",
                    "--conntrack-tcp-timeout-close-wait", "0")

    def _start_node(self, name, number):
        home = self.folder / name
        home.mkdir()
        (home / "network").mkdir()
        (home / "network" / "pods.conflist").write_text(json.dumps(NETWORK))
        for place in hierarchies():
            (place / self.group / name).mkdir()
        socket = self.sockets[name]
        # restrict_oom_score_adj: a machine that is a container itself may not lower it, nor has to.
        (home / "containerd.toml").write_text(textwrap.dedent(f"""\
            version = 3
            root = "{home}/containerd"
            state = "{socket.parent}/state"
            [grpc]
            address = "{socket}"
            [plugins.'io.containerd.cri.v1.images'.pinned_images]
            sandbox = "localhost/e2e-pause:1"
            [plugins.'io.containerd.cri.v1.runtime']
            restrict_oom_score_adj = true
            [plugins.'io.containerd.cri.v1.runtime'.cni]
            bin_dirs = ["{self.bin}"]
            conf_dir = "{home}/network"
            """))
        socket.parent.mkdir()
        self._start_as(f"containerd-{name}", "containerd", "--config", home / "containerd.toml")
        self._start_kubelet(name, number, home, socket)

    def _start_kubelet(self, name, number, home, socket):
        (home / "kubelet.json").write_text(json.dumps({
            "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
            "port": 10250 + 10 * number, "healthzPort": 10248 + 10 * number, "resolvConf": f"{self.folder}/resolv.conf",
            "authentication": {"anonymous": {"enabled": False}, "webhook": {"enabled": False},
                               "x509": {"clientCAFile": str(self.dir / "ca.crt")}},
            "authorization": {"mode": "AlwaysAllow"}, "cgroupDriver": "cgroupfs", "failCgroupV1": False,
            "cgroupRoot": f"/{self.group}/{name}", "enforceNodeAllocatable": [], "failSwapOn": False,
            "clusterDNS": ["10.152.183.10"], "clusterDomain": "cluster.local", "podLogsDir": f"/var/log/{name}",
            "containerRuntimeEndpoint": f"unix://{socket}", "nodeStatusUpdateFrequency": "2s",
            "evictionHard": {"memory.available": "0%", "nodefs.available": "0%", "nodefs.inodesFree": "0%",
                             "imagefs.available": "0%", "imagefs.inodesFree": "0%"}}))
        self._start_as(f"kubelet-{name}", "kubelet", "--config", home / "kubelet.json", "--kubeconfig",
                       self._user(name, f"/O=system:nodes/CN=system:node:{name}"), "--hostname-override", name,
                       "--node-ip", f"{PLACE}{number}", "--root-dir", home / "kubelet", "--cert-dir", home / "pki")

class Process:
    """A container's first process, by what the kernel says of it."""

    def __init__(self, number):
        self.number = number
        self.place = Path("/proc") / number

    def status(self):
        lines = (self.place / "status").read_text().splitlines()
        return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}

    def mounts(self):
        """{where: options} of what it sees."""
        return {line.split()[4]: line.split()[5].split(",") for line in (self.place / "mountinfo").read_text()
                .splitlines()}

    def writable(self):
        """The mounts that are not read-only and that its user may write to, by their modes; /proc and /sys aside."""
        user = int(self.status()["Uid"].split()[0])
        found = []
        for place, options in self.mounts().items():
            if "rw" in options and not place.startswith(("/proc", "/sys")):
                about = (self.place / "root" / place.lstrip("/")).stat()
                if about.st_mode & 0o002 or about.st_uid == user:
                    found.append(place)
        return sorted(found)

    def memory(self):
        """(the most that it ever took, what it may take) in bytes, of its control group."""
        for line in (self.place / "cgroup").read_text().splitlines():
            _, kind, path = line.split(":", 2)
            if kind == "memory":
                group = CGROUPS / "memory" / path.lstrip("/")
                names = ("memory.max_usage_in_bytes", "memory.limit_in_bytes")
                return tuple(int((group / name).read_text()) for name in names)
            if kind == "" and (CGROUPS / "cgroup.controllers").exists():
                group = CGROUPS / path.lstrip("/")
                return tuple(int((group / name).read_text()) for name in ("memory.peak", "memory.max"))
        raise ClusterError(f"process {self.number} is in no control group for memory")

    def network(self, *command):
        """What a program of the machine prints that looks at the pod's network."""
        done = subprocess.run(["nsenter", f"--net=/proc/{self.number}/ns/net", *command], text=True,
                              capture_output=True, check=False)
        return done.stdout + done.stderr

class NodeWorld(World):
    """As world.py's, but podveil's pods are containers of real nodes."""

    def __init__(self, program, helm, folder, group):
        super().__init__(program, folder / "values.json", helm)
        self.plane = Cluster(folder, group)
        self.kubectl = self.plane.kubectl

    def __enter__(self):
        self.plane.__enter__()
        self.api = Api(self.plane)
        return self

    def create(self, obj):
        return self.kubectl("create", "-f", "-", stdin=json.dumps(obj))

    def podveil_pods(self):
        return [one for one in self.ask("pods", "-n", "podveil", "-l", "app.kubernetes.io/name=podveil")["items"]
                if "deletionTimestamp" not in one["metadata"]]

    def process(self, pod, container=None):
        """The first process of a container of a pod, the first one's where none is named."""
        status = pod["status"]
        every = status["containerStatuses"] + status.get("initContainerStatuses", [])
        one = next(one for one in every if container in (None, one["name"]))
        return self.plane.process_of(one["containerID"])
