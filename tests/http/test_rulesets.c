/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/rulesets.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

static struct rulesets rulesets;

static void start(void)
{
    rulesets_init(&rulesets);
}

static void stop(void)
{
    rulesets_done(&rulesets);
}

TestSuite(rulesets, .init = start, .fini = stop);

static void swap_none(void)
{
    AUTO(config) const struct config *none = NULL;
    const struct ruleset *ruleset = NULL;
    struct error err = {0};

    cr_assert_eq(config_none(&none, &err), 0, "%s", err.text);
    cr_assert_eq(ruleset_new(none, &ruleset, &err), 0, "%s", err.text);
    rulesets_swap(&rulesets, ruleset, 1);
}

Test(rulesets, none_is_told_with_its_reason_and_never_believed)
{
    struct ruleset_view view;
    char why[RULESETS_MISSING];

    swap_none();
    cr_assert(rulesets_miss(&rulesets, "there is none"));
    cr_assert(rulesets_missing(&rulesets, why));
    cr_assert_str_eq(why, "there is none");
    cr_assert_null(rulesets_current(&rulesets), "nothing to go by");
    rulesets_take(&rulesets, 2, &view);
    cr_assert_str_eq(view.missing, "there is none");
    rulesets_give(&view);

    rulesets_swap(&rulesets, fixture_ruleset(FIXTURE_EXAMPLE), 3);
    cr_assert(!rulesets_missing(&rulesets, why));
    cr_assert(!rulesets_miss(&rulesets, "gone"), "the one in use stays");
    rulesets_take(&rulesets, 4, &view);
    cr_assert_eq(view.believed_count, 0, "none is no older one");
    cr_assert_str_eq(view.missing, "");
    cr_assert_eq(view.current->gateway_count, 1);
    rulesets_give(&view);
}

Test(rulesets, older_ones_are_believed_for_a_while)
{
    struct ruleset_view view;

    for (int64_t i = 0; i < 4; i++) {
        rulesets_swap(&rulesets, fixture_ruleset(FIXTURE_EXAMPLE), 1000 * i);
    }
    rulesets_take(&rulesets, 3000, &view);
    cr_assert_eq(view.believed_count, RULESETS_OLDER);
    rulesets_give(&view);
    rulesets_take(&rulesets, 2000 + RULESETS_KEEP_MS, &view);
    cr_assert_eq(view.believed_count, 1, "replaced at 3000; the other at 2000");
    rulesets_give(&view);
}

Test(rulesets, a_coming_one_is_believed_before_it_is_used)
{
    const struct ruleset *first = fixture_ruleset(FIXTURE_EXAMPLE);
    const struct ruleset *second = fixture_ruleset(FIXTURE_EXAMPLE);
    struct ruleset_view view;

    rulesets_swap(&rulesets, first, 0);
    cr_assert(!rulesets_advance(&rulesets, INT64_MAX), "nothing is coming");
    rulesets_announce(&rulesets, second, 1000);
    cr_assert(!rulesets_advance(&rulesets, 1000 + RULESETS_LEAD_MS - 1));
    rulesets_take(&rulesets, 1000, &view);
    cr_assert_eq(view.current, first);
    cr_assert_eq(view.believed_count, 1);
    cr_assert_eq(view.believed[0], second);
    rulesets_give(&view);

    cr_assert(rulesets_advance(&rulesets, 1000 + RULESETS_LEAD_MS));
    cr_assert(!rulesets_advance(&rulesets, INT64_MAX), "once");
    rulesets_take(&rulesets, 1000 + RULESETS_LEAD_MS, &view);
    cr_assert_eq(view.current, second);
    cr_assert_eq(view.believed_count, 1);
    cr_assert_eq(view.believed[0], first);
    cr_assert_eq(view.again_count, 1);
    rulesets_give(&view);
    rulesets_take(&rulesets, 1000 + RULESETS_LEAD_MS + RULESETS_AGAIN_MS, &view);
    cr_assert_eq(view.believed_count, 1);
    cr_assert_eq(view.again_count, 0, "no request is that old");
    rulesets_give(&view);
}

Test(rulesets, an_overtaken_one_is_believed_and_never_used)
{
    const struct ruleset *const second = fixture_ruleset(FIXTURE_EXAMPLE);
    const struct ruleset *const third = fixture_ruleset(FIXTURE_EXAMPLE);
    struct ruleset_view view;

    rulesets_swap(&rulesets, fixture_ruleset(FIXTURE_EXAMPLE), 0);
    rulesets_announce(&rulesets, second, 1000);
    rulesets_announce(&rulesets, third, 2000);
    cr_assert(!rulesets_advance(&rulesets, 1000 + RULESETS_LEAD_MS), "the third has its own time");
    rulesets_take(&rulesets, 2000, &view);
    cr_assert_eq(view.believed_count, 2);
    cr_assert_eq(view.believed[0], third);
    cr_assert_eq(view.believed[1], second);
    rulesets_give(&view);
    cr_assert(rulesets_advance(&rulesets, 2000 + RULESETS_LEAD_MS));
    rulesets_take(&rulesets, 2000 + RULESETS_LEAD_MS, &view);
    cr_assert_eq(view.current, third);
    rulesets_give(&view);
    rulesets_announce(&rulesets, fixture_ruleset(FIXTURE_EXAMPLE), 9000);
    rulesets_take(&rulesets, 9000, &view);
    cr_assert_eq(view.believed_count, RULESETS_BELIEVED);
    rulesets_give(&view);
}
