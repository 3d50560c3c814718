/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/value.h"
#include "tests/kube/support.h"

static const char pod[] =
    "{\"metadata\":{\"name\":\"sabnzbd\",\"labels\":{\"a\\/b\":\"x\",\"Name\":\"y\",\"\":\"z\"},"
    "\"annotations\":null},\"spec\":{\"containers\":[{\"name\":\"app\"},{\"name\":\"side\"}],"
    "\"hostNetwork\":false,\"tty\":true,\"grace\":30,\"empty\":[],\"none\":{}}}";

/* ---- Reading ---- */

Test(value, follows_names)
{
    AUTO(json) struct json doc = {0};
    struct value root = support_parse(&doc, SLICE(pod));

    cr_assert(value_is(value_get(root, "metadata", "name", NULL), "sabnzbd"));
    cr_assert(value_is(value_get(root, "metadata", "labels", "a/b", NULL), "x"), "decoded names");
    cr_assert(value_is(value_get(root, "metadata", "labels", "", NULL), "z"), "an empty name");
    cr_assert(
        value_is(value_member_slice(value_member(root, "metadata"), (struct slice){"names", 4}),
                 "sabnzbd"),
        "a name without a NUL");
    cr_assert_eq(value_kind(value_get(root, NULL)), JSON_OBJECT, "no name at all");
}

Test(value, follows_a_pointer)
{
    AUTO(json) struct json doc = {0};
    struct error err = {0};

    cr_assert_eq(json_parse(&doc, SLICE("{\"spec\":{\"template\":{\"x\":1}},\"\":2}"), &err), 0);
    struct value root = value_root(&doc);
    cr_assert(slice_is(value_raw(value_at(root, "/spec/template")), "{\"x\":1}"));
    cr_assert(slice_is(value_raw(value_at(root, "/spec/template/x")), "1"));
    cr_assert(slice_is(value_raw(value_at(root, "/")), "2"), "an empty name");
    cr_assert_eq(value_at(root, "").token, root.token);
    cr_assert_not(value_exists(value_at(root, "/spec/none/x")));
}

Test(value, distinguishes_case)
{
    AUTO(json) struct json doc = {0};
    struct value labels = value_get(support_parse(&doc, SLICE(pod)), "metadata", "labels", NULL);

    cr_assert(value_is(value_member(labels, "Name"), "y"));
    cr_assert(!value_exists(value_member(labels, "name")));
    cr_assert(!value_exists(value_member(labels, "NAME")));
}

Test(value, null_exists_but_is_not_set)
{
    AUTO(json) struct json doc = {0};
    struct value root = support_parse(&doc, SLICE(pod));
    struct value null = value_get(root, "metadata", "annotations", NULL);

    cr_assert_eq(value_kind(null), JSON_NULL);
    cr_assert(value_exists(null));
    cr_assert(!value_is_set(null));
    cr_assert(value_is_set(value_get(root, "spec", "hostNetwork", NULL)));
}

Test(value, absent_is_fine_everywhere)
{
    AUTO(json) struct json doc = {0};
    struct value root = support_parse(&doc, SLICE(pod));
    struct value absent = value_get(root, "spec", "nothing", "deeper", NULL);
    struct value_iter iter = value_iter(absent);
    AUTO(buf) struct buf out = {0};
    struct error err = {0};
    struct slice key;
    struct value item;
    int64_t number = 7;

    cr_assert_eq(value_kind(absent), JSON_ABSENT);
    cr_assert(!value_exists(absent) && !value_is_set(absent));
    cr_assert(!value_exists(value_member(absent, "a")));
    cr_assert(!value_exists(value_item(absent, 0)));
    cr_assert_eq(value_count(absent), 0);
    cr_assert_eq(value_string(absent).data, NULL);
    cr_assert(!value_is(absent, ""));
    cr_assert(!value_is_true(absent));
    cr_assert(!value_next(&iter, &key, &item));
    cr_assert_eq(value_raw(absent).data, NULL);
    cr_assert_eq(value_int64(absent, &number, &err), -1);
    cr_assert_eq(number, 7);
    cr_assert(value_equal(absent, VALUE_ABSENT));
    cr_assert(!value_equal(absent, value_get(root, "metadata", "annotations", NULL)));
    cr_assert_str_eq(support_encode(&out, absent), "");
    cr_assert(!value_exists(value_root(&(struct json){0})), "the root of nothing");
}

