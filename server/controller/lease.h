/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that keeps, or waits for, the Lease by which one podveil leads (election.h).
 *
 * By the same Lease the podveils tell each other which configuration they have (peers.h). That
 * they have not the same for longer than a rollout takes is a warning with both ids.
 *
 * lease_is_held() compares clocks alone: a leader that was stopped in the middle of
 * anything, or cut off, finds that it leads no more.
 *
 * Ownership: in place. Borrows the hub and its options.
 * Threads:   start and stop: one thread. The others: any.
 */
#ifndef CONTROLLER_LEASE_H
#define CONTROLLER_LEASE_H

#include "server/admission/voice.h"
#include "server/controller/election.h"
#include "server/controller/hub.h"

#include <stdatomic.h>

enum { AGREE_MS = 15000 };

struct lease {
    struct hub *hub;
    const struct voice *voice;
    const char *namespace;
    char identity[ELECTION_TEXT];
    struct election election; /* the thread's own while it runs */
    long trouble;             /* of which code was told last, so that it is told once */
    char told_holder[ELECTION_TEXT];
    int64_t differ_ms;  /* after how long it is told that another has another configuration */
    int64_t differs_ms; /* since when one has; 0: none has */
    char differs[CONFIG_ID_LEN + 1]; /* which; what was told last, where it is another */
    char told_differs[CONFIG_ID_LEN + 1];
    struct peer_configs others; /* under the hub's lock */
    uint64_t others_changed;    /* under the hub's lock: how often */
    int64_t config_ms;          /* since when there is a configuration; 0: not yet */
    _Atomic int64_t until_ms;
    pthread_t thread;
    _Atomic bool agrees; /* lease_agrees() */
    bool seen;           /* the Lease was read, or there is none */
    bool told;           /* that we lead */
    bool runs;
};

/* lease->hub, voice and namespace are set by the caller before. */
int lease_start(struct lease *lease, const struct election_times *times,
                struct error *err) MUST_CHECK;

bool lease_is_held(const struct lease *lease);

/* Has another podveil that lives this configuration, which is not ours? */
bool lease_others_have(struct lease *lease, const char *config_id);

/* How many configurations do others have; *changed (may be NULL): how often that changed. */
size_t lease_others(struct lease *lease, uint64_t *changed);

/*
 * Did we once have the configuration that all others have? A replica that starts while they
 * change over would judge pods by one that they do not use yet. After AGREE_MS of having one it
 * is true whatever others have. Any thread.
 */
bool lease_agrees(const struct lease *lease);

/* After hub_quit(), before the client stops: joins the thread and gives the Lease up. */
void lease_stop(struct lease *lease);

#endif
