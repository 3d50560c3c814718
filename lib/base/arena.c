/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

enum {
    BLOCK_SIZE = 8192 - 64,
    OVERHEAD = 64, /* more than a block's header and rounding add to a size */
};

struct arena_block {
    struct arena_block *next;
    size_t size;
    alignas(max_align_t) unsigned char data[];
};

void arena_init(struct arena *arena, size_t max)
{
    *arena = (struct arena){.max = max};
}

void arena_done(struct arena *arena)
{
    while (arena->blocks != NULL) {
        struct arena_block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
    arena_init(arena, arena->max);
}

static bool add_block(struct arena *arena, size_t size)
{
    size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
    struct arena_block *block = malloc(sizeof *block + room);
    if (block == NULL) {
        return false;
    }
    block->next = arena->blocks;
    block->size = room;
    arena->blocks = block;
    arena->used = 0;
    return true;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);

    if (size > arena->max - arena->total || size > SIZE_MAX - OVERHEAD) {
        arena->full = true;
        return NULL;
    }
    size_t rounded = (size + align - 1) / align * align;
    if (arena->blocks == NULL || rounded > arena->blocks->size - arena->used) {
        if (!add_block(arena, rounded)) {
            return NULL;
        }
    }
    void *piece = arena->blocks->data + arena->used;
    arena->used += rounded;
    arena->total += size;
    return memset(piece, 0, rounded);
}

struct slice arena_copy(struct arena *arena, struct slice text)
{
    char *copy = text.len == SIZE_MAX ? NULL : arena_alloc(arena, text.len + 1);
    if (copy == NULL) {
        return (struct slice){0};
    }
    if (text.len > 0) {
        memcpy(copy, text.data, text.len);
    }
    return (struct slice){.data = copy, .len = text.len};
}
