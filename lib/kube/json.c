/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar. A state says what may come next, a stack of open containers what
 * closes; a container's token is put down when it opens and completed when it
 * closes, so its members stand right behind it and `next` steps over them.
 *
 * Memory: a container costs a token and at least two bytes, every other value
 * costs one and (but for the first in its container) a comma. So whole text has
 * at most one token for two bytes, and a beginning of it one more for each
 * container that is still open: that is what the tape may grow to.
 */
#include "lib/kube/json.h"

#include "lib/base/array.h"
#include "lib/kube/json_parser.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

static_assert(sizeof(struct json_token) == 16, "the memory of a review is planned with this");

enum state {
    FAILED,
    DONE,
    VALUE,
    FIRST_ITEM, /* or ] */
    FIRST_KEY,  /* or } */
    KEY,
    AFTER_VALUE, /* , or what closes the container */
};

void json_position(struct slice text, size_t offset, unsigned *line, unsigned *column)
{
    size_t begin = 0;
    unsigned lines = 1;

    for (size_t i = 0; i < offset && i < text.len; i++) {
        if (text.data[i] == '\n') {
            lines++;
            begin = i + 1;
        }
    }
    *line = lines;
    *column = (unsigned)(offset - begin) + 1;
}

int parser_fail(struct parser *p, size_t at, const char *fmt, ...)
{
    char what[256];
    unsigned line = 0;
    unsigned column = 0;
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    json_position((struct slice){p->text, p->len}, at, &line, &column);
    return error_set(p->err, ERR_MALFORMED, "%u:%u: %s", line, column, what);
}

int parser_grow(struct parser *p)
{
    if (p->doc->count == JSON_MAX_TOKENS) {
        return error_set(p->err, ERR_TOO_LARGE, "more than %d values and keys", JSON_MAX_TOKENS);
    }
    size_t first = p->len / 16 + 16;
    struct json_token *tokens =
        array_grow(p->doc->tokens, &p->token_cap, sizeof *tokens, first, p->token_max);
    if (tokens == NULL) {
        return error_set(p->err, ERR_NO_MEMORY, "no memory for more than %u values and keys",
                         p->doc->count);
    }
    p->doc->tokens = tokens;
    return 0;
}

static enum state unexpected(struct parser *p, const char *wanted)
{
    if (p->at >= p->len) {
        (void)parser_fail(p, p->at, "the text ends where %s should stand", wanted);
        return FAILED;
    }
    unsigned char c = (unsigned char)p->text[p->at];
    if (c > 0x20 && c < 0x7f) {
        (void)parser_fail(p, p->at, "%s should stand here, not '%c'", wanted, c);
    } else {
        (void)parser_fail(p, p->at, "%s should stand here, not byte 0x%02x", wanted, (unsigned)c);
    }
    return FAILED;
}

/* The next byte; 0 at the end, which no text may hold either. */
static char peek(const struct parser *p)
{
    return p->at < p->len ? p->text[p->at] : '\0';
}

static void skip_space(struct parser *p)
{
    char c = peek(p);
    while (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
        p->at++;
        c = peek(p);
    }
}

/* Digits from p->at on; how many. */
static size_t skip_digits(struct parser *p)
{
    size_t start = p->at;
    while (peek(p) >= '0' && peek(p) <= '9') {
        p->at++;
    }
    return p->at - start;
}

static int read_number(struct parser *p)
{
    size_t start = p->at;

    p->at += peek(p) == '-' ? 1 : 0;
    size_t whole = p->at;
    if (skip_digits(p) == 0) {
        return parser_fail(p, start, "'-' is followed by a digit");
    }
    if (p->text[whole] == '0' && p->at - whole > 1) {
        return parser_fail(p, start, "a number does not begin with a needless 0");
    }
    if (peek(p) == '.') {
        p->at++;
        if (skip_digits(p) == 0) {
            return parser_fail(p, start, "the point of a number is followed by a digit");
        }
    }
    if (peek(p) == 'e' || peek(p) == 'E') {
        p->at++;
        p->at += peek(p) == '-' || peek(p) == '+' ? 1 : 0;
        if (skip_digits(p) == 0) {
            return parser_fail(p, start, "the exponent of a number has a digit");
        }
    }
    return parser_add(p, JSON_NUMBER, start, p->at);
}

static int read_word(struct parser *p)
{
    static const struct {
        struct slice word;
        enum json_kind kind;
    } words[] = {{{"true", 4}, JSON_BOOL}, {{"false", 5}, JSON_BOOL}, {{"null", 4}, JSON_NULL}};
    size_t start = p->at;

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        size_t len = words[i].word.len;
        if (p->len - start >= len && memcmp(p->text + start, words[i].word.data, len) == 0) {
            p->at += len;
            return parser_add(p, words[i].kind, start, p->at);
        }
    }
    (void)unexpected(p, "a value");
    return -1;
}

static enum state after_value(const struct parser *p)
{
    return p->depth == 0 ? DONE : AFTER_VALUE;
}

