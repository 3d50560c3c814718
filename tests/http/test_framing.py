#!/usr/bin/env python3
"""Requests that are no HTTP, or not clearly one: refused, counted, and nothing behind them read."""
import contextlib

from harness import Case, Client, Server, main, pod_review, request

BODY = pod_review(uid="of-this-one")
BEHIND = request("/mutate", pod_review(uid="of-the-one-behind"))
LENGTH = f"Content-Length: {len(BODY)}"
CHUNKED = "Transfer-Encoding: chunked"
WHOLE = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)


def raw(*lines, body=BODY, line="POST /mutate HTTP/1.1", host="Host: podveil",
        kind="Content-Type: application/json"):
    head = [line] + [text for text in (host, kind) if text] + list(lines)
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body


# Nothing may be believed behind these: name, request, code or None where the end is all there is.
ENDS = [
    ("two hosts", raw("Host: podveil", LENGTH), 400),
    ("no host", raw(LENGTH, host=None), 400),
    ("one length twice", raw(LENGTH, LENGTH), 400),
    ("two lengths", raw("Content-Length: 2", LENGTH), 400),
    ("two lengths, the small one last", raw(LENGTH, "Content-Length: 2"), 400),
    ("two lengths by a bare line feed", raw(f"X: a\nContent-Length: 2\r\n{LENGTH}"), 400),
    ("two lengths in one", raw(f"{LENGTH}, {len(BODY)}"), 400),
    ("a length with a sign", raw(f"Content-Length: +{len(BODY)}"), 400),
    ("a length below zero", raw("Content-Length: -1"), 400),
    ("a length in hex", raw("Content-Length: 0x10"), 400),
    ("a length and a word", raw(LENGTH + " bytes"), 400),
    ("a length with leading zeros", raw(f"Content-Length: 000{len(BODY)}"), 400),
    ("a length that is empty", raw("Content-Length: "), 400),
    ("a length of 65 MiB", raw(f"Content-Length: {65 << 20}"), 413),
    ("a length of 2^63", raw(f"Content-Length: {1 << 63}"), 413),
    ("a length of 2^64 - 1", raw(f"Content-Length: {(1 << 64) - 1}"), 413),
    ("a length of 2^64", raw(f"Content-Length: {1 << 64}"), 413),
    ("a length on a line of its own", raw(f"Content-Length:\r\n {len(BODY)}"), 411),
    ("a blank before the colon", raw(f"Content-Length : {len(BODY)}"), 400),
    ("a tab before the colon", raw(f"Content-Length\t: {len(BODY)}"), 400),
    ("neither length nor chunks", raw(), 411),
    ("a length and chunks", raw(LENGTH, CHUNKED, body=WHOLE), 400),
    ("chunks and a length", raw(CHUNKED, LENGTH, body=WHOLE), 400),
    ("no length and chunks", raw("Content-Length: 0", CHUNKED, body=WHOLE), 400),
    ("chunks twice", raw(CHUNKED, CHUNKED, body=WHOLE), 400),
    ("chunks of chunks", raw(CHUNKED + ", chunked", body=WHOLE), 400),
    ("compressed chunks", raw("Transfer-Encoding: gzip, chunked", body=WHOLE), 400),
    ("a coding of no meaning", raw("Transfer-Encoding: identity", LENGTH), 400),
    ("nearly chunked", raw("Transfer-Encoding: xchunked", body=WHOLE), 400),
    ("chunked behind a control character", raw("Transfer-Encoding: \vchunked", body=WHOLE), 400),
    ("chunks in HTTP/1.0", raw(CHUNKED, line="POST /mutate HTTP/1.0", body=WHOLE), 400),
    ("a chunk in C's hex", raw(CHUNKED, body=b"0x" + WHOLE), 400),
    ("a chunk with a blank", raw(CHUNKED, body=b" " + WHOLE), 400),
    ("a chunk below zero", raw(CHUNKED, body=b"-" + WHOLE), 400),
    ("a chunk without a size", raw(CHUNKED, body=b"\r\n" + WHOLE), 400),
    ("a chunk of 2^72", raw(CHUNKED, body=b"f" * 18 + b"\r\n" + WHOLE), 413),
    ("a chunk that is longer than it says",
     raw(CHUNKED, body=b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY) - 1, BODY)), 400),
    ("a chunk that does not end", raw(CHUNKED, body=b"%x\r\n%s0\r\n\r\n" % (len(BODY), BODY)), 400),
    ("two content types", raw("Content-Type: text/plain", LENGTH), 400),
    ("two expectations", raw("Expect: 100-continue", "Expect: 100-continue", LENGTH), 400),
    ("a carriage return in a value", raw("X: a\rContent-Length: 2", LENGTH), 400),
    ("a control character in a value", raw("X: a\x01", LENGTH), 400),
    ("a blank before a name", raw(" X: y", LENGTH, host=None), 400),
    ("a name in brackets", raw("(X): y", LENGTH), 400),
    ("no colon", raw("nonsense", LENGTH), 400),
    ("HTTP/2", raw(LENGTH, line="POST /mutate HTTP/2.0"), 505),
    ("HTTP/2 as it begins", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ("HTTP/0.9", raw(line="POST /mutate", host=None, kind=None), 400),
    ("no version of HTTP", raw(LENGTH, line="POST /mutate HTTP/1.1x"), 400),
    ("http in small letters", raw(LENGTH, line="POST /mutate http/1.1"), 400),
    ("a blank in the path", raw(LENGTH, line="POST /mutate x HTTP/1.1"), None),
    ("tabs for blanks", raw(LENGTH, line="POST\t/mutate\tHTTP/1.1"), None),
]

