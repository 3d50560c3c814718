"""Bodies that are no JSON, or JSON that two readers would read differently."""
import gzip
import json

from hostile.case import Case, MIB, Raw, denied, protected, put, refused
from hostile.pods import dumps, pod_body, pod_review, text_of

DEPTH = 128
TOKENS = 2097152

NO_JSON = {
    "a word": b"hello",
    "a number alone": b"1",
    "null": b"null",
    "a string": b'"AdmissionReview"',
    "an empty list": b"[]",
    "an empty object": b"{}",
    "a list with a review": b"[%s]",
    "half a review": None,
    "two roots": b"%s%s",
    "two roots on two lines": b"%s\n%s",
    "trailing letter": b"%sx",
    "trailing brace": b"%s}",
    "trailing comma behind the root": b"%s,",
    "trailing NUL": b"%s\0",
    "trailing line of text": b"%s\n# end",
    "byte order mark": b"\xef\xbb\xbf%s",
    "byte order mark behind": b"%s\xef\xbb\xbf",
    "record separator before": b"\x1e%s",
    "form feed before": b"\x0c%s",
    "no-break space before": b"\xc2\xa0%s",
    "line separator before": b"\xe2\x80\xa8%s",
    "NUL before": b"\0%s",
    "a comment before": b"/* review */ %s",
    "JSONP": b"callback(%s)",
    "YAML": b"kind: AdmissionReview\napiVersion: admission.k8s.io/v1\n",
    "protobuf": b"k8s\0\n\x1a\n\x17admission.k8s.io/v1",
    "only open brackets, 10,000": b"[" * 10000,
    "only open braces, 10,000": b'{"a":' * 10000,
    "only closing brackets": b"]" * 10000,
    "a key and nothing": b'{"request"',
    "a key and a colon": b'{"request":',
    "a string that never ends, 1 MiB": b'"' + b"a" * MIB,
    "a string of backslashes, 1 MiB": b'"' + b"\\" * MIB,
}

# What stands for a label's value, quotes included.
NO_VALUE = {
    "overlong slash of two bytes": b'"\xc0\xaf"',
    "overlong slash of three bytes": b'"\xe0\x80\xaf"',
    "overlong slash of four bytes": b'"\xf0\x80\x80\xaf"',
    "overlong NUL": b'"\xc0\x80"',
    "lead byte c1": b'"\xc1\xbf"',
    "high surrogate in UTF-8": b'"\xed\xa0\x80"',
    "low surrogate in UTF-8": b'"\xed\xbf\xbf"',
    "a surrogate pair in UTF-8": b'"\xed\xa0\xbd\xed\xb8\x80"',
    "above U+10FFFF": b'"\xf4\x90\x80\x80"',
    "lead byte f5": b'"\xf5\x80\x80\x80"',
    "five bytes": b'"\xf8\x88\x80\x80\x80"',
    "a character cut by the quote": b'"\xe2\x82"',
    "continuation byte alone": b'"\x80"',
    "ff fe": b'"\xff\xfe"',
    "Latin-1": b'"caf\xe9"',
    "line feed in a string": b'"a\nb"',
    "tab in a string": b'"a\tb"',
    "NUL byte in a string": b'"a\0b"',
    "control character in a string": b'"a\x1fb"',
    "high surrogate alone": rb'"\ud800"',
    "low surrogate alone": rb'"\udc00"',
    "high surrogate and a letter": rb'"\ud800A"',
    "high surrogate and an escaped letter": rb'"\ud800\u0041"',
    "surrogates the wrong way round": rb'"\udc00\ud800"',
    "two high surrogates": rb'"\ud800\ud800\udc00"',
    "capital surrogate alone": rb'"\uDBFF"',
    "escape x": rb'"\x41"',
    "escape of a quote mark": rb'''"\'"''',
    "escape 0": rb'"\0"',
    "escape with three digits": rb'"\u004"',
    "escape with a space": rb'"\u 041"',
    "escape with a sign": rb'"\u+041"',
    "capital U escape": rb'"\U00000041"',
    "escape at the end": b'"a\\"',
    "single quotes": b"'a'",
    "no quotes": b"a",
    "nothing": b"",
    "two values": b'"a" "b"',
    "a word of Python": b"True",
    "a word in capitals": b"TRUE",
    "half a word": b"tru",
    "two words": b"truefalse",
    "undefined": b"undefined",
    "NaN": b"NaN",
    "Infinity": b"Infinity",
    "minus Infinity": b"-Infinity",
    "leading zero": b"01",
    "plus sign": b"+1",
    "point without a whole": b".5",
    "point without a digit": b"1.",
    "exponent without a digit": b"1e",
    "exponent with a sign alone": b"1e+",
    "minus alone": b"-",
    "two minus signs": b"--1",
    "hexadecimal": b"0x10",
    "underscore": b"1_000",
    "full-width digit": "１".encode(),
    "comma in a list's end": b"[1,]",
    "comma in a list's beginning": b"[,1]",
    "two commas": b"[1,,2]",
    "comma in an object's end": b'{"a":1,}',
    "object without a colon": b'{"a" 1}',
    "object with a semicolon": b'{"a";1}',
    "object with two colons": b'{"a"::1}',
    "object with a number as key": b"{1:1}",
    "object with an open key": b"{a:1}",
    "object closed by a bracket": b'{"a":1]',
    "list closed by a brace": b"[1}",
    "comment": b'"a" /* b */',
    "comment of one line": b'"a" // b\n',
}

