/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tape from inside, for the reader (json*.c), value.c and overlay.c alone.
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

static inline uint64_t tape_word(const char *text)
{
    uint64_t word = 0;
    memcpy(&word, text, sizeof word);
    return word;
}

/*
 * memcmp() == 0 for names, which are short: without a call, so that a search is one loop. Words of
 * eight bytes, the last one reaching back over what was compared already.
 */
static inline bool tape_same(const char *a, const char *b, size_t len)
{
    if (len < sizeof(uint64_t)) {
        while (len > 0 && a[len - 1] == b[len - 1]) {
            len--;
        }
        return len == 0;
    }
    for (size_t at = 0; at + sizeof(uint64_t) < len; at += sizeof(uint64_t)) {
        if (tape_word(a + at) != tape_word(b + at)) {
            return false;
        }
    }
    return tape_word(a + len - sizeof(uint64_t)) == tape_word(b + len - sizeof(uint64_t));
}

/* Is the string `name`? Most are told apart by their length. */
static inline bool tape_is(const struct json *doc, const struct json_token *at, struct slice name)
{
    if ((at->meta & TAPE_ESCAPED) != 0) {
        return slice_equal(tape_decoded(doc, at), name);
    }
    return at->end - at->start == name.len &&
           tape_same(doc->text.data + at->start, name.data, name.len);
}

#endif
