/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policies of an input that are refused for its privacy pods, as a server
 * refuses those that stand already: NetworkPolicies, and those of other languages.
 *
 * Each is judged once for each gateway that has pods in its namespace, or, where it is of the whole
 * cluster, in any. A NetworkPolicy that names workloads stands in the table once for each name, so
 * that a pod looks at those that name its own and at those that name none. One of another language
 * is in the way of all pods of a namespace, as a server has it, whichever gateway's it lets out.
 *
 * Ownership: owns its table and texts until offenders_done(); borrows from the job.
 * Errors:    of memory. What is wrong with a policy is in its text.
 */
#ifndef CLI_OFFENDERS_H
#define CLI_OFFENDERS_H

#include "lib/netpol/selector.h"
#include "lib/pod/admin_kind.h"
#include "lib/pod/cluster_view.h"
#include "server/cli/residents.h"

struct offender {
    struct slice namespace;
    struct slice gateway;  /* of the pods that it is refused for */
    struct slice workload; /* it selects this one alone; {NULL, 0}: ask the selector */
    size_t order;          /* of the input */
    struct slice name;
    const struct admin_kind *kind; /* NULL: a NetworkPolicy */
    bool of_others;                /* it lets out pods of other gateways */
    struct slice own;              /* its own namespace; {NULL, 0}: the whole cluster */
    bool selects_all;              /* its selector cannot be read, so it may */
    struct selector pods;
    enum reason reason;
    const char *text;    /* the message, without the reason */
    const char *field;   /* which of its rules */
    const char *witness; /* what that lets through; "" where nobody can tell */
};

struct offenders {
    struct arena memory;
    struct offender *items; /* sorted by namespace, gateway, workload, order */
    size_t count;
    size_t cap;
};

int offenders_find(struct offenders *offenders, const struct job *job,
                   const struct residents *residents, const struct cluster_view *around,
                   struct error *err) MUST_CHECK;
void offenders_done(struct offenders *offenders);
DEFINE_AUTO_IN_PLACE(offenders, struct offenders, offenders_done);

/* "NetworkPolicy a", "CiliumNetworkPolicy a (cilium.io)", as for a terminal. */
void offender_print(const struct offender *offender, struct buf *out);

/* What is in the way of a pod. */
struct in_the_way {
    const struct offender *first; /* of the input; NULL: nothing */
    const struct offender *leak;  /* the first that lets this pod out; NULL: none does */
    bool everywhere;              /* one that does is a NetworkPolicy */
    bool by_calico;               /* one that does is enforced by Calico, by Cilium */
    bool by_cilium;
};

/* Its own floor and companion are in nobody's way: they are made right before the pod is let in. */
int offenders_find_for(const struct offenders *offenders, const struct outcome *outcome,
                       struct in_the_way *out, struct error *err) MUST_CHECK;

#endif
