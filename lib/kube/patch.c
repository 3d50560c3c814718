/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each operation is written as text at once, when its value is what it is; the
 * working copy may change that value later, and the operation must not.
 */
#include "lib/kube/patch.h"

#include "lib/kube/overlay.h"
#include "lib/kube/quote.h"

#include <assert.h>
#include <stdarg.h>

enum { MAX_PLACE = 65536 }; /* bytes of a pointer; a label's key has at most 317 */

struct patch {
    struct overlay work;
    const char *prefix;
    size_t count;
    bool broken;     /* the working copy and the operations may differ */
    struct buf ops;  /* the operations with commas between them */
    struct buf text; /* of the place of the edit in hand */
    struct pointer place;
};

struct patch *patch_new(struct value object, const char *prefix)
{
    struct patch *patch = calloc(1, sizeof *patch);

    if (patch == NULL) {
        return NULL;
    }
    assert(prefix[0] == '\0' || prefix[0] == '/');
    overlay_init(&patch->work, object);
    patch->prefix = prefix;
    buf_init(&patch->ops, JSON_MAX_TEXT);
    buf_init(&patch->text, MAX_PLACE);
    return patch;
}

void patch_free(struct patch *patch)
{
    if (patch != NULL) {
        overlay_done(&patch->work);
        buf_done(&patch->ops);
        buf_done(&patch->text);
        free(patch);
    }
}

struct value patch_object(const struct patch *patch)
{
    return patch->work.root;
}

struct value patch_target(const struct patch *patch)
{
    return value_at(patch->work.root, patch->prefix);
}

/* ---- The operations as text ---- */

static struct buf *begin_op(struct patch *patch, const char *name)
{
    if (patch->count > 0) {
        buf_char(&patch->ops, ',');
    }
    patch->count++;
    buf_printf(&patch->ops, "{\"op\":\"%s\"", name);
    return &patch->ops;
}

static void record_add(struct patch *patch, struct slice place, struct value value,
                       enum json_kind empty)
{
    struct buf *ops = begin_op(patch, "add");

    buf_text(ops, ",\"path\":");
    quote(ops, place);
    buf_text(ops, ",\"value\":");
    if (empty == JSON_ABSENT) {
        value_encode(value, ops);
    } else {
        buf_text(ops, empty == JSON_OBJECT ? "{}" : "[]");
    }
    buf_char(ops, '}');
}

static int record_place(struct buf *ops, const char *member, struct slice array, size_t index,
                        struct error *err)
{
    AUTO(buf) struct buf place = {0};

    buf_init(&place, MAX_PLACE + 32);
    buf_slice(&place, array);
    buf_printf(&place, "/%zu", index);
    if (buf_check(&place, err) != 0) {
        return -1;
    }
    buf_printf(ops, ",\"%s\":", member);
    quote(ops, buf_view(&place));
    return 0;
}

/* ---- Places ---- */

static int set_place(struct patch *patch, struct error *err)
{
    if (buf_check(&patch->text, err) != 0) {
        return -1;
    }
    return pointer_parse(&patch->place, buf_view(&patch->text), &patch->work.arena, err);
}

static int PRINTF_LIKE(2, 0)
    format_place(struct patch *patch, const char *fmt, va_list ap, struct error *err)
{
    buf_clear(&patch->text);
    buf_text(&patch->text, patch->prefix);
    size_t prefix_len = patch->text.len;
    buf_vprintf(&patch->text, fmt, ap);
    if (set_place(patch, err) != 0) {
        return -1;
    }
    if (patch->text.len == prefix_len) {
        return error_set(err, ERR_MALFORMED, "the whole object cannot be set");
    }
    return 0;
}

/* Whatever went wrong: say where, and remember that half an edit may have been made. */
static int edit_failed(struct patch *patch, struct error *err)
{
    if (err->code != ERR_MALFORMED) {
        patch->broken = true;
    }
    return error_prefix(err, "%.*s", (int)(patch->text.len < 128 ? patch->text.len : 128),
                        buf_cstr(&patch->text));
}

/* ---- Adding ---- */

/* What is made for token `next` to be added to: an array for its first item, else an object. */
static enum json_kind kind_for(const struct pointer *place, size_t next)
{
    struct slice token = place->tokens[next];
    bool last = next == place->count - 1;

    return slice_is(token, "0") || (last && slice_is(token, "-")) ? JSON_ARRAY : JSON_OBJECT;
}

/*
 * Step from `node` to token `i` of the place, which is one on the way, and make it where it is
 * missing. An item is only made in an array that was `fresh`ly made itself: in one of the user's
 * it would be a mistake in a rule.
 */
