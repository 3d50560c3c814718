/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What podveil makes of one object: the pod, or the pod template that its
 * controller would make pods from, as /mutate has it.
 *
 * An object of a kind that makes no pods is left as it is. So is a template whose
 * controller gets its name from the cluster (generateName): no mark can name a
 * workload that has no name yet, and its pods get their protection when they
 * are made.
 *
 * Ownership: an outcome owns its texts until outcome_done() and borrows from the job and the
 * object. Errors:    a fault of our own, or of memory; what is wrong with the object is in
 * `findings`.
 */
#ifndef CLI_OUTCOME_H
#define CLI_OUTCOME_H

#include "server/admission/pod.h"
#include "server/cli/job.h"

struct outcome {
    const char *prefix;     /* where the pod stands; NULL: the object makes no pods */
    struct subject subject; /* subject.rules: NULL for what is not private */
    struct findings findings;
    bool unnamed; /* private, and left alone for want of a name */

    struct buf patch;   /* a JSON Patch, "[]" where nothing changes */
    struct value after; /* the object with the patch applied */
    struct buf after_text;
    struct json after_doc;
};

/* What the object that stands in the job, or in a review of it, would become. */
int outcome_of(const struct job *job, const struct object *object, struct outcome *outcome,
               struct error *err) MUST_CHECK;
void outcome_done(struct outcome *outcome);
DEFINE_AUTO_IN_PLACE(outcome, struct outcome, outcome_done);

bool outcome_is_denied(const struct outcome *outcome);

/* Set `after` by applying outcome->patch to the object. */
int outcome_apply(struct outcome *outcome, struct value object, struct error *err) MUST_CHECK;

/* The object as the rules are given it; `value` is the object or what became of it. */
struct pod_case outcome_case(const struct job *job, const struct object *object, struct value value,
                             const char *prefix);

/* Denied or warned of: one line each on standard error. */
int outcome_report(const struct job *job, const struct object *object,
                   const struct outcome *outcome, struct error *err) MUST_CHECK;

#endif
