/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/clock.h"
#include "server/http/waiters.h"

#include <criterion/criterion.h>

#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

/*
 * A stand-in for a connection: how often it was resumed, and when. The list only passes its
 * pointer on.
 */
struct fake {
    atomic_int resumed;
    _Atomic int64_t at_ms;
};

static struct MHD_Connection *connection_of(struct fake *fake)
{
    return (struct MHD_Connection *)fake;
}

static void resume(struct MHD_Connection *connection)
{
    struct fake *fake = (struct fake *)connection;

    atomic_store(&fake->at_ms, clock_ms());
    (void)atomic_fetch_add(&fake->resumed, 1);
}

static struct waiters list;

static void start(void)
{
    struct error err = {0};
    cr_assert_eq(waiters_start(&list, resume, &err), 0, "%s", err.text);
}

static void stop(void)
{
    waiters_stop(&list);
}

TestSuite(waiters, .init = start, .fini = stop);

static struct waiter *begin(struct fake *fake, int64_t in_ms, size_t parts)
{
    struct waiter *waiter = waiters_begin(&list, connection_of(fake), clock_ms() + in_ms, parts);

    if (waiter != NULL) {
        waiters_publish(waiter);
    }
    return waiter;
}

static void wait_for_resume(struct fake *fake)
{
    const struct timespec step = {.tv_nsec = 1000000};

    for (int i = 0; i < 5000 && atomic_load(&fake->resumed) == 0; i++) {
        (void)nanosleep(&step, NULL);
    }
    cr_assert_eq(atomic_load(&fake->resumed), 1);
}

/* Another thread may be about to count down. */
static void assert_count(size_t want)
{
    const struct timespec step = {.tv_nsec = 1000000};

    for (int i = 0; i < 5000 && waiters_count(&list) != want; i++) {
        (void)nanosleep(&step, NULL);
    }
    cr_assert_eq(waiters_count(&list), want);
}

static void assert_state(struct waiter *waiter, enum waiter_state want)
{
    const char *text = NULL;

    cr_assert_eq(waiter_state(waiter, &text), want);
    waiter_unref(waiter);
}

Test(waiters, is_ready_when_its_last_part_is_done)
{
    struct fake fake = {0};
    struct waiter *waiter = begin(&fake, 60000, 2);
    const char *text = NULL;

    struct waiter_part *first = waiter_part(waiter, 0);
    struct waiter_part *second = waiter_part(waiter, 1);
    cr_assert_eq(waiters_count(&list), 1);
    waiter_part_end(second, NULL);
    cr_assert_eq(waiter_state(waiter, &text), WAITER_WAIT);
    cr_assert_eq(atomic_load(&fake.resumed), 0);
    waiter_part_end(first, NULL);
    cr_assert_eq(atomic_load(&fake.resumed), 1);
    assert_count(0);
    assert_state(waiter, WAITER_READY);
}

Test(waiters, fails_with_its_first_failure)
{
    struct fake fake = {0};
    const struct waiter_failure failure = {"no room", REASON_POLICY_NOT_WRITTEN};
    struct waiter *waiter = begin(&fake, 60000, 2);
    const char *text = NULL;

    struct waiter_part *first = waiter_part(waiter, 0);
    struct waiter_part *second = waiter_part(waiter, 1);
    waiter_part_end(first, &failure);
    cr_assert_eq(atomic_load(&fake.resumed), 1);
    waiter_part_end(second, NULL);
    cr_assert_eq(atomic_load(&fake.resumed), 1, "once");
    cr_assert_eq(waiter_state(waiter, &text), WAITER_FAILED);
    cr_assert_str_eq(text, "no room");
    cr_assert_eq(waiter->reason, REASON_POLICY_NOT_WRITTEN);
    waiter_unref(waiter);
}

Test(waiters, is_late_at_its_deadline)
{
    struct fake fakes[3] = {0};
    static const int64_t delays[] = {120, 20, 70};
    struct waiter *waiters[3];
    int64_t began_ms = clock_ms();

    for (size_t i = 0; i < 3; i++) {
        waiters[i] = begin(&fakes[i], delays[i], 1);
    }
    for (size_t i = 0; i < 3; i++) {
        wait_for_resume(&fakes[i]);
        cr_assert_geq(atomic_load(&fakes[i].at_ms) - began_ms, delays[i], "not before, %zu", i);
        assert_state(waiters[i], WAITER_LATE);
    }
    cr_assert_leq(atomic_load(&fakes[1].at_ms), atomic_load(&fakes[2].at_ms));
    cr_assert_leq(atomic_load(&fakes[2].at_ms), atomic_load(&fakes[0].at_ms));
}