# What the first text is replaced by.
DOUBLED = {
    "apiVersion": ('"apiVersion": "admission', '"apiVersion": "v0", "apiVersion": "admission'),
    "request": ('"request":', '"request": null, "request":'),
    "uid": ('"uid":', '"uid": "other", "uid":'),
    "object": ('"object":', '"object": {}, "object":'),
    "dryRun": ('"dryRun":', '"dryRun": true, "dryRun":'),
    "metadata": ('"metadata":', '"metadata": {}, "metadata":'),
    "labels": ('"labels":', '"labels": {}, "labels":'),
    "the gateway's label": ('"podveil.io/gateway":', '"podveil.io/gateway": "none", '
                            '"podveil.io/gateway":'),
    "the gateway's label, escaped slash": ('"podveil.io/gateway":', '"podveil.io\\/gateway": '
                                           '"none", "podveil.io/gateway":'),
    "spec": ('"spec":', '"spec": {}, "spec":'),
    "spec and sp\\u0065c": ('"spec":', '"sp\\u0065c": {}, "spec":'),
    "spec, escaped as a whole": ('"spec":', '"\\u0073\\u0070\\u0065\\u0063": {}, "spec":'),
    "spec, escaped in capitals": ('"spec":', '"\\u0073p\\u0065c": {}, "sp\\u0065c":'),
    "containers": ('"containers":', '"containers": [], "containers":'),
    "name of a container": ('"name": "transfer", "image"',
                            '"name": "podveil-init", "name": "transfer", "image"'),
    "the empty key": ('"labels": {', '"labels": {"": "a", "": "b", '),
    "a key of NUL": ('"labels": {', '"labels": {"\\u0000": "a", "\\u0000": "b", '),
    "a key of emoji, once escaped": ('"labels": {', '"labels": {"\\ud83d\\ude00": "a", "😀": "b", '),
    "with the same value": ('"priority": 0', '"priority": 0, "priority": 0'),
    "in options": ('"fieldManager":', '"fieldManager": "a", "fieldManager":'),
    "in userInfo": ('"username":', '"username": "system:admin", "username":'),
    "deep in a list": ('"path": "token"', '"path": "x", "path": "token"'),
}

NULS = {
    "a label": ("metadata.labels[a]", "\0"),
    "an annotation, in the middle": ("metadata.annotations[a]", "x\0y"),
    "an argument": ("spec.containers[0].args", ["a", "\0"]),
    "an environment variable": ("spec.containers[0].env", [{"name": "A", "value": "\0"}]),
    "a container's name": ("spec.containers[0].name", "a\0b"),
    "a volume's name": ("spec.volumes[0].name", "\0"),
    "a hostPath": ("spec.volumes[1].hostPath.path", "/srv\0/../etc"),
    "a capability": ("spec.containers[0].securityContext.capabilities.add[0]", "NET_ADMIN\0"),
    "the gateway's label": ("metadata.labels[podveil.io/gateway]", "vpn\0"),
    "a field that podveil does not know": ("spec.unknown.field", "\0"),
    "managedFields": ("metadata.managedFields[0].fieldsV1[f:spec]", {"k:{\"a\":1}": "\0"}),
}


