/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/marks.h"

#include "lib/pod/names.h"

/* What takes a pod out of the mesh, around its waypoint, or its DNS past the tunnel. */
static const char *const mesh_keys[] = {
    "istio.io/dataplane-mode",
    "istio.io/use-waypoint",
    "istio.io/use-waypoint-namespace",
    "istio.io/reroute-virtual-interfaces",
    "sidecar.istio.io/inject",
    "ambient.istio.io/dns-capture",
    "ambient.istio.io/bypass-inbound-capture",
};

bool pod_is_marked(struct value pod)
{
    struct value mark = value_get(pod, "metadata", "labels", MARK_GATEWAY, NULL);
    return value_is_set(mark) && !value_is(mark, GATEWAY_NONE);
}

bool mark_is_guarded(const struct config *config, struct slice key)
{
    if (slice_starts_with(key, MARK_PREFIX) || slice_is(key, config->label)) {
        return true;
    }
    for (size_t i = 0; i < config->alias_count; i++) {
        if (slice_is(key, config->aliases[i].label)) {
            return true;
        }
    }
    for (size_t i = 0; i < COUNT_OF(mesh_keys); i++) {
        if (slice_is(key, mesh_keys[i])) {
            return true;
        }
    }
    return false;
}
