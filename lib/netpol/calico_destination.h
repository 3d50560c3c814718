/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a rule of Calico's leads: its protocol, ports and destination. And what
 * the rest of the policy reads in the same way.
 *
 * Errors: as admin_reader.h.
 */
#ifndef NETPOL_CALICO_DESTINATION_H
#define NETPOL_CALICO_DESTINATION_H

#include "lib/netpol/admin_reader.h"
#include "lib/netpol/calico_selector.h"

/* All of it, into the rule at hand. */
int calico_add_destination(struct admin_reader *reader, struct value rule) MUST_CHECK;

/* Calico compares actions, types and protocols in lower case; `word` is. */
bool calico_is_word(struct slice text, const char *word);

/* A selector, answered with no label known; {NULL, 0} and yes where there is none. */
int calico_read_selector(struct admin_reader *reader, struct value parent, const char *name,
                         struct slice *text, enum answer *answer) MUST_CHECK;

#endif
