/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/patch.h"
#include "tests/kube/replay.h"

struct edit {
    const char *place;
    const char *json; /* NULL: it moves an item */
    size_t from;
    size_t to;
};

#define ADD(place, json)                                                                           \
    {                                                                                              \
        place, json, 0, 0                                                                          \
    }
#define SHIFT(place, from, to)                                                                     \
    {                                                                                              \
        place, NULL, from, to                                                                      \
    }

struct edited {
    const char *name;
    const char *object;
    const char *prefix;
    struct edit edits[4];
    const char *operations;
    const char *want;
};

static const struct edited edited[] = {
    {"nothing", "{ \"a\" : 1 }", "", {ADD(NULL, NULL)}, "[]", "{ \"a\" : 1 }"},
    {"a new member",
     "{\"a\":1}",
     "",
     {ADD("/b", "2")},
     "[{\"op\":\"add\",\"path\":\"/b\",\"value\":2}]",
     "{\"a\":1,\"b\":2}"},
    {"a member that exists is set in its place",
     "{\"a\":1,\"b\":2}",
     "",
     {ADD("/a", "\"x\"")},
     "[{\"op\":\"add\",\"path\":\"/a\",\"value\":\"x\"}]",
     "{\"a\":\"x\",\"b\":2}"},
    {"a member that is null is set",
     "{\"a\":null}",
     "",
     {ADD("/a", "[]")},
     "[{\"op\":\"add\",\"path\":\"/a\",\"value\":[]}]",
     "{\"a\":[]}"},
    {"null is a value like any other",
     "{}",
     "",
     {ADD("/a", "null")},
     "[{\"op\":\"add\",\"path\":\"/a\",\"value\":null}]",
     "{\"a\":null}"},
    {"a missing parent is made first",
     "{}",
     "",
     {ADD("/metadata/labels/x", "\"y\"")},
     "[{\"op\":\"add\",\"path\":\"/metadata\",\"value\":{}},"
     "{\"op\":\"add\",\"path\":\"/metadata/labels\",\"value\":{}},"
     "{\"op\":\"add\",\"path\":\"/metadata/labels/x\",\"value\":\"y\"}]",
     "{\"metadata\":{\"labels\":{\"x\":\"y\"}}}"},
    {"a parent that is null is made anew",
     "{\"metadata\":{\"labels\":null}}",
     "",
     {ADD("/metadata/labels/x", "1")},
     "[{\"op\":\"add\",\"path\":\"/metadata/labels\",\"value\":{}},"
     "{\"op\":\"add\",\"path\":\"/metadata/labels/x\",\"value\":1}]",
     "{\"metadata\":{\"labels\":{\"x\":1}}}"},
    {"a parent is made once",
     "{}",
     "",
     {ADD("/a/b", "1"), ADD("/a/c", "2")},
     "[{\"op\":\"add\",\"path\":\"/a\",\"value\":{}},"
     "{\"op\":\"add\",\"path\":\"/a/b\",\"value\":1},"
     "{\"op\":\"add\",\"path\":\"/a/c\",\"value\":2}]",
     "{\"a\":{\"b\":1,\"c\":2}}"},
    {"a missing array is made for \"-\"",
     "{\"spec\":{}}",
     "",
     {ADD("/spec/volumes/-", "{}")},
     "[{\"op\":\"add\",\"path\":\"/spec/volumes\",\"value\":[]},"
     "{\"op\":\"add\",\"path\":\"/spec/volumes/-\",\"value\":{}}]",
     "{\"spec\":{\"volumes\":[{}]}}"},
    {"an array that is null is made for \"0\"",
     "{\"spec\":{\"initContainers\":null}}",
     "",
     {ADD("/spec/initContainers/0", "{}")},
     "[{\"op\":\"add\",\"path\":\"/spec/initContainers\",\"value\":[]},"
     "{\"op\":\"add\",\"path\":\"/spec/initContainers/0\",\"value\":{}}]",
     "{\"spec\":{\"initContainers\":[{}]}}"},
    {"an array and its first item are made on the way",
     "{}",
     "",
     {ADD("/a/0/b", "1")},
     "[{\"op\":\"add\",\"path\":\"/a\",\"value\":[]},"
     "{\"op\":\"add\",\"path\":\"/a/0\",\"value\":{}},"
     "{\"op\":\"add\",\"path\":\"/a/0/b\",\"value\":1}]",
     "{\"a\":[{\"b\":1}]}"},
    {"\"-\" on the way is a name",
     "{}",
     "",
     {ADD("/a/-/b", "1")},
     "[{\"op\":\"add\",\"path\":\"/a\",\"value\":{}},"
     "{\"op\":\"add\",\"path\":\"/a/-\",\"value\":{}},"
     "{\"op\":\"add\",\"path\":\"/a/-/b\",\"value\":1}]",
     "{\"a\":{\"-\":{\"b\":1}}}"},
    {"another number makes an object",
     "{}",
     "",
     {ADD("/a/1", "1")},
     "[{\"op\":\"add\",\"path\":\"/a\",\"value\":{}},"
     "{\"op\":\"add\",\"path\":\"/a/1\",\"value\":1}]",
     "{\"a\":{\"1\":1}}"},
    {"an item is put before another",
     "{\"a\":[1,2]}",
     "",
     {ADD("/a/0", "0"), ADD("/a/2", "\"m\"")},
     "[{\"op\":\"add\",\"path\":\"/a/0\",\"value\":0},"
     "{\"op\":\"add\",\"path\":\"/a/2\",\"value\":\"m\"}]",
     "{\"a\":[0,1,\"m\",2]}"},
    {"an item is put at the end, by number and by \"-\"",
     "{\"a\":[1]}",
     "",
     {ADD("/a/1", "2"), ADD("/a/-", "3")},
     "[{\"op\":\"add\",\"path\":\"/a/1\",\"value\":2},"
     "{\"op\":\"add\",\"path\":\"/a/-\",\"value\":3}]",
     "{\"a\":[1,2,3]}"},
    {"an inner place of an item",
     "{\"a\":[{\"b\":1},{\"b\":2}]}",
     "",
     {ADD("/a/1/c", "3")},
     "[{\"op\":\"add\",\"path\":\"/a/1/c\",\"value\":3}]",
     "{\"a\":[{\"b\":1},{\"b\":2,\"c\":3}]}"},
    {"names that are escaped",
     "{\"a/b\":{},\"c\\td\":1}",
     "",
     {ADD("/a~1b/c~0d", "1"), ADD("/q\"\\", "2")},
     "[{\"op\":\"add\",\"path\":\"/a~1b/c~0d\",\"value\":1},"
     "{\"op\":\"add\",\"path\":\"/q\\\"\\\\\",\"value\":2}]",
     "{\"a/b\":{\"c~d\":1},\"c\\td\":1,\"q\\\"\\\\\":2}"},
    {"below a prefix",
     "{\"spec\":{\"template\":{\"spec\":{\"containers\":[1,2]}}}}",
     "/spec/template",
     {ADD("/spec/x", "1"), SHIFT("/spec/containers", 1, 0)},
     "[{\"op\":\"add\",\"path\":\"/spec/template/spec/x\",\"value\":1},"
     "{\"op\":\"move\",\"from\":\"/spec/template/spec/containers/1\","
     "\"path\":\"/spec/template/spec/containers/0\"}]",
     "{\"spec\":{\"template\":{\"spec\":{\"containers\":[2,1],\"x\":1}}}}"},
    {"an item moves to the front",
     "{\"a\":[1,2,3]}",
     "",
     {SHIFT("/a", 2, 0)},
     "[{\"op\":\"move\",\"from\":\"/a/2\",\"path\":\"/a/0\"}]",
     "{\"a\":[3,1,2]}"},
    {"an item moves to the end",
     "{\"a\":[1,2,3]}",
     "",
     {SHIFT("/a", 0, 2)},
     "[{\"op\":\"move\",\"from\":\"/a/0\",\"path\":\"/a/2\"}]",
     "{\"a\":[2,3,1]}"},
    {"an item moves one place, both ways",
     "{\"a\":[1,2,3,4]}",
     "",
     {SHIFT("/a", 1, 2), SHIFT("/a", 3, 2)},
     "[{\"op\":\"move\",\"from\":\"/a/1\",\"path\":\"/a/2\"},"
     "{\"op\":\"move\",\"from\":\"/a/3\",\"path\":\"/a/2\"}]",
     "{\"a\":[1,3,4,2]}"},
    {"an item that is there already does not move",
     "{\"a\":[ 1 , 2 ]}",
     "",
     {SHIFT("/a", 1, 1)},
     "[]",
     "{\"a\":[1,2]}"},
    {"an item that was changed moves with its changes",
     "{\"a\":[{},{}]}",
     "",
     {ADD("/a/1/x", "1"), SHIFT("/a", 1, 0), ADD("/a/0/y", "2")},
     "[{\"op\":\"add\",\"path\":\"/a/1/x\",\"value\":1},"
     "{\"op\":\"move\",\"from\":\"/a/1\",\"path\":\"/a/0\"},"
     "{\"op\":\"add\",\"path\":\"/a/0/y\",\"value\":2}]",
     "{\"a\":[{\"x\":1,\"y\":2},{}]}"},
    {"what was added can be changed",
     "{}",
     "",
     {ADD("/a", "{\"b\":[1]}"), ADD("/a/b/-", "2"), ADD("/a/c", "3")},
     "[{\"op\":\"add\",\"path\":\"/a\",\"value\":{\"b\":[1]}},"
     "{\"op\":\"add\",\"path\":\"/a/b/-\",\"value\":2},"
     "{\"op\":\"add\",\"path\":\"/a/c\",\"value\":3}]",
     "{\"a\":{\"b\":[1,2],\"c\":3}}"},
    {"what was not touched stays as it was written",
     "{ \"n\" : 1.50e+2 , \"k\\u0065y\" : [ 1 ,2 ] , \"o\" : { \"p\" : {} } }",
     "",
     {ADD("/o/q", "1")},
     "[{\"op\":\"add\",\"path\":\"/o/q\",\"value\":1}]",
     "{\"n\":1.50e+2,\"k\\u0065y\":[ 1 ,2 ],\"o\":{\"p\":{},\"q\":1}}"},
    {"a value keeps its text",
     "{}",
     "",
     {ADD("/a", " { \"x\" : 1.0 } ")},
     "[{\"op\":\"add\",\"path\":\"/a\",\"value\":{ \"x\" : 1.0 }}]",
     "{\"a\":{ \"x\" : 1.0 }}"},
};

