/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/admin_kind.h"

#define CILIUM "cilium.io"
#define TIERS "policy.networking.k8s.io"

/* Group, plural, name; has a namespace; enforced by Calico, by Cilium. */
const struct admin_kind admin_kinds[ADMIN_KINDS] = {
    {CILIUM, "ciliumnetworkpolicies", "CiliumNetworkPolicy", true, false, true},
    {CILIUM, "ciliumlocalredirectpolicies", "CiliumLocalRedirectPolicy", true, false, true},
    {CILIUM, "ciliumclusterwidenetworkpolicies", "CiliumClusterwideNetworkPolicy", false, false,
     true},
    {CILIUM, "ciliumclusterwidelocalredirectpolicies", "CiliumClusterwideLocalRedirectPolicy",
     false, false, true},
    {CALICO_CRD_GROUP, "networkpolicies", "NetworkPolicy", true, true, false},
    {CALICO_CRD_GROUP, "globalnetworkpolicies", "GlobalNetworkPolicy", false, true, false},
    {CALICO_CRD_GROUP, "tiers", "Tier", false, true, false},
    {CALICO_API_GROUP, "networkpolicies", "NetworkPolicy", true, true, false},
    {CALICO_API_GROUP, "globalnetworkpolicies", "GlobalNetworkPolicy", false, true, false},
    {CALICO_API_GROUP, "tiers", "Tier", false, true, false},
    {TIERS, "adminnetworkpolicies", "AdminNetworkPolicy", false, true, true},
    {TIERS, "clusternetworkpolicies", "ClusterNetworkPolicy", false, true, true},
};

const struct admin_kind *admin_kind_find(struct slice group, struct slice plural)
{
    for (size_t i = 0; i < ADMIN_KINDS; i++) {
        if (slice_is(group, admin_kinds[i].group) && slice_is(plural, admin_kinds[i].plural)) {
            return &admin_kinds[i];
        }
    }
    return NULL;
}
