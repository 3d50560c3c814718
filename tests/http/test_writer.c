/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/clock.h"
#include "server/http/writer.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* A disk that can be made slow or full. */
struct disk {
    atomic_int writes;
    atomic_bool open; /* false: a write hangs until it is */
    atomic_bool full;
    atomic_int began;
    _Atomic int64_t floor_ms; /* when the floor was written */
};

static struct disk disk;
static struct log sink;
static struct metrics metrics;
static struct waiters list;
static struct writer writer;
static atomic_int resumed;
static const struct ruleset *ruleset;

static bool has_settled(const char *name)
{
    return strcmp(name, "floor") == 0 && atomic_load(&disk.floor_ms) != 0;
}

static int write_slowly(const void *place, const struct policy_order *order,
                        struct policy_made *made, struct error *err)
{
    const struct timespec step = {.tv_nsec = 1000000};
    const struct policy_text *policy = order->policy;

    (void)place;
    (void)snprintf(made->mark.text, sizeof made->mark.text, "%.8s@1", policy->name);
    if (has_settled(policy->name)) {
        made->wait_ms = atomic_load(&disk.floor_ms) + policy->settle_ms - clock_ms();
        return 0;
    }
    (void)atomic_fetch_add(&disk.began, 1);
    while (!atomic_load(&disk.open) && strcmp(policy->namespace, "quick") != 0) {
        (void)nanosleep(&step, NULL);
    }
    (void)atomic_fetch_add(&disk.writes, 1);
    if (policy->settle_ms > 0) {
        atomic_store(&disk.floor_ms, clock_ms());
    }
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
    ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    cr_assert_eq(waiters_start(&list, resume, &err), 0, "%s", err.text);
    writer = (struct writer){.store = {.make = write_slowly, .writers = WRITER_THREADS},
                             .log = &sink,
                             .metrics = &metrics};
    cr_assert_eq(writer_start(&writer, &err), 0, "%s", err.text);
}

static void stop(void)
{
    atomic_store(&disk.open, true);
    cr_assert(writer_stop(&writer, clock_ms() + 5000));
    waiters_stop(&list);
    ruleset_unref(ruleset);
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

/* Takes the text over. */
static struct waiter *join_policy(struct policy_text policy, bool dry_run, int64_t in_ms)
{
    struct waiter *waiter = waiters_begin(&list, NULL, clock_ms() + in_ms, 1);
    const struct writer_wish wish = {.policy = &policy, .ruleset = ruleset, .dry_run = dry_run};

    cr_assert_not_null(waiter);
    waiters_publish(waiter);
    writer_join(&writer, &wish, waiter_part(waiter, 0));
    policy_text_done(&policy);
    return waiter;
}

static struct waiter *join(const char *name, const char *json, int64_t in_ms)
{
    return join_policy(policy_of(name, json), false, in_ms);
}

static void wait_for(const atomic_int *number, int count)
{
    const struct timespec step = {.tv_nsec = 1000000};

    for (int i = 0; i < 20000 && atomic_load(number) < count; i++) {
        (void)nanosleep(&step, NULL);
    }
    cr_assert_eq(atomic_load(number), count);
}

static void wait_for_resumed(int count)
{
    wait_for(&resumed, count);
}

static bool knows(const char *name, const char *json)
{
    struct policy_text policy = policy_of(name, json);
    struct policy_mark unused = {0};
    bool yes = writer_knows(&writer, &policy, &unused);

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
    int64_t began_ms = clock_ms();

    atomic_store(&disk.open, true);
    floor.settle_ms = SETTLE_MS;
    floor.is_floor = true;
    struct waiter *first = join_policy(floor, false, 60000);
    struct waiter *other = join("app", "{}", 60000);
    wait_for_resumed(1);
    assert_state(other, WAITER_READY);
    cr_assert(!knows("floor", "{}"), "it does not count yet");
    struct waiter *second = join("floor", "{}", 60000);
    wait_for_resumed(3);
    cr_assert_geq(clock_ms() - began_ms, SETTLE_MS);
    cr_assert_eq(atomic_load(&disk.writes), 2, "one write for both");
    cr_assert(knows("floor", "{}"));
    cr_assert_eq(metrics_get(&metrics, METRIC_POLICY_WRITTEN), 2);
    cr_assert_eq(metrics_get(&metrics, METRIC_POLICY_RIGHT), 0);
    assert_state(first, WAITER_READY);
    assert_state(second, WAITER_READY);
}

Test(writer, the_floor_goes_first)
{
    struct policy_text floor = policy_of("floor", "{}");

    floor.is_floor = true;
    struct waiter *first = join_policy(floor, false, 60000);
    struct waiter *app = join("app", "{}", 60000);
    struct waiter *other = join("other", "{}", 60000);
    struct policy_text elsewhere = policy_of("app", "{}");
    (void)snprintf(elsewhere.namespace, sizeof elsewhere.namespace, "quick");
    struct waiter *quick = join_policy(elsewhere, false, 60000);

    wait_for_resumed(1);
    assert_state(quick, WAITER_READY);
    wait_for(&disk.began, 2); /* nothing of this namespace but the floor */
    atomic_store(&disk.open, true);
    wait_for_resumed(4);
    assert_state(first, WAITER_READY);
    assert_state(app, WAITER_READY);
    assert_state(other, WAITER_READY);
}

Test(writer, a_namespace_that_hangs_leaves_threads_to_others)
{
    enum { MANY = 3 * WRITER_THREADS };
    struct waiter *waiters[MANY];

    for (size_t i = 0; i < MANY; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "app-%zu", i);
        waiters[i] = join(name, "{}", 60000);
    }
    wait_for(&disk.began, WRITER_THREADS_OF_ONE);
    struct policy_text elsewhere = policy_of("app", "{}");
    (void)snprintf(elsewhere.namespace, sizeof elsewhere.namespace, "quick");
    struct waiter *quick = join_policy(elsewhere, false, 60000);
    wait_for_resumed(1);
    assert_state(quick, WAITER_READY);
    cr_assert_eq(atomic_load(&disk.began), WRITER_THREADS_OF_ONE + 1);
    atomic_store(&disk.open, true);
    wait_for_resumed(MANY + 1);
    for (size_t i = 0; i < MANY; i++) {
        assert_state(waiters[i], WAITER_READY);
    }
}

