/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/wire.h"

#include "server/http/handler.h"
#include "server/http/service.h"
#include "tests/fuzz/setting.h"
#include "tests/fuzz/target.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <unistd.h>

enum { ANSWERS_MAX = 4 * 1024 * 1024, TURNS_MAX = 64, STEP_MAX = 256 };

struct wire {
    struct service service;
    struct server_options options;
    struct MHD_Daemon *daemon;
};

static void silence(void *cls, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
static void silence(void *cls, const char *fmt, va_list ap)
{
    (void)cls;
    (void)fmt;
    (void)ap;
}

/* As server.c has it, but for TLS, sockets and threads. */
static void start(struct wire *wire)
{
    struct service *service = &wire->service;

    service_init(service, &wire->options, open("/dev/null", O_WRONLY | O_CLOEXEC));
    service->https.tls = NULL;
    rulesets_swap(&service->rulesets, ruleset_ref(setting_ruleset(SETTING_EXAMPLE)), 0);
    wire->daemon = MHD_start_daemon(
        MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0,
        connections_accept, &service->https, handler_access, service, MHD_OPTION_EXTERNAL_LOGGER,
        silence, NULL, MHD_OPTION_CONNECTION_LIMIT, (unsigned)SERVICE_CONNECTION_LIMIT,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)SERVICE_CONNECTION_MEMORY,
        MHD_OPTION_NOTIFY_CONNECTION, connections_notify, &service->https,
        MHD_OPTION_NOTIFY_COMPLETED, handler_completed, service, MHD_OPTION_UNESCAPE_CALLBACK,
        routes_unescape, NULL, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP,
        1, MHD_OPTION_END);
    claim(wire->daemon != NULL, "libmicrohttpd does not start");
    claim(signal(SIGPIPE, SIG_IGN) != SIG_ERR, "no signals");
}

static struct wire *wire_get(void)
{
    static struct wire wire;

    if (wire.daemon == NULL) {
        start(&wire);
    }
    return &wire;
}

/* What there is to read now; false at the end of the connection. */
static bool drain(int fd, struct buf *out)
{
    char piece[16384];
    ssize_t got = 0;

    while ((got = read(fd, piece, sizeof piece)) > 0) {
        buf_append(out, piece, (size_t)got);
    }
    return got < 0 && (errno == EAGAIN || errno == EINTR);
}

static bool turn(struct wire *wire, int fd, struct buf *out)
{
    (void)MHD_run(wire->daemon);
    return drain(fd, out);
}

static void send_pieces(struct wire *wire, int fd, struct slice text, struct slice steps,
                        struct buf *out)
{
    size_t at = 0;
    bool open = true;

    while (open && text.len > 0) {
        size_t step = steps.len == 0 ? STEP_MAX : (size_t)(uint8_t)steps.data[at % steps.len] + 1;
        size_t len = step < text.len ? step : text.len;
        ssize_t sent = write(fd, text.data, len);
        text = slice_after(text, sent > 0 ? (size_t)sent : 0);
        open = turn(wire, fd, out) && (sent > 0 || errno == EAGAIN);
        at++;
    }
}

void wire_exchange(struct slice text, struct slice steps, struct buf *out)
{
    const struct sockaddr_in address = {.sin_family = AF_INET};
    struct wire *wire = wire_get();
    int pair[2];
    bool open = true;

    buf_init(out, ANSWERS_MAX);
    claim(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0,
          "no sockets");
    claim(MHD_add_connection(wire->daemon, pair[1], (const struct sockaddr *)&address,
                             sizeof address) == MHD_YES,
          "the connection is not taken");
    send_pieces(wire, pair[0], text, steps, out);
    (void)shutdown(pair[0], SHUT_WR);
    for (size_t i = 0; open && i < TURNS_MAX; i++) {
        open = turn(wire, pair[0], out);
    }
    (void)close(pair[0]);
    for (size_t i = 0; connections_count(&wire->service.https) > 0 && i < TURNS_MAX; i++) {
        (void)MHD_run(wire->daemon);
    }
    claim(connections_count(&wire->service.https) == 0, "a connection stays");
    claim(atomic_load(&wire->service.requests) == 0, "a request stays");
    claim(atomic_load(&wire->service.budget.used) == 0, "%zu bytes of the budget stay",
          atomic_load(&wire->service.budget.used));
}
