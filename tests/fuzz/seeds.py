#!/usr/bin/env python3
"""Writes what the fuzzing begins with: seeds.py FOLDER makes FOLDER/<target>/.

Reviews are the recorded ones, the same pods as podveil's recorded answers leave
them, and the pods of tests/golden in an envelope. tools/fuzz runs this and keeps
what adds coverage (tests/fuzz/corpus).
"""
import base64
import json
import pathlib
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
REVIEWS = TESTS / "fixtures" / "reviews"


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def apply(document, operations):
    """An RFC 6902 patch of add and move, without the mistakes that one can hold."""
    for operation in operations:
        place = [part.replace("~1", "/").replace("~0", "~")
                 for part in operation["path"].split("/")[1:]]
        target = document
        for part in place[:-1]:
            target = target[int(part)] if isinstance(target, list) else target[part]
        value = operation.get("value")
        if operation["op"] == "move":
            value = target.pop(int(operation["from"].rsplit("/", 1)[1]))
        if isinstance(target, dict):
            target[place[-1]] = value
        else:
            target.insert(len(target) if place[-1] == "-" else int(place[-1]), value)


def envelope(pod, around):
    return {
        "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": "u-1",
            "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "resource": {"group": "", "version": "v1", "resource": "pods"},
            "namespace": around.get("namespace", "media"), "operation": "CREATE",
            "object": {"apiVersion": "v1", "kind": "Pod", **pod}, "oldObject": None,
        },
    }


def reviews():
    for path in sorted(REVIEWS.glob("*.json")):
        if path.stat().st_size > 16000:
            continue
        review = json.loads(path.read_text())
        yield path.stem, compact(review)
        answer = json.loads((TESTS / "golden" / "reviews" / path.name).read_text())["response"]
        if "patch" in answer:
            apply(review["request"]["object"], json.loads(base64.b64decode(answer["patch"])))
            yield path.stem + "-patched", compact(review)
            yield path.stem + "-patched-at-path", compact(review) + b" "
    for path in sorted((TESTS / "golden").glob("*/*/pod.json")):
        text = path.read_text()
        if "{{" in text:
            continue
        around = path.parent / "around.json"
        around = json.loads(around.read_text()) if around.exists() else {}
        ending = b" " if "pathGateway" in around else b""
        name = f"{path.parent.parent.name}-{path.parent.name}"
        yield name, compact(envelope(json.loads(text), around)) + ending
        yield name + "-narrow", compact(envelope(json.loads(text), around)) + b"\t"


def patches():
    for path in sorted((TESTS / "golden" / "reviews").glob("mutate-*.json")):
        answer = json.loads(path.read_text())["response"]
        review = json.loads((REVIEWS / path.name).read_text())
        if "patch" in answer and path.stat().st_size < 16000:
            operations = json.loads(base64.b64decode(answer["patch"]))
            for operation in operations:
                operation["value"] = "v" if operation["op"] == "add" else None
            yield path.stem, compact({
                "object": {key: review["request"]["object"][key] for key in ("metadata", "spec")},
                "edits": [["add", operation["path"], operation["value"]]
                          for operation in operations if operation["op"] == "add"],
                "patch": operations})
    items = [{"name": name} for name in "abc"]
    yield "moves", compact({
        "object": {"spec": {"list": items, "n": None, "a/b": {"~": []}}},
        "edits": [["move", "/spec/list", 2, 0], ["add", "/spec/list/-", {"name": "d"}],
                  ["add", "/spec/list/0/x", [1.0, 12]], ["move", "/spec/list", 0, 3],
                  ["add", "/spec/n/m/o", True], ["add", "/spec/a~1b/~0/-", None]],
        "patch": [{"op": "move", "from": "/spec/list/2", "path": "/spec/list/0"},
                  {"op": "add", "path": "/spec/list/1", "value": {}}]})
    yield "template", compact({
        "object": {"spec": {"template": {"metadata": {}}}}, "prefix": "/spec/template",
        "edits": [["add", "/metadata/labels/a", "b"], ["add", "/spec/containers/-", {}]]})


def configs():
    yield "example", (TESTS / "fixtures" / "config" / "example.yaml").read_bytes()
    yield "every-key", (TESTS.parent / "docs" / "podveil.example.yaml").read_bytes()
    for path in sorted((TESTS / "golden").glob("*/*/config.yaml")):
        yield f"{path.parent.parent.name}-{path.parent.name}", path.read_bytes()
    for path in sorted((TESTS / "fixtures" / "cli").glob("*.yaml")):
        yield path.stem, path.read_bytes()
    rows = (TESTS / "fixtures" / "yaml" / "scalars.tsv").read_text().splitlines()
    for number, row in enumerate(rows):
        yield f"scalar-{number}", ("a: " + row.split("\t")[0] + "\n").encode()
    yield "anchors", b"a: &x [1, {b: c}]\nd: *x\n---\n? k\n: |\n  t\n  u\n...\n"


