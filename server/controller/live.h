/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policies of a namespace, and those of the whole cluster that are no NetworkPolicies, as the
 * API server has them at this moment (walk.h), judged: for its first privacy pod. The caches may
 * lag, and another API server may have let one in while it did not know yet that the namespace is
 * guarded; so they are judged again a while later. The same where a namespace lost its guard, and
 * has it back.
 *
 * Ownership: the order is borrowed; what is judged later holds a reference to its ruleset.
 * Threads:   any but the client's.
 * Errors:    the API server's own words.
 */
#ifndef CONTROLLER_LIVE_H
#define CONTROLLER_LIVE_H

#include "server/controller/state.h"

enum {
    LIVE_LATER_MS = 10000, /* by then every API server knows the guard label */
    LIVE_TRIES = 6,        /* to judge again */
};

/* What is in the way is in `findings`, which were made for the order's ruleset. */
int live_judge(const struct controller *controller, const struct policy_order *order,
               struct findings *findings, struct error *err) MUST_CHECK;

/* Judge again after LIVE_LATER_MS. What leaks then is logged, counted, and made an Event. Where it
 * is no NetworkPolicy, or it cannot be judged, no namespace counts as looked through any more. */
void live_judge_later(const struct controller *controller, const struct ruleset *ruleset,
                      const char *namespace);

#endif
