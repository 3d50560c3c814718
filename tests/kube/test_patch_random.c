/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The properties of the recorder, on objects and edits drawn at random:
 *
 *   replaying the operations on the original gives the working copy (byte for byte, where every
 *   edit did something: what was looked at in vain is written compactly, and means the same);
 *   another replay, on cJSON's tree and with nothing of ours, gives the same value;
 *   an edit that is refused changes neither copy nor operations;
 *   a member that no edit touched stands as it was written.
 */
#include "lib/kube/patch.h"
#include "lib/kube/quote.h"
#include "tests/kube/support.h"
#include "tests/netpol/random.h"

#include <cjson/cJSON.h>

enum {
    ROUNDS = 300,
    EDITS = 12,
    LEVELS = 4,
};

/* Names with everything that a pointer, JSON or an index could trip over. */
static const struct slice names[] = {
    TEXT("a"), TEXT("b"), TEXT("spec"), TEXT("a/b"), TEXT("~"),     TEXT("~1"),
    TEXT("0"), TEXT("1"), TEXT("-"),    TEXT(""),    TEXT("q\"\\"), TEXT("\xc3\xa9\n"),
};

static struct slice any_name(uint64_t *state)
{
    return names[random_below(state, COUNT_OF(names))];
}

static void space(struct buf *out, uint64_t *state)
{
    static const char *const spaces[] = {"", "", "", " ", "\n\t"};
    buf_text(out, spaces[random_below(state, COUNT_OF(spaces))]);
}

static void scalar(struct buf *out, uint64_t *state)
{
    static const char *const scalars[] = {
        "null",  "true",           "0",  "-1.50e+2", "9007199254740993", "\"\"",
        "\"x\"", "\"\\u0041\\n\"", "[]", "{}"};
    buf_text(out, scalars[random_below(state, COUNT_OF(scalars))]);
}

/* ---- Objects ---- */

/* What is open: how it closes, how many items are still to come, which names are used up. */
struct open {
    bool object;
    unsigned left;
    unsigned next_name;
};

static struct open begin(struct buf *out, bool object, uint64_t *state)
{
    buf_char(out, object ? '{' : '[');
    space(out, state);
    return (struct open){
        .object = object,
        .left = random_below(state, 5),
        .next_name = random_below(state, COUNT_OF(names)),
    };
}

/* A random object as JSON text. */
static void draw_object(struct buf *out, uint64_t *state)
{
    struct open open[LEVELS];
    size_t depth = 1;

    open[0] = begin(out, true, state);
    open[0].left += 2;
    for (bool first = true; depth > 0;) {
        struct open *top = &open[depth - 1];
        if (top->left == 0) {
            buf_char(out, top->object ? '}' : ']');
            depth--;
            first = false;
            continue;
        }
        top->left--;
        buf_text(out, first ? "" : ",");
        space(out, state);
        if (top->object) {
            quote(out, names[top->next_name++ % COUNT_OF(names)]);
            space(out, state);
            buf_char(out, ':');
        }
        first = depth < LEVELS && random_chance(state, 50);
        if (first) {
            open[depth++] = begin(out, random_chance(state, 60), state);
        } else {
            scalar(out, state);
        }
    }
}

/* ---- The other replay ---- */

/* A copy of the next token of a place, unescaped; the caller frees it. */
static char *next_token(const char **place)
{
    size_t len = strcspn(*place + 1, "/");
    char *token = calloc(1, len + 1);
    size_t out = 0;

    cr_assert_neq(token, NULL);
    for (const char *at = *place + 1; at < *place + 1 + len; at++) {
        if (*at == '~') {
            at++;
            token[out++] = *at == '0' ? '~' : '/';
        } else {
            token[out++] = *at;
        }
    }
    *place += 1 + len;
    return token;
}

static cJSON *child_of(const cJSON *parent, const char *token)
{
    return cJSON_IsArray(parent) ? cJSON_GetArrayItem(parent, (int)strtol(token, NULL, 10))
                                 : cJSON_GetObjectItemCaseSensitive(parent, token);
}

/* The container of a place, and its last token. */
static cJSON *container_of(cJSON *root, const char *place, char **last)
{
    cJSON *at = root;

    *last = next_token(&place);
    while (*place != '\0') {
        at = child_of(at, *last);
        free(*last);
        *last = next_token(&place);
    }
    return at;
}

/* cJSON_InsertItemInArray() of 1.7.15 refuses to insert behind an item that it inserted. */
static void insert(cJSON *array, int index, cJSON *value)
{
    cJSON *behind = cJSON_CreateArray();

    while (cJSON_GetArraySize(array) > index) {
        cJSON_AddItemToArray(behind, cJSON_DetachItemFromArray(array, index));
    }
    cJSON_AddItemToArray(array, value);
    while (cJSON_GetArraySize(behind) > 0) {
        cJSON_AddItemToArray(array, cJSON_DetachItemFromArray(behind, 0));
    }
    cJSON_Delete(behind);
}

