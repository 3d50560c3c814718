/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The distance of Damerau and Levenshtein (optimal string alignment): how many
 * letters must be changed, put in, left out or swapped with their neighbour.
 */
#include "lib/config/suggest.h"

enum { MAX_LEN = 40, CHANGE = 2, CASE = 1 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned letter_cost(char a, char b)
{
    if (a == b) {
        return 0;
    }
    return ascii_lower(a) == ascii_lower(b) ? CASE : CHANGE;
}

/* rows[i][k]: what it costs to make the first k letters of b of the first i of a. */
struct table {
    unsigned rows[MAX_LEN + 1][MAX_LEN + 1];
};

static unsigned cheapest(const struct table *table, struct slice a, struct slice b, size_t i,
                         size_t k)
{
    unsigned cost = table->rows[i - 1][k - 1] + letter_cost(a.data[i - 1], b.data[k - 1]);

    cost = least(cost, least(table->rows[i - 1][k], table->rows[i][k - 1]) + CHANGE);
    if (i > 1 && k > 1 && a.data[i - 1] == b.data[k - 2] && a.data[i - 2] == b.data[k - 1]) {
        cost = least(cost, table->rows[i - 2][k - 2] + CHANGE);
    }
    return cost;
}

static unsigned distance(struct slice a, struct slice b)
{
    struct table table;

    for (size_t i = 0; i <= a.len; i++) {
        table.rows[i][0] = (unsigned)i * CHANGE;
    }
    for (size_t k = 0; k <= b.len; k++) {
        table.rows[0][k] = (unsigned)k * CHANGE;
    }
    for (size_t i = 1; i <= a.len; i++) {
        for (size_t k = 1; k <= b.len; k++) {
            table.rows[i][k] = cheapest(&table, a, b, i, k);
        }
    }
    return table.rows[a.len][b.len];
}

bool suggest_is_nearer(struct slice word, const char *known, unsigned *best)
{
    struct slice other = slice_of(known);

    if (word.len > MAX_LEN || other.len > MAX_LEN) {
        return false;
    }
    unsigned found = distance(word, other);
    unsigned limit = (unsigned)other.len / 3 * CHANGE + CHANGE;
    if (found > limit || found >= *best || found >= other.len * CHANGE) {
        return false;
    }
    *best = found;
    return true;
}
