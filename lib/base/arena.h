/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is given out piece by piece and released all at once.
 *
 * For what lives exactly as long as one request or one document. Not for what
 * grows: a piece cannot be resized or given back alone.
 *
 * Ownership: the arena owns every piece until arena_done().
 * Threads:   one owner at a time.
 * Errors:    arena_alloc() returns NULL without memory or above the maximum.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "lib/base/cleanup.h"
#include "lib/base/slice.h"

#include <stdbool.h>
#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *blocks;
    size_t used; /* of the newest block */
    size_t total;
    size_t max;
    bool full; /* a piece was refused because of the maximum, not for want of memory */
};

/* No allocation yet; max bounds the bytes of all pieces together. */
void arena_init(struct arena *arena, size_t max);
void arena_done(struct arena *arena);
DEFINE_AUTO_IN_PLACE(arena, struct arena, arena_done);

/* Zeroed memory, aligned for any object; NULL where there is none. */
void *arena_alloc(struct arena *arena, size_t size);

/* A copy of the text with a NUL behind it; .data is NULL where there is no memory. */
struct slice arena_copy(struct arena *arena, struct slice text);

#endif