static void put(cJSON *root, const char *place, cJSON *value)
{
    char *last = NULL;
    cJSON *container = container_of(root, place, &last);

    if (cJSON_IsArray(container)) {
        bool append = strcmp(last, "-") == 0;
        insert(container, append ? cJSON_GetArraySize(container) : (int)strtol(last, NULL, 10),
               value);
    } else if (child_of(container, last) != NULL) {
        cJSON_ReplaceItemInObjectCaseSensitive(container, last, value);
    } else {
        cJSON_AddItemToObject(container, last, value);
    }
    free(last);
}

static void replay(cJSON *root, const cJSON *operations)
{
    const cJSON *each = NULL;

    cJSON_ArrayForEach (each, operations) {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(each, "op"));
        const char *path = cJSON_GetStringValue(cJSON_GetObjectItem(each, "path"));
        if (strcmp(name, "add") == 0) {
            put(root, path, cJSON_Duplicate(cJSON_GetObjectItem(each, "value"), true));
        } else {
            char *last = NULL;
            const char *from = cJSON_GetStringValue(cJSON_GetObjectItem(each, "from"));
            cJSON *container = container_of(root, from, &last);
            put(root, path, cJSON_DetachItemFromArray(container, (int)strtol(last, NULL, 10)));
            free(last);
        }
    }
}

static void assert_other_replay(const char *object, const char *operations, const char *want,
                                uint64_t seed)
{
    cJSON *root = cJSON_Parse(object);
    cJSON *list = cJSON_Parse(operations);
    cJSON *expected = cJSON_Parse(want);

    replay(root, list);
    cr_assert(cJSON_Compare(root, expected, true), SEED "\n%s\n%s\n%s", seed, object, operations,
              want);
    cJSON_Delete(root);
    cJSON_Delete(list);
    cJSON_Delete(expected);
}

/* ---- Edits ---- */

/* Walk down at random; the place of a container, which is given back. */
static struct value any_container(struct value root, struct buf *place, uint64_t *state)
{
    struct value at = root;

    while (value_count(at) > 0 && random_chance(state, 75)) {
        size_t pick = random_below(state, (unsigned)value_count(at));
        struct value_iter iter = value_iter(at);
        struct slice key = {0};
        struct value item = VALUE_ABSENT;
        while (value_next(&iter, &key, &item) && iter.index < pick) {
        }
        if (value_kind(item) < JSON_ARRAY) {
            break;
        }
        buf_char(place, '/');
        if (value_kind(at) == JSON_OBJECT) {
            pointer_escape(place, key);
        } else {
            buf_printf(place, "%zu", pick);
        }
        at = item;
    }
    return at;
}

static void any_token(struct value container, struct buf *place, uint64_t *state)
{
    buf_char(place, '/');
    if (value_kind(container) == JSON_ARRAY && random_chance(state, 85)) {
        unsigned index = random_below(state, (unsigned)value_count(container) + 2);
        buf_printf(place, index > value_count(container) ? "-" : "%u", index);
    } else {
        pointer_escape(place, any_name(state));
    }
}

static int edit(struct patch *patch, struct buf *place, uint64_t *state, struct error *err)
{
    struct value container = any_container(patch_object(patch), place, state);
    unsigned count = (unsigned)value_count(container);

    if (value_kind(container) == JSON_ARRAY && random_chance(state, 40)) {
        return patch_move(patch, buf_cstr(place), random_below(state, count + 1),
                          random_below(state, count + 1), err);
    }
    any_token(container, place, state);
    while (random_chance(state, 25)) {
        any_token(VALUE_ABSENT, place, state);
    }
    if (random_chance(state, 20)) {
        AUTO(buf) struct buf unused = {0};
        buf_init(&unused, 10000);
        return patch_add(patch, any_container(patch_object(patch), &unused, state), err, "%s",
                         buf_cstr(place));
    }
    AUTO(buf) struct buf value = {0};
    buf_init(&value, 10000);
    scalar(&value, state);
    return patch_add_json(patch, buf_view(&value), err, "%s", buf_cstr(place));
}

/* The bit of the root's member that a place begins with. */
static unsigned member_of(const char *place)
{
    char *token = next_token(&place);
    unsigned bit = 0;

    for (unsigned i = 0; i < COUNT_OF(names); i++) {
        bit |= slice_is(names[i], token) ? 1U << i : 0;
    }
    free(token);
    return bit;
}

