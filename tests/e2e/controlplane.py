# SPDX-License-Identifier: Apache-2.0
"""A real Kubernetes API server with its etcd and controller manager, on loopback, for as long as a `with` block.

There is no scheduler and no kubelet: pods are admitted, stored and stay Pending, which is all that admission needs.
Every process started here ends with the block, and with this process even if that is killed.
"""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.error
import urllib.request

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = TOP / "build" / "e2e"
# Which Kubernetes: tests/e2e/build says what of it is built apart from the usual one.
VERSION = os.environ.get("PODVEIL_E2E_KUBERNETES", "1.36")
BUILT_APART = ("kube-apiserver", "kube-controller-manager") if VERSION != "1.36" else ()
READY_SECONDS = 60


class ClusterError(Exception):
    """The machine or the cluster is in the way; the message says which part and where its log is."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ControlPlane:
    # Nobody sends a heartbeat for a made-up node, so the controller that would taint it stays off.
    controllers = "*,-node-lifecycle-controller"

    def __init__(self, audit_policy=None, address="127.0.0.1", flags=()):
        """With an audit policy (a YAML text), what the API server was asked is in the file audit.log. flags are
        the API server's; they win over those that are given here."""
        self.audit_policy = audit_policy
        self.address = address
        self.flags = flags
        self.bin = BUILD / "bin"
        self.dir = None
        self.server = f"https://{address}:{free_port()}"
        self.etcd = None
        self._processes = {}

    def __enter__(self):
        BUILD.mkdir(parents=True, exist_ok=True)
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="cluster-", dir=BUILD))
        try:
            self._make_certificates()
            self._start_etcd_and_api_server()
            self._start_controller_manager()
        except BaseException:
            self._stop(keep_logs=True)
            raise
        return self

    def __exit__(self, kind, error, trace):
        self._stop(keep_logs=kind is not None)

    def kubectl(self, *arguments, stdin=None, check=True):
        """Runs kubectl as cluster-admin and gives its standard output."""
        command = [self.bin / "kubectl", "--kubeconfig", self.dir / "admin.kubeconfig", *arguments]
        result = subprocess.run(command, input=stdin, text=True, capture_output=True,
                                env=self._environment(), timeout=120)
        if check and result.returncode != 0:
            raise ClusterError(f"kubectl {' '.join(map(str, arguments))}: {result.stderr.strip()}")
        return result.stdout

    def kill(self, name):
        self._processes[name].kill()
        self._processes[name].wait()

    @contextlib.contextmanager
    def frozen(self, name):
        """While this lasts it does nothing, and nobody can tell."""
        self._processes[name].send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._processes[name].send_signal(signal.SIGCONT)

    def start_again(self, name):
        """One that was killed; wait_until_ready() tells when the API server answers again."""
        self._run(name, self._processes[name].args)

    def certificate(self, name, subject, san=None):
        """Makes NAME.crt and NAME.key, signed by the cluster's own CA."""
        extension = self.dir / f"{name}.ext"
        extension.write_text(f"subjectAltName={san}\n" if san else "basicConstraints=CA:FALSE\n")
        self._openssl("req", "-new", *self._new_key(name), "-subj", subject, "-out", f"{name}.csr")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
                      "-days", "2", "-extfile", extension.name, "-out", f"{name}.crt")

    def _make_certificates(self):
        self._openssl("req", "-x509", *self._new_key("ca"), "-subj", "/CN=kubernetes", "-days", "2", "-out", "ca.crt")
        self.certificate("apiserver", "/CN=kube-apiserver",
                         f"IP:127.0.0.1,IP:{self.address},IP:10.152.183.1,DNS:kubernetes.default.svc")
        self.certificate("admin", "/O=system:masters/CN=kubernetes-admin")
        self.certificate("controllers", "/CN=system:kube-controller-manager")
        self._openssl("ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", "accounts.key")
        self._openssl("ec", "-in", "accounts.key", "-pubout", "-out", "accounts.pub")
        for user in ("admin", "controllers"):
            self._write_kubeconfig(user)

    def _start_etcd_and_api_server(self):
        etcd, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        self.etcd = etcd
        self._start("etcd", "--data-dir", "etcd", "--unsafe-no-fsync", "--listen-client-urls", etcd,
                    "--advertise-client-urls", etcd, "--listen-peer-urls", peer,
                    "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}")
        self._start("kube-apiserver", "--etcd-servers", etcd, "--bind-address", self.address,
                    "--secure-port", self.server.rpartition(":")[2], "--advertise-address", self.address,
                    "--endpoint-reconciler-type", "none", "--client-ca-file", "ca.crt", "--tls-cert-file",
                    "apiserver.crt", "--tls-private-key-file", "apiserver.key", "--authorization-mode", "Node,RBAC",
                    "--service-cluster-ip-range", "10.152.183.0/24", "--allow-privileged",
                    "--service-account-issuer", "https://kubernetes.default.svc",
                    "--service-account-key-file", "accounts.pub", "--service-account-signing-key-file", "accounts.key",
                    *self._audit_flags(), *self.flags)
        self.wait_until_ready()

    def _audit_flags(self):
        if self.audit_policy is None:
            return ()
        (self.dir / "audit.yaml").write_text(self.audit_policy)
        return ("--audit-policy-file", "audit.yaml", "--audit-log-path", "audit.log", "--audit-log-mode", "blocking")

    def _start_controller_manager(self):
        self._start("kube-controller-manager", "--kubeconfig", "controllers.kubeconfig", "--leader-elect=false",
                    "--bind-address", "127.0.0.1", "--secure-port", str(free_port()), "--cert-dir", "controllers",
                    "--use-service-account-credentials", "--service-account-private-key-file", "accounts.key",
                    "--root-ca-file", "ca.crt", "--controllers", self.controllers,
                    # Its own limit, 20 requests a second, would make of hundreds of pods at once a slow row of them.
                    "--kube-api-qps", "500", "--kube-api-burst", "1000")

    def _start(self, name, *arguments):
        program = (BUILD / f"bin-{VERSION}" if name in BUILT_APART else self.bin) / name
        if not program.exists():
            raise ClusterError(f"{name} of {VERSION} is not built: run tests/e2e/build --k8s {VERSION} first")
        self._run(name, ["setpriv", "--pdeathsig", "KILL", "--", program, *arguments])

    def _run(self, name, command):
        with open(self.dir / f"{name}.log", "ab") as log:
            self._processes[name] = subprocess.Popen(command, cwd=self.dir, env=self._environment(),
                                                     stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def _stop(self, keep_logs):
        for process in reversed(self._processes.values()):
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()
        if keep_logs:
            self._forget_all_but_logs()
        else:
            shutil.rmtree(self.dir)

    def _forget_all_but_logs(self):
        print(f"logs are in {self.dir.relative_to(TOP)}", file=sys.stderr)
        for path in self.dir.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.suffix != ".log":
                path.unlink()

    def wait_until_ready(self):
        context = ssl.create_default_context(cafile=self.dir / "ca.crt")
        context.load_cert_chain(self.dir / "admin.crt", self.dir / "admin.key")
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            for name, process in self._processes.items():
                if process.poll() is not None:
                    raise ClusterError(f"{name} ended with {process.returncode}: see {self.dir}")
            try:
                with urllib.request.urlopen(self.server + "/readyz", context=context, timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise ClusterError(f"kube-apiserver is not ready after {READY_SECONDS} s: see {self.dir}")

    def _write_kubeconfig(self, user):
        (self.dir / f"{user}.kubeconfig").write_text(textwrap.dedent(f"""\
            apiVersion: v1
            kind: Config
            clusters: [{{name: e2e, cluster: {{server: "{self.server}", certificate-authority: ca.crt}}}}]
            users: [{{name: {user}, user: {{client-certificate: {user}.crt, client-key: {user}.key}}}}]
            contexts: [{{name: e2e, context: {{cluster: e2e, user: {user}}}}}]
            current-context: e2e
            """))

    def _openssl(self, *arguments):
        result = subprocess.run(["openssl", *arguments], cwd=self.dir, capture_output=True, text=True)
        if result.returncode != 0:
            raise ClusterError(f"openssl {arguments[0]}: {result.stderr.strip()}")

    @staticmethod
    def _new_key(name):
        return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}.key")

    def _environment(self):
        # kubectl caches below HOME, and no proxy may stand between two processes of one machine.
        kept = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        return {**kept, "HOME": str(self.dir)}
