/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/yaml.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>

#define INDEXES(table)                                                                             \
    static size_t index[COUNT_OF(table)];                                                          \
    for (size_t i = 0; i < COUNT_OF(index); i++) {                                                 \
        index[i] = i;                                                                              \
    }                                                                                              \
    return cr_make_param_array(size_t, index, COUNT_OF(index))

/* All documents, one behind the other, a space between. */
static char *read_text(const char *yaml, enum yaml_mode mode)
{
    AUTO(yaml_stream) struct yaml_stream stream = {0};
    AUTO(buf) struct buf out = {0};
    struct error err = {0};
    buf_init(&out, 1 << 20);

    if (yaml_read(&stream, slice_of(yaml), mode, &err) != 0) {
        buf_text(&out, err.text);
        return buf_take(&out);
    }
    for (size_t i = 0; i < stream.count; i++) {
        const struct yaml_document *document = &stream.documents[i];
        AUTO(json) struct json doc = {0};
        cr_assert_eq(json_parse(&doc, (struct slice){document->json, document->len}, &err), 0,
                     "%s: %s", document->json, err.text);
        cr_assert_eq(doc.count, document->mark_count, "a mark for each token of %s",
                     document->json);
        buf_text(&out, i > 0 ? " " : "");
        buf_text(&out, document->json);
    }
    return buf_take(&out);
}

struct read_case {
    const char *name;
    const char *yaml;
    const char *want;
};

static const struct read_case manifests[] = {
    {"nothing", "", ""},
    {"comments alone", "# a\n# b\n", ""},
    {"a mapping", "a: b\nc: 1\n", "{\"a\":\"b\",\"c\":1}"},
    {"a list", "- a\n- - b\n  - []\n- {}\n", "[\"a\",[\"b\",[]],{}]"},
    {"flow", "{a: [b, 'c', \"d\"], e: {f: g}}", "{\"a\":[\"b\",\"c\",\"d\"],\"e\":{\"f\":\"g\"}}"},
    {"a scalar", "hello\n", "\"hello\""},
    {"words of YAML 1.1", "a: yes\nb: off\nc: ~\nd:\ne: Null",
     "{\"a\":true,\"b\":false,\"c\":null,\"d\":null,\"e\":null}"},
    {"numbers of YAML 1.1", "[0644, 0x1F, 1_000, .5, 2001-12-14]",
     "[420,31,1000,0.5,\"2001-12-14\"]"},
    {"exact numbers", "[9007199254740993, 1.50, 99999999999999999999]",
     "[9007199254740993, 1.50, 99999999999999999999]"},
    {"quoted words stay text", "['yes', \"0644\", 'null', ! 12]",
     "[\"yes\",\"0644\",\"null\",\"12\"]"},
    {"a block of text", "a: |\n  b\n   c\n\nd: >-\n  e\n  f\n",
     "{\"a\":\"b\\n c\\n\",\"d\":\"e f\"}"},
    {"escapes", "\"\\0\\x41\\u00e9\\U0001F600\\e\\/\\N\"",
     "\"\\u0000A\xc3\xa9\xf0\x9f\x98\x80\\u001b/\\u0085\""},
    {"keys that are no text", "{1: a, true: b, 0x10: c, 1.50: d, 1e6: e}",
     "{\"1\":\"a\",\"true\":\"b\",\"16\":\"c\",\"1.5\":\"d\",\"1e+06\":\"e\"}"},
    {"tags that JSON can say",
     "[!!str 1, !!int '2', !!float 3, !!bool yes, !!null '', !!seq [], !!map {}]",
     "[\"1\",2,3,true,null,[],{}]"},
    {"an alias of a scalar", "a: &x yes\nb: *x\n", "{\"a\":true,\"b\":true}"},
    {"an alias of a container", "a: &x {b: [1]}\nc: [*x, *x]\n",
     "{\"a\":{\"b\":[1]},\"c\":[{\"b\":[1]},{\"b\":[1]}]}"},
    {"the newest anchor of a name", "[&a 1, *a, &a [&a 2, *a], *a, *a]", "[1,1,[2,2],2,2]"},
    {"anchors inside of anchors", "[&a [&b 1, 2], *b, *a]", "[[1,2],1,[1,2]]"},
    {"two documents", "a: 1\n---\nb: 2\n", "{\"a\":1} {\"b\":2}"},
    {"empty documents", "---\n---\na: 1\n---\n# nothing\n---\nnull\n---\n", "{\"a\":1}"},
    {"an anchor for each document", "&a 1\n---\n&a 2\n---\n- &b 3\n- *b\n", "1 2 [3,3]"},
    {"a directive", "%YAML 1.1\n---\na: 1\n...\n", "{\"a\":1}"},
    {"a byte order mark",
     "\xef\xbb\xbf"
     "a: 1\n",
     "{\"a\":1}"},
    {"a byte order mark that is no column",
     "\xef\xbb\xbf"
     "a: 1\nb: 2\n",
     "{\"a\":1,\"b\":2}"},
    {"carriage returns", "a: 1\r\nb: 2\r\n", "{\"a\":1,\"b\":2}"},
    {"the same key elsewhere", "a: {a: 1}\nb: [{a: 1}, {a: 1}]\n",
     "{\"a\":{\"a\":1},\"b\":[{\"a\":1},{\"a\":1}]}"},
    {"JSON as it is", "{ \"a\" : \"\\/\\ud83d\\ude00\" ,\n\t\"b\":1e400}",
     "{ \"a\" : \"\\/\\ud83d\\ude00\" ,\n\t\"b\":1e400}"},
    {"JSON lists", "[1, 2]\n", "[1, 2]"},
    {"JSON behind JSON", "{\"a\":1}{\"b\":\"]\\\"}\"}\n[3]", "{\"a\":1} {\"b\":\"]\\\"}\"} [3]"},
    {"JSON with a comma too much", "{\"a\": [1,],}", "{\"a\":[1]}"},
    {"JSON that ends a document", "{\"a\": 1}\n---\nb: 2\n", "{\"a\":1} {\"b\":2}"},
};

