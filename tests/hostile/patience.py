"""Clients that take their time, all side by side: podveil ends what is not there after 10 s.

The clock of the first request begins with the connection, of a later one with
its first byte. It is looked at once a second.
"""
import contextlib
import ssl
import time

from hostile.case import Case, ended, harness, protected, refused
from hostile.pods import pod_body

BODY = pod_body()
REQUEST = harness.request("/mutate?timeout=10s", BODY)
HEADERS = REQUEST[:-len(BODY)]
LIMIT, TICK = 10, 60  # the second: what a busy machine may add


def wait_for_end(client, began, at_least=LIMIT - 1):
    """None once the server ends it, which has to be in time."""
    client.socket.settimeout(LIMIT + TICK)
    try:
        over = client.at_end()
    except TimeoutError:
        over = False
    seconds = time.monotonic() - began
    assert over, f"the connection is still there after {seconds:.1f} s"
    assert at_least <= seconds <= LIMIT + TICK, f"it was ended after {seconds:.1f} s"


def silence(data, before=b""):
    """So much of a request, and nothing more."""
    def talk(server):
        began = time.monotonic()
        with harness.Client(server) as client:
            if before:
                client.send(before)
                assert client.read().code == 200, "the request before"
                time.sleep(0.5)  # what comes right behind the answer is not told from it
                began = time.monotonic()
            client.send(data)
            wait_for_end(client, began)
    return talk


def drip(data, start=b"", pause=1.0):
    """A byte, and a second later the next."""
    def talk(server):
        began = time.monotonic()
        with harness.Client(server) as client:
            client.send(start)
            with contextlib.suppress(OSError, ssl.SSLError):
                for byte in data:
                    client.send(bytes([byte]))
                    time.sleep(pause)
                    assert time.monotonic() - began < LIMIT + TICK, "it is still taken"
        seconds = time.monotonic() - began
        assert seconds > LIMIT - 1, f"it was ended after {seconds:.1f} s"
    return talk


def slowly(pieces, pause):
    """The whole request in pieces, in time."""
    def talk(server):
        step = len(REQUEST) // pieces + 1
        with harness.Client(server) as client:
            for at in range(0, len(REQUEST), step):
                client.send(REQUEST[at:at + step])
                time.sleep(pause)
            return client.read()
    return talk


def kept_for_later(server):
    """As Go keeps a connection that it opened and then did not need."""
    with harness.Client(server) as client:
        time.sleep(LIMIT + 2)
        client.send(REQUEST)
        return client.read()


def after_a_pause(server):
    """Between requests a client may be silent for longer."""
    with harness.Client(server) as client:
        client.send(REQUEST)
        assert client.read().code == 200, "the first"
        time.sleep(LIMIT + 2)
        client.send(REQUEST)
        return client.read()


def deaf(server):
    """Asks for 200 answers and reads none: the others are answered meanwhile."""
    with harness.Client(server) as client:
        client.socket.settimeout(3)
        with contextlib.suppress(OSError):
            for _ in range(200):
                client.send(REQUEST)
        time.sleep(LIMIT)


def leaves(*parts):
    """Sends, and is gone without a word."""
    def talk(server):
        for _ in range(20):
            client = harness.Client(server)
            for part in parts:
                client.send(part)
            client.close()
    return talk


def says_goodbye(server):
    """Ends its own direction behind the request, as HTTP lets a client."""
    with harness.Client(server) as client:
        client.send(REQUEST)
        with contextlib.suppress(OSError, ssl.SSLError):
            client.socket.settimeout(5)
            client.socket.unwrap()


def together(number):
    """So many halves at once, each ended."""
    def talk(server):
        clients = []
        try:
            for _ in range(number):
                clients.append(harness.Client(server))
                clients[-1].send(REQUEST[:-1])
            began = time.monotonic()
            for client in clients:
                wait_for_end(client, began, at_least=0)
        finally:
            for client in clients:
                client.close()
    return talk


