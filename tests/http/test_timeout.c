/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/timeout.h"
#include "tests/base/support.h"

enum { NONE = -1 };

static const struct timeout_case {
    const char *text;
    int64_t want_ms;
} timeouts[] = {
    {"10s", 10000},
    {"1s", 1000},
    {"30s", 30000},
    {"1m0s", 60000},
    {"500ms", 500},
    {"1h2m3s4ms", 3723004},
    {"1.5s", 1500},
    {".5s", 500},
    {"5.s", 5000},
    {"0.0009s", 0},
    {"1.999999s", 1999},
    {"1.0000000000000000000000000001s", 1000},
    {"999999ns", 0},
    {"1000000ns", 1},
    {"1500us", 1},
    {"2000\xc2\xb5s", 2},
    {"2000\xce\xbcs", 2},
    {"0", 0},
    {"0s", 0},
    {"010s", 10000},
    {"1s1s", 2000},
    {"24h", TIMEOUT_MAX_MS},
    {"24h1s", TIMEOUT_MAX_MS},
    {"99999999999999999999999999h", TIMEOUT_MAX_MS},
    {"20h20h20h", TIMEOUT_MAX_MS},
    {"", NONE},
    {"abc", NONE},
    {"-1s", NONE},
    {"+1s", NONE},
    {" 1s", NONE},
    {"1s ", NONE},
    {"1 s", NONE},
    {"10", NONE},
    {"00", NONE},
    {"s", NONE},
    {".", NONE},
    {".s", NONE},
    {"1.2.3s", NONE},
    {"1S", NONE},
    {"1sec", NONE},
    {"1d", NONE},
    {"1e3s", NONE},
    {"0x1s", NONE},
    {"1,5s", NONE},
    {"inf", NONE},
    {"10s%00", NONE},
    {"1\xc2s", NONE},
};

EACH_ROW(timeout, is_what_go_writes, timeouts)
{
    const struct timeout_case *c = &timeouts[*index];
    uint64_t ms = 12345;

    bool good = timeout_parse(slice_of(c->text), &ms);

    cr_assert_eq(good, c->want_ms != NONE, "\"%s\"", c->text);
    cr_assert_eq(ms, c->want_ms == NONE ? 12345 : (uint64_t)c->want_ms, "\"%s\": %llu", c->text,
                 (unsigned long long)ms);
}
