/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/writer.h"

#include "lib/base/clock.h"

/* In flight it belongs to its thread, but for its parts; else to whoever has the lock. */
enum flight_state {
    FLIGHT_QUEUED,
    FLIGHT_FLYING,
    FLIGHT_SETTLING,
};

/* One policy on its way to where it stands, and who waits for it. */
struct flight {
    struct policy_text policy;
    const struct ruleset *ruleset;
    bool dry_run;
    enum flight_state state;
    int64_t counts_ms; /* settling: until then */
    struct waiter_part *parts;
    struct flight *next;
};

static void flight_free(struct flight *flight)
{
    policy_text_done(&flight->policy);
    ruleset_unref(flight->ruleset);
    free(flight);
}

static bool is_same(const struct flight *flight, const struct writer_wish *wish)
{
    return flight->dry_run == wish->dry_run &&
           strcmp(flight->policy.name, wish->policy->name) == 0 &&
           strcmp(flight->policy.namespace, wish->policy->namespace) == 0 &&
           strcmp(flight->policy.json, wish->policy->json) == 0;
}

static void log_flight(struct writer *writer, const struct flight *flight, int64_t started_ms,
                       const struct error *failure)
{
    const struct log_field fields[] = {
        LOG_TEXT("namespace", flight->policy.namespace),
        LOG_TEXT("name", flight->policy.name),
        LOG_TEXT("dryRun", flight->dry_run ? "true" : ""),
        LOG_TEXT("error", failure != NULL ? failure->text : ""),
        LOG_NUMBER("ms", clock_ms() - started_ms),
    };

    log_event(writer->log, failure != NULL ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO,
              failure != NULL ? "policy not written" : "policy written", fields, COUNT_OF(fields));
}

/* Make it stand. */
static int fly(struct writer *writer, const struct flight *flight, struct policy_made *made,
               struct error *err)
{
    const struct policy_order order = {
        .policy = &flight->policy, .ruleset = flight->ruleset, .dry_run = flight->dry_run};
    bool settled = flight->counts_ms != 0;
    int64_t started_ms = clock_ms();
    bool failed = writer->store.make(writer->store.place, &order, made, err) != 0;
    enum metric metric = failed          ? METRIC_POLICY_FAILED
                         : made->written ? METRIC_POLICY_WRITTEN
                                         : METRIC_POLICY_RIGHT;

    if (!flight->dry_run && !(settled && metric == METRIC_POLICY_RIGHT)) {
        metrics_add(writer->metrics, metric, 1);
    }
    if (failed || (made->written && !flight->dry_run)) {
        log_flight(writer, flight, started_ms, failed ? err : NULL);
    }
    return failed ? -1 : 0;
}

/* Take it out of the queue, wherever it stands there. */
static void unlink_locked(struct writer *writer, struct flight *flight)
{
    struct flight **link = &writer->first;

    while (*link != flight) {
        link = &(*link)->next;
    }
    *link = flight->next;
    if (writer->end == &flight->next) {
        writer->end = link;
    }
    writer->count--;
}

/* A flight ends: known before anybody is woken. Others may have waited for it. */
static void land(struct writer *writer, struct flight *flight, const struct policy_mark *mark,
                 const struct waiter_failure *failure)
{
    (void)pthread_mutex_lock(&writer->worker.mutex);
    if (failure == NULL && writer->store.stands == NULL && !flight->dry_run) {
        known_add(&writer->known, &flight->policy, clock_ms());
    }
    unlink_locked(writer, flight);
    (void)pthread_cond_broadcast(&writer->worker.changed);
    (void)pthread_mutex_unlock(&writer->worker.mutex);

    while (flight->parts != NULL) {
        struct waiter_part *part = flight->parts;
        flight->parts = part->next;
        part->mark = *mark;
        waiter_part_end(part, failure);
    }
    flight_free(flight);
}

/* Does `other`, of the same namespace, keep the flight on the ground? */
static bool is_in_the_way(const struct flight *other, const struct flight *flight)
{
    if (other->state == FLIGHT_FLYING) {
        return other->policy.is_floor || strcmp(other->policy.name, flight->policy.name) == 0;
    }
    return other->state == FLIGHT_QUEUED && other->policy.is_floor && !flight->policy.is_floor;
}

/*
 * The floor goes before what else is asked for in its namespace; and whoever hangs in one
 * namespace leaves threads to the others.
 */
static bool may_fly_locked(const struct writer *writer, const struct flight *flight)
{
    size_t flying = 0;

    for (const struct flight *other = writer->first; other != NULL; other = other->next) {
        if (strcmp(other->policy.namespace, flight->policy.namespace) != 0) {
            continue;
        }
        if (is_in_the_way(other, flight)) {
            return false;
        }
        flying += other->state == FLIGHT_FLYING ? 1 : 0;
    }
    return flying < WRITER_THREADS_OF_ONE;
}

/* The next to be written, else one that has settled, or NULL with the time until which to wait. */
static struct flight *next_locked(const struct writer *writer, int64_t now_ms, int64_t *until_ms)
{
    struct flight *settled = NULL;

    *until_ms = INT64_MAX;
    for (struct flight *flight = writer->first; flight != NULL; flight = flight->next) {
        if (flight->state == FLIGHT_QUEUED && may_fly_locked(writer, flight)) {
            return flight;
        }
        if (flight->state != FLIGHT_SETTLING) {
            continue;
        }
        if (flight->counts_ms <= now_ms || writer->worker.quit) {
            settled = settled == NULL ? flight : settled;
        } else if (flight->counts_ms < *until_ms) {
            *until_ms = flight->counts_ms;
        }
    }
    return settled;
}

