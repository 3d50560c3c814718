/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An object of a manifest as the API server would send its CREATE to /validate,
 * as far as the object tells.
 *
 * What an API server sends from guarded namespaces alone is not judged in one that is known to hold
 * no privacy pods.
 *
 * A kind that the rules judge in another version alone is warned of: nobody
 * judged it, and an API server that serves that version turns it into the one that is.
 */
#ifndef CLI_CREATED_H
#define CLI_CREATED_H

#include "lib/pod/admin_kind.h"
#include "server/cli/job.h"
#include "validators/validator.h"

struct created {
    const struct object *object;
    const char *prefix;            /* judge what stands there as a pod; NULL: the object itself */
    struct value value;            /* the object, or what became of it */
    const struct subject *subject; /* where it is a pod; else NULL */
    const struct cluster_view *around; /* NULL: nobody to ask */
    bool standing;                     /* as one that stands already: what does it let through? */
    struct slice home; /* of such a one of the whole cluster: to the pods of this namespace */
};

/* Run the validators over it. */
int created_judge(const struct job *job, const struct created *created, struct findings *findings,
                  struct error *err) MUST_CHECK;

/* Is it networking.k8s.io/v1 NetworkPolicy? */
bool created_is_policy(const struct object *object);

/* Is it a policy in another language? NULL: it is not. */
const struct admin_kind *created_admin_kind(const struct object *object);

/*
 * The resource of a kind, as the API server would name it in a review: "networkpolicies" for
 * NetworkPolicy. {NULL, 0} where it is longer than `size`.
 */
struct slice created_plural(struct slice kind, char *out, size_t size);

#endif
