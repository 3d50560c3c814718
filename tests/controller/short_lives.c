/* SPDX-License-Identifier: Apache-2.0 */
/*
 * podveil, but with a year of certificates in a minute: linked in place of
 * certs/ca_rules.c, so that nobody who runs podveil can ask for that.
 *
 * A CA is old after 40 s, its successor signs 4 s later, and its own last leaf has ended 10 s
 * after that; it could sign until its 50th second.
 */
#include "certs/ca_set.h"

const struct ca_rules ca_set_rules = {
    .ca = {.lasts = 60, .backdate = 1},
    .leaf = {.lasts = 10, .backdate = 1},
    .lead = 4,
};
