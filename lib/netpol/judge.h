/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The judge: may this egress policy, for a privacy pod, allow anything outside
 * the allowed set, and with which witness (policy-semantics.md 3.1-3.5)?
 *
 * Policies are additive, so a pod is safe exactly if each policy that can select
 * it is: the answer depends on one policy alone. The judge over-approximates
 * what an enforcer could allow (an ipBlock matches outside addresses and pods, a
 * rule without ports is every protocol, a named port is every port), so "safe"
 * means safe everywhere.
 *
 * A destination region is {addresses or pods} x protocol x ports; the allowed
 * set is a short list of such regions.
 *
 * Pure: no I/O, no clock, no state. Exact, O(n log n) in the policy.
 * Errors: ERR_NO_MEMORY only.
 */
#ifndef NETPOL_JUDGE_H
#define NETPOL_JUDGE_H

#include "lib/netpol/addrset.h"
#include "lib/netpol/policy.h"

/* Where privacy pods may go. Regions may overlap. */
struct allowed_region {
    struct addrset addresses; /* sealed; may be empty */
    bool pods;                /* `peer` holds pods that may be reached */
    struct policy_peer peer;
    bool any_port; /* all protocols and ports */
    struct policy_port *ports;
    size_t port_count;
};

struct allowed {
    struct allowed_region *regions;
    size_t count;
};

struct leak {
    bool found;
    char field[160];   /* "spec.egress[1].to[0]" */
    char witness[256]; /* "203.0.113.7 on TCP 443", "pods of any namespace on every port" */
};

/* Can the policy select a pod that `privacy` describes (gateway In [...], other labels free)? */
bool judge_selects(const struct policy *policy, const struct selector *privacy);

/* The first leak in the order of the policy's rules; leak->found is false where there is none. */
int judge_egress(const struct policy *policy, const struct allowed *allowed, struct leak *leak,
                 struct error *err) MUST_CHECK;

#endif
