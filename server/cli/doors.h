/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways in from outside the cluster: Services of the input that give a pod a
 * port on the nodes or an outside address, and its own hostPorts. Answers leave
 * beside the tunnel there (policy-semantics.md B9).
 */
#ifndef CLI_DOORS_H
#define CLI_DOORS_H

#include "server/cli/ways.h"

/* Say in the way what leads in; it stays closed where nothing does. */
void doors_of(const struct around *around, const struct object *object,
              const struct outcome *outcome, struct way *way);

#endif
