# SPDX-License-Identifier: Apache-2.0
"""Definitions of kinds that no registry has as a file: an API server has to know them, whatever stands in them."""

from attacks.act import CLUSTER_WIDE, plural

CALICO, ADMIN = "crd.projectcalico.org", "policy.networking.k8s.io"
OPEN = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def _definition(group, version, kind):
    name = plural(kind)
    metadata = {"name": f"{name}.{group}"}
    if group.endswith(".k8s.io"):  # a group that is protected: whoever defines it says who agreed
        metadata["annotations"] = {"api-approved.kubernetes.io": "unapproved, a definition of a test"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": metadata,
        "spec": {"group": group, "scope": "Cluster" if kind in CLUSTER_WIDE else "Namespaced",
                 "names": {"kind": kind, "plural": name, "singular": kind.lower(), "listKind": f"{kind}List"},
                 "versions": [{"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": {
                     "type": "object", "properties": {"spec": OPEN}}}}]}}


def definitions():
    return ([_definition(CALICO, "v1", kind) for kind in ("NetworkPolicy", "GlobalNetworkPolicy", "Tier", "NetworkSet",
                                                          "GlobalNetworkSet")]
            + [_definition(ADMIN, "v1alpha1", kind) for kind in ("AdminNetworkPolicy", "BaselineAdminNetworkPolicy")])
