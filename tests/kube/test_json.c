/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/json.h"
#include "tests/kube/support.h"

#include <assert.h>

static_assert(sizeof(struct json_token) == 16, "issue and header promise 16 bytes");

/* ---- What is read ---- */

struct accepted {
    const char *name;
    struct slice text;
    enum json_kind kind;
    uint32_t tokens;
};

static const struct accepted accepted[] = {
    {"null", TEXT("null"), JSON_NULL, 1},
    {"true", TEXT("true"), JSON_BOOL, 1},
    {"false", TEXT("false"), JSON_BOOL, 1},
    {"zero", TEXT("0"), JSON_NUMBER, 1},
    {"minus zero", TEXT("-0"), JSON_NUMBER, 1},
    {"a digit", TEXT("7"), JSON_NUMBER, 1},
    {"digits", TEXT("1234567890"), JSON_NUMBER, 1},
    {"a number below zero", TEXT("-17"), JSON_NUMBER, 1},
    {"a fraction", TEXT("0.5"), JSON_NUMBER, 1},
    {"a fraction with zeros", TEXT("10.0010"), JSON_NUMBER, 1},
    {"an exponent", TEXT("1e3"), JSON_NUMBER, 1},
    {"a capital exponent", TEXT("1E3"), JSON_NUMBER, 1},
    {"an exponent with plus", TEXT("1e+03"), JSON_NUMBER, 1},
    {"an exponent with minus", TEXT("0e-0"), JSON_NUMBER, 1},
    {"everything a number can have", TEXT("-12.50E-007"), JSON_NUMBER, 1},
    {"a number that no double holds", TEXT("9007199254740993"), JSON_NUMBER, 1},
    {"a number far too large", TEXT("1e999999"), JSON_NUMBER, 1},
    {"an empty string", TEXT("\"\""), JSON_STRING, 1},
    {"a string", TEXT("\"media\""), JSON_STRING, 1},
    {"a string with DEL", TEXT("\"\x7f\""), JSON_STRING, 1},
    {"an empty array", TEXT("[]"), JSON_ARRAY, 1},
    {"an array of one", TEXT("[1]"), JSON_ARRAY, 2},
    {"an array of all kinds", TEXT("[null,true,1,\"\",[],{}]"), JSON_ARRAY, 7},
    {"as many tokens as text can have", TEXT("[1,2,3,4]"), JSON_ARRAY, 5},
    {"an empty object", TEXT("{}"), JSON_OBJECT, 1},
    {"an object of one", TEXT("{\"a\":1}"), JSON_OBJECT, 3},
    {"an empty key", TEXT("{\"\":1}"), JSON_OBJECT, 3},
    {"an object of two", TEXT("{\"a\":1,\"b\":2}"), JSON_OBJECT, 5},
    {"keys that differ in case", TEXT("{\"a\":1,\"A\":2}"), JSON_OBJECT, 5},
    {"the same key on two levels", TEXT("{\"a\":{\"a\":1}}"), JSON_OBJECT, 5},
    {"white space everywhere",
     TEXT(" \t\r\n{ \t\r\n\"a\" \t\r\n: \t\r\n[ \t\r\n] \t\r\n, \"b\" : [ 1 , 2 ] } \t\r\n"),
     JSON_OBJECT, 7},
    {"white space in empty containers", TEXT("[ [ ] , { } ]"), JSON_ARRAY, 3},
};

EACH_ROW(json, reads, accepted)
{
    const struct accepted *c = &accepted[*index];
    AUTO(json) struct json doc = {0};
    struct error err = {0};

    cr_assert_eq(json_parse(&doc, c->text, &err), 0, "%s: %s", c->name, err.text);
    cr_assert_eq(err.code, ERR_NONE, "%s", c->name);
    cr_assert_eq(json_kind(&doc, 0), c->kind, "%s", c->name);
    cr_assert_eq(doc.count, c->tokens, "%s: %u tokens", c->name, doc.count);
    cr_assert_eq(json_skip(&doc, 0), doc.count, "%s", c->name);
    cr_assert_eq(json_kind(&doc, doc.count), JSON_ABSENT, "%s", c->name);
    cr_assert_eq(doc.nul_token, 0, "%s", c->name);
}

