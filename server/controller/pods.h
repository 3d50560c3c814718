/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Privacy pods as the watch cache keeps them: what tells whose policies they need, and
 * whether podveil's parts are in them. A twentieth of a pod: there may be ten thousand.
 */
#ifndef CONTROLLER_PODS_H
#define CONTROLLER_PODS_H

#include "lib/kube/client/cache.h"
#include "lib/pod/ruleset.h"
#include "server/controller/demand.h"

/* Pods that may be private carry this label. */
#define PODS_SELECTOR "podveil.io/gateway"

/* A cache_keep: metadata without what is not read here, spec.serviceAccountName, status.phase, and
 * `parts`: are init container and sidecar where they have to be? */
int pods_keep(struct value pod, struct buf *out, struct error *err) MUST_CHECK;

/*
 * Whose policies a kept pod needs; false where it needs none: it opted out, or it has no name.
 * The same item gives the same key always.
 */
bool pods_key(const struct cache_item *pod, struct demand_key *out);

/*
 * Is every pod of that key a gateway's own, as admission has it (privacy_is_gateway_pod)? Such a
 * pod may carry the label and needs no policies: the floor would cut the gateway off. Looked up and
 * not kept with the key, because a configuration or a label that changes makes it another pod.
 */
int pods_are_gateways(struct cache *pods, const struct ruleset *ruleset,
                      const struct demand_key *key, bool *out, struct error *err) MUST_CHECK;

/* Is it there to stay and does it run? */
bool pods_runs(struct value pod);
bool pods_has_parts(struct value pod);

#endif
