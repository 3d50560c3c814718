/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/diff.h"
#include "server/cli/diff_lines.h"

#include <criterion/criterion.h>

#include <stdint.h>
#include <stdio.h>

enum { TEXT_MAX = 1048576 };

static const struct {
    const char *name;
    const char *before;
    const char *after;
    const char *want;
} cases[] = {
    {"equal", "a\nb\n", "a\nb\n", ""},
    {"a line put in", "a\nc\n", "a\nb\nc\n", "--- x\n+++ y\n@@ -1,2 +1,3 @@\n a\n+b\n c\n"},
    {"a line taken out", "a\nb\nc\n", "a\nc\n", "--- x\n+++ y\n@@ -1,3 +1,2 @@\n a\n-b\n c\n"},
    {"a line changed", "a\nb\nc\n", "a\nB\nc\n", "--- x\n+++ y\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"},
    {"all of a text", "", "a\n", "--- x\n+++ y\n@@ -0,0 +1 @@\n+a\n"},
    {"to nothing", "a\nb\n", "", "--- x\n+++ y\n@@ -1,2 +0,0 @@\n-a\n-b\n"},
    {"three lines of context", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n",
     "--- x\n+++ y\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"},
    {"two changes in one hunk", "a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n",
     "--- x\n+++ y\n@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n"},
    {"two hunks", "a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
     "--- x\n+++ y\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n"},
    {"a list that grows before itself", "l:\n- a\n- b\n", "l:\n- x\n- a\n- b\n",
     "--- x\n+++ y\n@@ -1,3 +1,4 @@\n l:\n+- x\n - a\n - b\n"},
};

static void diff(struct buf *out, const char *before, const char *after, bool color)
{
    const struct diff_side a = {"x", slice_of(before)};
    const struct diff_side b = {"y", slice_of(after)};
    struct error err = {0};

    buf_init(out, TEXT_MAX);
    cr_assert_eq(diff_unified(out, &a, &b, color, &err), 0, "%s", err.text);
}

Test(diff, shows_what_changed)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(buf) struct buf out = {0};
        diff(&out, cases[i].before, cases[i].after, false);
        cr_expect_str_eq(buf_cstr(&out), cases[i].want, "%s:\n%s", cases[i].name, buf_cstr(&out));
    }
}

Test(diff, colors_lines_and_nothing_else)
{
    AUTO(buf) struct buf out = {0};

    diff(&out, "a\nb\n", "a\nc\n", true);
    cr_assert_str_eq(buf_cstr(&out), "\x1b[1m--- x\x1b[0m\n\x1b[1m+++ y\x1b[0m\n"
                                     "\x1b[36m@@ -1,2 +1,2 @@\x1b[0m\n a\n"
                                     "\x1b[31m-b\x1b[0m\n\x1b[32m+c\x1b[0m\n");
}

/* xorshift64: the same texts for the same seed. */
static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13U;
    *state ^= *state >> 7U;
    *state ^= *state << 17U;
    return *state;
}

static void random_text(struct buf *out, uint64_t *state)
{
    size_t count = (size_t)(next(state) % 40);

    buf_init(out, TEXT_MAX);
    for (size_t i = 0; i < count; i++) {
        buf_printf(out, "%c\n", (int)('a' + next(state) % 4));
    }
}

/* The lines that are common stand in both in the same order, and are as many as can be. */
static size_t longest_common(const struct lines *a, const struct lines *b)
{
    size_t table[64][64] = {{0}};

    for (size_t i = 1; i <= a->count; i++) {
        for (size_t j = 1; j <= b->count; j++) {
            size_t best = table[i - 1][j] > table[i][j - 1] ? table[i - 1][j] : table[i][j - 1];
            table[i][j] =
                slice_equal(a->items[i - 1], b->items[j - 1]) ? table[i - 1][j - 1] + 1 : best;
        }
    }
    return table[a->count][b->count];
}

static size_t common_of(const struct diff_lines *lines)
{
    size_t count = 0;
    size_t j = 0;

    for (size_t i = 0; i < lines->before.count; i++) {
        if (lines->before.changed[i]) {
            continue;
        }
        while (j < lines->after.count && lines->after.changed[j]) {
            j++;
        }
        cr_assert_lt(j, lines->after.count);
        cr_assert(slice_equal(lines->before.items[i], lines->after.items[j]));
        j++;
        count++;
    }
    while (j < lines->after.count && lines->after.changed[j]) {
        j++;
    }
    cr_assert_eq(j, lines->after.count);
    return count;
}

Test(diff, finds_the_fewest_changes_of_random_texts)
{
    const uint64_t seed = 20261124;
    uint64_t state = seed;

    for (size_t round = 0; round < 2000; round++) {
        AUTO(buf) struct buf before = {0};
        AUTO(buf) struct buf after = {0};
        AUTO(diff_lines) struct diff_lines lines = {0};
        struct error err = {0};
        random_text(&before, &state);
        random_text(&after, &state);
        cr_assert_eq(diff_lines_find(&lines, buf_view(&before), buf_view(&after), 100, &err), 0);
        cr_assert_eq(common_of(&lines), longest_common(&lines.before, &lines.after),
                     "seed %llu, round %zu:\n%s---\n%s", (unsigned long long)seed, round,
                     buf_cstr(&before), buf_cstr(&after));
    }
}

Test(diff, shows_more_than_it_can_compare_as_replaced)
{
    AUTO(diff_lines) struct diff_lines lines = {0};
    struct error err = {0};

    cr_assert_eq(diff_lines_find(&lines, SLICE("same\n1\n2\nmid\n3\nend\n"),
                                 SLICE("same\na\nb\nmid\nc\nend\n"), 5, &err),
                 0);
    for (size_t i = 0; i < 6; i++) {
        bool inside = i > 0 && i < 5;
        cr_assert_eq(lines.before.changed[i], inside, "line %zu", i);
        cr_assert_eq(lines.after.changed[i], inside, "line %zu", i);
    }
}
