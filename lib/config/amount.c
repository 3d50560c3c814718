/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/config/amount.h"

#include "lib/config/grammar.h"

static const struct {
    const char *suffix;
    uint64_t milli;
} units[] = {
    {"m", 1},
    {"", 1000},
    {"k", 1000000},
    {"M", 1000000000},
    {"G", 1000000000000},
    {"T", 1000000000000000},
    {"Ki", UINT64_C(1000) << 10},
    {"Mi", UINT64_C(1000) << 20},
    {"Gi", UINT64_C(1000) << 30},
    {"Ti", UINT64_C(1000) << 40},
};

/* Digits as a number of thousandths; *len is how many characters they take. */
static uint64_t read_thousandths(struct slice text, size_t *len)
{
    uint64_t value = 0;
    unsigned decimals = 0;
    bool point = false;
    size_t i = 0;

    for (; i < text.len; i++) {
        char c = text.data[i];
        if (c == '.') {
            point = true;
            continue;
        }
        if (c < '0' || c > '9') {
            break;
        }
        value = value * 10 + (uint64_t)(c - '0');
        decimals += point ? 1 : 0;
    }
    for (; decimals < 3; decimals++) {
        value *= 10;
    }
    *len = i;
    return value;
}

/* The unit's thousandths; 0 where there is none, which the grammar rules out. */
static uint64_t unit_of(struct slice suffix)
{
    uint64_t milli = 0;

    for (size_t i = 0; i < COUNT_OF(units); i++) {
        milli = slice_is(suffix, units[i].suffix) ? units[i].milli : milli;
    }
    return milli;
}

int amount_parse(struct slice text, uint64_t *milli, struct error *err)
{
    size_t len = 0;
    uint64_t scaled = 0;

    if (grammar_check(&grammar_quantity, text, err) != 0) {
        return -1;
    }
    /* At most 15 digits and 3 decimals: no overflow. */
    uint64_t thousandths = read_thousandths(text, &len);
    if (__builtin_mul_overflow(thousandths, unit_of(slice_after(text, len)), &scaled)) {
        char shown[GRAMMAR_SHOWN];
        return error_set(err, ERR_CONFIG, "\"%s\" is too large", grammar_show(text, shown));
    }
    *milli = scaled / 1000;
    return 0;
}
