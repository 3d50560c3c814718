/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tape from inside, for the reader (json*.c) and value.c alone.
 *
 * meta: kind in 4 bits, flags in 4, and in 24 a container's count of members or
 * items. With a string that has escapes they say where in doc->decoded it is:
 * its length in 4 bytes of the machine's order, the bytes, a NUL.
 */
#ifndef KUBE_JSON_TAPE_H
#define KUBE_JSON_TAPE_H

#include "lib/kube/json.h"

enum {
    TAPE_KIND = 0xf,
    TAPE_ESCAPED = 0x10,
    TAPE_COUNT_SHIFT = 8,
    TAPE_MAX_DECODED = (1 << 24) - 1, /* bytes in all */
};

static inline enum json_kind tape_kind(const struct json *doc, uint32_t token)
{
    return (enum json_kind)(doc->tokens[token].meta & TAPE_KIND);
}

static inline uint32_t tape_count(const struct json *doc, uint32_t token)
{
    uint32_t meta = doc->tokens[token].meta;
    return (meta & TAPE_ESCAPED) != 0 ? 0 : meta >> TAPE_COUNT_SHIFT;
}

/* The token behind a value and all that is in it. */
static inline const struct json_token *tape_behind(const struct json *doc,
                                                   const struct json_token *at)
{
    return &doc->tokens[at->next];
}

static inline uint32_t tape_skip(const struct json *doc, uint32_t token)
{
    return doc->tokens[token].next;
}

static inline struct slice tape_decoded(const struct json *doc, const struct json_token *at)
{
    size_t offset = at->meta >> TAPE_COUNT_SHIFT;
    uint32_t len = 0;
    memcpy(&len, doc->decoded + offset, sizeof len);
    return (struct slice){.data = doc->decoded + offset + sizeof len, .len = len};
}

/* The decoded text of a token that is known to be a string. */
static inline struct slice tape_string(const struct json *doc, uint32_t token)
{
    const struct json_token *at = &doc->tokens[token];

    if ((at->meta & TAPE_ESCAPED) != 0) {
        return tape_decoded(doc, at);
    }
    return (struct slice){.data = doc->text.data + at->start, .len = at->end - at->start};
}

/* Is the string `name`? Most are told apart by their length. */
static inline bool tape_is(const struct json *doc, const struct json_token *at, struct slice name)
{
    if ((at->meta & TAPE_ESCAPED) != 0) {
        return slice_equal(tape_decoded(doc, at), name);
    }
    return at->end - at->start == name.len &&
           (name.len == 0 || memcmp(doc->text.data + at->start, name.data, name.len) == 0);
}

#endif
