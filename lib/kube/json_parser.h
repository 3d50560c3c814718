/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the reader share while they read: json.c (structure),
 * json_string.c (strings), json_keys.c (doubled keys). Private to them.
 */
#ifndef KUBE_JSON_PARSER_H
#define KUBE_JSON_PARSER_H

#include "lib/base/buf.h"
#include "lib/kube/json_tape.h"

/* An open container. */
struct level {
    uint32_t token;
    uint32_t count;
};

struct parser {
    struct json *doc;
    const char *text;
    size_t len;
    size_t at;
    size_t token_cap;
    size_t token_max;
    unsigned depth;
    struct level levels[JSON_MAX_DEPTH];
    struct buf decoded;
    struct error *err;
};

/* "LINE:COLUMN: ..." for the byte at `at`. Always -1. */
int parser_fail(struct parser *p, size_t at, const char *fmt, ...) PRINTF_LIKE(3, 4);

int parser_grow(struct parser *p) MUST_CHECK;

/* Put a token on the tape. */
static inline int parser_add(struct parser *p, enum json_kind kind, size_t start, size_t end)
{
    struct json *doc = p->doc;

    if (doc->count == p->token_cap && parser_grow(p) != 0) {
        return -1;
    }
    doc->tokens[doc->count] = (struct json_token){
        .start = (uint32_t)start,
        .end = (uint32_t)end,
        .next = doc->count + 1,
        .meta = (uint32_t)kind,
    };
    doc->count++;
    return 0;
}

/* Read the string whose opening quote is at p->at; its token is the newest then. */
int parser_string(struct parser *p) MUST_CHECK;

/* Refuse a key that stands twice in the object, whose members are all on the tape. */
int parser_check_keys(struct parser *p, uint32_t object, uint32_t count) MUST_CHECK;

#endif