Test(waiters, a_part_that_ends_after_the_deadline_changes_nothing)
{
    struct fake fake = {0};
    struct waiter *waiter = begin(&fake, 1, 1);

    struct waiter_part *part = waiter_part(waiter, 0);
    wait_for_resume(&fake);
    assert_state(waiter, WAITER_LATE);
    waiter_part_end(part, NULL);
    cr_assert_eq(atomic_load(&fake.resumed), 1);
}

Test(waiters, turns_away_what_is_too_many)
{
    static struct fake fakes[WAITERS_MAX + 1];
    struct waiter *waiters[WAITERS_MAX];
    struct waiter_part *parts[WAITERS_MAX];

    for (size_t i = 0; i < WAITERS_MAX; i++) {
        waiters[i] = begin(&fakes[i], 60000 - (int64_t)(i * 37 % 1000), 1);
        cr_assert_not_null(waiters[i], "%zu", i);
        parts[i] = waiter_part(waiters[i], 0);
    }
    cr_assert_null(begin(&fakes[WAITERS_MAX], 60000, 1));
    waiter_part_end(parts[5], NULL);
    struct waiter *again = begin(&fakes[WAITERS_MAX], 60000, 1);
    cr_assert_not_null(again, "a place was free");
    waiter_part_end(waiter_part(again, 0), NULL);
    waiter_unref(again);
    for (size_t i = 0; i < WAITERS_MAX; i++) {
        if (i != 5) {
            waiter_part_end(parts[i], NULL);
        }
        cr_assert_eq(atomic_load(&fakes[i].resumed), 1, "%zu", i);
        waiter_unref(waiters[i]);
    }
    assert_count(0);
}

Test(waiters, settles_all_and_takes_no_more_when_it_stops)
{
    struct fake fakes[3] = {0};
    struct waiter *one = begin(&fakes[0], 60000, 1);
    struct waiter *two = begin(&fakes[1], 60000, 1);
    struct waiter *unpublished = waiters_begin(&list, connection_of(&fakes[2]), INT64_MAX, 1);

    waiters_settle_all(&list);
    wait_for_resume(&fakes[0]);
    wait_for_resume(&fakes[1]);
    cr_assert_null(waiters_begin(&list, connection_of(&fakes[0]), INT64_MAX, 1));
    assert_count(1); /* one is between begin and publish */
    waiters_publish(unpublished);
    wait_for_resume(&fakes[2]);
    assert_state(one, WAITER_STOPPED);
    assert_state(two, WAITER_STOPPED);
    assert_state(unpublished, WAITER_STOPPED);
}

enum { ROUNDS = 1500 };

struct racer {
    struct waiter_part *_Atomic part;
    atomic_bool quit;
};

static void *end_parts(void *arg)
{
    struct racer *racer = arg;

    while (!atomic_load(&racer->quit)) {
        struct waiter_part *part = atomic_exchange(&racer->part, NULL);
        if (part != NULL) {
            waiter_part_end(part, NULL);
        }
        (void)sched_yield();
    }
    return NULL;
}

/* The write's end and the deadline at the same moment: one of them, once. */
Test(waiters, is_resumed_once_whoever_wins)
{
    static const int64_t delays[] = {0, 1, 60000};
    struct racer racer = {.part = NULL, .quit = false};
    pthread_t thread;

    cr_assert_eq(pthread_create(&thread, NULL, end_parts, &racer), 0);
    for (int i = 0; i < ROUNDS; i++) {
        struct fake fake = {0};
        const char *text = NULL;
        struct waiter *waiter = begin(&fake, delays[i % 3], 1);
        atomic_store(&racer.part, waiter_part(waiter, 0));
        while (atomic_load(&fake.resumed) == 0 || atomic_load(&racer.part) != NULL) {
            (void)sched_yield();
        }
        cr_assert_eq(atomic_load(&fake.resumed), 1);
        enum waiter_state state = waiter_state(waiter, &text);
        cr_assert(state == WAITER_READY || (state == WAITER_LATE && delays[i % 3] < 2));
        waiter_unref(waiter);
    }
    atomic_store(&racer.quit, true);
    (void)pthread_join(thread, NULL);
    assert_count(0);
}
