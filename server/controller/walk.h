/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that stands in the API server and may open a way out for the pods of one namespace: its
 * NetworkPolicies, and where the cluster has such kinds, the policies of Cilium, of Calico and of
 * the admin tiers: in that namespace, of the whole cluster, and in all others what may reach out of
 * them. One request after the other, as the API server has them at this moment:
 *
 *   walk_begin(&walk, namespace);
 *   while (!walk_is_over(&walk)) {
 *       walk_ask(&walk, &step);            step.request: to be sent; its answer:
 *       walk_take(&walk, &answer, each, arg, &err)
 *   }
 *
 * Which kinds there are is asked first (/apis): a cluster without any of them costs one request
 * more than its NetworkPolicies. projectcalico.org is an API server of Calico's own, which shows
 * what is in its CRDs, or has CRDs itself. So both groups are read, and where both are served the
 * second may be away (503), which no tenant can bring about.
 *
 * Ownership: in place, nothing to free. A step borrows the walk.
 * Threads:   one at a time.
 * Errors:    the API server's own words, ERR_MALFORMED for an answer that is no list. The walk
 *            then stands where it stood. A kind that is not served is none, and no error.
 * Limits:    WALK_VERSIONS of a group. A page that is too large (answer.h) is asked for anew at
 * half of its objects, down to one.
 */
#ifndef CONTROLLER_WALK_H
#define CONTROLLER_WALK_H

#include "lib/kube/client/api.h"
#include "lib/kube/review.h"
#include "lib/pod/admin_kind.h"
#include "server/controller/state.h"

enum {
    WALK_PAGE = 500,
    WALK_VERSIONS = 8,
    WALK_VERSION_MAX = 64,
    WALK_TOKEN_MAX = 4096,
};

struct walk {
    char namespace[NAME_MAX_LEN + 1];
    size_t step;                /* the NetworkPolicies, the groups, then kind by kind */
    size_t version;             /* of the kind's group */
    unsigned page;              /* objects of a page */
    char token[WALK_TOKEN_MAX]; /* where the next page begins; "" for the first */
    char versions[ADMIN_KINDS][WALK_VERSIONS][WALK_VERSION_MAX]; /* of its group; "": no more */
};

/* What to ask next. */
struct walk_step {
    struct resource resource;
    struct api_request request;
};

void walk_begin(struct walk *walk, const char *namespace);
/* From its first request on. */
void walk_restart(struct walk *walk);
bool walk_is_over(const struct walk *walk);
void walk_ask(const struct walk *walk, struct walk_step *out);

/* Each object, as if it were created now; without a namespace where it is of the whole cluster. */
typedef int walk_each(void *arg, const struct review *found, struct error *err);

/* Go on by the answer. */
int walk_take(struct walk *walk, const struct api_answer *answer, walk_each *each, void *arg,
              struct error *err) MUST_CHECK;

#endif
