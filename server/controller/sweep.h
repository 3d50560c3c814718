/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Companions that no pod needs any more.
 *
 *   idle_ms without a pod   marked podveil.io/going, if podveil alone wrote it
 *   an admission sees that  and writes the companion anew (store.c): the mark is gone
 *   going_ms later          the pods are asked for once more, live, then it is deleted on
 *                           condition that it is still the object that was marked
 *
 * So there is never a pod without its companion: who admits one either has changed the
 * object, or has done so before the mark, and then its pod has been seen since.
 *
 * Every podveil keeps the time, the leader alone acts. Times are this process's own: a new
 * leader that has not seen the mark set waits its whole time again.
 *
 * Threads: the loop's.
 */
#ifndef CONTROLLER_SWEEP_H
#define CONTROLLER_SWEEP_H

#include <stddef.h>

struct loop;
struct idle;
struct sweep {
    struct idle *items; /* in the order of their keys */
    size_t count;
};

void sweep_look(struct sweep *sweep, struct loop *loop);
void sweep_done(struct sweep *sweep);

#endif
