/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A quantity is a whole number of billionths in 128 bits: 2^63 * 10^9 needs 93,
 * and every suffix of Kubernetes' grammar is a whole number of billionths or
 * multiplies by one.
 */
#include "lib/pod/quantity.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

__extension__ typedef unsigned __int128 wide;

enum { FRACTION_DIGITS = 9, MAX_EXPONENT = 18 };

static const uint64_t billion = 1000000000;

struct quantity {
    wide nano;
    bool binary; /* written with Ki, Mi, ... */
};

static const struct {
    const char *text;
    int power; /* of 1000, or of 1024 */
    bool binary;
} suffixes[] = {
    {"n", -3, false}, {"u", -2, false}, {"m", -1, false}, {"", 0, false},
    {"k", 1, false},  {"M", 2, false},  {"G", 3, false},  {"T", 4, false},
    {"P", 5, false},  {"E", 6, false},  {"Ki", 1, true},  {"Mi", 2, true},
    {"Gi", 3, true},  {"Ti", 4, true},  {"Pi", 5, true},  {"Ei", 6, true},
};

static bool times(wide *value, uint64_t factor)
{
    return !__builtin_mul_overflow(*value, (wide)factor, value);
}

/* Multiply by base^power; for a negative power divide, which must leave no rest. */
static bool scale(wide *value, uint64_t base, int power)
{
    for (; power > 0; power--) {
        if (!times(value, base)) {
            return false;
        }
    }
    for (; power < 0; power++) {
        if (*value % base != 0) {
            return false;
        }
        *value /= base;
    }
    return true;
}

/* Digits with at most one dot among them; *rest is what follows. */
static bool read_number(struct slice text, struct quantity *out, int *fraction, struct slice *rest)
{
    bool dot = false;
    bool any = false;
    size_t i = 0;

    *fraction = 0;
    for (; i < text.len; i++) {
        char c = text.data[i];
        if (c == '.' && !dot) {
            dot = true;
            continue;
        }
        if (c < '0' || c > '9') {
            break;
        }
        any = true;
        *fraction += dot ? 1 : 0;
        if (!times(&out->nano, 10) ||
            __builtin_add_overflow(out->nano, (wide)(unsigned)(c - '0'), &out->nano)) {
            return false;
        }
    }
    *rest = slice_after(text, i);
    return any;
}

/* e or E, a sign, digits. */
static bool read_exponent(struct slice text, int *exponent)
{
    bool negative = text.len > 1 && text.data[1] == '-';
    size_t first = text.len > 1 && (negative || text.data[1] == '+') ? 2 : 1;

    *exponent = 0;
    if (text.len <= first || (text.data[0] != 'e' && text.data[0] != 'E')) {
        return false;
    }
    for (size_t i = first; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || *exponent > MAX_EXPONENT) {
            return false;
        }
        *exponent = *exponent * 10 + (text.data[i] - '0');
    }
    if (negative) {
        *exponent = -*exponent;
    }
    return *exponent >= -MAX_EXPONENT && *exponent <= MAX_EXPONENT;
}

/* Take the number times what stands behind it. */
static bool read_suffix(struct slice rest, int fraction, struct quantity *out)
{
    int exponent = 0;

    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        if (slice_is(rest, suffixes[i].text)) {
            out->binary = suffixes[i].binary;
            return scale(&out->nano, 1000, out->binary ? 0 : suffixes[i].power + 3) &&
                   scale(&out->nano, out->binary ? billion : 1, 1) &&
                   scale(&out->nano, 1024, out->binary ? suffixes[i].power : 0) &&
                   scale(&out->nano, 10, -fraction);
        }
    }
    return read_exponent(rest, &exponent) &&
           scale(&out->nano, 10, exponent + FRACTION_DIGITS - fraction);
}

static int parse(struct slice text, struct quantity *out, struct error *err)
{
    struct quantity quantity = {0};
    struct slice rest;
    int fraction = 0;
    const wide limit = ((wide)1 << 63) * billion;

    struct slice number = text.len > 0 && text.data[0] == '+' ? slice_after(text, 1) : text;
    if (!read_number(number, &quantity, &fraction, &rest) ||
        !read_suffix(rest, fraction, &quantity) || quantity.nano >= limit) {
        return error_set(err, ERR_MALFORMED, "\"%.*s\" is no quantity that can be added exactly",
                         (int)(text.len < 40 ? text.len : 40), text.data);
    }
    *out = quantity;
    return 0;
}

/* The value as a whole number of this suffix, if it is one. */
static bool in_units(struct quantity quantity, size_t suffix, wide *number)
{
    bool binary = quantity.binary && quantity.nano % billion == 0;
    int power = suffixes[suffix].power;

    *number = quantity.nano;
    if (binary != suffixes[suffix].binary && power != 0) {
        return false;
    }
    return scale(number, billion, binary ? -1 : 0) &&
           scale(number, binary ? 1024 : 1000, binary ? -power : -power - 3);
}

/* The largest suffix that leaves a whole number. */
static bool format(struct quantity quantity, char out[static QUANTITY_TEXT])
{
    const char *suffix = "";
    wide number = 0;

    for (size_t i = 0; i < COUNT_OF(suffixes) && quantity.nano > 0; i++) {
        wide scaled = 0;
        if (in_units(quantity, i, &scaled)) {
            number = scaled;
            suffix = suffixes[i].text;
        }
    }
    if (number > UINT64_MAX) {
        return false;
    }
    (void)snprintf(out, QUANTITY_TEXT, "%" PRIu64 "%s", (uint64_t)number, suffix);
    return true;
}

int quantity_add(struct slice a, struct slice b, char out[static QUANTITY_TEXT], struct error *err)
{
    struct quantity sum = {0};
    struct quantity more = {0};

    if (parse(a, &sum, err) != 0 || parse(b, &more, err) != 0) {
        return -1;
    }
    sum.nano += more.nano;
    if (sum.nano >= ((wide)1 << 63) * billion || !format(sum, out)) {
        return error_set(err, ERR_MALFORMED, "the sum of \"%.*s\" and \"%.*s\" is too large",
                         SLICE_ARGS(a), SLICE_ARGS(b));
    }
    return 0;
}
