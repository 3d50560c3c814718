/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each term (a label, an expression) becomes a requirement; they are sorted by
 * key and the terms of one key are made one. What a key may have is the common
 * part of all its In lists without the union of all its NotIn lists. Both come
 * from one sort of the lists put together, so that no order of terms makes it
 * quadratic.
 */
#include "lib/netpol/field.h"
#include "lib/netpol/selector.h"
#include "lib/netpol/texts.h"

#include <stdlib.h>

static int no_memory(struct error *err)
{
    return error_set(err, ERR_NO_MEMORY, "no memory for a selector");
}

static int read_labels(struct value labels, struct arena *arena, struct requirement *out,
                       struct error *err)
{
    struct slice *values = arena_alloc(arena, value_count(labels) * sizeof *values);
    struct value_iter iter = value_iter(labels);
    struct slice key;
    struct value item;

    if (values == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; value_next(&iter, &key, &item); i++) {
        if (value_kind(item) != JSON_STRING) {
            return error_set(err, ERR_MALFORMED, "matchLabels: \"%.*s\" must be a string",
                             FIELD_ARGS(key));
        }
        values[i] = value_string(item);
        out[i] = (struct requirement){.key = key, .values = &values[i], .count = 1};
    }
    return 0;
}

struct operation {
    const char *name;
    bool may_be_absent;
    bool any_but;
    bool has_values;
};

static int read_operation(struct value expression, const struct operation **out, struct error *err)
{
    static const struct operation operations[] = {
        {"In", false, false, true},
        {"NotIn", true, true, true},
        {"Exists", false, true, false},
        {"DoesNotExist", true, false, false},
    };
    struct slice name;

    if (field_text(expression, "operator", &name, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < COUNT_OF(operations); i++) {
        if (slice_is(name, operations[i].name)) {
            *out = &operations[i];
            return 0;
        }
    }
    return error_set(err, ERR_MALFORMED, "operator: must be In, NotIn, Exists or DoesNotExist");
}

static int read_values(struct value list, struct arena *arena, struct requirement *out,
                       struct error *err)
{
    struct slice *values = arena_alloc(arena, value_count(list) * sizeof *values);
    struct value_iter iter = value_iter(list);
    struct slice key;
    struct value item;
    size_t count = 0;

    if (values == NULL) {
        return no_memory(err);
    }
    while (value_next(&iter, &key, &item)) {
        if (value_kind(item) != JSON_STRING) {
            return error_set(err, ERR_MALFORMED, "values[%zu]: must be a string", count);
        }
        values[count++] = value_string(item);
    }
    texts_sort(values, count);
    out->values = values;
    out->count = texts_drop_doubles(values, count);
    return 0;
}

static int read_expression(struct value expression, struct arena *arena, struct requirement *out,
                           struct error *err)
{
    static const char *const members[] = {"key", "operator", "values"};
    const struct operation *operation = NULL;
    struct slice key;
    struct value values;

    if (field_known(expression, members, COUNT_OF(members), err) != 0 ||
        field_text(expression, "key", &key, err) != 0 ||
        read_operation(expression, &operation, err) != 0 ||
        field_get(expression, "values", JSON_ARRAY, &values, err) != 0) {
        return -1;
    }
    if (key.len == 0) {
        return error_set(err, ERR_MALFORMED, "key: must be a label's key");
    }
    if (operation->has_values != (value_count(values) > 0)) {
        return error_set(err, ERR_MALFORMED, "values: %s %s", operation->name,
                         operation->has_values ? "needs one or more" : "takes none");
    }
    *out = (struct requirement){
        .key = key,
        .may_be_absent = operation->may_be_absent,
        .any_but = operation->any_but,
    };
    return read_values(values, arena, out, err);
}

static int read_expressions(struct value list, struct arena *arena, struct requirement *out,
                            struct error *err)
{
    struct value_iter iter = value_iter(list);
    struct slice key;
    struct value item;

    for (size_t i = 0; value_next(&iter, &key, &item); i++) {
        if (value_kind(item) != JSON_OBJECT) {
            return error_set(err, ERR_MALFORMED, "matchExpressions[%zu]: must be an object", i);
        }
        if (read_expression(item, arena, &out[i], err) != 0) {
            return field_under(err, "matchExpressions[%zu].", i);
        }
    }
    return 0;
}

/* The values of all the lists (any_but: of what is excluded), sorted; each list has one once. */
static int collect(const struct requirement *terms, size_t count, struct arena *arena,
                   struct requirement *out, struct error *err)
{
    size_t total = 0;

    for (size_t i = 0; i < count; i++) {
        total += terms[i].any_but == out->any_but ? terms[i].count : 0;
    }
    out->values = arena_alloc(arena, total * sizeof out->values[0]);
    if (out->values == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; terms[i].any_but == out->any_but && k < terms[i].count; k++) {
            out->values[out->count++] = terms[i].values[k];
        }
    }
    texts_sort(out->values, total);
    return 0;
}

