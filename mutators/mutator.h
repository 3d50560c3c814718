/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a mutator is, and the list of them.
 *
 * A mutator is one rule about a privacy pod. It refuses what cannot be made
 * safe (`check`), or makes its part of the pod of spec.md 3 (`apply`), or both.
 * It does no I/O, reads no clock, keeps no state and sees a pod only through
 * value handles, so the same pod gives the same patch, byte for byte.
 *
 * check  looks at a pod: before the patch in /mutate, and at the final pod in
 *        /validate. Our own containers are in it the second time.
 * apply  edits through the recorder, and does nothing where the pod is right
 *        already: f(f(x)) = f(x).
 *
 * To add one: write mutators/<name>.c that defines mutator_<name>, and add one
 * line to mutators/list.def.
 */
#ifndef MUTATORS_MUTATOR_H
#define MUTATORS_MUTATOR_H

#include "lib/kube/patch.h"
#include "lib/pod/subject.h"

struct mutator {
    const char *name; /* for messages: "dns" */
    void (*check)(const struct subject *subject, struct value pod, struct findings *findings);
    int (*apply)(const struct subject *subject, struct patch *patch, struct findings *findings,
                 struct error *err);
};

/* Run every check in the order of list.def, until one refuses. */
void mutators_check(const struct subject *subject, struct value pod, struct findings *findings);

/* Run every apply in that order, until one fails or refuses. */
int mutators_apply(const struct subject *subject, struct patch *patch, struct findings *findings,
                   struct error *err) MUST_CHECK;

size_t mutators_count(void);
const struct mutator *mutators_at(size_t index);

#endif
