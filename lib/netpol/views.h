/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The allowed set, cut by ports: for each class of ports that it treats alike,
 * which addresses and which pods may be reached (policy-semantics.md 3.4).
 *
 * The ports of each protocol are cut where a region's ports begin or end, and
 * all other protocols (ICMP ...) are one class. Classes that the same regions
 * cover share one view, so that a long policy is compared with few sets.
 *
 * Ownership: borrows the allowed set; owns the rest until views_done().
 * Threads:   read-only once built.
 * Errors:    ERR_NO_MEMORY.
 * Cost:      classes x regions; the allowed set is short.
 */
#ifndef NETPOL_VIEWS_H
#define NETPOL_VIEWS_H

#include "lib/netpol/judge.h"

/* Ports first to last of a protocol; PROTOCOL_COUNT stands for all other protocols. */
struct port_class {
    enum protocol protocol;
    unsigned first;
    unsigned last;
    size_t view;
};

struct view {
    const bool *covering;     /* for each region: does it hold for these ports? */
    struct addrset addresses; /* of the regions that do; sealed */
};

struct views {
    const struct allowed *allowed;
    struct port_class *classes;
    size_t class_count;
    struct view *items;
    size_t count;
    bool *covering; /* of all items, one row each */
};

/* *out is empty where it fails. */
int views_build(const struct allowed *allowed, struct views *out, struct error *err) MUST_CHECK;
void views_done(struct views *views);
DEFINE_AUTO_IN_PLACE(views, struct views, views_done);

/* Does the class have a port in common with this one? */
bool port_class_meets(const struct port_class *port_class, const struct policy_port *port);

/* Are the pods of `peer`, of a policy in `namespace`, inside one of the allowed peers? */
bool view_has_pods(const struct views *views, const struct view *view,
                   const struct policy_peer *peer, struct slice namespace);

#endif
