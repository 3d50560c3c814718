/* SPDX-License-Identifier: Apache-2.0 */
/*
 * go-yaml 2 decides by the first character: a letter of a word, a digit or sign,
 * a point. Words stand in a table. Of a number that begins with a digit or sign
 * it drops every '_' and asks, in this order, Go's ParseInt with base 0 (0x, 0o,
 * 0b and a leading 0 are prefixes), a decimal float, and once more 0b, which then
 * takes a sign behind the prefix. A number that begins with a point may have '_'
 * between digits only. A float too large for 64 bits is a string.
 */
#include "lib/kube/yaml_number.h"

#include <inttypes.h>
#include <math.h>

struct cursor {
    struct slice text;
    size_t at;
};

/* The next character that is no '_'; 0 at the end (a NUL is in no number either). */
static char peek(struct cursor *c)
{
    while (c->at < c->text.len && c->text.data[c->at] == '_') {
        c->at++;
    }
    if (c->at == c->text.len) {
        return '\0';
    }
    return c->text.data[c->at];
}

static bool at_end(struct cursor *c)
{
    (void)peek(c);
    return c->at == c->text.len;
}

static bool take(struct cursor *c, const char *any)
{
    char next = peek(c);
    if (next == '\0' || strchr(any, next) == NULL) {
        return false;
    }
    c->at++;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static struct slice take_digits(struct cursor *c)
{
    size_t from = c->at;

    while (is_digit(peek(c))) {
        c->at++;
    }
    return (struct slice){c->text.data + from, c->at - from};
}

static bool has_digit(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (is_digit(text.data[i])) {
            return true;
        }
    }
    return false;
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
struct number number_read_decimal(struct slice text)
{
    struct cursor c = {.text = text};
    struct number n = {.type = SCALAR_FLOAT};

    n.negative = peek(&c) == '-';
    (void)take(&c, "+-");
    n.whole = take_digits(&c);
    bool point = take(&c, ".");
    n.fraction = point ? take_digits(&c) : (struct slice){0};
    bool good = has_digit(n.whole) || has_digit(n.fraction);
    size_t from = c.at;
    if (good && take(&c, "eE")) {
        (void)take(&c, "+-");
        good = has_digit(take_digits(&c));
        n.exponent = (struct slice){text.data + from, c.at - from};
    }
    n.decimal = !point && n.exponent.len == 0;
    return good && at_end(&c) ? n : (struct number){.type = SCALAR_STRING};
}

static unsigned digit_value(char c)
{
    if (is_digit(c)) {
        return (unsigned)c - '0';
    }
    unsigned letter = (unsigned)(unsigned char)c | 0x20U;
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : 16;
}

static unsigned take_base(struct cursor *c)
{
    if (peek(c) != '0') {
        return 10;
    }
    struct cursor digits = *c;
    digits.at++;
    unsigned base = take(&digits, "xX")   ? 16
                    : take(&digits, "oO") ? 8
                    : take(&digits, "bB") ? 2
                                          : 0;
    if (base == 0) {
        return 8;
    }
    *c = digits;
    return base;
}

/* Go's ParseInt and ParseUint with base 0. A sign makes it one of int64. */
static struct number read_integer(struct slice text)
{
    const struct number none = {.type = SCALAR_STRING};
    struct cursor c = {.text = text};
    struct number n = {.type = SCALAR_INT};

    n.negative = peek(&c) == '-';
    bool sign = take(&c, "+-");
    unsigned base = take_base(&c);
    if (at_end(&c)) {
        return none;
    }
    n.decimal = base == 10;
    n.whole = slice_after(text, c.at);
    for (char next = peek(&c); !at_end(&c); next = peek(&c)) {
        unsigned digit = digit_value(next);
        if (digit >= base || n.magnitude > (UINT64_MAX - digit) / base) {
            return none;
        }
        n.magnitude = n.magnitude * base + digit;
        c.at++;
    }
    uint64_t max = !sign ? UINT64_MAX : (uint64_t)INT64_MAX + (n.negative ? 1 : 0);
    return n.magnitude <= max ? n : none;
}

/* "0b-11" is minus three to go-yaml, which cuts the prefix off and parses the rest alone. */
static struct number read_signed_binary(struct slice text)
{
    struct number n = {.type = SCALAR_STRING};
    struct cursor c = {.text = text};

    if (!take(&c, "0") || !take(&c, "b")) {
        return n;
    }
    bool negative = peek(&c) == '-';
    if (!take(&c, "+-") || at_end(&c)) {
        return n;
    }
    for (; !at_end(&c); c.at++) {
        unsigned digit = digit_value(peek(&c));
        if (digit > 1 || n.magnitude > (uint64_t)INT64_MAX / 2) {
            return n;
        }
        n.magnitude = n.magnitude * 2 + digit;
    }
    n.type = SCALAR_INT;
    n.negative = negative;
    return n;
}

static bool underscores_part_digits(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        bool inside = i > 0 && i + 1 < text.len;
        if (text.data[i] == '_' &&
            (!inside || !is_digit(text.data[i - 1]) || !is_digit(text.data[i + 1]))) {
            return false;
        }
    }
    return true;
}

