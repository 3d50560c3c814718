#!/usr/bin/env python3
"""Each limit of the HTTPS side: what stays just under it is served, what goes over it is refused
by its code and counted."""
import contextlib
import os
import pathlib
import socket
import ssl
import threading
import time

from harness import Case, Client, main, pod_review, request
from test_long import long_review

MIB = 1024 * 1024
BODY = 8 * MIB
TOKENS = 2097152
DEPTH = 128
HEADERS = 16384
CHART = 256 * MIB  # the memory limit that the chart sets
SANITIZED = b"__asan_init" in pathlib.Path(os.environ["SERVER"]).read_bytes()


def chunked(body, size=MIB):
    parts = [body[at:at + size] for at in range(0, len(body), size)]
    return request("/mutate", b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) +
                   b"0\r\n\r\n", content_length=None, transfer_encoding="chunked")


def sized(body, size):
    return body + b" " * (size - len(body))


def with_value(value):
    """A review with that JSON somewhere inside, where no rule looks."""
    return pod_review().replace(b'"dryRun": false', b'"dryRun": false, "x": ' + value, 1)


def with_tokens(count):
    """A review of `count` tokens; one for a key, one for a value."""
    bare = with_value(b"[]")
    text, here, quoted, escaped = bare.decode(), 0, False, False
    for char in text:  # the tokens of the review itself
        if quoted:
            quoted = escaped or char != '"'
            escaped = not escaped and char == "\\"
        elif char == '"':
            quoted, here = True, here + 1
        elif char in "{[tfn" or (char in "-0123456789" and before in " [,:"):
            here += 1
        before = char
    return with_value(b"[" + b",".join([b"0"] * (count - here)) + b"]")


def header_padding(total):
    """A request whose request line and headers are `total` bytes, as the server counts them."""
    body = pod_review()
    bare = len(request("/mutate", body, x_pad="")) - len(body)
    return request("/mutate", body, x_pad="x" * (total - bare))


# name, what stays under it, what goes over it, the code, what is counted
SIZES = [
    ("body", request("/mutate", sized(pod_review(), BODY)),
     request("/mutate", sized(pod_review(), BODY + 1)), 413,
     'podveil_http_refusals_total{code="413"}'),
    ("body in chunks", chunked(sized(pod_review(), BODY)), chunked(sized(pod_review(), BODY + 1)),
     413, 'podveil_http_refusals_total{code="413"}'),
    ("body in chunks of a byte more", chunked(sized(pod_review(), BODY), BODY),
     chunked(sized(pod_review(), BODY + 1), BODY + 1), 413,
     'podveil_http_refusals_total{code="413"}'),
    # the review is one deep, the request two
    ("depth", request("/mutate", with_value(b"[" * (DEPTH - 2) + b"]" * (DEPTH - 2))),
     request("/mutate", with_value(b"[" * (DEPTH - 1) + b"]" * (DEPTH - 1))), 413,
     'podveil_reviews_total{path="mutate",decision="error"}'),
    ("tokens", request("/mutate", with_tokens(TOKENS)),
     request("/mutate", with_tokens(TOKENS + 1)), 413,
     'podveil_reviews_total{path="mutate",decision="error"}'),
    ("headers", header_padding(HEADERS), header_padding(HEADERS + 1), 431,
     'podveil_http_refusals_total{code="431"}'),
]


class Sizes(Case):
    def test_just_under_is_served_and_over_is_refused(self):
        server = self.start("--request-ms", "60000")
        for name, under, over, code, count in SIZES:
            with self.subTest(name), Client(server, timeout=60) as client:
                client.send(under)
                reply = client.read()
                self.assertEqual(reply.code, 200, reply.body)
                self.assertTrue(reply.response["allowed"])
                before = server.metric(count)
                client.send(over)
                reply = client.read()
                self.assertEqual(reply.code, code, reply.body)
                self.assertEqual(server.metric(count), before + 1)
                self.assertEqual(client.ask("/mutate", pod_review()).code, 200)
        self.assertEqual(server.metric("podveil_request_memory_bytes"), 0)


class Memory(Case):
    def assert_served_or_told(self, server, review):
        codes = []

        def send():
            with Client(server, timeout=60) as client:
                reply = client.ask("/mutate?timeout=30s", review)
                allowed = reply.code == 200 and reply.response["allowed"]
                codes.append((reply.code, reply.headers.get("retry-after"), allowed))

        before = server.metric('podveil_sheds_total{limit="memory"}')
        threads = [threading.Thread(target=send) for _ in range(16)]
        for thread in threads:
            thread.start()
        with Client(server) as client:
            while any(thread.is_alive() for thread in threads):
                self.assertTrue(client.ask("/mutate", pod_review()).response["allowed"])
                self.assertLessEqual(server.metric("podveil_request_memory_bytes"), 64 * MIB)
        for thread in threads:
            thread.join()
        self.assertEqual(len(codes), 16)
        self.assertIn((200, None, True), codes)
        self.assertLessEqual(set(codes), {(200, None, True), (503, "1", False)})
        self.assertEqual(server.metric('podveil_sheds_total{limit="memory"}'),
                         before + codes.count((503, "1", False)))
        server.until(lambda: server.metric("podveil_requests_in_flight") == 0)
        self.assertEqual(server.metric("podveil_request_memory_bytes"), 0)

    def test_sixteen_of_the_largest_at_once(self):
        server = self.start("--request-ms", "60000")
        for name, review in (("text", long_review(BODY, "large")),
                             ("tokens", sized(with_tokens(TOKENS), BODY))):
            with self.subTest(name):
                self.assert_served_or_told(server, review)
        if not SANITIZED:
            self.assertLess(server.peak_memory(), CHART)


