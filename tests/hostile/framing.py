"""HTTP around a review: methods, paths, versions, headers, lengths, chunks, deadlines.

Where RFC 9112 leaves a server the choice, a row takes each of its ways.
"""
import gzip

from hostile.case import Case, MIB, denied, ended, harness, protected, refused, untouched
from hostile.pods import dumps, pod_body, pod_review

BODY = pod_body()
UNLABELLED = pod_body({"metadata.labels": {}})

METHODS = ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW", "post", "POST2"]

PATHS = {
    "/": 404, "/mutate/": 404, "//mutate": 404, "/MUTATE": 404, "/mutate/../validate": 404,
    "/mutat": 404, "/mutatee": 404, "/mutate%2f": 404, "/mutate%00": 404, "/mutate%00/x": 404,
    "/mutate;a=b": 404, "/%2fmutate": 404, "/mutate%0d%0aX:%20y": 404, "/healthz": 404,
    "/metrics": 404, "*": 404, "https://podveil/mutate": 404, "/mutate/namespace": 404,
    "/mutate/namespace/": 404, "/mutate/namespace/vpn/": 404, "/mutate/namespace/a/b": 404,
    "/mutate/namespace/VPN": 404, "/mutate/namespace/..": 404, "/mutate/namespace/%2e%2e": 404,
    "/mutate/namespace/vpn%00x": 404, "/mutate/namespace/$(id)": 404,
    "/mutate/namespace/" + "a" * 64: 404, "/mutate/namespace/vp%6e%0a": 404,
    "/" + "a" * 10000: 404, "/mutate\x7f": 404, "/mut\u00e4te": 404,
}

# What is sent for HTTP/1.1.
VERSIONS = {"HTTP/1.2": (200, 400, 505), "HTTP/2.0": (400, 505), "HTTP/0.9": (400, 505),
            "HTTP/11": (400, 505), "HTTP/1.1x": (400, 505), "http/1.1": (400, 505), "HTTP/": (400, 505),
            "JUNK": (400, 505), "HTTP/99999999999.1": (400, 505)}

TYPES = {"none": None, "empty": "", "text/plain": "text/plain", "YAML": "application/yaml",
         "a longer type": "application/jsonx", "a shorter type": "application/jso",
         "a suffix": "application/vnd.k8s+json", "protobuf": "application/vnd.kubernetes.protobuf",
         "a form": "multipart/form-data; boundary=x",
         "urlencoded": "application/x-www-form-urlencoded", "a list": "text/plain, application/json",
         "10 kB": "a" * 10000}

# The length that is announced for a body that is there.
LENGTHS = {"no number": "abc", "negative": "-1", "a plus sign": "+5", "hexadecimal": "0x10",
           "two numbers": "5 5", "a list": "5, 6", "a point": "5.0", "above 2^64": "1" * 25,
           "2^63": str(2 ** 63), "2^64 - 1": str(2 ** 64 - 1), "empty": "", "9 MiB": str(9 * MIB)}


def http(body=BODY, path="/mutate?timeout=10s", **others):
    return harness.request(path, body, **others)


def chunks(*parts, end=b"0\r\n\r\n", path="/mutate?timeout=10s", **headers):
    body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + end
    headers = {"content_length": None, "transfer_encoding": "chunked", **headers}
    return harness.request(path, body, **headers)


def raw_chunks(body, **headers):
    return harness.request("/mutate?timeout=10s", body, content_length=None,
                           transfer_encoding="chunked", **headers)


def head(server):
    """HEAD has a length and no body."""
    with harness.Client(server) as client:
        client.send(http(b"", method="HEAD"))
        line = client._until(b"\r\n\r\n").split(b"\r\n")[0]
        return harness.Reply(int(line.split()[1]), "", {}, b"")


def good(name, raw):
    """The small review all the same."""
    return Case(name, protected(), BODY, raw=raw)


