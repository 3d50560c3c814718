/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which lines of two texts are not common to both. Under diff.c alone.
 *
 * Ownership: a diff_lines owns its tables until diff_lines_done(); the lines are borrowed.
 * Errors:    ERR_NO_MEMORY.
 */
#ifndef CLI_DIFF_LINES_H
#define CLI_DIFF_LINES_H

#include "lib/base/error.h"
#include "lib/base/slice.h"

struct lines {
    struct slice *items; /* without their newlines */
    size_t count;
    bool *changed; /* one more than lines, the last one false */
};

struct diff_lines {
    struct lines before; /* changed: is not in the other */
    struct lines after;
};

void diff_lines_done(struct diff_lines *lines);
DEFINE_AUTO_IN_PLACE(diff_lines, struct diff_lines, diff_lines_done);

/* At most `max_edits` changes are found one by one; beyond it all between the ends is changed. */
int diff_lines_find(struct diff_lines *lines, struct slice before, struct slice after,
                    size_t max_edits, struct error *err) MUST_CHECK;

#endif
