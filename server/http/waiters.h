/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reviews that wait for something that another thread does, each with a deadline.
 *
 * Whoever moves a waiter from WAIT to READY, FAILED or LATE resumes its
 * connection; everybody else does nothing. So it is resumed exactly once, whether
 * the writes end, time runs out, or the server stops.
 *
 *   in the handler   waiter = waiters_begin(...)     NULL: too many, or stopping
 *                    MHD_suspend_connection(...)     first suspend,
 *                    waiters_publish(waiter)         then let others settle it
 *   called again     waiter_state() says how it ended; WAITER_WAIT: suspend again
 *   at the end       waiter_unref()
 *
 * While a connection is suspended the library does not notice that its client
 * left, and never frees it: its pointer is good until the resume.
 *
 * Ownership: counted, under the list's lock; waiters_begin() gives one reference.
 * Threads:   any. A thread of its own settles those whose deadline has come.
 * Limits:    WAITERS_MAX (spec.md 4).
 */
#ifndef HTTP_WAITERS_H
#define HTTP_WAITERS_H

#include "lib/base/error.h"
#include "lib/pod/findings.h"
#include "server/admission/store.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WAITERS_MAX = 128, WAITER_PARTS = 2 };

struct MHD_Connection;
struct waiter;
struct waiters;

enum waiter_state {
    WAITER_WAIT,
    WAITER_READY,
    WAITER_FAILED,
    WAITER_LATE,    /* its deadline came */
    WAITER_STOPPED, /* the server stops */
};

/* One of the things that a waiter waits for; others link it into a list of theirs. */
struct waiter_part {
    struct waiter *waiter;
    struct waiter_part *next;
    struct policy_mark mark; /* set before its end; to be read once the waiter is READY */
};

struct waiter {
    struct waiters *list;
    struct MHD_Connection *connection;
    struct waiter_part parts[WAITER_PARTS];
    int64_t deadline_ms;
    size_t place; /* in the heap */
    size_t pending;
    unsigned references;
    enum waiter_state state;
    bool published;
    char text[512]; /* why it failed */
    enum reason reason;
};

/* Why the review that waits is denied. */
struct waiter_failure {
    const char *text; /* borrowed for the call */
    enum reason reason;
};

struct waiters {
    void (*resume)(struct MHD_Connection *connection);
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct waiter *heap[WAITERS_MAX]; /* the earliest deadline first */
    size_t heap_count;
    size_t count; /* begun, and not resumed yet */
    bool stopping;
    bool quit;
    pthread_t timer;
};

/* resume: MHD_resume_connection(), or a test's own. */
int waiters_start(struct waiters *list, void (*resume)(struct MHD_Connection *),
                  struct error *err) MUST_CHECK;

/* End the timer. Nothing may wait any more. */
void waiters_stop(struct waiters *list);

/* A waiter for `parts` things, not settled by anybody yet. */
struct waiter *waiters_begin(struct waiters *list, struct MHD_Connection *connection,
                             int64_t deadline_ms, size_t parts);
void waiters_publish(struct waiter *waiter);

/* How it ended; `text` is why it failed, valid as long as the reference. */
enum waiter_state waiter_state(struct waiter *waiter, const char **text);

/* A part holds a reference of its own from waiter_part() until waiter_part_end(). */
struct waiter_part *waiter_part(struct waiter *waiter, size_t index);
/* NULL: it is done. */
void waiter_part_end(struct waiter_part *part, const struct waiter_failure *failure);

void waiter_unref(struct waiter *waiter);

/* From now on nobody begins to wait, and whoever waits is STOPPED. */
void waiters_settle_all(struct waiters *list);

size_t waiters_count(struct waiters *list);

#endif
