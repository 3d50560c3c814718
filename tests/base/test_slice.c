/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/slice.h"
#include "tests/base/support.h"

Test(slice, compares)
{
    struct slice abc = SLICE("abc");

    cr_assert(slice_is(abc, "abc"));
    cr_assert(!slice_is(abc, "ab"));
    cr_assert(!slice_is(abc, "abcd"));
    cr_assert(!slice_is(abc, "abd"));
    cr_assert(slice_is((struct slice){"abcdef", 3}, "abc"));
    cr_assert(slice_equal((struct slice){NULL, 0}, SLICE("")));
    cr_assert(!slice_equal((struct slice){NULL, 0}, SLICE("a")));
    cr_assert(!slice_equal(SLICE("a\0b"), SLICE("a\0c")), "beyond a NUL");
}

Test(slice, knows_how_it_begins_and_ends)
{
    struct slice abc = SLICE("abc");

    cr_assert(slice_starts_with(abc, ""));
    cr_assert(slice_starts_with(abc, "ab"));
    cr_assert(slice_starts_with(abc, "abc"));
    cr_assert(!slice_starts_with(abc, "abcd"));
    cr_assert(!slice_starts_with(abc, "b"));
    cr_assert(slice_ends_with(abc, ""));
    cr_assert(slice_ends_with(abc, "bc"));
    cr_assert(slice_ends_with(abc, "abc"));
    cr_assert(!slice_ends_with(abc, "xabc"));
    cr_assert(!slice_ends_with(abc, "ab"));
}

Test(slice, is_cut_from_its_beginning)
{
    cr_assert(slice_is(slice_after(SLICE("abc"), 0), "abc"));
    cr_assert(slice_is(slice_after(SLICE("abc"), 2), "c"));
    cr_assert(slice_is(slice_after(SLICE("abc"), 3), ""));
    cr_assert(slice_is(slice_after(SLICE("abc"), 99), ""));
}