/* One edit: what is refused must leave no trace. */
static unsigned edit_once(struct patch *patch, uint64_t *state, uint64_t seed)
{
    AUTO(buf) struct buf place = {0};
    AUTO(buf) struct buf before = {0};
    AUTO(buf) struct buf after = {0};
    struct error err = {0};
    size_t count = patch_count(patch);

    buf_init(&place, 10000);
    (void)support_encode(&before, patch_object(patch));
    if (edit(patch, &place, state, &err) == 0) {
        return place.len == 0 ? 0 : member_of(buf_cstr(&place));
    }
    cr_assert_eq(err.code, ERR_MALFORMED, SEED ": %s", seed, err.text);
    cr_assert_eq(patch_count(patch), count, SEED ": %s", seed, err.text);
    struct error unused = {0};
    AUTO(json) struct json doc = {0};
    buf_init(&after, SUPPORT_MAX);
    value_encode(patch_object(patch), &after);
    cr_assert_eq(json_parse(&doc, buf_view(&before), &unused), 0, SEED, seed);
    cr_assert(value_equal(value_root(&doc), patch_object(patch)), SEED ": %s\n%s\n%s", seed,
              err.text, buf_cstr(&before), buf_cstr(&after));
    return 0;
}

static void assert_untouched(struct value object, struct value copy, unsigned touched,
                             uint64_t seed)
{
    for (unsigned i = 0; i < COUNT_OF(names); i++) {
        struct value before = value_member_slice(object, names[i]);
        struct value after = value_member_slice(copy, names[i]);
        AUTO(buf) struct buf text = {0};
        if ((touched & (1U << i)) == 0) {
            (void)support_encode(&text, after);
            cr_assert(slice_equal(buf_view(&text), value_raw(before)) || after.node != NULL,
                      SEED ": \"%.*s\" changed to %s", seed, SLICE_ARGS(names[i]), buf_cstr(&text));
            cr_assert(value_equal(before, after), SEED ": \"%.*s\" changed", seed,
                      SLICE_ARGS(names[i]));
        }
    }
}

static void assert_same(struct value copy, struct slice replayed, bool bytes, uint64_t seed)
{
    AUTO(buf) struct buf want = {0};
    AUTO(json) struct json doc = {0};
    struct error err = {0};

    (void)support_encode(&want, copy);
    cr_assert_eq(json_parse(&doc, replayed, &err), 0, SEED ": %s", seed, err.text);
    cr_assert(value_equal(value_root(&doc), copy), SEED "\n%s\n%s", seed, buf_cstr(&want),
              replayed.data);
    if (bytes) {
        cr_assert_str_eq(replayed.data, buf_cstr(&want), SEED, seed);
    }
}

static size_t run_round(uint64_t seed)
{
    uint64_t state = seed;
    AUTO(buf) struct buf text = {0};
    AUTO(buf) struct buf operations = {0};
    AUTO(buf) struct buf copy = {0};
    AUTO(buf) struct buf replayed = {0};
    AUTO(json) struct json doc = {0};
    AUTO(json) struct json list = {0};
    struct error err = {0};
    unsigned touched = 0;
    bool all = true;

    buf_init(&text, SUPPORT_MAX);
    buf_init(&operations, SUPPORT_MAX);
    buf_init(&replayed, SUPPORT_MAX);
    draw_object(&text, &state);
    cr_assert_eq(json_parse(&doc, buf_view(&text), &err), 0, SEED ": %s", seed, err.text);
    struct value object = value_root(&doc);
    AUTO(patch) struct patch *patch = patch_new(object, "");
    for (unsigned i = random_below(&state, EDITS); i > 0; i--) {
        size_t count = patch_count(patch);
        touched |= edit_once(patch, &state, seed);
        all = all && patch_count(patch) > count;
    }

    cr_assert_eq(patch_encode(patch, &operations, &err), 0, SEED ": %s", seed, err.text);
    cr_assert_eq(json_parse(&list, buf_view(&operations), &err), 0, SEED ": %s", seed, err.text);
    cr_assert_eq(patch_apply(object, value_root(&list), &replayed, &err), 0, SEED ": %s\n%s\n%s",
                 seed, err.text, buf_cstr(&text), buf_cstr(&operations));
    assert_same(patch_object(patch), buf_view(&replayed), all, seed);
    const char *want = support_encode(&copy, patch_object(patch));
    assert_other_replay(buf_cstr(&text), buf_cstr(&operations), want, seed);
    assert_untouched(object, patch_object(patch), touched, seed);
    return patch_count(patch);
}

Test(patch_random, replays_to_the_working_copy)
{
    uint64_t seed = random_seed();
    size_t operations = 0;

    for (unsigned i = 0; i < ROUNDS; i++) {
        operations += run_round(seed);
        seed += getenv("PODVEIL_SEED") == NULL ? 1 : 0;
    }
    cr_assert_gt(operations, ROUNDS, SEED ": hardly anything was edited", seed);
}
