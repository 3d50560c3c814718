/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rule behind `AdminAllow`, for each language of policies (lib/netpol/admin.h):
 * no policy whose allow is final, or united with the killswitch, may let a
 * privacy pod reach what its gateway does not allow.
 *
 * Judged as if privacy pods could stand in every namespace and have any other
 * label; but of a gateway that is not usable from a policy's own namespace only
 * those count that still live there. An update that leaves spec as it was opens nothing: a policy
 * that stood before podveil can still be labelled, and deleted by its finalizers.
 *
 * Threads: no shared state. Errors: ERR_NO_MEMORY.
 */
#ifndef POD_ADMIN_ALLOW_H
#define POD_ADMIN_ALLOW_H

#include "lib/kube/review.h"
#include "lib/netpol/admin.h"
#include "lib/pod/cluster_view.h"
#include "lib/pod/findings.h"
#include "lib/pod/ruleset.h"

struct admin_language {
    admin_read *read;
    bool of_namespace;   /* it selects pods of its own namespace alone */
    const char *above;   /* "above every NetworkPolicy" */
    const char *instead; /* "by adding to spec.subject.pods.podSelector: ..." */
    const char *as; /* "policy.networking.k8s.io/v1alpha2": how a malformed one is to be written */
};

struct admin_case {
    const struct ruleset *ruleset;
    const struct admin_language *language;
    const struct review *review;
    const struct cluster_view *around;
    const struct gateway_rules *only; /* this gateway's pods alone; NULL: of each */
    struct slice home; /* the name of a namespace: of a policy of the whole cluster only what it
                        * does to those pods is asked; {NULL, 0}: to those of any */
};

int admin_allow_check(const struct admin_case *asked, struct findings *findings,
                      struct error *err) MUST_CHECK;

/* A kind in a version that is not among these is judged as the last of them, with a warning. */
void admin_allow_warn_version(const struct review *review, const char *const *versions,
                              size_t count, struct findings *findings);

#endif