Test(value, scalars_have_no_members)
{
    AUTO(json) struct json doc = {0};
    struct value root = support_parse(&doc, SLICE(pod));
    struct value name = value_get(root, "metadata", "name", NULL);

    cr_assert(!value_exists(value_member(name, "name")));
    cr_assert(!value_exists(value_item(name, 0)));
    cr_assert_eq(value_count(name), 0);
    cr_assert(!value_exists(value_member(value_get(root, "spec", "containers", NULL), "0")),
              "an array has no names");
}

Test(value, text_of_strings_only)
{
    AUTO(json) struct json doc = {0};
    struct value spec = value_member(support_parse(&doc, SLICE(pod)), "spec");

    cr_assert_eq(value_string(value_member(spec, "grace")).data, NULL);
    cr_assert(!value_is(value_member(spec, "grace"), "30"), "a number is no text");
    cr_assert(!value_is(value_member(spec, "tty"), "true"), "true is no text");
    cr_assert(value_is_true(value_member(spec, "tty")));
    cr_assert(!value_is_true(value_member(spec, "hostNetwork")));
    cr_assert(!value_is_true(value_member(spec, "grace")));
}

/* ---- Visiting ---- */

Test(value, visits_members_in_order)
{
    AUTO(json) struct json doc = {0};
    struct value labels = value_get(support_parse(&doc, SLICE(pod)), "metadata", "labels", NULL);
    struct value_iter iter = value_iter(labels);
    static const char *const keys[] = {"a/b", "Name", ""};
    static const char *const values[] = {"x", "y", "z"};
    struct slice key;
    struct value item;

    cr_assert_eq(iter.index, SIZE_MAX);
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        cr_assert(value_next(&iter, &key, &item), "%zu", i);
        cr_assert_eq(iter.index, i);
        cr_assert(slice_is(key, keys[i]), "%zu", i);
        cr_assert(value_is(item, values[i]), "%zu", i);
    }
    cr_assert(!value_next(&iter, &key, &item));
    cr_assert(!value_next(&iter, &key, &item), "and it stays at the end");
}

Test(value, visits_items_in_order)
{
    AUTO(json) struct json doc = {0};
    struct value list = value_get(support_parse(&doc, SLICE(pod)), "spec", "containers", NULL);
    struct value_iter iter = value_iter(list);
    struct slice key;
    struct value item;

    cr_assert(value_next(&iter, &key, &item));
    cr_assert_eq(key.len, 0);
    cr_assert(value_is(value_member(item, "name"), "app"));
    cr_assert(value_next(&iter, &key, &item));
    cr_assert(value_is(value_member(item, "name"), "side"));
    cr_assert(!value_next(&iter, &key, &item));
}

Test(value, counts_and_picks_items)
{
    AUTO(json) struct json doc = {0};
    struct value spec = value_member(support_parse(&doc, SLICE(pod)), "spec");
    struct value list = value_member(spec, "containers");

    cr_assert_eq(value_count(spec), 6);
    cr_assert_eq(value_count(list), 2);
    cr_assert_eq(value_count(value_member(spec, "empty")), 0);
    cr_assert_eq(value_count(value_member(spec, "none")), 0);
    cr_assert(value_is(value_member(value_item(list, 1), "name"), "side"));
    cr_assert(!value_exists(value_item(list, 2)));
    cr_assert(!value_exists(value_item(list, SIZE_MAX)));
}

/* ---- Numbers ---- */

struct number {
    const char *name;
    const char *text;
    bool good;
    int64_t want;
};

static const struct number numbers[] = {
    {"zero", "0", true, 0},
    {"one below zero", "-1", true, -1},
    {"the largest", "9223372036854775807", true, INT64_MAX},
    {"the smallest", "-9223372036854775808", true, INT64_MIN},
    {"beyond a double", "9007199254740993", true, 9007199254740993},
    {"too large", "9223372036854775808", false, 0},
    {"too small", "-9223372036854775809", false, 0},
    {"minus zero", "-0", false, 0},
    {"a fraction of nothing", "1.0", false, 0},
    {"an exponent", "1e3", false, 0},
    {"a string of digits", "\"1\"", false, 0},
    {"true", "true", false, 0},
    {"null", "null", false, 0},
    {"an array", "[1]", false, 0},
};

