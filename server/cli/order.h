/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of texts in tables that are searched: by bytes, the shorter of two
 * that begin alike first.
 */
#ifndef CLI_ORDER_H
#define CLI_ORDER_H

#include "lib/base/slice.h"

/* Below, at or above 0, as of memcmp(). */
static inline int order_slices(struct slice a, struct slice b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    bool none = len == 0 || a.data == NULL || b.data == NULL;
    int order = none ? 0 : memcmp(a.data, b.data, len);

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static inline int order_sizes(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

#endif
