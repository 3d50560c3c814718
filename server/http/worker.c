/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/worker.h"

#include "lib/base/clock.h"

#include <assert.h>

static void *run(void *arg)
{
    struct worker *worker = arg;

    (void)pthread_setname_np(pthread_self(), worker->name);
    worker->run(worker->arg);
    (void)pthread_mutex_lock(&worker->mutex);
    worker->running--;
    (void)pthread_cond_broadcast(&worker->changed);
    (void)pthread_mutex_unlock(&worker->mutex);
    return NULL;
}

static void done(struct worker *worker)
{
    (void)pthread_cond_destroy(&worker->changed);
    (void)pthread_mutex_destroy(&worker->mutex);
}

/* Tells all to end. true: they did in time, and are joined. */
static bool end_all(struct worker *worker, const struct timespec *until)
{
    int code = 0;

    (void)pthread_mutex_lock(&worker->mutex);
    worker->quit = true;
    (void)pthread_cond_broadcast(&worker->changed);
    while (worker->running > 0 && code == 0) {
        code = until != NULL ? pthread_cond_timedwait(&worker->changed, &worker->mutex, until)
                             : pthread_cond_wait(&worker->changed, &worker->mutex);
    }
    bool ended = worker->running == 0;
    (void)pthread_mutex_unlock(&worker->mutex);
    for (size_t i = 0; ended && i < worker->count; i++) {
        (void)pthread_join(worker->threads[i], NULL);
    }
    return ended;
}

/* Under the lock, for a thread that ends early counts itself out. */
static int start_one(struct worker *worker)
{
    (void)pthread_mutex_lock(&worker->mutex);
    int code = pthread_create(&worker->threads[worker->count], NULL, run, worker);
    if (code == 0) {
        worker->count++;
        worker->running++;
    }
    (void)pthread_mutex_unlock(&worker->mutex);
    return code;
}

int worker_start_crew(struct worker *worker, const char *name, size_t count, void (*run_it)(void *),
                      void *arg, struct error *err)
{
    assert(count > 0 && count <= WORKER_MAX_THREADS);
    *worker = (struct worker){.name = name, .run = run_it, .arg = arg};
    (void)pthread_mutex_init(&worker->mutex, NULL);
    clock_cond_init(&worker->changed);
    while (worker->count < count) {
        if (start_one(worker) != 0) {
            (void)end_all(worker, NULL);
            done(worker);
            return error_set(err, ERR_SYSTEM, "cannot start a thread");
        }
    }
    return 0;
}

int worker_start(struct worker *worker, const char *name, void (*run_it)(void *), void *arg,
                 struct error *err)
{
    return worker_start_crew(worker, name, 1, run_it, arg, err);
}

bool worker_stop(struct worker *worker, int64_t deadline_ms)
{
    struct timespec until = clock_timespec(deadline_ms);

    if (!end_all(worker, &until)) {
        return false;
    }
    done(worker);
    return true;
}
