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

/*
 * Where privacy pods may go. Regions may overlap. An ipBlock may be covered by several together, a
 * selector peer by one region's peer alone; own_namespace means the judged policy's namespace.
 */
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
    struct json doc; /* of the policy that it was made from: the selectors' texts */
};

enum { LEAK_FIELD = 160, LEAK_WITNESS = 256 };

/*
 * `field`: "spec.egress[1].to[0].ipBlock.cidr", "spec.egress[1].to[0]" for pods, "spec.egress[1]"
 * for a rule without `to`. `witness`: the first address and port, "203.0.113.7 on TCP 443", or what
 * pods, "pods of any namespace on every port". Both are empty where nothing was found. `rule` and
 * `peer` are the place once more, for policies that were translated from another language; peer is
 * SIZE_MAX for a rule without `to`.
 */
struct leak {
    bool found;
    size_t rule;
    size_t peer;
    char field[LEAK_FIELD];
    char witness[LEAK_WITNESS];
};

/* Can the policy select a pod that `privacy` describes (gateway In [...], other labels free)? */
bool judge_selects(const struct policy *policy, const struct selector *privacy);

/* The first leak in the order of the policy's rules; leak->found is false where there is none. A
 * policy that does not isolate egress has none: its egress rules mean nothing. */
int judge_egress(const struct policy *policy, const struct allowed *allowed, struct leak *leak,
                 struct error *err) MUST_CHECK;

/* The addresses of an ipBlock peer without its excepts, sealed. *out is initialised by the call. */
int judge_block(const struct policy_peer *peer, struct addrset *out, struct error *err) MUST_CHECK;

#endif
