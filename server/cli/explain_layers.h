/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways out of one private pod, layer by layer, and what closes each
 * (design.md), in words. What a layer leaves open is said with it.
 *
 * Errors: ERR_NO_MEMORY. A full buffer shows in buf_check().
 */
#ifndef CLI_EXPLAIN_LAYERS_H
#define CLI_EXPLAIN_LAYERS_H

#include "server/cli/outcome.h"

int explain_layers(const struct outcome *outcome, struct buf *out, struct error *err) MUST_CHECK;

#endif
