# SPDX-License-Identifier: Apache-2.0
"""Two replicas behind one address, who asks the API server for pods without a pause, and who holds each replica's
certificate against what is registered: what tests/e2e/certificates is made of.
"""

import asyncio
import base64
import http.client
import json
import re
import signal
import socket
import ssl
import subprocess
import threading
import time

from controlplane import TOP, ClusterError, free_port

CONFIG = TOP / "tests" / "fixtures" / "config" / "example.yaml"
BACK_SECONDS = 5
KINDS = ("mutatingwebhookconfigurations", "validatingwebhookconfigurations")
WEBHOOKS = "/apis/admissionregistration.k8s.io/v1"


class Api:
    """The API server as its administrator sees it, over one connection a thread."""

    def __init__(self, cluster):
        self.context = ssl.create_default_context(cafile=cluster.dir / "ca.crt")
        self.context.load_cert_chain(cluster.dir / "admin.crt", cluster.dir / "admin.key")
        self.place = cluster.server.removeprefix("https://")
        self.local = threading.local()

    def __call__(self, method, path, body=None, media="application/json"):
        connection = getattr(self.local, "connection", None)
        if connection is None:
            connection = http.client.HTTPSConnection(self.place, context=self.context, timeout=30)
            self.local.connection = connection
        try:
            connection.request(method, path, body=json.dumps(body) if body is not None else None,
                               headers={"Content-Type": media})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException):
            self.local.connection = None
            raise

    def registered(self):
        """Each entry's bundle, as text."""
        found = {}
        for kind in KINDS:
            status, answer = self("GET", f"{WEBHOOKS}/{kind}/podveil")
            for entry in answer["webhooks"] if status == 200 else []:
                bundle = entry["clientConfig"].get("caBundle", "")
                found[kind, entry["name"]] = base64.b64decode(bundle).decode()
        return found

    def secret(self):
        status, answer = self("GET", "/api/v1/namespaces/podveil/secrets/podveil-ca")
        return {key: base64.b64decode(text).decode() for key, text in answer["data"].items()} if status == 200 else None


class Podveil:
    """One replica."""

    def __init__(self, program, directory, name):
        self.log = directory / f"{name}.log"
        with open(self.log, "wb") as out:
            self.process = subprocess.Popen(
                [program, "serve", "--config", CONFIG, "--cluster", "kubeconfig", "--kubeconfig",
                 directory / "podveil.kubeconfig", "--listen", "127.0.0.1:0", "--ops", "127.0.0.1:0",
                 "--dns-name", "127.0.0.1", "--drain", "1s"], stdin=subprocess.DEVNULL, stderr=out)
        self.https = self.ops = None

    def wait_for_ports(self):
        def found(which):
            return re.search(rf'"{which}":"(?:http://)?127\.0\.0\.1:(\d+)"', self.log.read_text())

        if not wait_for(lambda: found("https") and found("ops"), 10):
            raise ClusterError(f"podveil did not start: {self.log.read_text()}")
        self.https, self.ops = (int(found(which).group(1)) for which in ("https", "ops"))
        return self

    def readiness(self):
        return self.page("/readyz")

    def metrics(self):
        """podveil_ca_*, without the prefix."""
        return {name: int(value) for name, value in re.findall(r"^podveil_ca_(\S+) (\d+)$", self.page("/metrics"), re.M)}

    def page(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.ops, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode().strip()
        except (OSError, http.client.HTTPException) as error:
            return str(error)
        finally:
            connection.close()

    def is_ready(self):
        return self.readiness() == "ok"

    def is_believed(self, bundle):
        """By a client that has this bundle and nothing else, as the API server; None, or why not."""
        try:
            context = ssl.create_default_context(cadata=bundle)
            with context.wrap_socket(socket.create_connection(("127.0.0.1", self.https), 5),
                                     server_hostname="127.0.0.1"):
                return None
        except (OSError, ssl.SSLError) as error:
            return str(error)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()


class Service:
    """An address that leads to the replicas that are ready; who is open stays with its replica."""

    def __init__(self):
        self.port = free_port()
        self.replicas = []
        self.started = []
        self.ready = []
        self.turn = 0
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self):
        while True:
            self.ready = [replica for replica in list(self.replicas) if replica.is_ready()]
            time.sleep(0.1)

    def _run(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", self.port))
        self.loop.run_forever()

    async def _serve(self, reader, writer):
        ready = self.ready
        if not ready:
            writer.close()
            return
        self.turn += 1
        try:
            there = await asyncio.open_connection("127.0.0.1", ready[self.turn % len(ready)].https)
        except OSError:
            writer.close()
            return
        await asyncio.gather(self._copy(reader, there[1]), self._copy(there[0], writer))

    @staticmethod
    async def _copy(reader, writer):
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        writer.close()


class Stream:
    """Pods by dry run and handshakes with every replica, until told to end; what was lost is kept."""

    def __init__(self, api, service):
        self.api, self.service = api, service
        self.created, self.shaken, self.lost = 0, 0, []
        self.most = 0
        self.ends = threading.Event()
        self.threads = [threading.Thread(target=work) for work in (self._create, self._shake)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        for thread in self.threads:
            thread.join()

    def _create(self):
        while not self.ends.is_set():
            try:
                status, answer = self.api("POST", "/api/v1/namespaces/media/pods?dryRun=All", pod("stream"))
            except (OSError, http.client.HTTPException) as error:
                status, answer = 0, {"message": str(error)}
            self.created += 1
            if status != 201 or "podveil-init" not in json.dumps(answer):
                self.lost.append((time.strftime("%H:%M:%S"), status, answer.get("message", "not protected")))
            time.sleep(0.02)

    def _shake(self):
        while not self.ends.is_set():
            for replica in list(self.service.ready):
                for bundle in set(self.api.registered().values()):
                    self.most = max(self.most, bundle.count("BEGIN CERTIFICATE"))
                    why = replica.is_believed(bundle)
                    self.shaken += 1
                    if why is not None and replica in self.service.replicas:
                        self.lost.append((time.strftime("%H:%M:%S"), replica.log.name, why))
            time.sleep(0.1)

    def check(self, check, during):
        check(f"{during}: {self.created} pods and {self.shaken} handshakes, none lost",
              not self.lost and self.created > 20 and self.shaken > 20, str(self.lost[:5]))


def wait_for(what, seconds=BACK_SECONDS):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.02)
    return None


def pod(name, namespace="media"):
    return {"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": namespace, "labels": {"podveil.io/gateway": "vpn"}},
            "spec": {"containers": [{"name": "app", "image": "ghcr.io/onedr0p/sabnzbd:4.3"}]}}
