/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two texts as a unified diff, three lines of context, the fewest lines changed.
 *
 * Not for large rewrites: above DIFF_MAX_EDITS changed lines everything between
 * the first and the last change is shown as replaced. That is longer than it
 * need be, and still true.
 *
 * Errors: ERR_NO_MEMORY. Cost: O((lines + edits) * edits), memory O(edits squared).
 */
#ifndef CLI_DIFF_H
#define CLI_DIFF_H

#include "lib/base/buf.h"

#include <stdbool.h>

enum { DIFF_MAX_EDITS = 1000 };

struct diff_side {
    const char *name; /* for the line that begins with --- or +++ */
    struct slice text;
};

/* Append the diff; nothing where both texts are equal. */
int diff_unified(struct buf *out, const struct diff_side *before, const struct diff_side *after,
                 bool color, struct error *err) MUST_CHECK;

#endif
