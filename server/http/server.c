/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/server.h"

#include "lib/base/clock.h"
#include "server/http/drain.h"
#include "server/http/handler.h"
#include "server/http/library_log.h"
#include "server/http/listen.h"
#include "server/http/ops.h"
#include "server/http/policy_dir.h"
#include "server/http/ticker.h"

#include <malloc.h>
#include <unistd.h>

enum {
    MMAP_FROM = 256 * 1024, /* a large body goes back to the system when it is done */
    STOP_WORKERS_MS = 500,
};

struct server {
    struct service service;
    struct signals signals;
    struct ticker ticker;
    struct MHD_Daemon *https;
    struct MHD_Daemon *ops;
    char https_text[LISTEN_TEXT_SIZE];
    char ops_text[LISTEN_TEXT_SIZE];
};

/*
 * Poll, not epoll: libmicrohttpd's epoll loop stalls with 128 events at once and spins on half a
 * handshake. No certificate is given: tls_retrieve() has it.
 */
static int start_https(struct service *service, int fd, struct MHD_Daemon **out, struct error *err)
{
    uint64_t asked_s = service->options->idle_s;
    unsigned idle_s = asked_s > 0 ? (unsigned)asked_s : SERVICE_IDLE_S;

    *out = MHD_start_daemon(
        MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_TLS | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG,
        0, connections_accept, &service->https, handler_access, service, MHD_OPTION_EXTERNAL_LOGGER,
        library_log, service, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE,
        (unsigned)SERVICE_POOL, MHD_OPTION_CONNECTION_LIMIT, (unsigned)SERVICE_CONNECTION_LIMIT,
        MHD_OPTION_CONNECTION_TIMEOUT, idle_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)SERVICE_CONNECTION_MEMORY, MHD_OPTION_HTTPS_PRIORITIES, TLS_PRIORITIES,
        MHD_OPTION_HTTPS_CERT_CALLBACK2, tls_retrieve, MHD_OPTION_NOTIFY_CONNECTION,
        connections_notify, &service->https, MHD_OPTION_NOTIFY_COMPLETED, handler_completed,
        service, MHD_OPTION_UNESCAPE_CALLBACK, routes_unescape, NULL, MHD_OPTION_STRICT_FOR_CLIENT,
        1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
    return *out != NULL ? 0 : error_set(err, ERR_SYSTEM, "libmicrohttpd does not serve HTTPS");
}

/* Both sockets before anything is served: one that is not to be had ends the start. */
static int start_daemons(struct server *server, struct error *err)
{
    struct service *service = &server->service;
    const struct server_options *options = service->options;
    const char *listen = options->listen != NULL ? options->listen : "0.0.0.0:8443";
    const char *ops = options->ops != NULL ? options->ops : "0.0.0.0:8080";
    int https_fd = -1;
    int ops_fd = -1;

    if (listen_open(listen, &https_fd, server->https_text, err) != 0) {
        return error_prefix(err, "--listen");
    }
    if (listen_open(ops, &ops_fd, server->ops_text, err) != 0) {
        (void)close(https_fd);
        return error_prefix(err, "--ops");
    }
    ino_t https_inode = listen_inode(https_fd);
    ino_t ops_inode = listen_inode(ops_fd);
    if (start_https(service, https_fd, &server->https, err) != 0) {
        listen_close(https_fd, https_inode);
        (void)close(ops_fd);
        return -1;
    }
    if (ops_start(service, ops_fd, &server->ops, err) != 0) {
        listen_close(ops_fd, ops_inode);
        return -1;
    }
    return 0;
}

static int start_policies(struct service *service, struct error *err)
{
    const char *dir = service->options->policy_dir;

    if (service->options->backend == NULL && dir == NULL) {
        return 0;
    }
    if ((dir != NULL && policy_dir_open(dir, err) != 0) ||
        writer_start(&service->writer, err) != 0) {
        return -1;
    }
    service->keeps_policies = true;
    return 0;
}

static void say(void *arg, bool warning, const char *what, const char *detail)
{
    struct server *server = arg;
    const struct log_field fields[] = {LOG_TEXT("detail", detail)};

    log_event(&server->service.log, warning ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, what, fields,
              COUNT_OF(fields));
}

static void count(void *arg, enum voice_count what)
{
    struct server *server = arg;

    switch (what) {
    case VOICE_LEAK:
        metrics_add(&server->service.metrics, METRIC_LEAK_FOUND, 1);
        break;
    }
}

