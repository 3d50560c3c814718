/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/clock.h"
#include "server/http/writer.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* A disk that can be made slow or full. */
struct disk {
    atomic_int writes;
    atomic_bool open; /* false: a write hangs until it is */
    atomic_bool full;
};

static struct disk disk;
static struct log sink;
static struct metrics metrics;
static struct waiters list;
static struct writer writer;
static atomic_int resumed;

static int write_slowly(const void *place, const struct policy_text *policy,
                        struct policy_made *made, struct error *err)
{
    const struct timespec step = {.tv_nsec = 1000000};

    (void)place;
    while (!atomic_load(&disk.open)) {
        (void)nanosleep(&step, NULL);
    }
    (void)atomic_fetch_add(&disk.writes, 1);
    if (atomic_load(&disk.full)) {
        made->reason = REASON_EGRESS_LEAK;
        return error_set(err, ERR_SYSTEM, "the disk is full");
    }
    made->written = true;
    made->wait_ms = policy->settle_ms;
    return 0;
}

static void resume(struct MHD_Connection *connection)
{
    (void)connection;
    (void)atomic_fetch_add(&resumed, 1);
}

static void start(void)
{
    struct error err = {0};

    log_init(&sink, SERVER_LOG_JSON, open("/dev/null", O_WRONLY | O_CLOEXEC));
    metrics_init(&metrics, 0);
    cr_assert_eq(waiters_start(&list, resume, &err), 0, "%s", err.text);
    writer = (struct writer){.store.make = write_slowly, .log = &sink, .metrics = &metrics};
    cr_assert_eq(writer_start(&writer, &err), 0, "%s", err.text);
}

static void stop(void)
{
    atomic_store(&disk.open, true);
    cr_assert(writer_stop(&writer, clock_ms() + 5000));
    waiters_stop(&list);
    (void)close(sink.fd);
    log_done(&sink);
}

TestSuite(writer, .init = start, .fini = stop);

static struct policy_text policy_of(const char *name, const char *json)
{
    struct policy_text policy = {.namespace = "media", .json = strdup(json)};

    (void)snprintf(policy.name, sizeof policy.name, "%s", name);
    return policy;
}

static struct waiter *join(const char *name, const char *json, int64_t in_ms)
{
    struct policy_text policy = policy_of(name, json);
    struct waiter *waiter = waiters_begin(&list, NULL, clock_ms() + in_ms, 1);

    cr_assert_not_null(waiter);
    waiters_publish(waiter);
    writer_join(&writer, &policy, waiter_part(waiter, 0));
    policy_text_done(&policy);
    return waiter;
}

static void wait_for_resumed(int count)
{
    const struct timespec step = {.tv_nsec = 1000000};

    for (int i = 0; i < 5000 && atomic_load(&resumed) < count; i++) {
        (void)nanosleep(&step, NULL);
    }
    cr_assert_eq(atomic_load(&resumed), count);
}

static bool knows(const char *name, const char *json)
{
    struct policy_text policy = policy_of(name, json);
    bool yes = writer_knows(&writer, &policy);

    policy_text_done(&policy);
    return yes;
}

static void assert_state(struct waiter *waiter, enum waiter_state want)
{
    const char *text = NULL;

    cr_assert_eq(waiter_state(waiter, &text), want);
    waiter_unref(waiter);
}

Test(writer, writes_once_for_a_hundred)
{
    enum { HUNDRED = 100 };
    struct waiter *waiters[HUNDRED];

    for (size_t i = 0; i < HUNDRED; i++) {
        waiters[i] = join("app", "{}", 60000);
    }
    cr_assert_eq(atomic_load(&resumed), 0);
    cr_assert(!knows("app", "{}"));
    atomic_store(&disk.open, true);
    wait_for_resumed(HUNDRED);
    cr_assert_eq(atomic_load(&disk.writes), 1);
    cr_assert(knows("app", "{}"));
    for (size_t i = 0; i < HUNDRED; i++) {
        assert_state(waiters[i], WAITER_READY);
    }
}

Test(writer, another_text_is_another_write)
{
    struct waiter *old = join("app", "{\"a\":1}", 60000);
    struct waiter *new = join("app", "{\"a\":2}", 60000);

    atomic_store(&disk.open, true);
    wait_for_resumed(2);
    cr_assert_eq(atomic_load(&disk.writes), 2);
    cr_assert(knows("app", "{\"a\":2}"), "the last one stands");
    cr_assert(!knows("app", "{\"a\":1}"));
    assert_state(old, WAITER_READY);
    assert_state(new, WAITER_READY);
}

Test(writer, a_failure_is_told_and_not_remembered)
{
    const char *text = NULL;
    struct waiter *waiter = join("app", "{}", 60000);

    atomic_store(&disk.full, true);
    atomic_store(&disk.open, true);
    wait_for_resumed(1);
    cr_assert_eq(waiter_state(waiter, &text), WAITER_FAILED);
    cr_assert_str_eq(text, "the disk is full");
    cr_assert_eq(waiter->reason, REASON_EGRESS_LEAK, "the store says why");
    waiter_unref(waiter);
    cr_assert(!knows("app", "{}"));
    cr_assert_eq(metrics_get(&metrics, METRIC_POLICY_FAILED), 1);

    atomic_store(&disk.full, false);
    waiter = join("app", "{}", 60000);
    wait_for_resumed(2);
    assert_state(waiter, WAITER_READY);
}

/* Others are written while one settles, and nobody is let go before. */
Test(writer, what_settles_is_waited_for_and_delays_nothing)
{
    enum { SETTLE_MS = 300 };
    struct policy_text floor = policy_of("floor", "{}");
    struct waiter *first = waiters_begin(&list, NULL, clock_ms() + 60000, 1);
    int64_t began_ms = clock_ms();

    atomic_store(&disk.open, true);
    floor.settle_ms = SETTLE_MS;
    waiters_publish(first);
    writer_join(&writer, &floor, waiter_part(first, 0));
    struct waiter *other = join("app", "{}", 60000);
    wait_for_resumed(1);
    assert_state(other, WAITER_READY);
    cr_assert(!knows("floor", "{}"), "it does not count yet");
    struct waiter *second = join("floor", "{}", 60000);
    wait_for_resumed(3);
    cr_assert_geq(clock_ms() - began_ms, SETTLE_MS);
    cr_assert_eq(atomic_load(&disk.writes), 2, "one write for both");
    cr_assert(knows("floor", "{}"));
    assert_state(first, WAITER_READY);
    assert_state(second, WAITER_READY);
}

Test(writer, a_deadline_does_not_cancel_the_write_of_others)
{
    struct waiter *hasty = join("app", "{}", 1);
    struct waiter *patient = join("app", "{}", 60000);

    wait_for_resumed(1);
    assert_state(hasty, WAITER_LATE);
    atomic_store(&disk.open, true);
    wait_for_resumed(2);
    assert_state(patient, WAITER_READY);
    cr_assert_eq(atomic_load(&disk.writes), 1);
    cr_assert(knows("app", "{}"), "the retry does not wait");
}

Test(writer, does_not_hang_with_a_write_that_hangs)
{
    struct waiter *waiter = join("app", "{}", 60000);

    cr_assert(!writer_stop(&writer, clock_ms() + 50));
    atomic_store(&disk.open, true);
    wait_for_resumed(1);
    assert_state(waiter, WAITER_READY);
}
