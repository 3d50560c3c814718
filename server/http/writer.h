/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that makes policies stand, and the reviews that wait for it.
 *
 * A policy is written once however many reviews wait for it; one review's deadline
 * never cancels a write that others wait for. What was written goes into the table
 * of known policies before anybody is woken, so the next review does not wait, even
 * where the one that asked has left.
 *
 * How a policy is made to stand is the store's (server/admission/store.h). One that has to
 * settle before it counts stays in the queue until then, and others are written meanwhile.
 *
 * Ownership: writer_join() takes the policy's text over. The writer owns what it queues.
 * Threads:   writer_knows() and writer_join(): any. Start and stop: one thread.
 * Limits:    the queue is as long as reviews may wait; a write that hangs delays the others, whose
 *            reviews are then denied at their deadlines.
 */
#ifndef HTTP_WRITER_H
#define HTTP_WRITER_H

#include "server/admission/store.h"
#include "server/http/known.h"
#include "server/http/log.h"
#include "server/http/metrics.h"
#include "server/http/waiters.h"
#include "server/http/worker.h"

struct flight;

struct writer {
    /* Fixed before the start. */
    struct policy_store store;
    struct log *log;
    struct metrics *metrics;

    struct worker worker; /* its lock is that of what follows */
    struct flight *first; /* in the order in which they were asked for */
    struct flight **end;
    struct known known; /* where the store does not know */
};

int writer_start(struct writer *writer, struct error *err) MUST_CHECK;

/* End the thread, at the latest at deadline_ms; false if it hangs in a write: then leave all be. */
bool writer_stop(struct writer *writer, int64_t deadline_ms) MUST_CHECK;

bool writer_knows(struct writer *writer, const struct policy_text *policy);

/* Wait for this policy by that part: joins the write that is under way, or asks for one. */
void writer_join(struct writer *writer, struct policy_text *policy, struct waiter_part *part);

#endif