# These end where they say: what is behind them is answered. name, request, code
GOES_ON = [
    ("absolute", raw(LENGTH, line="POST https://podveil/mutate HTTP/1.1"), 404),
    ("authority", raw(LENGTH, line="POST podveil:443 HTTP/1.1"), 404),
    ("asterisk", raw(LENGTH, line="OPTIONS * HTTP/1.1"), 404),
    ("no slash", raw(LENGTH, line="POST mutate HTTP/1.1"), 404),
    ("two slashes", raw(LENGTH, line="POST //mutate HTTP/1.1"), 404),
    ("a dot", raw(LENGTH, line="POST /./mutate HTTP/1.1"), 404),
    ("a way up", raw(LENGTH, line="POST /x/../mutate HTTP/1.1"), 404),
    ("NUL behind the path", raw(LENGTH, line="POST /mutate%00 HTTP/1.1"), 404),
    ("a long path", raw(LENGTH, line="POST /" + "a" * 20000 + " HTTP/1.1"), 431),
    ("small letters", raw(LENGTH, line="post /mutate HTTP/1.1"), 405),
    ("another method on top", raw("X-HTTP-Method-Override: POST", LENGTH,
                                  line="GET /mutate HTTP/1.1"), 405),
    ("compressed", raw("Content-Encoding: gzip", LENGTH), 415),
    ("an unknown expectation", raw("Expect: 200-ok", LENGTH), 417),
] + [(f"gateway {name!r}", raw(LENGTH, line=f"POST /mutate/namespace/{name} HTTP/1.1"), 404)
     for name in ("", "vpn%00", "vpn%00x", "%00", "%00vpn", "vpn%2f", "vpn%2F..", "a/b", "..", ".",
                  "%2e%2e", "vpn/", "vpn.", "VPN", "v+n", "vpn%", "vpn%0", "vpn%zz", "vpn%2500",
                  "vpn%20", "vpn%0a", "%76pn%0d", "vpn;x", "vpn%ff", "a" * 64, "a" * 300)
] + [(f"timeout {query!r}", raw(LENGTH, line=f"POST /mutate?{query} HTTP/1.1"), 400)
     for query in ("timeout=abc", "timeout=-1s", "timeout=", "timeout", "timeout=10",
                   "timeout=10s&timeout=10s", "timeout=1s&x=y&timeout=", "timeout=10s%00",
                   "timeout=1%2B0s", "timeout=1d", "timeout=1+s", "timeout=%20")]