Test(writer, never_writes_one_policy_twice_at_once)
{
    struct waiter *old = join("app", "{\"a\":1}", 60000);
    struct waiter *new = join("app", "{\"a\":2}", 60000);
    struct waiter *other = join("other", "{}", 60000);

    wait_for(&disk.began, 2);
    atomic_store(&disk.open, true);
    wait_for_resumed(3);
    cr_assert(knows("app", "{\"a\":2}"), "the last that was asked for");
    assert_state(old, WAITER_READY);
    assert_state(new, WAITER_READY);
    assert_state(other, WAITER_READY);
}

Test(writer, a_dry_run_is_a_write_of_its_own_and_not_remembered)
{
    struct waiter *dry = join_policy(policy_of("app", "{}"), true, 60000);

    atomic_store(&disk.open, true);
    wait_for_resumed(1);
    assert_state(dry, WAITER_READY);
    cr_assert(!knows("app", "{}"));
    cr_assert_eq(metrics_get(&metrics, METRIC_POLICY_WRITTEN), 0);
}

Test(writer, tells_which_object_stands)
{
    struct waiter *waiter = join("app", "{}", 60000);
    const char *text = NULL;

    atomic_store(&disk.open, true);
    wait_for_resumed(1);
    cr_assert_eq(waiter_state(waiter, &text), WAITER_READY);
    cr_assert_str_eq(waiter->parts[0].mark.text, "app@1");
    waiter_unref(waiter);
}

Test(writer, what_is_asked_for_early_is_joined_and_bounded)
{
    for (size_t i = 0; i < 2 * (size_t)WRITER_MAX_ASKED; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "app-%zu", i);
        struct policy_text policy = policy_of(name, "{}");
        const struct writer_wish wish = {.policy = &policy, .ruleset = ruleset};
        writer_ask(&writer, &wish);
        policy_text_done(&policy);
    }
    struct waiter *waiter = join("app-0", "{}", 60000);
    atomic_store(&disk.open, true);
    wait_for_resumed(1);
    assert_state(waiter, WAITER_READY);
    wait_for(&disk.writes, WRITER_MAX_ASKED);
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
