/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/typed.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

static const struct config config = {0};

struct typed_case {
    const char *json; /* of the member */
    bool is_true;     /* what each way of reading accepts */
    bool text;
    bool object;
    bool list;
};

static const struct typed_case cases[] = {
    {"true", true, false, false, false}, {"\"a\"", false, true, false, false},
    {"{}", false, false, true, false},   {"[]", false, false, false, true},
    {"1", false, false, false, false},   {"\"true\"", false, true, false, false},
};

static void assert_read(const struct findings *findings, bool fine, const char *json,
                        const char *says)
{
    cr_assert_eq(findings->denied == REASON_NONE, fine, "%s: %s", json, findings->message);
    if (!fine) {
        cr_assert_eq(findings->denied, REASON_MALFORMED, "%s", json);
        cr_assert_str_eq(findings->field, "spec.containers[3].m", "%s", json);
        cr_assert_not_null(strstr(findings->message, says), "%s: %s", json, findings->message);
    }
}

Test(pod_typed, another_type_is_malformed_with_its_place)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct typed_case *c = &cases[i];
        struct findings findings[4];
        AUTO(buf) struct buf text = {0};
        AUTO(json) struct json doc = {0};

        buf_init(&text, 256);
        buf_printf(&text, "{\"m\":%s}", c->json);
        fixture_parse(&doc, buf_cstr(&text));
        struct value parent = value_root(&doc);
        for (size_t j = 0; j < COUNT_OF(findings); j++) {
            findings_init(&findings[j], &config);
        }
        bool yes = TYPED_TRUE(&findings[0], parent, "m", "spec.containers[%d]", 3);
        struct slice string = TYPED_TEXT(&findings[1], parent, "m", "spec.containers[%d]", 3);
        struct value object = TYPED_OBJECT(&findings[2], parent, "m", "spec.containers[%d]", 3);
        struct value list = TYPED_LIST(&findings[3], parent, "m", "spec.containers[%d]", 3);
        cr_assert_eq(yes, c->is_true, "%s", c->json);
        cr_assert_eq(string.len > 0, c->text, "%s", c->json);
        cr_assert_eq(value_exists(object), c->object, "%s", c->json);
        cr_assert_eq(value_exists(list), c->list, "%s", c->json);
        assert_read(&findings[0], c->is_true, c->json, "Write true or false there.");
        assert_read(&findings[1], c->text, c->json, "Write a string there.");
        assert_read(&findings[2], c->object, c->json, "Write an object there.");
        assert_read(&findings[3], c->list, c->json, "Write a list there.");
    }
}

Test(pod_typed, the_key_of_a_map_stands_in_brackets)
{
    AUTO(json) struct json doc = {0};
    struct findings findings;

    findings_init(&findings, &config);
    fixture_parse(&doc, "{\"kubernetes.io/os\":1}");

    (void)TYPED_TEXT(&findings, value_root(&doc), "kubernetes.io/os", "spec.nodeSelector");

    cr_assert_str_eq(findings.field, "spec.nodeSelector[kubernetes.io/os]");
}

Test(pod_typed, missing_and_null_are_fine)
{
    AUTO(json) struct json doc = {0};
    struct findings findings;

    findings_init(&findings, &config);
    fixture_parse(&doc, "{\"m\":null}");
    struct value parent = value_root(&doc);

    cr_assert_not(TYPED_TRUE(&findings, parent, "m", "spec"));
    cr_assert_eq(TYPED_TEXT(&findings, parent, "n", "spec").len, 0U);
    cr_assert_not(value_exists(TYPED_LIST(&findings, parent, "m", "spec")));
    cr_assert_not(value_exists(TYPED_OBJECT(&findings, VALUE_ABSENT, "m", "spec")));
    cr_assert_eq(findings.denied, REASON_NONE);
}

Test(pod_typed, an_item_may_not_be_null)
{
    AUTO(json) struct json doc = {0};
    struct findings findings;

    findings_init(&findings, &config);
    fixture_parse(&doc, "[null]");

    cr_assert_not(
        TYPED_ITEM(&findings, value_item(value_root(&doc), 0), JSON_OBJECT, "spec.x[%d]", 0));
    cr_assert_str_eq(findings.field, "spec.x[0]");
}
