/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said of a policy that cannot be read, in any language of policies.
 */
#ifndef POD_POLICY_DENIAL_H
#define POD_POLICY_DENIAL_H

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/pod/findings.h"

/* `text` says where before its first colon and blank: "spec.egress[0].to: must be a list".
 * `instead` is the second sentence. */
void policy_deny_at(struct findings *findings, enum reason reason, const char *text,
                    const char *instead);

/*
 * Memory ended while the policy was read into the arena. At the policy's own maximum that is for
 * its author to mend; below it the fault is ours, -1, and nobody is told to split anything.
 */
int policy_deny_memory(struct findings *findings, const struct error *wrong,
                       const struct arena *arena, struct error *err) MUST_CHECK;

#endif
