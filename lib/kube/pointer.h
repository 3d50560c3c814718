/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON Pointers (RFC 6901): a place in an object, cut into its tokens.
 *
 * Ownership: tokens borrow from the text, or from the arena where they had ~.
 * Errors:    ERR_MALFORMED where the text does not begin with '/' or ~ is not
 *            followed by 0 or 1; ERR_TOO_LARGE above the number of tokens.
 */
#ifndef KUBE_POINTER_H
#define KUBE_POINTER_H

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/kube/node.h"

struct pointer {
    struct slice text;
    size_t count;
    struct slice tokens[NODE_MAX_DEPTH]; /* unescaped */
    size_t ends[NODE_MAX_DEPTH];         /* where each one ends in the text */
};

int pointer_parse(struct pointer *pointer, struct slice text, struct arena *arena,
                  struct error *err) MUST_CHECK;

/* The text of the first `count` tokens. */
struct slice pointer_upto(const struct pointer *pointer, size_t count);

/* Does this token name an item of an array: digits, no leading zero? */
bool pointer_index(struct slice token, size_t *index);

#endif
