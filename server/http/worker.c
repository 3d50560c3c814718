/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/worker.h"

#include "lib/base/clock.h"

static void *run(void *arg)
{
    struct worker *worker = arg;

    (void)pthread_setname_np(pthread_self(), worker->name);
    worker->run(worker->arg);
    (void)pthread_mutex_lock(&worker->mutex);
    worker->ended = true;
    (void)pthread_cond_broadcast(&worker->changed);
    (void)pthread_mutex_unlock(&worker->mutex);
    return NULL;
}

static void done(struct worker *worker)
{
    (void)pthread_cond_destroy(&worker->changed);
    (void)pthread_mutex_destroy(&worker->mutex);
}

int worker_start(struct worker *worker, const char *name, void (*run_it)(void *), void *arg,
                 struct error *err)
{
    *worker = (struct worker){.name = name, .run = run_it, .arg = arg};
    (void)pthread_mutex_init(&worker->mutex, NULL);
    clock_cond_init(&worker->changed);
    if (pthread_create(&worker->thread, NULL, run, worker) != 0) {
        done(worker);
        return error_set(err, ERR_SYSTEM, "cannot start a thread");
    }
    return 0;
}

bool worker_stop(struct worker *worker, int64_t deadline_ms)
{
    struct timespec until = clock_timespec(deadline_ms);
    int code = 0;

    (void)pthread_mutex_lock(&worker->mutex);
    worker->quit = true;
    (void)pthread_cond_broadcast(&worker->changed);
    while (!worker->ended && code == 0) {
        code = pthread_cond_timedwait(&worker->changed, &worker->mutex, &until);
    }
    bool ended = worker->ended;
    (void)pthread_mutex_unlock(&worker->mutex);
    if (ended) {
        (void)pthread_join(worker->thread, NULL);
        done(worker);
    }
    return ended;
}
