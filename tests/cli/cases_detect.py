# SPDX-License-Identifier: Apache-2.0
"""podveil config detect: whom it asks, and what becomes of answers that are none. What it makes of a cluster's
objects is test_detect.c, and a real API server is asked by tests/e2e/kubectl."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.parse

import command
from command import TESTS, folder, run

sys.path.insert(0, str(TESTS / "client"))
import fake  # noqa: E402

NODES, SERVICES = "/api/v1/nodes", "/api/v1/namespaces/kube-system/services"
RANGES = "/apis/networking.k8s.io/{}/servicecidrs"
KUBERNETES = "/api/v1/namespaces/default/services"
GATEWAYS = """\
gateways:
- {name: vpn, address: gluetun.vpn.svc.cluster.local, namespace: vpn, podSelector: {app: gluetun},
   serviceAccount: gluetun}
"""


def _node(name, pods, address):
    return {"metadata": {"name": name}, "spec": {"podCIDRs": [pods]},
            "status": {"addresses": [{"type": "InternalIP", "address": address}]}}


def _service(namespace, name, address):
    return {"metadata": {"name": name, "namespace": namespace},
            "spec": {"clusterIP": address, "clusterIPs": [address], "selector": {"k8s-app": "kube-dns"}}}


def _range(text):
    return {"metadata": {"name": "kubernetes"}, "spec": {"cidrs": [text]}}


OBJECTS = {
    NODES: [_node("a", "10.42.0.0/24", "192.168.0.11"), _node("b", "10.42.1.0/24", "192.168.0.12")],
    SERVICES: [_service("kube-system", "kube-dns", "10.43.0.10")],
    KUBERNETES: [_service("default", "kubernetes", "10.43.0.1")],
    RANGES.format("v1"): [_range("10.43.0.0/16")],
}


class _Server:
    """Lists a page of one object each; `faults` answers a path otherwise: (code, reason)."""

    def __init__(self, objects=None, faults=None):
        self.objects = OBJECTS if objects is None else objects
        self.faults = faults or {}
        self.stack = contextlib.ExitStack()
        self.silent = threading.Event()

    def __enter__(self):
        place = self.stack.enter_context(tempfile.TemporaryDirectory())
        authority = fake.Authority(place)
        server = fake.Fake(self._answer, *authority.sign("server"))
        self.stack.callback(server.shutdown)
        self.stack.callback(server.server_close)
        self.seen = server.seen
        self.url = f"https://127.0.0.1:{server.server_address[1]}"
        self.kubeconfig = os.path.join(place, "kubeconfig")
        _kubeconfig(self.kubeconfig, self.url, str(authority.path))
        return self

    def __exit__(self, *_):
        self.stack.close()

    def _answer(self, exchange):
        url = urllib.parse.urlsplit(exchange.path)
        query = urllib.parse.parse_qs(url.query)
        if "silence" in self.faults:
            self.silent.set()
            exchange.rfile.read(1)
        elif url.path in self.faults:
            exchange.refuse(*self.faults[url.path])
        elif url.path not in self.objects:
            exchange.refuse(404, "NotFound", "the server could not find the requested resource")
        else:
            items = self.objects[url.path]
            at = int(query.get("continue", ["0"])[0])
            more = {"continue": str(at + 1)} if at + 1 < len(items) else {}
            exchange.answer(200, {"kind": "List", "apiVersion": "v1", "metadata": more, "items": items[at:at + 1]})

    def detect(self, **options):
        return run("config", "detect", "--kubeconfig", self.kubeconfig, **options)


def _kubeconfig(path, url, authority):
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"apiVersion: v1\nkind: Config\n"
                   f"clusters: [{{name: c, cluster: {{server: '{url}', certificate-authority: '{authority}'}}}}]\n"
                   f"users: [{{name: u, user: {{token: t}}}}]\n"
                   f"contexts: [{{name: c, context: {{cluster: c, user: u}}}}, {{name: d, context: {{cluster: x}}}}]\n"
                   f"current-context: c\n")


def every_page_is_read_and_the_section_is_right():
    with _Server() as server:
        result = server.detect(err="podCIDRs holds what the nodes have now")
        assert result.out.startswith("cluster: ") and f"# of {server.url}, as it is now\n" in result.out
        for text in ("  - 10.42.0.0/23 ", "# nodes a, b: spec.podCIDRs", "  - 192.168.0.12/32 "):
            assert text in result.out, result.out
        whole = f"apiVersion: podveil.io/v1\nkind: Configuration\n{result.out}{GATEWAYS}"
        assert run("config", "check", "-", stdin=whole).out.startswith("-: right, ")


def it_only_reads():
    with _Server() as server:
        server.detect()
        assert {exchange.command for exchange in server.seen} == {"GET"}, server.seen


def the_beta_of_service_ranges_is_asked_too():
    objects = {**OBJECTS, RANGES.format("v1beta1"): [_range("10.7.0.0/16")]}
    objects.pop(RANGES.format("v1"))
    objects[SERVICES] = [_service("kube-system", "kube-dns", "10.7.0.10")]
    with _Server(objects) as server:
        assert "  - 10.7.0.0/16 " in server.detect().out


def without_service_ranges_the_way_to_them_is_told():
    objects = {path: items for path, items in OBJECTS.items() if "servicecidrs" not in path}
    with _Server(objects) as server:
        result = server.detect(code=4, err="--clusterip=192.0.2.1 --dry-run=server")
        assert "Service default/kubernetes is 10.43.0.1" in result.err
        assert "  serviceCIDRs: [] " in result.out and "write the range that holds 10.43.0.1" in result.out
        assert result.err.endswith("podveil: the section is not finished: see above\n")


def what_must_be_read_and_may_not_is_4():
    with _Server(faults={NODES: (403, "Forbidden", 'nodes is forbidden: User "u" cannot list')}) as server:
        result = server.detect(code=4, err='User "u" cannot list; ask with an account that may read nodes')
        assert result.out == "", result.out
    with _Server(faults={NODES: (401, "Unauthorized")}) as server:
        assert server.detect(code=4, err="the account of this kubeconfig is none there").out == ""
    with _Server(faults={SERVICES: (403, "Forbidden")}) as server:
        assert server.detect(code=4, err="ask with an account").out == ""


def what_else_may_not_be_read_is_told():
    coredns = "/api/v1/namespaces/kube-system/configmaps/coredns"
    with _Server(faults={coredns: (403, "Forbidden", "not you")}) as server:
        result = server.detect(err="left out: ")
        assert "not you" in result.err and "domain is taken to be cluster.local" in result.err
        assert "  domain: cluster.local " in result.out


def ctrl_c_ends_it_at_once():
    with _Server(faults={"silence": True}) as server:
        with subprocess.Popen([command.podveil, "config", "detect", "--kubeconfig", server.kubeconfig],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert server.silent.wait(30), "nobody asked"
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
        assert process.returncode == -signal.SIGINT, (process.returncode, err)
        assert out == b""


def the_environment_names_a_kubeconfig():
    with _Server() as server:
        result = run("config", "detect", env={**os.environ, "KUBECONFIG": server.kubeconfig})
        assert server.url in result.out


def a_kubeconfig_that_is_none_is_3():
    run("config", "detect", "--kubeconfig", "no-such-file", code=3,
        err="no-such-file: No such file or directory; --kubeconfig FILE names another")
    with folder({"text": "no: [", "other": "a: b\n"}) as path:
        run("config", "detect", "--kubeconfig", f"{path}/text", code=3, err="text: ")
        run("config", "detect", "--kubeconfig", f"{path}/other", code=3, err="other: ")
    with _Server() as server:
        run("config", "detect", "--kubeconfig", server.kubeconfig, "--context", "nobody", code=3, err="nobody")
