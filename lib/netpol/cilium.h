/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy (cilium.io/v2), as
 * admin.h has policies.
 *
 * What they allow is united with what NetworkPolicies allow. A part is a rule of
 * `spec` or `specs`; enableDefaultDeny takes no isolation away, so it is passed
 * over, and so is what only narrows (L7 rules, server names, authentication).
 *
 * An egress rule without a peer is everything by its ports, and nothing where it
 * names no ports: `egress: [{}]` is how one denies.
 */
#ifndef NETPOL_CILIUM_H
#define NETPOL_CILIUM_H

#include "lib/netpol/admin.h"

admin_read cilium_read;

/*
 * A local redirect that leads an address to pods of its author's does so for all pods of a node,
 * and before their routes are asked. Takes spec.redirectFrontend. An address is for what is no
 * Service, and harmless where it is link-local and none that probes come from: any other is one
 * that privacy pods reach by the tunnel, a Service's (Cilium up to 1.17 takes that from whatever
 * namespace), or the gateway itself. Gives the address where there is one; a text that is no
 * address does harm.
 */
bool cilium_redirect_harms(struct value frontend, const struct cidr *probes, size_t count,
                           struct slice *address);

#endif
