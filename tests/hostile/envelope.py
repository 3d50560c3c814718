"""The AdmissionReview around the object: each field of each wrong type, and reviews that lie.

Source: admission/v1 types.go. What is required there is required here.
"""
import copy

from hostile.case import (ABSENT, Case, Raw, bad_envelope, denied, dumps, protected, put, refused,
                          untouched)
from hostile.pods import pod_body, pod_review, recorded, spoiled

VALUES = {"absent": ABSENT, "null": None, "a number": 7, "a string": "x", "a list": [],
          "an object": {}, "true": True}
NOTHING = ("absent", "null")

GOOD = protected()
BAD = bad_envelope()
NO_UID = refused(400)

# field, what is allowed there, what all else is
FIELDS = [
    ("apiVersion", {}, NO_UID),
    ("kind", {}, NO_UID),
    ("request", {}, NO_UID),
    ("request.uid", {"a string": GOOD}, NO_UID),
    ("request.kind", {}, BAD),
    ("request.kind.group", {}, BAD),
    ("request.kind.version", {}, BAD),
    ("request.kind.kind", {}, BAD),
    ("request.resource", {}, BAD),
    ("request.resource.group", {}, BAD),
    ("request.resource.version", {}, BAD),
    ("request.resource.resource", {}, BAD),
    ("request.subResource", {"absent": GOOD, "null": GOOD,
                             "a string": denied("Malformed", "request.subResource")}, BAD),
    ("request.requestKind", {"absent": GOOD, "null": GOOD}, BAD),
    ("request.requestKind.group", {"a string": GOOD}, BAD),
    ("request.requestKind.version", {"a string": GOOD}, BAD),
    ("request.requestKind.kind", {"a string": GOOD}, BAD),
    ("request.requestResource", {"absent": GOOD, "null": GOOD}, BAD),
    ("request.requestResource.group", {"a string": GOOD}, BAD),
    ("request.requestResource.version", {"a string": GOOD}, BAD),
    ("request.requestResource.resource", {"a string": GOOD}, BAD),
    ("request.requestSubResource", {"absent": GOOD, "null": GOOD, "a string": GOOD}, BAD),
    ("request.name", {"absent": GOOD, "null": GOOD, "a string": GOOD}, BAD),
    ("request.namespace", {}, BAD),
    ("request.operation", {}, BAD),
    ("request.userInfo", {"absent": GOOD, "null": GOOD, "an object": GOOD}, BAD),
    ("request.userInfo.username", {"absent": GOOD, "null": GOOD, "a string": GOOD}, BAD),
    ("request.userInfo.uid", {"absent": GOOD, "null": GOOD, "a string": GOOD}, BAD),
    ("request.userInfo.groups", {"absent": GOOD, "null": GOOD, "a list": GOOD}, BAD),
    ("request.userInfo.extra", {"absent": GOOD, "null": GOOD, "an object": GOOD}, BAD),
    ("request.object", {}, BAD),
    ("request.oldObject", {"absent": GOOD, "null": GOOD}, BAD),
    ("request.dryRun", {"absent": GOOD, "null": GOOD, "true": GOOD}, BAD),
    ("request.options", {"absent": GOOD, "null": GOOD, "an object": GOOD}, BAD),
    ("request.object.kind", {}, BAD),
    ("request.object.apiVersion", {"absent": GOOD, "null": GOOD}, BAD),
    ("request.object.metadata.namespace", {"absent": GOOD, "null": GOOD}, BAD),
]

UIDS = {
    "empty": ("", NO_UID),
    "128 bytes": ("u" * 128, GOOD),
    "129 bytes": ("u" * 129, NO_UID),
    "10 kB": ("u" * 10000, NO_UID),
    "128 bytes, each escaped": (Raw('"' + "\\u0061" * 128 + '"'), GOOD),
    "32 emoji, escaped": (Raw('"' + "\\ud83d\\ude00" * 32 + '"'), GOOD),
    "64 letters of two bytes": ("é" * 64, GOOD),
    "65 letters of two bytes": ("é" * 65, NO_UID),
    "quotes and backslashes": ('"\\"\\', GOOD),
    "a line feed": ("a\nb", NO_UID),
    "an escape character": ("\x1b[2J", NO_UID),
    "DEL": ("\x7f", NO_UID),
    "a C1 control": ("\x85", NO_UID),
    "spaces": ("  ", GOOD),
    "an end of JSON": ('"}}', GOOD),
    "markup": ("<script>alert(1)</script>", GOOD),
    "a substitution": ("$(id)`id`", GOOD),
    "printf": ("%s%n%99999d", GOOD),
}

