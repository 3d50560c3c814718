/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules run over one pod or pod template: for a review and for a manifest
 * on the command line alike.
 *
 * Errors: a fault of our own (no memory, a patch that does not apply). What is wrong with the pod
 * is in `findings`.
 */
#ifndef SERVER_ADMISSION_POD_H
#define SERVER_ADMISSION_POD_H

#include "lib/kube/patch.h"
#include "lib/pod/subject.h"

struct pod_case {
    const struct ruleset *ruleset;
    struct value object; /* the whole object */
    const char *prefix;  /* where its pod or template stands (lib/pod/template.h) */
    struct surroundings around;
};

/*
 * What /mutate does: refuse what cannot be made safe, then make the pod of spec.md 3, and replay
 * the operations on the original as the API server will. `patch` is the caller's, made over the
 * same object and prefix. For a pod that is not private, and after a denial, it stays as it was or
 * is not to be used. subject->rules tells whether the pod is private.
 */
int pod_mutate(const struct pod_case *pod, struct patch *patch, struct subject *subject,
               struct findings *findings, struct error *err) MUST_CHECK;

/*
 * What /validate does at a pod's creation: the same refusals over the final pod, and nothing that
 * /mutate makes may be missing from it (`NotProtected`): a right pod is one that needs no patch.
 */
int pod_judge(const struct pod_case *pod, struct subject *subject, struct findings *findings,
              struct error *err) MUST_CHECK;

#endif
