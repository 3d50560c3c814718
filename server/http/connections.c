/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/connections.h"

#include "lib/base/clock.h"

#include <linux/tcp.h> /* the C library's lacks tcpi_bytes_received */
#include <netinet/in.h>
#include <sys/ioctl.h>

enum { KERNEL_TICK_MS = 20 /* what the kernel's times may be off */ };

void connections_init(struct connections *list)
{
    (void)pthread_mutex_init(&list->mutex, NULL);
    list->first = NULL;
    atomic_init(&list->open, 0);
    atomic_init(&list->refused, 0);
    atomic_init(&list->early, 0);
}

void connections_done(struct connections *list)
{
    (void)pthread_mutex_destroy(&list->mutex);
}

enum MHD_Result connections_accept(void *cls, const struct sockaddr *address, socklen_t len)
{
    struct connections *list = cls;

    (void)address;
    (void)len;
    if (connections_count(list) < list->accepted_max) {
        return MHD_YES;
    }
    (void)atomic_fetch_add(&list->refused, 1);
    return MHD_NO;
}

enum { PHASES = 4 };

static int64_t state_of(enum connection_phase phase, int64_t since_ms)
{
    return since_ms * PHASES + (int64_t)phase;
}

static enum connection_phase phase_of(const struct connection *connection)
{
    return (enum connection_phase)(atomic_load(&connection->state) % PHASES);
}

static void add(struct connections *list, struct connection *connection)
{
    (void)pthread_mutex_lock(&list->mutex);
    connection->next = list->first;
    if (list->first != NULL) {
        list->first->prev = connection;
    }
    list->first = connection;
    (void)pthread_mutex_unlock(&list->mutex);
}

static void drop(struct connections *list, struct connection *connection)
{
    (void)pthread_mutex_lock(&list->mutex);
    if (connection->prev != NULL) {
        connection->prev->next = connection->next;
    } else {
        list->first = connection->next;
    }
    if (connection->next != NULL) {
        connection->next->prev = connection->prev;
    }
    (void)pthread_mutex_unlock(&list->mutex);
    free(connection);
}

static bool look_at_tcp(const struct connection *connection, struct tcp_info *info)
{
    socklen_t len = sizeof *info;

    return getsockopt(connection->fd, IPPROTO_TCP, TCP_INFO, info, &len) == 0;
}

/*
 * Is there more behind the client's last word of the handshake? Then a request is on its way. The
 * bytes are counted before that is asked: what comes in between is seen by one of the two.
 */
static void shaken(void *arg)
{
    struct connection *connection = arg;
    struct tcp_info info = {0};
    int queued = 0;

    if (look_at_tcp(connection, &info) && ioctl(connection->fd, FIONREAD, &queued) == 0 &&
        queued == 0) {
        atomic_store(&connection->shook, info.tcpi_bytes_received);
        connection_mark(connection, CONNECTION_FRESH, clock_ms());
    }
}

static struct connection *connection_new(struct connections *list,
                                         struct MHD_Connection *connection, size_t open)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct connection *fresh = info != NULL ? calloc(1, sizeof *fresh) : NULL;

    if (fresh != NULL) {
        fresh->fd = info->connect_fd;
        fresh->shed = open > list->answered_max;
        fresh->link = (struct tls_link){.tls = list->tls, .shaken = shaken, .arg = fresh};
        connection_mark(fresh, CONNECTION_ARRIVING, clock_ms());
        add(list, fresh);
    }
    return fresh;
}

void connections_notify(void *cls, struct MHD_Connection *connection, void **context,
                        enum MHD_ConnectionNotificationCode code)
{
    struct connections *list = cls;

    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        size_t open = atomic_fetch_add(&list->open, 1) + 1;
        struct connection *fresh = connection_new(list, connection, open);
        *context = fresh;
        if (list->tls != NULL) {
            tls_attach(MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION)
                           ->tls_session,
                       fresh != NULL ? &fresh->link : NULL);
        }
        return;
    }
    if (*context != NULL) {
        enum connection_phase phase = phase_of(*context);
        if (phase == CONNECTION_ARRIVING || phase == CONNECTION_FRESH) {
            (void)atomic_fetch_add(&list->early, 1);
        }
        drop(list, *context);
        *context = NULL;
    }
    (void)atomic_fetch_sub(&list->open, 1);
}

struct connection *connections_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info != NULL ? info->socket_context : NULL;
}

void connection_mark(struct connection *connection, enum connection_phase phase, int64_t now_ms)
{
    atomic_store(&connection->state, state_of(phase, now_ms));
}

/* Has anything come in since the last answer, or the handshake? Then a request is on its way. */
static bool has_first_byte(const struct connection *connection, enum connection_phase phase,
                           int64_t since_ms, int64_t now_ms)
{
    struct tcp_info info = {0};

    if (!look_at_tcp(connection, &info)) {
        return false;
    }
    return phase == CONNECTION_FRESH
               ? info.tcpi_bytes_received > atomic_load(&connection->shook)
               : now_ms - (int64_t)info.tcpi_last_data_recv > since_ms + KERNEL_TICK_MS;
}

/*
 * One look at one connection; true if it was closed. Its own thread may go on meanwhile: the state
 * is changed only if it is still the one that was looked at.
 */
static bool expire(struct connection *connection, int64_t now_ms, int64_t request_ms)
{
    int64_t state = atomic_load(&connection->state);
    enum connection_phase phase = (enum connection_phase)(state % PHASES);
    int64_t since_ms = state / PHASES;

    if ((phase == CONNECTION_IDLE || phase == CONNECTION_FRESH) &&
        has_first_byte(connection, phase, since_ms, now_ms)) {
        int64_t arriving = state_of(CONNECTION_ARRIVING, now_ms);
        (void)atomic_compare_exchange_strong(&connection->state, &state, arriving);
        return false;
    }
    if (phase != CONNECTION_ARRIVING || now_ms - since_ms < request_ms) {
        return false;
    }
    int64_t given_up = state_of(CONNECTION_BUSY, now_ms);
    return atomic_compare_exchange_strong(&connection->state, &state, given_up) &&
           shutdown(connection->fd, SHUT_RDWR) == 0;
}

size_t connections_expire(struct connections *list, int64_t now_ms)
{
    size_t closed = 0;

    (void)pthread_mutex_lock(&list->mutex);
    for (struct connection *c = list->first; c != NULL; c = c->next) {
        closed += expire(c, now_ms, list->request_ms) ? 1 : 0;
    }
    (void)pthread_mutex_unlock(&list->mutex);
    return closed;
}

size_t connections_count(const struct connections *list)
{
    return atomic_load(&list->open);
}
