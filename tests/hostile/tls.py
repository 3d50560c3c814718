"""What is no TLS, half of it, too old, or broken on the way."""
import contextlib
import socket
import ssl
import struct
import time
import warnings

from hostile.case import Case, ended, harness, protected
from hostile.pods import pod_body

BODY = pod_body()
REQUEST = harness.request("/mutate?timeout=10s", BODY)
RESET = struct.pack("ii", 1, 0)


def hello(context=None, name="localhost"):
    """The bytes of a ClientHello."""
    context = context or ssl.create_default_context()
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(into, out, server_hostname=name)
    with contextlib.suppress(ssl.SSLWantReadError):
        tls.do_handshake()
    return out.read()


def plain(server, timeout=20):
    return socket.create_connection(server.https, timeout=timeout)


def rest(stream):
    """All that still comes, until the end."""
    data = b""
    with contextlib.suppress(ConnectionError):
        while True:
            more = stream.recv(65536)
            if not more:
                break
            data += more
    return data


def says(data, end=False, reply_allowed=(21, 22)):
    """Sends bytes in place of a handshake: an alert may come back, and the end."""
    def talk(server):
        with plain(server) as stream:
            with contextlib.suppress(ConnectionError):
                stream.sendall(data() if callable(data) else data)
                if end:
                    stream.shutdown(socket.SHUT_WR)
            answer = rest(stream)
        assert not answer or answer[0] in reply_allowed, f"it says {answer[:40]!r}"
    return talk


def waits(data):
    """Half a handshake and silence: ended after 10 s."""
    def talk(server):
        began = time.monotonic()
        with plain(server) as stream:
            stream.sendall(data())
            rest(stream)
        seconds = time.monotonic() - began
        assert 9 <= seconds <= 15, f"it was ended after {seconds:.1f} s"
    return talk


def drips(server):
    """A handshake of a byte a second is ended after 10 s, however it goes on."""
    began = time.monotonic()
    with plain(server) as stream, contextlib.suppress(OSError):
        for byte in hello():
            stream.sendall(bytes([byte]))
            time.sleep(1)
            assert time.monotonic() - began < 16, "it is still taken"
    assert time.monotonic() - began > 9, "it was ended early"


def asks(change, name="localhost"):
    """A review over TLS as `change` makes the context."""
    def talk(server):
        context = ssl.create_default_context(cafile=str(server.ca))
        context.check_hostname = False
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            change(context)
        try:
            with plain(server) as stream, \
                    context.wrap_socket(stream, server_hostname=name) as tls:
                client = harness.Client.__new__(harness.Client)
                client.socket, client.buffer = tls, b""
                client.send(REQUEST)
                return client.read()
        except ssl.SSLError:
            return None
    return talk


def version(which):
    def change(context):
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = which
    return change


def ciphers(names):
    def change(context):
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(names + ":@SECLEVEL=0")
    return change


def in_bits(server):
    """Each byte of the handshake a segment of its own."""
    context = ssl.create_default_context(cafile=str(server.ca))
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(into, out, server_hostname="localhost")
    with plain(server) as stream:
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                for byte in out.read():
                    stream.send(bytes([byte]))
                into.write(stream.recv(65536))
        tls.write(REQUEST)
        stream.sendall(out.read())
        client = Loose(stream, tls, into)
        return client.read()


class Loose(harness.Client):
    """A client whose TLS is no socket."""

    def __init__(self, stream, tls, into):
        self.stream, self.tls, self.into, self.buffer = stream, tls, into, b""

    def _more(self):
        while True:
            with contextlib.suppress(ssl.SSLWantReadError):
                self.buffer += self.tls.read(65536)
                return
            data = self.stream.recv(65536)
            if not data:
                raise ConnectionError("closed")
            self.into.write(data)


def breaks(data):
    """A good handshake, then bytes that are no record of it."""
    def talk(server):
        client = harness.Client(server)
        stream = socket.socket(fileno=client.socket.detach())
        with stream:
            stream.settimeout(20)
            with contextlib.suppress(ConnectionError):
                stream.sendall(data)
            rest(stream)
    return talk


def resets(after):
    """300 connections that are reset."""
    def talk(server):
        for _ in range(300):
            stream = plain(server)
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            if after:
                stream.sendall(after)
            stream.close()
    return talk


