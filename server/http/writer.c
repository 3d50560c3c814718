/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/writer.h"

#include "lib/base/clock.h"

/* One policy on its way to where it stands, and who waits for it. */
struct flight {
    struct policy_text policy;
    struct waiter_part *parts;
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

/* Write it; NULL where it stands now, else the failure. */
static const struct error *fly(struct writer *writer, const struct policy_text *policy,
                               struct error *err)
{
    int64_t started_ms = clock_ms();
    bool written = false;
    bool failed = writer->write(writer->place, policy, &written, err) != 0;
    enum metric metric = failed    ? METRIC_POLICY_FAILED
                         : written ? METRIC_POLICY_WRITTEN
                                   : METRIC_POLICY_RIGHT;

    metrics_add(writer->metrics, metric, 1);
    if (failed || written) {
        log_flight(writer, policy, started_ms, failed ? err : NULL);
    }
    return failed ? err : NULL;
}

/* The first flight ends: known before anybody is woken. */
static void land(struct writer *writer, const struct error *failure)
{
    (void)pthread_mutex_lock(&writer->worker.mutex);
    struct flight *flight = writer->first;
    if (failure == NULL) {
        known_add(&writer->known, &flight->policy, clock_ms());
    }
    writer->first = flight->next;
    if (writer->first == NULL) {
        writer->end = &writer->first;
    }
    (void)pthread_mutex_unlock(&writer->worker.mutex);

    while (flight->parts != NULL) {
        struct waiter_part *part = flight->parts;
        flight->parts = part->next;
        waiter_part_end(part, failure);
    }
    flight_free(flight);
}

/* The next policy to write, or NULL at the end. It stays in the queue, so that others may join. */
static const struct policy_text *wait_for_flight(struct writer *writer)
{
    (void)pthread_mutex_lock(&writer->worker.mutex);
    while (writer->first == NULL && !writer->worker.quit) {
        (void)pthread_cond_wait(&writer->worker.changed, &writer->worker.mutex);
    }
    const struct policy_text *policy = writer->first != NULL ? &writer->first->policy : NULL;
    (void)pthread_mutex_unlock(&writer->worker.mutex);
    return policy;
}

static void run(void *arg)
{
    struct writer *writer = arg;
    const struct policy_text *policy = wait_for_flight(writer);

    while (policy != NULL) {
        struct error err = {0};
        land(writer, fly(writer, policy, &err));
        policy = wait_for_flight(writer);
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
        struct error err = {0};
        (void)error_set(&err, ERR_NO_MEMORY, "no memory");
        waiter_part_end(part, &err);
    }
}
