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
#include "lib/kube/json_scan.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

static_assert(sizeof(struct json_token) == 16, "the memory of a review is planned with this");

/*
 * The functions below that a review spends its time in are one loop, cut into pieces for people;
 * as calls they would cost half as much again.
 */
#define PIECE static inline __attribute__((always_inline))

enum state {
    FAILED,
    DONE,
    KEY,
    VALUE,
    OPENED, /* a container: what closes it, or the first of what it holds */
    NEXT,   /* behind a value: a comma, or what closes the container */
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
    json_position(p->doc.text, at, &line, &column);
    return error_set(p->err, ERR_MALFORMED, "%u:%u: %s", line, column, what);
}

int parser_grow(struct parser *p)
{
    if (p->doc.count == JSON_MAX_TOKENS) {
        return error_set(p->err, ERR_TOO_LARGE, "more than %d values and keys", JSON_MAX_TOKENS);
    }
    size_t first = p->doc.text.len / 8 + 16;
    struct json_token *tokens =
        array_grow(p->doc.tokens, &p->token_cap, sizeof *tokens, first, p->token_max);
    if (tokens == NULL) {
        return error_set(p->err, ERR_NO_MEMORY, "no memory for more than %u values and keys",
                         p->doc.count);
    }
    p->doc.tokens = tokens;
    return 0;
}

__attribute__((cold)) static enum state unexpected(struct parser *p, size_t at, const char *wanted)
{
    if (at >= p->doc.text.len) {
        (void)parser_fail(p, at, "the text ends where %s should stand", wanted);
        return FAILED;
    }
    unsigned char c = (unsigned char)p->doc.text.data[at];
    if (c > 0x20 && c < 0x7f) {
        (void)parser_fail(p, at, "%s should stand here, not '%c'", wanted, c);
    } else {
        (void)parser_fail(p, at, "%s should stand here, not byte 0x%02x", wanted, (unsigned)c);
    }
    return FAILED;
}

/*
 * Where reading stands. A local of read_document() that no function outside of the loop sees, so
 * that it can live in registers; p->at is set where one of those needs it.
 */
struct spot {
    struct slice text;
    size_t at;
    struct level *top; /* the innermost open container */
};

/* The next byte; 0 at the end, which no text may hold either. */
PIECE char peek(const struct spot *s)
{
    if (s->at < s->text.len) {
        return s->text.data[s->at];
    }
    return '\0';
}

PIECE void skip_space(struct spot *s)
{
    while (s->at < s->text.len) {
        char c = s->text.data[s->at];
        if (c > ' ' || (c != ' ' && c != '\n' && c != '\t' && c != '\r')) {
            break;
        }
        s->at++;
    }
}

/* Digits from s->at on; how many. */
static size_t skip_digits(struct spot *s)
{
    size_t start = s->at;
    while (peek(s) >= '0' && peek(s) <= '9') {
        s->at++;
    }
    return s->at - start;
}

static int read_number(struct parser *p)
{
    struct spot s = {p->doc.text, p->at, NULL};

    s.at += peek(&s) == '-' ? 1 : 0;
    size_t whole = s.at;
    if (skip_digits(&s) == 0) {
        return parser_fail(p, p->at, "'-' is followed by a digit");
    }
    if (s.text.data[whole] == '0' && s.at - whole > 1) {
        return parser_fail(p, p->at, "a number does not begin with a needless 0");
    }
    if (peek(&s) == '.') {
        s.at++;
        if (skip_digits(&s) == 0) {
            return parser_fail(p, p->at, "the point of a number is followed by a digit");
        }
    }
    if (peek(&s) == 'e' || peek(&s) == 'E') {
        s.at++;
        s.at += peek(&s) == '-' || peek(&s) == '+' ? 1 : 0;
        if (skip_digits(&s) == 0) {
            return parser_fail(p, p->at, "the exponent of a number has a digit");
        }
    }
    size_t start = p->at;
    p->at = s.at;
    return parser_add(p, JSON_NUMBER, start, s.at);
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
        if (p->doc.text.len - start >= len &&
            memcmp(p->doc.text.data + start, words[i].word.data, len) == 0) {
            p->at += len;
            return parser_add(p, words[i].kind, start, p->at);
        }
    }
    (void)unexpected(p, start, "a value");
    return -1;
}

/* A value that is no string and no container. */
static int read_plain(struct parser *p, size_t *at, char first)
{
    bool number = first == '-' || (first >= '0' && first <= '9');

    p->at = *at;
    int result = number ? read_number(p) : read_word(p);
    *at = p->at;
    return result;
}

PIECE enum state after_value(const struct parser *p, const struct spot *s)
{
    return s->top == p->levels ? DONE : NEXT;
}

