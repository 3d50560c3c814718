/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One strict JSON reader (RFC 8259): a flat tape of tokens over the text.
 *
 * What it is for: everything that podveil reads: reviews, objects, and the JSON
 * that yaml.h makes of YAML. It accepts exactly one value and nothing behind it,
 * valid UTF-8, no byte order mark, no doubled key in any object (compared after
 * unescaping), no lone surrogate. It is iterative: depth costs a counter, never
 * stack. Not for writing: what podveil writes is built by build.h, what it
 * copies is copied as the bytes that came in, so no number of a user is ever
 * rewritten. Read values through value.h; this header is the tape's own.
 *
 * \u0000 in a string is legal JSON and is read; nul_token tells that it is there.
 *
 * Ownership: the document borrows the text, which must outlive it, and owns its
 *            tokens until json_done().
 * Threads:   a parsed document is read-only and may be shared.
 * Errors:    ERR_MALFORMED with line and column of the text, ERR_TOO_LARGE for
 *            a limit, ERR_NO_MEMORY.
 * Limits:    spec.md 4: depth 128, 2,097,152 tokens. A token is 16 bytes and
 *            there is at most one for two bytes of text. Nothing is quadratic.
 */
#ifndef KUBE_JSON_H
#define KUBE_JSON_H

#include "lib/base/error.h"
#include "lib/base/slice.h"

#include <stdint.h>

enum json_kind {
    JSON_ABSENT = 0, /* there is no value; the kind of no token */
    JSON_NULL,
    JSON_BOOL,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

enum {
    JSON_MAX_DEPTH = 128,
    JSON_MAX_TOKENS = 2097152,
    JSON_MAX_TEXT = 16777216, /* offsets are 32 bits; far above the body limit of 8 MiB */
};

/*
 * A value, or the key of a member (a string that stands right before its value).
 * Strings: start and end are the text between the quotes. For a container and a plain scalar `next`
 * is the token behind it and all it contains; for a string with escapes it is the offset of its
 * decoded text.
 */
struct json_token {
    uint32_t start;
    uint32_t end;
    uint32_t next;
    uint32_t meta; /* kind, flags, and the number of members or items */
};

struct json {
    struct slice text;
    struct json_token *tokens;
    uint32_t count;
    uint32_t nul_token; /* the first string with \u0000, or 0: a root string is not asked */
    char *decoded;      /* the strings that had escapes, each with its length before it */
};

/* Parse all of `text`. The root is token 0. On failure doc is empty and needs no json_done(). */
int json_parse(struct json *doc, struct slice text, struct error *err) MUST_CHECK;
void json_done(struct json *doc);

/* For a document that is kept: its tokens take no more memory than they need. On failure it is as
 * it was. */
int json_fit(struct json *doc, struct error *err) MUST_CHECK;
DEFINE_AUTO_IN_PLACE(json, struct json, json_done);

/* The token's kind; its text as it stands (a string with its quotes); a string decoded. */
enum json_kind json_kind(const struct json *doc, uint32_t token);
struct slice json_raw(const struct json *doc, uint32_t token);
struct slice json_string(const struct json *doc, uint32_t token);

/* Members or items of a container; the token behind a value and all it contains. */
uint32_t json_count(const struct json *doc, uint32_t token);
uint32_t json_skip(const struct json *doc, uint32_t token);

/* Line and column, both from 1, of a byte of the text (column in bytes). */
void json_position(struct slice text, size_t offset, unsigned *line, unsigned *column);

#endif
