/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of the cluster that a reviewed object comes to: who lives where. The
 * server answers from its watch caches, the command line from the objects of its input.
 *
 * Ownership: all is borrowed for the call.
 * Threads:   any, at once; who answers never waits.
 * Errors:    -1: not known (ERR_SYSTEM, and why), or no memory. So it is where nobody can be asked.
 *            Who judges takes it for the worst.
 */
#ifndef POD_CLUSTER_VIEW_H
#define POD_CLUSTER_VIEW_H

#include "lib/base/error.h"
#include "lib/base/slice.h"
#include "lib/kube/value.h"
#include "lib/netpol/addrset.h"

#include <stdbool.h>

/* Which objects: of a kind, by group ("" is the core group). */
struct cluster_objects {
    struct slice group;
    struct slice kind;
    struct slice namespace; /* {NULL, 0}: of every namespace, and of none */
    struct slice name;      /* {NULL, 0}: of every name */
};

/* One object and the namespace that it is in. True: go on. */
typedef bool cluster_visitor(void *arg, struct slice namespace, struct value object);

/* NULL, or a member that is NULL: there is nobody to ask. */
struct cluster_view {
    const void *place;

    /* How many privacy pods live in the namespace ({NULL, 0}: in any), by their marks: neither
     * Succeeded nor Failed, the terminating among them. Of this gateway, and with this
     * podveil.io/workload, where those are not {NULL, 0}. */
    int (*count_pods)(const void *place, struct slice namespace, struct slice gateway,
                      struct slice workload, size_t *count, struct error *err);

    /* Does one of them carry all of these labels, an object of label and value? */
    int (*selects_pods)(const void *place, struct slice namespace, struct value labels, bool *out,
                        struct error *err);

    /* Is the namespace being deleted? */
    int (*is_terminating)(const void *place, struct slice namespace, bool *out, struct error *err);

    /* Add the addresses of the cluster's nodes to a set, which is then sealed anew. NULL: visit()
     * has them, or nobody. */
    int (*add_nodes)(const void *place, struct addrset *set, struct error *err);

    /* Visit the objects as they stand beside the one that is judged: those of the same input, on
     * the command line. A server keeps none and is not asked. */
    int (*visit)(const void *place, const struct cluster_objects *wanted, cluster_visitor *visitor,
                 void *arg, struct error *err);
};

int cluster_count_pods(const struct cluster_view *around, struct slice namespace,
                       struct slice gateway, struct slice workload, size_t *count,
                       struct error *err) MUST_CHECK;
int cluster_selects_pods(const struct cluster_view *around, struct slice namespace,
                         struct value labels, bool *out, struct error *err) MUST_CHECK;
int cluster_add_nodes(const struct cluster_view *around, struct addrset *set,
                      struct error *err) MUST_CHECK;
int cluster_is_terminating(const struct cluster_view *around, struct slice namespace, bool *out,
                           struct error *err) MUST_CHECK;
int cluster_visit(const struct cluster_view *around, const struct cluster_objects *wanted,
                  cluster_visitor *visitor, void *arg, struct error *err) MUST_CHECK;

/* Add one address; a text that is none in its canonical form adds nothing. */
int cluster_add_address(struct addrset *set, struct slice text, struct error *err) MUST_CHECK;

/* Has an object of labels all of these, an object too? Of none: yes. */
bool cluster_labels_hold(struct value labels, struct value wanted);

#endif