static int make(struct patch *patch, const struct edit *edit, struct error *err)
{
    if (edit->json == NULL) {
        return patch_move(patch, edit->place, edit->from, edit->to, err);
    }
    return patch_add_json(patch, slice_of(edit->json), err, "%s", edit->place);
}

EACH_ROW(patch, records_what_it_does, edited)
{
    const struct edited *c = &edited[*index];
    AUTO(json) struct json doc = {0};
    AUTO(buf) struct buf operations = {0};
    AUTO(buf) struct buf copy = {0};
    struct error err = {0};
    struct value object = support_parse(&doc, slice_of(c->object));
    AUTO(patch) struct patch *patch = patch_new(object, c->prefix);

    for (size_t i = 0; i < COUNT_OF(c->edits) && c->edits[i].place != NULL; i++) {
        cr_assert_eq(make(patch, &c->edits[i], &err), 0, "%s: %s", c->name, err.text);
    }
    buf_init(&operations, SUPPORT_MAX);
    cr_assert_eq(patch_encode(patch, &operations, &err), 0, "%s: %s", c->name, err.text);
    cr_assert_str_eq(buf_cstr(&operations), c->operations, "%s: %s", c->name,
                     buf_cstr(&operations));
    cr_assert_str_eq(support_encode(&copy, patch_object(patch)), c->want, "%s: %s", c->name,
                     buf_cstr(&copy));
    if (patch_count(patch) > 0) {
        replay_assert(patch, object, c->name);
    }
}

