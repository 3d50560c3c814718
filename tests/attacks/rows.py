# SPDX-License-Identifier: Apache-2.0
"""All rows, in the order of their numbers."""

import re

from attacks import admin, later, mesh, pods, policies, routes


def _order(row):
    letter, number = re.fullmatch(r"([A-DM])(\d+)", row.id).groups()
    return letter, int(number)


ROWS = sorted(policies.ROWS + admin.ROWS + pods.ROWS + later.ROWS + routes.ROWS + mesh.ROWS, key=_order)
assert len({row.slug() for row in ROWS}) == len(ROWS), "two rows of one name"
