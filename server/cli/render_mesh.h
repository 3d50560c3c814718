/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render --mesh (spec.md 6): for each workload in the mesh the authorization
 * policy that lets in nobody but those whose manifests name its Services.
 *
 * Printed as YAML with a comment on each rule, which is why it is text here and
 * no value.
 */
#ifndef CLI_RENDER_MESH_H
#define CLI_RENDER_MESH_H

#include "server/cli/print.h"

/* Print them behind what was printed already. */
int render_mesh(struct printer *printer, struct error *err) MUST_CHECK;

#endif
