/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One look at what a workload with privacy pods needs, and the writes that put it right:
 * the namespace's guard label, the floor, the companion.
 *
 * Who may write what, and when:
 *
 *   the leader      at once; a policy of a configuration that it does not know after a
 *                   moment, because it may be the one that it is about to get
 *   another podveil what is gone, and what says that it is of its own configuration and is
 *                   not, a moment later: the leader may have died
 *
 * Where somebody undoes each repair, the pause grows to FIGHT_MAX_MS; where a write fails, to
 * FAILURE_MAX_MS.
 */
#ifndef CONTROLLER_REPAIR_H
#define CONTROLLER_REPAIR_H

#include "server/controller/loop.h"

/* When to look again (clock_ms()), or DEMAND_NEVER: once something changes. */
int64_t repair_look(struct loop *loop, const struct demand_key *key, struct demand_past *past);

#endif
