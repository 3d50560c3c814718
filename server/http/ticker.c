/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/ticker.h"

#include "lib/base/clock.h"
#include "lib/base/file.h"

enum { CA_MODE = 0644 };

/* What a certificate is for where nobody said it: this machine, for trying. */
static const char *const own_names[] = {"localhost", "127.0.0.1", "::1"};

/* Clients have to know the CA before they meet a certificate of it. */
static int publish_ca(struct ticker *ticker, struct error *err)
{
    const char *path = ticker->service->options->ca_out;
    struct cert_bundle bundle = cert_source_bundle(ticker->source);

    if (path == NULL || bundle.pem.len == 0 || bundle.generation == ticker->bundle_written) {
        return 0;
    }
    if (file_write(path, bundle.pem, CA_MODE, err) != 0) {
        return error_prefix(err, "--ca-out");
    }
    ticker->bundle_written = bundle.generation;
    return 0;
}

static int serve_pair(struct service *service, const struct cert_pair *pair, struct error *err)
{
    if (tls_swap(&service->tls, pair->chain, pair->key, clock_ms(), err) != 0) {
        return -1;
    }
    atomic_store(&service->cert_not_before, (int64_t)pair->validity.not_before);
    atomic_store(&service->cert_not_after, (int64_t)pair->validity.not_after);
    metrics_add(&service->metrics, METRIC_CERT_SWAPPED, 1);
    char until[VALIDITY_DATE_SIZE];
    const struct log_field fields[] = {
        LOG_TEXT("notAfter", validity_date(pair->validity.not_after, until)),
        LOG_TEXT("warning", pair->warning),
    };
    log_event(&service->log, pair->warning[0] != '\0' ? LOG_LEVEL_WARN : LOG_LEVEL_INFO,
              "certificate in use", fields, COUNT_OF(fields));
    return 0;
}

/* The pair stays pending until it is served. */
static int serve_pending(struct ticker *ticker, struct error *err)
{
    if (ticker->pending == NULL) {
        return 0;
    }
    if (serve_pair(ticker->service, ticker->pending, err) != 0) {
        return -1;
    }
    cert_pair_free(STEAL(ticker->pending));
    return 0;
}

/*
 * A new pair is held back until its CA is published, and tried again until it is served or there
 * is a newer one: what was in the way may be a disk or memory. A failure of that is told once.
 */
static int poll_certificate(struct ticker *ticker, time_t now, struct error *err)
{
    struct cert_pair *fresh = NULL;

    int failed = cert_source_poll(ticker->source, now, &fresh, err);
    if (fresh != NULL) {
        cert_pair_free(ticker->pending);
        ticker->pending = fresh;
        ticker->told = false;
    }
    if (failed != 0) {
        return -1;
    }
    failed = publish_ca(ticker, err) != 0 || serve_pending(ticker, err) != 0 ? -1 : 0;
    bool told = ticker->told;
    ticker->told = failed != 0;
    return told ? 0 : failed;
}

static int open_source(struct ticker *ticker, struct error *err)
{
    const struct server_options *options = ticker->service->options;
    bool named = options->dns_name_count > 0;

    if (options->certificate == SERVER_CERTIFICATE_GIVEN) {
        ticker->source = options->source;
        return 0;
    }
    if (options->certificate == SERVER_CERTIFICATE_FILES) {
        return cert_source_files(options->cert_dir, &ticker->source, err);
    }
    return cert_source_self(named ? options->dns_names : own_names,
                            named ? options->dns_name_count : COUNT_OF(own_names), &ticker->source,
                            err);
}

int ticker_open(struct ticker *ticker, struct service *service, struct error *err)
{
    *ticker = (struct ticker){.service = service};
    (void)pthread_mutex_init(&ticker->mutex, NULL);
    clock_cond_init(&ticker->changed);

    if (feed_open(&ticker->feed, service, err) != 0) {
        return -1;
    }
    if (open_source(ticker, err) != 0 || poll_certificate(ticker, time(NULL), err) != 0) {
        return -1;
    }
    return 0;
}

void ticker_look(struct ticker *ticker, time_t now, bool reload)
{
    struct service *service = ticker->service;
    struct error err = {0};
    int64_t now_ms = clock_ms();

    feed_look(&ticker->feed, reload);
    if (poll_certificate(ticker, now, &err) != 0) {
        metrics_add(&service->metrics, METRIC_CERT_FAILED, 1);
        log_failure(&service->log, LOG_LEVEL_ERROR, "certificate refused, the old one stays", &err);
    }
    size_t closed = connections_expire(&service->https, now_ms);
    metrics_add(&service->metrics, METRIC_CLOSED_SLOW, (int64_t)closed);
    (void)connections_expire(&service->ops, now_ms);
    tls_sweep(&service->tls, now_ms);
}

/* Until the next look, a reload or the end; false at the end. */
static bool wait_for_tick(struct ticker *ticker, bool *reload)
{
    uint64_t tick_ms = ticker->service->options->tick_ms;
    struct timespec until =
        clock_timespec(clock_ms() + (tick_ms > 0 ? (int64_t)tick_ms : SERVICE_TICK_MS));
    int code = 0;

    (void)pthread_mutex_lock(&ticker->mutex);
    while (code == 0 && !ticker->quit && !ticker->reload && !ticker->woken) {
        code = pthread_cond_timedwait(&ticker->changed, &ticker->mutex, &until);
    }
    bool goes_on = !ticker->quit;
    *reload = ticker->reload;
    ticker->reload = false;
    ticker->woken = false;
    (void)pthread_mutex_unlock(&ticker->mutex);
    return goes_on;
}

static void *run(void *arg)
{
    struct ticker *ticker = arg;
    bool reload = false;

    while (wait_for_tick(ticker, &reload)) {
        ticker_look(ticker, time(NULL), reload);
    }
    return NULL;
}

int ticker_start(struct ticker *ticker, struct error *err)
{
    if (pthread_create(&ticker->thread, NULL, run, ticker) != 0) {
        return error_set(err, ERR_SYSTEM, "cannot start a thread");
    }
    ticker->runs = true;
    return 0;
}

void ticker_reload(struct ticker *ticker)
{
    (void)pthread_mutex_lock(&ticker->mutex);
    ticker->reload = true;
    (void)pthread_cond_signal(&ticker->changed);
    (void)pthread_mutex_unlock(&ticker->mutex);
}

void ticker_wake(struct ticker *ticker)
{
    (void)pthread_mutex_lock(&ticker->mutex);
    ticker->woken = true;
    (void)pthread_cond_signal(&ticker->changed);
    (void)pthread_mutex_unlock(&ticker->mutex);
}

void ticker_stop(struct ticker *ticker)
{
    (void)pthread_mutex_lock(&ticker->mutex);
    ticker->quit = true;
    (void)pthread_cond_signal(&ticker->changed);
    (void)pthread_mutex_unlock(&ticker->mutex);
    if (ticker->runs) {
        (void)pthread_join(ticker->thread, NULL);
        ticker->runs = false;
    }
}

void ticker_close(struct ticker *ticker)
{
    ticker_stop(ticker);
    cert_pair_free(ticker->pending);
    if (ticker->service->options->certificate != SERVER_CERTIFICATE_GIVEN) {
        cert_source_free(ticker->source);
    }
    (void)pthread_cond_destroy(&ticker->changed);
    (void)pthread_mutex_destroy(&ticker->mutex);
}
