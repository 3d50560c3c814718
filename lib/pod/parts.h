/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What podveil puts into a pod, and how it is known again (spec.md 3).
 *
 * Known by what matters, never by a mark: other plugins edit our containers
 * after us, so what may differ is listed and everything else must be equal,
 * absent included. A container with our name that is not equal is forged.
 */
#ifndef POD_PARTS_H
#define POD_PARTS_H

#include "lib/pod/findings.h"
#include "lib/pod/ruleset.h"

enum part {
    PART_INIT,
    PART_SIDECAR,
};

const char *part_name(enum part part);

/* Render init, sidecar and volumes of a gateway as one JSON object with these four members. */
int parts_render(const struct config *config, const struct gateway *gateway, struct buf *out,
                 struct error *err) MUST_CHECK;

/* Is this container ours but for what may differ? `why` (may be NULL) gets the first member that
 * differs, borrowed from either. */
bool part_matches(const struct gateway_rules *rules, enum part part, struct value container,
                  struct slice *why);

/* Is it ours for any of these gateways, under either name? Then other rules let it be. */
bool part_is_ours(const struct ruleset *ruleset, struct value container);

/* Is it one of our two volumes, as we make them? */
bool part_is_our_volume(const struct gateway_rules *rules, struct value volume);

#endif
