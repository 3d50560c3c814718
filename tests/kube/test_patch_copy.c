/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/patch.h"
#include "tests/kube/replay.h"

Test(patch_copy, shows_the_edits_before)
{
    AUTO(json) struct json doc = {0};
    struct error err = {0};
    struct value object =
        support_parse(&doc, SLICE("{\"spec\":{\"template\":{\"a\":[{\"n\":1}]}}}"));
    AUTO(patch) struct patch *patch = patch_new(object, "/spec/template");

    cr_assert(value_equal(patch_object(patch), object));
    cr_assert(value_equal(patch_target(patch), value_get(object, "spec", "template", NULL)));
    cr_assert_eq(patch_add_json(patch, SLICE("\"x\""), &err, "/a/%d", 0), 0, "%s", err.text);
    cr_assert_eq(patch_add_json(patch, SLICE("\"y\""), &err, "/labels/%s", "b"), 0, "%s", err.text);

    struct value target = patch_target(patch);
    struct value list = value_member(target, "a");
    struct value_iter iter = value_iter(target);
    struct slice key;
    struct value item;
    cr_assert_eq(value_count(list), 2);
    cr_assert(value_is(value_item(list, 0), "x"));
    cr_assert_eq(value_kind(value_item(list, 1)), JSON_OBJECT);
    cr_assert(!value_exists(value_item(list, 2)));
    cr_assert(value_is(value_get(target, "labels", "b", NULL), "y"));
    cr_assert(!value_exists(value_member(target, "c")));
    cr_assert_eq(value_raw(target).data, NULL, "a changed container has no text of its own");
    cr_assert(value_next(&iter, &key, &item) && slice_is(key, "a"));
    cr_assert(value_next(&iter, &key, &item) && slice_is(key, "labels"));
    cr_assert(!value_next(&iter, &key, &item));
    cr_assert_eq(value_count(value_get(object, "spec", "template", "a", NULL)), 1,
                 "the original is as it was");
}

Test(patch_copy, a_target_that_is_missing_is_absent)
{
    AUTO(json) struct json doc = {0};
    AUTO(patch)
    struct patch *patch = patch_new(support_parse(&doc, SLICE("{\"spec\":{}}")), "/spec/template");

    cr_assert(!value_exists(patch_target(patch)));
}

Test(patch_copy, compares_changed_containers_with_text)
{
    AUTO(json) struct json doc = {0};
    AUTO(json) struct json same = {0};
    struct error err = {0};
    AUTO(patch) struct patch *patch = patch_new(support_parse(&doc, SLICE("{\"a\":[1]}")), "");

    cr_assert_eq(patch_add_json(patch, SLICE("2"), &err, "/a/-"), 0);
    cr_assert(value_equal(patch_object(patch), support_parse(&same, SLICE("{ \"a\" : [1, 2]}"))));
    cr_assert(!value_equal(patch_object(patch), value_root(&doc)));
}

Test(patch_copy, adds_a_value_of_another_document)
{
    AUTO(json) struct json doc = {0};
    AUTO(json) struct json other = {0};
    AUTO(buf) struct buf copy = {0};
    struct error err = {0};
    struct value object = support_parse(&doc, SLICE("{}"));
    struct value value = value_member(support_parse(&other, SLICE("{\"v\":{\"x\": 1}}")), "v");
    AUTO(patch) struct patch *patch = patch_new(object, "");

    cr_assert_eq(patch_add(patch, value, &err, "/a"), 0, "%s", err.text);
    cr_assert_eq(patch_add_json(patch, SLICE("2"), &err, "/a/y"), 0, "%s", err.text);
    cr_assert_str_eq(support_encode(&copy, patch_object(patch)), "{\"a\":{\"x\":1,\"y\":2}}");
    cr_assert_eq(value_count(value), 1, "the other document is as it was");
    replay_assert(patch, object, "another document");
}

/* A changed container that is added elsewhere is the value of that moment, in copy and operation.
 */
Test(patch_copy, adds_a_part_of_its_own_copy)
{
    AUTO(json) struct json doc = {0};
    AUTO(buf) struct buf copy = {0};
    struct error err = {0};
    struct value object = support_parse(&doc, SLICE("{\"a\":{}}"));
    AUTO(patch) struct patch *patch = patch_new(object, "");

    cr_assert_eq(patch_add_json(patch, SLICE("1"), &err, "/a/x"), 0, "%s", err.text);
    cr_assert_eq(patch_add(patch, value_member(patch_object(patch), "a"), &err, "/b"), 0, "%s",
                 err.text);
    cr_assert_eq(patch_add_json(patch, SLICE("2"), &err, "/a/y"), 0, "%s", err.text);
    cr_assert_eq(patch_add_json(patch, SLICE("3"), &err, "/b/z"), 0, "%s", err.text);
    cr_assert_str_eq(support_encode(&copy, patch_object(patch)),
                     "{\"a\":{\"x\":1,\"y\":2},\"b\":{\"x\":1,\"z\":3}}");
    replay_assert(patch, object, "a part of its own copy");
}

Test(patch_copy, edits_the_copy_of_another_patch)
{
    AUTO(json) struct json doc = {0};
    AUTO(buf) struct buf copy = {0};
    AUTO(buf) struct buf original = {0};
    struct error err = {0};
    struct value object = support_parse(&doc, SLICE("{\"a\":{\"k\\u0065y\":1}}"));
    AUTO(patch) struct patch *first = patch_new(object, "");
    cr_assert_eq(patch_add_json(first, SLICE("1"), &err, "/a/x"), 0, "%s", err.text);
    AUTO(patch) struct patch *second = patch_new(patch_object(first), "");

    cr_assert_eq(patch_add_json(second, SLICE("2"), &err, "/a/y"), 0, "%s", err.text);

    cr_assert_str_eq(support_encode(&copy, patch_object(second)),
                     "{\"a\":{\"k\\u0065y\":1,\"x\":1,\"y\":2}}");
    cr_assert_str_eq(support_encode(&original, patch_object(first)),
                     "{\"a\":{\"k\\u0065y\":1,\"x\":1}}");
    replay_assert(second, patch_object(first), "another patch's copy");
}

