/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two clocks that are never mixed: clock_ms() for how long something takes, which
 * no administrator can set, and time() for what others can read (certificates, logs).
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

/* Milliseconds since some moment before the start; never 0, never backwards. */
static inline int64_t clock_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + 1;
}

static inline int64_t clock_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* A moment of clock_ms() as pthread_cond_timedwait() takes it on CLOCK_MONOTONIC. */
static inline struct timespec clock_timespec(int64_t ms)
{
    int64_t since = ms - 1;

    return (struct timespec){.tv_sec = since / 1000, .tv_nsec = (long)(since % 1000) * 1000000};
}

/* A condition whose timed waits are on that clock. */
static inline void clock_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attributes;

    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(cond, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}

#endif