Test(json, a_tape_has_each_value_behind_its_container)
{
    static const char text[] = " {\"a\": [1, \"x\\ty\", {}], \"b\": \"\\u0041\"}";
    AUTO(json) struct json doc = {0};
    (void)support_parse(&doc, SLICE(text));

    /* 0 {   1 "a"   2 [   3 1   4 "x y"   5 {}   6 "b"   7 "A" */
    cr_assert_eq(doc.count, 8);
    cr_assert_eq(json_count(&doc, 0), 2);
    cr_assert_eq(json_count(&doc, 2), 3);
    cr_assert_eq(json_count(&doc, 5), 0);
    cr_assert_eq(json_skip(&doc, 2), 6, "behind the array");
    cr_assert_eq(json_skip(&doc, 4), 5, "behind a string with escapes");
    cr_assert(slice_is(json_raw(&doc, 2), "[1, \"x\\ty\", {}]"));
    cr_assert(slice_is(json_raw(&doc, 3), "1"));
    cr_assert(slice_is(json_raw(&doc, 4), "\"x\\ty\""));
    cr_assert(slice_is(json_raw(&doc, 7), "\"\\u0041\""));
    cr_assert(slice_is(json_string(&doc, 1), "a"));
    cr_assert(slice_is(json_string(&doc, 4), "x\ty"));
    cr_assert(slice_is(json_string(&doc, 7), "A"));
    cr_assert_eq(json_string(&doc, 3).data, NULL, "a number has no text");
}

/* ---- What is refused ---- */

struct refused {
    const char *name;
    struct slice text;
    const char *want;
};

