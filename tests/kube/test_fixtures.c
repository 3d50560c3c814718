/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real input, and input that nearly is: everything under tests/fixtures, and the
 * same with bytes changed at random. The judge is cJSON, which accepts more than
 * our reader does (numbers aside, it keeps what it reads): whatever ours reads,
 * it must read alike.
 */
#include "tests/kube/support.h"
#include "tests/netpol/random.h"

#include <cjson/cJSON.h>

#include <glob.h>

/* ---- The judge ---- */

static bool same_text(struct slice ours, const char *theirs)
{
    /* cJSON cuts a string at a NUL. */
    size_t len = ours.len == 0 ? 0 : strnlen(ours.data, ours.len);
    return len == strlen(theirs) && (len == 0 || memcmp(ours.data, theirs, len) == 0);
}

static bool same_value(const struct json *doc, uint32_t token, const cJSON *theirs)
{
    struct slice raw = json_raw(doc, token);
    bool containers = json_kind(doc, token) >= JSON_ARRAY;

    if (containers && json_count(doc, token) != (uint32_t)cJSON_GetArraySize(theirs)) {
        return false;
    }
    switch (json_kind(doc, token)) {
    case JSON_NULL:
        return cJSON_IsNull(theirs) && slice_is(raw, "null");
    case JSON_BOOL:
        return slice_is(raw, cJSON_IsTrue(theirs) ? "true" : "false");
    case JSON_NUMBER:
        return cJSON_IsNumber(theirs);
    case JSON_STRING:
        return cJSON_IsString(theirs) && same_text(json_string(doc, token), theirs->valuestring);
    case JSON_ARRAY:
        return cJSON_IsArray(theirs);
    case JSON_OBJECT:
        return cJSON_IsObject(theirs);
    case JSON_ABSENT:
    default:
        return false;
    }
}

/* Both in document order; a tape is in document order by itself. */
static bool same_document(const struct json *doc, const cJSON *root)
{
    const cJSON *above[JSON_MAX_DEPTH + 1];
    size_t depth = 0;
    uint32_t token = 0;

    for (const cJSON *at = root; at != NULL;) {
        if (at->string != NULL) {
            if (!same_text(json_string(doc, token), at->string)) {
                return false;
            }
            token++;
        }
        if (!same_value(doc, token, at)) {
            return false;
        }
        token++;
        if (at->child != NULL) {
            above[depth++] = at;
            at = at->child;
            continue;
        }
        while (at->next == NULL && depth > 0) {
            at = above[--depth];
        }
        at = at->next;
    }
    return token == doc->count;
}

/* Read by both. Gives whether ours accepted it. */
static bool both_read(struct slice text, const char *name)
{
    struct json doc;
    struct error err = {0};

    if (json_parse(&doc, text, &err) != 0) {
        cr_assert_neq(err.code, ERR_NONE, "%s", name);
        cr_assert_neq(err.text[0], '\0', "%s", name);
        return false;
    }
    cJSON *theirs = cJSON_ParseWithLength(text.data, text.len);
    cr_assert_neq(theirs, NULL, "%s: read by us alone", name);
    cr_assert(same_document(&doc, theirs), "%s: read differently", name);
    cJSON_Delete(theirs);
    json_done(&doc);
    return true;
}

/* ---- The files ---- */

static void find_files(glob_t *found)
{
    cr_assert_eq(glob(TEST_SOURCE_DIR "/tests/fixtures/*/*.json", 0, NULL, found), 0);
    cr_assert_geq(found->gl_pathc, 20, "where have the recordings gone?");
}

static void read_file(struct buf *buf, const char *path)
{
    struct error err = {0};

    buf_init(buf, SUPPORT_MAX);
    cr_assert_eq(file_read(path, buf, &err), 0, "%s", err.text);
}

Test(fixtures, are_read_as_another_reader_reads_them)
{
    glob_t found;

    find_files(&found);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        AUTO(buf) struct buf text = {0};
        read_file(&text, found.gl_pathv[i]);
        cr_assert(both_read(buf_view(&text), found.gl_pathv[i]), "%s", found.gl_pathv[i]);
    }
    globfree(&found);
}

Test(fixtures, are_written_as_they_came)
{
    glob_t found;

    find_files(&found);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        AUTO(buf) struct buf text = {0};
        AUTO(buf) struct buf out = {0};
        AUTO(json) struct json doc = {0};
        read_file(&text, found.gl_pathv[i]);
        struct value root = support_parse(&doc, buf_view(&text));
        cr_assert(slice_equal(slice_of(support_encode(&out, root)), value_raw(root)), "%s",
                  found.gl_pathv[i]);
    }
    globfree(&found);
}

/* ---- The same, broken ---- */

static void change(struct buf *text, uint64_t *state)
{
    static const char likely[] = "\"\\{}[]:,0-.eEtfnu \n\x80\xc3\xed\xf0";
    unsigned at = random_below(state, (unsigned)text->len);

    switch (random_below(state, 4)) {
    case 0:
        text->data[at] = likely[random_below(state, sizeof likely)];
        break;
    case 1:
        text->data[at] = (char)random_below(state, 256);
        break;
    case 2:
        buf_insert(text, at, &likely[random_below(state, sizeof likely)], 1);
        break;
    default:
        memmove(text->data + at, text->data + at + 1, text->len - at);
        text->len--;
        break;
    }
}

Test(fixtures, broken_are_refused_or_read_alike)
{
    uint64_t seed = random_seed();
    uint64_t state = seed;
    AUTO(buf) struct buf whole = {0};
    size_t read = 0;
    char name[64];

    (void)snprintf(name, sizeof name, SEED, seed);
    support_read(&whole, "fixtures/reviews/mutate-pod-create-bare.json");
    for (unsigned round = 0; round < 3000; round++) {
        /* An exact copy on the heap, so that a step too far is seen. */
        AUTO(buf) struct buf text = {0};
        buf_init(&text, SUPPORT_MAX);
        buf_slice(&text, buf_view(&whole));
        for (unsigned changes = 1 + random_below(&state, 3); changes > 0; changes--) {
            change(&text, &state);
        }
        char *exact = malloc(text.len);
        cr_assert_neq(exact, NULL);
        memcpy(exact, text.data, text.len);
        read += both_read((struct slice){exact, text.len}, name) ? 1 : 0;
        free(exact);
    }
    cr_assert_gt(read, 100, "%s: hardly any was good, so little was compared", name);
}
