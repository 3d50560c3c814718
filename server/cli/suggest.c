/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/suggest.h"

#include <stdint.h>
#include <string.h>

enum { WORD_MAX = 31 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: three rows of the table are enough. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][WORD_MAX + 1] = {0};

    for (size_t j = 0; j <= b_len; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        const size_t *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t changed = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = least(changed, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = least(row[j], two_above[j - 2] + 1);
            }
        }
    }
    return rows[a_len % 3][b_len];
}

void suggest_init(struct suggestion *suggestion, const char *typed)
{
    *suggestion = (struct suggestion){.typed = typed, .distance = SIZE_MAX};
}

void suggest_offer(struct suggestion *suggestion, const char *word)
{
    size_t typed_len = strlen(suggestion->typed);
    size_t len = strlen(word);

    if (typed_len == 0 || typed_len > WORD_MAX || len > WORD_MAX) {
        return;
    }
    size_t found = distance(suggestion->typed, typed_len, word, len);
    size_t allowed = len < 6 ? 1 + (len > 3 ? 1 : 0) : len / 3;
    if (found <= allowed && found < suggestion->distance) {
        suggestion->best = word;
        suggestion->distance = found;
    }
}
