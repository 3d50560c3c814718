/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/naive_selector.h"

/* Every key of the two, with each value that is named, one that is not, and none. */
struct universe {
    struct {
        struct slice key;
        struct slice values[NAIVE_VALUES + 2];
        size_t count;
    } keys[NAIVE_KEYS];
    size_t count;
    bool too_large;
};

static struct slice value_of(const struct naive_labels *labels, struct slice key)
{
    for (size_t i = 0; i < labels->count; i++) {
        if (slice_equal(labels->items[i].key, key)) {
            return labels->items[i].value;
        }
    }
    return (struct slice){0};
}

static bool is_listed(struct value values, struct slice wanted)
{
    struct value_iter iter = value_iter(values);
    struct slice key;
    struct value value;

    while (value_next(&iter, &key, &value)) {
        if (slice_equal(value_string(value), wanted)) {
            return true;
        }
    }
    return false;
}

static bool holds(struct value expression, const struct naive_labels *labels)
{
    struct value operator= value_member(expression, "operator");
    struct slice have = value_of(labels, value_string(value_member(expression, "key")));
    bool there = have.data != NULL;
    bool listed = there && is_listed(value_member(expression, "values"), have);

    if (value_is(operator, "Exists")) {
        return there;
    }
    if (value_is(operator, "DoesNotExist")) {
        return !there;
    }
    return value_is(operator, "In") ? listed : !listed;
}

bool naive_matches(struct value selector, const struct naive_labels *labels)
{
    struct value_iter pairs = value_iter(value_member(selector, "matchLabels"));
    struct value_iter expressions = value_iter(value_member(selector, "matchExpressions"));
    struct slice key;
    struct value value;
    bool matches = true;

    while (value_next(&pairs, &key, &value)) {
        struct slice have = value_of(labels, key);
        matches = matches && have.data != NULL && slice_equal(have, value_string(value));
    }
    while (value_next(&expressions, &key, &value)) {
        matches = matches && holds(value, labels);
    }
    return matches;
}

static void add_value(struct universe *universe, struct slice key, struct slice value)
{
    size_t at = 0;

    while (at < universe->count && !slice_equal(universe->keys[at].key, key)) {
        at++;
    }
    if (at == NAIVE_KEYS) {
        universe->too_large = true;
        return;
    }
    if (at == universe->count) {
        universe->keys[at].key = key;
        universe->keys[at].values[0] = (struct slice){0};
        universe->keys[at].values[1] = SLICE("~another~");
        universe->keys[at].count = 2;
        universe->count++;
    }
    for (size_t i = 1; i < universe->keys[at].count; i++) {
        if (value.data == NULL || slice_equal(universe->keys[at].values[i], value)) {
            return;
        }
    }
    if (universe->keys[at].count == NAIVE_VALUES + 2) {
        universe->too_large = true;
        return;
    }
    universe->keys[at].values[universe->keys[at].count] = value;
    universe->keys[at].count++;
}

static void add_selector(struct universe *universe, struct value selector)
{
    struct value_iter pairs = value_iter(value_member(selector, "matchLabels"));
    struct value_iter expressions = value_iter(value_member(selector, "matchExpressions"));
    struct slice key;
    struct value item;

    while (value_next(&pairs, &key, &item)) {
        add_value(universe, key, value_string(item));
    }
    while (value_next(&expressions, &key, &item)) {
        struct slice name = value_string(value_member(item, "key"));
        struct value_iter values = value_iter(value_member(item, "values"));
        struct value value;
        add_value(universe, name, (struct slice){0});
        while (value_next(&values, &key, &value)) {
            add_value(universe, name, value_string(value));
        }
    }
}

bool naive_worlds(struct value a, struct value b, struct naive_worlds *out)
{
    struct universe universe = {.count = 0};
    size_t worlds = 1;

    add_selector(&universe, a);
    add_selector(&universe, b);
    if (universe.too_large) {
        return false;
    }
    for (size_t i = 0; i < universe.count; i++) {
        worlds *= universe.keys[i].count;
    }
    *out = (struct naive_worlds){0};
    for (size_t world = 0; world < worlds; world++) {
        struct naive_labels labels = {.count = universe.count};
        size_t rest = world;
        for (size_t i = 0; i < universe.count; i++) {
            labels.items[i].key = universe.keys[i].key;
            labels.items[i].value = universe.keys[i].values[rest % universe.keys[i].count];
            rest /= universe.keys[i].count;
        }
        bool in_a = naive_matches(a, &labels);
        bool in_b = naive_matches(b, &labels);
        out->a = out->a || in_a;
        out->b = out->b || in_b;
        out->both = out->both || (in_a && in_b);
        out->b_without_a = out->b_without_a || (in_b && !in_a);
    }
    return true;
}
