/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/arena.h"
#include "tests/base/support.h"

#include <stdalign.h>
#include <stdint.h>

Test(arena, gives_zeroed_pieces_that_stay_apart)
{
    AUTO(arena) struct arena arena = {0};
    unsigned char *pieces[1000];

    arena_init(&arena, 10000000);
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        size_t size = i * 7 % 300;
        pieces[i] = arena_alloc(&arena, size);
        cr_assert_neq(pieces[i], NULL, "%zu", i);
        cr_assert_eq((uintptr_t)pieces[i] % alignof(max_align_t), 0, "%zu", i);
        for (size_t k = 0; k < size; k++) {
            cr_assert_eq(pieces[i][k], 0, "%zu", i);
            pieces[i][k] = (unsigned char)i;
        }
    }
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        for (size_t k = 0; k < i * 7 % 300; k++) {
            cr_assert_eq(pieces[i][k], (unsigned char)i, "%zu was written over", i);
        }
    }
}

Test(arena, gives_pieces_larger_than_its_blocks)
{
    AUTO(arena) struct arena arena = {0};

    arena_init(&arena, 10000000);
    char *small = arena_alloc(&arena, 10);
    char *large = arena_alloc(&arena, 1000000);
    char *after = arena_alloc(&arena, 10);
    cr_assert(small != NULL && large != NULL && after != NULL);
    memset(large, 'x', 1000000);
    cr_assert_eq(small[0], 0);
    cr_assert_eq(after[0], 0);
}

Test(arena, gives_no_more_than_its_maximum)
{
    AUTO(arena) struct arena arena = {0};

    arena_init(&arena, 100);
    cr_assert_eq(arena_alloc(&arena, 101), NULL);
    cr_assert_neq(arena_alloc(&arena, 60), NULL);
    cr_assert_eq(arena_alloc(&arena, 41), NULL);
    cr_assert_neq(arena_alloc(&arena, 40), NULL);
    cr_assert_eq(arena_alloc(&arena, 1), NULL);
    cr_assert_neq(arena_alloc(&arena, 0), NULL, "nothing is always there");
    cr_assert_eq(arena_alloc(&arena, SIZE_MAX), NULL);
}

Test(arena, refuses_what_no_machine_has)
{
    AUTO(arena) struct arena arena = {0};

    arena_init(&arena, SIZE_MAX);
    cr_assert_eq(arena_alloc(&arena, SIZE_MAX), NULL);
    cr_assert_eq(arena_alloc(&arena, SIZE_MAX - 15), NULL, "rounded up it is nothing");
}

Test(arena, copies_text_with_a_nul_behind_it)
{
    AUTO(arena) struct arena arena = {0};
    const char text[] = "abcdef";

    arena_init(&arena, 100);
    struct slice copy = arena_copy(&arena, (struct slice){text, 3});
    cr_assert_neq(copy.data, text);
    cr_assert_eq(copy.len, 3);
    cr_assert_str_eq(copy.data, "abc");
    struct slice empty = arena_copy(&arena, (struct slice){NULL, 0});
    cr_assert_str_eq(empty.data, "");
    cr_assert_eq(arena_copy(&arena, (struct slice){text, 100}).data, NULL);
    cr_assert_eq(arena_copy(&arena, (struct slice){text, SIZE_MAX}).data, NULL);
}

Test(arena, is_usable_again_when_released)
{
    AUTO(arena) struct arena arena = {0};

    arena_init(&arena, 100);
    cr_assert_neq(arena_alloc(&arena, 100), NULL);
    cr_assert(!arena.full);
    cr_assert_eq(arena_alloc(&arena, 1), NULL);
    cr_assert(arena.full);
    arena_done(&arena);
    cr_assert(!arena.full);
    cr_assert_neq(arena_alloc(&arena, 100), NULL);
    arena_done(&arena);
    arena_done(&arena);
}
