/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of its own, so that a test can be linked with shorter lives instead.
 */
#include "certs/ca_set.h"
#include "certs/leaf.h"

const struct ca_rules ca_set_rules = {
    .ca = {.lasts = CA_LIFE, .backdate = CA_BACKDATE},
    .leaf = {.lasts = LEAF_LIFE, .backdate = LEAF_BACKDATE},
    .lead = CA_SET_LEAD,
};