struct number number_read(struct slice text)
{
    const struct number none = {.type = SCALAR_STRING};

    if (text.len == 0) {
        return none;
    }
    if (text.data[0] == '.') {
        return underscores_part_digits(text) ? number_read_decimal(text) : none;
    }
    if (!is_digit(text.data[0]) && text.data[0] != '+' && text.data[0] != '-') {
        return none;
    }
    struct number n = read_integer(text);
    n = n.type == SCALAR_STRING ? number_read_decimal(text) : n;
    return n.type == SCALAR_STRING ? read_signed_binary(text) : n;
}

static void put_without_underscores(struct slice text, struct buf *json)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '_') {
            buf_char(json, text.data[i]);
        }
    }
}

static void put_whole(const struct number *n, struct buf *json)
{
    struct slice digits = n->whole;

    while (digits.len > 0 && (digits.data[0] == '0' || digits.data[0] == '_')) {
        digits = slice_after(digits, 1);
    }
    if (has_digit(digits)) {
        put_without_underscores(digits, json);
    } else {
        buf_char(json, '0');
    }
}

enum scalar_type number_put(const struct number *n, struct buf *json)
{
    if (n->type == SCALAR_INT) {
        buf_printf(json, "%s%" PRIu64, n->negative && n->magnitude > 0 ? "-" : "", n->magnitude);
        return SCALAR_INT;
    }
    buf_text(json, n->negative ? "-" : "");
    put_whole(n, json);
    if (n->decimal) {
        return SCALAR_INT;
    }
    if (has_digit(n->fraction)) {
        buf_char(json, '.');
        put_without_underscores(n->fraction, json);
    }
    put_without_underscores(n->exponent, json);
    if (isinf(strtod(buf_cstr(json), NULL)) != 0) {
        buf_clear(json);
        return SCALAR_STRING;
    }
    return SCALAR_FLOAT;
}

/* 12:30:45 and 190:20:30.15, base 60 in YAML 1.1. */
static bool is_sexagesimal(struct slice text)
{
    struct cursor c = {.text = text};

    (void)take(&c, "+-");
    if (!is_digit(peek(&c)) || memchr(text.data, ':', text.len) == NULL) {
        return false;
    }
    while (take(&c, "0123456789:.")) {
    }
    return at_end(&c);
}

/* 2001-12-14, and with a time behind it. */
static bool is_timestamp(struct slice text)
{
    struct cursor c = {.text = text};

    if (take_digits(&c).len != 4 || !take(&c, "-") || take_digits(&c).len == 0 || !take(&c, "-") ||
        take_digits(&c).len == 0) {
        return false;
    }
    return at_end(&c) || take(&c, "Tt \t");
}

/* 0x1F and 0o17, whatever their digits. */
static bool is_prefixed(struct slice text)
{
    struct cursor c = {.text = text};

    (void)take(&c, "+-");
    if (!take(&c, "0") || !take(&c, "xXoObB")) {
        return false;
    }
    while (take(&c, "0123456789abcdefABCDEF")) {
    }
    return at_end(&c);
}

bool number_is_suspect(struct slice text)
{
    return number_read(text).type != SCALAR_STRING ||
           number_read_decimal(text).type != SCALAR_STRING || is_prefixed(text) ||
           is_sexagesimal(text) || is_timestamp(text);
}
