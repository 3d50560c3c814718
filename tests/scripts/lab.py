# SPDX-License-Identifier: Apache-2.0
"""A small cluster: a node, which is also the internet, and its pods; and containers in one of them.

Everything hangs on this process' own namespaces and ends with it (see run).
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

from netns import Namespace
from wire import Capture, mac, serve

HERE = pathlib.Path(__file__).resolve().parent
SCRIPTS = HERE.parent.parent / "lib" / "pod"
PROBE = str(HERE / "probe.py")
CLIENT_INIT, CLIENT_SIDECAR = str(HERE / "client_init.sh"), str(HERE / "client_sidecar.sh")

POD, GATEWAY, SECOND_GATEWAY, ATTACKER = "10.244.0.10", "10.244.0.20", "10.244.0.21", "10.244.0.66"
SERVICE, SERVICE6 = "10.96.0.10", "fd00:10:96::10"
INTERNET, INTERNET6 = "8.8.8.8", "2001:4860:4860::8888"
CIDRS = ["10.244.0.0/16", "10.96.0.0/16"]
CIDRS6 = ["fd00:10:244::/64", "fd00:10:96::/112"]
TUNNEL_GATEWAY, TUNNEL_POD = "172.16.0.1", "172.16.0.100"
VNI, VXLAN_PORT = 42, 14789
GATEWAY_NAME = "gluetun.vpn.svc.cluster.local"
OUTSIDE = (INTERNET, INTERNET6)

SETTINGS = (f'K8S_DNS_IPS="{SERVICE}"\n'
            f'NOT_ROUTED_TO_GATEWAY_CIDRS="{" ".join(CIDRS)}"\n'
            f'VXLAN_ID="{VNI}"\nVXLAN_PORT="{VXLAN_PORT}"\nVXLAN_IP_NETWORK="172.16.0"\n')

WORK = pathlib.Path("/run/lab")
HOSTS = WORK / "hosts"
CONFIG = pathlib.Path("/config")
HANG_SECONDS = 20


def eventually(true, what, seconds=HANG_SECONDS):
    """Waits until true(); the time only bounds what would hang."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.05)


class Container:
    """One of podveil's containers: bash as PID 1 of its own, in the pod's network namespace."""

    def __init__(self, process, log):
        self._process, self._log = process, log
        self.pid = self._first_child()

    def _first_child(self):
        def child():
            text = pathlib.Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text(
                encoding="ascii")
            return text.split()
        eventually(lambda: child() or self._process.poll() is not None, "PID 1 of the container")
        found = child() if self._process.poll() is None else []
        return int(found[0]) if found else None

    def running(self):
        return self._process.poll() is None

    def terminate(self):
        os.kill(self.pid, signal.SIGTERM)

    def wait(self):
        """Its exit code."""
        return self._process.wait(timeout=HANG_SECONDS)

    def log(self):
        return self._log.read_text(encoding="utf-8", errors="replace")


