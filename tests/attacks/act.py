# SPDX-License-Identifier: Apache-2.0
"""What somebody does to an API server: one request, and the same as the AdmissionReview that it becomes."""

import copy
import dataclasses

# Kinds of which a cluster has one set; all others live in a namespace.
CLUSTER_WIDE = {"Namespace", "AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy",
                "CiliumClusterwideNetworkPolicy", "CiliumEgressGatewayPolicy", "CiliumCIDRGroup",
                "GlobalNetworkPolicy", "GlobalNetworkSet", "Tier", "GatewayClass", "IngressClass", "ClusterIssuer",
                "ClusterRole", "ClusterRoleBinding", "StorageClass", "PersistentVolume", "PriorityClass",
                "RuntimeClass", "CustomResourceDefinition", "MutatingWebhookConfiguration"}
MERGE = "application/merge-patch+json"


def plural(kind):
    kind = kind.lower()
    if kind == "endpoints":
        return kind
    if kind.endswith("y") and not kind.endswith("ay"):
        return kind[:-1] + "ies"
    return kind + ("es" if kind.endswith("s") else "s")


@dataclasses.dataclass(frozen=True)
class Ref:
    """Which object: "v1", "Pod", "media", "sabnzbd"."""
    version: str
    kind: str
    namespace: str
    name: str

    @staticmethod
    def of(obj):
        space = "" if obj["kind"] in CLUSTER_WIDE else obj["metadata"].get("namespace", "default")
        return Ref(obj["apiVersion"], obj["kind"], space, obj["metadata"].get("name", ""))

    def collection(self):
        root = f"/apis/{self.version}" if "/" in self.version else f"/api/{self.version}"
        return root + (f"/namespaces/{self.namespace}" if self.namespace else "") + "/" + plural(self.kind)

    def path(self):
        return f"{self.collection()}/{self.name}"


@dataclasses.dataclass(frozen=True)
class Act:
    """verb: create, change (a merge patch), edit (what a function makes of the object), delete, delete-all, bind,
    connect."""
    verb: str
    on: Ref
    body: object = None
    below: str = ""  # a subresource
    query: str = ""
    account: str = ""  # who, where it is not the row's adversary

    def becomes(self, old):
        """The object after a change or an edit."""
        if self.verb == "edit":
            new = copy.deepcopy(old)
            self.body(new)
            return new
        return merged(old, self.body)

    def request(self, old):
        """(method, path, body, content type)"""
        path = self.on.path() + (f"/{self.below}" if self.below else "")
        if self.verb == "create":
            return "POST", self.on.collection(), self.body, "application/json"
        if self.verb == "edit" or self.below == "finalize":
            return "PUT", path, self.becomes(old), "application/json"
        if self.verb == "change":
            return "PATCH", path, self.body, MERGE
        if self.verb == "delete":
            return "DELETE", path, {"gracePeriodSeconds": 0}, "application/json"
        if self.verb == "delete-all":
            return "DELETE", self.on.collection(), None, "application/json"
        return "POST", path, self.body, "application/json"

    def review(self, old, user):
        """The AdmissionReview that asks about it; `old` is the object as it stands, or None."""
        operation = {"create": "CREATE", "bind": "CREATE", "connect": "CONNECT", "delete": "DELETE",
                     "delete-all": "DELETE"}.get(self.verb, "UPDATE")
        group, _, version = self.on.version.rpartition("/")
        what = None if operation == "DELETE" else self.becomes(old) if operation == "UPDATE" else self.body
        kind = what["kind"] if what is not None and self.verb in ("bind", "connect") else self.on.kind
        request = {
            "uid": "00000000-0000-4000-8000-000000000001", "operation": operation, "name": self.on.name,
            "kind": {"group": group, "version": version, "kind": kind},
            "resource": {"group": group, "version": version, "resource": plural(self.on.kind)},
            "userInfo": {"username": user, "groups": ["system:authenticated"]}, "object": what,
            "oldObject": old if operation in ("UPDATE", "DELETE") else None, "dryRun": False}
        if self.on.namespace or self.on.kind == "Namespace":
            request["namespace"] = self.on.namespace or self.on.name
        if self.below:
            request["subResource"] = self.below
        return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}


def merged(obj, change):
    """RFC 7386, as the API server does it; labels that are gone altogether are absent."""
    if not isinstance(change, dict):
        return copy.deepcopy(change)
    found = copy.deepcopy(obj) if isinstance(obj, dict) else {}
    for key, value in change.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = merged(found.get(key), value)
    return found


def holds(obj, patch):
    """Is in the object what the patch says?"""
    if isinstance(patch, dict):
        return isinstance(obj, dict) and all(
            key not in obj if value is None else holds(obj.get(key, {} if isinstance(value, dict) else None), value)
            for key, value in patch.items())
    if isinstance(patch, list):
        obj = [] if obj is None else obj
        return isinstance(obj, list) and len(obj) == len(patch) and all(map(holds, obj, patch))
    return obj == patch


def create(obj, account=""):
    return Act("create", Ref.of(obj), obj, account=account)


def change(ref, patch, below="", account=""):
    return Act("change", ref, patch, below, account=account)


def edit(ref, function):
    return Act("edit", ref, function)


def delete(ref, account=""):
    return Act("delete", ref, account=account)


def delete_all(ref, query=""):
    """Of the kind and namespace of `ref`."""
    return Act("delete-all", ref, query=query)


def bind(ref, **metadata):
    return Act("bind", ref, {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": ref.name, **metadata},
                             "target": {"apiVersion": "v1", "kind": "Node", "name": "node-1"}}, "binding")


def connect(ref, below, container):
    options = {"exec": "PodExecOptions", "attach": "PodAttachOptions"}[below]
    query = f"stdout=true&container={container}" + ("&command=id" if below == "exec" else "")
    return Act("connect", ref, {"apiVersion": "v1", "kind": options, "stdout": True, "container": container,
                                **({"command": ["id"]} if below == "exec" else {})}, below, query)


def finalize(ref, patch):
    """Namespaces alone have it, and it keeps whatever labels it is given."""
    return Act("change", ref, patch, "finalize")
