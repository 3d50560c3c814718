/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/array.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *array_grow(void *items, size_t *cap, size_t size, size_t first, size_t max)
{
    size_t more = *cap < first ? first : *cap;
    size_t want = *cap < first ? first : (*cap > SIZE_MAX - more ? SIZE_MAX : *cap + more);

    want = want > max ? max : want;
    if (want <= *cap || want > SIZE_MAX / size) {
        return NULL;
    }
    void *grown = realloc(items, want * size);
    if (grown != NULL) {
        *cap = want;
    }
    return grown;
}

void *array_fit(void *items, size_t count, size_t size)
{
    void *fitting = calloc(count, size);

    if (fitting != NULL) {
        memcpy(fitting, items, count * size);
        free(items);
    }
    return fitting;
}