static const struct refused refused[] = {
    {"nothing", TEXT(""), "1:1: the text ends where a value should stand"},
    {"white space alone", TEXT(" \n "), "2:2: the text ends where a value should stand"},
    {"a byte order mark", TEXT("\xef\xbb\xbf{}"), "1:1: a value should stand here, not byte 0xef"},
    {"a NUL", TEXT("\0"), "1:1: a value should stand here, not byte 0x00"},
    {"a NUL behind the value", TEXT("{}\0"),
     "1:3: the end of the text should stand here, not byte 0x00"},
    {"a NUL in an array", TEXT("[1\0]"), "1:3: ',' or ']' should stand here, not byte 0x00"},
    {"a form feed as white space", TEXT("\f1"), "1:1: a value should stand here, not byte 0x0c"},
    {"a no-break space", TEXT("\xc2\xa0"), "1:1: a value should stand here, not byte 0xc2"},
    {"two values", TEXT("1 2"), "1:3: the end of the text should stand here, not '2'"},
    {"two roots", TEXT("{}{}"), "1:3: the end of the text should stand here, not '{'"},
    {"a comma behind the root", TEXT("[],"), "1:3: the end of the text should stand here, not ','"},
    {"a comment", TEXT("/**/1"), "1:1: a value should stand here, not '/'"},
    {"a word cut short", TEXT("nul"), "1:1: a value should stand here, not 'n'"},
    {"a word in capitals", TEXT("True"), "1:1: a value should stand here, not 'T'"},
    {"a word that goes on", TEXT("nulls"), "1:5: the end of the text should stand here, not 's'"},
    {"NaN", TEXT("NaN"), "1:1: a value should stand here, not 'N'"},
    {"Infinity", TEXT("[Infinity]"), "1:2: a value should stand here, not 'I'"},
    {"minus infinity", TEXT("-Infinity"), "1:1: '-' is followed by a digit"},
    {"a plus", TEXT("+1"), "1:1: a value should stand here, not '+'"},
    {"a minus alone", TEXT("-"), "1:1: '-' is followed by a digit"},
    {"two minuses", TEXT("--1"), "1:1: '-' is followed by a digit"},
    {"a leading zero", TEXT("01"), "1:1: a number does not begin with a needless 0"},
    {"a leading zero below zero", TEXT("-00"), "1:1: a number does not begin with a needless 0"},
    {"a hexadecimal number", TEXT("0x1"), "1:2: the end of the text should stand here, not 'x'"},
    {"a point at the end", TEXT("1."), "1:1: the point of a number is followed by a digit"},
    {"a point and an exponent", TEXT("1.e1"), "1:1: the point of a number is followed by a digit"},
    {"a point at the beginning", TEXT(".5"), "1:1: a value should stand here, not '.'"},
    {"an exponent without digits", TEXT("1e"), "1:1: the exponent of a number has a digit"},
    {"an exponent with a sign alone", TEXT("1e+"), "1:1: the exponent of a number has a digit"},
    {"an exponent with two signs", TEXT("1e+-1"), "1:1: the exponent of a number has a digit"},
    {"an exponent with a point", TEXT("1e1.5"),
     "1:4: the end of the text should stand here, not '.'"},
    {"an underscore in a number", TEXT("1_000"),
     "1:2: the end of the text should stand here, not '_'"},
    {"single quotes", TEXT("'a'"), "1:1: a value should stand here, not '''"},
    {"an array that is not closed", TEXT("["), "1:2: the text ends where a value should stand"},
    {"an array that is not closed, with an item", TEXT("[1"),
     "1:3: the text ends where ',' or ']' should stand"},
    {"an array that ends in a comma", TEXT("[1,]"), "1:4: a value should stand here, not ']'"},
    {"an array that begins with a comma", TEXT("[,1]"), "1:2: a value should stand here, not ','"},
    {"two commas", TEXT("[1,,2]"), "1:4: a value should stand here, not ','"},
    {"no comma", TEXT("[1 2]"), "1:4: ',' or ']' should stand here, not '2'"},
    {"an array closed as an object", TEXT("[1}"), "1:3: ',' or ']' should stand here, not '}'"},
    {"an empty array closed as an object", TEXT("[}"), "1:2: a value should stand here, not '}'"},
    {"a colon in an array", TEXT("[\"a\":1]"), "1:5: ',' or ']' should stand here, not ':'"},
    {"a bracket too many", TEXT("[]]"), "1:3: the end of the text should stand here, not ']'"},
    {"a bracket alone", TEXT("]"), "1:1: a value should stand here, not ']'"},
    {"an object that is not closed", TEXT("{"),
     "1:2: the text ends where a key in quotes should stand"},
    {"an object that ends after a key", TEXT("{\"a\""),
     "1:5: the text ends where ':' should stand"},
    {"an object that ends after a colon", TEXT("{\"a\":"),
     "1:6: the text ends where a value should stand"},
    {"an object that ends after a value", TEXT("{\"a\":1"),
     "1:7: the text ends where ',' or '}' should stand"},
    {"an object that ends after a comma", TEXT("{\"a\":1,"),
     "1:8: the text ends where a key in quotes should stand"},
    {"an object closed after a comma", TEXT("{\"a\":1,}"),
     "1:8: a key in quotes should stand here, not '}'"},
    {"an object that begins with a comma", TEXT("{,\"a\":1}"),
     "1:2: a key in quotes should stand here, not ','"},
    {"a key without quotes", TEXT("{a:1}"), "1:2: a key in quotes should stand here, not 'a'"},
    {"a number as a key", TEXT("{1:1}"), "1:2: a key in quotes should stand here, not '1'"},
    {"null as a key", TEXT("{null:1}"), "1:2: a key in quotes should stand here, not 'n'"},
    {"a key without a value", TEXT("{\"a\"}"), "1:5: ':' should stand here, not '}'"},
    {"a key without a colon", TEXT("{\"a\" 1}"), "1:6: ':' should stand here, not '1'"},
    {"two colons", TEXT("{\"a\"::1}"), "1:6: a value should stand here, not ':'"},
    {"an object closed as an array", TEXT("{\"a\":1]"),
     "1:7: ',' or '}' should stand here, not ']'"},
    {"an empty object closed as an array", TEXT("{]"),
     "1:2: a key in quotes should stand here, not ']'"},
    {"a place in a later line", TEXT("{\n  \"a\": 1,\n  \"b\": x\n}"),
     "3:8: a value should stand here, not 'x'"},
};

EACH_ROW(json, refuses, refused)
{
    const struct refused *c = &refused[*index];
    struct json doc = {.count = 77};
    struct error err = {0};

    cr_assert_eq(json_parse(&doc, c->text, &err), -1, "%s was read", c->name);
    cr_assert_eq(err.code, ERR_MALFORMED, "%s", c->name);
    cr_assert_str_eq(err.text, c->want, "%s: %s", c->name, err.text);
    cr_assert(doc.count == 0 && doc.tokens == NULL && doc.decoded == NULL, "%s: not empty",
              c->name);
    cr_assert_eq(json_kind(&doc, 0), JSON_ABSENT, "%s", c->name);
}

/* ---- Limits ---- */

