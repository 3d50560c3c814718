/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a ServiceEntry or a WorkloadEntry (networking.istio.io) leads what is
 * sent to it: by the addresses that it names, against the cluster's own.
 *
 * ztunnel looks at the destination's address alone. What it leaves as it is goes
 * out of the pod's own network, by its routes; what it hands to a waypoint or
 * to another endpoint leaves the pod as traffic inside the cluster.
 *
 * Threads: no shared state.
 */
#ifndef MESH_ENTRY_H
#define MESH_ENTRY_H

#include "lib/pod/findings.h"

/* Addresses of the cluster: pods, Services, the local networks and the nodes. */
bool entry_is_inside(const struct config *config, struct slice address);

/* Does it say itself where it leads, and all of that is inside? Then no waypoint can lead outside
 * by it, whatever addresses it is called by. */
bool entry_stays_inside(const struct config *config, struct value entry, bool is_workload);

/*
 * Does a ServiceEntry claim an address of the internet for what is inside? True, with the field
 * that leads inside, where one of `addresses`, of spec or status, is public and an endpoint (or
 * workloadSelector) is in the cluster; a host, where it is resolved by DNS and has no endpoints. So
 * is a name of at most two labels, and what looks like an address and is none. What another name
 * resolves to nobody knows.
 */
bool entry_claims_outside(const struct config *config, struct value entry, char field[static 64]);

#endif
