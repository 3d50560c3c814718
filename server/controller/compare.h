/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is the configuration's `cluster:` that of the cluster? A wrong one makes killswitches too
 * narrow to work or too wide to hold.
 *
 *   serviceCIDRs  hold every range of a ServiceCIDR object
 *   podCIDRs      hold every node's spec.podCIDRs
 *   nodeCIDRs     hold every node's InternalIPs, they or localCIDRs
 *   dns.address   is that of a Service in dns.namespace
 *
 * Without nodeCIDRs nothing is claimed of nodes: a mesh's probes come from elsewhere.
 * A difference is a line in the log, a number, and a warning at each admission (store.h).
 * What cannot be asked (an older API server, no right to) is no difference.
 *
 * Threads: compare_look() the loop's; compare_read(): any.
 */
#ifndef CONTROLLER_COMPARE_H
#define CONTROLLER_COMPARE_H

#include "lib/pod/findings.h"

enum compared {
    COMPARED_SERVICES,
    COMPARED_PODS,
    COMPARED_NODES,
    COMPARED_DNS,
    COMPARED_COUNT,
};

/* Under the hub's lock; "" where there is no difference. Short enough for a warning. */
struct differences {
    char texts[COMPARED_COUNT][WARNING_LEN + 1];
};

struct loop;
struct controller;

void compare_look(struct loop *loop);
void compare_read(struct controller *controller, struct differences *out);

/* A cache_keep of nodes: metadata, spec.podCIDRs, and status.addresses as `addresses`, the texts of
 * the internal ones. */
int compare_keep_node(struct value node, struct buf *out, struct error *err) MUST_CHECK;

/* Has a node that was kept an address that it should not have? Then *outside is the first. */
struct cluster;
bool compare_node(const struct cluster *cluster, struct value kept, struct slice *outside);

#endif
