/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar of Go's time.ParseDuration, without its signs: "0", or one or more
 * of a decimal number with a unit. Counted in nanoseconds, up to the maximum.
 */
#include "server/http/timeout.h"

enum { NS_OF_MS = 1000000 };

static const uint64_t max_ns = (uint64_t)TIMEOUT_MAX_MS * NS_OF_MS;

/* Of two that begin alike the longer one first. The micro sign has two places in Unicode. */
static const struct unit {
    const char *name;
    uint64_t ns;
} units[] = {
    {"ns", 1},        {"us", 1000},      {"\xc2\xb5s", 1000}, {"\xce\xbcs", 1000},
    {"ms", NS_OF_MS}, {"s", 1000000000}, {"m", 60000000000},  {"h", 3600000000000},
};

static size_t count_digits(struct slice text)
{
    size_t n = 0;

    while (n < text.len && text.data[n] >= '0' && text.data[n] <= '9') {
        n++;
    }
    return n;
}

static struct slice take(struct slice *text, size_t n)
{
    struct slice head = {.data = text->data, .len = n};

    *text = slice_after(*text, n);
    return head;
}

static const struct unit *take_unit(struct slice *text)
{
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (slice_starts_with(*text, units[i].name)) {
            *text = slice_after(*text, strlen(units[i].name));
            return &units[i];
        }
    }
    return NULL;
}

static uint64_t digit(char c)
{
    return (uint64_t)(c - '0');
}

static uint64_t in_ns(struct slice whole, struct slice fraction, uint64_t unit_ns)
{
    uint64_t ns = 0;

    for (size_t i = 0; i < whole.len; i++) {
        ns = ns * 10 + digit(whole.data[i]) * unit_ns;
        if (ns > max_ns) {
            return max_ns;
        }
    }
    for (size_t i = 0; i < fraction.len && unit_ns > 0; i++) {
        unit_ns /= 10;
        ns += digit(fraction.data[i]) * unit_ns;
    }
    return ns;
}

/* One number with its unit. */
static bool take_part(struct slice *text, uint64_t *ns)
{
    struct slice whole = take(text, count_digits(*text));
    struct slice fraction = {0};

    if (slice_starts_with(*text, ".")) {
        *text = slice_after(*text, 1);
        fraction = take(text, count_digits(*text));
    }
    const struct unit *unit = take_unit(text);
    if (unit == NULL || whole.len + fraction.len == 0) {
        return false;
    }
    *ns = in_ns(whole, fraction, unit->ns);
    return true;
}

bool timeout_parse(struct slice text, uint64_t *out_ms)
{
    uint64_t total = 0;

    if (slice_is(text, "0")) {
        *out_ms = 0;
        return true;
    }
    if (text.len == 0) {
        return false;
    }
    while (text.len > 0) {
        uint64_t ns = 0;
        if (!take_part(&text, &ns)) {
            return false;
        }
        total = total + ns < max_ns ? total + ns : max_ns;
    }
    *out_ms = total / NS_OF_MS;
    return true;
}
