# SPDX-License-Identifier: Apache-2.0
"""What came of a request, in the words of the table."""

import dataclasses
import re

REASON = re.compile(r"\b([A-Z][A-Za-z]+): ")


def reason_of(text):
    """The reason with which a message of podveil's begins, wherever others put words before it."""
    found = REASON.search(text)
    return found[1] if found else ""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """what: worked, protected, warned, denied, closed (podveil is asked and not there), rbac, invalid."""
    what: str
    reason: str = ""
    by: str = ""  # webhook or policy
    warned: tuple = ()
    text: str = ""

    def shown(self):
        if self.what in ("denied", "warned"):
            return f"{self.what}: {self.reason or ', '.join(self.warned)}"
        return self.what
