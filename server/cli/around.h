/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The objects of one input as each other's surroundings, as a server has those
 * of its cluster: which privacy pods live where, and which NetworkPolicies are
 * in their way.
 *
 * The input is all there is: a namespace without privacy pods in it has none.
 * Objects inside AdmissionReviews are not counted: a review is answered as a server without a
 * cluster answers it.
 *
 * Ownership: owns its tables and texts until around_done(); borrows from the job.
 * Errors:    of memory. What is wrong with a policy is in `findings`.
 */
#ifndef CLI_AROUND_H
#define CLI_AROUND_H

#include "server/cli/catalogue.h"
#include "server/cli/offenders.h"

struct around {
    const struct job *job;
    struct catalogue catalogue;
    struct residents residents;
    struct offenders offenders;
    struct cluster_view view; /* for the validators; its place is this struct */
};

/* Look at all objects of the job. The struct may not move afterwards. */
int around_find(struct around *around, const struct job *job, struct error *err) MUST_CHECK;
void around_done(struct around *around);
DEFINE_AUTO_IN_PLACE(around, struct around, around_done);

/* Deny a privacy pod for the first policy that is in its way, in a server's words. */
int around_judge(const struct around *around, const struct outcome *outcome,
                 struct findings *findings, struct error *err) MUST_CHECK;

#endif
