# SPDX-License-Identifier: Apache-2.0
"""What the rendered webhook configurations and policies make of a request, by the API server's own code."""

import json
import subprocess

from command import BIN, ROOT

REVIEWS = ROOT / "tests" / "fixtures" / "reviews"
POD = {"group": "", "version": "v1", "kind": "Pod"}
GROUPS = {
    "deployments": ("apps", "Deployment"),
    "replicasets": ("apps", "ReplicaSet"),
    "cronjobs": ("batch", "CronJob"),
    "jobs": ("batch", "Job"),
    "pods": ("", "Pod"),
    "networkpolicies": ("networking.k8s.io", "NetworkPolicy"),
    "configmaps": ("", "ConfigMap"),
    "services": ("", "Service"),
    "endpoints": ("", "Endpoints"),
    "endpointslices": ("discovery.k8s.io", "EndpointSlice"),
    "bindings": ("", "Binding"),
    "events": ("", "Event"),
    "secrets": ("", "Secret"),
    "namespaces": ("", "Namespace"),
    "leases": ("coordination.k8s.io", "Lease"),
    "mutatingwebhookconfigurations": ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    "validatingwebhookconfigurations": ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
}
BELOW = {"exec": "PodExecOptions", "attach": "PodAttachOptions", "binding": "Binding"}


def pod(labels=None, annotations=None, **spec):
    metadata = {"name": "transfer", "namespace": "media"}
    if labels is not None:
        metadata["labels"] = labels
    if annotations is not None:
        metadata["annotations"] = annotations
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"containers": [{"name": "app", "image": "app"}], **spec},
    }


def request(
    obj=None, old=None, resource="pods", subresource="", operation=None, namespace="media", labels=None, user="jane"
):
    """A request; `labels` are the namespace's own."""
    group, kind = GROUPS[resource]
    kind = BELOW.get(subresource, kind)
    operation = operation or ("CREATE" if old is None else "DELETE" if obj is None else "UPDATE")
    return {
        "kind": {"group": group, "version": "v1", "kind": kind},
        "resource": {"group": group, "version": "v1", "resource": resource},
        "subresource": subresource,
        "operation": operation,
        "namespace": namespace,
        "user": user,
        "namespaceLabels": {"kubernetes.io/metadata.name": namespace, **(labels or {})},
        "object": obj,
        "oldObject": old,
    }


def recorded(name):
    """A review that a real API server sent, as a request; `name` without .json."""
    asked = json.loads((REVIEWS / f"{name}.json").read_text(encoding="utf-8"))["request"]
    kind, resource = asked["kind"], asked["resource"]
    return {
        "kind": kind,
        "resource": resource,
        "subresource": asked.get("subResource", ""),
        "operation": asked["operation"],
        "namespace": asked.get("namespace", ""),
        "namespaceLabels": {"kubernetes.io/metadata.name": asked.get("namespace", "")},
        "user": asked["userInfo"]["username"],
        # podveil answers CONNECT too, but no entry sends it; its options are no object of the scheme.
        "object": None if asked["operation"] == "CONNECT" else asked.get("object"),
        "oldObject": asked.get("oldObject"),
    }


def _decide(asked):
    done = subprocess.run(
        [BIN / "conditions"], input=json.dumps(asked), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def verdicts(release, requests):
    """What the release's ValidatingAdmissionPolicies say against each request, [{policy, binding, actions, message,
    reason}]. An expression that fails is a failure here."""
    policies = [o for o in release.objects if o["kind"].startswith("ValidatingAdmissionPolicy")]
    answers = _decide({"policies": policies, "requests": requests})
    for answer, asked in zip(answers, requests):
        for verdict in answer:
            assert "error" not in verdict, f"{verdict['policy']}: {verdict['error']}: {json.dumps(asked)[:2000]}"
    return answers


def calls(release, kind, requests):
    """{name: path} of what is asked, for each request. An expression that fails is a failure here."""
    answers = []
    for one in _decide({"configuration": release.one(f"{kind}WebhookConfiguration"), "requests": requests}):
        for call in one:
            assert "error" not in call, f"{call['name']}: {call['error']}"
        answers.append({call["name"]: call["path"] for call in one})
    return answers


def call(release, kind, one):
    return calls(release, kind, [one])[0]
