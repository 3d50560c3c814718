/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/patch.h"
#include "tests/kube/support.h"

/* ---- What RFC 6902 has it do ---- */

struct applied {
    const char *name;
    const char *object;
    const char *operations;
    const char *want;
};

/* The first ones are those of RFC 6902, appendix A. */
static const struct applied applied[] = {
    {"A.1 adding a member", "{\"foo\":\"bar\"}",
     "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\"}]", "{\"foo\":\"bar\",\"baz\":\"qux\"}"},
    {"A.2 adding an item", "{\"foo\":[\"bar\",\"baz\"]}",
     "[{\"op\":\"add\",\"path\":\"/foo/1\",\"value\":\"qux\"}]",
     "{\"foo\":[\"bar\",\"qux\",\"baz\"]}"},
    {"A.6 moving a value",
     "{\"foo\":{\"bar\":\"baz\",\"waldo\":\"fred\"},\"qux\":{\"corge\":\"grault\"}}",
     "[{\"op\":\"move\",\"from\":\"/foo/waldo\",\"path\":\"/qux/thud\"}]",
     "{\"foo\":{\"bar\":\"baz\"},\"qux\":{\"corge\":\"grault\",\"thud\":\"fred\"}}"},
    {"A.7 moving an item", "{\"foo\":[\"all\",\"grass\",\"cows\",\"eat\"]}",
     "[{\"op\":\"move\",\"from\":\"/foo/1\",\"path\":\"/foo/3\"}]",
     "{\"foo\":[\"all\",\"cows\",\"eat\",\"grass\"]}"},
    {"A.10 adding an object", "{\"foo\":\"bar\"}",
     "[{\"op\":\"add\",\"path\":\"/child\",\"value\":{\"grandchild\":{}}}]",
     "{\"foo\":\"bar\",\"child\":{\"grandchild\":{}}}"},
    {"A.11 an unknown member is ignored", "{\"foo\":\"bar\"}",
     "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\",\"xyz\":123}]",
     "{\"foo\":\"bar\",\"baz\":\"qux\"}"},
    {"A.16 adding to an array", "{\"foo\":[\"bar\"]}",
     "[{\"op\":\"add\",\"path\":\"/foo/-\",\"value\":[\"abc\",\"def\"]}]",
     "{\"foo\":[\"bar\",[\"abc\",\"def\"]]}"},
    {"nothing", "{ \"a\" : 1 }", "[]", "{ \"a\" : 1 }"},
    {"setting a member", "{\"a\":1,\"b\":2}", "[{\"op\":\"add\",\"path\":\"/a\",\"value\":null}]",
     "{\"a\":null,\"b\":2}"},
    {"an item at the end", "{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/1\",\"value\":2}]",
     "{\"a\":[1,2]}"},
    {"members in any order", "{\"a\":[1]}", "[{\"value\":2,\"path\":\"/a/0\",\"op\":\"add\"}]",
     "{\"a\":[2,1]}"},
    {"an escaped place", "{\"a/b\":{\"~\":[]}}",
     "[{\"op\":\"add\",\"path\":\"/a~1b/~0/-\",\"value\":1}]", "{\"a/b\":{\"~\":[1]}}"},
    {"a place with escapes of JSON", "{\"a\":{}}",
     "[{\"op\":\"add\",\"path\":\"\\u002fa/b\\n\",\"value\":1}]", "{\"a\":{\"b\\n\":1}}"},
    {"moving to the same place", "{\"a\":[1,2]}",
     "[{\"op\":\"move\",\"from\":\"/a/1\",\"path\":\"/a/1\"}]", "{\"a\":[1,2]}"},
    {"moving a changed value deeper", "{\"a\":{},\"b\":{\"c\":{}}}",
     "[{\"op\":\"add\",\"path\":\"/a/x\",\"value\":1},"
     "{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/b/c/a\"},"
     "{\"op\":\"add\",\"path\":\"/b/c/a/y\",\"value\":2}]",
     "{\"b\":{\"c\":{\"a\":{\"x\":1,\"y\":2}}}}"},
    {"moving beside a place of the same beginning", "{\"a\":1,\"ab\":{}}",
     "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/ab/c\"}]", "{\"ab\":{\"c\":1}}"},
};

EACH_ROW(patch_apply, does_what_the_rfc_says, applied)
{
    const struct applied *c = &applied[*index];
    AUTO(json) struct json doc = {0};
    AUTO(json) struct json patch = {0};
    AUTO(buf) struct buf out = {0};
    struct error err = {0};

    buf_init(&out, 10000);
    int rc = patch_apply(support_parse(&doc, slice_of(c->object)),
                         support_parse(&patch, slice_of(c->operations)), &out, &err);
    cr_assert_eq(rc, 0, "%s: %s", c->name, err.text);
    cr_assert_str_eq(buf_cstr(&out), c->want, "%s: %s", c->name, buf_cstr(&out));
}

/* ---- What it refuses ---- */

struct refused {
    const char *name;
    const char *object;
    const char *operations;
    const char *want;
};