def with_text(old, new, text=None):
    """The review's text with something put in place of `old`."""
    text = text_of() if text is None else text
    assert old in text, old
    return text.replace(old, new, 1).encode("utf-8")


def with_value(value, key=b"app"):
    """A label whose value is these bytes."""
    return text_of().encode().replace(b'"labels": {', b'"labels": {"%s": %s, ' % (key, value), 1)


def nested(levels):
    """A review with that many levels in all; request.options stands at the third."""
    review = pod_review()
    rest = levels - 2
    review["request"]["options"] = Raw('{"a":' * rest + "0" + "}" * rest)
    return dumps(review)


def count(value):
    """How many tokens a value is: itself and its keys."""
    if isinstance(value, dict):
        return 1 + len(value) + sum(count(item) for item in value.values())
    return 1 + (sum(count(item) for item in value) if isinstance(value, list) else 0)


def with_tokens(total):
    review = pod_review()
    review["request"]["options"] = {"pad": []}
    rest = total - count(review)
    review["request"]["options"]["pad"] = Raw("[" + ",".join(["0"] * rest) + "]")
    return dumps(review)


def padded(size):
    good = dumps(pod_review())
    return good + b" " * (size - len(good))


def many_keys(number, last=""):
    pairs = ", ".join(f'"key-{i:06}": "v"' for i in range(number))
    return text_of(**{"metadata.annotations": {"end": "x"}}).replace(
        '"annotations": {', '"annotations": {' + pairs + last + ", ", 1).encode()