/* Keep, once, what stands there `times` times and is not excluded. */
static void keep_common(struct requirement *listed, size_t times,
                        const struct requirement *excluded)
{
    size_t kept = 0;
    size_t next = 0;

    for (size_t i = 0; i < listed->count; i = next) {
        struct slice value = listed->values[i];
        while (next < listed->count && slice_equal(listed->values[next], value)) {
            next++;
        }
        if (next - i == times && !texts_has(excluded->values, excluded->count, value)) {
            listed->values[kept++] = value;
        }
    }
    listed->count = kept;
}

/* terms[0 .. count) have the same key: make *out all of them together. */
static int merge(const struct requirement *terms, size_t count, struct arena *arena,
                 struct requirement *out, struct error *err)
{
    struct requirement excluded = {.key = terms[0].key, .any_but = true};
    struct requirement listed = {.key = terms[0].key};
    bool may_be_absent = true;
    size_t lists = 0;

    for (size_t i = 0; i < count; i++) {
        may_be_absent = may_be_absent && terms[i].may_be_absent;
        lists += terms[i].any_but ? 0 : 1;
    }
    if (collect(terms, count, arena, &excluded, err) != 0 ||
        collect(terms, count, arena, &listed, err) != 0) {
        return -1;
    }
    excluded.count = texts_drop_doubles(excluded.values, excluded.count);
    keep_common(&listed, lists, &excluded);
    *out = lists > 0 ? listed : excluded;
    out->may_be_absent = may_be_absent;
    return 0;
}

static int by_key(const void *left, const void *right)
{
    const struct requirement *a = left;
    const struct requirement *b = right;

    return texts_compare(a->key, b->key);
}

/* Sort by key and leave one requirement a key; *count becomes how many. */
static int merge_keys(struct requirement *terms, size_t *count, struct arena *arena,
                      struct error *err)
{
    size_t kept = 0;
    size_t next = 0;

    qsort(terms, *count, sizeof terms[0], by_key);
    for (size_t i = 0; i < *count; i = next) {
        struct requirement one = terms[i];
        while (next < *count && slice_equal(terms[next].key, one.key)) {
            next++;
        }
        if (next - i > 1 && merge(&terms[i], next - i, arena, &one, err) != 0) {
            return -1;
        }
        terms[kept++] = one;
    }
    *count = kept;
    return 0;
}

static int read_terms(struct value labels, struct value expressions, struct arena *arena,
                      struct selector *out, struct error *err)
{
    size_t of_labels = value_count(labels);
    size_t count = of_labels + value_count(expressions);
    struct requirement *terms = arena_alloc(arena, count * sizeof *terms);

    if (terms == NULL) {
        return no_memory(err);
    }
    if (read_labels(labels, arena, terms, err) != 0 ||
        read_expressions(expressions, arena, terms + of_labels, err) != 0 ||
        merge_keys(terms, &count, arena, err) != 0) {
        return -1;
    }
    *out = (struct selector){terms, count};
    return 0;
}

int selector_parse(struct value v, struct arena *arena, struct selector *out, struct error *err)
{
    static const char *const members[] = {"matchLabels", "matchExpressions"};
    struct value labels;
    struct value expressions;

    if (value_kind(v) != JSON_OBJECT) {
        return error_set(err, ERR_MALFORMED, "a selector must be an object");
    }
    if (field_known(v, members, COUNT_OF(members), err) != 0 ||
        field_get(v, "matchLabels", JSON_OBJECT, &labels, err) != 0 ||
        field_get(v, "matchExpressions", JSON_ARRAY, &expressions, err) != 0) {
        return -1;
    }
    return read_terms(labels, expressions, arena, out, err);
}

static int one_requirement(struct requirement requirement, struct arena *arena,
                           struct selector *out, struct error *err)
{
    struct requirement *room = arena_alloc(arena, sizeof *room);

    if (room == NULL) {
        return no_memory(err);
    }
    *room = requirement;
    *out = (struct selector){room, 1};
    return 0;
}

int selector_exists(struct slice key, struct arena *arena, struct selector *out, struct error *err)
{
    struct requirement exists = {.key = key, .any_but = true};

    return one_requirement(exists, arena, out, err);
}

int selector_in(struct slice key, const struct slice *values, size_t count, struct arena *arena,
                struct selector *out, struct error *err)
{
    struct slice *copy = arena_alloc(arena, (count + 1) * sizeof *copy);

    if (copy == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        copy[i] = values[i];
    }
    texts_sort(copy, count);
    struct requirement in = {
        .key = key,
        .values = copy,
        .count = texts_drop_doubles(copy, count),
    };
    return one_requirement(in, arena, out, err);
}