# Odd, and clear. name, request
FINE = [
    ("as it should be", raw(LENGTH)),
    ("chunks", raw(CHUNKED, body=WHOLE)),
    ("CHUNKS", raw("TRANSFER-ENCODING: CHUNKED", body=WHOLE)),
    ("chunks with a trailer", raw(CHUNKED, body=WHOLE[:-2] + b"Content-Length: 2\r\n\r\n")),
    ("chunks with an extension",
     raw(CHUNKED, body=b"%x;a=b\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY))),
    ("nothing done to it", raw("Content-Encoding: identity", LENGTH)),
    ("empty lines ahead", b"\r\n\r\n" + raw(LENGTH)),
    ("bare line feeds", raw(LENGTH, body=b"").replace(b"\r\n", b"\n") + BODY),
    ("a header that goes on", raw("X: a\r\n b", LENGTH)),
    ("HTTP/1.2", raw(LENGTH, line="POST /mutate HTTP/1.2")),
    ("an upgrade", raw("Connection: upgrade", "Upgrade: websocket", LENGTH)),
    ("a letter escaped", raw(LENGTH, line="POST /%6dutate/namespace/v%70n HTTP/1.1")),
] + [(f"timeout {query!r}", raw(LENGTH, line=f"POST /mutate?{query} HTTP/1.1"))
     for query in ("timeout=10s", "timeout=1m0s", "timeout=2500ms", "timeout=1.5s",
                   "timeout=9000h", "timeout=1%30s", "x=1&timeout=10s", "TIMEOUT=abc", "&&")]

COUNTS = ("podveil_http_refusals_total{", "podveil_http_errors_total ",
          "podveil_connections_ended_early_total ")


class Framing(Case):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def refused(self):
        lines = self.server.get("/metrics")[2].splitlines()
        return sum(int(line.split()[-1]) for line in lines if line.startswith(COUNTS))

    def assert_end(self, client):
        """Whatever the library still says of what came behind: no second answer."""
        rest = b""
        try:
            while data := client.socket.recv(65536):
                rest += data
        except OSError:
            pass
        self.assertNotIn(b"of-the-one-behind", rest + client.buffer)

    def test_what_may_not_be_believed_ends_the_connection(self):
        for name, data, code in ENDS:
            before = self.refused()
            with self.subTest(name), Client(self.server) as client:
                client.send(data + BEHIND)
                if code is not None:
                    reply = client.read()
                    self.assertEqual(reply.code, code, reply.body)
                    self.assertTrue(reply.closes)
                self.assert_end(client)
            self.server.until(lambda before=before: self.refused() > before)

    def test_what_does_not_fit_ends_the_connection(self):
        cases = [("a path", raw(line="POST /" + "a" * 100000 + " HTTP/1.1"), 414),
                 ("a header", raw("X: " + "a" * 100000), 431),
                 ("headers", raw(*(f"X{i}: y" for i in range(10000))), 431)]
        for name, data, code in cases:
            before = self.refused()
            with self.subTest(name), Client(self.server) as client:
                with contextlib.suppress(OSError):  # it may be cut off before it has said all
                    client.send(data)
                with contextlib.suppress(ConnectionError):
                    self.assertEqual(client.read().code, code)
                self.assert_end(client)
            self.server.until(lambda before=before: self.refused() > before)

    def test_what_has_an_end_is_refused_and_the_next_is_answered(self):
        for name, data, code in GOES_ON:
            before = self.refused()
            with self.subTest(name), Client(self.server) as client:
                client.send(data + BEHIND)
                reply = client.read()
                self.assertEqual(reply.code, code, reply.body)
                self.assertEqual(client.read().response["uid"], "of-the-one-behind")
            self.assertEqual(self.refused(), before + 1)

    def test_what_is_odd_and_clear_is_answered(self):
        for name, data in FINE:
            with self.subTest(name), Client(self.server) as client:
                client.send(data + BEHIND)
                for uid in ("of-this-one", "of-the-one-behind"):
                    reply = client.read()
                    self.assertEqual(reply.code, 200, reply.body)
                    self.assertEqual(reply.response["uid"], uid)


if __name__ == "__main__":
    main()