/* ---- Refusals ---- */

struct refused {
    const char *name;
    const char *object;
    struct edit edit;
    const char *want;
};

static const struct refused refused[] = {
    {"the whole object", "{}", ADD("", "1"), ": the whole object cannot be set"},
    {"no slash", "{}", ADD("a", "1"), "a: a place begins with '/'"},
    {"a broken escape", "{}", ADD("/a~2", "1"), "/a~2: ~ is followed by 0 or 1 in a place"},
    {"a value that is no JSON", "{}", ADD("/a", "{"),
     "/a: 1:2: the text ends where a key in quotes should stand"},
    {"two values", "{}", ADD("/a", "1 2"),
     "/a: 1:3: the end of the text should stand here, not '2'"},
    {"a doubled key in a value", "{}", ADD("/a", "{\"x\":1,\"x\":2}"),
     "/a: 1:8: the key \"x\" stands twice in its object"},
    {"into a number", "{\"a\":1}", ADD("/a/b", "1"), "/a/b: \"a\": this is no object and no array"},
    {"into a string", "{\"a\":\"x\"}", ADD("/a/0", "1"),
     "/a/0: \"a\": this is no object and no array"},
    {"into a boolean, deeper", "{\"a\":{\"b\":true}}", ADD("/a/b/c/d", "1"),
     "/a/b/c/d: \"b\": this is no object and no array"},
    {"an index behind the end", "{\"a\":[1]}", ADD("/a/2", "1"), "/a/2: there is no \"2\""},
    {"an index with a leading zero", "{\"a\":[1]}", ADD("/a/00", "1"), "/a/00: there is no \"00\""},
    {"a name in an array", "{\"a\":[1]}", ADD("/a/x", "1"), "/a/x: there is no \"x\""},
    {"an index below zero", "{\"a\":[1]}", ADD("/a/-1", "1"), "/a/-1: there is no \"-1\""},
    {"an empty index", "{\"a\":[1]}", ADD("/a/", "1"), "/a/: there is no \"\""},
    {"through an item that is not there", "{\"a\":[{}]}", ADD("/a/1/b", "1"),
     "/a/1/b: there is no \"1\""},
    {"through the end of an array", "{\"a\":[{}]}", ADD("/a/-/b", "1"),
     "/a/-/b: there is no \"-\""},
    {"through the first item of an empty array", "{\"a\":[]}", ADD("/a/0/b", "1"),
     "/a/0/b: there is no \"0\""},
    {"through an item that is null", "{\"a\":[null]}", ADD("/a/0/b", "1"),
     "/a/0/b: \"0\": this is no object and no array"},
    {"an object that is none", "[]", ADD("/a", "1"), "/a: there is no \"a\""},
    {"an object that is a string", "\"x\"", ADD("/a", "1"), "/a: this is no object and no array"},
    {"moving in an object", "{\"a\":{\"b\":1}}", SHIFT("/a", 0, 0), "/a: this is no array"},
    {"moving in nothing", "{}", SHIFT("/a", 0, 0), "/a: there is no \"a\""},
    {"moving in null", "{\"a\":null}", SHIFT("/a", 0, 0),
     "/a: \"a\": this is no object and no array"},
    {"moving from behind the end", "{\"a\":[1,2]}", SHIFT("/a", 2, 0),
     "/a: item 2 of 2 cannot become item 0"},
    {"moving behind the end", "{\"a\":[1,2]}", SHIFT("/a", 0, 2),
     "/a: item 0 of 2 cannot become item 2"},
    {"moving without a slash", "{\"a\":[1,2]}", SHIFT("a", 0, 1), "a: a place begins with '/'"},
};

