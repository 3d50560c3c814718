/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way down, so that no request is lost:
 *
 *   1 window    not ready any more, every answer says Connection: close; new connections are
 *               still taken, because their clients may not know yet. An API server that has no
 *               connection now is a client as well: it dials by the endpoints that it knows.
 *   2 linger    no new connections; those that are open go on until their clients close them.
 *               Idle ones too: to shut one loses the request that is just on its way, so they
 *               cost the whole time, which ends 5 s before a grace period of 30 s
 *   3 settle    no review begins to wait, those that do are answered as they are
 *   4 stop      by the caller, once nothing is suspended: the library aborts otherwise
 *
 * SIGINT, or a second SIGTERM, goes to 3 at once.
 *
 * Threads: the one that waits for signals.
 */
#ifndef HTTP_DRAIN_H
#define HTTP_DRAIN_H

#include "server/http/service.h"
#include "server/http/signals.h"

enum {
    DRAIN_SETTLE_MS = 2000,
    DRAIN_SETTLE_NOW_MS = 500, /* of the second that a second signal has */
};

/*
 * Walk down. True: the daemon may be stopped. False: something hangs, and the process is to be left
 * as it stands. *listener is to be closed after the daemon's stop.
 */
bool drain(struct service *service, struct MHD_Daemon *daemon, const struct signals *signals,
           bool at_once, int *listener) MUST_CHECK;

#endif
