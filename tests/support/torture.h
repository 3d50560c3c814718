/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One piece of work again and again, each time with another allocation failing:
 * alone, and in a second run with all after it.
 *
 * The work calls memory_begin(plan) before what is tried, and memory_end() behind it.
 * It returns what that returned, and asserts afterwards, by itself, that a success was
 * the right one and that a failure left everything as it was.
 *
 * torture() asserts the rest: without memory the work fails with an error or does as
 * well as with it; what fails with memory never succeeds without; nothing is left
 * allocated. Every message names the work and the allocation.
 */
#ifndef TESTS_SUPPORT_TORTURE_H
#define TESTS_SUPPORT_TORTURE_H

#include "lib/base/error.h"
#include "tests/support/memory.h"

struct torture {
    int (*work)(struct memory_plan plan, const void *context, struct error *err);
    const void *context;
    const char *name; /* for the messages, where one test tries several; may be NULL */
    int want;         /* what the work returns with memory: 0 or -1 */
    size_t first;     /* the first to fail; 0: that is the first of all */
    size_t stride;    /* 0: each allocation. Else a prime, so that all of a loop get their turn */
    bool single;      /* leave out the runs in which all allocations after it fail too */
    bool named;       /* where the work fails, the error is ERR_NO_MEMORY */
    bool strict;      /* and it fails whichever allocation does */
    bool keeps;       /* a library keeps what it made at first need: do not count what is left */
};

/* Gives the number of allocations without a failure. */
size_t torture(const struct torture *torture);

#endif