EACH_ROW(patch, refuses_and_changes_nothing, refused)
{
    const struct refused *c = &refused[*index];
    AUTO(json) struct json doc = {0};
    AUTO(buf) struct buf copy = {0};
    AUTO(buf) struct buf operations = {0};
    struct error err = {0};
    AUTO(patch) struct patch *patch = patch_new(support_parse(&doc, slice_of(c->object)), "");

    cr_assert_eq(make(patch, &c->edit, &err), -1, "%s was done", c->name);
    cr_assert_eq(err.code, ERR_MALFORMED, "%s", c->name);
    cr_assert_str_eq(err.text, c->want, "%s: %s", c->name, err.text);
    cr_assert_str_eq(support_encode(&copy, patch_object(patch)), c->object, "%s", c->name);
    buf_init(&operations, 1000);
    cr_assert_eq(patch_encode(patch, &operations, &err), 0, "%s", c->name);
    cr_assert_str_eq(buf_cstr(&operations), "[]", "%s", c->name);
}

Test(patch, refuses_a_value_that_is_absent)
{
    AUTO(json) struct json doc = {0};
    struct error err = {0};
    AUTO(patch) struct patch *patch = patch_new(support_parse(&doc, SLICE("{}")), "");

    cr_assert_eq(patch_add(patch, VALUE_ABSENT, &err, "/a/b"), -1);
    cr_assert_eq(err.code, ERR_MALFORMED);
    cr_assert_str_eq(err.text, "/a/b: there is no value to be added");
    cr_assert_eq(patch_count(patch), 0);
}
