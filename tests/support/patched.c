/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/patched.h"

#include "lib/base/base64.h"
#include "lib/kube/patch.h"

#include <criterion/criterion.h>

/* The review with another object in the place of its own. */
static void replace_object(struct value root, struct slice body, struct slice object,
                           struct buf *out)
{
    struct slice old = value_raw(value_get(root, "request", "object", NULL));
    size_t start = (size_t)(old.data - body.data);

    buf_append(out, body.data, start);
    buf_slice(out, object);
    buf_slice(out, slice_after(body, start + old.len));
}

/* The object as the patch leaves it. */
static void apply(struct value root, struct slice text, struct buf *object)
{
    AUTO(json) struct json operations = {0};
    AUTO(buf) struct buf patch = {0};
    struct error err = {0};

    buf_init(&patch, JSON_MAX_TEXT);
    cr_assert_eq(base64_decode(&patch, text, &err), 0, "%s", err.text);
    cr_assert_eq(json_parse(&operations, buf_view(&patch), &err), 0, "%s", err.text);
    cr_assert_eq(patch_apply(value_get(root, "request", "object", NULL), value_root(&operations),
                             object, &err),
                 0, "%s", err.text);
}

bool patched_review(struct slice body, struct slice answer, struct buf *next)
{
    AUTO(json) struct json doc = {0};
    AUTO(json) struct json reply = {0};
    AUTO(buf) struct buf object = {0};
    struct error err = {0};

    buf_init(next, JSON_MAX_TEXT);
    buf_init(&object, JSON_MAX_TEXT);
    cr_assert_eq(json_parse(&doc, body, &err), 0, "%s", err.text);
    cr_assert_eq(json_parse(&reply, answer, &err), 0, "%s", err.text);
    struct value text = value_get(value_root(&reply), "response", "patch", NULL);
    if (!value_exists(text)) {
        return false;
    }
    apply(value_root(&doc), value_string(text), &object);
    replace_object(value_root(&doc), body, buf_view(&object), next);
    return true;
}
