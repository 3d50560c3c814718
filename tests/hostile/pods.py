"""Reviews and pods to start from, and to spoil."""
import copy
import json

from hostile.case import dumps, harness, put

UID = "6c1f0d1e-5a54-4c0e-9d5b-6f3d8c1a7b21"


def recorded(name):
    return json.loads(harness.recorded(name))


def pod_review(namespace="media", **changes):
    """The creation of a small privacy pod; changes: field of the pod -> value."""
    whole = recorded("mutate-pod-create-bare")
    asked = whole["request"]
    asked["uid"] = UID
    asked["namespace"] = namespace
    pod = asked["object"]
    pod["metadata"].pop("managedFields", None)
    pod["metadata"]["namespace"] = namespace
    for path, value in changes.items():
        put(pod, path, value)
    return whole


def pod_body(changes=None, namespace="media", **request):
    """The same as bytes; request: member of the request -> value."""
    whole = pod_review(namespace, **(changes or {}))
    for name, value in request.items():
        put(whole["request"], name, value)
    return dumps(whole)


def text_of(**changes):
    """The review as text to cut and to patch by hand."""
    return dumps(pod_review(**changes)).decode()


def spoiled(path, value):
    """The review with something set anywhere in it: request.kind.group."""
    return dumps(put(copy.deepcopy(pod_review()), path, value))
