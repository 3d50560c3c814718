/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each allocation fails once. Whichever it is, the error is that there is no
 * memory, and nothing is left behind.
 */
#include "lib/kube/build.h"
#include "lib/kube/patch.h"
#include "lib/kube/quote.h"
#include "tests/kube/support.h"
#include "tests/support/torture.h"

/* How many allocations `work` needs; a lack of one is its only error. */
static size_t torture_strictly(int (*work)(struct memory_plan, const void *, struct error *))
{
    return torture(&(struct torture){.work = work, .strict = true});
}

static int read_document(struct memory_plan plan, const void *context, struct error *err)
{
    static const char text[] =
        "{\"a\":\"\\n\",\"k0\":0,\"k1\":0,\"k2\":0,\"k3\":0,\"k4\":0,\"k5\":0,\"k6\":0,\"k7\":0,"
        "\"k8\":0,\"k9\":0,\"l0\":0,\"l1\":0,\"l2\":0,\"l3\":0,\"l4\":0,\"l5\":0,\"l6\":0}";
    AUTO(json) struct json doc = {0};

    (void)context;
    memory_begin(plan);
    int got = json_parse(&doc, SLICE(text), err);
    (void)memory_end();
    return got;
}

Test(no_memory, reading)
{
    cr_assert_geq(torture_strictly(read_document), 3, "tokens, decoded text, the table of keys");
}

static const char object[] = "{\"spec\":{\"containers\":[{},{}],\"a~b\":null}}";

static int edit(struct patch *patch, struct error *err)
{
    static const char value[] = "{\"name\":\"x\\u0041\"}";

    if (patch_add_json(patch, SLICE(value), err, "/spec/containers/0") != 0 ||
        patch_add_json(patch, SLICE("\"v\""), err, "/metadata/labels/a~1b") != 0 ||
        patch_add(patch, value_member(patch_object(patch), "spec"), err, "/spec/a~0b/copy") != 0) {
        return -1;
    }
    return patch_move(patch, "/spec/containers", 2, 0, err);
}

static int record(struct memory_plan plan, const void *context, struct error *err)
{
    AUTO(json) struct json doc = {0};
    AUTO(buf) struct buf out = {0};
    struct error again = {0};

    (void)context;
    buf_init(&out, 10000);
    cr_assert_eq(json_parse(&doc, SLICE(object), err), 0, "%s", err->text);
    memory_begin(plan);
    AUTO(patch) struct patch *patch = patch_new(value_root(&doc), "");
    if (patch == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no patch");
    }
    int got = edit(patch, err);
    int sent = patch_encode(patch, &out, got == 0 ? err : &again);
    (void)memory_end();
    cr_assert(got == 0 || sent == -1, "half an edit is sent");
    return sent;
}

Test(no_memory, recording)
{
    cr_assert_geq(torture_strictly(record), 10);
}

static int replay(const struct json *doc, struct slice operations, struct buf *out,
                  struct error *err)
{
    AUTO(json) struct json list = {0};

    if (json_parse(&list, operations, err) != 0) {
        return -1;
    }
    return patch_apply(value_root(doc), value_root(&list), out, err);
}

static int apply(struct memory_plan plan, const void *context, struct error *err)
{
    static const char operations[] =
        "[{\"op\":\"add\",\"path\":\"/spec/x~1y\",\"value\":1},"
        "{\"op\":\"add\",\"path\":\"/spec/containers/0/a\",\"value\":1},"
        "{\"op\":\"move\",\"from\":\"/spec/containers/0\","
        "\"path\":\"/spec/containers/1\"}]";
    AUTO(json) struct json doc = {0};
    AUTO(buf) struct buf out = {0};

    (void)context;
    buf_init(&out, 10000);
    cr_assert_eq(json_parse(&doc, SLICE(object), err), 0, "%s", err->text);
    memory_begin(plan);
    int got = replay(&doc, SLICE(operations), &out, err);
    (void)memory_end();
    return got;
}

Test(no_memory, replaying)
{
    cr_assert_geq(torture_strictly(apply), 5);
}

static int build(struct memory_plan plan, const void *context, struct error *err)
{
    AUTO(buf) struct buf out = {0};

    (void)context;
    buf_init(&out, 10000);
    memory_begin(plan);
    AUTO(build) struct build *root = build_object();
    struct build *spec = build_set(root, "spec", build_object());
    struct build *list = build_set(spec, "list", build_array());
    (void)build_push(list, build_text("x"));
    (void)build_push(list, build_int(1));
    (void)build_push(list, build_bool(true));
    int got = build_encode(root, &out, err);
    (void)memory_end();
    return got;
}

Test(no_memory, building)
{
    cr_assert_geq(torture_strictly(build), 10);
}