static int step(struct patch *patch, size_t i, struct node **node, bool *fresh, struct error *err)
{
    const struct pointer *place = &patch->place;
    struct slice token = place->tokens[i];
    struct value child = overlay_child(*node, token);
    bool makable = (*node)->kind == JSON_OBJECT || (*fresh && slice_is(token, "0"));

    if (value_is_set(child) || !makable) {
        *fresh = false;
        return overlay_open(&patch->work, *node, token, node, err);
    }
    enum json_kind kind = kind_for(place, i + 1);
    if (overlay_put_new(&patch->work, *node, token, kind, node, err) != 0) {
        return -1;
    }
    *fresh = true;
    record_add(patch, pointer_upto(place, i + 1), VALUE_ABSENT, kind);
    return 0;
}

/* Add `value` at patch->place. */
static int add(struct patch *patch, struct value value, struct error *err)
{
    struct node *node = NULL;
    bool fresh = false;
    struct value frozen;

    if (!value_exists(value)) {
        return error_set(err, ERR_MALFORMED, "there is no value to be added");
    }
    if (overlay_freeze(&patch->work, value, &frozen, err) != 0 ||
        overlay_open_root(&patch->work, &node, err) != 0) {
        return -1;
    }
    size_t last = patch->place.count - 1;
    for (size_t i = 0; i < last; i++) {
        if (step(patch, i, &node, &fresh, err) != 0) {
            return -1;
        }
    }
    if (overlay_put(&patch->work, node, patch->place.tokens[last], frozen, err) != 0) {
        return -1;
    }
    record_add(patch, buf_view(&patch->text), frozen, JSON_ABSENT);
    return buf_check(&patch->ops, err);
}

int patch_add(struct patch *patch, struct value value, struct error *err, const char *pointer, ...)
{
    va_list ap;

    va_start(ap, pointer);
    int result = format_place(patch, pointer, ap, err);
    va_end(ap);
    if (result != 0 || add(patch, value, err) != 0) {
        return edit_failed(patch, err);
    }
    return 0;
}

int patch_add_json(struct patch *patch, struct slice json, struct error *err, const char *pointer,
                   ...)
{
    struct value value = VALUE_ABSENT;
    va_list ap;

    va_start(ap, pointer);
    int result = format_place(patch, pointer, ap, err);
    va_end(ap);
    if (result != 0 || overlay_adopt(&patch->work, json, &value, err) != 0 ||
        add(patch, value, err) != 0) {
        return edit_failed(patch, err);
    }
    return 0;
}

/* ---- Moving ---- */

static int move(struct patch *patch, size_t from, size_t to, struct error *err)
{
    struct node *node = NULL;
    const struct pointer *place = &patch->place;

    if (place->count == NODE_MAX_DEPTH) {
        return error_set(err, ERR_TOO_LARGE, "the items' places have too many parts");
    }
    if (overlay_open_path(&patch->work, place, place->count, &node, err) != 0) {
        return -1;
    }
    if (node->kind != JSON_ARRAY) {
        return error_set(err, ERR_MALFORMED, "this is no array");
    }
    if (from >= node->count || to >= node->count) {
        return error_set(err, ERR_MALFORMED, "item %zu of %zu cannot become item %zu", from,
                         node->count, to);
    }
    if (from == to) {
        return 0;
    }
    overlay_shift(node, from, to);
    struct buf *ops = begin_op(patch, "move");
    if (record_place(ops, "from", place->text, from, err) != 0 ||
        record_place(ops, "path", place->text, to, err) != 0) {
        return -1;
    }
    buf_char(ops, '}');
    return buf_check(ops, err);
}

int patch_move(struct patch *patch, const char *pointer, size_t from, size_t to, struct error *err)
{
    buf_clear(&patch->text);
    buf_text(&patch->text, patch->prefix);
    buf_text(&patch->text, pointer);
    if (set_place(patch, err) != 0 || move(patch, from, to, err) != 0) {
        return edit_failed(patch, err);
    }
    return 0;
}

size_t patch_count(const struct patch *patch)
{
    return patch->count;
}

int patch_encode(const struct patch *patch, struct buf *out, struct error *err)
{
    if (buf_check(&patch->ops, err) != 0) {
        return -1;
    }
    if (patch->broken) {
        return error_set(err, ERR_TOO_LARGE, "an edit was left half done");
    }
    buf_char(out, '[');
    buf_slice(out, buf_view(&patch->ops));
    buf_char(out, ']');
    return buf_check(out, err);
}
