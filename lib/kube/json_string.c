/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings. One pass finds the end: eight bytes at a time as long as they are
 * plain ASCII, one character of UTF-8 at a time where they are not. Only a
 * string with a backslash is read again and decoded.
 *
 * Eight at a time: subtracting 0x20 from each byte of a word sets the top bit of
 * those below it; subtracting 1 does so for a byte that is zero, and a byte is
 * zero after xor with the character that is looked for. A borrow can mark a byte
 * too many, but only behind one that is marked rightly, and the first one counts.
 */
#include "lib/kube/json_parser.h"
#include "lib/kube/utf8.h"

#include <endian.h>

#define EACH(byte) ((uint64_t)0x0101010101010101U * (byte))

static bool is_plain(char c)
{
    unsigned char byte = (unsigned char)c;
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

static size_t skip_plain(const char *text, size_t at, size_t len)
{
    while (len - at >= sizeof(uint64_t)) {
        uint64_t word = 0;
        memcpy(&word, text + at, sizeof word);
        word = le64toh(word);
        uint64_t quote = (word ^ EACH('"')) - EACH(1);
        uint64_t backslash = (word ^ EACH('\\')) - EACH(1);
        uint64_t hit = (word | (word - EACH(0x20)) | quote | backslash) & EACH(0x80);
        if (hit != 0) {
            return at + (size_t)__builtin_ctzll(hit) / 8;
        }
        at += sizeof word;
    }
    while (at < len && is_plain(text[at])) {
        at++;
    }
    return at;
}

static int hex4(const char *text, uint32_t *code)
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
            return -1;
        }
        value = value << 4 | digit;
    }
    *code = value;
    return 0;
}

/* \uXXXX, or a pair of them, at `at` (its backslash); gives its length, 0 after a failure. */
static size_t decode_unicode(struct parser *p, size_t at, size_t end)
{
    uint32_t code = 0;
    uint32_t low = 0;
    size_t len = 6;
    char bytes[4];

    if (end - at < 6 || hex4(p->text + at + 2, &code) != 0) {
        (void)parser_fail(p, at, "\\u takes four hexadecimal digits");
        return 0;
    }
    if (code >= 0xd800 && code <= 0xdbff && end - at >= 12 &&
        memcmp(p->text + at + 6, "\\u", 2) == 0 && hex4(p->text + at + 8, &low) == 0 &&
        low >= 0xdc00 && low <= 0xdfff) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        len = 12;
    }
    if (code >= 0xd800 && code <= 0xdfff) {
        (void)parser_fail(p, at, "\\u%.4s is half of a surrogate pair", p->text + at + 2);
        return 0;
    }
    if (code == 0 && p->doc->nul_token == 0) {
        p->doc->nul_token = p->doc->count - 1;
    }
    buf_append(&p->decoded, bytes, utf8_put(bytes, code));
    return len;
}

/* The escape at `at`; gives its length, 0 after a failure. */
static size_t decode_escape(struct parser *p, size_t at, size_t end)
{
    static const char names[] = "\"\\/bfnrt";
    static const char means[] = "\"\\/\b\f\n\r\t";
    char c = p->text[at + 1];

    if (c == 'u') {
        return decode_unicode(p, at, end);
    }
    const char *found = memchr(names, c, sizeof names - 1);
    if (found == NULL) {
        (void)parser_fail(p, at, "a backslash is followed by one of \" \\ / b f n r t u");
        return 0;
    }
    buf_char(&p->decoded, means[found - names]);
    return 2;
}

/* Put the decoded text of the newest token, a string with escapes, into the side buffer. */
static int decode(struct parser *p)
{
    struct json_token *token = &p->doc->tokens[p->doc->count - 1];
    size_t offset = p->decoded.len;
    size_t at = token->start;
    uint32_t len = 0;

    buf_append(&p->decoded, &len, sizeof len);
    while (at < token->end) {
        const char *next = memchr(p->text + at, '\\', token->end - at);
        size_t run = next == NULL ? token->end - at : (size_t)(next - p->text) - at;
        buf_append(&p->decoded, p->text + at, run);
        at += run;
        if (next != NULL) {
            size_t escape = decode_escape(p, at, token->end);
            if (escape == 0) {
                return -1;
            }
            at += escape;
        }
    }
    buf_char(&p->decoded, '\0');
    if (buf_check(&p->decoded, p->err) != 0) {
        return -1;
    }
    len = (uint32_t)(p->decoded.len - offset - sizeof len - 1);
    memcpy(p->decoded.data + offset, &len, sizeof len);
    p->doc->decoded = p->decoded.data;
    token->next = (uint32_t)offset;
    token->meta |= TAPE_ESCAPED;
    return 0;
}

int parser_string(struct parser *p)
{
    size_t start = p->at + 1;
    size_t at = start;
    bool escaped = false;

    for (;;) {
        at = skip_plain(p->text, at, p->len);
        if (at == p->len) {
            return parser_fail(p, p->at, "this string is not closed");
        }
        char c = p->text[at];
        if (c == '"') {
            break;
        }
        if (c == '\\') {
            escaped = true;
            at = p->len - at < 2 ? p->len : at + 2;
            continue;
        }
        size_t len = (unsigned char)c < 0x20 ? 0 : utf8_length(p->text + at, p->len - at);
        if (len == 0) {
            const char *what = (unsigned char)c < 0x20 ? "a control character must be escaped"
                                                       : "this is not valid UTF-8";
            return parser_fail(p, at, "%s (byte 0x%02x)", what, (unsigned)(unsigned char)c);
        }
        at += len;
    }
    p->at = at + 1;
    if (parser_add(p, JSON_STRING, start, at) != 0) {
        return -1;
    }
    return escaped ? decode(p) : 0;
}
