/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 6902 read from the other side: it takes nothing from the recorder, makes
 * no parents and has no "-" on the way, so that a patch which the API server
 * would refuse is refused here first.
 */
#include "lib/kube/overlay.h"
#include "lib/kube/patch.h"

/* One operation that is being applied. */
struct operation_places {
    struct pointer path;
    struct pointer from;
};

static int read_place(struct overlay *overlay, struct value operation, const char *name,
                      struct pointer *out, struct error *err)
{
    struct value text = value_member(operation, name);

    if (value_kind(text) != JSON_STRING) {
        return error_set(err, ERR_MALFORMED, "\"%s\" is no string", name);
    }
    if (pointer_parse(out, value_string(text), &overlay->arena, err) != 0) {
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

static int move(struct overlay *overlay, const struct operation_places *places, struct error *err)
{
    struct node *node = NULL;
    struct value value = VALUE_ABSENT;
    size_t last = places->from.count - 1;

    if (lies_in(&places->path, &places->from)) {
        return error_set(err, ERR_MALFORMED, "a value cannot be moved into itself");
    }
    if (overlay_open_path(overlay, &places->from, last, &node, err) != 0 ||
        overlay_take(overlay, node, places->from.tokens[last], &value, err) != 0) {
        return -1;
    }
    return put(overlay, &places->path, value, err);
}

static int apply_one(struct overlay *overlay, struct value operation, struct error *err)
{
    struct operation_places places = {0};
    struct value name = value_member(operation, "op");
    struct value value = value_member(operation, "value");

    if (read_place(overlay, operation, "path", &places.path, err) != 0) {
        return -1;
    }
    if (value_is(name, "add")) {
        if (!value_exists(value)) {
            return error_set(err, ERR_MALFORMED, "there is no \"value\"");
        }
        return put(overlay, &places.path, value, err);
    }
    if (value_is(name, "move")) {
        return read_place(overlay, operation, "from", &places.from, err) != 0
                   ? -1
                   : move(overlay, &places, err);
    }
    return error_set(err, ERR_MALFORMED, "\"op\" is neither add nor move");
}

int patch_apply(struct value object, struct value operations, struct buf *out, struct error *err)
{
    AUTO(overlay) struct overlay overlay = {0};
    struct value_iter iter = value_iter(operations);
    struct slice key;
    struct value operation;

    overlay_init(&overlay, object);
    if (value_kind(operations) != JSON_ARRAY) {
        return error_set(err, ERR_MALFORMED, "a patch is an array");
    }
    while (value_next(&iter, &key, &operation)) {
        if (apply_one(&overlay, operation, err) != 0) {
            return error_prefix(err, "operation %zu", iter.index);
        }
    }
    value_encode(overlay.root, out);
    return buf_check(out, err);
}
