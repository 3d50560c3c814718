/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A leak told to people: what would be reached, and by which ports.
 *
 * Not a decision: judge.c has found the leak, this names one address and one
 * port of it, or says "every" where every one is a leak.
 *
 * Threads: no shared state. Limits: cut to its buffer, long selectors to their first term.
 */
#ifndef NETPOL_WITNESS_H
#define NETPOL_WITNESS_H

#include "lib/netpol/views.h"

/* Where to: one address, or the pods of a peer of a policy in `namespace`. */
struct destination {
    const struct policy_peer *pods; /* NULL: the address */
    struct slice namespace;
    enum family family;
    struct address address;
};

/* By which ports: those that a class and a port of the rule have in common; NULL: any port. */
struct passage {
    const struct port_class *port_class;
    const struct policy_port *port;
};

/* "203.0.113.7 on TCP 443", "pods of any namespace on every port" */
void witness_describe(const struct views *views, const struct destination *to,
                      const struct passage *by, char out[static LEAK_WITNESS]);

#endif
