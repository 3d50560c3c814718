/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/drain.h"

#include "lib/base/clock.h"

enum { DRAIN_LOOK_MS = 10 };

static void log_phase(struct service *service, const char *msg)
{
    const struct log_field fields[] = {
        LOG_NUMBER("connections", (int64_t)connections_count(&service->https)),
        LOG_NUMBER("requests", (int64_t)atomic_load(&service->requests)),
        LOG_NUMBER("waiting", (int64_t)waiters_count(&service->waiters)),
    };

    log_event(&service->log, LOG_LEVEL_INFO, msg, fields, COUNT_OF(fields));
}

static bool nobody_is_connected(struct service *service)
{
    return connections_count(&service->https) == 0;
}

static bool nothing_is_in_flight(struct service *service)
{
    return atomic_load(&service->requests) == 0;
}

static bool never(struct service *service)
{
    (void)service;
    return false;
}

/* Wait until `done` says so, at most ms. False where a signal asked to end it. */
static bool wait_until(struct service *service, const struct signals *signals, uint64_t ms,
                       bool (*done)(struct service *service))
{
    int64_t end_ms = clock_ms() + (int64_t)ms;

    while (!done(service) && clock_ms() < end_ms) {
        enum signal_event event = signals_wait(signals, DRAIN_LOOK_MS);
        if (event == SIGNAL_DRAIN || event == SIGNAL_NOW) {
            return false;
        }
    }
    return true;
}

/* The kernel goes on taking connections for a socket that nobody accepts from: shut it as well. */
static int stop_listening(struct MHD_Daemon *daemon)
{
    int listener = MHD_quiesce_daemon(daemon);

    if (listener >= 0) {
        (void)shutdown(listener, SHUT_RDWR);
    }
    return listener;
}

/*
 * Answer whatever is left. Signals do not shorten this: it is short. A request that does not
 * arrive is cut off by the stop; only a suspended connection must not be there.
 */
static bool settle(struct service *service, int64_t ms)
{
    const struct timespec look = {.tv_nsec = DRAIN_LOOK_MS * 1000000L};
    int64_t end_ms = clock_ms() + ms;

    waiters_settle_all(&service->waiters);
    while (!nothing_is_in_flight(service) && clock_ms() < end_ms) {
        (void)nanosleep(&look, NULL);
    }
    return waiters_count(&service->waiters) == 0;
}

bool drain(struct service *service, struct MHD_Daemon *daemon, const struct signals *signals,
           bool at_once, int *listener)
{
    const struct server_options *options = service->options;
    uint64_t linger_ms = options->linger_ms > 0 ? options->linger_ms : SERVICE_LINGER_MS;

    atomic_store(&service->draining, true);
    log_phase(service, at_once ? "stopping" : "draining");
    /* Nobody may be connected and somebody on the way. */
    bool patient = !at_once && wait_until(service, signals, options->drain_ms, never);
    *listener = stop_listening(daemon);
    if (patient) {
        patient = wait_until(service, signals, linger_ms, nobody_is_connected);
    }
    return settle(service, patient ? DRAIN_SETTLE_MS : DRAIN_SETTLE_NOW_MS);
}
