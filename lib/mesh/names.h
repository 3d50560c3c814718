/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Istio calls things in ambient mode: labels, API groups, and the names
 * that it fixes itself.
 *
 * Source: policy-semantics.md 4.4 and 4.6.
 */
#ifndef MESH_NAMES_H
#define MESH_NAMES_H

#include "lib/kube/review.h"

#define MESH_DATAPLANE_MODE "istio.io/dataplane-mode"
#define MESH_USE_WAYPOINT "istio.io/use-waypoint"
#define MESH_USE_WAYPOINT_NAMESPACE "istio.io/use-waypoint-namespace"
#define MESH_INGRESS_USE_WAYPOINT "istio.io/ingress-use-waypoint"
#define MESH_WAYPOINT_FOR "istio.io/waypoint-for"
#define MESH_WAYPOINT_CANARY "istio.io/use-waypoint-canary"
#define MESH_DRY_RUN "istio.io/dry-run"

#define MESH_SECURITY "security.istio.io"
#define MESH_NETWORKING "networking.istio.io"
#define MESH_GATEWAY_API "gateway.networking.k8s.io"

/* The GatewayClass of waypoints, the value that names no waypoint, and a waypoint's one port. */
#define MESH_WAYPOINT_CLASS "istio-waypoint"
#define MESH_NO_WAYPOINT "none"
#define MESH_HBONE "HBONE"
#define MESH_HBONE_PORT 15008

/* Where a policy holds for the whole mesh, unless the mesh's own configuration names another. */
#define MESH_ROOT_NAMESPACE "istio-system"

/*
 * Is this the creation or an update of such an object, whole, in a version that is known here? All
 * versions that are served have one shape.
 */
bool mesh_is_written(const struct review *review, const char *group, const char *resource);

/* The same, where an UPDATE changes spec, labels or annotations: all of them are compared. */
bool mesh_is_made(const struct review *review, const char *group, const char *resource);

/* The waypoint that these labels name; {NULL, 0} where they name none ("none" included). */
struct slice mesh_waypoint_of(struct value labels);

#endif
