# SPDX-License-Identifier: Apache-2.0
"""What came of each row in each column, and whether it is what the row says."""

import dataclasses

from attacks import parts
from attacks.outcome import Outcome
from attacks.row import DENIED, PROTECTED, WARNED, Row

NONE = Outcome("-")
HARMLESS = ("worked", "protected", "allowed")


@dataclasses.dataclass
class Line:
    """`alone` is podveil's second layer with neither podveil nor its webhooks."""
    row: Row
    before: Outcome = NONE
    given: Outcome = NONE
    dead: Outcome = NONE
    alone: Outcome = NONE
    offline: Outcome = NONE
    twin: Outcome = NONE
    twin_offline: Outcome = NONE

    def faults(self):
        """[what is not as the row says], of the columns that were filled."""
        checks = (("without podveil", self.before, self._worked), ("with podveil", self.given, self._ends),
                  ("with podveil dead", self.dead, self._fails), ("the second layer alone", self.alone, self._holds),
                  ("validate", self.offline, self._says), ("the twin", self.twin, self._harmless),
                  ("validate of the twin", self.twin_offline, self._harmless))
        return [f"{name}: {found.shown()}, not {wanted}" + (f" ({found.text})" if found.text else "")
                for name, found, check in checks if found is not NONE for wanted in [check(found)] if wanted]

    def is_open(self):
        """Somebody gets through whom podveil promises to stop."""
        return bool(self.given is not NONE and self._ends(self.given)
                    or self.given is NONE and self.offline is not NONE and self._says(self.offline))

    # Each gives what was wanted, or nothing where that came.

    @staticmethod
    def _worked(found):
        return "" if found.what == "worked" else "worked"

    @staticmethod
    def _harmless(found):
        return "" if found.what in HARMLESS and not found.warned else "admitted"

    def _ends(self, found):
        if self.row.end == DENIED:
            return self._denied(found, self.row.reason)
        if self.row.end == WARNED:
            return "" if found.what == "warned" and self.row.reason in found.warned else f"warned: {self.row.reason}"
        return "" if found.what == PROTECTED else PROTECTED

    def _fails(self, found):
        if self.row.second and not self._holds(found):
            return ""
        wanted = {"closed": "closed", "open": "worked"}[self.row.dead]
        return "" if found.what == wanted else wanted

    def _holds(self, found):
        return self._denied(found, self.row.second) if self.row.second else self._worked(found)

    def _says(self, found):
        if self.row.end == PROTECTED or not self.row.offline:
            return self._harmless(found)
        return self._ends(found)

    @staticmethod
    def _denied(found, reason):
        return "" if found.what == "denied" and found.reason == reason else f"denied: {reason}"


def offline(judge, rows):
    """The lines with the columns of `podveil validate`."""
    lines = []
    for row in rows:
        who = row.who
        lines.append(Line(row, offline=judge.ask(row.attack, who, row.beside),
                          twin_offline=judge.ask(row.twin, who, row.beside)))
    return lines


def cluster(stage, lines, meanwhile):
    """The other columns, one after the other; `meanwhile` is called once podveil has been through its own."""
    for line in lines:
        line.before = stage.attempt(line.row.attack, line.row.who)
    stage.install()
    for line in lines:
        line.given = stage.attempt(line.row.attack, line.row.who)
        line.twin = stage.attempt(line.row.twin, line.row.who, dry=line.row.twin.verb != "create")
    meanwhile(stage)
    stage.kill()
    for line in lines:
        line.dead = stage.attempt(line.row.attack, line.row.who, dry=True)
    stage.unregister()
    for line in lines:
        found = stage.attempt(parts.protected(line.row.attack, stage.standing), line.row.who, dry=True)
        line.alone = dataclasses.replace(found, what="worked") if found.what == PROTECTED else found
