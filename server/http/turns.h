/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Long reviews take turns: one thread judges them, first come first served, so that
 * the threads that answer are never busy with one for long.
 *
 *   in the handler   turn = turn_new(...)                    takes the body over
 *                    waiters_begin(), suspend, publish       as waiters.h says
 *                    turns_join(turns, turn, waiter_part())  from here on it may be judged
 *   called again     READY: turn_take(); else nobody looks at its admission again
 *   then, or at the end       turns_leave()
 *
 * A review whose waiter is settled otherwise (its deadline came, the server stops) is not judged
 * any more; if it is being judged just then, what comes of it is thrown away.
 *
 * Ownership: a turn is the request's and the queue's; whoever leaves last frees it, with its body
 *            and that body's share of the budget. While it is judged it is the worker's alone; the
 *            admission is the request's from READY on.
 * Threads:   turn_new(), turns_join() and turns_leave(): the connection's. Start and stop: one.
 * Limits:    each turn has a waiter, so there are at most WAITERS_MAX; their bodies and what their
 *            parsing needs are counted in the budget before they come here.
 */
#ifndef HTTP_TURNS_H
#define HTTP_TURNS_H

#include "server/admission/admission.h"
#include "server/http/body.h"
#include "server/http/metrics.h"
#include "server/http/routes.h"
#include "server/http/waiters.h"
#include "server/http/worker.h"

enum { TURNS_FROM = 256 * 1024 /* bytes of a body; below, judging takes a millisecond or so */ };

struct turn {
    const struct route *route;
    char gateway[NAME_MAX_LEN + 1]; /* of the path, or "" */
    struct body body;
    struct admission admission;
    bool judged;

    /* The queue's, under its lock. */
    struct turn *next;
    struct waiter_part *part;
    bool queued;
    unsigned references;
};

/* Fill turn->admission from its body. */
typedef void turns_function(void *place, struct turn *turn);

struct turns {
    /* Fixed before the start. */
    turns_function *judge;
    void *place;
    struct metrics *metrics;

    struct worker worker; /* its lock is that of what follows */
    struct turn *first;
    struct turn **end;
};

int turns_start(struct turns *turns, struct error *err) MUST_CHECK;

/* End the thread, at the latest at deadline_ms; false if it is still judging: then leave all be. */
bool turns_stop(struct turns *turns, int64_t deadline_ms) MUST_CHECK;

/* NULL without memory; then the body is where it was. */
struct turn *turn_new(const struct route *route, const char *gateway, struct body *body);
/* READY: the admission, which is the caller's now. */
struct admission turn_take(struct turn *turn);
void turns_join(struct turns *turns, struct turn *turn, struct waiter_part *part);
void turns_leave(struct turns *turns, struct turn *turn);

#endif