PIECE enum state open_container(struct parser *p, struct spot *s, enum json_kind kind)
{
    if (s->top == p->levels + JSON_MAX_DEPTH) {
        (void)parser_fail(p, s->at, "nested deeper than %d levels", JSON_MAX_DEPTH);
        p->err->code = ERR_TOO_LARGE;
        return FAILED;
    }
    if (parser_add(p, kind, s->at, s->at) != 0) {
        return FAILED;
    }
    s->at++;
    s->top++;
    *s->top = (struct level){
        .token = p->doc.count - 1,
        .close = kind == JSON_OBJECT ? '}' : ']',
    };
    return OPENED;
}

PIECE enum state close_container(struct parser *p, struct spot *s)
{
    const struct level *level = s->top;
    struct json_token *token = &p->doc.tokens[level->token];

    s->at++;
    token->end = (uint32_t)s->at;
    token->next = p->doc.count;
    token->meta |= level->count << TAPE_COUNT_SHIFT;
    if (level->doubtful && parser_check_keys(p, level->token, level->count) != 0) {
        return FAILED;
    }
    s->top--;
    return after_value(p, s);
}

PIECE int read_string(struct parser *p, struct spot *s)
{
    size_t start = s->at + 1;
    size_t end = scan_plain(s->text.data, start, s->text.len);

    if (end == s->text.len || s->text.data[end] != '"') {
        p->at = s->at;
        int result = parser_string(p, end);
        s->at = p->at;
        return result;
    }
    s->at = end + 1;
    return parser_add(p, JSON_STRING, start, end);
}

PIECE enum state read_value(struct parser *p, struct spot *s)
{
    char c = peek(s);

    if (c == '"') {
        return read_string(p, s) == 0 ? after_value(p, s) : FAILED;
    }
    if (c == '{' || c == '[') {
        return open_container(p, s, c == '{' ? JSON_OBJECT : JSON_ARRAY);
    }
    size_t at = s->at;
    int result = read_plain(p, &at, c);
    s->at = at;
    return result == 0 ? after_value(p, s) : FAILED;
}

/* A key and its colon; whether another key may be the same. */
PIECE enum state read_key(struct parser *p, struct spot *s)
{
    struct level *level = s->top;
    const char *key = s->text.data + s->at + 1;

    if (peek(s) != '"') {
        return unexpected(p, s->at, "a key in quotes");
    }
    if (read_string(p, s) != 0) {
        return FAILED;
    }
    const struct json_token *token = &p->doc.tokens[p->doc.count - 1];
    struct fingerprint print = parser_fingerprint(key, token->end - token->start);
    level->doubtful |= parser_has_seen(&level->seen, print) || (token->meta & TAPE_ESCAPED) != 0;
    parser_see(&level->seen, print);
    skip_space(s);
    if (peek(s) != ':') {
        return unexpected(p, s->at, "':'");
    }
    s->at++;
    return VALUE;
}

PIECE enum state read_next(struct parser *p, struct spot *s, bool opened)
{
    struct level *level = s->top;
    bool object = level->close == '}';
    char c = peek(s);

    if (c == level->close) {
        return close_container(p, s);
    }
    level->count++;
    if (opened) {
        return object ? KEY : VALUE;
    }
    if (c != ',') {
        return unexpected(p, s->at, object ? "',' or '}'" : "',' or ']'");
    }
    s->at++;
    return object ? KEY : VALUE;
}

static int read_document(struct parser *p)
{
    enum state state = VALUE;
    struct spot s = {p->doc.text, 0, p->levels};

    while (state == VALUE) {
        skip_space(&s);
        state = read_value(p, &s);
        while (state >= OPENED) {
            skip_space(&s);
            state = read_next(p, &s, state == OPENED);
        }
        if (state == KEY) {
            skip_space(&s);
            state = read_key(p, &s);
        }
    }
    skip_space(&s);
    if (state == DONE && s.at < s.text.len) {
        state = unexpected(p, s.at, "the end of the text");
    }
    return state == DONE ? 0 : -1;
}

int json_parse(struct json *doc, struct slice text, struct error *err)
{
    *doc = (struct json){0};
    if (text.len > JSON_MAX_TEXT) {
        return error_set(err, ERR_TOO_LARGE, "more than %d bytes of JSON", JSON_MAX_TEXT);
    }
    WRITTEN_FIRST struct level levels[JSON_MAX_DEPTH + 1];
    struct parser p = {.doc.text = text, .levels = levels, .err = err};
    p.token_max = text.len / 2 + 1 + JSON_MAX_DEPTH;
    p.token_max = p.token_max < JSON_MAX_TOKENS ? p.token_max : JSON_MAX_TOKENS;
    *p.levels = (struct level){0};
    buf_init(&p.decoded, TAPE_MAX_DECODED);

    int result = read_document(&p);
    if (result == 0) {
        *doc = p.doc;
    } else {
        json_done(&p.doc);
    }
    return result;
}

int json_fit(struct json *doc, struct error *err)
{
    struct json_token *tokens = array_fit(doc->tokens, doc->count, sizeof *doc->tokens);

    if (tokens == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for %u values and keys", doc->count);
    }
    doc->tokens = tokens;
    return 0;
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
