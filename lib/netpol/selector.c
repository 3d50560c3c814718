/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys are independent of each other, so each question is one walk over two
 * lists sorted by key, and for each key a question on two sets of values. A set
 * "any but a list" is never empty: a label has more values than an object has
 * room for.
 */
#include "lib/netpol/selector.h"

#include "lib/netpol/texts.h"

#include <stdlib.h>

static bool has_a_value(const struct requirement *r)
{
    return r->any_but || r->count > 0;
}

static bool is_possible(const struct requirement *r)
{
    return r->may_be_absent || has_a_value(r);
}

bool selector_is_satisfiable(const struct selector *selector)
{
    for (size_t i = 0; i < selector->count; i++) {
        if (!is_possible(&selector->requirements[i])) {
            return false;
        }
    }
    return true;
}

static size_t common_values(const struct requirement *a, const struct requirement *b)
{
    return texts_common(a->values, a->count, b->values, b->count);
}

/* Is there a value, or the lack of one, that both take? */
static bool agree(const struct requirement *a, const struct requirement *b)
{
    if ((a->may_be_absent && b->may_be_absent) || (a->any_but && b->any_but)) {
        return true;
    }
    if (a->any_but) {
        return common_values(a, b) < b->count;
    }
    if (b->any_but) {
        return common_values(a, b) < a->count;
    }
    return common_values(a, b) > 0;
}

bool selectors_overlap(const struct selector *a, const struct selector *b)
{
    size_t i = 0;
    size_t k = 0;

    if (!selector_is_satisfiable(a) || !selector_is_satisfiable(b)) {
        return false;
    }
    while (i < a->count && k < b->count) {
        const struct requirement *of_a = &a->requirements[i];
        const struct requirement *of_b = &b->requirements[k];
        int order = texts_compare(of_a->key, of_b->key);
        if (order == 0 && !agree(of_a, of_b)) {
            return false;
        }
        i += order <= 0 ? 1 : 0;
        k += order >= 0 ? 1 : 0;
    }
    return true;
}

/* Does `outer` take everything that `inner` takes? */
static bool takes_all(const struct requirement *outer, const struct requirement *inner)
{
    if (inner->may_be_absent && !outer->may_be_absent) {
        return false;
    }
    if (inner->any_but) {
        return outer->any_but && common_values(outer, inner) == outer->count;
    }
    return common_values(outer, inner) == (outer->any_but ? 0 : inner->count);
}

bool selector_covers(const struct selector *outer, const struct selector *inner)
{
    static const struct requirement anything = {.may_be_absent = true, .any_but = true};
    size_t k = 0;

    if (!selector_is_satisfiable(inner)) {
        return true;
    }
    for (size_t i = 0; i < outer->count; i++) {
        const struct requirement *wanted = &outer->requirements[i];
        while (k < inner->count && texts_compare(inner->requirements[k].key, wanted->key) < 0) {
            k++;
        }
        bool named = k < inner->count && slice_equal(inner->requirements[k].key, wanted->key);
        if (!takes_all(wanted, named ? &inner->requirements[k] : &anything)) {
            return false;
        }
    }
    return true;
}

static int key_against(const void *key, const void *element)
{
    const struct slice *wanted = key;
    const struct requirement *r = element;

    return texts_compare(*wanted, r->key);
}

static const struct requirement *find(const struct selector *selector, struct slice key)
{
    if (selector->count == 0) {
        return NULL;
    }
    return bsearch(&key, selector->requirements, selector->count, sizeof(struct requirement),
                   key_against);
}

bool selector_matches(const struct selector *selector, struct value labels)
{
    bool has_labels = value_kind(labels) == JSON_OBJECT;
    struct value_iter iter = value_iter(has_labels ? labels : VALUE_ABSENT);
    struct slice key;
    struct value item;
    size_t missing = 0; /* labels that must be there and were not seen yet */

    for (size_t i = 0; i < selector->count; i++) {
        missing += selector->requirements[i].may_be_absent ? 0 : 1;
    }
    while (value_next(&iter, &key, &item)) {
        const struct requirement *r = find(selector, key);
        if (r == NULL) {
            continue;
        }
        if (texts_has(r->values, r->count, value_string(item)) == r->any_but) {
            return false;
        }
        missing -= r->may_be_absent ? 0 : 1;
    }
    return missing == 0;
}
