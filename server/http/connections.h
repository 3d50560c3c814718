/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every open connection of one listener: how many there may be, and how long a
 * request may take to arrive.
 *
 * libmicrohttpd knows an idle timeout only, which a client that sends a byte a
 * second never meets. Here a request has a time from its first byte to its last,
 * and a handshake from the accept to its end.
 * When the first byte of a later request comes is not told by the library, so
 * connections_expire(), called about once a second, asks the kernel. Half a request that comes
 * together with the one before, or within a tick of the kernel after its answer, and then nothing,
 * looks idle: it holds its connection for as long as an idle client may.
 *
 *   ARRIVING  since t: something is unfinished; closed when it takes too long
 *   FRESH     since the handshake's end nothing came. A client that needed one connection less
 *             than it opened keeps it for later, and may write its next request just when it is
 *             closed: it is as idle as any other
 *   BUSY      the request is here as a whole; nobody waits for the client
 *   IDLE      since t: between requests
 *
 * Ownership: a struct connection belongs to its list and lives as long as the library's own.
 * Threads:   the callbacks and marks: the connection's thread. The others: any.
 */
#ifndef HTTP_CONNECTIONS_H
#define HTTP_CONNECTIONS_H

#include "server/http/tls.h"

#include <microhttpd.h>

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum connection_phase {
    CONNECTION_ARRIVING,
    CONNECTION_BUSY,
    CONNECTION_IDLE,
    CONNECTION_FRESH,
};

struct connection {
    struct connection *next;
    struct connection *prev;
    int fd;
    bool shed;              /* too many were open when it came: it is told so and closed */
    _Atomic int64_t state;  /* phase and time in one word: a change of both is one step */
    _Atomic uint64_t shook; /* FRESH: the bytes that came until the handshake's end */
    struct tls_link link;
};

struct connections {
    /* Fixed before the first connection. */
    struct tls *tls;     /* NULL for plain HTTP */
    size_t answered_max; /* connections above are shed */
    size_t accepted_max; /* connections above are closed at once */
    int64_t request_ms;

    pthread_mutex_t mutex; /* of the list */
    struct connection *first;
    atomic_size_t open;
    atomic_size_t refused; /* closed at once so far */
    atomic_size_t early;   /* ended in the middle of a request so far, or before the first */
};

void connections_init(struct connections *list);
void connections_done(struct connections *list);

/* libmicrohttpd's callbacks; cls is the list. */
enum MHD_Result connections_accept(void *cls, const struct sockaddr *address, socklen_t len);
void connections_notify(void *cls, struct MHD_Connection *connection, void **context,
                        enum MHD_ConnectionNotificationCode code);

/* The one of a request, or NULL where there was no memory for it: such a request is to be ended. */
struct connection *connections_of(struct MHD_Connection *connection);

void connection_mark(struct connection *connection, enum connection_phase phase, int64_t now_ms);

/* Close those whose request takes too long; returns how many. */
size_t connections_expire(struct connections *list, int64_t now_ms);

size_t connections_count(const struct connections *list);

#endif