EACH_ROW(value, reads_whole_numbers_exactly, numbers)
{
    const struct number *c = &numbers[*index];
    AUTO(json) struct json doc = {0};
    struct error err = {0};
    int64_t got = 77;
    struct value v = support_parse(&doc, slice_of(c->text));

    int rc = value_int64(v, &got, &err);

    cr_assert_eq(rc, c->good ? 0 : -1, "%s", c->name);
    cr_assert_eq(got, c->good ? c->want : 77, "%s", c->name);
    cr_assert_eq(err.code, c->good ? ERR_NONE : ERR_MALFORMED, "%s", c->name);
}

/* ---- Comparing ---- */

struct comparison {
    const char *name;
    const char *a;
    const char *b;
    bool equal;
};

static const struct comparison comparisons[] = {
    {"the same text", "{\"a\":[1,{}]}", "{\"a\":[1,{}]}", true},
    {"white space", "{ \"a\" : [ 1 ] }", "{\"a\":[1]}", true},
    {"members in another order", "{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", true},
    {"inner members in another order", "[{\"a\":{\"b\":1,\"c\":2}}]", "[{\"a\":{\"c\":2,\"b\":1}}]",
     true},
    {"items in another order", "[1,2]", "[2,1]", false},
    {"an escape", "\"\\u0061\"", "\"a\"", true},
    {"an escape in a name", "{\"\\u0061\":1}", "{\"a\":1}", true},
    {"numbers by their text", "1", "1.0", false},
    {"numbers that a double takes for one", "9007199254740993", "9007199254740992", false},
    {"a number and a string", "1", "\"1\"", false},
    {"null and false", "null", "false", false},
    {"true and false", "true", "false", false},
    {"null and null", "null", "null", true},
    {"an empty array and an empty object", "[]", "{}", false},
    {"a member more", "{\"a\":1}", "{\"a\":1,\"b\":2}", false},
    {"a member less", "{\"a\":1,\"b\":2}", "{\"a\":1}", false},
    {"another name", "{\"a\":1}", "{\"b\":1}", false},
    {"another value", "{\"a\":1}", "{\"a\":2}", false},
    {"null and missing", "{\"a\":null}", "{\"b\":null}", false},
    {"an item more", "[1]", "[1,1]", false},
    {"a difference deep down", "[[[[{\"a\":[0]}]]]]", "[[[[{\"a\":[1]}]]]]", false},
    {"a difference behind something deep", "[[[[0]]],1]", "[[[[0]]],2]", false},
};

EACH_ROW(value, compares_content, comparisons)
{
    const struct comparison *c = &comparisons[*index];
    AUTO(json) struct json first = {0};
    AUTO(json) struct json second = {0};
    struct value a = support_parse(&first, slice_of(c->a));
    struct value b = support_parse(&second, slice_of(c->b));

    cr_assert_eq(value_equal(a, b), c->equal, "%s", c->name);
    cr_assert_eq(value_equal(b, a), c->equal, "%s, the other way", c->name);
    cr_assert(value_equal(a, a), "%s: unequal to itself", c->name);
}

Test(value, compares_as_deep_as_a_document_can_be)
{
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json first = {0};
    AUTO(json) struct json second = {0};

    buf_init(&text, SUPPORT_MAX);
    for (unsigned i = 0; i < JSON_MAX_DEPTH; i++) {
        buf_char(&text, '[');
    }
    for (unsigned i = 0; i < JSON_MAX_DEPTH; i++) {
        buf_char(&text, ']');
    }
    struct value a = support_parse(&first, buf_view(&text));
    struct value b = support_parse(&second, buf_view(&text));
    cr_assert(value_equal(a, b));
}

/* ---- Writing ---- */

Test(value, writes_what_came_as_it_came)
{
    static const char text[] = " { \"n\" : 1.50e+2 , \"s\":\"\\u0041\" } ";
    AUTO(json) struct json doc = {0};
    AUTO(buf) struct buf whole = {0};
    AUTO(buf) struct buf part = {0};
    struct value root = support_parse(&doc, SLICE(text));

    cr_assert_str_eq(support_encode(&whole, root), "{ \"n\" : 1.50e+2 , \"s\":\"\\u0041\" }");
    cr_assert_str_eq(support_encode(&part, value_member(root, "s")), "\"\\u0041\"");
    cr_assert(slice_is(value_raw(value_member(root, "n")), "1.50e+2"));
}
