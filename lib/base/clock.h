/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long something takes: a clock that no administrator can set. For what others
 * can read (certificates, logs) there is time().
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds since some moment before the start; never 0, never backwards. */
static inline int64_t clock_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + 1;
}

#endif
