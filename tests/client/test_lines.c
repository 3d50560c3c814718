/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/client/lines.h"
#include "tests/base/support.h"

#include <stdio.h>

static bool note(void *arg, struct slice line)
{
    struct buf *seen = arg;

    buf_printf(seen, "<%.*s>", SLICE_ARGS(line));
    return !slice_is(line, "stop");
}

static const char *const texts[] = {"a\nbc\n\n\ndef\n", "\n", "one", "x\nrest", ""};
static const char *const wants[] = {"<a><bc><def>", "", "", "<x>", ""};

/* Every way to cut the text into pieces of one size. */
EACH_ROW(lines, are_the_same_however_they_come, texts)
{
    struct slice text = slice_of(texts[*index]);

    for (size_t piece = 1; piece <= text.len; piece++) {
        AUTO(buf) struct buf seen = {0};
        struct lines lines = {0};
        struct error err = {0};
        buf_init(&seen, 1000);
        lines_init(&lines);
        for (struct slice at = text; at.len > 0; at = slice_after(at, piece)) {
            struct slice part = {at.data, at.len < piece ? at.len : piece};
            cr_assert(lines_feed(&lines, part, note, &seen, &err));
        }
        cr_assert_str_eq(buf_cstr(&seen), wants[*index], "in pieces of %zu", piece);
        lines_done(&lines);
    }
}

Test(lines, end_where_the_taker_has_enough)
{
    AUTO(buf) struct buf seen = {0};
    struct lines lines = {0};
    struct error err = {0};

    buf_init(&seen, 1000);
    lines_init(&lines);
    cr_assert_not(lines_feed(&lines, SLICE("a\nstop\nb\n"), note, &seen, &err));
    cr_assert_eq(err.code, ERR_NONE, "that is no failure");
    cr_assert_str_eq(buf_cstr(&seen), "<a><stop>");
    lines_done(&lines);
}

Test(lines, that_are_too_long_are_refused)
{
    static char piece[65536];
    AUTO(buf) struct buf seen = {0};
    struct lines lines = {0};
    struct error err = {0};
    size_t fed = 0;

    memset(piece, 'x', sizeof piece);
    buf_init(&seen, 1000);
    lines_init(&lines);
    while (lines_feed(&lines, (struct slice){piece, sizeof piece}, note, &seen, &err)) {
        fed += sizeof piece;
        cr_assert_leq(fed, LINES_MAX);
    }
    cr_assert_eq(fed, LINES_MAX);
    cr_assert_eq(err.code, ERR_TOO_LARGE);
    lines_done(&lines);
}
