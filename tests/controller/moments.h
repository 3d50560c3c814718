/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A clock that stands until a test moves it, and the threads of server/controller that
 * sleep by it: sixty seconds are over in none, to the millisecond, and whether every thread
 * has come to rest can be asked.
 *
 * Who links this has clock_gettime(), time(), hub_wait_locked(), hub_sleep(), hub_ring() and
 * hub_quit() of podveil's own code here (the linker's --wrap; libraries keep theirs).
 *
 * Threads: any. Locks: a hub's, then moments_mutex.
 */
#ifndef TESTS_CONTROLLER_MOMENTS_H
#define TESTS_CONTROLLER_MOMENTS_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum {
    MOMENTS_WALL = 1764000000, /* what the wall clock says at first */
    MOMENTS_FIRST_MS = 1000000,
};

extern pthread_mutex_t moments_mutex;
extern pthread_cond_t moments_changed;

/* Both clocks go on, by so much at once; who sleeps until then wakes. */
void moments_pass(int64_t ms);

/* The wall clock alone is set, as an administrator does it. */
void moments_set_wall(time_t now);
time_t moments_wall(void);
int64_t moments_ms(void);

/* Under moments_mutex: how many threads sleep, and have no reason to wake? */
size_t moments_asleep_locked(void);

#endif
