/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the values of a JSON text stand, as places to cut and put text in.
 *
 * Ownership: spots own their list until spots_done(); names borrow from the text.
 * Limits:    SPOTS_MAX values; those behind are left alone.
 */
#ifndef TESTS_FUZZ_SPOTS_H
#define TESTS_FUZZ_SPOTS_H

#include "lib/kube/json.h"

#include <stdbool.h>

enum { SPOTS_MAX = 8192 };

struct spot {
    enum json_kind kind;
    struct slice name; /* of the member; of the array's member for an item: "containers" */
    size_t parent;     /* the container's index; its own for the root */
    size_t begin;      /* of the member: its name's quote; else of the value */
    size_t value;
    size_t end;
    bool is_empty; /* a container without members or items */
};

struct spots {
    struct spot *items;
    size_t count;
};

/* False where the text is no JSON. */
bool spots_find(struct spots *spots, struct slice text);
void spots_done(struct spots *spots);
DEFINE_AUTO_IN_PLACE(spots, struct spots, spots_done);

#endif
