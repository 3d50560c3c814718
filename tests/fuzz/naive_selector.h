/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A label selector judged as the API's documentation reads: expression by
 * expression over the JSON that it came in. And all label sets that could tell
 * two selectors apart, tried one by one.
 *
 * Limits: NAIVE_KEYS keys of NAIVE_VALUES values; above, naive_worlds() does nothing.
 */
#ifndef TESTS_FUZZ_NAIVE_SELECTOR_H
#define TESTS_FUZZ_NAIVE_SELECTOR_H

#include "lib/kube/value.h"

enum { NAIVE_KEYS = 4, NAIVE_VALUES = 5 };

struct naive_label {
    struct slice key;
    struct slice value; /* data NULL: absent */
};

struct naive_labels {
    struct naive_label items[NAIVE_KEYS];
    size_t count;
};

/* `selector` is one that selector_parse() took. */
bool naive_matches(struct value selector, const struct naive_labels *labels);

/* What was found in trying all label sets over the keys and values of both. */
struct naive_worlds {
    bool a;
    bool b;
    bool both;
    bool b_without_a;
};
bool naive_worlds(struct value a, struct value b, struct naive_worlds *out);

#endif