static enum state open_container(struct parser *p, enum json_kind kind)
{
    if (p->depth == JSON_MAX_DEPTH) {
        (void)parser_fail(p, p->at, "nested deeper than %d levels", JSON_MAX_DEPTH);
        p->err->code = ERR_TOO_LARGE;
        return FAILED;
    }
    if (parser_add(p, kind, p->at, p->at) != 0) {
        return FAILED;
    }
    p->at++;
    p->levels[p->depth] = (struct level){.token = p->doc->count - 1};
    p->depth++;
    return kind == JSON_OBJECT ? FIRST_KEY : FIRST_ITEM;
}

static enum state close_container(struct parser *p)
{
    const struct level *level = &p->levels[p->depth - 1];
    struct json_token *token = &p->doc->tokens[level->token];

    p->at++;
    token->end = (uint32_t)p->at;
    token->next = p->doc->count;
    if (token->meta == JSON_OBJECT && level->count > 1 &&
        parser_check_keys(p, level->token, level->count) != 0) {
        return FAILED;
    }
    token->meta |= level->count << TAPE_COUNT_SHIFT;
    p->depth--;
    return after_value(p);
}

static enum state read_value(struct parser *p)
{
    int result = 0;
    char c = peek(p);

    if (p->depth > 0) {
        p->levels[p->depth - 1].count++;
    }
    if (c == '"') {
        result = parser_string(p);
    } else if (c == '{') {
        return open_container(p, JSON_OBJECT);
    } else if (c == '[') {
        return open_container(p, JSON_ARRAY);
    } else if (c == '-' || (c >= '0' && c <= '9')) {
        result = read_number(p);
    } else {
        result = read_word(p);
    }
    return result == 0 ? after_value(p) : FAILED;
}

static enum state read_key(struct parser *p)
{
    if (peek(p) != '"') {
        return unexpected(p, "a key in quotes");
    }
    if (parser_string(p) != 0) {
        return FAILED;
    }
    skip_space(p);
    if (peek(p) != ':') {
        return unexpected(p, "':'");
    }
    p->at++;
    return VALUE;
}

static enum state read_separator(struct parser *p)
{
    bool object = p->doc->tokens[p->levels[p->depth - 1].token].meta == JSON_OBJECT;
    char c = peek(p);

    if (c == ',') {
        p->at++;
        return object ? KEY : VALUE;
    }
    if (c == (object ? '}' : ']')) {
        return close_container(p);
    }
    return unexpected(p, object ? "',' or '}'" : "',' or ']'");
}

static int read_document(struct parser *p)
{
    enum state state = VALUE;

    while (state > DONE) {
        skip_space(p);
        switch (state) {
        case FIRST_ITEM:
            state = peek(p) == ']' ? close_container(p) : read_value(p);
            break;
        case FIRST_KEY:
            state = peek(p) == '}' ? close_container(p) : read_key(p);
            break;
        case KEY:
            state = read_key(p);
            break;
        case AFTER_VALUE:
            state = read_separator(p);
            break;
        case VALUE:
        case FAILED:
        case DONE:
        default:
            state = read_value(p);
            break;
        }
    }
    skip_space(p);
    if (state == DONE && p->at < p->len) {
        state = unexpected(p, "the end of the text");
    }
    return state == DONE ? 0 : -1;
}

int json_parse(struct json *doc, struct slice text, struct error *err)
{
    *doc = (struct json){.text = text};
    if (text.len > JSON_MAX_TEXT) {
        return error_set(err, ERR_TOO_LARGE, "more than %d bytes of JSON", JSON_MAX_TEXT);
    }
    struct parser p = {.doc = doc, .text = text.data, .len = text.len, .err = err};
    p.token_max = text.len / 2 + 1 + JSON_MAX_DEPTH;
    p.token_max = p.token_max < JSON_MAX_TOKENS ? p.token_max : JSON_MAX_TOKENS;
    buf_init(&p.decoded, 2 * (size_t)JSON_MAX_TEXT);
    int result = read_document(&p);

    /* The side buffer is the document's from here on, for better or worse. */
    doc->decoded = p.decoded.data;
    if (result != 0) {
        json_done(doc);
    }
    return result;
}

void json_done(struct json *doc)
{
    free(doc->tokens);
    free(doc->decoded);
    *doc = (struct json){0};
}

enum json_kind json_kind(const struct json *doc, uint32_t token)
{
    return token < doc->count ? tape_kind(doc, token) : JSON_ABSENT;
}

struct slice json_raw(const struct json *doc, uint32_t token)
{
    const struct json_token *at = &doc->tokens[token];
    uint32_t quote = tape_kind(doc, token) == JSON_STRING ? 1 : 0;

    return (struct slice){.data = doc->text.data + at->start - quote,
                          .len = at->end - at->start + 2 * (size_t)quote};
}

struct slice json_string(const struct json *doc, uint32_t token)
{
    return json_kind(doc, token) == JSON_STRING ? tape_string(doc, token) : (struct slice){0};
}

uint32_t json_count(const struct json *doc, uint32_t token)
{
    return tape_count(doc, token);
}

uint32_t json_skip(const struct json *doc, uint32_t token)
{
    return tape_skip(doc, token);
}