ParameterizedTestParameters(yaml, reads_manifests)
{
    INDEXES(manifests);
}

ParameterizedTest(size_t *index, yaml, reads_manifests)
{
    const struct read_case *c = &manifests[*index];

    AUTO(chars) char *got = read_text(c->yaml, YAML_MANIFEST);

    cr_assert_str_eq(got, c->want, "%s: %s", c->name, got);
}

static const struct read_case manifest_faults[] = {
    {"a merge key", "a: &x {b: 1}\nc:\n  <<: *x\n",
     "3:3: merge keys (<<) are not read; write the members out"},
    {"a foreign tag", "a: !mine b\n", "1:4: the tag !mine is not read; JSON has no such type"},
    {"a binary tag", "a: !!binary aGk=\n",
     "1:4: the tag tag:yaml.org,2002:binary is not read; JSON has no such type"},
    {"a tag cut short", "a: !!in 1\n",
     "1:4: the tag tag:yaml.org,2002:in is not read; JSON has no such type"},
    {"a scalar's tag on a list", "!!str []\n",
     "1:1: the tag tag:yaml.org,2002:str is not read; JSON has no such type"},
    {"a tag that does not fit", "a: !!int b\n", "1:4: \"b\" is no !!int"},
    {"a tag that fits less", "a: !!int 1.5\n", "1:4: \"1.5\" is no !!int"},
    {"infinity", "a: .inf\n", "1:4: JSON has no number .inf; put it in quotes if it is text"},
    {"a doubled key", "a: 1\nb:\n  c: 2\n  d: 3\n  c: 4\n",
     "5:3: the key \"c\" stands twice in its mapping, first at 3:3"},
    {"the first doubled key", "a: 1\nb: 1\nb: 2\na: 2\n",
     "3:1: the key \"b\" stands twice in its mapping, first at 2:1"},
    {"doubled by meaning", "1: a\n'1': b\n",
     "2:1: the key \"1\" stands twice in its mapping, first at 1:1"},
    {"doubled by an escape", "\"\\x61\": 1\na: 2\n",
     "2:1: the key \"a\" stands twice in its mapping, first at 1:1"},
    {"doubled in JSON", "{\"a\":1,\n \"\\u0061\":2}",
     "2:2: the key \"a\" stands twice in its mapping, first at 1:2"},
    {"doubled in a later document", "a: 1\n---\na: 1\na: 2\n",
     "4:1: the key \"a\" stands twice in its mapping, first at 3:1"},
    {"null as a key", "~: 1\n", "1:1: null is no key; put it in quotes if it is meant"},
    {"nothing as a key", "? \n: 1\n", "1:2: null is no key; put it in quotes if it is meant"},
    {"a list as a key", "? [a]\n: b\n", "1:3: a key is a single word, not a list"},
    {"a mapping as a key", "{{a: b}: c}\n", "1:2: a key is a single word, not a mapping"},
    {"an anchor on a key", "&x a: 1\n",
     "1:1: an anchor (&x) on a key is not read; put it on a value"},
    {"an alias as a key", "a: &x b\n*x : c\n",
     "2:1: an alias (*x) as a key is not read; write the key out"},
    {"an unknown alias", "a: *x\n", "1:4: there is no anchor &x before this alias"},
    {"an alias of another document", "&x a\n---\n*x\n",
     "3:1: there is no anchor &x before this alias"},
    {"an anchor in itself", "a: &x [1, *x]\n", "1:11: the anchor &x contains itself"},
    {"a tab", "a:\n\tb: 1\n", "2:1: a tab cannot indent; use spaces"},
    {"no YAML", "a: b: c\n", "1:5: mapping values are not allowed in this context"},
    {"a mapping that breaks off", "a: [1\nb: 2\n",
     "2:2: did not find expected ',' or ']', while parsing a flow sequence"},
    {"a string that breaks off", "{\"a\": \"b",
     "1:9: found unexpected end of stream, while scanning a quoted scalar"},
    {"a string that breaks off at an escape", "[\"\\",
     "1:3: found unknown escape character, while parsing a quoted scalar"},
    {"bytes that are no text", "a: \xff\n",
     "1:4: invalid leading UTF-8 octet: the text is to be UTF-8"},
    {"UTF-16",
     "\xff\xfe"
     "a",
     "1:1: invalid leading UTF-8 octet: the text is to be UTF-8"},
    {"control characters", "a: \x01\n",
     "1:4: control characters are not allowed: the text is to be UTF-8"},
    {"half a pair", "[\"\\ud83d\"]",
     "1:5: found invalid Unicode character escape code, while parsing a quoted scalar"},
};

