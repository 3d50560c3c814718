/* SPDX-License-Identifier: Apache-2.0 */
/*
 * E. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986): the
 * furthest points that d changes reach, on each diagonal, for d = 0, 1, 2, ...
 * Each round's points are kept, so that the way back can be walked. What both
 * texts have at their beginning and end is left out first.
 */
#include "server/cli/diff_lines.h"

#include <stdint.h>

/* Lines point into the texts; an analyzer cannot know that no line is without one. */
static bool is_same(struct slice a, struct slice b)
{
    return a.data != NULL && b.data != NULL && slice_equal(a, b);
}

/* The part that differs, and the rounds of the search: round d holds diagonals -d..d. */
struct search {
    struct slice *a;
    struct slice *b;
    size_t a_count;
    size_t b_count;
    size_t max_edits;
    size_t **rounds;
};

static void lines_done(struct lines *lines)
{
    free(lines->items);
    free(lines->changed);
}

void diff_lines_done(struct diff_lines *lines)
{
    lines_done(&lines->before);
    lines_done(&lines->after);
    *lines = (struct diff_lines){0};
}

static int split(struct lines *lines, struct slice text, struct error *err)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++) {
        count += text.data[i] == '\n' || i + 1 == text.len ? 1 : 0;
    }
    lines->items = calloc(count + 1, sizeof *lines->items);
    lines->changed = calloc(count + 1, sizeof *lines->changed);
    if (lines->items == NULL || lines->changed == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory to compare %zu lines", count);
    }
    while (text.len > 0) {
        const char *end = memchr(text.data, '\n', text.len);
        size_t len = end == NULL ? text.len : (size_t)(end - text.data);
        lines->items[lines->count++] = (struct slice){text.data, len};
        text = slice_after(text, len + 1);
    }
    return 0;
}

static void search_done(struct search *search)
{
    for (size_t d = 0; search->rounds != NULL && d <= search->max_edits; d++) {
        free(search->rounds[d]);
    }
    free(search->rounds);
}
DEFINE_AUTO_IN_PLACE(search, struct search, search_done);

/*
 * In round d on diagonal k = 2 * i - d (i from 0 to d): where the move to it comes from, down from
 * k + 1 or right from k - 1 of the round before, and how far in `a` it stands then.
 */
static bool comes_down(const size_t *previous, size_t d, size_t i)
{
    return i == 0 || (i != d && previous[i - 1] < previous[i]);
}

static size_t start_of(const size_t *previous, size_t d, size_t i)
{
    if (d == 0) {
        return 0;
    }
    return comes_down(previous, d, i) ? previous[i] : previous[i - 1] + 1;
}

/* The line of `b` on that diagonal: y = x - k. */
static size_t other(size_t x, size_t d, size_t i)
{
    return x + d - 2 * i;
}

/* One round. Sets *found where the end is reached. */
static int run_round(struct search *search, size_t d, bool *found, struct error *err)
{
    const size_t *previous = d == 0 ? NULL : search->rounds[d - 1];
    size_t *round = calloc(d + 1, sizeof *round);

    search->rounds[d] = round;
    if (round == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory to compare texts");
    }
    for (size_t i = 0; i <= d; i++) {
        size_t x = start_of(previous, d, i);
        while (x < search->a_count && other(x, d, i) < search->b_count &&
               is_same(search->a[x], search->b[other(x, d, i)])) {
            x++;
        }
        round[i] = x;
        *found = *found || (x >= search->a_count && other(x, d, i) >= search->b_count);
    }
    return 0;
}

/* Walk back from the end, marking what each round put in or took out. */
static void walk_back(const struct search *search, size_t d, bool *a_changed, bool *b_changed)
{
    size_t i = (search->a_count + d - search->b_count) / 2;

    for (; d > 0; d--) {
        const size_t *previous = search->rounds[d - 1];
        size_t x = start_of(previous, d, i);
        if (comes_down(previous, d, i)) {
            b_changed[other(x, d, i) - 1] = true;
        } else {
            a_changed[x - 1] = true;
            i--;
        }
    }
}

static int run(struct search *search, bool *a_changed, bool *b_changed, struct error *err)
{
    bool found = false;
    size_t d = 0;

    search->rounds = calloc(search->max_edits + 1, sizeof *search->rounds);
    if (search->rounds == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory to compare texts");
    }
    for (;; d++) {
        if (run_round(search, d, &found, err) != 0) {
            return -1;
        }
        if (found || d == search->max_edits) {
            break;
        }
    }
    if (found) {
        walk_back(search, d, a_changed, b_changed);
        return 0;
    }
    memset(a_changed, true, search->a_count * sizeof *a_changed);
    memset(b_changed, true, search->b_count * sizeof *b_changed);
    return 0;
}

int diff_lines_find(struct diff_lines *lines, struct slice before, struct slice after,
                    size_t max_edits, struct error *err)
{
    struct lines *a = &lines->before;
    struct lines *b = &lines->after;
    size_t head = 0;
    size_t tail = 0;

    *lines = (struct diff_lines){0};
    if (split(a, before, err) != 0 || split(b, after, err) != 0) {
        return -1;
    }
    size_t least = a->count < b->count ? a->count : b->count;
    while (head < least && is_same(a->items[head], b->items[head])) {
        head++;
    }
    while (head + tail < least &&
           is_same(a->items[a->count - 1 - tail], b->items[b->count - 1 - tail])) {
        tail++;
    }
    AUTO(search)
    struct search search = {
        .a = a->items + head,
        .b = b->items + head,
        .a_count = a->count - head - tail,
        .b_count = b->count - head - tail,
        .max_edits = max_edits,
    };
    return run(&search, a->changed + head, b->changed + head, err);
}
