# SPDX-License-Identifier: Apache-2.0
"""podveil as helm installs it, on a real control plane: its Deployment, its Service, its webhook configurations.

The API server dials the Service's endpoints itself (--enable-aggregator-routing), which kubelet.py makes of the
chart's own pods. All of it lives in a network namespace of its own, that of the program which calls enter() first.
Needs root, tests/e2e/build and tests/charts/build.
"""

import ctypes
import json
import os
import pathlib
import signal
import subprocess
import sys

from controlplane import TOP, ClusterError, ControlPlane
from kubelet import BRIDGE, PREFIX, Kubelet, run

sys.path.insert(0, str(TOP / "tests" / "charts"))
from checks import wait_for  # noqa: E402
from place import Api  # noqa: E402

ADDRESS = f"{PREFIX}1"
CHARTS = TOP / "charts"
BIN = TOP / "build" / "charts" / "bin"
VALUES = TOP / "tests" / "fixtures" / "charts" / "one.yaml"
CLONE_NEWNET = 0x40000000
AUDIT = """\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  verbs: [create, update, patch, delete]
- level: None
"""


def enter():
    """This program, its threads and what they start get a network of their own: to be called first of all."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        raise ClusterError(f"no network namespace: {os.strerror(ctypes.get_errno())}; this needs root")
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", BRIDGE, "type", "bridge")
    run("ip", "address", "add", f"{ADDRESS}/16", "dev", BRIDGE)
    run("ip", "link", "set", BRIDGE, "up")
    # A signal that would end this program ends it through its blocks.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))


class World:
    """A cluster with the chart in it: `with World(program) as world`."""

    def __init__(self, program, values=VALUES, helm="helm4", flags=(), audit=AUDIT, pods="/api/v1/pods"):
        """`pods`: those that have a kubelet."""
        self.program = pathlib.Path(program).resolve()
        self.values = values
        self.helm_program = BIN / helm
        self.plane = ControlPlane(audit, ADDRESS, ("--enable-aggregator-routing=true", *flags))
        self.kubectl = self.plane.kubectl
        self.api = self.kubelet = None
        self.pods = pods

    def __enter__(self):
        self.plane.__enter__()
        try:
            self.api = Api(self.plane)
            self.kubelet = Kubelet(self.plane, self.api, self.program, self.pods)
            self.kubelet.start()
            # What podveil's own namespace has to hold in many a cluster.
            self.namespace("podveil", **{"pod-security.kubernetes.io/enforce": "restricted"})
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, error, trace):
        if self.kubelet is not None:
            self.kubelet.stop()
        self.plane.__exit__(kind, error, trace)

    def helm(self, *arguments):
        done = subprocess.run([self.helm_program, "--kubeconfig", self.plane.dir / "admin.kubeconfig",
                               "--namespace", "podveil", *map(str, arguments)], capture_output=True, text=True,
                              timeout=180, env={**os.environ, "HOME": str(self.plane.dir)})
        if done.returncode != 0:
            raise ClusterError(f"helm {' '.join(map(str, arguments))}: {done.stderr.strip()}")
        return done.stdout

    def install(self, *arguments):
        """The chart, and the moment when both replicas are ready."""
        return self.helm("install", "podveil", CHARTS / "podveil", "--values", self.values, "--wait", "--timeout",
                         "120s", *arguments)

    def upgrade(self, *arguments):
        return self.helm("upgrade", "podveil", CHARTS / "podveil", "--values", self.values, "--wait", "--timeout",
                         "120s", *arguments)

    def namespace(self, name, **labels):
        self.api.namespace(name, **labels)

    def ask(self, *what):
        return json.loads(self.kubectl("get", *what, "-o", "json"))

    def podveils(self):
        return self.kubelet.podveils()

    def leader(self):
        """The replica that leads, once one does."""
        def found():
            return next((one for one in self.podveils() if "podveil_leader 1\n" in one.look("/metrics")[1]), None)
        leader = wait_for(found, 60)
        if leader is None:
            raise ClusterError("no podveil leads")
        return leader

    def are_ready(self, count=2):
        return sum(one.ready for one in self.podveils()) == count

    def logs(self):
        return "".join(path.read_text() for path in sorted(self.plane.dir.glob("podveil-*.log")))
