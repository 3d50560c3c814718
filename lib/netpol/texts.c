/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/texts.h"

#include <stdlib.h>
#include <string.h>

int texts_compare(struct slice a, struct slice b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common > 0 ? memcmp(a.data, b.data, common) : 0;

    if (order != 0 || a.len == b.len) {
        return order;
    }
    return a.len < b.len ? -1 : 1;
}

static int by_bytes(const void *left, const void *right)
{
    const struct slice *a = left;
    const struct slice *b = right;

    return texts_compare(*a, *b);
}

void texts_sort(struct slice *texts, size_t count)
{
    if (count > 1) {
        qsort(texts, count, sizeof texts[0], by_bytes);
    }
}

size_t texts_drop_doubles(struct slice *texts, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || !slice_equal(texts[kept - 1], texts[i])) {
            texts[kept++] = texts[i];
        }
    }
    return kept;
}

size_t texts_common(const struct slice *a, size_t a_count, const struct slice *b, size_t b_count)
{
    size_t common = 0;
    size_t i = 0;
    size_t k = 0;

    while (i < a_count && k < b_count) {
        int order = texts_compare(a[i], b[k]);
        common += order == 0 ? 1 : 0;
        i += order <= 0 ? 1 : 0;
        k += order >= 0 ? 1 : 0;
    }
    return common;
}

bool texts_has(const struct slice *texts, size_t count, struct slice text)
{
    return count > 0 && bsearch(&text, texts, count, sizeof texts[0], by_bytes) != NULL;
}
