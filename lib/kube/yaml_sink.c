/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/yaml_sink.h"

#include "lib/base/array.h"
#include "lib/kube/quote.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

enum { SHOWN = 64 }; /* bytes of a key in an error message */

int yaml_fail(struct error *err, enum error_code code, struct yaml_mark mark, const char *fmt, ...)
{
    char what[400];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return error_set(err, code, "%u:%u: %s", mark.line, mark.column, what);
}

void sink_init(struct yaml_sink *sink, size_t max)
{
    *sink = (struct yaml_sink){0};
    buf_init(&sink->json, max);
}

void sink_done(struct yaml_sink *sink)
{
    size_t max = sink->json.max;

    buf_done(&sink->json);
    free(sink->marks);
    free(sink->keys);
    sink_init(sink, max);
}

static struct sink_level *top(struct yaml_sink *sink)
{
    return sink->depth == 0 ? NULL : &sink->levels[sink->depth - 1];
}

bool sink_wants_key(const struct yaml_sink *sink)
{
    const struct sink_level *level = sink->depth == 0 ? NULL : &sink->levels[sink->depth - 1];
    return level != NULL && level->object && !level->value_next;
}

static int check_text(const struct yaml_sink *sink, struct yaml_mark mark, struct error *err)
{
    struct error inner = {0};

    if (buf_check(&sink->json, &inner) != 0) {
        return yaml_fail(err, inner.code, mark, "%s when read as JSON", inner.text);
    }
    return 0;
}

static int add_mark(struct yaml_sink *sink, struct yaml_mark mark, struct error *err)
{
    if (sink->mark_count == sink->mark_cap) {
        void *grown =
            array_grow(sink->marks, &sink->mark_cap, sizeof *sink->marks, 64, JSON_MAX_TOKENS);
        if (grown == NULL && sink->mark_cap == JSON_MAX_TOKENS) {
            return yaml_fail(err, ERR_TOO_LARGE, mark, "more than %zu values and keys",
                             sink->mark_count);
        }
        if (grown == NULL) {
            return yaml_fail(err, ERR_NO_MEMORY, mark, "no memory for another value");
        }
        sink->marks = grown;
    }
    sink->marks[sink->mark_count] = mark;
    sink->mark_count++;
    return 0;
}

/* The comma and the mark that go before a key or a value. */
static int begin(struct yaml_sink *sink, struct yaml_mark mark, struct error *err)
{
    struct sink_level *level = top(sink);

    if (level != NULL && !level->value_next) {
        buf_text(&sink->json, level->count > 0 ? "," : "");
        level->count++;
    }
    if (level != NULL) {
        level->value_next = level->object && !level->value_next;
    }
    sink->value_start = sink->json.len;
    return check_text(sink, mark, err) == 0 ? add_mark(sink, mark, err) : -1;
}

int sink_open(struct yaml_sink *sink, bool object, struct yaml_mark mark, struct error *err)
{
    if (sink->depth == YAML_MAX_DEPTH) {
        return yaml_fail(err, ERR_TOO_LARGE, mark, "nested deeper than %d levels", YAML_MAX_DEPTH);
    }
    if (begin(sink, mark, err) != 0) {
        return -1;
    }
    buf_char(&sink->json, object ? '{' : '[');
    sink->levels[sink->depth] = (struct sink_level){.object = object, .number = sink->containers};
    sink->containers++;
    sink->depth++;
    return 0;
}

void sink_close(struct yaml_sink *sink)
{
    assert(sink->depth > 0);
    sink->depth--;
    buf_char(&sink->json, sink->levels[sink->depth].object ? '}' : ']');
}