def line_cases():
    yield Case("http: method HEAD", refused(405), talk=head)
    for method in METHODS:
        yield Case(f"http: method {method}", refused(405), raw=http(method=method))
    yield Case("http: a method of 10 kB", refused(400, 405, 414), raw=http(method="A" * 10000))
    yield Case("http: no method", ended(400, 404, 405), raw=http(method=""))
    for path, code in PATHS.items():
        data = harness.request("@", BODY).replace(b"@", path.encode("latin-1"), 1)
        yield Case(f"http: path {path[:32]!a}", refused(code, 400), raw=data)
    yield Case("http: a path of 40 kB", ended(414, 431), raw=http(path="/" + "a" * 40000))
    yield Case("http: a path that is encoded and right", protected(again=False), BODY,
               path="/%6dutate")
    yield Case("http: a space in the path", ended(400, 404, 505), raw=http(path="/mut ate"))
    for version, codes in VERSIONS.items():
        yield Case(f"http: version {version}", ended(*codes), raw=http(version=version))
    yield Case("http: only a line feed", ended(400), raw=b"\n" * 5 + b"x\n\n")
    yield Case("http: a greeting of HTTP/2", ended(400, 405, 505),
               raw=b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
    yield Case("http: a line of nothing else", ended(400), raw=b"POST\r\n\r\n")
    yield Case("http: 40 kB and no end of the line", ended(400, 414, 431), raw=b"A" * 40000)


def version_cases():
    yield good("http: HTTP/1.0", http(version="HTTP/1.0"))
    yield good("http: HTTP/1.0 without Host", http(version="HTTP/1.0", host=None))
    yield Case("http: no Host", refused(400), raw=http(host=None))
    yield Case("http: two Hosts", refused(200, 400), raw=http(x="y\r\nhost: other"))
    yield Case("http: a Host that is a substitution", refused(200, 400), raw=http(host="$(id)"))


def type_cases():
    for name, value in TYPES.items():
        yield Case(f"http: content type {name}", refused(415), raw=http(content_type=value))
    for value in ("application/json; charset=utf-8", "Application/JSON", "application/json;",
                  "application/json \t; a=b"):
        yield good(f"http: content type {value}", http(content_type=value))
    yield Case("http: a gzipped body", refused(400, 415),
               raw=http(gzip.compress(BODY), content_encoding="gzip"))
    yield good("http: compression that is offered", http(accept_encoding="gzip, br"))


def length_cases():
    for name, value in LENGTHS.items():
        yield Case(f"http: length {name}", ended(400, 413), raw=http(content_length=value),
                   slow=True)
    yield Case("http: no length and no chunks", ended(400, 411), raw=http(content_length=None))
    yield Case("http: a length of 0", refused(400), raw=http(content_length="0"))
    yield Case("http: two lengths that differ", ended(400),
               raw=http(x=f"y\r\ncontent-length: {len(BODY) - 1}"))
    yield Case("http: two lengths that agree", ended(200, 400),
               raw=http(x=f"y\r\ncontent-length: {len(BODY)}"))
    yield Case("http: a length and chunks", ended(200, 400), raw=chunks(BODY, content_length="5"))
    yield Case("http: a length that ends inside", refused(400),
               raw=http(content_length=str(len(BODY) - 1)))
    yield Case("http: 9 MiB announced, 100-continue", refused(413, 417),
               raw=http(b"", content_length=str(9 * MIB), expect="100-continue"))
    yield Case("http: an expectation that nobody knows", refused(200, 417),
               raw=http(expect="the Inquisition"))


def chunk_cases():
    whole, half = BODY, len(BODY) // 2
    yield good("http: chunks", chunks(whole[:1], whole[1:half], whole[half:]))
    yield good("http: each byte a chunk",
               chunks(*[bytes([byte]) for byte in whole]))
    yield good("http: chunks and trailers",
               chunks(whole, end=b"0\r\nx-a: b\r\nx-c: d\r\n\r\n"))
    yield Case("http: trailers of 100 kB", ended(200, 400, 413, 431),
               raw=chunks(whole, end=b"0\r\n" + b"x-a: " + b"b" * 100000 + b"\r\n\r\n"))
    yield Case("http: an extension of a chunk", ended(200, 400),
               raw=raw_chunks(b"%x;a=b\r\n%s\r\n0\r\n\r\n" % (len(whole), whole)))
    yield Case("http: an extension of 100 kB", ended(200, 400, 413, 431, 500),
               raw=raw_chunks(b"%x;%s\r\n%s\r\n0\r\n\r\n" % (len(whole), b"a" * 100000, whole)))
    yield Case("http: no chunk but the last", refused(400), raw=chunks())
    for name, size in {"no number": b"zz", "negative": b"-5", "a plus sign": b"+5", "empty": b"",
                       "0x": b"0x5", "a space before": b" 5", "2^63": b"8" + b"0" * 15,
                       "2^64": b"1" + b"0" * 16, "2^64 and a bit": b"1" + b"0" * 15 + b"5",
                       "40 kB of zeros": b"0" * 40000 + b"5"}.items():
        # 500 is libmicrohttpd's own word for a line that its buffer does not hold.
        codes = (500,) if "40 kB" in name else (400, 413)
        yield Case(f"http: a chunk's size is {name}", ended(*codes),
                   raw=raw_chunks(size + b"\r\n{\"a\"}\r\n0\r\n\r\n"), slow=True)
    yield Case("http: a chunk longer than its size", ended(400),
               raw=raw_chunks(b"5\r\n%s\r\n0\r\n\r\n" % whole))
    yield Case("http: chunks with line feeds alone", ended(200, 400),
               raw=raw_chunks(b"%x\n%s\n0\n\n" % (len(whole), whole)))
    yield Case("http: 9 MiB in chunks", refused(413), raw=lambda: chunks(*[b" " * MIB] * 9))
    yield Case("http: 8 MiB of chunks of one byte", ended(400, 413),
               raw=lambda: raw_chunks(b"1\r\n \r\n" * (8 * MIB // 6) + b"0\r\n\r\n"))
    for coding in ("gzip", "gzip, chunked", "chunked, chunked", "xchunked", "chunked, gzip"):
        yield Case(f"http: transfer coding {coding}", ended(400, 501),
                   raw=chunks(whole, transfer_encoding=coding), slow=True)
    yield Case("http: chunks in HTTP/1.0", ended(200, 400), raw=chunks(whole, version="HTTP/1.0"))


def header_cases():
    def with_line(line, before=b""):
        return before + http().replace(b"\r\n", b"\r\n" + line + b"\r\n", 1)

    yield Case("http: headers of 20 kB", refused(431), raw=http(x_large="x" * 20000))
    yield Case("http: headers of 40 kB", ended(400, 413, 431), raw=http(x_large="x" * 40000))
    yield Case("http: 1,000 headers", refused(200, 413, 431),
               raw=with_line(b"\r\n".join(b"a%d: b" % i for i in range(1000))))
    yield Case("http: 100,000 headers", ended(413, 431),
               raw=with_line(b"\r\n".join(b"a%d: b" % i for i in range(100000))))
    for name, line in {
            "without a colon": b"nothing", "without a name": b": a", "with a space in its name":
            b"a b: c", "with a space before its colon": b"content-type : text/plain",
            "with NUL": b"a: b\0c", "with ff": b"a: \xff\xfe", "with a bare CR": b"a: b\rc: d",
            "folded": b"a: b\r\n c", "of Latin-1 name": b"\xe4: b", "of a name of 10 kB":
            b"n" * 10000 + b": v", "that upgrades": b"connection: upgrade\r\nupgrade: h2c",
            "that hides a length": b"content-length\0: 0", "that says keep-alive and close":
            b"connection: keep-alive, close", "that is a cookie of 8 kB": b"cookie: " + b"a=b; " * 1600,
            "that says who asks": b"x-remote-user: system:admin\r\nx-forwarded-for: 127.0.0.1"
    }.items():
        yield Case(f"http: a header {name}", ended(200, 400, 431), raw=with_line(line))
    yield Case("http: empty lines before", ended(200, 400), raw=b"\r\n\r\n" + http())
    yield Case("http: 10,000 empty lines before", ended(200, 400, 413, 431),
               raw=b"\r\n" * 10000 + http())
    yield Case("http: line feeds alone", ended(200, 400),
               raw=http().replace(b"\r\n", b"\n"))


def deadline_cases():
    late = ["0s", "1ms", "299ms", "300ms"]
    for value in late:
        yield Case(f"http: timeout={value}", denied("Timeout"), BODY,
                   path=f"/mutate?timeout={value}")
    for value in ("10s10s", "9223372036854775807ns", "30m", "3000h", "1.5s"):
        yield Case(f"http: timeout={value}", protected(), BODY, path=f"/mutate?timeout={value}")
    for value in ("-1s", "abc", "", "1", "1e9s", "0x10s", "%00", "10s%00"):
        yield Case(f"http: timeout={value}", refused(400), BODY, path=f"/mutate?timeout={value}")
    yield Case("http: a timeout of 99999999999999999999s", ended(200, 400),
               raw=http(path="/mutate?timeout=99999999999999999999s"))
    yield Case("http: timeout twice", refused(400), BODY, path="/mutate?timeout=10s&timeout=10s")
    yield Case("http: timeout without a value", refused(400), BODY, path="/mutate?timeout")
    yield Case("http: a query of signs", protected(), BODY, path="/mutate?&&==&%&%zz&=")
    yield Case("http: a query of 8 kB", protected(), BODY, path="/mutate?" + "a" * 8000)
    yield Case("http: a query of 2,000 names", ended(200, 400, 414, 431),
               raw=http(path="/mutate?" + "a=b&" * 2000))
    yield Case("http: a denial is one in no time at all", denied("HostNetwork"),
               pod_body({"spec.hostNetwork": True}), path="/mutate?timeout=0s")


def gateway_cases():
    yield Case("http: the namespace's gateway", protected(), UNLABELLED,
               path="/mutate/namespace/vpn?timeout=10s")
    yield Case("http: a gateway of the path that is none", denied("UnknownGateway"), UNLABELLED,
               path="/mutate/namespace/nosuch")
    yield Case("http: the path's gateway is called none", denied("UnknownGateway"), UNLABELLED,
               path="/mutate/namespace/none")
    yield Case("http: the path's gateway is not for this namespace", denied("GatewayNotAllowed"),
               UNLABELLED, path="/mutate/namespace/lan")
    yield Case("http: the pod's own label goes before the path", protected(), BODY,
               path="/mutate/namespace/nosuch?timeout=10s")
    yield Case("http: a pod without a label and a path without a gateway", untouched(), UNLABELLED)
    review = pod_review()
    review["request"]["object"]["metadata"]["labels"] = {"podveil.io/gateway": "none"}
    yield Case("http: none is no way out of the path's gateway", denied("OptOut"), dumps(review),
               path="/mutate/namespace/vpn")


def cases():
    yield from line_cases()
    yield from version_cases()
    yield from type_cases()
    yield from length_cases()
    yield from chunk_cases()
    yield from header_cases()
    yield from deadline_cases()
    yield from gateway_cases()
