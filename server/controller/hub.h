/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the threads of this folder meet: one lock, one condition, and the word to stop.
 * A request that is asked through it is not waited for once that word was said, so that a
 * server whose API server hangs ends in time.
 *
 * Ownership: in place. hub_done() after the client has stopped and every thread was joined.
 * Threads:   any. Not from the client's own thread, but for hub_ring().
 */
#ifndef CONTROLLER_HUB_H
#define CONTROLLER_HUB_H

#include "lib/kube/client/api.h"

#include <pthread.h>

struct hub {
    struct api *api; /* fixed before threads start */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool quit;
};

void hub_init(struct hub *hub);
void hub_done(struct hub *hub);

void hub_lock(struct hub *hub);
void hub_unlock(struct hub *hub);

/* Something that is under the lock changed. */
void hub_ring(struct hub *hub);
void hub_quit(struct hub *hub);

/* Locked: wait for a ring, or until then (clock_ms()). false: it is time to stop. */
bool hub_wait_locked(struct hub *hub, int64_t until_ms);

/* Not locked: wait that long whatever rings. false: it is time to stop. */
bool hub_sleep(struct hub *hub, int64_t ms);

/* As api_ask(), but for a stop, which ends it with an answer that says `stopped`. */
int hub_ask(struct hub *hub, const struct api_request *request,
            struct api_answer *answer) MUST_CHECK;

#endif
