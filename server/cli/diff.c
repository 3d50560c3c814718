/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/diff.h"

#include "server/cli/diff_lines.h"

/* Two changes share a hunk where no more than the context of both lies between them. */
enum { CONTEXT = 3, BETWEEN_MAX = 2 * CONTEXT };

static const char name_color[] = "\x1b[1m";
static const char place_color[] = "\x1b[36m";
static const char before_color[] = "\x1b[31m";
static const char after_color[] = "\x1b[32m";

struct printer {
    struct buf *out;
    bool color;
    const struct lines *a;
    const struct lines *b;
};

/* A piece of both texts: [a_from, a_to) and [b_from, b_to). */
struct hunk {
    size_t a_from;
    size_t a_to;
    size_t b_from;
    size_t b_to;
};

static void put_line(const struct printer *printer, const char *color, char mark, struct slice line)
{
    bool colored = printer->color && color != NULL;

    buf_text(printer->out, colored ? color : "");
    buf_char(printer->out, mark);
    buf_slice(printer->out, line);
    buf_text(printer->out, colored ? "\x1b[0m\n" : "\n");
}

static void put_name(const struct printer *printer, const char *mark, const char *name)
{
    buf_printf(printer->out, "%s%s %s%s\n", printer->color ? name_color : "", mark, name,
               printer->color ? "\x1b[0m" : "");
}

/* "12,5": the first line, from 1, and how many; of none the line before. */
static void put_range(const struct printer *printer, char mark, size_t from, size_t to)
{
    size_t count = to - from;

    buf_printf(printer->out, " %c%zu", mark, from + (count > 0 ? 1 : 0));
    if (count != 1) {
        buf_printf(printer->out, ",%zu", count);
    }
}

static void put_hunk(const struct printer *printer, const struct hunk *hunk)
{
    size_t i = hunk->a_from;
    size_t j = hunk->b_from;

    buf_printf(printer->out, "%s@@", printer->color ? place_color : "");
    put_range(printer, '-', hunk->a_from, hunk->a_to);
    put_range(printer, '+', hunk->b_from, hunk->b_to);
    buf_printf(printer->out, " @@%s\n", printer->color ? "\x1b[0m" : "");
    while (i < hunk->a_to || j < hunk->b_to) {
        for (; i < hunk->a_to && printer->a->changed[i]; i++) {
            put_line(printer, before_color, '-', printer->a->items[i]);
        }
        for (; j < hunk->b_to && printer->b->changed[j]; j++) {
            put_line(printer, after_color, '+', printer->b->items[j]);
        }
        for (;
             i < hunk->a_to && j < hunk->b_to && !printer->a->changed[i] && !printer->b->changed[j];
             i++, j++) {
            put_line(printer, NULL, ' ', printer->a->items[i]);
        }
    }
}

/* Go over lines that are common to both; gives how many of them there are. */
static size_t skip_common(const struct printer *printer, size_t *i, size_t *j, size_t most)
{
    size_t count = 0;

    while (count < most && *i < printer->a->count && *j < printer->b->count &&
           !printer->a->changed[*i] && !printer->b->changed[*j]) {
        count++;
        *i += 1;
        *j += 1;
    }
    return count;
}

static void skip_changed(const struct printer *printer, size_t *i, size_t *j)
{
    while (printer->a->changed[*i]) {
        *i += 1;
    }
    while (printer->b->changed[*j]) {
        *j += 1;
    }
}

static bool at_change(const struct printer *printer, size_t i, size_t j)
{
    return printer->a->changed[i] || printer->b->changed[j];
}

/* The hunk whose first change is at i, j: up to a change so far behind that contexts do not meet.
 */
static struct hunk take_hunk(const struct printer *printer, size_t *i, size_t *j)
{
    size_t before = *i < *j ? *i : *j;
    size_t lead = before < CONTEXT ? before : CONTEXT;
    struct hunk hunk = {.a_from = *i - lead, .b_from = *j - lead};

    for (;;) {
        skip_changed(printer, i, j);
        size_t common = skip_common(printer, i, j, BETWEEN_MAX + 1);
        if (common > BETWEEN_MAX || !at_change(printer, *i, *j)) {
            size_t trail = common < CONTEXT ? common : CONTEXT;
            hunk.a_to = *i - common + trail;
            hunk.b_to = *j - common + trail;
            return hunk;
        }
    }
}

int diff_unified(struct buf *out, const struct diff_side *before, const struct diff_side *after,
                 bool color, struct error *err)
{
    AUTO(diff_lines) struct diff_lines lines = {0};
    struct printer printer = {.out = out, .color = color, .a = &lines.before, .b = &lines.after};
    size_t i = 0;
    size_t j = 0;

    if (slice_equal(before->text, after->text)) {
        return 0;
    }
    if (diff_lines_find(&lines, before->text, after->text, DIFF_MAX_EDITS, err) != 0) {
        return -1;
    }
    put_name(&printer, "---", before->name);
    put_name(&printer, "+++", after->name);
    for (;;) {
        (void)skip_common(&printer, &i, &j, lines.before.count);
        if (!at_change(&printer, i, j)) {
            break;
        }
        struct hunk hunk = take_hunk(&printer, &i, &j);
        put_hunk(&printer, &hunk);
    }
    return buf_check(out, err);
}
