#!/usr/bin/env python3
"""Certificates that change while the server is busy."""
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time

from harness import Case, Client, Load, Server, main, pod_review


def make_pair(where, number):
    """A self-signed pair for localhost, with a serial number to know it by."""
    where.mkdir()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-set_serial", str(number), "-keyout", str(where / "tls.key"),
                    "-out", str(where / "tls.crt")], check=True, capture_output=True)


class Certificates(Case):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="podveil-certs-"))
        self.addCleanup(shutil.rmtree, self.dir)
        for number in (1, 2, 3):
            make_pair(self.dir / str(number), number)
        # As Kubernetes mounts a Secret: tls.crt -> ..data/tls.crt, ..data -> a directory.
        self.mount = self.dir / "mount"
        self.mount.mkdir()
        self.turn(1)
        for name in ("tls.crt", "tls.key"):
            (self.mount / name).symlink_to(f"..data/{name}")

    def turn(self, number):
        """Turn the mount to another pair in one step."""
        aside = self.mount / "..data_tmp"
        aside.symlink_to(self.dir / str(number))
        os.replace(aside, self.mount / "..data")

    def context(self):
        context = ssl.create_default_context()
        for number in (1, 2, 3):
            context.load_verify_locations(self.dir / str(number) / "tls.crt")
        return context

    def served(self, server):
        plain = socket.create_connection(server.https, timeout=10)
        with server.context.wrap_socket(plain, server_hostname="localhost") as secure:
            return int(secure.getpeercert()["serialNumber"], 16)

    def test_renewal_under_load_fails_no_request(self):
        server = self.start("--tick-ms", "100", certificates=self.mount)
        server.context = self.context()
        seen = set()
        with Load(server, kept=4, fresh=4) as load:
            for number in (2, 3, 1):
                self.turn(number)
                server.until(lambda n=number: self.served(server) == n)
                seen.add(self.served(server))
                time.sleep(0.3)
        load.check(self, at_least=100)
        self.assertEqual(seen, {1, 2, 3})
        server.until(lambda: len(server.logged("certificate in use")) == 4)
        self.assertEqual(server.metric('podveil_certificate_renewals_total{result="swapped"}'), 4)

    def test_a_broken_pair_leaves_the_old_one_and_is_counted_once(self):
        (self.dir / "2" / "tls.key").write_text((self.dir / "3" / "tls.key").read_text())
        server = self.start("--tick-ms", "100", certificates=self.mount)
        server.context = self.context()
        self.turn(2)
        refused = "certificate refused, the old one stays"
        server.until(lambda: server.logged(refused))
        time.sleep(0.5)
        self.assertEqual(self.served(server), 1)
        self.assertEqual(len(server.logged(refused)), 1)
        self.assertEqual(server.metric('podveil_certificate_renewals_total{result="failed"}'), 1)
        self.turn(3)
        server.until(lambda: self.served(server) == 3)

    def test_half_a_handshake_survives_a_renewal(self):
        server = self.start("--tick-ms", "100", certificates=self.mount)
        server.context = self.context()
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = server.context.wrap_bio(incoming, outgoing, server_hostname="localhost")
        with self.assertRaises(ssl.SSLWantReadError):
            client.do_handshake()
        hello = outgoing.read()
        with socket.create_connection(server.https, timeout=10) as plain:
            plain.sendall(hello[:50])
            self.turn(2)
            server.until(lambda: self.served(server) == 2)
            plain.sendall(hello[50:])
            while True:
                try:
                    client.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    incoming.write(plain.recv(65536))
            self.assertEqual(int(client.getpeercert()["serialNumber"], 16), 2)


class Own(Case):
    def test_the_own_ca_is_written_before_the_server_listens(self):
        server = self.start()
        self.assertIn("BEGIN CERTIFICATE", server.ca.read_text())
        with Client(server) as client:
            self.assertTrue(client.ask("/mutate", pod_review()).response["allowed"])

    def test_half_a_pair_ends_the_start(self):
        with tempfile.TemporaryDirectory() as empty:
            pathlib.Path(empty, "tls.crt").write_text("nothing")
            with self.assertRaises(AssertionError) as caught:
                Server(certificates=empty)
            self.assertIn("tls.", str(caught.exception))


if __name__ == "__main__":
    main()
