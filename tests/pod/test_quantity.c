/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/quantity.h"

#include <criterion/criterion.h>

struct sum_case {
    const char *a;
    const char *b;
    const char *want; /* NULL: refused */
};

static const struct sum_case sums[] = {
    {"0.5", "10m", "510m"},
    {"10m", "0.5", "510m"},
    {"1", "1", "2"},
    {"1Gi", "16Mi", "1040Mi"},
    {"16Mi", "1Gi", "1040Mi"},
    {"1008Mi", "16Mi", "1Gi"},
    {"1G", "16Mi", "1016777216"},
    {"1Mi", "1", "1048577"},
    {"0.5Mi", "0.5Mi", "1Mi"},
    {"1.5Gi", "0", "1536Mi"},
    {"0.1Ki", "0.4", "102800m"},
    {"0", "0", "0"},
    {"0Mi", "0", "0"},
    {"1e3", "1", "1001"},
    {"1E3", "1E", "1000000000000001k"},
    {"1e-3", "1m", "2m"},
    {"+1", "1", "2"},
    {"1.", ".5", "1500m"},
    {"1n", "1u", "1001n"},
    {"500m", "500m", "1"},
    {"1023", "1", "1024"},
    {"9223372036854775806", "1", "9223372036854775807"},
    {"9223372036854775807", "1", NULL},
    {"7Ei", "1Ei", NULL},
    {"170141183460469231731687303715884105728n", "170141183460469231731687303715884105728n", NULL},
    {"8Ei", "0", NULL},
    {"100000000000", "1n", NULL}, /* has no text of 64 bits */
    {"0.0000000001", "1", NULL},  /* finer than a billionth */
    {"1.23456789012", "1", NULL},
    {"-1", "1", NULL},
    {"", "1", NULL},
    {".", "1", NULL},
    {"1.2.3", "1", NULL},
    {"Mi", "1", NULL},
    {"1mi", "1", NULL},
    {"1 Mi", "1", NULL},
    {"1e", "1", NULL},
    {"1e+", "1", NULL},
    {"1e19", "1", NULL},
    {"1e-19", "1", NULL},
    {"1e999999999999", "1", NULL},
    {"1eq", "1", NULL},
    {"1x", "1", NULL},
    {"99999999999999999999999999999999999999999", "1", NULL},
    {"1", "x", NULL},
};

static void try_add(const struct sum_case *c)
{
    struct error err = {0};
    char out[QUANTITY_TEXT] = "untouched";

    int rc = quantity_add(slice_of(c->a), slice_of(c->b), out, &err);

    if (c->want == NULL) {
        cr_assert_eq(rc, -1, "\"%s\" + \"%s\" gave %s", c->a, c->b, out);
        cr_assert_eq(err.code, ERR_MALFORMED, "\"%s\" + \"%s\"", c->a, c->b);
        return;
    }
    cr_assert_eq(rc, 0, "\"%s\" + \"%s\": %s", c->a, c->b, err.text);
    cr_assert_str_eq(out, c->want, "\"%s\" + \"%s\"", c->a, c->b);
}

Test(pod_quantity, sums_are_exact_or_refused)
{
    for (size_t i = 0; i < COUNT_OF(sums); i++) {
        try_add(&sums[i]);
    }
}
