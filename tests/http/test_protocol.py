#!/usr/bin/env python3
"""HTTP as clients speak it, well and badly."""
import json
import socket
import ssl
import statistics
import time

from harness import Case, Client, Server, main, pod_review, recorded, request

MIB = 1024 * 1024

# name, request, code, what the headers hold
REFUSED = [
    ("unknown path", request("/", b"{}"), 404, {}),
    ("path with a tail", request("/mutate/", b"{}"), 404, {}),
    ("no gateway's name", request("/mutate/namespace/", b"{}"), 404, {}),
    ("a gateway with a slash", request("/mutate/namespace/a/b", b"{}"), 404, {}),
    ("GET", request("/mutate", b"", method="GET"), 405, {"allow": "POST"}),
    ("PUT", request("/validate", b"{}", method="PUT"), 405, {"allow": "POST"}),
    ("an own method", request("/validate", b"{}", method="BREW"), 405, {"allow": "POST"}),
    ("no content type", request("/mutate", b"{}", content_type=None), 415, {}),
    ("YAML", request("/mutate", b"{}", content_type="application/yaml"), 415, {}),
    ("a longer type", request("/mutate", b"{}", content_type="application/jsonx"), 415, {}),
    ("empty body", request("/mutate", b""), 400, {}),
    ("no JSON", request("/mutate", b"{"), 400, {}),
    ("no review", request("/mutate", b"{}"), 400, {}),
    ("large headers", request("/mutate", b"{}", x_large="x" * 20000), 431, {}),
    ("9 MiB", request("/mutate", b" " * (9 * MIB)), 413, {}),
    ("9 MiB in chunks",
     request("/mutate", b"100000\r\n" * 1 + b" " * MIB + b"\r\n" +
             (b"100000\r\n" + b" " * MIB + b"\r\n") * 8 + b"0\r\n\r\n",
             content_length=None, transfer_encoding="chunked"), 413, {}),
    ("8 MiB of tokens", request("/mutate", b"[" + b"0," * (4 * MIB - 2) + b"0]"), 413, {}),
]


