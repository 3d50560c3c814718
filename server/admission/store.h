/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the policies of privacy pods stand: a directory, or the API server. Who
 * decides asks through this, and knows neither.
 *
 *   stands  whether exactly this policy is there and counts, from what is known already
 *   make    makes it so, whatever is there now
 *   visit   the other policies of a namespace, as they are known
 *
 * Threads:   make: one at a time, and it may take its time. The others: any; they never wait.
 * Ownership: all arguments are borrowed for the call.
 */
#ifndef SERVER_ADMISSION_STORE_H
#define SERVER_ADMISSION_STORE_H

#include "lib/pod/findings.h"
#include "lib/pod/policies.h"

#include <stdint.h>

/* What became of a policy. */
struct policy_made {
    bool written;       /* it was not there as it is now */
    int64_t wait_ms;    /* from now until it counts; 0: it does */
    enum reason reason; /* where it could not be made: why the pod is denied */
};

typedef int policy_visit(void *arg, struct value policy, struct error *err);

struct policy_store {
    const void *place;
    int (*make)(const void *place, const struct policy_text *policy, struct policy_made *made,
                struct error *err);

    /* NULL: not known without looking. What was made is then believed for a moment (known.h). */
    bool (*stands)(const void *place, const struct policy_text *policy);

    /* NULL: there is nobody to ask. -1 also where they are not known yet. */
    int (*visit)(const void *place, struct slice namespace, policy_visit *each, void *arg,
                 struct error *err);
};

#endif