static const struct refused refused[] = {
    {"an object", "{}", "{}", "a patch is an array"},
    {"null", "{}", "null", "a patch is an array"},
    {"an operation that is a string", "{}", "[\"add\"]", "operation 0: \"path\" is no string"},
    {"no op", "{}", "[{\"path\":\"/a\",\"value\":1}]",
     "operation 0: \"op\" is neither add nor move"},
    {"op in capitals", "{}", "[{\"op\":\"Add\",\"path\":\"/a\",\"value\":1}]",
     "operation 0: \"op\" is neither add nor move"},
    {"remove", "{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"/a\"}]",
     "operation 0: \"op\" is neither add nor move"},
    {"replace", "{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":1}]",
     "operation 0: \"op\" is neither add nor move"},
    {"copy", "{\"a\":1}", "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"}]",
     "operation 0: \"op\" is neither add nor move"},
    {"test", "{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":1}]",
     "operation 0: \"op\" is neither add nor move"},
    {"no path", "{}", "[{\"op\":\"add\",\"value\":1}]", "operation 0: \"path\" is no string"},
    {"a path that is a number", "{}", "[{\"op\":\"add\",\"path\":1,\"value\":1}]",
     "operation 0: \"path\" is no string"},
    {"a path that is null", "{}", "[{\"op\":\"add\",\"path\":null,\"value\":1}]",
     "operation 0: \"path\" is no string"},
    {"the whole object", "{}", "[{\"op\":\"add\",\"path\":\"\",\"value\":1}]",
     "operation 0: \"path\" is the whole object"},
    {"a path without a slash", "{}", "[{\"op\":\"add\",\"path\":\"a\",\"value\":1}]",
     "operation 0: path: a place begins with '/'"},
    {"no value", "{}", "[{\"op\":\"add\",\"path\":\"/a\"}]", "operation 0: there is no \"value\""},
    {"no parent", "{}", "[{\"op\":\"add\",\"path\":\"/a/b\",\"value\":1}]",
     "operation 0: there is no \"a\""},
    {"a parent that is null", "{\"a\":null}", "[{\"op\":\"add\",\"path\":\"/a/b\",\"value\":1}]",
     "operation 0: \"a\": this is no object and no array"},
    {"a parent that is a string", "{\"a\":\"x\"}",
     "[{\"op\":\"add\",\"path\":\"/a/0\",\"value\":1}]",
     "operation 0: \"a\": this is no object and no array"},
    {"an index behind the end", "{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/2\",\"value\":1}]",
     "operation 0: there is no \"2\""},
    {"an index below zero", "{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/-1\",\"value\":1}]",
     "operation 0: there is no \"-1\""},
    {"\"-\" on the way", "{\"a\":[{}]}", "[{\"op\":\"add\",\"path\":\"/a/-/b\",\"value\":1}]",
     "operation 0: there is no \"-\""},
    {"the second operation", "{}",
     "[{\"op\":\"add\",\"path\":\"/a\",\"value\":1},{\"op\":\"add\",\"path\":\"/b/"
     "c\",\"value\":1}]",
     "operation 1: there is no \"b\""},
    {"no from", "{\"a\":1}", "[{\"op\":\"move\",\"path\":\"/a\"}]",
     "operation 0: \"from\" is no string"},
    {"from the whole object", "{\"a\":1}", "[{\"op\":\"move\",\"from\":\"\",\"path\":\"/a\"}]",
     "operation 0: \"from\" is the whole object"},
    {"from what is not there", "{\"a\":1}", "[{\"op\":\"move\",\"from\":\"/b\",\"path\":\"/c\"}]",
     "operation 0: there is no \"b\""},
    {"from below what is not there", "{\"a\":1}",
     "[{\"op\":\"move\",\"from\":\"/b/c\",\"path\":\"/c\"}]", "operation 0: there is no \"b\""},
    {"from the end of an array", "{\"a\":[1]}",
     "[{\"op\":\"move\",\"from\":\"/a/-\",\"path\":\"/a/0\"}]", "operation 0: there is no \"-\""},
    {"from an index that is not there", "{\"a\":[1]}",
     "[{\"op\":\"move\",\"from\":\"/a/1\",\"path\":\"/a/0\"}]", "operation 0: there is no \"1\""},
    {"to behind the end, counted without it", "{\"a\":[1,2]}",
     "[{\"op\":\"move\",\"from\":\"/a/0\",\"path\":\"/a/2\"}]", "operation 0: there is no \"2\""},
    {"into itself", "{\"a\":{\"b\":1}}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/b/c\"}]",
     "operation 0: a value cannot be moved into itself"},
    {"on a number", "1", "[{\"op\":\"add\",\"path\":\"/a\",\"value\":1}]",
     "operation 0: this is no object and no array"},
};

EACH_ROW(patch_apply, refuses_what_the_api_server_would, refused)
{
    const struct refused *c = &refused[*index];
    AUTO(json) struct json doc = {0};
    AUTO(json) struct json patch = {0};
    AUTO(buf) struct buf out = {0};
    struct error err = {0};

    buf_init(&out, 10000);
    int rc = patch_apply(support_parse(&doc, slice_of(c->object)),
                         support_parse(&patch, slice_of(c->operations)), &out, &err);
    cr_assert_eq(rc, -1, "%s was applied: %s", c->name, buf_cstr(&out));
    cr_assert_eq(err.code, ERR_MALFORMED, "%s", c->name);
    cr_assert_str_eq(err.text, c->want, "%s: %s", c->name, err.text);
    cr_assert_eq(out.len, 0, "%s: something was written", c->name);
}

Test(patch_apply, tells_that_the_result_is_too_large)
{
    AUTO(json) struct json doc = {0};
    AUTO(json) struct json patch = {0};
    AUTO(buf) struct buf out = {0};
    struct error err = {0};

    buf_init(&out, 5);
    int rc = patch_apply(support_parse(&doc, SLICE("{}")),
                         support_parse(&patch, SLICE("[{\"op\":\"add\",\"path\":\"/a\","
                                                     "\"value\":1}]")),
                         &out, &err);
    cr_assert_eq(rc, -1);
    cr_assert_eq(err.code, ERR_TOO_LARGE);
}
