/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that works off a queue, and the lock of that queue.
 *
 * run() waits on `changed` until there is work or `quit`, and returns at the end. Its name is what
 * an operator sees in `top -H`.
 *
 * Ownership: in place; lock and condition are there from worker_start() to worker_stop().
 * Threads:   the mutex guards `quit`, `ended` and the owner's queue. Start and stop: one thread.
 */
#ifndef HTTP_WORKER_H
#define HTTP_WORKER_H

#include "lib/base/error.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct worker {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool quit;  /* it is to end */
    bool ended; /* it did */
    pthread_t thread;
    const char *name;
    void (*run)(void *arg);
    void *arg;
};

/* `name`: at most 15 characters, borrowed for ever. */
int worker_start(struct worker *worker, const char *name, void (*run)(void *), void *arg,
                 struct error *err) MUST_CHECK;

/* End it, at the latest at deadline_ms; false if it hangs: then leave all be. */
bool worker_stop(struct worker *worker, int64_t deadline_ms) MUST_CHECK;

#endif
