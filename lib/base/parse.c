/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/parse.h"

#include <inttypes.h>

int parse_uint(struct slice text, uint64_t max, uint64_t *out, struct error *err)
{
    uint64_t value = 0;
    bool good = text.len > 0 && (text.len == 1 || text.data[0] != '0');

    for (size_t i = 0; good && i < text.len; i++) {
        char c = text.data[i];
        uint64_t digit = (uint64_t)(unsigned char)c - '0';
        good = c >= '0' && c <= '9' && value <= (UINT64_MAX - digit) / 10;
        value = good ? value * 10 + digit : value;
    }
    if (!good || value > max) {
        return error_set(err, ERR_MALFORMED, "\"%.*s\" is not a whole number from 0 to %" PRIu64,
                         SLICE_ARGS(text), max);
    }
    *out = value;
    return 0;
}

int parse_int64(struct slice text, int64_t *out, struct error *err)
{
    uint64_t magnitude = 0;
    bool negative = text.len > 0 && text.data[0] == '-';
    struct slice digits = negative ? slice_after(text, 1) : text;
    struct error inner = {0};
    uint64_t max = (uint64_t)INT64_MAX + (negative ? 1 : 0);

    if (parse_uint(digits, max, &magnitude, &inner) != 0 || (negative && magnitude == 0)) {
        return error_set(err, ERR_MALFORMED, "\"%.*s\" is not a whole number of 64 bits",
                         SLICE_ARGS(text));
    }
    *out = negative ? -(int64_t)(magnitude - 1) - 1 : (int64_t)magnitude;
    return 0;
}

int parse_duration_ms(struct slice text, uint64_t *out_ms, struct error *err)
{
    static const struct {
        const char *suffix;
        uint64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
    const uint64_t day_ms = 86400000;

    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (!slice_ends_with(text, units[i].suffix)) {
            continue;
        }
        struct slice number = {text.data, text.len - strlen(units[i].suffix)};
        struct error inner = {0};
        uint64_t value = 0;
        if (parse_uint(number, day_ms / units[i].ms, &value, &inner) != 0) {
            break;
        }
        *out_ms = value * units[i].ms;
        return 0;
    }
    return error_set(
        err, ERR_MALFORMED,
        "\"%.*s\" is not a duration: write a whole number and ms, s, m or h, at most 24h",
        SLICE_ARGS(text));
}
