/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which gateway does a pod ask for, and may it have it (spec.md 2, 5)?
 *
 * The pod's own label comes first, then what stands for its namespace. A
 * gateway's own pod and a pod whose opt-out is listed ask for none.
 *
 * Not for the rest of the pod: that is the mutators'.
 */
#ifndef POD_PRIVACY_H
#define POD_PRIVACY_H

#include "lib/pod/cluster_view.h"
#include "lib/pod/subject.h"

/* The rules of the gateway, or NULL: not private, or denied in `findings`. */
const struct gateway_rules *privacy_gateway(const struct ruleset *ruleset, struct value pod,
                                            const struct surroundings *around,
                                            struct findings *findings);

/* usableFrom: may pods of this namespace have the gateway? */
bool privacy_may_use(const struct gateway *gateway, struct slice namespace);

/* Privacy pods of the namespace ({NULL, 0}: of all), of this gateway or any: as many as are not
 * known are there, SIZE_MAX. -1: no memory, alone. */
int privacy_count(const struct cluster_view *around, struct slice namespace, struct slice gateway,
                  size_t *count, struct error *err) MUST_CHECK;

/* Do pods live there whose gateway is none of the configuration's, or is it not known? */
int privacy_has_strangers(const struct ruleset *ruleset, const struct cluster_view *around,
                          struct slice namespace, bool *out, struct error *err) MUST_CHECK;

/* What the label podveil.io/gateway of such pods has: any value but the gateways' names and "none".
 * In the arena. Not for a ruleset without gateways. */
int privacy_strangers(const struct ruleset *ruleset, struct arena *arena, struct requirement *out,
                      struct error *err) MUST_CHECK;

/* The account that a pod runs as, as the API server reads its spec. */
struct slice privacy_account(struct value spec, struct findings *findings);

/* Is this one of the gateways' own pods: namespace, labels and service account? */
bool privacy_is_gateway_pod(const struct ruleset *ruleset, struct value pod,
                            struct slice namespace);

/* Deny marks under podveil.io/ that are not what podveil sets on this pod. */
void privacy_check_marks(const struct subject *subject, struct value pod,
                         struct findings *findings);

#endif
