/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/writer.h"

#include "lib/base/clock.h"

/* One policy on its way to where it stands, and who waits for it. */
struct flight {
    struct policy_text policy;
    struct waiter_part *parts;
    int64_t counts_ms; /* written, and settles until then; 0: not written yet */
    struct flight *next;
};

static void flight_free(struct flight *flight)
{
    policy_text_done(&flight->policy);
    free(flight);
}

static bool is_same(const struct policy_text *a, const struct policy_text *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->namespace, b->namespace) == 0 &&
           strcmp(a->json, b->json) == 0;
}

static void log_flight(struct writer *writer, const struct policy_text *policy, int64_t started_ms,
                       const struct error *failure)
{
    const struct log_field fields[] = {
        LOG_TEXT("namespace", policy->namespace),
        LOG_TEXT("name", policy->name),
        LOG_TEXT("error", failure != NULL ? failure->text : ""),
        LOG_NUMBER("ms", clock_ms() - started_ms),
    };

    log_event(writer->log, failure != NULL ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO,
              failure != NULL ? "policy not written" : "policy written", fields, COUNT_OF(fields));
}

/* Make it stand. */
static int fly(struct writer *writer, const struct policy_text *policy, struct policy_made *made,
               struct error *err)
{
    int64_t started_ms = clock_ms();
    bool failed = writer->store.make(writer->store.place, policy, made, err) != 0;
    enum metric metric = failed          ? METRIC_POLICY_FAILED
                         : made->written ? METRIC_POLICY_WRITTEN
                                         : METRIC_POLICY_RIGHT;

    metrics_add(writer->metrics, metric, 1);
    if (failed || made->written) {
        log_flight(writer, policy, started_ms, failed ? err : NULL);
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
}

/* A flight ends: known before anybody is woken. */
static void land(struct writer *writer, struct flight *flight, const struct waiter_failure *failure)
{
    (void)pthread_mutex_lock(&writer->worker.mutex);
    if (failure == NULL && writer->store.stands == NULL) {
        known_add(&writer->known, &flight->policy, clock_ms());
    }
    unlink_locked(writer, flight);
    (void)pthread_mutex_unlock(&writer->worker.mutex);

    while (flight->parts != NULL) {
        struct waiter_part *part = flight->parts;
        flight->parts = part->next;
        waiter_part_end(part, failure);
    }
    flight_free(flight);
}

/* The next to be written, else one that has settled, or NULL with the time until which to wait. */
static struct flight *next_locked(const struct writer *writer, int64_t now_ms, int64_t *until_ms)
{
    struct flight *settled = NULL;

    *until_ms = INT64_MAX;
    for (struct flight *flight = writer->first; flight != NULL; flight = flight->next) {
        if (flight->counts_ms == 0 || writer->worker.quit) {
            return flight;
        }
        if (flight->counts_ms <= now_ms) {
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
    (void)pthread_mutex_unlock(&worker->mutex);
    return flight;
}

static const struct waiter_failure stopping = {
    .text = "this podveil stops, and the policy has not settled yet",
    .reason = REASON_TIMEOUT,
};

static void handle(struct writer *writer, struct flight *flight)
{
    struct policy_made made = {.reason = REASON_POLICY_NOT_WRITTEN};
    struct error err = {0};

    bool new = flight->counts_ms == 0;
    if (new &&fly(writer, &flight->policy, &made, &err) != 0) {
        const struct waiter_failure failure = {.text = err.text, .reason = made.reason};
        land(writer, flight, &failure);
    } else if (new &&made.wait_ms > 0) {
        (void)pthread_mutex_lock(&writer->worker.mutex);
        flight->counts_ms = clock_ms() + made.wait_ms;
        (void)pthread_mutex_unlock(&writer->worker.mutex);
    } else {
        land(writer, flight, flight->counts_ms > clock_ms() ? &stopping : NULL);
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
    known_init(&writer->known);
    return worker_start(&writer->worker, "policy-writer", run, writer, err);
}

bool writer_stop(struct writer *writer, int64_t deadline_ms)
{
    if (!worker_stop(&writer->worker, deadline_ms)) {
        return false;
    }
    known_done(&writer->known);
    return true;
}

bool writer_knows(struct writer *writer, const struct policy_text *policy)
{
    if (writer->store.stands != NULL) {
        return writer->store.stands(writer->store.place, policy);
    }
    (void)pthread_mutex_lock(&writer->worker.mutex);
    bool knows = known_has(&writer->known, policy, clock_ms());
    (void)pthread_mutex_unlock(&writer->worker.mutex);
    return knows;
}

static struct flight *find_locked(const struct writer *writer, const struct policy_text *policy)
{
    struct flight *flight = writer->first;

    while (flight != NULL && !is_same(&flight->policy, policy)) {
        flight = flight->next;
    }
    return flight;
}

/* A flight at the queue's end that takes the policy's text over, or NULL without memory. */
static struct flight *add_locked(struct writer *writer, struct policy_text *policy)
{
    struct flight *flight = calloc(1, sizeof *flight);

    if (flight != NULL) {
        flight->policy = *policy;
        *policy = (struct policy_text){0};
        *writer->end = flight;
        writer->end = &flight->next;
        (void)pthread_cond_signal(&writer->worker.changed);
    }
    return flight;
}

void writer_join(struct writer *writer, struct policy_text *policy, struct waiter_part *part)
{
    (void)pthread_mutex_lock(&writer->worker.mutex);
    struct flight *flight = find_locked(writer, policy);
    if (flight == NULL) {
        flight = add_locked(writer, policy);
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
