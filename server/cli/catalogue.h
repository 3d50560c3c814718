/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The objects of an input by kind, namespace and name, for whoever looks for
 * those beside the one that it judges.
 *
 * All versions of a kind are one. Objects inside AdmissionReviews are left out.
 *
 * Ownership: owns its table until catalogue_done(); borrows from the objects.
 * Cost:      n log n once; a visit is log n and what it finds, where it asks for a namespace or
 *            for none, and by name alone all of the kind.
 */
#ifndef CLI_CATALOGUE_H
#define CLI_CATALOGUE_H

#include "lib/pod/cluster_view.h"
#include "server/cli/job.h"

struct entry {
    struct slice group;
    struct slice kind;
    struct slice namespace; /* that it would get; {NULL, 0} for a Namespace */
    struct slice name;
    struct value object;
    size_t order; /* of the input */
};

struct catalogue {
    struct entry *entries;
    size_t count;
};

int catalogue_find(struct catalogue *catalogue, const struct job *job,
                   struct error *err) MUST_CHECK;
void catalogue_done(struct catalogue *catalogue);
DEFINE_AUTO_IN_PLACE(catalogue, struct catalogue, catalogue_done);

/* In the order of names; of one name in the input's. Until a visitor gives false. */
void catalogue_visit(const struct catalogue *catalogue, const struct cluster_objects *wanted,
                     cluster_visitor *visitor, void *arg);

#endif
