/* SPDX-License-Identifier: Apache-2.0 */
/*
 * {"object": ..., "prefix": "...", "edits": [...], "patch": [...]}
 *
 * The edits, ["add", place, value] and ["move", place, from, to], go through the
 * recorder: replayed on the object, what it wrote down is its working copy, and
 * an edit that is refused leaves both as they were. The patch is applied as it is.
 */
#include "lib/kube/patch.h"
#include "tests/fuzz/target.h"

enum { TEXT_SIZE = 16 * 1024 * 1024, EDITS_MAX = 32, PLACE_SIZE = 512 };

struct state {
    struct buf copy;
    struct buf operations;
};

static void state_done(struct state *state)
{
    buf_done(&state->copy);
    buf_done(&state->operations);
}
DEFINE_AUTO_IN_PLACE(state, struct state, state_done);

static void take_state(const struct patch *patch, struct state *out)
{
    struct error err = {0};

    buf_init(&out->copy, TEXT_SIZE);
    buf_init(&out->operations, TEXT_SIZE);
    value_encode(patch_object(patch), &out->copy);
    claim(patch_encode(patch, &out->operations, &err) == 0 && buf_check(&out->copy, &err) == 0,
          "%s", err.text);
}

static int edit_once(struct patch *patch, struct value edit, struct error *err)
{
    struct slice place = value_string(value_item(edit, 1));
    struct value third = value_item(edit, 2);
    struct error ignored = {0};
    char text[PLACE_SIZE] = "";
    int64_t from = -1;
    int64_t to = -1;

    if (place.data == NULL || place.len >= sizeof text || !value_exists(third) ||
        memchr(place.data, '\0', place.len) != NULL) {
        return 0;
    }
    memcpy(text, place.data, place.len);
    if (value_is(value_item(edit, 0), "add")) {
        return patch_add(patch, third, err, "%s", text);
    }
    if (value_int64(third, &from, &ignored) != 0 ||
        value_int64(value_item(edit, 3), &to, &ignored) != 0 || from < 0 || to < 0) {
        return 0;
    }
    return patch_move(patch, text, (size_t)from, (size_t)to, err);
}

/* But for white space: a container that was looked into is printed without. */
static bool is_same(const struct buf *a, const struct buf *b)
{
    AUTO(json) struct json doc_a = {0};
    AUTO(json) struct json doc_b = {0};
    struct error err = {0};

    if (json_parse(&doc_a, buf_view(a), &err) != 0 || json_parse(&doc_b, buf_view(b), &err) != 0) {
        claim(err.code == ERR_TOO_LARGE, "the copy is no JSON: %s", err.text);
        return true; /* deeper than it may be read again */
    }
    return value_equal(value_root(&doc_a), value_root(&doc_b));
}

/* False where the patch is not to be used any more. */
static bool claim_edit(struct patch *patch, struct value edit, bool *unrecorded)
{
    AUTO(state) struct state before = {0};
    AUTO(state) struct state after = {0};
    struct error err = {0};
    size_t count = patch_count(patch);

    take_state(patch, &before);
    if (edit_once(patch, edit, &err) == 0) {
        *unrecorded =
            *unrecorded || patch_count(patch) == count; /* an item moved to its own place */
        return true;
    }
    if (err.code != ERR_MALFORMED) {
        return false;
    }
    *unrecorded = true;
    take_state(patch, &after);
    claim(is_same(&before.copy, &after.copy) &&
              slice_equal(buf_view(&before.operations), buf_view(&after.operations)),
          "a refused edit (%s) leaves something:\n%s\n%s\n%s\n%s", err.text, buf_cstr(&before.copy),
          buf_cstr(&after.copy), buf_cstr(&before.operations), buf_cstr(&after.operations));
    return true;
}

static void claim_replayed(const struct patch *patch, struct value object, bool unrecorded)
{
    AUTO(state) struct state end = {0};
    AUTO(json) struct json operations = {0};
    AUTO(json) struct json again = {0};
    AUTO(buf) struct buf replayed = {0};
    struct error err = {0};

    take_state(patch, &end);
    buf_init(&replayed, TEXT_SIZE);
    claim(json_parse(&operations, buf_view(&end.operations), &err) == 0 &&
              patch_apply(object, value_root(&operations), &replayed, &err) == 0,
          "%s: %s", err.text, buf_cstr(&end.operations));
    claim(slice_equal(buf_view(&replayed), buf_view(&end.copy)) ||
              (unrecorded && is_same(&replayed, &end.copy)),
          "replayed:\n%s\ncopy:\n%s\nby %s", buf_cstr(&replayed), buf_cstr(&end.copy),
          buf_cstr(&end.operations));
    claim(json_parse(&again, buf_view(&end.copy), &err) == 0 || err.code == ERR_TOO_LARGE,
          "the copy is no JSON: %s", err.text);
}

static void record(struct value root)
{
    struct value object = value_member(root, "object");
    struct value_iter iter = value_iter(value_member(root, "edits"));
    bool below = value_is(value_member(root, "prefix"), "/spec/template");
    AUTO(patch) struct patch *patch = patch_new(object, below ? "/spec/template" : "");
    struct slice key;
    struct value edit;
    bool usable = true;
    bool unrecorded = false;

    claim(patch != NULL, "no memory");
    while (usable && iter.index + 1 < EDITS_MAX && value_next(&iter, &key, &edit)) {
        usable = claim_edit(patch, edit, &unrecorded);
    }
    if (usable) {
        claim_replayed(patch, object, unrecorded);
    }
}

static void apply(struct value root)
{
    AUTO(buf) struct buf out = {0};
    AUTO(json) struct json doc = {0};
    struct error err = {0};

    buf_init(&out, TEXT_SIZE);
    if (patch_apply(value_member(root, "object"), value_member(root, "patch"), &out, &err) == 0) {
        claim(json_parse(&doc, buf_view(&out), &err) == 0 || err.code == ERR_TOO_LARGE, "%s in %s",
              err.text, buf_cstr(&out));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(json) struct json doc = {0};
    struct error err = {0};

    if (json_parse(&doc, target_input(data, size), &err) != 0 ||
        !value_exists(value_member(value_root(&doc), "object"))) {
        return 0;
    }
    record(value_root(&doc));
    apply(value_root(&doc));
    return 0;
}
