/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 6902 read from the other side: it takes nothing from the recorder, makes
 * no parents and has no "-" on the way, so that a patch which the API server
 * would refuse is refused here first.
 */
#include "lib/kube/apply.h"

#include "lib/kube/patch.h"

static int read_place(struct overlay *overlay, struct slice text, const char *name,
                      struct pointer *out, struct error *err)
{
    if (pointer_parse(out, text, &overlay->arena, err) != 0) {
        return error_prefix(err, "%s", name);
    }
    return out->count > 0 ? 0 : error_set(err, ERR_MALFORMED, "\"%s\" is the whole object", name);
}

static int put(struct overlay *overlay, const struct pointer *path, struct value value,
               struct error *err)
{
    struct node *node = NULL;
    size_t last = path->count - 1;

    if (overlay_open_path(overlay, path, last, &node, err) != 0) {
        return -1;
    }
    return overlay_put(overlay, node, path->tokens[last], value, err);
}

/* RFC 6902 4.4: a value cannot be moved into itself. */
static bool lies_in(const struct pointer *inner, const struct pointer *outer)
{
    bool same = inner->count > outer->count;

    for (size_t i = 0; same && i < outer->count; i++) {
        same = slice_equal(inner->tokens[i], outer->tokens[i]);
    }
    return same;
}

static int move(struct overlay *overlay, const struct pointer *from, const struct pointer *path,
                struct error *err)
{
    struct node *node = NULL;
    struct value value = VALUE_ABSENT;
    size_t last = from->count - 1;

    if (lies_in(path, from)) {
        return error_set(err, ERR_MALFORMED, "a value cannot be moved into itself");
    }
    if (overlay_open_path(overlay, from, last, &node, err) != 0 ||
        overlay_take(overlay, node, from->tokens[last], &value, err) != 0) {
        return -1;
    }
    return put(overlay, path, value, err);
}

int operation_apply(const struct patch_operation *operation, struct overlay *overlay,
                    struct error *err)
{
    WRITTEN_FIRST struct pointer path;
    WRITTEN_FIRST struct pointer from;

    if (read_place(overlay, operation->path, "path", &path, err) != 0) {
        return -1;
    }
    if (operation->name == PATCH_ADD) {
        return put(overlay, &path, operation->value, err);
    }
    if (read_place(overlay, operation->from, "from", &from, err) != 0) {
        return -1;
    }
    return move(overlay, &from, &path, err);
}

static int read_text(struct value object, const char *name, struct slice *out, struct error *err)
{
    struct value text = value_member(object, name);

    if (value_kind(text) != JSON_STRING) {
        return error_set(err, ERR_MALFORMED, "\"%s\" is no string", name);
    }
    *out = value_string(text);
    return 0;
}

static int read_operation(struct value object, struct patch_operation *out, struct error *err)
{
    struct value name = value_member(object, "op");

    *out = (struct patch_operation){.value = value_member(object, "value")};
    if (read_text(object, "path", &out->path, err) != 0) {
        return -1;
    }
    if (value_is(name, "add")) {
        out->name = PATCH_ADD;
        return value_exists(out->value) ? 0
                                        : error_set(err, ERR_MALFORMED, "there is no \"value\"");
    }
    if (value_is(name, "move")) {
        out->name = PATCH_MOVE;
        return read_text(object, "from", &out->from, err);
    }
    return error_set(err, ERR_MALFORMED, "\"op\" is neither add nor move");
}

int patch_apply(struct value object, struct value operations, struct buf *out, struct error *err)
{
    AUTO(overlay) struct overlay overlay = {0};
    struct value_iter iter = value_iter(operations);
    struct slice key;
    struct value item;
    struct patch_operation operation;

    overlay_init(&overlay, object);
    if (value_kind(operations) != JSON_ARRAY) {
        return error_set(err, ERR_MALFORMED, "a patch is an array");
    }
    while (value_next(&iter, &key, &item)) {
        if (read_operation(item, &operation, err) != 0 ||
            operation_apply(&operation, &overlay, err) != 0) {
            return error_prefix(err, "operation %zu", iter.index);
        }
    }
    value_encode(overlay.root, out);
    return buf_check(out, err);
}