class Lab:
    def __init__(self, mtu=1500, default_route=""):
        WORK.mkdir(parents=True, exist_ok=True)
        self._logs = 0
        self._default_route = default_route
        self._mtu = mtu
        self.node = Namespace.current()
        self.node.sysctl(ipv4__ip_forward=1, ipv6__conf__all__forwarding=1)
        self.node.ip(f"""
            link set lo up
            link add cni0 mtu {mtu} type bridge mcast_snooping 0
            address add 10.244.0.1/24 dev cni0
            address add fd00:10:244::1/64 dev cni0 nodad
            link set cni0 up
            address add {INTERNET}/32 dev lo
            address add {INTERNET6}/128 dev lo nodad
            address add {SERVICE}/32 dev lo
            address add {SERVICE6}/128 dev lo nodad""")
        self.pod = self.add_pod("pod", POD)
        self.wire = Capture(self.node, "pod")
        serve(self.node, [INTERNET, INTERNET6], "naked")
        serve(self.node, [SERVICE, SERVICE6], "service")

    def add_pod(self, name, address):
        pod = Namespace.create()
        # As a container runtime leaves it, but forwarding as on most nodes and without rp_filter:
        # what must not pass may not depend on them.
        pod.sysctl(ipv4__ip_forward=1, ipv4__conf__all__rp_filter=0, ipv4__conf__default__rp_filter=0,
                   ipv6__conf__default__accept_dad=0, ipv6__conf__default__accept_ra=2)
        self.node.ip(f"""
            link add {name} mtu {self._mtu} type veth peer name eth0 mtu {self._mtu} netns {pod.path}
            link set {name} master cni0
            link set {name} up""")
        pod.ip(f"""
            link set lo up
            link set eth0 up
            address add {address}/24 dev eth0
            address add fd00:10:244::{address.rpartition(".")[2]}/64 dev eth0 nodad""")
        self.default_routes(pod)
        return pod

    def default_routes(self, pod):
        """The way out that the CNI made; also what somebody would put back."""
        pod.ip(f"""
            route replace default via 10.244.0.1 dev eth0 {self._default_route}
            route replace default via fd00:10:244::1 dev eth0""")

    def add_gateway(self, name, address, answer="vpn"):
        """A pod at the far end of the tunnel, behind which is the internet; its name points there."""
        gateway = self.add_pod(name, address)
        gateway.ip(f"""
            link add vxlan0 type vxlan id {VNI} dev eth0 dstport {VXLAN_PORT}
            address add {TUNNEL_GATEWAY}/24 dev vxlan0
            link set vxlan0 up
            address add {INTERNET}/32 dev lo""")
        serve(gateway, [INTERNET], answer)
        self.name_gateway(address)
        return gateway

    def name_gateway(self, address):
        HOSTS.write_text(f"{address} {GATEWAY_NAME}\n", encoding="ascii")

    def start(self, script, *command, path="", before="", settings=SETTINGS, cidrs6=" ".join(CIDRS6)):
        """Starts init or sidecar as the kubelet would. path: a folder of stand-ins in front of the
        system's programs. before: what the container's PID 1 does before it becomes bash."""
        self._logs += 1
        log = WORK / f"{script}.{self._logs}.log"
        environment = {"PATH": f"{path}:{os.environ['PATH']}".strip(":"), "gateway": GATEWAY_NAME,
                       "PODVEIL_SETTINGS": settings, "PODVEIL_CIDRS6": cidrs6, "HOSTS": str(HOSTS)}
        text = (SCRIPTS / f"{script}.sh").read_text(encoding="utf-8")
        bash = ["/bin/bash", "-ec" if script == "init" else "-c", text, "podveil", *command]
        wrapper = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
        if before:
            wrapper += ["/bin/sh", "-ec", before + '; exec "$@"', "sh"]
        with self.pod.entered(), log.open("w", encoding="utf-8") as output:
            process = subprocess.Popen(wrapper + bash, env=environment, stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=subprocess.STDOUT)
        return Container(process, log)

    def init(self, *command, **options):
        """Runs podveil-init to its end; it must end well."""
        container = self.start("init", *(command or (CLIENT_INIT,)), **options)
        code = container.wait()
        assert code == 0, f"init ended with {code}:\n{container.log()}"
        return container

    def ask(self, how, address):
        return self.pod.run(PROBE, "ask", how, address, check=False).strip()

    def send(self, *addresses):
        self.pod.run(PROBE, "send", *addresses)

    def left(self):
        """What left the pod for elsewhere than the cluster, seen on the node's end of its cable."""
        time.sleep(0.1)
        assert self.wire.lost() == 0, "the capture has lost frames"
        return self.wire.outside(CIDRS + CIDRS6)

    def mac(self, namespace, interface):
        return mac(re.search(r"link/ether (\S+)", namespace.run("ip", "link", "show", interface)).group(1))


def stand_in(name, text):
    """A folder in which NAME is a script of ours; $REAL is the program that it stands for."""
    folder = WORK / f"bin-{name}-{len(list(WORK.glob('bin-*')))}"
    folder.mkdir()
    program = folder / name
    program.write_text(f"#!/bin/sh\nREAL={shutil.which(name)}\n{text}\n", encoding="utf-8")
    program.chmod(0o755)
    return str(folder)