def handshakes_alone(server):
    for _ in range(50):
        harness.Client(server).close()


def record(kind, body, version=b"\x03\x03"):
    return bytes([kind]) + version + len(body).to_bytes(2, "big") + body


def garbage_cases():
    whole = hello()
    for name, data in {
            "plain HTTP": REQUEST, "a GET": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "NULs": b"\0" * 5000, "ff": b"\xff" * 5000, "SSH": b"SSH-2.0-OpenSSH_9.2\r\n",
            "a record of 65,535 bytes": b"\x16\x03\x01\xff\xff" + b"x" * 70000,
            "an empty record": record(22, b"") * 100, "data before the handshake":
            record(23, b"x" * 100), "an alert": record(21, b"\2\50"), "10,000 alerts":
            record(21, b"\1\0") * 10000, "a change of ciphers": record(20, b"\1"),
            "a heartbeat": record(24, b"\1\x40\0"), "an unknown record": record(99, b"x" * 10),
            "an SSLv2 hello": b"\x80\x2e\1\0\2\0\x15\0\0\0\x10" + b"x" * 40,
            "a hello of no version": record(22, b"\1\0\0\2\0\0"),
            "a hello of 16 MiB, announced": record(22, b"\1\xff\xff\xff" + b"x" * 1000),
            "a Finished at first": record(22, b"\x14\0\0\x0c" + b"x" * 12),
            "a hello with broken extensions": whole[:-20] + b"\xff" * 20}.items():
        yield Case(f"tls: {name}", ended(), talk=says(data), slow=True)
    yield Case("tls: half a hello and the end", ended(), talk=says(whole[:50], end=True))
    yield Case("tls: a hello and the end", ended(), talk=says(whole, end=True))
    yield Case("tls: half a handshake, then silence", ended(), talk=waits(lambda: whole[:50]),
               slow=True)
    yield Case("tls: a hello, then silence", ended(), talk=waits(lambda: whole), slow=True)
    yield Case("tls: nothing at all", ended(), talk=waits(lambda: b""), slow=True)
    yield Case("tls: a handshake drips a byte a second", ended(), talk=drips, slow=True)


def version_cases():
    versions = ssl.TLSVersion
    yield Case("tls: TLS 1.3", protected(), BODY, talk=asks(version(versions.TLSv1_3)))
    yield Case("tls: TLS 1.2", protected(), BODY, talk=asks(version(versions.TLSv1_2)))
    yield Case("tls: TLS 1.1", ended(), talk=asks(version(versions.TLSv1_1)))
    yield Case("tls: TLS 1.0", ended(), talk=asks(version(versions.TLSv1)))
    for names in ("aNULL", "eNULL", "kRSA"):
        yield Case(f"tls: only ciphers of {names}", ended(), talk=asks(ciphers(names)))
    yield Case("tls: ALPN h2 alone", ended(200),
               talk=asks(lambda context: context.set_alpn_protocols(["h2"])))
    yield Case("tls: no server name", protected(), BODY, talk=asks(lambda _: None, name=None))
    for name in ("other.example.org", "a" * 60 + "." + "b" * 60 + "." + "c" * 60, "169.254.1.1"):
        yield Case(f"tls: server name {name[:20]}", protected(), BODY,
                   talk=asks(lambda _: None, name=name))
    yield Case("tls: each byte a segment", protected(), BODY, talk=in_bits)


def break_cases():
    for name, data in {"plain HTTP": REQUEST, "a record that does not decrypt":
                       record(23, b"x" * 200), "a record that is too long":
                       b"\x17\x03\x03\xff\xff" + b"x" * 70000, "an alert in the clear":
                       record(21, b"\2\0"), "a new hello": hello(),
                       "NULs": b"\0" * 1000}.items():
        yield Case(f"tls: after the handshake, {name}", ended(), talk=breaks(data))
    yield Case("tls: 300 connections that are reset", ended(), talk=resets(b""))
    yield Case("tls: 300 hellos that are reset", ended(), talk=resets(hello()))
    yield Case("tls: 50 handshakes and nothing more", ended(), talk=handshakes_alone)


def cases():
    yield from garbage_cases()
    yield from version_cases()
    yield from break_cases()
