/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/marks.h"

#include "lib/pod/names.h"

const char *const mark_networks[] = {
    "k8s.v1.cni.cncf.io/networks",      /* Multus */
    "v1.multus-cni.io/default-network", /* Multus */
    "danm.io/interfaces",               /* DANM */
    "danm.k8s.io/interfaces",           /* DANM */
    "networking.gke.io/interfaces",     /* GKE */
    "networking.gke.io/default-interface",
    "network.v1alpha1.isovalent.com/pod-networks", /* Cilium */
    "k8s.aliyun.com/pod-networks",                 /* Terway */
    "cni",                                         /* CNI-Genie */
    NULL,
};

/* What takes a pod out of the mesh, around its waypoint, or its DNS past the tunnel. */
static const char *const mesh_keys[] = {
    "istio.io/dataplane-mode",
    "istio.io/use-waypoint",
    "istio.io/use-waypoint-namespace",
    "istio.io/reroute-virtual-interfaces",
    "istio.io/rev",
    "sidecar.istio.io/inject",
    "sidecar.istio.io/status",
    "traffic.sidecar.istio.io/kubevirtInterfaces",
    "ambient.istio.io/dns-capture",
    "ambient.istio.io/bypass-inbound-capture",
    NULL,
};

bool pod_is_marked(struct value pod)
{
    struct value mark = value_get(pod, "metadata", "labels", MARK_GATEWAY, NULL);
    return value_is_set(mark) && !value_is(mark, GATEWAY_NONE);
}

/* Each key of each update is looked for: most differ in their first letter. */
static bool is_one_of(struct slice key, const char *const *keys)
{
    while (key.len > 0 && *keys != NULL && ((*keys)[0] != key.data[0] || !slice_is(key, *keys))) {
        keys++;
    }
    return key.len > 0 && *keys != NULL;
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
    return is_one_of(key, mesh_keys) || is_one_of(key, mark_networks);
}