/* ---- Limits ---- */

/* A place of so many tokens, the last one being `last`. */
static void deep_place(struct buf *place, unsigned tokens, const char *last)
{
    buf_init(place, 1000);
    for (unsigned i = 1; i < tokens; i++) {
        buf_text(place, "/a");
    }
    buf_printf(place, "/%s", last);
}

Test(patch_copy, reaches_places_of_128_tokens)
{
    AUTO(json) struct json doc = {0};
    AUTO(buf) struct buf place = {0};
    AUTO(buf) struct buf array = {0};
    struct error err = {0};
    struct value object = support_parse(&doc, SLICE("{}"));
    AUTO(patch) struct patch *patch = patch_new(object, "");

    deep_place(&place, JSON_MAX_DEPTH, "-");
    deep_place(&array, JSON_MAX_DEPTH - 1, "a");
    cr_assert_eq(patch_add_json(patch, SLICE("[1,2]"), &err, "%s", buf_cstr(&place)), 0, "%s",
                 err.text);
    cr_assert_eq(patch_add_json(patch, SLICE("3"), &err, "%s", buf_cstr(&place)), 0, "%s",
                 err.text);
    cr_assert_eq(patch_move(patch, buf_cstr(&array), 1, 0, &err), 0, "%s", err.text);
    replay_assert(patch, object, "128 tokens");
}

Test(patch_copy, refuses_places_of_129_tokens)
{
    AUTO(json) struct json doc = {0};
    AUTO(buf) struct buf place = {0};
    AUTO(buf) struct buf array = {0};
    struct error err = {0};
    AUTO(patch) struct patch *patch = patch_new(support_parse(&doc, SLICE("{}")), "");

    deep_place(&place, JSON_MAX_DEPTH + 1, "b");
    cr_assert_eq(patch_add_json(patch, SLICE("1"), &err, "%s", buf_cstr(&place)), -1);
    cr_assert_eq(err.code, ERR_TOO_LARGE, "%s", err.text);
    err = (struct error){0};
    deep_place(&array, JSON_MAX_DEPTH, "a");
    cr_assert_eq(patch_move(patch, buf_cstr(&array), 1, 0, &err), -1);
    cr_assert_eq(err.code, ERR_TOO_LARGE, "%s", err.text);
}

Test(patch_copy, refuses_a_place_that_is_too_long)
{
    AUTO(json) struct json doc = {0};
    AUTO(buf) struct buf out = {0};
    struct error err = {0};
    AUTO(patch) struct patch *patch = patch_new(support_parse(&doc, SLICE("{}")), "");

    cr_assert_eq(patch_add_json(patch, SLICE("1"), &err, "/%70000d", 1), -1);
    cr_assert_eq(err.code, ERR_TOO_LARGE, "%s", err.text);
    buf_init(&out, 1000);
    cr_assert_eq(patch_encode(patch, &out, &err), -1, "what was cut short is not sent");
}

Test(patch_copy, refuses_an_array_that_is_too_large_to_change)
{
    AUTO(json) struct json doc = {0};
    AUTO(buf) struct buf text = {0};
    AUTO(buf) struct buf out = {0};
    struct error err = {0};

    buf_init(&text, SUPPORT_MAX);
    buf_text(&text, "{\"a\":[0");
    for (unsigned i = 0; i < 1000000; i++) {
        buf_text(&text, ",0");
    }
    buf_text(&text, "]}");
    AUTO(patch) struct patch *patch = patch_new(support_parse(&doc, buf_view(&text)), "");
    cr_assert_eq(patch_add_json(patch, SLICE("1"), &err, "/b/c"), 0, "beside it all is well");
    cr_assert_eq(patch_add_json(patch, SLICE("1"), &err, "/a/-"), -1);
    cr_assert_eq(err.code, ERR_TOO_LARGE, "%s", err.text);
    cr_assert_str_eq(err.text, "/a/-: \"a\": the object is too large to be changed");
    buf_init(&out, 1000);
    cr_assert_eq(patch_encode(patch, &out, &err), -1, "what was left half done is not sent");
    cr_assert_eq(err.code, ERR_TOO_LARGE);
}

/* Until nothing at all can be added: whichever piece it is that finds no room, it says so. */
Test(patch_copy, says_too_large_wherever_the_room_ends)
{
    AUTO(json) struct json doc = {0};
    AUTO(buf) struct buf text = {0};
    struct error err = {0};
    AUTO(patch) struct patch *patch = patch_new(support_parse(&doc, SLICE("{\"a~\":1}")), "");

    buf_init(&text, 1000000);
    for (size_t size = 500000; size > 100000; size = size * 2 / 3) {
        buf_clear(&text);
        buf_printf(&text, "%*d", (int)size, 1);
        while (patch_add_json(patch, buf_view(&text), &err, "/a~0") == 0) {
        }
        cr_assert_eq(err.code, ERR_TOO_LARGE, "%s", err.text);
    }
    for (size_t size = 60000; size > 0; size = size * 4 / 5) {
        while (patch_add_json(patch, SLICE("1"), &err, "/a~0%*d", (int)size, 1) == 0) {
        }
        cr_assert_eq(err.code, ERR_TOO_LARGE, "%zu: %s", size, err.text);
    }
}
