/* SPDX-License-Identifier: Apache-2.0 */
/* Into the ambient mesh. What is there already was judged (mesh_opt_out.c). */
#include "lib/kube/quote.h"
#include "mutators/mutator.h"

static int set(struct patch *patch, const char *map, const char *key, const char *value,
               struct error *err)
{
    struct value metadata = value_member(patch_target(patch), "metadata");
    AUTO(buf) struct buf json = {0};
    AUTO(buf) struct buf token = {0};

    if (value_is_set(value_member(value_member(metadata, map), key))) {
        return 0;
    }
    buf_init(&json, 1024);
    buf_init(&token, 1024);
    quote(&json, slice_of(value));
    pointer_escape(&token, slice_of(key));
    if (buf_check(&json, err) != 0 || buf_check(&token, err) != 0) {
        return -1;
    }
    return patch_add_json(patch, buf_view(&json), err, "/metadata/%s/%s", map, buf_cstr(&token));
}

static int apply(const struct subject *subject, struct patch *patch, struct findings *findings,
                 struct error *err)
{
    const struct mesh *mesh = &subject->ruleset->config->mesh;

    (void)findings;
    if (mesh->mode != MESH_AMBIENT) {
        return 0;
    }
    if (set(patch, "labels", "istio.io/dataplane-mode", "ambient", err) != 0 ||
        set(patch, "annotations", "ambient.istio.io/dns-capture", "false", err) != 0) {
        return -1;
    }
    return mesh->waypoint[0] == '\0'
               ? 0
               : set(patch, "labels", "istio.io/use-waypoint", mesh->waypoint, err);
}

extern const struct mutator mutator_mesh;
const struct mutator mutator_mesh = {
    .name = "mesh",
    .apply = apply,
};
