/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/quote.h"
#include "lib/kube/utf8.h"
#include "lib/kube/yaml.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>
#include <time.h>

struct write_case {
    const char *name;
    const char *json;
    const char *want;
};

static const struct write_case cases[] = {
    {"as kubectl prints",
     "{\"apiVersion\":\"v1\",\"spec\":{\"containers\":[{\"name\":\"a\",\"args\":[\"b\",\"c\"],"
     "\"env\":[]},{\"name\":\"d\"}],\"nodeSelector\":{}}}",
     "apiVersion: v1\nspec:\n  containers:\n  - name: a\n    args:\n    - b\n    - c\n    env: []\n"
     "  - name: d\n  nodeSelector: {}\n"},
    {"lists in lists", "[[1,[2]],[]]", "- - 1\n  - - 2\n- []\n"},
    {"literals", "[null,true,false,0,-1.50,9007199254740993,1e3]",
     "- null\n- true\n- false\n- 0\n- -1.50\n- 9007199254740993\n- 1e3\n"},
    {"words that are text", "[\"yes\",\"N\",\"null\",\"\",\"~\",\"=\"]",
     "- \"yes\"\n- \"N\"\n- \"null\"\n- \"\"\n- \"~\"\n- \"=\"\n"},
    {"numbers that are text", "[\"0644\",\"1_000\",\"12:30\",\"1e3\",\"0x1F\",\"2001-12-14\"]",
     "- \"0644\"\n- \"1_000\"\n- \"12:30\"\n- \"1e3\"\n- \"0x1F\"\n- \"2001-12-14\"\n"},
    {"text that looks odd and is plain", "[\"10.1.2.3\",\"10m\",\"a b\",\"172.16.0.0/24\"]",
     "- 10.1.2.3\n- 10m\n- a b\n- 172.16.0.0/24\n"},
    {"text that means something to YAML", "[\"a: b\",\"# c\",\"- d\",\"{}\",\"'e\",\"*f\",\" g\"]",
     "- 'a: b'\n- '# c'\n- '- d'\n- '{}'\n- '''e'\n- '*f'\n- ' g'\n"},
    {"keys", "{\"true\":1,\"a b\":2,\"c: d\":3,\"\":4,\"<<\":5}",
     "\"true\": 1\na b: 2\n'c: d': 3\n\"\": 4\n\"<<\": 5\n"},
    {"lines", "{\"a\":\"b\\nc\\n\",\"d\":\"e\\nf\",\"g\":\"h\\n\\n\"}",
     "a: |\n  b\n  c\nd: |-\n  e\n  f\ng: |+\n  h\n\n"},
    {"lines that a block cannot hold", "[\" a\\nb\",\"a \\nb\",\"a\\n\\tb\",\"\\na\",\"a\\r\\nb\"]",
     "- \" a\\nb\"\n- \"a \\nb\"\n- \"a\\n\\tb\"\n- \"\\na\"\n- \"a\\r\\nb\"\n"},
    {"what does not print", "[\"\\u0000\",\"\\u001b\",\"a\\tb\",\"\\u2028\",\"\\ufeffa\"]",
     "- \"\\0\"\n- \"\\e\"\n- \"a\\tb\"\n- \"\\L\"\n- \"\\uFEFFa\"\n"},
    {"letters of all kinds", "\"\\u00e4 \\u4e2d\"", "\xc3\xa4 \xe4\xb8\xad\n"},
    {"an empty object", "{}", "{}\n"},
    {"a list alone", "[]", "[]\n"},
};

ParameterizedTestParameters(yaml_write, writes)
{
    static size_t index[COUNT_OF(cases)];
    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, yaml_write, writes)
{
    const struct write_case *c = &cases[*index];
    AUTO(json) struct json doc = {0};
    AUTO(buf) struct buf out = {0};
    struct error err = {0};
    buf_init(&out, 65536);
    cr_assert_eq(json_parse(&doc, slice_of(c->json), &err), 0, "%s: %s", c->name, err.text);

    cr_assert_eq(yaml_write(value_root(&doc), &out, &err), 0, "%s: %s", c->name, err.text);

    cr_assert_str_eq(buf_cstr(&out), c->want, "%s: %s", c->name, buf_cstr(&out));
}

/* xorshift64: the same seed gives the same test. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static const char *const pieces[] = {
    "a",
    "b",
    "0",
    "1",
    "8",
    "x",
    "e",
    "y",
    "n",
    "-",
    "+",
    ".",
    "_",
    ":",
    " ",
    "  ",
    "\n",
    "\t",
    "#",
    "'",
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    "&",
    "*",
    "!",
    "|",
    ">",
    "%",
    "@",
    "`",
    "?",
    "=",
    "<",
    "~",
    "\r",
    "\xc2\x85",
    "\xe2\x80\xa8",
    "\xef\xbb\xbf",
    "\xc3\xa9",
    "\xf0\x9f\x98\x80",
    "\x01",
    "\x7f",
    "no",
    "true",
    "null",
    ".inf",
    "---",
    "...",
    "- ",
    ": ",
    " #",
    "\n\n",
    "0x1",
    "12:30",
    "2001-12-14",
    "<<",
};

static void random_text(struct buf *text, uint64_t *state)
{
    buf_clear(text);
    for (uint64_t n = next_random(state) % 7; n > 0; n--) {
        buf_text(text, pieces[next_random(state) % COUNT_OF(pieces)]);
    }
}

/* Any character once, and sometimes a NUL. */
static void odd_text(struct buf *text, uint64_t *state)
{
    char bytes[4];
    uint32_t code = (uint32_t)(next_random(state) % 0x110000);

    buf_clear(text);
    code = code >= 0xd800 && code < 0xe000 ? 0 : code;
    buf_append(text, bytes, utf8_put(bytes, code));
    buf_text(text, next_random(state) % 2 == 0 ? "a" : "");
}

