/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that puts right what drifted while nobody looked: floor, companion and guard
 * label of each workload that has privacy pods. Now and then it also looks for companions that
 * nobody needs (sweep.h), pods that run otherwise than they should (report.h), and whether the
 * configuration is the cluster's (compare.h).
 *
 * The caches' callbacks mark workloads (demand.h), the thread looks at those that are due
 * (repair.h), one at a time. All of it can be left at any line: what was not done is
 * still to be seen, by this podveil or the next.
 *
 * Ownership: in place; borrows the controller.
 * Threads:   the callbacks: any, they do not wait. Start and stop: one thread.
 */
#ifndef CONTROLLER_LOOP_H
#define CONTROLLER_LOOP_H

#include "lib/pod/ruleset.h"
#include "server/controller/controller.h"
#include "server/controller/demand.h"
#include "server/controller/hub.h"
#include "server/controller/pods.h"
#include "server/controller/report.h"
#include "server/controller/sweep.h"

enum { LOOP_OLDER = 4, LOOP_OLDER_MS = 10 * 60 * 1000 };

/* A configuration that we had. */
struct loop_older {
    char id[CONFIG_ID_LEN + 1];
    int64_t until_ms; /* so long it is known to be older than the one in use */
};

struct loop {
    struct controller *controller;
    struct demand demand;  /* under the hub's lock */
    bool recount;          /* under the hub's lock: no memory, so the demand is not complete */
    int64_t relabelled_ms; /* under the hub's lock: when a namespace got other labels; 0: not yet */
    pthread_t thread;
    bool runs;

    /* The thread's own. */
    const struct ruleset *ruleset; /* counted; NULL before there is one */
    struct loop_older older[LOOP_OLDER];
    bool leads;
    uint64_t others_changed; /* of lease_others(), as it was seen */
    int64_t clock_ahead_s;   /* as it was told */
    struct sweep sweep;
    struct report report;
    int64_t sweep_ms; /* when to look next */
    int64_t report_ms;
    int64_t compare_ms;
    int64_t budget_ms; /* when the next write would be in time (loop_take_turn()) */
};

void loop_init(struct loop *loop, struct controller *controller);
int loop_start(struct loop *loop, struct error *err) MUST_CHECK;

/* After hub_quit(). */
void loop_stop(struct loop *loop);
void loop_done(struct loop *loop);

/* cache_changed, of the three caches. */
void loop_pod_changed(void *arg, enum cache_change change, const struct cache_item *before,
                      const struct cache_item *after);
void loop_policy_changed(void *arg, enum cache_change change, const struct cache_item *before,
                         const struct cache_item *after);
void loop_namespace_changed(void *arg, enum cache_change change, const struct cache_item *before,
                            const struct cache_item *after);

/* A write's turn: at most LOOP_WRITES_S a second, and a burst. false: it is time to stop. */
bool loop_take_turn(struct loop *loop);

/* Did we have that configuration before the one in use, not long ago? */
bool loop_had_config(const struct loop *loop, const char *id);

#endif
