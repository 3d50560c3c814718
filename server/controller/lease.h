/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that keeps, or waits for, the Lease by which one podveil leads (election.h).
 *
 * lease_is_held() compares clocks alone: a leader that was stopped in the middle of
 * anything, or cut off, finds that it leads no more.
 *
 * Ownership: in place. Borrows the hub and its options.
 * Threads:   lease_is_held(): any. Start and stop: one thread.
 */
#ifndef CONTROLLER_LEASE_H
#define CONTROLLER_LEASE_H

#include "server/admission/voice.h"
#include "server/controller/election.h"
#include "server/controller/hub.h"

#include <stdatomic.h>

struct lease {
    struct hub *hub;
    const struct voice *voice;
    const char *namespace;
    char identity[ELECTION_TEXT];
    struct election election; /* the thread's own while it runs */
    char trouble[256];        /* what was told last, so that it is told once */
    bool told;                /* that we lead */
    char told_holder[ELECTION_TEXT];
    _Atomic int64_t until_ms;
    pthread_t thread;
    bool runs;
};

/* lease->hub, voice and namespace are set by the caller before. */
int lease_start(struct lease *lease, const struct election_times *times,
                struct error *err) MUST_CHECK;

bool lease_is_held(const struct lease *lease);

/* After hub_quit(), before the client stops: joins the thread and gives the Lease up. */
void lease_stop(struct lease *lease);

#endif