class Protocol(Case):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--request-ms", "5000")

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def test_refusals_have_their_code_and_keep_the_connection(self):
        for name, data, code, headers in REFUSED:
            with self.subTest(name), Client(self.server) as client:
                client.send(data)
                reply = client.read()
                self.assertEqual(reply.code, code, reply.body)
                self.assertEqual(reply.headers["content-type"], "text/plain; charset=utf-8")
                for key, value in headers.items():
                    self.assertEqual(reply.headers.get(key), value)
                self.assertEqual(client.ask("/mutate", pod_review()).code, 200)

    def test_reviews_are_answered_on_each_path(self):
        cases = [("/mutate", "mutate-pod-create-deployment"),
                 ("/mutate/namespace/vpn", "mutate-pod-create-deployment"),
                 ("/validate?timeout=5s", "validate-networkpolicy-create"),
                 ("/validate/namespace/vpn", "validate-networkpolicy-create"),
                 ("/validate/waypoint", "validate-networkpolicy-create"),
                 ("/%6dutate", "mutate-pod-create-deployment")]
        for path, name in cases:
            with self.subTest(path), Client(self.server) as client:
                reply = client.ask(path, recorded(name))
                self.assertEqual(reply.code, 200, reply.body)
                self.assertEqual(reply.headers["content-type"], "application/json")
                self.assertIn("uid", reply.response)

    def test_a_path_says_that_the_namespace_is_at_a_waypoint(self):
        kind = {"group": "networking.istio.io", "version": "v1"}
        entry = {"apiVersion": "networking.istio.io/v1", "kind": "ServiceEntry",
                 "metadata": {"name": "out", "namespace": "tools"},
                 "spec": {"hosts": ["example.com"], "resolution": "DNS"}}
        review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
                  "request": {"uid": "u", "kind": {**kind, "kind": "ServiceEntry"},
                              "resource": {**kind, "resource": "serviceentries"},
                              "operation": "CREATE", "name": "out", "namespace": "tools",
                              "object": entry}}
        for path, allowed in (("/validate", True), ("/validate/waypoint", False)):
            with self.subTest(path), Client(self.server) as client:
                reply = client.ask(path, json.dumps(review).encode())
                self.assertEqual(reply.response["allowed"], allowed, reply.body)

    def test_content_types_may_have_parameters(self):
        for kind in ["application/json", "Application/JSON", "application/json; charset=utf-8",
                     "application/json;charset=utf-8"]:
            with self.subTest(kind), Client(self.server) as client:
                reply = client.ask("/mutate", pod_review(), content_type=kind)
                self.assertEqual(reply.code, 200)

    # Uncorked wrongly, a small reply waits 200 ms in the kernel, and each later one too.
    def test_small_and_large_replies_are_both_fast(self):
        times = {"small": [], "large": []}
        with Client(self.server) as client:
            for _ in range(15):
                for size, body in (("small", b"{}"), ("large", pod_review())):
                    began = time.monotonic()
                    reply = client.ask("/mutate", body)
                    times[size].append(time.monotonic() - began)
                    if size == "large":
                        self.assertGreater(len(reply.body), 1400)
        for size, seconds in times.items():
            self.assertLess(statistics.median(seconds), 0.15, size)

    def test_expect_continue(self):
        body = pod_review()
        with Client(self.server) as client:
            whole = request("/mutate", body, expect="100-continue")
            client.send(whole[:-len(body)])
            self.assertEqual(client.read().code, 100)
            client.send(body)
            self.assertEqual(client.read().code, 200)
        with Client(self.server) as client:
            client.send(request("/mutate", b"", content_length=str(9 * MIB),
                                expect="100-continue"))
            self.assertEqual(client.read().code, 413)

    def test_chunked_bodies(self):
        body = pod_review()
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part)
                          for part in (body[:1], body[1:4000], body[4000:])) + b"0\r\n\r\n"
        with Client(self.server) as client:
            for _ in range(2):
                client.send(request("/mutate", chunks, content_length=None,
                                    transfer_encoding="chunked"))
                self.assertTrue(client.read().response["allowed"])

    def test_http_1_0(self):
        with Client(self.server) as client:
            client.send(request("/mutate", pod_review(), version="HTTP/1.0"))
            self.assertEqual(client.read().code, 200)
            self.assertTrue(client.at_end())
        with Client(self.server) as client:
            for _ in range(2):
                client.send(request("/mutate", pod_review(), version="HTTP/1.0",
                                    connection="keep-alive"))
                self.assertEqual(client.read().code, 200)

    def test_connection_close(self):
        with Client(self.server) as client:
            self.assertEqual(client.ask("/mutate", pod_review(), connection="close").code, 200)
            self.assertTrue(client.at_end())

    def test_pipelined_requests_are_answered_in_order(self):
        uids = [f"uid-{i}" for i in range(8)]
        with Client(self.server) as client:
            client.send(b"".join(request("/mutate", pod_review(f"pipe-{uid}", uid=uid))
                                 for uid in uids))
            self.assertEqual([client.read().response["uid"] for _ in uids], uids)

    def test_tls_1_2_and_1_3(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = ssl.create_default_context(cafile=str(self.server.ca))
            context.minimum_version = context.maximum_version = version
            with self.subTest(version), Client(self.server, context=context) as client:
                for body, code in ((b"{}", 400), (pod_review(), 200)):
                    self.assertEqual(client.ask("/mutate", body).code, code)

    def test_what_is_no_tls(self):
        for data in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"x" * 3000,
                     b"\0" * 5000):
            with socket.create_connection(self.server.https, timeout=5) as plain:
                plain.sendall(data)
                try:
                    while plain.recv(4096):
                        pass
                except ConnectionError:
                    pass
        with Client(self.server) as client:
            self.assertEqual(client.ask("/mutate", pod_review()).code, 200)


if __name__ == "__main__":
    main()