OPERATIONS = ["create", "CREATE ", "PATCH", "", "*", "CREATEDELETE", "CREATE\n", "x" * 10000]

# kind, resource, object.kind, object.apiVersion; all but the first disagree
DISAGREEING = {
    "services": ({"request.resource.resource": "services"}),
    "Pods": ({"request.resource.resource": "Pods"}),
    "pods/status": ({"request.resource.resource": "pods/status"}),
    "pods of apps": ({"request.resource.group": "apps"}),
    "pods of v2": ({"request.resource.version": "v2"}),
    "kind pod": ({"request.kind.kind": "pod"}),
    "kind PodList": ({"request.kind.kind": "PodList"}),
    "kind Deployment": ({"request.kind.kind": "Deployment"}),
    "kind Pod of apps": ({"request.kind.group": "apps"}),
    "kind Pod of v2": ({"request.kind.version": "v2"}),
    "kind and resource of v2": ({"request.kind.version": "v2", "request.resource.version": "v2"}),
    "kind, resource and object of v2": ({"request.kind.version": "v2",
                                         "request.resource.version": "v2",
                                         "request.object.apiVersion": "v2"}),
    "object.kind pod": ({"request.object.kind": "pod"}),
    "object.kind Deployment": ({"request.object.kind": "Deployment"}),
    "object.kind List": ({"request.object": {"kind": "List", "apiVersion": "v1", "items": []}}),
    "object.kind PodList": ({"request.object.kind": "PodList"}),
    "object.kind empty": ({"request.object.kind": ""}),
    "object.apiVersion apps/v1": ({"request.object.apiVersion": "apps/v1"}),
    "object.apiVersion /v1": ({"request.object.apiVersion": "/v1"}),
    "subresource exec of a Pod": ({"request.subResource": "exec"}),
    "oldObject of another kind": ({"request.oldObject": {"kind": "Secret", "apiVersion": "v1"}}),
}


def changed(base, changes):
    review = copy.deepcopy(base)
    for path, value in changes.items():
        put(review, path, value)
    return dumps(review)


def field_cases():
    for path, fine, otherwise in FIELDS:
        for name, value in VALUES.items():
            # A field below one that may be missing is missing with it.
            yield Case(f"envelope: {path} is {name}", fine.get(name, otherwise),
                       spoiled(path, value))


def uid_cases():
    for name, (uid, want) in UIDS.items():
        yield Case(f"envelope: uid is {name}", want, pod_body(uid=uid))
    yield Case("envelope: uid of 128 bytes, each escaped, and an unknown operation",
               bad_envelope(), pod_body(uid=UIDS["128 bytes, each escaped"][0], operation="x"))


def version_cases():
    for version in ("admission.k8s.io/v1beta1", "admission.k8s.io/v2", "admission.k8s.io/v1 ",
                    "Admission.k8s.io/v1", "admission.k8s.io", "v1", "", "admission.k8s.io/v10"):
        yield Case(f"envelope: apiVersion {version!r}", refused(400),
                   spoiled("apiVersion", version))
    for kind in ("admissionreview", "AdmissionReviewList", "List", "Pod", ""):
        yield Case(f"envelope: kind {kind!r}", refused(400), spoiled("kind", kind))
    whole = pod_review()
    yield Case("envelope: a List of reviews", refused(400),
               dumps({"kind": "List", "apiVersion": "v1", "items": [whole]}))
    yield Case("envelope: a list of requests", refused(400),
               spoiled("request", [whole["request"]]))
    yield Case("envelope: only a response", refused(400),
               dumps({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1",
                      "response": {"uid": "a", "allowed": True}}))
    yield Case("envelope: a response beside the request", protected(),
               spoiled("response", {"uid": "a", "allowed": True}))
    for name in ("Request", "REQUEST", "request "):
        lower = copy.deepcopy(whole)
        lower[name] = lower.pop("request")
        yield Case(f"envelope: {name!r} in place of request", refused(400), dumps(lower))


