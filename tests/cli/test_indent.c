/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/indent.h"

#include <criterion/criterion.h>

enum { TEXT_MAX = 4096 };

static const struct {
    const char *name;
    const char *json;
    size_t level;
    const char *want;
} cases[] = {
    {"a number keeps its text", "9007199254740993", 0, "9007199254740993"},
    {"an exponent too", " 1.0E+2 ", 0, "1.0E+2"},
    {"a string with marks in it", "\"{[:,]} \\\" \\\\\"", 0, "\"{[:,]} \\\" \\\\\""},
    {"an empty object", "{ }", 0, "{}"},
    {"an empty list in an object", "{\"a\":[\n]}", 0, "{\n    \"a\": []\n}"},
    {"members", "{\"a\":1,\"b\":true}", 0, "{\n    \"a\": 1,\n    \"b\": true\n}"},
    {"items", "[1,[2],null]", 0, "[\n    1,\n    [\n        2\n    ],\n    null\n]"},
    {"deeper from the start", "{\"a\":1}", 1, "{\n        \"a\": 1\n    }"},
    {"several, as items", "{},{}", 2, "{},\n        {}"},
    {"laid out already", "{\n  \"a\" : [ 1 ,2 ]\n}", 0,
     "{\n    \"a\": [\n        1,\n        2\n    ]\n}"},
    {"a string that ends in a brace", "[\"{\"]", 0, "[\n    \"{\"\n]"},
};

Test(indent, lays_out_and_changes_nothing_else)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(buf) struct buf out = {0};
        buf_init(&out, TEXT_MAX);
        indent_json(&out, slice_of(cases[i].json), cases[i].level);
        cr_expect_str_eq(buf_cstr(&out), cases[i].want, "%s:\n%s", cases[i].name, buf_cstr(&out));
    }
}