ParameterizedTestParameters(yaml, refuses_manifests)
{
    INDEXES(manifest_faults);
}

ParameterizedTest(size_t *index, yaml, refuses_manifests)
{
    const struct read_case *c = &manifest_faults[*index];

    AUTO(chars) char *got = read_text(c->yaml, YAML_MANIFEST);

    cr_assert_str_eq(got, c->want, "%s: %s", c->name, got);
}

static const struct read_case strict[] = {
    {"words", "[yes, on, 'true', true, false, null, ~, NULL]",
     "[\"yes\",\"on\",\"true\",true,false,null,null,\"NULL\"]"},
    {"numbers", "[1, -2.5e3, 0644, 1_000, 0x1F, .5]",
     "[1,-2.5e3,\"0644\",\"1_000\",\"0x1F\",\".5\"]"},
    {"nothing", "---\n", ""},
    {"JSON", " {\"a\": [1]} ", "{\"a\": [1]}"},
    {"an end mark", "a: 1\n...\n", "{\"a\":1}"},
    {"an anchor", "a: &x 1\n", "1:4: anchors (&x) are not read here; write the value out"},
    {"an anchor on a list", "a: &x [1]\n",
     "1:4: anchors (&x) are not read here; write the value out"},
    {"an alias", "a: *x\n", "1:4: aliases (*x) are not read here; write the value out"},
    {"a tag", "a: !!str 1\n",
     "1:4: tags (tag:yaml.org,2002:str) are not read here; leave the tag out"},
    {"a tag on a mapping", "!x\na: 1\n", "1:1: tags (!x) are not read here; leave the tag out"},
    {"a second document", "a: 1\n---\nb: 1\n",
     "2:1: a second document begins here; one file holds one"},
    {"an empty second document", "a: 1\n---\n",
     "2:1: a second document begins here; one file holds one"},
    {"a document behind an empty one", "---\n---\na: 1\n",
     "2:1: a second document begins here; one file holds one"},
    {"a second document of JSON", "{\"a\":1}\n  {\"b\":1}",
     "2:3: a second document begins here; one file holds one"},
    {"a number as a key", "a:\n  1: b\n", "2:3: 1 is no key; put it in quotes if it is meant"},
    {"a boolean as a key", "true: b\n", "1:1: true is no key; put it in quotes if it is meant"},
    {"a merge key", "<<: {a: b}\n", "1:1: merge keys (<<) are not read; write the members out"},
    {"a merge key in quotes", "'<<': {a: b}\n", "{\"<<\":{\"a\":\"b\"}}"},
};