def lie_cases():
    for operation in OPERATIONS:
        yield Case(f"envelope: operation {operation[:20]!r}", bad_envelope(),
                   pod_body(operation=operation))
    for name, changes in DISAGREEING.items():
        yield Case(f"envelope: disagreeing, {name}", bad_envelope(),
                   changed(pod_review(), changes))
        yield Case(f"envelope: disagreeing on /validate, {name}", bad_envelope(),
                   changed(pod_review(), changes), path="/validate?timeout=10s")
    yield Case("envelope: another requestKind is Equivalent's", protected(),
               spoiled("request.requestKind", {"group": "x", "version": "v9", "kind": "Y"}))
    for name in ("unknown", "Object", "UID", "allowed"):
        yield Case(f"envelope: a member {name} that nobody knows", protected(),
                   spoiled(f"request.{name}", {"metadata": {"labels": {}}}))
    groups = spoiled("request.userInfo.groups", ["system:masters"] * 100000)
    yield Case("envelope: 100,000 groups", protected(), groups)
    yield Case("envelope: a group that is a number", bad_envelope(),
               spoiled("request.userInfo.groups", ["a", 1]))


def kind_cases():
    thing = {"request.kind": {"group": "x.io", "version": "v1", "kind": "Thing"},
             "request.resource": {"group": "x.io", "version": "v1", "resource": "things"},
             "request.object": {"apiVersion": "x.io/v1", "kind": "Thing", "metadata": {},
                                "spec": {"hostNetwork": True}}}
    yield Case("envelope: a kind that nobody changes", denied("Malformed", "kind"),
               changed(pod_review(), thing))
    yield Case("envelope: a kind that nobody judges", untouched(), changed(pod_review(), thing),
               path="/validate")
    other = {"request.kind.group": "x.io", "request.resource.group": "x.io",
             "request.object.apiVersion": "x.io/v1"}
    yield Case("envelope: another group's Pod", denied("Malformed", "kind"),
               changed(pod_review(), other))
    yield Case("envelope: another group's Pod on /validate", untouched(),
               changed(pod_review(), other), path="/validate")
    long = "k" * 10000
    yield Case("envelope: a kind of 10 kB", denied("Malformed", "kind"),
               changed(pod_review(), {**thing, "request.kind.kind": long}))


def operation_cases():
    update = recorded("mutate-pod-update-label")
    delete = recorded("validate-pod-delete")
    connect = recorded("validate-pod-exec-connect")
    for name, review in (("UPDATE", update), ("DELETE", delete), ("CONNECT", connect)):
        yield Case(f"envelope: {name} to /mutate", untouched(), dumps(review))
    for value in ("absent", "a string", "a list", "an object"):
        for name, review in (("UPDATE", update), ("DELETE", delete)):
            yield Case(f"envelope: {name} with oldObject {value}", bad_envelope(),
                       changed(review, {"request.oldObject": VALUES[value]}), path="/validate")
        yield Case(f"envelope: UPDATE with object {value}", bad_envelope(),
                   changed(update, {"request.object": VALUES[value]}), path="/validate")
    yield Case("envelope: DELETE with a foreign oldObject", bad_envelope(),
               changed(delete, {"request.oldObject.kind": "Secret"}), path="/validate")
    yield Case("envelope: UPDATE whose oldObject is of another namespace", bad_envelope(),
               changed(update, {"request.oldObject.metadata.namespace": "other"}),
               path="/validate")
    yield Case("envelope: CONNECT with options of another kind", bad_envelope(),
               changed(connect, {"request.kind.kind": "PodAttachOptions"}), path="/validate")
    yield Case("envelope: CONNECT with a list for options", bad_envelope(),
               changed(connect, {"request.object": []}), path="/validate")
    yield Case("envelope: a CREATE that is called DELETE", bad_envelope(),
               pod_body(operation="DELETE"))
    yield Case("envelope: a CREATE that is called CONNECT has no patch", untouched(),
               pod_body(operation="CONNECT"))


def cases():
    yield from field_cases()
    yield from uid_cases()
    yield from version_cases()
    yield from lie_cases()
    yield from kind_cases()
    yield from operation_cases()
