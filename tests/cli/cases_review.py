# SPDX-License-Identifier: Apache-2.0
"""AdmissionReviews in: the server's answer out, byte for byte."""

import base64
import json

from command import REVIEWS, TESTS, files, folder, on, same

ANSWERS = TESTS / "golden" / "reviews"


def _reviews(phase):
    found = sorted(REVIEWS.glob(f"{phase}-*.json"))
    assert found, f"no recorded reviews for {phase}"
    return found


def _flags(path):
    """The API server sends pods of this namespace to the gateway's own path."""
    if path.stem.endswith("private-namespace"):
        return ["--namespace-label", "podveil.io/gateway=vpn"]
    return []


def _allowed(text):
    return json.loads(text)["response"]["allowed"]


def _equal_the_servers(command, phase):
    for path in _reviews(phase):
        want = (ANSWERS / path.name).read_text(encoding="utf-8")
        code = 0 if _allowed(want) else 1
        for form in ([], ["-o", "review"]):
            result = on(command, "-f", str(path), *form, *_flags(path), code=code)
            same(result.out, want, path.name)


def mutate_answers_as_the_server():
    _equal_the_servers("mutate", "mutate")


def validate_answers_as_the_server():
    _equal_the_servers("validate", "validate")


def a_review_as_yaml_is_answered_too():
    path = REVIEWS / "mutate-pod-create-bare.json"
    lines = on("mutate", "-f", str(path)).out
    review = "# a comment makes it YAML\n" + path.read_text(encoding="utf-8")
    same(on("mutate", stdin=review).out, lines, "the answer")


def other_forms_show_the_same_answer():
    path = str(REVIEWS / "mutate-pod-create-deployment.json")
    answer = json.loads(on("mutate", "-f", path).out)["response"]
    patch = base64.b64decode(answer["patch"]).decode()
    same(on("mutate", "-f", path, "-o", "patch").out, patch + "\n", "the patch")
    pod = json.loads(on("mutate", "-f", path, "-o", "json").out)
    assert pod["kind"] == "Pod"
    assert pod["spec"]["initContainers"][0]["name"] == "podveil-init"
    assert "+  - name: podveil-init" in on("mutate", "-f", path, "-o", "diff").out.replace(
        "+    name: podveil-init", "+  - name: podveil-init")


def an_update_is_not_mutated_in_any_form():
    path = str(REVIEWS / "mutate-pod-update-label.json")
    assert on("mutate", "-f", path, "-o", "diff").out == ""
    same(on("mutate", "-f", path, "-o", "patch").out, "[]\n", "the patch")


def a_delete_has_no_object_to_print():
    assert on("mutate", "-f", str(REVIEWS / "validate-pod-delete.json"), "-o", "yaml").out == ""


def several_are_answered_a_line_each():
    paths = [REVIEWS / "mutate-pod-create-bare.json", REVIEWS / "mutate-pod-create-unlabelled.json"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    lines = on("mutate", stdin=text).out.splitlines()
    for line, path in zip(lines, paths, strict=True):
        same(line, on("mutate", "-f", str(path)).out, path.name)


def one_denied_of_several_is_1():
    paths = [REVIEWS / "mutate-pod-create-host-network.json", REVIEWS / "mutate-pod-create-bare.json"]
    for order in (paths, paths[::-1]):
        result = on("mutate", *files(order), code=1)
        assert len(result.out.splitlines()) == 2


def a_denied_one_is_1_and_told():
    result = on("mutate", "-f", str(REVIEWS / "mutate-pod-create-host-network.json"), code=1,
                err="HostNetwork: ")
    assert not _allowed(result.out)


def what_the_server_would_not_answer_is_3():
    for form in ([], ["-o", "yaml"]):
        result = on("mutate", *form, stdin='{"apiVersion":"admission.k8s.io/v1",'
                    '"kind":"AdmissionReview","request":{}}', code=3, err="uid")
        assert result.out == ""


def other_objects_have_no_answer():
    with folder({"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"}) as path:
        for command in ("mutate", "validate"):
            on(command, "-f", path, "-o", "review", code=2, err="-o review answers AdmissionReviews")


def validate_tells_of_a_review_in_words():
    path = str(REVIEWS / "validate-networkpolicy-create.json")
    text = on("validate", "-f", path, "-o", "text", code=1).out
    assert text.startswith("DENIED ") and "EgressLeak" in text, text
    listed = json.loads(on("validate", "-f", path, "-o", "json", code=1).out)
    assert listed[0]["reason"] == "EgressLeak"
