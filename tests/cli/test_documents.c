/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/documents.h"

#include <criterion/criterion.h>

#include <stdio.h>

enum { TEXT_MAX = 65536 };

/* The documents as JSON, a line each. */
static void lines_of(const struct documents *documents, struct buf *out)
{
    buf_init(out, TEXT_MAX);
    for (size_t i = 0; i < documents->count; i++) {
        value_encode(value_root(&documents->items[i]->doc), out);
        buf_char(out, '\n');
    }
}

static const struct {
    const char *name;
    const char *text;
    const char *want;
} good[] = {
    {"JSON", "{\"a\": 9007199254740993}", "{\"a\": 9007199254740993}\n"},
    {"JSON behind JSON", "{\"a\":\"}{\"}\n{\"b\":\"\\\"\"} {}",
     "{\"a\":\"}{\"}\n{\"b\":\"\\\"\"}\n{}\n"},
    {"YAML", "a: 9007199254740993\n", "{\"a\":9007199254740993}\n"},
    {"YAML 1.1", "mode: 0644\non: yes\nbig: 1_000\n",
     "{\"mode\":420,\"true\":true,\"big\":1000}\n"},
    {"YAML documents", "---\na: 1\n---\n# nothing\n---\nb: 2\n", "{\"a\":1}\n{\"b\":2}\n"},
    {"YAML in flow style", "{a: 1, b: [x]}\n", "{\"a\":1,\"b\":[\"x\"]}\n"},
    {"JSON between YAML's dashes", "{\"a\":1}\n---\n{\"b\":2}\n", "{\"a\":1}\n{\"b\":2}\n"},
    {"nothing", "\n", ""},
};

Test(documents, reads_json_as_json_and_the_rest_as_yaml)
{
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        AUTO(documents) struct documents documents = {0};
        AUTO(buf) struct buf lines = {0};
        struct error err = {0};
        cr_expect_eq(documents_read(&documents, "x", slice_of(good[i].text), &err), 0, "%s: %s",
                     good[i].name, err.text);
        lines_of(&documents, &lines);
        cr_expect_str_eq(buf_cstr(&lines), good[i].want, "%s:\n%s", good[i].name, buf_cstr(&lines));
    }
}

static const struct {
    const char *name;
    const char *text;
    const char *start;
} bad[] = {
    {"a doubled key in JSON", "{\"a\":1,\n\"\\u0061\":2}", "x.yaml: 2:1: "},
    {"JSON that does not end", "{\"a\":1", "x.yaml: 1:"},
    {"text behind JSON", "{\"a\":1} x", "x.yaml: 1:9: "},
    {"a tab in YAML", "a:\n\t- b\n", "x.yaml: 2:1: "},
    {"a doubled key in YAML", "a: 1\na: 2\n", "x.yaml: "},
};

Test(documents, names_file_and_place_of_what_cannot_be_read)
{
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        AUTO(documents) struct documents documents = {0};
        struct error err = {0};
        cr_expect_neq(documents_read(&documents, "x.yaml", slice_of(bad[i].text), &err), 0, "%s",
                      bad[i].name);
        cr_expect_eq(err.code, ERR_MALFORMED, "%s", bad[i].name);
        cr_expect(slice_starts_with(slice_of(err.text), bad[i].start), "%s: %s", bad[i].name,
                  err.text);
        cr_expect_eq(documents.count, 0, "%s", bad[i].name);
    }
}

Test(documents, keep_the_bytes_of_a_single_json_text)
{
    static const char text[] = " {\"kind\": \"AdmissionReview\"}\n";
    AUTO(documents) struct documents documents = {0};
    struct error err = {0};

    cr_assert_eq(documents_read(&documents, "x", slice_of(text), &err), 0, "%s", err.text);
    cr_assert_str_eq(documents.items[0]->text, text);
    cr_assert_eq(documents.items[0]->len, sizeof text - 1);
}

Test(documents, know_their_number_and_whether_they_are_alone)
{
    AUTO(documents) struct documents documents = {0};
    struct error err = {0};

    cr_assert_eq(documents_read(&documents, "one", SLICE("a: 1\n"), &err), 0, "%s", err.text);
    cr_assert_eq(documents_read(&documents, "two", SLICE("a: 1\n---\nb: 2\n"), &err), 0, "%s",
                 err.text);
    cr_assert_eq(documents.count, 3);
    cr_assert(documents.items[0]->source.only);
    cr_assert_str_eq(documents.items[2]->source.file, "two");
    cr_assert_eq(documents.items[2]->source.number, 2);
    cr_assert_not(documents.items[2]->source.only);
}
