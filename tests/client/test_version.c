/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/client/version.h"
#include "tests/base/support.h"

static const struct {
    const char *a;
    const char *b;
    bool after;
    bool not_after;
} rows[] = {
    {"10", "9", true, false},
    {"9", "10", false, true},
    {"10", "10", false, true},
    {"18446744073709551617", "18446744073709551616", true, false},
    {"18446744073709551616", "9", true, false},
    {"010", "9", false, false},
    {"0", "9", false, false},
    {"", "9", false, false},
    {"9", "", false, false},
    {"v10", "v9", false, false},
    {"1e9", "9", false, false},
    {"-9", "8", false, false},
    {"9 ", "8", false, false},
};

EACH_ROW(version, is_compared_only_where_it_is_a_number, rows)
{
    struct slice a = slice_of(rows[*index].a);
    struct slice b = slice_of(rows[*index].b);

    cr_assert_eq(version_is_after(a, b), rows[*index].after, "%s %s", a.data, b.data);
    cr_assert_eq(version_is_not_after(a, b), rows[*index].not_after, "%s %s", a.data, b.data);
}
