/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/torture.h"

#include <criterion/criterion.h>

/* Enough for anything that a stride is chosen for. */
enum { MOST_ALLOCATIONS = 1000000 };

struct outcome {
    int got;
    struct error err;
    size_t asked;
    bool failed;
};

static const char *name_of(const struct torture *torture)
{
    return torture->name != NULL ? torture->name : "the work";
}

static struct outcome run(const struct torture *torture, struct memory_plan plan)
{
    struct outcome outcome = {0};
    size_t before = memory_blocks();

    outcome.got = torture->work(plan, torture->context, &outcome.err);
    outcome.asked = memory_end();
    outcome.failed = memory_failed();
    if (!torture->keeps) {
        cr_assert_eq(memory_blocks(), before, "%s, allocation %zu: %zd blocks are left",
                     name_of(torture), plan.nth, (ssize_t)(memory_blocks() - before));
    }
    cr_assert_eq(outcome.got == 0, outcome.err.code == ERR_NONE,
                 "%s, allocation %zu: %d with \"%s\"", name_of(torture), plan.nth, outcome.got,
                 outcome.err.text);
    if (!outcome.failed) {
        cr_assert_eq(outcome.got, torture->want, "%s, where nothing failed: %s", name_of(torture),
                     outcome.err.text);
    }
    return outcome;
}

/* Let one allocation fail, and in another run all from there on. True where any did. */
static bool try_at(const struct torture *torture, size_t nth, size_t *named)
{
    bool failed = false;

    for (int onwards = 0; onwards < (torture->single ? 1 : 2); onwards++) {
        struct outcome outcome = run(torture, (struct memory_plan){nth, onwards != 0});
        if (!outcome.failed) {
            continue;
        }
        failed = true;
        *named += outcome.err.code == ERR_NO_MEMORY ? 1 : 0;
        cr_assert(outcome.got == -1 || torture->want == 0, "%s, allocation %zu: a wrong yes",
                  name_of(torture), nth);
        if (torture->strict || (torture->named && outcome.got != 0)) {
            cr_assert_eq(outcome.err.code, ERR_NO_MEMORY, "%s, allocation %zu: code %d, %s",
                         name_of(torture), nth, outcome.err.code, outcome.err.text);
        }
    }
    return failed;
}

size_t torture(const struct torture *torture)
{
    size_t stride = torture->stride > 0 ? torture->stride : 1;
    size_t named = 0;
    size_t first = torture->first > 0 ? torture->first : 1;
    size_t nth = first;

    (void)torture->work((struct memory_plan){0}, torture->context, &(struct error){0});
    struct outcome whole = run(torture, (struct memory_plan){0});
    while (try_at(torture, nth, &named)) {
        nth += stride;
        cr_assert_lt(nth, MOST_ALLOCATIONS, "%s: never done", name_of(torture));
    }
    cr_assert_gt(nth, first, "%s: no allocation failed, of %zu", name_of(torture), whole.asked);
    cr_assert_gt(named, 0, "%s: no failure was called one of memory", name_of(torture));
    cr_log_info("%s: %zu allocations", name_of(torture), whole.asked);
    return whole.asked;
}