def text_cases():
    good = dumps(pod_review())
    yield Case("json: empty body", refused(400))
    for name, form in NO_JSON.items():
        body = good[:len(good) // 2] if form is None else form.replace(b"%s", good)
        code = 413 if "open" in name else 400
        yield Case(f"json: {name}", refused(code), body)
    text = good.decode()
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32-le"):
        yield Case(f"json: a review in {encoding}", refused(400), text.encode(encoding))
    yield Case("json: a gzipped review", refused(400), gzip.compress(good))
    yield Case("json: space around", protected(), b" \r\n\t" + good + b"\n \t\r")
    yield Case("json: compact", protected(),
               json.dumps(pod_review(), separators=(",", ":")).encode())
    yield Case("json: every letter escaped", protected(), lambda: escaped(pod_review()))


def escaped(value):
    """Each string as \\uXXXX all over."""
    plain = json.dumps(value)
    out, inside = [], False
    for c in plain:
        if c == '"':
            inside = not inside
        out.append(f"\\u{ord(c):04x}" if inside and c not in '"\\' else c)
    return "".join(out).encode()


def value_cases():
    for name, value in NO_VALUE.items():
        yield Case(f"json: label is {name}", refused(400), with_value(value))
    for name in ("overlong slash of two bytes", "high surrogate in UTF-8", "NUL byte in a string",
                 "high surrogate alone", "escape x"):
        key = NO_VALUE[name].strip(b'"')
        yield Case(f"json: key is {name}", refused(400), with_value(b'"a"', key))
    yield Case("json: bytes ff fe between tokens", refused(400),
               text_of().encode().replace(b'"spec":', b'\xff\xfe"spec":', 1))
    for name, change in DOUBLED.items():
        yield Case(f"json: doubled {name}", refused(400), with_text(*change))
    managed = text_of(**{"metadata.managedFields[0].fieldsV1": {"f:spec": {"f:a": {}}}})
    yield Case("json: doubled in managedFields", refused(400),
               with_text('"f:a": {}', '"f:a": {}, "f:a": {}', managed))
    yield Case("json: doubled in managedFields, once escaped", refused(400),
               with_text('"f:a": {}', '"f:a": {}, "\\u0066:a": {}', managed))
    yield Case("json: doubled in oldObject", refused(400),
               with_text('"oldObject": null', '"oldObject": {"a": 1, "a": 1}'))


def odd_cases():
    """What is odd and right: it is admitted, and stays as it is."""
    kept = {"a surrogate pair": r'"\ud83d\ude00"', "U+FEFF": '"\ufeff"', "U+FFFF": '"\uffff"',
            "DEL": '"\x7f"', "C1 controls": '"\x85"', "right-to-left marks": '"\u202e"',
            "every short escape": r'"\"\\\/\b\f\n\r\t"', "an empty string": '""',
            "64 KiB": '"' + "a" * 65536 + '"'}
    for name, value in kept.items():
        yield Case(f"json: annotation is {name}", protected(),
                   pod_body({"metadata.annotations[a]": Raw(value)}))
    numbers = {"1e400": "1e400", "-0": "-0", "1E-7": "1E-7", "2^53 + 1": "9007199254740993",
               "2^64": "18446744073709551616", "a number of 5,000 digits": "9" * 5000}
    for name, value in numbers.items():
        yield Case(f"json: a field that nobody reads is {name}", protected(),
                   pod_body({"spec.priority": Raw(value)}))


def limit_cases():
    yield Case("json: depth 128", protected(), lambda: nested(DEPTH))
    yield Case("json: depth 129", refused(413), lambda: nested(DEPTH + 1))
    yield Case("json: depth 10,000", refused(413), lambda: nested(10000))
    yield Case("json: depth 1,000,000", refused(413), lambda: nested(1000000))
    yield Case("json: 2,097,152 tokens", protected(again=False), lambda: with_tokens(TOKENS))
    yield Case("json: 2,097,153 tokens", refused(413), lambda: with_tokens(TOKENS + 1))
    yield Case("json: [0,0,...] of 8 MiB", refused(413),
               lambda: b"[" + b"0," * (4 * MIB - 2) + b"0]")
    yield Case("json: 8 MiB of open brackets", refused(413), lambda: b"[" * (8 * MIB))
    yield Case("json: a string of 8 MiB", refused(400), lambda: b'"' + b"a" * (8 * MIB - 2) + b'"')
    yield Case("json: a review of 8 MiB", protected(), lambda: padded(8 * MIB))
    yield Case("json: a review of 8 MiB and one byte", refused(413), lambda: padded(8 * MIB + 1))
    yield Case("json: 9 MiB of space", refused(413), lambda: b" " * (9 * MIB))
    yield Case("json: an object with 100,000 keys", protected(), lambda: many_keys(100000))
    yield Case("json: the last of 100,000 keys doubled", refused(400),
               lambda: many_keys(100000, ', "key-099999": "w"'))
    yield Case("json: the first of 100,000 keys doubled, escaped", refused(400),
               lambda: many_keys(100000, ', "\\u006bey-000000": "w"'))


def nul_cases():
    for name, (path, value) in NULS.items():
        yield Case(f"json: \\u0000 in {name}", denied("Malformed"), pod_body({path: value}))
    yield Case("json: \\u0000 is named by its place",
               denied("Malformed", "request.object.metadata.labels.a"),
               pod_body({"metadata.labels[a]": "\0"}))
    yield Case("json: \\u0000 in a label's key", denied("Malformed"),
               pod_body({"metadata.labels[a\0b]": "c"}))
    yield Case("json: \\u0000 in userInfo.extra", denied("Malformed"),
               pod_body(**{"userInfo.extra[a]": ["\0"]}))
    yield Case("json: \\u0000 in oldObject", denied("Malformed"),
               pod_body(oldObject={"kind": "Pod", "a": "\0"}))
    unlabelled = put(pod_review(), "request.object.metadata.labels", {"a": "\0"})
    yield Case("json: \\u0000 in a pod without a gateway", denied("Malformed"), dumps(unlabelled))
    yield Case("json: \\u0000 in uid", refused(400), pod_body(uid="a\0b"))
    yield Case("json: \\u0000 in apiVersion", refused(400),
               with_text("admission.k8s.io/v1", "admission.k8s.io/v1\\u0000"))


def cases():
    yield from text_cases()
    yield from value_cases()
    yield from odd_cases()
    yield from nul_cases()
    yield from limit_cases()
