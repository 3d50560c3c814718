/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the policies of privacy pods stand: a directory, or the API server. Who
 * decides asks through this, and knows neither.
 *
 *   stands  whether exactly this policy is there and counts, from what is known already; a floor
 *           counts once make() has judged what else its namespace has
 *   make    makes it so, whatever is there now
 *   visit   the other policies of a namespace, as they are known
 *
 * Threads:   any, at once; make() by `writers` of them, never twice at once for one policy, nor
 *            for another of its namespace while it makes the floor. It may take its time; the
 *            others never wait.
 * Ownership: all arguments are borrowed for the call.
 */
#ifndef ADMISSION_STORE_H
#define ADMISSION_STORE_H

#include "lib/pod/cluster_view.h"
#include "lib/pod/findings.h"
#include "lib/pod/policies.h"
#include "server/admission/verdicts.h"

#include <stdint.h>

enum { POLICY_MARK_SIZE = 192 /* a uid of 36 characters, a version of at most 128 */ };

/* Which object it is that stands, "<uid>@<resourceVersion>"; "" where there is no API server. */
struct policy_mark {
    char text[POLICY_MARK_SIZE];
};

/* What is to stand. */
struct policy_order {
    const struct policy_text *policy;
    const struct ruleset *ruleset; /* by which the others of the namespace are judged */
    bool dry_run;                  /* only try */
};

/* What became of it. */
struct policy_made {
    bool written;    /* it was not there as it is now */
    int64_t wait_ms; /* from now until it counts, then make() is to be asked again; 0: it does */
    struct policy_mark mark;

    /* Where it could not be made: why the pod is denied; what stands in the way says so itself. */
    enum reason reason;
};

typedef int policy_visit(void *arg, struct value policy, struct error *err);

struct policy_store {
    const void *place;
    unsigned writers; /* how many make() at once; 0 is one */
    int (*make)(const void *place, const struct policy_order *order, struct policy_made *made,
                struct error *err);

    /* NULL: not known without looking. What was made is then believed for a moment (known.h). */
    bool (*stands)(const void *place, const struct policy_text *policy, struct policy_mark *mark);

    /* The same, whether or not the rest of its namespace was judged by make(). Together with
     * stands. */
    bool (*is_there)(const void *place, const struct policy_text *policy, struct policy_mark *mark);

    /* NULL: there is nobody to ask. -1 also where they are not known yet, or not any more. */
    int (*visit)(const void *place, struct slice namespace, policy_visit *each, void *arg,
                 struct error *err);
    struct verdicts *verdicts; /* of those it visits; NULL: each is judged each time */

    /* NULL: nothing. Warnings for each pod that is let in: what the cluster and the configuration
     * do not agree on. */
    void (*remark)(const void *place, struct findings *findings);

    struct cluster_view around; /* for the validators; its members NULL: nobody to ask */
};

#endif
