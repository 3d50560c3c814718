/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the threads of one server share. server.c builds it, starts what runs in it, and takes it
 * down; the others borrow it.
 *
 * Ownership: in place; the options are borrowed. service_done() once nothing of it runs.
 * Threads: each part says for itself; what stands here alone is atomic or fixed before the first
 *          thread starts.
 */
#ifndef HTTP_SERVICE_H
#define HTTP_SERVICE_H

#include "server/http/body.h"
#include "server/http/connections.h"
#include "server/http/log.h"
#include "server/http/metrics.h"
#include "server/http/rulesets.h"
#include "server/http/server.h"
#include "server/http/tls.h"
#include "server/http/turns.h"
#include "server/http/waiters.h"
#include "server/http/writer.h"

enum {
    SERVICE_POOL = 2, /* one thread cannot hide a long parse, more than the cores buys nothing */
    SERVICE_IDLE_S =
        120, /* client-go keeps connections for 90 s: it has to be the first to close */
    SERVICE_CONNECTION_LIMIT = 1024,
    SERVICE_CONNECTION_MEMORY = 32768,
    SERVICE_MAX_HEADERS = 16384,
    SERVICE_ANSWERED_CONNECTIONS = 400,
    SERVICE_ACCEPTED_CONNECTIONS = 512,
    SERVICE_REQUEST_MS = 10000,
    SERVICE_TICK_MS = 1000,
    SERVICE_LINGER_MS = 15000,
    SERVICE_DEADLINE_MS = 10000,     /* where the client names none */
    SERVICE_MAX_DEADLINE_MS = 30000, /* timeoutSeconds is at most 30 */
    SERVICE_MARGIN_MS = 300,         /* for the answer's way back */
};

struct service {
    const struct server_options *options;
    struct log log;
    struct metrics metrics;
    struct budget budget;
    struct connections https;
    struct connections ops;
    struct tls tls;
    struct rulesets rulesets;
    struct waiters waiters;
    struct turns turns;
    struct writer writer;
    bool keeps_policies; /* the writer runs */

    atomic_size_t requests;          /* begun and not completed */
    atomic_bool draining;            /* every answer closes its connection; not ready any more */
    _Atomic int64_t cert_not_before; /* of the certificate in use, wall clock */
    _Atomic int64_t cert_not_after;
    _Atomic int64_t quiet_until_ms; /* when libmicrohttpd may be logged again */
};

/* With nothing started. The log goes to log_fd, which stays the caller's. */
void service_init(struct service *service, const struct server_options *options, int log_fd);
void service_done(struct service *service);

#endif
