/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/patch.h"
#include "lib/kube/pointer.h"
#include "tests/kube/support.h"

/* ---- Reading ---- */

struct place {
    const char *name;
    const char *text;
    const char *want; /* the tokens, each behind a '|' */
};

static const struct place places[] = {
    {"the whole object", "", ""},
    {"one token", "/spec", "|spec"},
    {"some tokens", "/spec/containers/0/image", "|spec|containers|0|image"},
    {"an empty token", "/", "|"},
    {"empty tokens", "/a//b/", "|a||b|"},
    {"~1", "/metadata/labels/a.b~1c", "|metadata|labels|a.b/c"},
    {"~0", "/a~0b", "|a~b"},
    {"~01 is ~1, not /", "/~01", "|~1"},
    {"several", "/~0~1~1~0/x", "|~//~|x"},
};

EACH_ROW(pointer, is_cut_into_tokens, places)
{
    const struct place *c = &places[*index];
    AUTO(arena) struct arena arena = {0};
    AUTO(buf) struct buf got = {0};
    struct pointer pointer;
    struct error err = {0};

    arena_init(&arena, 10000);
    buf_init(&got, 1000);
    cr_assert_eq(pointer_parse(&pointer, slice_of(c->text), &arena, &err), 0, "%s: %s", c->name,
                 err.text);
    for (size_t i = 0; i < pointer.count; i++) {
        buf_char(&got, '|');
        buf_slice(&got, pointer.tokens[i]);
    }
    cr_assert_str_eq(buf_cstr(&got), c->want, "%s: %s", c->name, buf_cstr(&got));
    cr_assert(slice_is(pointer_upto(&pointer, pointer.count), c->text), "%s", c->name);
}

Test(pointer, gives_its_beginning)
{
    AUTO(arena) struct arena arena = {0};
    struct pointer pointer;
    struct error err = {0};

    arena_init(&arena, 10000);
    cr_assert_eq(pointer_parse(&pointer, SLICE("/a~1b/c/d"), &arena, &err), 0);
    cr_assert(slice_is(pointer_upto(&pointer, 0), ""));
    cr_assert(slice_is(pointer_upto(&pointer, 1), "/a~1b"));
    cr_assert(slice_is(pointer_upto(&pointer, 2), "/a~1b/c"));
}

struct bad_place {
    const char *name;
    const char *text;
    const char *want;
};

static const struct bad_place bad_places[] = {
    {"no slash", "spec", "a place begins with '/'"},
    {"a ~ alone", "/a~", "~ is followed by 0 or 1 in a place"},
    {"a ~ before a slash", "/a~/b", "~ is followed by 0 or 1 in a place"},
    {"~2", "/a~2", "~ is followed by 0 or 1 in a place"},
};

EACH_ROW(pointer, is_refused, bad_places)
{
    const struct bad_place *c = &bad_places[*index];
    AUTO(arena) struct arena arena = {0};
    struct pointer pointer;
    struct error err = {0};

    arena_init(&arena, 10000);
    cr_assert_eq(pointer_parse(&pointer, slice_of(c->text), &arena, &err), -1, "%s", c->name);
    cr_assert_eq(err.code, ERR_MALFORMED, "%s", c->name);
    cr_assert_str_eq(err.text, c->want, "%s: %s", c->name, err.text);
}

Test(pointer, has_128_tokens_at_most)
{
    AUTO(arena) struct arena arena = {0};
    AUTO(buf) struct buf text = {0};
    struct pointer pointer;
    struct error err = {0};

    arena_init(&arena, 10000);
    buf_init(&text, 1000);
    for (unsigned i = 0; i < NODE_MAX_DEPTH; i++) {
        buf_text(&text, "/a");
    }
    cr_assert_eq(pointer_parse(&pointer, buf_view(&text), &arena, &err), 0, "%s", err.text);
    buf_char(&text, '/');
    cr_assert_eq(pointer_parse(&pointer, buf_view(&text), &arena, &err), -1);
    cr_assert_eq(err.code, ERR_TOO_LARGE);
}

/* ---- Indexes ---- */

struct item {
    const char *token;
    bool good;
    size_t want;
};

static const struct item items[] = {
    {"0", true, 0},           {"7", true, 7},    {"10", true, 10},
    {"01", false, 0},         {"00", false, 0},  {"-1", false, 0},
    {"-", false, 0},          {"", false, 0},    {"+1", false, 0},
    {"1 ", false, 0},         {"1e0", false, 0}, {"99999999999999999999", false, 0},
    {"4294967296", false, 0},
};

EACH_ROW(pointer, reads_indexes_strictly, items)
{
    const struct item *c = &items[*index];
    size_t got = 77;

    cr_assert_eq(pointer_index(slice_of(c->token), &got), c->good, "\"%s\"", c->token);
    cr_assert_eq(got, c->good ? c->want : 77, "\"%s\"", c->token);
}

/* ---- Writing ---- */

Test(pointer, escapes_names)
{
    AUTO(buf) struct buf out = {0};

    buf_init(&out, 100);
    pointer_escape(&out, SLICE("a~b/c~1"));
    cr_assert_str_eq(buf_cstr(&out), "a~0b~1c~01");
}
