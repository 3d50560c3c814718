/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a validator is, and the list of them.
 *
 * A validator is one rule about an object that reached /validate: the final pod
 * after every other webhook, or another object that could open a door. It looks
 * at the review, and where it has to know who lives there asks `around`: no I/O of its
 * own, no clock, no state.
 *
 * CREATE is judged against the configuration, UPDATE only against the old
 * object: a new configuration never freezes what runs (design.md decision 5).
 *
 * To add one: write validators/<name>.c that defines validator_<name>, and add
 * one line to validators/list.def.
 */
#ifndef VALIDATORS_VALIDATOR_H
#define VALIDATORS_VALIDATOR_H

#include "lib/kube/review.h"
#include "lib/pod/cluster_view.h"
#include "lib/pod/subject.h"

struct judgement {
    const struct ruleset *ruleset;
    const struct review *review;
    const struct subject *subject;     /* of the object where it is a pod on CREATE; else NULL */
    const struct cluster_view *around; /* NULL: nobody to ask */
    bool at_waypoint; /* the API server: the namespace's label binds the object to a waypoint */

    /* It stands already and nobody writes it now: what would it let through? Then `subject` is the
     * pod to come, NULL where it is any. */
    bool standing;
    struct slice home; /* of such a one of the whole cluster: only what it does to this namespace's
                        * pods is asked; {NULL, 0}: to those of any */
};

struct validator {
    const char *name;
    bool (*handles)(const struct review *review);
    int (*check)(const struct judgement *judgement, struct findings *findings, struct error *err);
};

/* Run every validator that handles the review, in the order of list.def, until one refuses or
 * fails. */
int validators_check(const struct judgement *judgement, struct findings *findings,
                     struct error *err) MUST_CHECK;

size_t validators_count(void);
const struct validator *validators_at(size_t index);

#endif
