/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policies that stand in a namespace already, judged as if each came now: policies
 * are additive, and one that opens a way out would stand beside the killswitch.
 *
 * Ownership: all is borrowed for the call.
 * Threads:   any; no shared state.
 * Errors:    a fault of our own (no memory). What is wrong with a policy is in `findings`.
 */
#ifndef ADMISSION_NEIGHBOURS_H
#define ADMISSION_NEIGHBOURS_H

#include "lib/pod/findings.h"
#include "lib/pod/ruleset.h"
#include "server/admission/verdicts.h"

struct neighbours {
    const struct ruleset *ruleset;
    struct slice namespace;
    struct verdicts *verdicts; /* what was found of them before; NULL: each is judged */
    struct findings *findings; /* denied by the first that is in the way; the others are skipped */
};

/* One NetworkPolicy of that namespace, as the API server has it. */
int neighbours_judge(const struct neighbours *neighbours, struct value policy,
                     struct error *err) MUST_CHECK;

#endif
