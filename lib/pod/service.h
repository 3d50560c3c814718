/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services as privacy pods meet them: a name that must lead to a gateway, and
 * addresses of the cluster behind which anything may stand.
 *
 * Ownership: all is borrowed for the call, but where it says so.
 * Threads:   no shared state.
 */
#ifndef POD_SERVICE_H
#define POD_SERVICE_H

#include "lib/pod/ruleset.h"

/* The label by which a slice is a Service's: of it, DNS and every proxy find slices. */
#define SERVICE_NAME_LABEL "kubernetes.io/service-name"

/*
 * Does this user keep endpoints for the control plane: the controllers that derive them from pods
 * and Services, and the API server's own? What they write follows from what was judged.
 */
bool service_is_kept_by(struct slice username);

/*
 * The name of the Service behind a gateway's address (vpn/gluetun for
 * gluetun.vpn.svc.cluster.local); empty where the address names none in the gateway's namespace,
 * the only one whose Services can select its pods.
 */
struct slice service_of_gateway(const struct config *config, const struct gateway *gateway);

/* The gateway that privacy pods look for behind this Service, or NULL. */
const struct gateway_rules *service_gateway(const struct ruleset *ruleset, struct slice namespace,
                                            struct slice name);

/* May privacy pods of any gateway reach the addresses of Services? With reach: listed only where
 * those are listed as addresses. */
bool service_is_reached(const struct ruleset *ruleset);

/* Add the cluster's own addresses to a set: pod, service, local and node CIDRs. */
int service_add_cluster(const struct cluster *cluster, struct addrset *set,
                        struct error *err) MUST_CHECK;

#endif