def cidrs():
    yield "blocks", b"10.0.0.0/8\n-10.1.0.0/16\n192.168.0.0/24\n0.0.0.0/0\n255.255.255.255/32"
    yield "blocks6", b"fd00::/8\n-fd00:1::/32\n::/0\n2001:db8::1/128\n-fe80::/10\n::1"
    for number, text in enumerate(["010.0.0.0/8", "10.0.0.5/8", "::ffff:0:0/96", "10/8", "1::2:0:0/96",
                                   "1:0:0:2::", "FD00::/8", "::ffff:1.2.3.4", "1.2.3.4/033", "::/129"]):
        yield f"odd-{number}", text.encode()


def selectors():
    selector = {"matchLabels": {"k": "x"},
                "matchExpressions": [{"key": "m", "operator": "NotIn", "values": ["y", "x"]},
                                     {"key": "n", "operator": "Exists"}]}
    other = {"matchExpressions": [{"key": "k", "operator": "In", "values": ["x", "z"]},
                                  {"key": "n", "operator": "DoesNotExist"}]}
    yield "two", compact({"a": selector, "b": other, "labels": {"k": "x", "n": ""}})
    yield "empty", compact({"a": {}, "b": {"matchLabels": {}}, "labels": None})
    yield "bytes", bytes(range(1, 41, 3))


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def pems():
    kinds = {"p256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["rsa:2048"],
             "ed25519": ["ed25519"], "p224": ["ec", "-pkeyopt", "ec_paramgen_curve:P-224"]}
    with tempfile.TemporaryDirectory() as folder:
        for kind, words in kinds.items():
            openssl(folder, "req", "-x509", "-newkey", *words, "-nodes", "-keyout", "key",
                    "-out", "cert", "-days", "9", "-subj", "/CN=podveil",
                    "-addext", "subjectAltName=DNS:podveil.podveil.svc,IP:10.0.0.1")
            openssl(folder, "x509", "-in", "cert", "-outform", "DER", "-out", "der")
            cert, key, der = ((pathlib.Path(folder) / name).read_bytes()
                              for name in ("cert", "key", "der"))
            yield kind, cert + key
            yield kind + "-twice", key + cert + cert
            yield kind + "-der", b"D" + der
        openssl(folder, "ec", "-in", "key", "-aes128", "-passout", "pass:x", "-out", "locked")
        yield "locked", cert + (pathlib.Path(folder) / "locked").read_bytes()


def requests():
    body = compact({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": "u", "kind": {"group": "", "version": "v1", "kind": "Pod"}, "operation": "CREATE",
        "resource": {"group": "", "version": "v1", "resource": "pods"}, "namespace": "m",
        "object": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}}})
    head = b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    sized = head % b"/mutate?timeout=10s" + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    chunks = b"".join(b"%x;a=b\r\n%s\r\n" % (len(part), part)
                      for part in (body[:7], body[7:100], body[100:])) + b"0\r\nT: u\r\n\r\n"
    chunked = head % b"/validate/namespace/vpn" + b"Transfer-Encoding: chunked\r\n\r\n" + chunks
    yield "sized", b"\x00\x10\x03\xff" + sized
    yield "chunked", b"\x00\x00\x00\x00" + chunked
    yield "pipelined", b"\xff\x07\x01\x50" + sized + chunked + sized
    yield "expect", b"aaaa" + sized.replace(b"Host: a", b"Host: a\r\nExpect: 100-continue")
    yield "get", b"aaaaGET /mutate HTTP/1.1\r\nHost: a\r\n\r\n"
    yield "old", b"aaaa" + sized.replace(b"HTTP/1.1", b"HTTP/1.0")
    yield "both", b"aaaa" + chunked.replace(b"Host: a", b"Host: a\r\nContent-Length: 3")
    yield "half", b"aaaa" + sized[:-20]
    yield "escaped", b"aaaa" + sized.replace(b"/mutate", b"/mutate/namespace/%76%00")


def calico():
    for number, selector in enumerate((
            "all()", "global()", "has(podveil.io/gateway)", "!has(a) && b in {'c', \"d\"}",
            "(a == 'b' || a != 'c') && d not in { 'e' }", "a contains 'b' || a starts with 'c'",
            "a ends with 'd'", "all()) || (all()", "((((a == \"\"))))", "!(!!has(a))")):
        yield str(number), selector.encode()


MAKERS = {"review": reviews, "patch": patches, "config": configs, "cidr": cidrs,
          "selector": selectors, "calico": calico, "pem": pems, "http": requests}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for target, make in MAKERS.items():
        folder = pathlib.Path(sys.argv[1]) / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in make():
            (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
