/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which workload names which Service: each pod is read once, however many
 * Services there are.
 *
 * Ownership: calls own their table and borrow from the members.
 * Errors:    ERR_NO_MEMORY.
 */
#ifndef CLI_RENDER_CALLS_H
#define CLI_RENDER_CALLS_H

#include "lib/mesh/mention.h"
#include "server/cli/render_members.h"

struct call {
    size_t offer; /* by its place among the members' */
    size_t member;
    struct mention mention; /* the first one */
};

/* By offer, then by member. */
struct calls {
    struct call *items;
    size_t count;
    size_t cap;
};

/* By what a pod is told itself, and by the ConfigMaps of the input that its environment is from. */
int calls_find(const struct job *job, const struct members *members, struct calls *out,
               struct error *err) MUST_CHECK;
void calls_done(struct calls *calls);
DEFINE_AUTO_IN_PLACE(calls, struct calls, calls_done);

/* Those to one Service: the first, and how many. */
const struct call *calls_to(const struct calls *calls, size_t offer, size_t *count);

#endif
