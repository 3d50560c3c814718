/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/body.h"

#include <criterion/criterion.h>

static size_t used(const struct budget *budget)
{
    return atomic_load(&budget->used);
}

Test(body, keeps_what_arrives)
{
    struct budget budget;
    struct body body;

    budget_init(&budget, BUDGET_MAX, BUDGET_KEEP);
    body_init(&body, &budget, 10);
    cr_assert_eq(body_add(&body, "hello ", 6), BODY_FINE);
    cr_assert_eq(body_add(&body, "you", 3), BODY_FINE);
    cr_assert_str_eq(buf_cstr(&body.text), "hello you");
    body_done(&body);
    cr_assert_eq(used(&budget), 0);
}

Test(body, counts_the_memory_it_has)
{
    static char chunk[50000];
    struct budget budget;
    struct body body;

    budget_init(&budget, BUDGET_MAX, BUDGET_KEEP);
    body_init(&body, &budget, 0);
    for (int i = 0; i < 40; i++) {
        cr_assert_eq(body_add(&body, chunk, sizeof chunk), BODY_FINE);
        cr_assert_geq(used(&budget), body.text.cap, "after %d", i);
        cr_assert_leq(used(&budget), 2 * (body.text.len + 1), "after %d", i);
    }
    size_t before = used(&budget);
    cr_assert(body_take_parse_room(&body));
    cr_assert_geq(used(&budget), before + 8 * body.text.len, "a token for two bytes");
    body_done(&body);
    cr_assert_eq(used(&budget), 0);
}

Test(body, takes_8_MiB_and_no_byte_more)
{
    struct budget budget;
    struct body body;
    char *whole = calloc(1, BODY_MAX);

    budget_init(&budget, BUDGET_MAX, BUDGET_KEEP);
    body_init(&body, &budget, BODY_MAX);
    cr_assert_eq(body_add(&body, whole, BODY_MAX), BODY_FINE);
    cr_assert_eq(body.text.len, BODY_MAX);
    cr_assert(body_take_parse_room(&body), "one of the largest fits");
    cr_assert_eq(body_add(&body, "x", 1), BODY_TOO_LARGE);
    cr_assert_eq(used(&budget), 0);
    body_done(&body);
    free(whole);
}

Test(body, an_announced_length_reserves_little)
{
    struct budget budget;
    struct body body;

    budget_init(&budget, BUDGET_MAX, BUDGET_KEEP);
    body_init(&body, &budget, BODY_MAX);
    cr_assert_leq(used(&budget), 65537);
    body_done(&body);
    cr_assert_eq(used(&budget), 0);
}

Test(body, stops_where_the_budget_ends)
{
    static char chunk[1000];
    struct budget budget;
    struct body first;
    struct body second;

    budget_init(&budget, 4000, 0);
    body_init(&first, &budget, 1000);
    body_init(&second, &budget, 1000);
    cr_assert_eq(body_add(&first, chunk, sizeof chunk), BODY_FINE);
    cr_assert_eq(body_add(&second, chunk, sizeof chunk), BODY_FINE);
    cr_assert_eq(body_add(&first, chunk, sizeof chunk), BODY_FINE);
    cr_assert_eq(body_add(&second, chunk, sizeof chunk), BODY_NO_ROOM);
    body_done(&first);
    body_done(&second);
    cr_assert_eq(used(&budget), 0);
}

Test(body, large_ones_leave_room_for_small_ones)
{
    struct budget budget;
    struct body large[7];
    struct body small;
    char *whole = calloc(1, BODY_MAX);

    budget_init(&budget, BUDGET_MAX, BUDGET_KEEP);
    for (size_t i = 0; i < COUNT_OF(large); i++) {
        enum body_result want = i < 6 ? BODY_FINE : BODY_NO_ROOM;
        body_init(&large[i], &budget, BODY_MAX);
        cr_assert_eq(body_add(&large[i], whole, BODY_MAX), want, "%zu", i);
    }
    body_init(&small, &budget, 9000);
    cr_assert_eq(body_add(&small, whole, 9000), BODY_FINE);
    cr_assert(body_take_parse_room(&small));
    body_done(&small);
    for (size_t i = 0; i < COUNT_OF(large); i++) {
        body_done(&large[i]);
    }
    cr_assert_eq(used(&budget), 0);
    free(whole);
}

/* As many as fit have come whole, and none is answered yet: the room of those that are refused must
 * be enough for one of the rest. */
Test(body, of_many_that_came_at_once_one_is_served)
{
    struct budget budget;
    struct body large[6];
    char *whole = calloc(1, BODY_MAX);
    size_t served = 0;

    budget_init(&budget, BUDGET_MAX, BUDGET_KEEP);
    for (size_t i = 0; i < COUNT_OF(large); i++) {
        body_init(&large[i], &budget, BODY_MAX);
        cr_assert_eq(body_add(&large[i], whole, BODY_MAX), BODY_FINE, "%zu", i);
    }
    for (size_t i = 0; i < COUNT_OF(large); i++) {
        served += body_take_parse_room(&large[i]) ? 1 : 0;
    }
    cr_assert_geq(served, 1);
    for (size_t i = 0; i < COUNT_OF(large); i++) {
        body_done(&large[i]);
    }
    cr_assert_eq(used(&budget), 0);
    free(whole);
}
