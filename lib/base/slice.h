/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A borrowed piece of text: a pointer and a length, with no NUL at its end.
 *
 * Ownership: a slice owns nothing and is valid as long as the text that it was
 * cut from. Printed by printf("%.*s", SLICE_ARGS(s)).
 */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct slice {
    const char *data;
    size_t len;
};

/* For a length that is known to fit an int: everything here is far below 2 GiB. */
#define SLICE_ARGS(s) (int)(s).len, (s).data

/* A slice of a string literal. */
#define SLICE(literal)                                                                             \
    (struct slice)                                                                                 \
    {                                                                                              \
        .data = (literal), .len = sizeof(literal) - 1                                              \
    }

static inline struct slice slice_of(const char *text)
{
    return (struct slice){.data = text, .len = strlen(text)};
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool slice_is(struct slice a, const char *text)
{
    return slice_equal(a, slice_of(text));
}

static inline bool slice_starts_with(struct slice a, const char *prefix)
{
    size_t len = strlen(prefix);
    return a.len >= len && memcmp(a.data, prefix, len) == 0;
}

static inline bool slice_ends_with(struct slice a, const char *suffix)
{
    size_t len = strlen(suffix);
    return a.len >= len && memcmp(a.data + (a.len - len), suffix, len) == 0;
}

/* The text with a NUL behind it, cut where `size` bytes do not hold it. */
static inline void slice_copy(struct slice a, char *out, size_t size)
{
    size_t len = a.len < size - 1 ? a.len : size - 1;

    if (len > 0) {
        memcpy(out, a.data, len);
    }
    out[len] = '\0';
}

/* A letter of ASCII in lower case, whatever the locale; everything else as it is. */
static inline char ascii_lower(char c)
{
    if (c < 'A' || c > 'Z') {
        return c;
    }
    return (char)(c - 'A' + 'a');
}

/* What is left of `a` after its first n bytes (all of it gone where it is shorter). */
static inline struct slice slice_after(struct slice a, size_t n)
{
    size_t cut = n < a.len ? n : a.len;
    return (struct slice){.data = a.data + cut, .len = a.len - cut};
}

#endif