/* `depth` containers in each other, arrays and objects in turn. */
static void nest(struct buf *text, unsigned depth)
{
    buf_init(text, SUPPORT_MAX);
    for (unsigned i = 0; i < depth; i++) {
        buf_text(text, i % 2 == 0 ? "[" : "{\"a\":");
    }
    buf_text(text, "0");
    for (unsigned i = depth; i > 0; i--) {
        buf_char(text, i % 2 == 1 ? ']' : '}');
    }
}

Test(json, reads_128_levels)
{
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json doc = {0};

    nest(&text, JSON_MAX_DEPTH);
    (void)support_parse(&doc, buf_view(&text));
    cr_assert_eq(doc.count, 128 + 64 + 1, "containers, keys and the value");
}

Test(json, refuses_129_levels)
{
    AUTO(buf) struct buf text = {0};
    struct json doc;
    struct error err = {0};

    nest(&text, JSON_MAX_DEPTH + 1);
    cr_assert_eq(json_parse(&doc, buf_view(&text), &err), -1);
    cr_assert_eq(err.code, ERR_TOO_LARGE);
    cr_assert_str_eq(err.text, "1:385: nested deeper than 128 levels");
}

Test(json, refuses_levels_that_never_close)
{
    AUTO(buf) struct buf text = {0};
    struct json doc;
    struct error err = {0};

    buf_init(&text, SUPPORT_MAX);
    for (unsigned i = 0; i < 1000000; i++) {
        buf_char(&text, '[');
    }
    cr_assert_eq(json_parse(&doc, buf_view(&text), &err), -1);
    cr_assert_eq(err.code, ERR_TOO_LARGE);
    buf_done(&text);
    buf_init(&text, SUPPORT_MAX);
    for (unsigned i = 0; i < JSON_MAX_DEPTH; i++) {
        buf_char(&text, '[');
    }
    cr_assert_eq(json_parse(&doc, buf_view(&text), &err), -1);
    cr_assert_eq(err.code, ERR_MALFORMED, "%s", err.text);
}

/* An array of so many zeros. */
static void zeros(struct buf *text, size_t count)
{
    buf_init(text, SUPPORT_MAX);
    buf_char(text, '[');
    for (size_t i = 0; i < count; i++) {
        buf_text(text, i == 0 ? "0" : ",0");
    }
    buf_char(text, ']');
}

Test(json, reads_as_many_values_as_allowed)
{
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json doc = {0};

    zeros(&text, JSON_MAX_TOKENS - 1);
    (void)support_parse(&doc, buf_view(&text));
    cr_assert_eq(doc.count, JSON_MAX_TOKENS);
    cr_assert_eq(json_count(&doc, 0), JSON_MAX_TOKENS - 1);
}

Test(json, refuses_one_value_more)
{
    AUTO(buf) struct buf text = {0};
    struct json doc;
    struct error err = {0};

    zeros(&text, JSON_MAX_TOKENS);
    cr_assert_eq(json_parse(&doc, buf_view(&text), &err), -1);
    cr_assert_eq(err.code, ERR_TOO_LARGE);
    cr_assert_str_eq(err.text, "more than 2097152 values and keys");
}

Test(json, refuses_text_beyond_its_offsets)
{
    AUTO(buf) struct buf text = {0};
    struct json doc;
    struct error err = {0};

    buf_init(&text, SUPPORT_MAX);
    buf_reserve(&text, JSON_MAX_TEXT + 1);
    while (text.len < JSON_MAX_TEXT) {
        buf_text(&text, "                                                                ");
    }
    text.data[0] = '1';
    cr_assert_eq(json_parse(&doc, buf_view(&text), &err), 0, "%s", err.text);
    json_done(&doc);
    buf_char(&text, ' ');
    cr_assert_eq(json_parse(&doc, buf_view(&text), &err), -1);
    cr_assert_eq(err.code, ERR_TOO_LARGE);
}

/* ---- Places ---- */

Test(json, positions_count_lines_and_bytes_from_one)
{
    struct slice text = SLICE("ab\ncd\n");
    unsigned line = 0;
    unsigned column = 0;

    json_position(text, 0, &line, &column);
    cr_assert(line == 1 && column == 1);
    json_position(text, 2, &line, &column);
    cr_assert(line == 1 && column == 3);
    json_position(text, 4, &line, &column);
    cr_assert(line == 2 && column == 2);
    json_position(text, 6, &line, &column);
    cr_assert(line == 3 && column == 1);
}