/* {"<key>": ["<text>", {"k<n>": "<text>"}], ...} */
static void random_object(struct buf *json, uint64_t *state)
{
    AUTO(buf) struct buf text = {0};
    buf_init(&text, 4096);

    buf_clear(json);
    buf_text(json, "{\"first\":null");
    for (unsigned n = 0; n < 4; n++) {
        random_text(&text, state);
        buf_printf(&text, "%u", n);
        buf_char(json, ',');
        quote(json, buf_view(&text));
        buf_text(json, ":[");
        random_text(&text, state);
        quote(json, buf_view(&text));
        buf_text(json, ",{\"k\":");
        odd_text(&text, state);
        quote(json, buf_view(&text));
        buf_text(json, "}]");
    }
    buf_char(json, '}');
}

static void check_round_trip(const char *json, uint64_t seed)
{
    AUTO(json) struct json before = {0};
    AUTO(json) struct json after = {0};
    AUTO(yaml_stream) struct yaml_stream stream = {0};
    AUTO(buf) struct buf yaml = {0};
    struct error err = {0};
    buf_init(&yaml, 65536);

    cr_assert_eq(json_parse(&before, slice_of(json), &err), 0, "seed %lu: %s", seed, err.text);
    cr_assert_eq(yaml_write(value_root(&before), &yaml, &err), 0, "seed %lu: %s", seed, err.text);
    cr_assert_eq(yaml_read(&stream, buf_view(&yaml), YAML_MANIFEST, &err), 0, "seed %lu: %s\n%s",
                 seed, err.text, buf_cstr(&yaml));
    cr_assert_eq(stream.count, 1, "seed %lu", seed);
    struct slice text = {stream.documents[0].json, stream.documents[0].len};
    cr_assert_eq(json_parse(&after, text, &err), 0, "seed %lu: %s", seed, err.text);
    cr_assert(value_equal(value_root(&before), value_root(&after)),
              "seed %lu: %s\nbecame\n%s\nand then\n%s", seed, json, buf_cstr(&yaml), text.data);
}

Test(yaml_write, is_read_as_the_same)
{
    uint64_t start = (uint64_t)time(NULL);
    AUTO(buf) struct buf json = {0};
    buf_init(&json, 65536);

    for (uint64_t i = 0; i < 4000; i++) {
        uint64_t seed = start * 1000003 + i;
        uint64_t state = seed | 1;
        random_object(&json, &state);
        check_round_trip(buf_cstr(&json), seed);
    }
}

Test(yaml_write, keeps_numbers_through_both_ways)
{
    check_round_trip("[0,-1,9007199254740993,99999999999999999999,1.50,1e3,1.5E+03,-0.5e-7]", 0);
}

Test(yaml_write, writes_as_deep_as_json_goes)
{
    AUTO(buf) struct buf text = {0};
    AUTO(buf) struct buf out = {0};
    AUTO(json) struct json doc = {0};
    struct error err = {0};
    buf_init(&text, 4096);
    buf_init(&out, 65536);
    for (size_t i = 0; i < JSON_MAX_DEPTH; i++) {
        buf_text(&text, "[");
    }
    for (size_t i = 0; i < JSON_MAX_DEPTH; i++) {
        buf_text(&text, "]");
    }
    cr_assert_eq(json_parse(&doc, buf_view(&text), &err), 0, "%s", err.text);

    cr_assert_eq(yaml_write(value_root(&doc), &out, &err), 0, "%s", err.text);

    cr_assert_eq(out.len, (JSON_MAX_DEPTH - 1) * 2 + 3);
}

Test(yaml_write, fails_with_its_buffer_and_without_a_value)
{
    AUTO(json) struct json doc = {0};
    AUTO(buf) struct buf out = {0};
    struct error err = {0};
    buf_init(&out, 4);
    cr_assert_eq(json_parse(&doc, SLICE("[\"abcdef\"]"), &err), 0, "%s", err.text);

    cr_assert_eq(yaml_write(value_root(&doc), &out, &err), -1);
    cr_assert_eq(err.code, ERR_TOO_LARGE);

    cr_assert_eq(yaml_write(VALUE_ABSENT, &out, &err), -1);
    cr_assert_str_eq(err.text, "there is no value to write");
}
