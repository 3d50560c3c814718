/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the mutator of reviews puts into them: values, members and items that a
 * rule looks at, and text that a careless reader trips over. All of it is JSON.
 */
#ifndef TESTS_FUZZ_PIECES_H
#define TESTS_FUZZ_PIECES_H

#include <stddef.h>

/* A member of the object of that name, or (name NULL) an item of the array of that name. Objects in
 * an array have the array's name. */
struct piece {
    const char *container;
    const char *name;
    const char *value;
};

extern const struct piece pieces[];
extern const size_t piece_count;

/* Values that may stand anywhere. */
extern const char *const piece_values[];
extern const size_t piece_value_count;

/* Text inside of a string's quotes. */
extern const char *const piece_texts[];
extern const size_t piece_text_count;

#endif
