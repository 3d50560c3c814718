# SPDX-License-Identifier: Apache-2.0
"""Every right that the chart gives is explained, and nothing is explained that it does not give."""

import re

from command import ROOT, Release

ROLES = {
    "ClusterRole `podveil`": ("ClusterRole", "podveil"),
    "Role `podveil`": ("Role", "podveil"),
    "Role `podveil-dns`": ("Role", "podveil-dns"),
}


def _documented():
    """{(kind, name): {(group, resource, its one name or "", verb)}}; each verb has its reason."""
    found = {}
    for section in (ROOT / "docs" / "RBAC.md").read_text(encoding="utf-8").split("\n## ")[1:]:
        role = next(value for key, value in ROLES.items() if key in section.splitlines()[0])
        rights = found.setdefault(role, set())
        group = resources = name = ""
        for cells in re.findall(r"^\| (.*?) ?\| (.*?) ?\| (.*?) \| (.*?) \|$", section, re.M):
            if cells[0] == "API group":
                continue
            if cells[1].strip("| "):
                group, resources = cells[0].strip('"'), cells[1]
                name = "".join(re.findall(r"`(.+)` alone", resources))
                resources = re.sub(r"\s*\(.*\)", "", resources).split(", ")
                group = "" if resources[0].startswith("/") else group
            assert len(cells[3]) > 5, f"{resources} {cells[2]} has no reason"
            rights |= {(group, resource, name, cells[2]) for resource in resources}
    return found


def _rights(role):
    return {
        (group, resource, name, verb)
        for rule in role["rules"]
        for group in rule.get("apiGroups", [""])
        for resource in rule.get("resources", rule.get("nonResourceURLs"))
        for name in rule.get("resourceNames", [""])
        for verb in rule["verbs"]
    }


def every_right_has_its_reason():
    given = {
        (role["kind"], role["metadata"]["name"]): _rights(role)
        for kind in ("ClusterRole", "Role")
        for role in Release("podveil", "one.yaml").of_kind(kind)
    }
    documented = _documented()
    assert given.keys() == documented.keys()
    for role, rights in given.items():
        assert rights == documented[role], f"{role}: {sorted(rights ^ documented[role])}"


def no_right_is_a_wildcard():
    for values in (None, "one.yaml", "many.yaml"):
        release = Release("podveil", values)
        for role in release.of_kind("ClusterRole") + release.of_kind("Role"):
            for right in _rights(role):
                assert "*" not in right, f"{role['metadata']['name']}: {right}"
            wide = {(resource, verb) for _, resource, name, verb in _rights(role) if not name}
            assert not wide & {("secrets", verb) for verb in ("get", "list", "watch", "update", "patch", "delete")}


def with_cert_manager_there_is_less_to_do():
    release = Release("podveil", "many.yaml")
    rights = set().union(*map(_rights, release.of_kind("ClusterRole") + release.of_kind("Role")))
    assert not {right for right in rights if right[1] == "secrets"}
    assert not {right for right in rights if right[0] == "admissionregistration.k8s.io" and right[3] == "patch"}


def every_binding_is_to_podveils_account():
    release = Release("podveil", "one.yaml")
    for binding in release.of_kind("ClusterRoleBinding") + release.of_kind("RoleBinding"):
        assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "podveil", "namespace": "podveil"}]
        assert binding["roleRef"]["name"] == binding["metadata"]["name"]
