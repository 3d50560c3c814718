/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings that are not plain ASCII. One pass finds the end, a character of
 * UTF-8 at a time where they are not plain. Only a string with a backslash is
 * read again and decoded; decoded it is never longer than it was, so that the
 * room is made once.
 */
#include "lib/kube/json_parser.h"
#include "lib/kube/json_scan.h"
#include "lib/kube/utf8.h"

/* Where decoding stands: from `at` in the text to `out`. */
struct cursor {
    const char *at;
    const char *end;
    char *out;
};

static bool hex4(const char *text, uint32_t *code)
{
    uint32_t value = 0;

    for (size_t i = 0; i < 4; i++) {
        char c = text[i];
        uint32_t digit = 0;
        if (c >= '0' && c <= '9') {
            digit = (uint32_t)(c - '0');
        } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
            digit = (uint32_t)((c | 0x20) - 'a') + 10;
        } else {
            return false;
        }
        value = value << 4 | digit;
    }
    *code = value;
    return true;
}

static int fail_at(struct parser *p, const struct cursor *c, const char *what)
{
    return parser_fail(p, (size_t)(c->at - p->doc.text.data), "%s", what);
}

/* \uXXXX, or two of them that make a surrogate pair. */
static int decode_unicode(struct parser *p, struct cursor *c)
{
    size_t left = (size_t)(c->end - c->at);
    uint32_t code = 0;
    uint32_t low = 0;
    size_t len = 6;

    if (left < 6 || !hex4(c->at + 2, &code)) {
        return fail_at(p, c, "\\u takes four hexadecimal digits");
    }
    if (code >= 0xd800 && code <= 0xdbff && left >= 12 && memcmp(c->at + 6, "\\u", 2) == 0 &&
        hex4(c->at + 8, &low) && low >= 0xdc00 && low <= 0xdfff) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        len = 12;
    }
    if (code >= 0xd800 && code <= 0xdfff) {
        return fail_at(p, c, "this is half of a surrogate pair");
    }
    if (code == 0 && p->doc.nul_token == 0) {
        p->doc.nul_token = p->doc.count - 1;
    }
    c->at += len;
    c->out += utf8_put(c->out, code);
    return 0;
}

/* What a backslash and this character mean; 0 for none of the short escapes. */
static char short_escape(char name)
{
    switch (name) {
    case '"':
    case '\\':
    case '/':
        return name;
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case 'r':
        return '\r';
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    default:
        return '\0';
    }
}

/* The escape at the cursor. */
static inline int decode_escape(struct parser *p, struct cursor *c)
{
    char means = short_escape(c->at[1]);

    if (means == '\0') {
        return c->at[1] == 'u'
                   ? decode_unicode(p, c)
                   : fail_at(p, c, "a backslash is followed by one of \" \\ / b f n r t u");
    }
    *c->out = means;
    c->out++;
    c->at += 2;
    return 0;
}

/* Copy up to the next backslash. The room behind `out` is at least what is left of the text. */
static inline void copy_plain(struct cursor *c)
{
    uint64_t marks = 0;

    while (marks == 0 && (size_t)(c->end - c->at) >= sizeof(uint64_t)) {
        marks = scan_mark(scan_load(c->at), '\\');
        size_t run = marks == 0 ? sizeof(uint64_t) : scan_first(marks);
        memcpy(c->out, c->at, sizeof(uint64_t));
        c->at += run;
        c->out += run;
    }
    while (c->at < c->end && *c->at != '\\') {
        *c->out = *c->at;
        c->at++;
        c->out++;
    }
}

/* Put the decoded text of the newest token, a string with escapes, into the side buffer. */
static int decode(struct parser *p)
{
    struct json_token *token = &p->doc.tokens[p->doc.count - 1];
    size_t offset = p->decoded.len;
    uint32_t len = 0;

    buf_reserve(&p->decoded, sizeof len + (token->end - token->start) + 1);
    if (buf_check(&p->decoded, p->err) != 0) {
        p->doc.decoded = NULL;
        return -1;
    }
    p->doc.decoded = p->decoded.data;
    char *begin = p->decoded.data + offset + sizeof len;
    struct cursor c = {p->doc.text.data + token->start, p->doc.text.data + token->end, begin};
    for (copy_plain(&c); c.at < c.end; copy_plain(&c)) {
        if (decode_escape(p, &c) != 0) {
            return -1;
        }
    }
    *c.out = '\0';
    len = (uint32_t)(c.out - begin);
    memcpy(p->decoded.data + offset, &len, sizeof len);
    p->decoded.len = offset + sizeof len + len + 1;
    token->meta |= TAPE_ESCAPED | (uint32_t)offset << TAPE_COUNT_SHIFT;
    return 0;
}

/* A byte that is neither plain, a quote nor a backslash: the length of its character. */
static int check_character(struct parser *p, size_t at, size_t *len)
{
    const struct slice text = p->doc.text;
    unsigned char byte = (unsigned char)text.data[at];

    if (byte < 0x20) {
        return parser_fail(p, at, "a control character (0x%02x) must be escaped", (unsigned)byte);
    }
    *len = utf8_length(text.data + at, text.len - at);
    return *len > 0 ? 0 : parser_fail(p, at, "byte 0x%02x is not valid UTF-8", (unsigned)byte);
}

int parser_string(struct parser *p, size_t plain)
{
    const struct slice text = p->doc.text;
    size_t at = plain;
    bool escaped = false;

    while (at < text.len && text.data[at] != '"') {
        size_t len = 2;
        if (text.data[at] == '\\') {
            escaped = true;
        } else if (check_character(p, at, &len) != 0) {
            return -1;
        }
        at = scan_plain(text.data, len < text.len - at ? at + len : text.len, text.len);
    }
    if (at >= text.len) {
        return parser_fail(p, p->at, "this string is not closed");
    }
    size_t start = p->at + 1;
    p->at = at + 1;
    if (parser_add(p, JSON_STRING, start, at) != 0) {
        return -1;
    }
    return escaped ? decode(p) : 0;
}