ParameterizedTestParameters(yaml, reads_configurations)
{
    INDEXES(strict);
}

ParameterizedTest(size_t *index, yaml, reads_configurations)
{
    const struct read_case *c = &strict[*index];

    AUTO(chars) char *got = read_text(c->yaml, YAML_STRICT);

    cr_assert_str_eq(got, c->want, "%s: %s", c->name, got);
}

static const struct {
    const char *name;
    const char *text;
    const char *places;
} placed[] = {
    {"a mapping", "# c\na: b\nc:\n  - d\n  - e: [1, f]\n",
     "2:1 2:1 2:4 3:1 4:3 4:5 5:5 5:5 5:8 5:9 5:12 "},
    {"characters, not bytes", "{\xc3\xa9: 1, b: 2}", "1:1 1:2 1:5 1:8 1:11 "},
    {"characters of JSON", "[\"\xc3\xa9\", 1,\n  {\"b\": null}]", "1:1 1:2 1:7 2:3 2:4 2:9 "},
    {"an alias", "a: &x {b: [1]}\nc: *x\n", "1:1 1:1 1:4 1:8 1:11 1:12 2:1 2:4 2:4 2:4 2:4 "},
    {"a value that is not there", "a:\nb: 1\n", "1:1 1:1 1:3 2:1 2:4 "},
};

Test(yaml, knows_where_each_token_stood)
{
    for (size_t i = 0; i < COUNT_OF(placed); i++) {
        AUTO(yaml_stream) struct yaml_stream stream = {0};
        AUTO(buf) struct buf got = {0};
        struct error err = {0};
        buf_init(&got, 1024);

        cr_assert_eq(yaml_read(&stream, slice_of(placed[i].text), YAML_MANIFEST, &err), 0, "%s: %s",
                     placed[i].name, err.text);

        for (size_t k = 0; k < stream.documents[0].mark_count; k++) {
            const struct yaml_mark *mark = &stream.documents[0].marks[k];
            buf_printf(&got, "%u:%u ", mark->line, mark->column);
        }
        cr_assert_str_eq(buf_cstr(&got), placed[i].places, "%s: %s", placed[i].name,
                         buf_cstr(&got));
    }
}

/* A text of one piece again and again. */
struct heavy_case {
    const char *name;
    enum yaml_mode mode;
    const char *head;
    const char *piece;
    size_t times;
    const char *want; /* NULL: it is read */
};

static const struct heavy_case heavy[] = {
    {"64 levels", YAML_STRICT, "", "- ", 64, NULL},
    {"65 levels", YAML_STRICT, "", "- ", 65, "1:129: nested deeper than 64 levels"},
    {"a megabyte of brackets", YAML_STRICT, "", "[", 1048576, "1:65: nested deeper than 64 levels"},
    {"flow mappings without end", YAML_STRICT, "", "{a: ", 262144,
     "1:257: nested deeper than 64 levels"},
    {"brackets in a manifest", YAML_MANIFEST, "", "[", 16777216,
     "1:65: nested deeper than 64 levels"},
    {"a configuration of a megabyte", YAML_STRICT, "", "#", 1048576, NULL},
    {"a larger configuration", YAML_STRICT, "#\n", "#", 1048576,
     "2:1048575: more than 1048576 bytes"},
    {"a larger manifest", YAML_MANIFEST, "", "#", 16777217, "1:16777217: more than 16777216 bytes"},
    {"text that grows as JSON", YAML_STRICT, "", "- \"\\0\\0\\0\\0\\0\\0\\0\\0\"\n", 40000,
     "20561:3: more than 1048576 bytes of text when read as JSON"},
    {"too many tokens", YAML_MANIFEST, "[", "0,", 2200000,
     "1:4194304: more than 2097152 values and keys"},
    {"256 anchors", YAML_MANIFEST, "", "- &a b\n", 256, NULL},
    {"257 anchors", YAML_MANIFEST, "", "- &a b\n", 257, "257:3: more than 256 anchors"},
    {"257 anchored lists", YAML_MANIFEST, "", "- &a []\n", 257, "257:3: more than 256 anchors"},
    {"directives, each compared with all", YAML_MANIFEST, "", "%TAG !a! b\n", 500000,
     "65:1: more than 64 %TAG lines"},
    {"copies of much", YAML_MANIFEST, "- &a [0,0,0,0,0,0,0,0,0,0]\n", "- *a\n", 200000,
     "190651:3: more than 2097152 values and keys"},
    {"a copy of much text", YAML_MANIFEST,
     "- &a "
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
     "- *a\n", 200000, "186414:3: more than 16777216 bytes of text when read as JSON"},
};

