/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calico's NetworkPolicy and GlobalNetworkPolicy (crd.projectcalico.org/v1,
 * projectcalico.org/v3), as admin.h has policies.
 *
 * Kubernetes' NetworkPolicies are in Calico's tier "default", and none of them
 * ends it: what they do not allow goes on to the next policy of the tier. So
 *  - an Allow counts whatever its order, in the default tier and in any other;
 *  - a Pass of the default tier leaves the tier, and what no tier decides the
 *    namespace's profile allows: it counts as an Allow;
 *  - a Pass of another tier hands on to the default tier, and is harmless.
 *
 * A destination that is chosen by a selector may be a NetworkSet, which holds any
 * address, so only `nets` bounds where a rule leads.
 */
#ifndef NETPOL_CALICO_H
#define NETPOL_CALICO_H

#include "lib/netpol/admin.h"

admin_read calico_read;

/*
 * A Tier: does it let through what nothing in the default tier allows? With defaultAction Pass the
 * killswitch would end in the namespace's profile, which allows everything.
 */
bool calico_tier_opens(struct value object);

#endif
