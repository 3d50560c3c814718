/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the reader share while they read: json.c (structure),
 * json_string.c (strings), json_keys.c (doubled keys). Private to them.
 */
#ifndef KUBE_JSON_PARSER_H
#define KUBE_JSON_PARSER_H

#include "lib/base/buf.h"
#include "lib/kube/json_tape.h"

/* Keys that differ mostly differ in one of their two bits. */
struct fingerprint {
    uint64_t ends;
    uint64_t middle;
};

/* An open container. */
struct level {
    uint32_t token;
    uint32_t count;
    struct fingerprint seen; /* of its keys */
    bool doubtful;           /* two keys may be the same */
    char close;
};

struct parser {
    struct json doc; /* what is being made */
    size_t at;
    size_t token_cap;
    size_t token_max;
    struct level
        *levels; /* JSON_MAX_DEPTH + 1; the first one stands for the text around the root */
    struct buf decoded;
    struct error *err;
};

/* "LINE:COLUMN: ..." for the byte at `at`. Always -1. */
int parser_fail(struct parser *p, size_t at, const char *fmt, ...) PRINTF_LIKE(3, 4)
    __attribute__((cold));

int parser_grow(struct parser *p) MUST_CHECK __attribute__((cold));

/* Put a token on the tape. */
static inline int parser_add(struct parser *p, enum json_kind kind, size_t start, size_t end)
{
    uint32_t count = p->doc.count;

    if (count == p->token_cap && parser_grow(p) != 0) {
        return -1;
    }
    p->doc.tokens[count] = (struct json_token){
        .start = (uint32_t)start,
        .end = (uint32_t)end,
        .next = count + 1,
        .meta = (uint32_t)kind,
    };
    p->doc.count = count + 1;
    return 0;
}

/*
 * Read the string whose opening quote is at p->at and whose text is plain up to `plain`; its token
 * is the newest then.
 */
int parser_string(struct parser *p, size_t plain) MUST_CHECK;

/* `key` is what stands between quotes: where it is empty, they are what is read. */
static inline struct fingerprint parser_fingerprint(const char *key, size_t len)
{
    size_t first = (unsigned char)key[0];
    size_t last = (unsigned char)key[(ptrdiff_t)len - 1];
    size_t middle = (unsigned char)key[len / 2];

    return (struct fingerprint){
        .ends = (uint64_t)1 << ((len + 3 * last) % 64),
        .middle = (uint64_t)1 << ((first + 3 * middle) % 64),
    };
}

static inline bool parser_has_seen(const struct fingerprint *seen, struct fingerprint key)
{
    return (seen->ends & key.ends) != 0 && (seen->middle & key.middle) != 0;
}

static inline void parser_see(struct fingerprint *seen, struct fingerprint key)
{
    seen->ends |= key.ends;
    seen->middle |= key.middle;
}

/* Refuse a key that stands twice in the object, whose members are all on the tape. */
int parser_check_keys(struct parser *p, uint32_t object, uint32_t count) MUST_CHECK;

#endif
