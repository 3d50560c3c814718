# SPDX-License-Identifier: Apache-2.0
"""A row of the attack table: what is done, by whom, and what has to come of it at each layer."""

import dataclasses

from attacks.act import Act

# Against whom (docs/THREATS.md has them in full).
DRIFT = "mistakes, drift"  # templates, charts, controllers, other webhooks, policies of the CNI
EDITOR = "editor"  # of the namespace: what the ClusterRole edit may do, the API server is asked
ADMIN = "cluster-admin"

NAMESPACE_LABEL = "the namespace has the label"
LISTED = "reach: listed"

DENIED, WARNED, PROTECTED = "denied", "warned", "protected"


@dataclasses.dataclass(frozen=True)
class Row:
    id: str  # of the list in which the attacks are numbered: A1 to D6
    name: str
    who: str
    reason: str  # of podveil, with podveil
    attack: Act
    twin: Act  # the same without the sting
    given: str = ""  # under which condition podveil promises it
    end: str = DENIED  # or WARNED; PROTECTED: let in, with podveil's parts
    dead: str = "closed"  # with podveil gone: the request is refused; "open": it never reaches podveil
    second: str = ""  # the reason of the ValidatingAdmissionPolicy that holds it alone, if any does
    offline: str = "same"  # podveil validate's reason; "": it is not asked about such a request
    beside: tuple = ()  # objects that validate is given with it, which the API server has

    def slug(self):
        return f"{self.id} {self.name}"