class Slow(Case):
    """What does not come; the 10 s for a request are cut to 1 s, and told by podveil's own count."""

    def setUp(self):
        self.server = self.start("--request-ms", "1000", "--tick-ms", "100")

    def closed(self):
        return self.server.metric("podveil_slow_requests_closed_total")

    def assert_cut(self, plain, before, drip=b""):
        """The server ends it, though a byte comes now and then, and says in its count why."""
        plain.settimeout(0.2)
        ended = False
        for at in range(50):
            with contextlib.suppress(TimeoutError):
                try:
                    if drip:
                        plain.send(drip[at:at + 1])
                    ended = plain.recv(65536) == b""
                except (ConnectionError, ssl.SSLError):
                    ended = True
            if ended:
                break
        self.assertTrue(ended)
        self.server.until(lambda: self.closed() == before + 1)

    def test_no_word_after_the_accept(self):
        with socket.create_connection(self.server.https) as plain:
            self.assert_cut(plain, 0)

    def test_half_a_handshake(self):
        with socket.create_connection(self.server.https) as plain:
            plain.sendall(b"\x16\x03\x01")
            self.assert_cut(plain, 0)

    def test_a_handshake_that_drips(self):
        with socket.create_connection(self.server.https) as plain:
            self.assert_cut(plain, 0, drip=b"\x16\x03\x01\x02\x00\x01" + b"\0" * 100)

    def test_plain_http_that_drips(self):  # its fifth byte would be seen to be no TLS
        with socket.create_connection(self.server.https) as plain:
            self.assert_cut(plain, 0, drip=b"GET ")

    def test_a_connection_that_is_kept_for_later_is_left_alone(self):
        with Client(self.server) as client:  # as Go opens one more than it needs
            time.sleep(2)
            self.assertEqual(client.ask("/mutate", pod_review()).code, 200)
        self.assertEqual(self.closed(), 0)

    def test_half_a_request_right_behind_the_handshake(self):
        for number in range(8):
            with self.subTest(number), Client(self.server) as client:
                client.send(request("/mutate", pod_review())[:1 + 100 * number])
                self.assert_cut(client.socket, number)

    def test_headers_that_drip(self):
        with Client(self.server) as client:
            self.assert_cut(client.socket, 0, drip=request("/mutate", pod_review()))

    def test_a_body_that_drips(self):
        whole = request("/mutate", pod_review())
        with Client(self.server) as client:
            client.send(whole[:-100])
            self.assert_cut(client.socket, 0, drip=whole[-100:])

    def test_a_later_request_that_drips(self):
        with Client(self.server) as client:
            self.assertEqual(client.ask("/mutate", pod_review()).code, 200)
            time.sleep(0.1)
            self.assert_cut(client.socket, 0, drip=request("/mutate", pod_review()))

    def test_what_is_refused_and_does_not_come(self):
        with Client(self.server) as client:
            client.send(request("/none-such", b"", content_length="100"))
            self.assert_cut(client.socket, 0)

    def test_a_chunk_that_is_announced_and_does_not_come(self):
        with Client(self.server) as client:
            client.send(request("/mutate", b"f" * 16 + b"\r\n{", content_length=None,
                                transfer_encoding="chunked"))
            self.assert_cut(client.socket, 0)

    def test_slowly_and_in_time(self):
        whole = request("/mutate", pod_review())
        with Client(self.server) as client:
            for _ in range(3):
                for part in (whole[:10], whole[10:1000], whole[1000:]):
                    client.send(part)
                    time.sleep(0.2)
                self.assertEqual(client.read().code, 200)
        self.assertEqual(self.closed(), 0)

    def test_an_idle_connection_is_left_alone(self):
        with Client(self.server) as client:
            self.assertEqual(client.ask("/mutate", pod_review()).code, 200)
            time.sleep(2)
            self.assertEqual(client.ask("/mutate", pod_review()).code, 200)
        self.assertEqual(self.closed(), 0)

    def test_garbage_is_no_tls(self):
        for data in (b"\0" * 5000, b"\x16\x03\x01\xff\xff" + b"x" * 3000, b"GET / HTTP/1.1\r\n\r\n",
                     b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"):
            errors = self.server.metric("podveil_http_errors_total")
            with socket.create_connection(self.server.https, timeout=10) as plain:
                plain.sendall(data)
                with contextlib.suppress(ConnectionError):
                    while plain.recv(4096):
                        pass
            self.server.until(lambda before=errors:
                              self.server.metric("podveil_http_errors_total") > before)


class Idle(Case):
    def test_a_connection_that_was_never_used_is_closed(self):
        with self.start("--idle-s", "2") as server, Client(server) as client:
            self.assertTrue(client.at_end())
            self.assertEqual(server.metric("podveil_slow_requests_closed_total"), 0)

    def test_a_connection_that_is_not_used_is_closed(self):
        with self.start("--idle-s", "2") as server, Client(server) as client:
            for _ in range(3):  # longer than that in all
                self.assertEqual(client.ask("/mutate", pod_review()).code, 200)
                time.sleep(0.8)
            self.assertEqual(client.ask("/mutate", pod_review()).code, 200)
            self.assertTrue(client.at_end())
            self.assertEqual(server.metric("podveil_slow_requests_closed_total"), 0)

    def test_that_waits_for_its_policies_is_not_idle(self):
        with self.start("--idle-s", "1") as server, Client(server) as client:
            with server.held():
                client.send(request("/mutate?timeout=30s", pod_review()))
                time.sleep(2.5)
            self.assertTrue(client.read().response["allowed"])


if __name__ == "__main__":
    main()
