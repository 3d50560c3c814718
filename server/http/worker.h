/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that works off a queue, or a few of them, and the lock of that queue.
 *
 * run() waits on `changed` until there is work or `quit`, and returns at the end. Its name is what
 * an operator sees in `top -H`.
 *
 * Ownership: in place; lock and condition are there from worker_start() to worker_stop().
 * Threads:   the mutex guards `quit`, `running` and the owner's queue. Start and stop: one thread.
 */
#ifndef HTTP_WORKER_H
#define HTTP_WORKER_H

#include "lib/base/error.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WORKER_MAX_THREADS = 8 };

struct worker {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool quit;      /* it is to end */
    size_t running; /* of the threads */
    pthread_t threads[WORKER_MAX_THREADS];
    size_t count;
    const char *name;
    void (*run)(void *arg);
    void *arg;
};

/* `name`: at most 15 characters, borrowed for ever. */
int worker_start(struct worker *worker, const char *name, void (*run)(void *), void *arg,
                 struct error *err) MUST_CHECK;

/* The same with `count` threads, all of which run() the same. */
int worker_start_crew(struct worker *worker, const char *name, size_t count, void (*run)(void *),
                      void *arg, struct error *err) MUST_CHECK;

/* End it, at the latest at deadline_ms; false if it hangs: then leave all be. */
bool worker_stop(struct worker *worker, int64_t deadline_ms) MUST_CHECK;

#endif
