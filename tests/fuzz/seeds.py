#!/usr/bin/env python3
"""Writes what the fuzzing begins with: seeds.py FOLDER makes FOLDER/<target>/.

Reviews are the recorded ones, the same pods as podveil's recorded answers leave
them, and the pods of tests/golden in an envelope. tools/fuzz runs this and keeps
what adds coverage (tests/fuzz/corpus).
"""
import base64
import json
import pathlib
import sys

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


MAKERS = {"review": reviews}


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
