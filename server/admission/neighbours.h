/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policies that stand in a namespace already, judged as if each came now: policies
 * are additive, and one that opens a way out would stand beside the killswitch.
 *
 * Where the pod is known, one is in its way only if it can select it by its gateway and workload,
 * which never change, whatever else its labels may become. So a companion that another
 * configuration made for another workload denies nobody; and the pod's own companion and floor are
 * made right before it is let in, so what they are now does not matter.
 *
 * Policies of other languages are in the way of every pod of the namespace as soon as they are in
 * that of one that could come: as if they were created there.
 *
 * Ownership: all is borrowed for the call.
 * Threads:   any; no shared state.
 * Errors:    a fault of our own (no memory). What is wrong with a policy is in `findings`.
 */
#ifndef ADMISSION_NEIGHBOURS_H
#define ADMISSION_NEIGHBOURS_H

#include "lib/kube/review.h"
#include "lib/pod/cluster_view.h"
#include "lib/pod/findings.h"
#include "lib/pod/subject.h"
#include "server/admission/verdicts.h"

struct neighbours {
    const struct ruleset *ruleset;
    struct slice namespace;
    const struct subject *subject; /* the pod; NULL: any privacy pod of the namespace */
    bool by_name; /* where no pod is known: also those that select by the workload's name alone,
                   * which are judged at each pod that has it, where the cache knows them */
    struct verdicts *verdicts;         /* what was found of NetworkPolicies before; NULL: nothing */
    const struct cluster_view *around; /* for the other languages; NULL: nobody to ask */
    struct findings *findings; /* denied by the first that is in the way; the others are skipped */
};

/* One NetworkPolicy of that namespace, as the API server has it. */
int neighbours_judge(const struct neighbours *neighbours, struct value policy,
                     struct error *err) MUST_CHECK;

/* A policy of another language, as if it were created now: there, in the whole cluster, or in
 * another namespace, where only what reaches out of that counts. */
int neighbours_judge_other(const struct neighbours *neighbours, const struct review *review,
                           struct error *err) MUST_CHECK;

#endif
