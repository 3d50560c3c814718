/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each allocation fails once: the first, then the second, until a run needs no
 * more. Every run but the last must say that there is no memory, and none may
 * leak or crash. The linker puts these functions before the allocator's.
 */
#include "lib/kube/build.h"
#include "lib/kube/patch.h"
#include "lib/kube/quote.h"
#include "tests/kube/support.h"

#include <cjson/cJSON.h>

static size_t left; /* allocations up to the one that fails; 0: none does */
static bool failed;

static bool fails(void)
{
    bool now = left == 1;

    left -= left > 0 ? 1 : 0;
    failed = failed || now;
    return now;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

/* Run `work` with the first, the second ... allocation failing; it gives its error's code. */
static size_t torture(enum error_code (*work)(void))
{
    for (size_t nth = 1;; nth++) {
        left = nth;
        failed = false;
        enum error_code code = work();
        left = 0;
        if (!failed) {
            cr_assert_eq(code, ERR_NONE, "without a failure: %d", code);
            return nth - 1;
        }
        cr_assert_eq(code, ERR_NO_MEMORY, "allocation %zu failed: %d", nth, code);
    }
}

static enum error_code read_document(void)
{
    static const char text[] =
        "{\"a\":\"\\n\",\"k0\":0,\"k1\":0,\"k2\":0,\"k3\":0,\"k4\":0,\"k5\":0,\"k6\":0,\"k7\":0,"
        "\"k8\":0,\"k9\":0,\"l0\":0,\"l1\":0,\"l2\":0,\"l3\":0,\"l4\":0,\"l5\":0,\"l6\":0}";
    AUTO(json) struct json doc = {0};
    struct error err = {0};

    return json_parse(&doc, SLICE(text), &err) == 0 ? ERR_NONE : err.code;
}

Test(no_memory, reading)
{
    cr_assert_geq(torture(read_document), 3, "tokens, decoded text, the table of keys");
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

static enum error_code record(void)
{
    AUTO(json) struct json doc = {0};
    AUTO(buf) struct buf out = {0};
    struct error err = {0};

    buf_init(&out, 10000);
    if (json_parse(&doc, SLICE(object), &err) != 0) {
        return err.code;
    }
    AUTO(patch) struct patch *patch = patch_new(value_root(&doc), "");
    if (patch == NULL) {
        return ERR_NO_MEMORY;
    }
    if (edit(patch, &err) != 0) {
        struct error again = {0};
        cr_assert_eq(patch_encode(patch, &out, &again), -1, "half an edit is sent");
        return err.code;
    }
    return patch_encode(patch, &out, &err) == 0 ? ERR_NONE : err.code;
}

Test(no_memory, recording)
{
    cr_assert_geq(torture(record), 10);
}

static enum error_code apply(void)
{
    static const char operations[] =
        "[{\"op\":\"add\",\"path\":\"/spec/x~1y\",\"value\":1},"
        "{\"op\":\"add\",\"path\":\"/spec/containers/0/a\",\"value\":1},"
        "{\"op\":\"move\",\"from\":\"/spec/containers/0\","
        "\"path\":\"/spec/containers/1\"}]";
    AUTO(json) struct json doc = {0};
    AUTO(json) struct json list = {0};
    AUTO(buf) struct buf out = {0};
    struct error err = {0};

    buf_init(&out, 10000);
    if (json_parse(&doc, SLICE(object), &err) != 0 ||
        json_parse(&list, SLICE(operations), &err) != 0 ||
        patch_apply(value_root(&doc), value_root(&list), &out, &err) != 0) {
        return err.code;
    }
    return ERR_NONE;
}

Test(no_memory, replaying)
{
    cr_assert_geq(torture(apply), 5);
}

static enum error_code build(void)
{
    AUTO(build) struct build *root = build_object();
    AUTO(buf) struct buf out = {0};
    struct error err = {0};
    struct build *spec = build_set(root, "spec", build_object());
    struct build *list = build_set(spec, "list", build_array());

    (void)build_push(list, build_text("x"));
    (void)build_push(list, build_int(1));
    (void)build_push(list, build_bool(true));
    buf_init(&out, 10000);
    return build_encode(root, &out, &err) == 0 ? ERR_NONE : err.code;
}

Test(no_memory, building)
{
    cJSON_Hooks hooks = {.malloc_fn = __wrap_malloc, .free_fn = free};

    cJSON_InitHooks(&hooks);
    cr_assert_geq(torture(build), 10);
    cJSON_InitHooks(NULL);
}
