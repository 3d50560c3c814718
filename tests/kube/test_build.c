/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/build.h"
#include "tests/kube/support.h"

static void assert_encodes(const struct build *build, const char *want)
{
    AUTO(buf) struct buf out = {0};
    AUTO(json) struct json doc = {0};
    struct error err = {0};

    buf_init(&out, 10000);
    cr_assert_eq(build_encode(build, &out, &err), 0, "%s: %s", want, err.text);
    cr_assert_str_eq(buf_cstr(&out), want);
    (void)support_parse(&doc, buf_view(&out));
}

/* ---- Values ---- */

Test(build, writes_scalars)
{
    AUTO(build) struct build *yes = build_bool(true);
    AUTO(build) struct build *no = build_bool(false);
    AUTO(build) struct build *text = build_text("vxlan0");
    AUTO(build) struct build *part = build_string((struct slice){"vxlan0", 5});
    AUTO(build) struct build *empty = build_text("");

    assert_encodes(yes, "true");
    assert_encodes(no, "false");
    assert_encodes(text, "\"vxlan0\"");
    assert_encodes(part, "\"vxlan\"");
    assert_encodes(empty, "\"\"");
}

Test(build, writes_text_that_is_always_valid)
{
    AUTO(build) struct build *nul = build_string(SLICE("a\0b"));
    AUTO(build) struct build *bad = build_string(SLICE("a\xff\"\\\n"));

    assert_encodes(nul, "\"a\\u0000b\"");
    assert_encodes(bad, "\"a\xef\xbf\xbd\\\"\\\\\\n\"");
}

Test(build, writes_whole_numbers_exactly)
{
    static const int64_t numbers[] = {0, -1, 9007199254740993, INT64_MAX, INT64_MIN};
    static const char *const want[] = {"0", "-1", "9007199254740993", "9223372036854775807",
                                       "-9223372036854775808"};

    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        AUTO(build) struct build *number = build_int(numbers[i]);
        assert_encodes(number, want[i]);
    }
}

Test(build, copies_values_as_they_are)
{
    AUTO(json) struct json doc = {0};
    AUTO(build) struct build *array = build_array();
    struct value root = support_parse(&doc, SLICE("{\"n\" : 1.50e+2, \"s\":\"\\u0041\"}"));

    (void)build_push(array, build_copy(root));
    (void)build_push(array, build_copy(value_member(root, "s")));
    assert_encodes(array, "[{\"n\" : 1.50e+2, \"s\":\"\\u0041\"},\"\\u0041\"]");
}

/* ---- Containers ---- */

Test(build, writes_a_tree_top_down)
{
    AUTO(build) struct build *root = build_object();
    struct build *spec = build_set(root, "spec", build_object());
    struct build *list = build_set(spec, "policyTypes", build_array());

    (void)build_push(list, build_text("Egress"));
    (void)build_push(list, build_object());
    (void)build_set(spec, "empty", build_array());
    (void)build_set(root, "a \"quoted\" name", build_bool(true));
    assert_encodes(root, "{\"spec\":{\"policyTypes\":[\"Egress\",{}],\"empty\":[]},"
                         "\"a \\\"quoted\\\" name\":true}");
}

Test(build, sets_a_name_once)
{
    AUTO(build) struct build *root = build_object();

    (void)build_set(root, "a", build_int(1));
    (void)build_set(root, "A", build_int(2));
    (void)build_set(root, "a", build_int(3));
    assert_encodes(root, "{\"A\":2,\"a\":3}");
}

/* ---- Without memory ---- */

static void assert_incomplete(const struct build *build)
{
    AUTO(buf) struct buf out = {0};
    struct error err = {0};

    buf_init(&out, 10000);
    cr_assert_eq(build_encode(build, &out, &err), -1);
    cr_assert_eq(err.code, ERR_NO_MEMORY);
    cr_assert_eq(out.len, 0);
}

Test(build, reports_what_could_not_be_made)
{
    AUTO(build) struct build *root = build_object();
    struct build *list = build_set(root, "list", build_array());

    cr_assert_eq(build_push(list, NULL), NULL);
    (void)build_push(list, build_int(1));
    assert_incomplete(root);
    assert_incomplete(list);
    assert_incomplete(NULL);
}

Test(build, takes_a_child_even_where_there_is_no_parent)
{
    /* A leak is what would be seen here. */
    cr_assert_eq(build_set(NULL, "a", build_text("x")), NULL);
    cr_assert_eq(build_push(NULL, build_array()), NULL);
    cr_assert_eq(build_set(NULL, "a", NULL), NULL);
    build_free(NULL);
}

Test(build, has_no_value_for_an_absent_one)
{
    AUTO(build) struct build *root = build_object();

    cr_assert_eq(build_set(root, "a", build_copy(VALUE_ABSENT)), NULL);
    assert_incomplete(root);
}

Test(build, tells_that_the_text_is_too_large)
{
    AUTO(build) struct build *text = build_text("too long");
    AUTO(buf) struct buf out = {0};
    struct error err = {0};

    buf_init(&out, 5);
    cr_assert_eq(build_encode(text, &out, &err), -1);
    cr_assert_eq(err.code, ERR_TOO_LARGE);
}