static void changed(void *arg)
{
    struct server *server = arg;

    ticker_wake(&server->ticker);
}

static const struct ruleset *current(void *arg)
{
    struct server *server = arg;

    return rulesets_current(&server->service.rulesets);
}

static int start_backend(struct server *server, struct error *err)
{
    const struct server_backend *backend = server->service.options->backend;
    const struct voice voice = {
        .say = say, .count = count, .changed = changed, .ruleset = current, .arg = server};

    return backend == NULL ? 0 : backend->start(backend->place, &voice, err);
}

static void stop_backend(const struct service *service)
{
    const struct server_backend *backend = service->options->backend;

    if (backend != NULL) {
        backend->stop(backend->place);
    }
}

static void log_listening(struct server *server)
{
    struct service *service = &server->service;
    char id[CONFIG_ID_LEN + 1];

    rulesets_id(&service->rulesets, id);
    const struct log_field fields[] = {
        LOG_TEXT("https", server->https_text),
        LOG_TEXT("ops", server->ops_text),
        LOG_TEXT("config", id),
        LOG_TEXT("policyDir", service->options->policy_dir),
        LOG_TEXT("version", PODVEIL_VERSION),
    };
    log_event(&service->log, LOG_LEVEL_INFO, "listening", fields, COUNT_OF(fields));
}

static int start(struct server *server, struct error *err)
{
    if (start_policies(&server->service, err) != 0 || ticker_start(&server->ticker, err) != 0 ||
        start_daemons(server, err) != 0) {
        return -1;
    }
    log_listening(server);
    return 0;
}

/* Serve until a signal ends it; true where it ended cleanly. */
static bool serve(struct server *server, int *listener)
{
    for (;;) {
        enum signal_event event = signals_wait(&server->signals, -1);
        if (event == SIGNAL_RELOAD) {
            ticker_reload(&server->ticker);
        } else if (event != SIGNAL_NONE) {
            return drain(&server->service, server->https, &server->signals, event == SIGNAL_NOW,
                         listener);
        }
    }
}

/* Something hangs, a disk or a client: what waits for it cannot be taken down. */
static void leave(struct service *service)
{
    log_event(&service->log, LOG_LEVEL_WARN, "stopped, not everything had ended", NULL, 0);
    log_flush(&service->log);
    _exit(0);
}

/* The daemons first: after them no request comes that could use the rest. */
static void stop(struct server *server, int listener)
{
    struct service *service = &server->service;

    if (server->https != NULL) {
        MHD_stop_daemon(server->https);
    }
    if (listener >= 0) {
        (void)close(listener);
    }
    if (server->ops != NULL) {
        MHD_stop_daemon(server->ops);
    }
    int64_t until_ms = clock_ms() + STOP_WORKERS_MS;
    bool ended = turns_stop(&service->turns, until_ms);
    if (service->keeps_policies && !writer_stop(&service->writer, until_ms)) {
        ended = false;
    }
    if (!ended) {
        leave(service);
    }
}

static int run(struct server *server, struct error *err)
{
    struct service *service = &server->service;
    int listener = -1;

    if (waiters_start(&service->waiters, MHD_resume_connection, err) != 0) {
        return -1;
    }
    if (turns_start(&service->turns, err) != 0) {
        waiters_stop(&service->waiters);
        return -1;
    }
    int failed = start_backend(server, err);
    if (failed == 0) {
        failed = start(server, err);
    }
    if (failed == 0 && !serve(server, &listener)) {
        leave(service);
    }
    stop(server, listener);
    ticker_stop(&server->ticker);
    stop_backend(service);
    waiters_stop(&service->waiters);
    if (failed == 0) {
        log_event(&service->log, LOG_LEVEL_INFO, "stopped", NULL, 0);
    }
    return failed;
}

int server_run(const struct server_options *options, struct error *err)
{
    struct server *server = calloc(1, sizeof *server);

    if (server == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a server");
    }
    (void)mallopt(M_MMAP_THRESHOLD, MMAP_FROM); /* NOLINT(concurrency-mt-unsafe): no thread yet */
    if (signals_open(&server->signals, err) != 0) {
        free(server);
        return -1;
    }
    service_init(&server->service, options, STDERR_FILENO);
    int failed = ticker_open(&server->ticker, &server->service, err);
    if (failed == 0) {
        failed = log_start(&server->service.log, err);
    }
    if (failed == 0) {
        failed = run(server, err);
    }
    ticker_close(&server->ticker);
    service_done(&server->service);
    signals_close(&server->signals);
    free(server);
    return failed;
}
