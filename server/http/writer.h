/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The threads that make policies stand, and the reviews that wait for them.
 *
 * A policy is written once however many reviews wait for it; one review's deadline
 * never cancels a write that others wait for. What was written goes into the table
 * of known policies before anybody is woken, so the next review does not wait, even
 * where the one that asked has left.
 *
 * How a policy is made to stand is the store's (server/admission/store.h). A namespace's floor is
 * made before anything else of it. One that has to settle before it counts stays in the queue
 * until then, and others are written meanwhile.
 *
 * Ownership: writer_join() and writer_ask() take the policy's text over where they keep it. The
 *            writer owns what it queues, with a reference to its ruleset.
 * Threads:   writer_knows(), writer_join() and writer_ask(): any. Start and stop: one thread.
 * Limits:    the queue is as long as reviews may wait, with what was asked for beside. Writes that
 *            hang hold WRITER_THREADS_OF_ONE threads for each namespace; once all hang, reviews
 *            that need a write are denied at their deadlines.
 */
#ifndef HTTP_WRITER_H
#define HTTP_WRITER_H

#include "server/admission/store.h"
#include "server/http/known.h"
#include "server/http/log.h"
#include "server/http/metrics.h"
#include "server/http/waiters.h"
#include "server/http/worker.h"

enum {
    WRITER_THREADS = WORKER_MAX_THREADS, /* at most; a store may ask for fewer */
    WRITER_THREADS_OF_ONE = 3,           /* at once in one namespace */
    WRITER_MAX_ASKED = 256,              /* in the queue; beyond it nothing is written early */
};

struct flight;

/* All borrowed but the text. */
struct writer_wish {
    struct policy_text *policy;
    const struct ruleset *ruleset;
    bool dry_run;
};

struct writer {
    /* Fixed before the start. */
    struct policy_store store;
    struct log *log;
    struct metrics *metrics;

    struct worker worker; /* its lock is that of what follows */
    struct flight *first; /* in the order in which they were asked for */
    struct flight **end;
    size_t count;
    struct known known; /* where the store does not know */
};

int writer_start(struct writer *writer, struct error *err) MUST_CHECK;

/* End the threads, at the latest at deadline_ms; false if one hangs in a write: then leave all
 * be. */
bool writer_stop(struct writer *writer, int64_t deadline_ms) MUST_CHECK;

/* It stands: which object it is where that is known. */
bool writer_knows(struct writer *writer, const struct policy_text *policy,
                  struct policy_mark *mark);

/* Wait for this policy by that part: joins the write that is under way, or asks for one. */
void writer_join(struct writer *writer, const struct writer_wish *wish, struct waiter_part *part);

/* Have it written early; nobody waits. Dropped where too much is under way. */
void writer_ask(struct writer *writer, const struct writer_wish *wish);

#endif
