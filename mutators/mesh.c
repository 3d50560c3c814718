/* SPDX-License-Identifier: Apache-2.0 */
/* Into the ambient mesh. What is there already was judged (mesh_opt_out.c). */
#include "lib/pod/metadata.h"
#include "mutators/mutator.h"

static const struct metadata_key dataplane_mode = {"labels", "istio.io/dataplane-mode",
                                                   "/metadata/labels/istio.io~1dataplane-mode"};
static const struct metadata_key dns_capture = {
    "annotations", "ambient.istio.io/dns-capture",
    "/metadata/annotations/ambient.istio.io~1dns-capture"};
static const struct metadata_key use_waypoint = {"labels", "istio.io/use-waypoint",
                                                 "/metadata/labels/istio.io~1use-waypoint"};

static int apply(const struct subject *subject, struct patch *patch, struct findings *findings,
                 struct error *err)
{
    const struct mesh *mesh = &subject->ruleset->config->mesh;

    (void)findings;
    if (mesh->mode != MESH_AMBIENT) {
        return 0;
    }
    if (metadata_set(patch, &dataplane_mode, "ambient", err) != 0 ||
        metadata_set(patch, &dns_capture, "false", err) != 0) {
        return -1;
    }
    return mesh->waypoint[0] == '\0' ? 0 : metadata_set(patch, &use_waypoint, mesh->waypoint, err);
}

extern const struct mutator mutator_mesh;
const struct mutator mutator_mesh = {
    .name = "mesh",
    .apply = apply,
};
