# SPDX-License-Identifier: Apache-2.0
"""The column of `podveil validate`: what it says of an attack beside all that stands."""

import json
import tempfile

from attacks.act import Ref
from attacks.outcome import Outcome, reason_of
from attacks.row import EDITOR
from attacks.standing import Offline


class Judge:
    """`with Judge(program) as judge`"""

    def __init__(self, program):
        self.folder = tempfile.TemporaryDirectory()
        self.podveil = Offline(program, self.folder.name)
        self.standing = self.podveil.standing()
        self.known = {Ref.of(one): one for one in self.standing}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def rests(self):
        """What is said against that which stands, where nobody has attacked yet; empty: nothing."""
        code, out, err = self.podveil.run("validate", self.standing)
        return "" if code == 0 else out + err

    def ask(self, act, who=EDITOR, beside=()):
        old = self.known.get(act.on)
        asked = act.body if act.verb == "create" and not act.below else act.review(old, act.account or who)
        code, out, err = self.podveil.run("validate", [*self.standing, *beside, asked], "-o", "json")
        if code not in (0, 1):
            return Outcome("invalid", text=f"podveil validate ended with {code}: {err.strip()}")
        found = json.loads(out)[-1]
        said = found.get("message", "")
        if (code == 1) != (found["decision"] == "denied"):
            return Outcome("invalid", text=f"podveil validate ended with {code}: {found}")
        reasons = tuple(filter(None, map(reason_of, found["warnings"])))
        return Outcome(found["decision"], found.get("reason", ""), warned=reasons, text=said)