int sink_key(struct yaml_sink *sink, struct slice text, struct yaml_mark mark, struct error *err)
{
    assert(sink->depth > 0);
    if (begin(sink, mark, err) != 0) {
        return -1;
    }
    if (sink->key_count == sink->key_cap) {
        void *grown =
            array_grow(sink->keys, &sink->key_cap, sizeof *sink->keys, 64, JSON_MAX_TOKENS);
        if (grown == NULL) {
            return yaml_fail(err, ERR_NO_MEMORY, mark, "no memory for another key");
        }
        sink->keys = grown;
    }
    struct sink_key key = {.object = sink->levels[sink->depth - 1].number, .mark = mark};
    key.start = (uint32_t)sink->json.len;
    quote(&sink->json, text);
    key.len = (uint32_t)sink->json.len - key.start;
    buf_char(&sink->json, ':');
    sink->keys[sink->key_count] = key;
    sink->key_count++;
    return check_text(sink, mark, err);
}

int sink_string(struct yaml_sink *sink, struct slice text, struct yaml_mark mark, struct error *err)
{
    if (begin(sink, mark, err) != 0) {
        return -1;
    }
    quote(&sink->json, text);
    return check_text(sink, mark, err);
}

int sink_literal(struct yaml_sink *sink, struct slice json, struct yaml_mark mark,
                 struct error *err)
{
    if (begin(sink, mark, err) != 0) {
        return -1;
    }
    buf_slice(&sink->json, json);
    return check_text(sink, mark, err);
}

int sink_copy(struct yaml_sink *sink, const struct sink_range *range, struct yaml_mark mark,
              struct error *err)
{
    if (begin(sink, mark, err) != 0) {
        return -1;
    }
    for (size_t i = 1; i < range->marks; i++) {
        if (add_mark(sink, mark, err) != 0) {
            return -1;
        }
    }
    size_t len = range->end - range->start;
    buf_reserve(&sink->json, len);
    if (check_text(sink, mark, err) != 0) {
        return -1;
    }
    buf_append(&sink->json, sink->json.data + range->start, len);
    return 0;
}

/* By object, then text, then place, so that a doubled key stands right behind the first. */
static int compare_keys(const void *left, const void *right)
{
    const struct sink_key *a = left;
    const struct sink_key *b = right;

    if (a->object != b->object) {
        return a->object < b->object ? -1 : 1;
    }
    if (a->len != b->len) {
        return a->len < b->len ? -1 : 1;
    }
    int order = memcmp(a->text, b->text, a->len);
    return order != 0 ? order : (a->start < b->start ? -1 : 1);
}

static int check_keys(struct yaml_sink *sink, struct error *err)
{
    const struct sink_key *doubled = NULL;
    const struct sink_key *first = NULL;

    for (size_t i = 0; i < sink->key_count; i++) {
        sink->keys[i].text = sink->json.data + sink->keys[i].start;
    }
    if (sink->key_count > 1) {
        qsort(sink->keys, sink->key_count, sizeof *sink->keys, compare_keys);
    }
    for (size_t i = 1; i < sink->key_count; i++) {
        const struct sink_key *a = &sink->keys[i - 1];
        const struct sink_key *b = &sink->keys[i];
        bool same =
            a->object == b->object && a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
        if (same && (doubled == NULL || b->start < doubled->start)) {
            first = a;
            doubled = b;
        }
    }
    if (doubled == NULL) {
        return 0;
    }
    return yaml_fail(err, ERR_MALFORMED, doubled->mark,
                     "the key %.*s stands twice in its mapping, first at %u:%u",
                     (int)(doubled->len < SHOWN ? doubled->len : SHOWN), doubled->text,
                     first->mark.line, first->mark.column);
}

int sink_take(struct yaml_sink *sink, struct yaml_document *out, struct error *err)
{
    struct yaml_mark start = sink->mark_count > 0 ? sink->marks[0] : (struct yaml_mark){1, 1};

    if (check_text(sink, start, err) != 0 || check_keys(sink, err) != 0) {
        return -1;
    }
    size_t len = sink->json.len;
    char *json = buf_take(&sink->json);
    *out = (struct yaml_document){
        .json = json, .len = len, .marks = sink->marks, .mark_count = sink->mark_count};
    sink->marks = NULL;
    sink_done(sink);
    return 0;
}
