/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/clock.h"
#include "server/http/turns.h"

#include <criterion/criterion.h>

/* A judge that takes its time: each turn needs one leave. */
static atomic_int leaves;
static atomic_int begun;
static atomic_int judged;
static atomic_int resumed;

static struct budget budget;
static struct metrics metrics;
static struct waiters list;
static struct turns turns;

static void rest(void)
{
    const struct timespec step = {.tv_nsec = 1000000};

    (void)nanosleep(&step, NULL);
}

static void wait_for(atomic_int *number, int want)
{
    for (int i = 0; i < 60000 && atomic_load(number) < want; i++) {
        rest();
    }
    cr_assert_eq(atomic_load(number), want);
}

/* The answer is the body and how many were judged before. */
static void judge_slowly(void *place, struct turn *turn)
{
    cr_assert_eq(place, &turns);
    int before = atomic_fetch_add(&begun, 1);
    while (atomic_load(&leaves) <= before) {
        rest();
    }
    turn->admission = (struct admission){.http_status = 200};
    buf_init(&turn->admission.body, 1000);
    buf_printf(&turn->admission.body, "%s %d", buf_cstr(&turn->body.text), before);
    (void)atomic_fetch_add(&judged, 1);
}

static void resume(struct MHD_Connection *connection)
{
    (void)connection;
    (void)atomic_fetch_add(&resumed, 1);
}

static void start(void)
{
    struct error err = {0};

    budget_init(&budget, BUDGET_MAX, BUDGET_KEEP);
    metrics_init(&metrics, 0);
    cr_assert_eq(waiters_start(&list, resume, &err), 0, "%s", err.text);
    turns = (struct turns){.judge = judge_slowly, .place = &turns, .metrics = &metrics};
    cr_assert_eq(turns_start(&turns, &err), 0, "%s", err.text);
}

static void stop(void)
{
    atomic_store(&leaves, 1000);
    cr_assert(turns_stop(&turns, clock_ms() + 5000));
    waiters_stop(&list);
    cr_assert_eq(atomic_load(&budget.used), 0, "everything is given back");
}

TestSuite(turns, .init = start, .fini = stop);

/* A review as a request holds it. */
struct asked {
    struct waiter *waiter;
    struct turn *turn;
};

static struct asked ask(const char *text, int64_t in_ms)
{
    static const struct route route = {.path = "/mutate"};
    struct asked asked = {0};
    struct body body;

    body_init(&body, &budget, 0);
    cr_assert_eq(body_add(&body, text, strlen(text)), BODY_FINE);
    asked.turn = turn_new(&route, "", &body);
    asked.waiter = waiters_begin(&list, NULL, clock_ms() + in_ms, 1);
    cr_assert_not_null(asked.turn);
    cr_assert_not_null(asked.waiter);
    cr_assert_eq(body.taken, 0, "the body has another owner");
    waiters_publish(asked.waiter);
    turns_join(&turns, asked.turn, waiter_part(asked.waiter, 0));
    return asked;
}

static enum waiter_state leave(const struct asked *asked)
{
    const char *ignored = NULL;
    enum waiter_state state = waiter_state(asked->waiter, &ignored);

    turns_leave(&turns, asked->turn);
    waiter_unref(asked->waiter);
    return state;
}

static void assert_answer(const struct asked *asked, const char *want)
{
    AUTO(admission) struct admission admission = turn_take(asked->turn);

    cr_assert_str_eq(buf_cstr(&admission.body), want);
    cr_assert_eq(leave(asked), WAITER_READY, "%s", want);
}

Test(turns, come_one_by_one_in_their_order)
{
    static const char *const texts[] = {"a", "b", "c"};
    static const char *const wanted[] = {"a 0", "b 1", "c 2"};
    struct asked asked[COUNT_OF(texts)];

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        asked[i] = ask(texts[i], 60000);
    }
    for (int i = 0; i < 3; i++) {
        wait_for(&begun, i + 1);
        cr_assert_eq(atomic_load(&resumed), i, "the others wait");
        atomic_store(&leaves, i + 1);
        wait_for(&resumed, i + 1);
    }
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        assert_answer(&asked[i], wanted[i]);
    }
    cr_assert_eq(metrics_get(&metrics, METRIC_TURN_JUDGED), 3);
}

Test(turns, give_the_body_back_when_time_runs_out_in_the_queue)
{
    struct asked first = ask("first", 60000);
    wait_for(&begun, 1);
    size_t before = atomic_load(&budget.used);
    struct asked late = ask("late", 10);
    struct asked last = ask("last", 60000);

    wait_for(&resumed, 1);
    cr_assert_eq(leave(&late), WAITER_LATE);
    cr_assert_leq(atomic_load(&budget.used), 2 * before, "at once, not in its turn");
    atomic_store(&leaves, 2);
    wait_for(&resumed, 3);
    assert_answer(&first, "first 0");
    assert_answer(&last, "last 1");
    cr_assert_eq(atomic_load(&judged), 2, "nobody judged it");
}

Test(turns, are_skipped_when_nobody_waits_for_them)
{
    struct asked first = ask("first", 60000);
    wait_for(&begun, 1);
    struct asked late = ask("late", 10);

    wait_for(&resumed, 1);
    atomic_store(&leaves, 2);
    for (int i = 0; i < 5000 && metrics_get(&metrics, METRIC_TURN_SKIPPED) == 0; i++) {
        rest();
    }
    cr_assert_eq(metrics_get(&metrics, METRIC_TURN_SKIPPED), 1);
    cr_assert_eq(leave(&late), WAITER_LATE);
    assert_answer(&first, "first 0");
}

Test(turns, throw_away_what_comes_too_late)
{
    struct asked late = ask("late", 1500); /* time enough for its turn to begin, and to be late */

    wait_for(&begun, 1);
    wait_for(&resumed, 1);
    cr_assert_eq(leave(&late), WAITER_LATE);
    cr_assert_gt(atomic_load(&budget.used), 0, "it is being read");
    atomic_store(&leaves, 1);
    wait_for(&judged, 1);
}

Test(turns, of_clients_that_left_are_thrown_away)
{
    struct asked gone = ask("gone", 60000);

    atomic_store(&leaves, 1);
    wait_for(&resumed, 1);
    cr_assert_eq(leave(&gone), WAITER_READY);
}

Test(turns, end_with_the_server)
{
    struct asked asked[4];

    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        asked[i] = ask("x", 60000);
    }
    wait_for(&begun, 1);
    waiters_settle_all(&list);
    cr_assert_eq(atomic_load(&resumed), 4);
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        cr_assert_eq(leave(&asked[i]), WAITER_STOPPED);
    }
    cr_assert(!turns_stop(&turns, clock_ms() + 50), "the first is still being read");
}
