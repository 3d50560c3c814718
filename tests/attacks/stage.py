# SPDX-License-Identifier: Apache-2.0
"""The API server on which rows are tried: without podveil, with it, with it dead, and with its policies alone.

Needs root (a network namespace of its own), tests/e2e/build and tests/charts/build; enter() comes first of all.
"""

import pathlib
import sys

from attacks.act import Ref, change, create, holds
from attacks.kinds import definitions
from attacks.meddler import registered
from attacks.objects import GATEWAY, MINE, labelled, of_pod, pod, policy
from attacks.outcome import Outcome, reason_of
from attacks.row import DRIFT, EDITOR
from attacks.standing import SPACES, VALUES

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import world  # noqa: E402
from checks import wait_for  # noqa: E402

DEFINED = [world.BIN.parent / name for name in ("kinds", "others")]
GATES = "--feature-gates=StrictIPCIDRValidation=false"  # as it was before 1.36, and is where it is turned off
KEPT = ("name", "namespace", "labels", "annotations", "finalizers", "ownerReferences")
ClusterError, enter = world.ClusterError, world.enter


def _clean(obj):
    """As it can be made anew."""
    kept = {key: obj["metadata"][key] for key in KEPT if key in obj["metadata"]}
    return {**{key: value for key, value in obj.items() if key != "status"}, "metadata": kept}


class Stage:
    """`with Stage(program, standing) as stage`"""

    def __init__(self, program, standing, values=VALUES):
        self.standing = standing
        self.world = world.World(program, values, flags=(GATES,), audit=None, pods="/api/v1/namespaces/podveil/pods")
        self.api = None

    def __enter__(self):
        self.world.__enter__()
        try:
            self.api = self.world.api
            self._define()
            self._make(registered(self.world.plane))
            self._set_up()
        except BaseException:
            self.world.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, *error):
        self.world.__exit__(*error)

    def install(self):
        self.world.install()
        probes = [create(pod(hostNetwork=True)), create(policy({}))]
        if self.world.ask("validatingadmissionpolicybindings")["items"]:
            probes.append(change(of_pod(), labelled(GATEWAY, None), "status"))
        self._until(lambda: all(self.attempt(probe, DRIFT, dry=True).what == "denied" for probe in probes),
                    "podveil's registrations are not in force")

    def kill(self):
        for one in self.world.podveils():
            one.ends.set()
            one.process.kill()
            one.process.wait()

    def unregister(self):
        for kind in ("mutating", "validating"):
            self.world.kubectl("delete", f"{kind}webhookconfigurations", "podveil")
        self._until(lambda: self.attempt(create(policy({})), DRIFT, dry=True).what == "worked",
                    "the registrations are still in force")

    def attempt(self, act, who, dry=False):
        """What comes of it; what was done is undone."""
        old = self.api.get(act.on.path()) if act.verb != "create" else None
        beside = self.api.get(act.on.collection())["items"] if act.verb == "delete-all" else []
        method, path, body, kind = act.request(old)
        dry_run = dry and act.verb != "connect"
        if dry_run and act.verb == "delete":  # with options in the body, those of the query count for nothing
            body = {**body, "dryRun": ["All"]}
        query = "&".join(part for part in (act.query, "dryRun=All" if dry_run else "") if part)
        account = act.account or ("editor" if who == EDITOR else None)
        code, answer, warnings = self.api(method, f"{path}?{query}" if query else path, body, kind, account)
        found = _outcome(act, code, answer, warnings)
        if code < 300 and not self._took(act, answer, dry):
            found = Outcome("ignored", text="the API server answers 200 and changes nothing")
        if code < 300 and not dry:
            self._undo(act, old, [_typed(one, act.on) for one in beside])
        return found

    def _took(self, act, answer, dry):
        """Did it do what it says? Of a Binding only the pod tells, which a dry run leaves as it is."""
        if act.verb == "change":
            return holds(answer, act.body)
        if act.verb == "bind" and not dry:
            kept = {key: act.body["metadata"][key] for key in ("labels", "annotations") if key in act.body["metadata"]}
            return holds(self.api.get(act.on.path())["metadata"], kept)
        return True

    def _define(self):
        for folder in DEFINED:
            if not folder.exists():
                raise ClusterError(f"{folder} is not there: run tests/charts/build first")
            # To be validated by kubectl they would wait for an OpenAPI document of all kinds together.
            self.world.kubectl("create", "--validate=false", "-f", folder)
        for definition in definitions():
            self._make(definition)
        self.world.kubectl("wait", "--for=condition=Established", "customresourcedefinitions", "--all",
                           "--timeout=60s")

    def _set_up(self):
        for one in self.standing:
            if one["kind"] == "Pod":
                space = one["metadata"]["namespace"]
                account = one["spec"].get("serviceAccountName", "default")
                wait_for(lambda: self.api.get(f"/api/v1/namespaces/{space}/serviceaccounts/{account}"))
            self._make(one)
        for space in SPACES:
            self._make({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
                        "metadata": {"name": "editor", "namespace": space},
                        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"},
                        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "editor"}]})
        # The rights of a role that is put together of others come a moment later.
        self._until(lambda: self.attempt(change(of_pod("jellyfin"), MINE), EDITOR, dry=True).what == "worked",
                    "the editor has no rights")

    def _make(self, obj):
        code, answer, _ = self.api("POST", Ref.of(obj).collection(), obj)
        if code != 201:
            raise ClusterError(f"{obj['kind']} {obj['metadata']['name']}: {answer.get('message')}")

    def _undo(self, act, old, beside):
        if act.verb == "create":
            self._gone(act.on)
            return
        for one in beside or [old]:
            ref = Ref.of(one)
            if one["kind"] == "Pod":
                self._gone(ref)
            code, answer, _ = self.api("PUT", ref.path(), _clean(one))
            if code == 404:
                code, answer, _ = self.api("POST", ref.collection(), _clean(one))
            if code not in (200, 201, 409):
                raise ClusterError(f"{ref.path()} is not as it was: {answer.get('message')}")

    def _gone(self, ref):
        self.api("DELETE", ref.path(), {"gracePeriodSeconds": 0})
        if not wait_for(lambda: self.api.get(ref.path()) is None, 10):
            raise ClusterError(f"{ref.path()} does not go")

    @staticmethod
    def _until(what, otherwise):
        if not wait_for(what):
            raise ClusterError(otherwise)


def _typed(one, ref):
    """Items of a list do not say what they are."""
    return {"apiVersion": ref.version, "kind": ref.kind, **one}


def _outcome(act, code, answer, warnings):
    text = answer.get("message", "") if isinstance(answer, dict) else ""
    if code < 300 or (act.verb == "connect" and "does not have a host assigned" in text):
        return _let_in(act, answer, warnings)
    if "denied the request: " in text:
        return Outcome("denied", reason_of(text.split("denied the request: ")[1]), "webhook", text=text)
    if "ValidatingAdmissionPolicy" in text and "denied request: " in text:
        return Outcome("denied", reason_of(text.split("denied request: ")[1]), "policy", text=text)
    if "failed calling webhook" in text:
        return Outcome("closed", text=text)
    return Outcome("rbac" if code == 403 and " cannot " in text else "invalid", text=f"{code} {text}")


def _let_in(act, answer, warnings):
    reasons = tuple(filter(None, (reason_of(warning) for warning in warnings)))
    made = act.verb == "create" and "podveil.io/injected" in answer["metadata"].get("annotations", {})
    if reasons:
        return Outcome("warned", ", ".join(reasons), warned=reasons, text="; ".join(warnings))
    return Outcome("protected" if made else "worked", text="; ".join(warnings))
