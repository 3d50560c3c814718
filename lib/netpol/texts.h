/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sorted lists of texts without doubles: the values of a label requirement as a
 * set. Each question is one walk over both lists.
 *
 * Ownership: the lists are the caller's, the texts are whoever's they were.
 * Threads:   no shared state. Cost: linear, but for the sort.
 */
#ifndef NETPOL_TEXTS_H
#define NETPOL_TEXTS_H

#include "lib/base/slice.h"

/* < 0, 0, > 0; by bytes, a beginning before what it is the beginning of. */
int texts_compare(struct slice a, struct slice b);

void texts_sort(struct slice *texts, size_t count);

/* Of a sorted list; returns how many are left. */
size_t texts_drop_doubles(struct slice *texts, size_t count);

/* How many of a are in b. */
size_t texts_common(const struct slice *a, size_t a_count, const struct slice *b, size_t b_count);

bool texts_has(const struct slice *texts, size_t count, struct slice text);

#endif
