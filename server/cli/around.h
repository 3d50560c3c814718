/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The objects of one input as each other's surroundings, as a server has those
 * of its cluster: which privacy pods live where, and which NetworkPolicies are
 * in their way.
 *
 * The input is all there is: a namespace without privacy pods in it has none. A
 * template counts as one pod. Objects inside AdmissionReviews are not counted: a review is
 * answered as a server without a cluster answers it.
 *
 * Ownership: owns its tables and texts until around_done(); borrows from the job.
 * Errors:    of memory. What is wrong with a policy is in `findings`.
 * Cost:      n log n in the objects, and for each privacy pod a look at the refused policies of
 *            its namespace.
 */
#ifndef CLI_AROUND_H
#define CLI_AROUND_H

#include "lib/netpol/judge.h"
#include "lib/pod/cluster_view.h"
#include "server/cli/catalogue.h"
#include "server/cli/outcome.h"

/* A privacy pod or template. */
struct resident {
    struct slice namespace;
    struct slice gateway;
    struct slice workload; /* as the label has it */
};

/* A policy that is refused, and would be for any pod that it can select. */
struct offender {
    struct slice namespace;
    struct slice name;
    struct value policy;
    size_t order;     /* of the input */
    bool selects_all; /* its selector cannot be read, so it may */
    struct selector pods;
    enum reason reason;
    const char *text; /* the message, without the reason */
};

struct around {
    const struct job *job;
    struct catalogue catalogue;
    struct arena memory;
    struct resident *residents; /* sorted by all three */
    size_t resident_count;
    size_t resident_cap;
    struct offender *offenders; /* sorted by namespace, each namespace's in the input's order */
    size_t offender_count;
    size_t offender_cap;
    struct cluster_view view; /* for the validators; its place is this struct */
};

/* Look at all objects of the job. The struct may not move afterwards. */
int around_find(struct around *around, const struct job *job, struct error *err) MUST_CHECK;
void around_done(struct around *around);
DEFINE_AUTO_IN_PLACE(around, struct around, around_done);

/* The first refused policy in the way of the pod of this outcome, or NULL. Its own floor and
 * companion are in nobody's way: they are made right before the pod is let in. */
int around_offender(const struct around *around, const struct outcome *outcome,
                    const struct offender **out, struct error *err) MUST_CHECK;

/* Deny it for that one, in a server's words. */
int around_judge(const struct around *around, const struct outcome *outcome,
                 struct findings *findings, struct error *err) MUST_CHECK;

#endif