/* The next flight to do something about, or NULL at the end. It stays in the queue, so that others
 * may join. */
static struct flight *wait_for_flight(struct writer *writer)
{
    struct worker *worker = &writer->worker;
    int64_t until_ms = 0;

    (void)pthread_mutex_lock(&worker->mutex);
    struct flight *flight = next_locked(writer, clock_ms(), &until_ms);
    while (flight == NULL && !worker->quit) {
        struct timespec until = clock_timespec(until_ms == INT64_MAX ? 0 : until_ms);
        if (until_ms == INT64_MAX) {
            (void)pthread_cond_wait(&worker->changed, &worker->mutex);
        } else {
            (void)pthread_cond_timedwait(&worker->changed, &worker->mutex, &until);
        }
        flight = next_locked(writer, clock_ms(), &until_ms);
    }
    if (flight != NULL) {
        flight->state = FLIGHT_FLYING;
    }
    (void)pthread_mutex_unlock(&worker->mutex);
    return flight;
}

static void settle(struct writer *writer, struct flight *flight, int64_t wait_ms)
{
    (void)pthread_mutex_lock(&writer->worker.mutex);
    flight->counts_ms = clock_ms() + wait_ms;
    flight->state = FLIGHT_SETTLING;
    (void)pthread_cond_broadcast(&writer->worker.changed);
    (void)pthread_mutex_unlock(&writer->worker.mutex);
}

static const struct waiter_failure stopping = {
    .text = "this podveil stops, and the policy has not settled yet",
    .reason = REASON_TIMEOUT,
};

/* One that has settled is made once more: it may have gone meanwhile. */
static void handle(struct writer *writer, struct flight *flight)
{
    struct policy_made made = {.reason = REASON_POLICY_NOT_WRITTEN};
    struct error err = {0};

    if (flight->counts_ms > clock_ms()) {
        land(writer, flight, &made.mark, &stopping);
    } else if (fly(writer, flight, &made, &err) != 0) {
        const struct waiter_failure failure = {.text = err.text, .reason = made.reason};
        land(writer, flight, &made.mark, &failure);
    } else if (made.wait_ms > 0) {
        settle(writer, flight, made.wait_ms);
    } else {
        land(writer, flight, &made.mark, NULL);
    }
}

static void run(void *arg)
{
    struct writer *writer = arg;
    struct flight *flight = wait_for_flight(writer);

    while (flight != NULL) {
        handle(writer, flight);
        flight = wait_for_flight(writer);
    }
}

int writer_start(struct writer *writer, struct error *err)
{
    writer->first = NULL;
    writer->end = &writer->first;
    writer->count = 0;
    known_init(&writer->known);
    size_t threads = writer->store.writers > 0 ? writer->store.writers : 1;
    return worker_start_crew(&writer->worker, "policy-writer",
                             threads < WRITER_THREADS ? threads : WRITER_THREADS, run, writer, err);
}

bool writer_stop(struct writer *writer, int64_t deadline_ms)
{
    if (!worker_stop(&writer->worker, deadline_ms)) {
        return false;
    }
    known_done(&writer->known);
    return true;
}

bool writer_knows(struct writer *writer, const struct policy_text *policy, struct policy_mark *mark)
{
    if (writer->store.stands != NULL) {
        return writer->store.stands(writer->store.place, policy, mark);
    }
    (void)pthread_mutex_lock(&writer->worker.mutex);
    bool knows = known_has(&writer->known, policy, clock_ms());
    (void)pthread_mutex_unlock(&writer->worker.mutex);
    return knows;
}

static struct flight *find_locked(const struct writer *writer, const struct writer_wish *wish)
{
    struct flight *flight = writer->first;

    while (flight != NULL && !is_same(flight, wish)) {
        flight = flight->next;
    }
    return flight;
}

/* A flight at the queue's end that takes the policy's text over, or NULL without memory. */
static struct flight *add_locked(struct writer *writer, const struct writer_wish *wish)
{
    struct flight *flight = calloc(1, sizeof *flight);

    if (flight != NULL) {
        flight->policy = *wish->policy;
        *wish->policy = (struct policy_text){0};
        flight->ruleset = ruleset_ref(wish->ruleset);
        flight->dry_run = wish->dry_run;
        *writer->end = flight;
        writer->end = &flight->next;
        writer->count++;
        (void)pthread_cond_broadcast(&writer->worker.changed);
    }
    return flight;
}

void writer_join(struct writer *writer, const struct writer_wish *wish, struct waiter_part *part)
{
    (void)pthread_mutex_lock(&writer->worker.mutex);
    struct flight *flight = find_locked(writer, wish);
    if (flight == NULL) {
        flight = add_locked(writer, wish);
    }
    if (flight != NULL) {
        part->next = flight->parts;
        flight->parts = part;
    }
    (void)pthread_mutex_unlock(&writer->worker.mutex);
    if (flight == NULL) {
        const struct waiter_failure failure = {.text = "no memory",
                                               .reason = REASON_POLICY_NOT_WRITTEN};
        waiter_part_end(part, &failure);
    }
}

void writer_ask(struct writer *writer, const struct writer_wish *wish)
{
    (void)pthread_mutex_lock(&writer->worker.mutex);
    if (writer->count < WRITER_MAX_ASKED && find_locked(writer, wish) == NULL) {
        (void)add_locked(writer, wish);
    }
    (void)pthread_mutex_unlock(&writer->worker.mutex);
}