def pipelined(parts):
    """All at once; the last answer, after each before it was looked at."""
    def talk(server):
        with harness.Client(server) as client:
            client.send(b"".join(data for data, _ in parts))
            for data, want in parts:
                reply = client.read()
                assert (reply.code, reply.body and reply.code == 200 and
                        reply.response["uid"]) == want, f"{reply.code} where {want} was wanted"
                if reply.closes:
                    break
            return reply
    return talk


def one(uid):
    return harness.request("/mutate?timeout=10s", pod_body(uid=uid)), (200, uid)


def slow_cases():
    chunked = harness.request("/mutate", b"", content_length=None, transfer_encoding="chunked")
    for name, data in {
            "a byte": REQUEST[:1], "half its line": REQUEST[:8], "half its headers":
            HEADERS[:len(HEADERS) // 2], "all headers": HEADERS, "half its body":
            REQUEST[:len(HEADERS) + len(BODY) // 2], "all but the last byte": REQUEST[:-1],
            "half a chunk's size": chunked + b"1", "half a chunk": chunked + b"100\r\nabc",
            "chunks without the last": chunked + b"2\r\n{}\r\n", "no trailer's end":
            chunked + b"2\r\n{}\r\n0\r\n"}.items():
        yield Case(f"slow: {name}, then silence", ended(), talk=silence(data), slow=True)
    for name, data in {"half its line": REQUEST[:8], "all but the last byte": REQUEST[:-1]}.items():
        yield Case(f"slow: a second request, {name}, then silence", ended(),
                   talk=silence(data, before=REQUEST), slow=True)
    yield Case("slow: a header drips a byte a second", ended(), talk=drip(REQUEST), slow=True)
    yield Case("slow: a header that never ends drips", ended(),
               talk=drip(b"x" * 1000, HEADERS[:-2] + b"x: "), slow=True)
    yield Case("slow: a body drips a byte a second", ended(), talk=drip(BODY, HEADERS), slow=True)
    yield Case("slow: chunks drip", ended(), talk=drip(b"1\r\n \r\n" * 100, chunked), slow=True)
    yield Case("slow: trailers drip", ended(),
               talk=drip(b"x-a: b\r\n" * 100, chunked + b"2\r\n{}\r\n0\r\n"), slow=True)
    yield Case("slow: 100 clients, all but the last byte", ended(), talk=together(100), slow=True)
    yield Case("slow: in time, in 8 pieces over 8 s", protected(), BODY, talk=slowly(8, 1.0),
               slow=True)
    yield Case("slow: 12 s between handshake and request", protected(), BODY, talk=kept_for_later, slow=True)
    yield Case("slow: 12 s between two requests", protected(), BODY, talk=after_a_pause, slow=True)
    yield Case("slow: 200 requests and no answer read", ended(), talk=deaf, slow=True)


def quick_cases():
    yield Case("slow: 200 pieces at once", protected(), BODY, talk=slowly(200, 0))
    for name, parts in {"a half request": [REQUEST[:-1]], "a request": [REQUEST],
                        "four requests": [REQUEST * 4], "no request": []}.items():
        yield Case(f"slow: leaves behind {name}, 20 times", ended(), talk=leaves(*parts))
    yield Case("slow: says goodbye behind its request", ended(), talk=says_goodbye)
    yield Case("pipelined: 8 reviews", refused(200),
               talk=pipelined([one(f"uid-{i}") for i in range(8)]))
    yield Case("pipelined: 100 reviews", refused(200),
               talk=pipelined([one(f"uid-{i}") for i in range(100)]))
    bad = (harness.request("/mutate", b"{"), (400, False))
    lost = (harness.request("/nowhere", BODY), (404, False))
    yield Case("pipelined: good, bad, good, lost, good", refused(200),
               talk=pipelined([one("a"), bad, one("b"), lost, one("c")]))
    yield Case("pipelined: a review and garbage", ended(400),
               raw=b"\x16\x03\x01 garbage\r\n\r\n" + REQUEST)
    inner = harness.request("/validate", pod_body(uid="inner"))
    yield Case("pipelined: a request inside a body stays a body", refused(400),
               raw=harness.request("/mutate", inner))


def cases():
    yield from slow_cases()
    yield from quick_cases()
