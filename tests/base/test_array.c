/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/array.h"
#include "tests/base/support.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>

Test(array, doubles_from_its_first_room_to_its_maximum)
{
    static const size_t want[] = {10, 20, 40, 80, 100};
    size_t cap = 0;
    int *items = NULL;

    for (size_t i = 0; i < COUNT_OF(want); i++) {
        int *grown = array_grow(items, &cap, sizeof *items, 10, 100);
        cr_assert_neq(grown, NULL, "%zu", i);
        cr_assert_eq(cap, want[i], "%zu: %zu", i, cap);
        items = grown;
        items[cap - 1] = (int)i;
    }
    cr_assert_eq(items[9], 0);
    cr_assert_eq(items[79], 3);
    cr_assert_eq(array_grow(items, &cap, sizeof *items, 10, 100), NULL, "beyond its maximum");
    cr_assert_eq(cap, 100);
    free(items);
}

Test(array, begins_no_larger_than_its_maximum)
{
    size_t cap = 0;

    void *items = array_grow(NULL, &cap, 1, 10, 3);
    cr_assert_neq(items, NULL);
    cr_assert_eq(cap, 3);
    free(items);
}

Test(array, refuses_sizes_that_overflow)
{
    size_t cap = 0;

    cr_assert_eq(array_grow(NULL, &cap, SIZE_MAX / 4, 8, 100), NULL);
    cr_assert_eq(cap, 0);
    cap = SIZE_MAX / 2 + 1;
    cr_assert_eq(array_grow(NULL, &cap, 2, 1, SIZE_MAX), NULL);
    cr_assert_eq(cap, SIZE_MAX / 2 + 1);
}

Test(array, that_stays_takes_no_more_than_it_needs)
{
    size_t cap = 0;
    int *items = array_grow(NULL, &cap, sizeof *items, 100, 100);

    cr_assert_not_null(items);
    items[0] = 1;
    items[1] = 2;
    items = array_fit(items, 2, sizeof *items);
    cr_assert_eq(items[0], 1);
    cr_assert_eq(items[1], 2);
    cr_assert_lt(malloc_usable_size(items), sizeof(int) * 100);
    free(items);
}
