"""Is an answer one that an API server takes, and the one that was wanted?

well_formed() holds for every answer whatever was asked; wanted() compares with
the row. Both give a list of faults in words.
"""
import base64
import json
import re
import sys

from hostile import patch, protected
from hostile.case import Raw

ROOT_KEYS = {"kind", "apiVersion", "response"}
RESPONSE_KEYS = {"uid", "allowed", "status", "patch", "patchType", "auditAnnotations", "warnings"}
STATUS_REASONS = {400: "BadRequest", 403: "Forbidden", 422: "Invalid"}
sys.set_int_max_str_digits(0)
# What would steer a terminal or does not show, and half a character.
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffd]")


def no_doubles(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError(f"a doubled key among {names}")
    return dict(pairs)


def read(body):
    """Strictly: UTF-8, no doubled key, no NaN. Numbers that are not whole stay as they stand."""
    def refuse(word):
        raise ValueError(word)
    return json.loads(body.decode("utf-8"), object_pairs_hook=no_doubles, parse_constant=refuse,
                      parse_float=Raw)


class Seen:
    """What a reply says, for the table."""

    def __init__(self, reply):
        self.reply = reply
        self.http = reply.code if reply else None
        self.response = {}
        self.fault = None
        if reply is None or reply.code != 200:
            return
        try:
            whole = read(reply.body)
            self.response = whole["response"]
            if set(whole) != ROOT_KEYS or whole["kind"] != "AdmissionReview" or \
                    whole["apiVersion"] != "admission.k8s.io/v1":
                self.fault = "no AdmissionReview of v1"
        except (ValueError, KeyError, TypeError) as error:
            self.fault = f"unreadable answer: {error}"

    @property
    def decision(self):
        allowed = self.response.get("allowed")
        return "-" if allowed is None else "allowed" if allowed else "denied"

    @property
    def status(self):
        return self.response.get("status", {}).get("code")

    @property
    def audit(self):
        return self.response.get("auditAnnotations", {})

    @property
    def reason(self):
        return self.audit.get("reason")

    @property
    def field(self):
        causes = self.response.get("status", {}).get("details", {}).get("causes", [])
        return causes[0].get("field") if causes else None

    @property
    def operations(self):
        text = self.response.get("patch")
        return [] if text is None else read(base64.b64decode(text, validate=True))

    @property
    def text(self):
        """All that is said to people."""
        if self.http is None:
            return ""
        if self.http != 200:
            return self.reply.body.decode("utf-8", "replace")
        return "\n".join([self.response.get("status", {}).get("message", ""),
                          *self.response.get("warnings", [])])


def denial_faults(seen):
    status, found = seen.response.get("status", {}), []
    message = status.get("message", "")
    if STATUS_REASONS.get(status.get("code")) != status.get("reason"):
        found.append(f"status.code {status.get('code')} with reason {status.get('reason')}")
    if not message.startswith(f"{seen.reason}: ") or not message.endswith((".", ")")):
        found.append(f"the message is {message!r}")
    if UNSEEN.search(message + (seen.field or "")) or len(message) > 2000:
        found.append(f"the message does not print: {message!r} of {seen.field!r}")
    if (status.get("code") == 422) != bool(status.get("details", {}).get("causes")):
        found.append("causes belong to 422 and to nothing else")
    return found


def well_formed(seen, uid, validating):
    """What holds for every answer."""
    reply, response, found = seen.reply, seen.response, []
    if reply is None:
        return found
    if seen.fault:
        return [seen.fault]
    if reply.code != 200:
        return []
    if reply.headers.get("content-type") != "application/json":
        found.append("content type")
    if not set(response) <= RESPONSE_KEYS or not isinstance(response.get("allowed"), bool):
        found.append(f"the response has {sorted(response)}")
    if uid is not None and response.get("uid") != uid:
        found.append(f"uid {response.get('uid')!r}")
    if ("patch" in response) != ("patchType" in response):
        found.append("patch and patchType do not come together")
    if "patch" in response and (validating or not response["allowed"] or not seen.operations):
        found.append("a patch that must not be")
    for warning in response.get("warnings", []):
        if len(warning) > 120 or UNSEEN.search(warning):
            found.append(f"warning {warning!r}")
    if set(seen.audit) != {"decision", "reason", "config"} or \
            seen.audit["decision"] != seen.decision:
        found.append(f"audit annotations {seen.audit}")
    return found + ([] if response["allowed"] else denial_faults(seen))


def patched(seen, pod):
    return patch.apply(pod, seen.operations)


def patch_faults(seen, want, review):
    """The pod that comes of the patch is what the specification describes."""
    request = review["request"]
    try:
        pod = patched(seen, request["object"])
    except patch.PatchError as error:
        return [f"the patch does not apply: {error}"]
    return protected.faults(request["object"], pod, request["namespace"],
                            seen.audit["config"], want.pod)


def wanted(seen, want, review):
    """What differs from the row; review is the parsed request where there is one."""
    if seen.http not in want.codes:
        return [f"HTTP {seen.http}, wanted {want.codes}"]
    found = []
    if want.says is not None and want.says not in seen.text:
        found.append(f"does not say {want.says!r}")
    if want.allowed is None:
        return found
    for name, have in (("allowed", seen.response.get("allowed")), ("status", seen.status),
                       ("reason", seen.reason)):
        if getattr(want, name) != have:
            found.append(f"{name} is {have}, wanted {getattr(want, name)}")
    if want.field is not None and want.field != seen.field and seen.status == 422:
        found.append(f"field {seen.field!r}, wanted {want.field!r}")
    if want.reason == "NotPrivate" and seen.operations:
        found.append("a patch for a pod that is not private")
    if not found and want.pod is not None:
        found += patch_faults(seen, want, review)
    return found
