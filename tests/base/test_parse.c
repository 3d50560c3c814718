/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/parse.h"
#include "tests/base/support.h"

/* ---- Without a sign ---- */

struct unsigned_case {
    struct slice text;
    uint64_t max;
    bool good;
    uint64_t want;
};

static const struct unsigned_case unsigned_cases[] = {
    {TEXT("0"), 10, true, 0},
    {TEXT("7"), 10, true, 7},
    {TEXT("10"), 10, true, 10},
    {TEXT("11"), 10, false, 0},
    {TEXT("0"), 0, true, 0},
    {TEXT("1"), 0, false, 0},
    {TEXT("18446744073709551615"), UINT64_MAX, true, UINT64_MAX},
    {TEXT("18446744073709551616"), UINT64_MAX, false, 0},
    {TEXT("18446744073709551620"), UINT64_MAX, false, 0},
    {TEXT("99999999999999999999"), UINT64_MAX, false, 0},
    {TEXT("184467440737095516150"), UINT64_MAX, false, 0},
    {TEXT(""), 10, false, 0},
    {TEXT("00"), 10, false, 0},
    {TEXT("07"), 10, false, 0},
    {TEXT("-0"), 10, false, 0},
    {TEXT("+1"), 10, false, 0},
    {TEXT(" 1"), 10, false, 0},
    {TEXT("1 "), 10, false, 0},
    {TEXT("1\0"), 10, false, 0},
    {TEXT("1_0"), 10, false, 0},
    {TEXT("0x1"), 10, false, 0},
    {TEXT("1e1"), 10, false, 0},
    {TEXT("1."), 10, false, 0},
    {TEXT("/"), 10, false, 0},
    {TEXT(":"), 10, false, 0},
    {TEXT("\xd9\xa1"), 10, false, 0}, /* an Arabic 1 */
};

EACH_ROW(parse, reads_numbers_strictly, unsigned_cases)
{
    const struct unsigned_case *c = &unsigned_cases[*index];
    struct error err = {0};
    uint64_t got = 77;

    int rc = parse_uint(c->text, c->max, &got, &err);

    cr_assert_eq(rc, c->good ? 0 : -1, "\"%.*s\"", SLICE_ARGS(c->text));
    cr_assert_eq(got, c->good ? c->want : 77, "\"%.*s\"", SLICE_ARGS(c->text));
    cr_assert_eq(err.code, c->good ? ERR_NONE : ERR_MALFORMED, "\"%.*s\"", SLICE_ARGS(c->text));
}

Test(parse, says_what_it_wanted)
{
    struct error err = {0};
    uint64_t got = 0;
    int64_t whole = 0;

    cr_assert_eq(parse_uint(SLICE("70000"), 65535, &got, &err), -1);
    cr_assert_str_eq(err.text, "\"70000\" is not a whole number from 0 to 65535");
    cr_assert_eq(parse_int64(SLICE("1.5"), &whole, &err), -1);
    cr_assert_str_eq(err.text, "\"1.5\" is not a whole number of 64 bits");
    cr_assert_eq(parse_duration_ms(SLICE("5"), &got, &err), -1);
    cr_assert_str_eq(err.text, "\"5\" is not a duration: write a whole number and ms, s, m or h, "
                               "at most 24h");
}

/* ---- With a sign ---- */

struct signed_case {
    struct slice text;
    bool good;
    int64_t want;
};

static const struct signed_case signed_cases[] = {
    {TEXT("0"), true, 0},
    {TEXT("-1"), true, -1},
    {TEXT("12"), true, 12},
    {TEXT("9223372036854775807"), true, INT64_MAX},
    {TEXT("-9223372036854775808"), true, INT64_MIN},
    {TEXT("-9223372036854775807"), true, INT64_MIN + 1},
    {TEXT("9223372036854775808"), false, 0},
    {TEXT("-9223372036854775809"), false, 0},
    {TEXT("-0"), false, 0},
    {TEXT("-00"), false, 0},
    {TEXT("-01"), false, 0},
    {TEXT("-"), false, 0},
    {TEXT("--1"), false, 0},
    {TEXT("+1"), false, 0},
    {TEXT("- 1"), false, 0},
    {TEXT(""), false, 0},
};

EACH_ROW(parse, reads_numbers_with_a_sign, signed_cases)
{
    const struct signed_case *c = &signed_cases[*index];
    struct error err = {0};
    int64_t got = 77;

    int rc = parse_int64(c->text, &got, &err);

    cr_assert_eq(rc, c->good ? 0 : -1, "\"%.*s\"", SLICE_ARGS(c->text));
    cr_assert_eq(got, c->good ? c->want : 77, "\"%.*s\"", SLICE_ARGS(c->text));
    cr_assert_eq(err.code, c->good ? ERR_NONE : ERR_MALFORMED, "\"%.*s\"", SLICE_ARGS(c->text));
}

/* ---- Durations ---- */

struct duration {
    const char *text;
    bool good;
    uint64_t want;
};

static const struct duration durations[] = {
    {"0s", true, 0},
    {"5s", true, 5000},
    {"250ms", true, 250},
    {"10m", true, 600000},
    {"1h", true, 3600000},
    {"24h", true, 86400000},
    {"1440m", true, 86400000},
    {"86400s", true, 86400000},
    {"86400000ms", true, 86400000},
    {"25h", false, 0},
    {"1441m", false, 0},
    {"86401s", false, 0},
    {"86400001ms", false, 0},
    {"5", false, 0},
    {"", false, 0},
    {"s", false, 0},
    {"ms", false, 0},
    {"-5s", false, 0},
    {"1.5s", false, 0},
    {"1h30m", false, 0},
    {"05s", false, 0},
    {" 5s", false, 0},
    {"5s ", false, 0},
    {"5 s", false, 0},
    {"5S", false, 0},
    {"5us", false, 0},
    {"5d", false, 0},
};

EACH_ROW(parse, reads_durations, durations)
{
    const struct duration *c = &durations[*index];
    struct error err = {0};
    uint64_t got = 77;

    int rc = parse_duration_ms(slice_of(c->text), &got, &err);

    cr_assert_eq(rc, c->good ? 0 : -1, "\"%s\"", c->text);
    cr_assert_eq(got, c->good ? c->want : 77, "\"%s\"", c->text);
    cr_assert_eq(err.code, c->good ? ERR_NONE : ERR_MALFORMED, "\"%s\"", c->text);
}
