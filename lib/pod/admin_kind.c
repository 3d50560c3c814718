/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/admin_kind.h"

#include "lib/netpol/calico_selector.h"
#include "lib/pod/typed.h"

#include <stdio.h>

#define CILIUM "cilium.io"
#define TIERS "policy.networking.k8s.io"

enum { NO, YES };

/* Group, plural, name; has a namespace; reaches out of it; enforced by Calico, by Cilium. */
const struct admin_kind admin_kinds[ADMIN_KINDS] = {
    {CILIUM, "ciliumnetworkpolicies", "CiliumNetworkPolicy", YES, NO, NO, YES},
    {CILIUM, "ciliumlocalredirectpolicies", "CiliumLocalRedirectPolicy", YES, YES, NO, YES},
    {CILIUM, "ciliumclusterwidenetworkpolicies", "CiliumClusterwideNetworkPolicy", NO, NO, NO, YES},
    {CILIUM, "ciliumclusterwidelocalredirectpolicies", "CiliumClusterwideLocalRedirectPolicy", NO,
     NO, NO, YES},
    {CALICO_CRD_GROUP, "networkpolicies", "NetworkPolicy", YES, YES, YES, NO},
    {CALICO_CRD_GROUP, "globalnetworkpolicies", "GlobalNetworkPolicy", NO, NO, YES, NO},
    {CALICO_CRD_GROUP, "tiers", "Tier", NO, NO, YES, NO},
    {CALICO_API_GROUP, "networkpolicies", "NetworkPolicy", YES, YES, YES, NO},
    {CALICO_API_GROUP, "globalnetworkpolicies", "GlobalNetworkPolicy", NO, NO, YES, NO},
    {CALICO_API_GROUP, "tiers", "Tier", NO, NO, YES, NO},
    {TIERS, "adminnetworkpolicies", "AdminNetworkPolicy", NO, NO, YES, YES},
    {TIERS, "clusternetworkpolicies", "ClusterNetworkPolicy", NO, NO, YES, YES},
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

/* A redirect is every pod's of its node, and Calico puts the namespace behind a selector's text,
 * out of which that may break. What else is wrong with a policy is its own pods'. */
bool admin_kind_reaches(const struct admin_kind *kind, struct value object)
{
    struct value selector = value_get(object, "spec", "selector", NULL);

    return kind->reaches && (!kind->by_calico || calico_breaks_out(value_string(selector)));
}

void admin_kind_place(struct slice namespace, struct slice home, char *out, size_t size)
{
    if (namespace.len == 0) {
        (void)snprintf(out, size, "the whole cluster");
    } else if (slice_equal(namespace, home)) {
        (void)snprintf(out, size, "this namespace");
    } else {
        (void)snprintf(out, size, "namespace %.*s", CALLED(namespace));
    }
}
