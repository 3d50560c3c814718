/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AdminNetworkPolicy (policy.networking.k8s.io/v1alpha1) and ClusterNetworkPolicy
 * (v1alpha2, v1beta1) of the tier Admin, as admin.h has policies.
 *
 * One reader for both: what one has and the other has not is understood in both,
 * so a version that has a bit of each is read too. v1alpha1 has had two shapes of
 * peers (namespaces.namespaceSelector, and the selector itself); both are known.
 *
 * Allow and Accept are final. Deny and Pass let nothing through: Pass hands on to
 * the NetworkPolicies. The tier Baseline, and BaselineAdminNetworkPolicy, have no
 * say about a pod that a NetworkPolicy selects, as the floor does each privacy pod.
 */
#ifndef NETPOL_ADMIN_TIERS_H
#define NETPOL_ADMIN_TIERS_H

#include "lib/netpol/admin.h"

admin_read admin_tiers_read;

#endif
