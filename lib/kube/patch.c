/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The value of an operation is frozen when it is recorded: the working copy may
 * change it later, and the operation must not. So operations are written only
 * once they are asked for.
 */
#include "lib/kube/patch.h"

#include "lib/kube/apply.h"
#include "lib/kube/quote.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

enum {
    MAX_PLACE = 65536, /* bytes of a pointer; a label's key has at most 317 */
    MAX_INDEX = 24,    /* "/" and the digits of an index */
    AROUND = 64,       /* what stands around the texts of an operation */
};

struct recorded {
    struct recorded *next;
    struct patch_operation operation;
};

struct patch {
    struct value object;
    struct overlay work;
    const char *prefix;
    struct recorded *first;
    struct recorded *last;
    size_t count;
    size_t len;           /* of the operations as text, about */
    bool broken;          /* the working copy and the operations may differ */
    struct buf text;      /* of the place of the edit in hand */
    struct pointer place; /* the last member: large, and written before it is read */
};

struct patch *patch_new(struct value object, const char *prefix)
{
    struct patch *patch = malloc(sizeof *patch);

    if (patch == NULL) {
        return NULL;
    }
    memset(patch, 0, offsetof(struct patch, place));
    assert(prefix[0] == '\0' || prefix[0] == '/');
    overlay_init(&patch->work, object);
    patch->object = object;
    patch->prefix = prefix;
    buf_init(&patch->text, MAX_PLACE);
    return patch;
}

void patch_free(struct patch *patch)
{
    if (patch != NULL) {
        overlay_done(&patch->work);
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

/* ---- Recording ---- */

static int record(struct patch *patch, const struct patch_operation *operation, struct error *err)
{
    struct recorded *recorded = overlay_alloc(&patch->work, sizeof *recorded, err);

    if (recorded == NULL) {
        return -1;
    }
    recorded->operation = *operation;
    if (patch->last == NULL) {
        patch->first = recorded;
    } else {
        patch->last->next = recorded;
    }
    patch->last = recorded;
    patch->count++;
    patch->len +=
        operation->path.len + operation->from.len + value_raw(operation->value).len + AROUND;
    return 0;
}

/* An object or array that was made empty at that place. */
static int record_new(struct patch *patch, struct slice place, enum json_kind kind,
                      struct error *err)
{
    struct patch_operation operation = {.name = PATCH_ADD, .path = place};
    struct slice text = kind == JSON_OBJECT ? SLICE("{}") : SLICE("[]");

    if (overlay_adopt(&patch->work, text, &operation.value, err) != 0) {
        return -1;
    }
    return record(patch, &operation, err);
}

/* The place of an item of an array. */
static int item_place(struct patch *patch, struct slice array, size_t index, struct slice *out,
                      struct error *err)
{
    char *text = overlay_alloc(&patch->work, array.len + MAX_INDEX, err);

    if (text == NULL) {
        return -1;
    }
    memcpy(text, array.data, array.len);
    int digits = snprintf(text + array.len, MAX_INDEX, "/%zu", index);
    *out = (struct slice){text, array.len + (size_t)digits};
    return 0;
}

/* ---- Places ---- */

/* A copy that lives as long as the patch: an operation, or a name in the working copy, shows it. */
static int set_place(struct patch *patch, struct error *err)
{
    if (buf_check(&patch->text, err) != 0) {
        return -1;
    }
    struct slice copy = {0};
    if (overlay_copy(&patch->work, buf_view(&patch->text), &copy, err) != 0) {
        return -1;
    }
    return pointer_parse(&patch->place, copy, &patch->work.arena, err);
}

static int PRINTF_LIKE(2, 0)
    format_place(struct patch *patch, const char *fmt, va_list ap, struct error *err)
{
    buf_clear(&patch->text);
    buf_text(&patch->text, patch->prefix);
    size_t prefix_len = patch->text.len;
    if (strcmp(fmt, "%s") == 0) {
        buf_text(&patch->text, va_arg(ap, const char *));
    } else if (strchr(fmt, '%') == NULL) {
        buf_text(&patch->text, fmt);
    } else {
        buf_vprintf(&patch->text, fmt, ap);
    }
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
    return record_new(patch, pointer_upto(place, i + 1), kind, err);
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
    const struct patch_operation operation = {
        .name = PATCH_ADD, .path = patch->place.text, .value = frozen};
    return record(patch, &operation, err);
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
    struct patch_operation operation = {.name = PATCH_MOVE};
    if (item_place(patch, place->text, from, &operation.from, err) != 0 ||
        item_place(patch, place->text, to, &operation.path, err) != 0) {
        return -1;
    }
    return record(patch, &operation, err);
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

/* ---- What was recorded ---- */

static int check_whole(const struct patch *patch, struct error *err)
{
    return patch->broken ? error_set(err, ERR_TOO_LARGE, "an edit was left half done") : 0;
}

static void print_operation(const struct patch_operation *operation, struct buf *out)
{
    if (operation->name == PATCH_MOVE) {
        buf_text(out, "{\"op\":\"move\",\"from\":");
        quote(out, operation->from);
    } else {
        buf_text(out, "{\"op\":\"add\"");
    }
    buf_text(out, ",\"path\":");
    quote(out, operation->path);
    if (operation->name == PATCH_ADD) {
        buf_text(out, ",\"value\":");
        value_encode(operation->value, out);
    }
    buf_char(out, '}');
}

int patch_encode(const struct patch *patch, struct buf *out, struct error *err)
{
    if (check_whole(patch, err) != 0) {
        return -1;
    }
    buf_reserve(out, patch->len + 2);
    buf_char(out, '[');
    for (const struct recorded *each = patch->first; each != NULL; each = each->next) {
        print_operation(&each->operation, out);
        buf_text(out, each->next != NULL ? "," : "");
    }
    buf_char(out, ']');
    return buf_check(out, err);
}

int patch_try(const struct patch *patch, struct error *err)
{
    AUTO(overlay) struct overlay replay = {0};

    overlay_init(&replay, patch->object);
    if (check_whole(patch, err) != 0) {
        return -1;
    }
    for (const struct recorded *each = patch->first; each != NULL; each = each->next) {
        if (operation_apply(&each->operation, &replay, err) != 0) {
            return error_prefix(err, "podveil's own patch does not apply");
        }
    }
    return value_equal(replay.root, patch->work.root)
               ? 0
               : error_set(err, ERR_MALFORMED, "podveil's own patch makes another object");
}