ParameterizedTestParameters(yaml, is_bounded)
{
    INDEXES(heavy);
}

/* Each ends at its limit; without one some would take hours. */
ParameterizedTest(size_t *index, yaml, is_bounded, .timeout = 120)
{
    const struct heavy_case *c = &heavy[*index];
    AUTO(yaml_stream) struct yaml_stream stream = {0};
    AUTO(buf) struct buf text = {0};
    struct error err = {0};
    buf_init(&text, 1 << 25);
    buf_text(&text, c->head);
    for (size_t i = 0; i < c->times; i++) {
        buf_text(&text, c->piece);
    }

    int result = yaml_read(&stream, buf_view(&text), c->mode, &err);

    cr_assert_eq(result, c->want == NULL ? 0 : -1, "%s: %s", c->name, err.text);
    cr_assert_str_eq(err.text, c->want == NULL ? "" : c->want, "%s: %s", c->name, err.text);
}

/* JSON has its own depth: 128 levels in a manifest, 64 in a configuration. */
static int read_nested(size_t levels, enum yaml_mode mode, struct error *err)
{
    AUTO(yaml_stream) struct yaml_stream stream = {0};
    AUTO(buf) struct buf text = {0};
    buf_init(&text, 4096);
    for (size_t i = 0; i < levels; i++) {
        buf_text(&text, "[");
    }
    for (size_t i = 0; i < levels; i++) {
        buf_text(&text, "]");
    }
    return yaml_read(&stream, buf_view(&text), mode, err);
}

Test(yaml, takes_json_as_deep_as_a_review_may_be)
{
    struct error err = {0};

    cr_assert_eq(read_nested(128, YAML_MANIFEST, &err), 0, "%s", err.text);
    cr_assert_eq(read_nested(64, YAML_STRICT, &err), 0, "%s", err.text);
    cr_assert_eq(read_nested(129, YAML_MANIFEST, &err), -1);
    cr_assert_str_eq(err.text, "1:129: nested deeper than 128 levels");
    cr_assert_eq(err.code, ERR_TOO_LARGE);
    cr_assert_eq(read_nested(65, YAML_STRICT, &err), -1);
    cr_assert_str_eq(err.text, "1:65: nested deeper than 64 levels");
}

Test(yaml, counts_the_tokens_of_json)
{
    AUTO(yaml_stream) struct yaml_stream stream = {0};
    AUTO(buf) struct buf text = {0};
    struct error err = {0};
    buf_init(&text, 1 << 23);
    buf_text(&text, "\n [0");
    for (size_t i = 0; i < 2097152; i++) {
        buf_text(&text, ",0");
    }
    buf_text(&text, "]");

    cr_assert_eq(yaml_read(&stream, buf_view(&text), YAML_MANIFEST, &err), -1);

    cr_assert_str_eq(err.text, "2:2: more than 2097152 values and keys");
    cr_assert_eq(err.code, ERR_TOO_LARGE);
}

Test(yaml, counts_all_documents_together)
{
    AUTO(yaml_stream) struct yaml_stream stream = {0};
    AUTO(buf) struct buf text = {0};
    struct error err = {0};
    buf_init(&text, 1 << 25);
    for (size_t i = 0; i < 3; i++) {
        buf_text(&text, "--- \"");
        for (size_t k = 0; k < 1000000; k++) {
            buf_text(&text, "\\0");
        }
        buf_text(&text, "\"\n");
    }

    cr_assert_eq(yaml_read(&stream, buf_view(&text), YAML_MANIFEST, &err), -1);

    cr_assert_str_eq(err.text, "3:5: more than 4777212 bytes of text when read as JSON");
    cr_assert_eq(stream.count, 0);
}
