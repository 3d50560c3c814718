/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What takes a pod out of the ambient mesh, puts a sidecar of Istio's in, or
 * leads traffic around either. ztunnel's own DNS would answer from the cluster
 * and every name would leak, so that stays off wherever a pod may be meshed.
 *
 * Source: istio cni/pkg/util/enablement_selector.go, cni/pkg/nodeagent/net.go.
 */
#include "lib/pod/typed.h"
#include "mutators/mutator.h"

#include <stdio.h>

enum where {
    LABELS,
    ANNOTATIONS,
};

static const struct {
    enum where where;
    const char *key;
    const char *harmless; /* the one value that may stand; NULL for none */
    const char *what;
} refused[] = {
    {LABELS, "sidecar.istio.io/inject", "false", "puts Istio's sidecar into the pod"},
    {ANNOTATIONS, "sidecar.istio.io/inject", "false", "puts Istio's sidecar into the pod"},
    {LABELS, "istio.io/rev", NULL, "puts Istio's sidecar into the pod"},
    {LABELS, "istio.io/use-waypoint-namespace", NULL, "leads to a waypoint of another namespace"},
    {ANNOTATIONS, "sidecar.istio.io/status", NULL, "tells the mesh that a sidecar is there"},
    {ANNOTATIONS, "ambient.istio.io/bypass-inbound-capture", "false",
     "lets traffic in past the mesh"},
    {ANNOTATIONS, "istio.io/reroute-virtual-interfaces", NULL, "reroutes the tunnel's interface"},
    {ANNOTATIONS, "traffic.sidecar.istio.io/kubevirtInterfaces", NULL,
     "reroutes the tunnel's interface"},
};

static struct value map_of(struct value pod, enum where where)
{
    return value_get(pod, "metadata", where == LABELS ? "labels" : "annotations", NULL);
}

static void deny(struct findings *findings, enum where where, const char *key, struct slice value,
                 const char *what)
{
    char field[128];

    (void)snprintf(field, sizeof field, "metadata.%s[%s]",
                   where == LABELS ? "labels" : "annotations", key);
    findings_deny(findings, REASON_MESH_OPT_OUT, field, "%s: \"%.*s\" %s. Remove it.", key,
                  CALLED(value), what);
}

static void check_refused(struct value pod, struct findings *findings)
{
    const struct value maps[] = {
        [LABELS] = map_of(pod, LABELS), [ANNOTATIONS] = map_of(pod, ANNOTATIONS)};

    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct value mark = value_member(maps[refused[i].where], refused[i].key);
        bool harmless = refused[i].harmless != NULL && value_is(mark, refused[i].harmless);
        if (value_exists(mark) && !harmless) {
            deny(findings, refused[i].where, refused[i].key, value_string(mark), refused[i].what);
        }
    }
}

/* What mesh.c sets, set otherwise. */
static void check_differing(struct value pod, enum where where, const char *key, const char *wanted,
                            const char *what, struct findings *findings)
{
    struct value mark = value_member(map_of(pod, where), key);

    if (value_exists(mark) && !value_is(mark, wanted)) {
        deny(findings, where, key, value_string(mark), what);
    }
}

/* Meshed by the pod's own label, where podveil was told that there is no mesh. */
static void check_unknown_mesh(struct value pod, struct findings *findings)
{
    if (!value_is(value_member(map_of(pod, ANNOTATIONS), "ambient.istio.io/dns-capture"),
                  "false")) {
        findings_deny(findings, REASON_MESH_OPT_OUT, "metadata.labels[istio.io/dataplane-mode]",
                      "the pod joins a mesh that the configuration does not know, whose DNS asks "
                      "the cluster. Remove istio.io/dataplane-mode, or have the operator set "
                      "mesh.mode: ambient.");
    }
}

static void check(const struct subject *subject, struct value pod, struct findings *findings)
{
    const struct mesh *mesh = &subject->ruleset->config->mesh;
    struct value mode = value_member(map_of(pod, LABELS), "istio.io/dataplane-mode");

    check_refused(pod, findings);
    if (mesh->mode == MESH_AMBIENT) {
        check_differing(pod, LABELS, "istio.io/dataplane-mode", "ambient",
                        "takes the pod out of the mesh", findings);
    }
    if (mesh->mode == MESH_AMBIENT && mesh->waypoint[0] != '\0') {
        check_differing(pod, LABELS, "istio.io/use-waypoint", mesh->waypoint,
                        "leads past the waypoint of the configuration", findings);
    }
    if (mesh->mode == MESH_AMBIENT) {
        check_differing(pod, ANNOTATIONS, "ambient.istio.io/dns-capture", "false",
                        "sends the pod's DNS to the cluster, past the tunnel", findings);
    } else if (value_is(mode, "ambient")) {
        check_unknown_mesh(pod, findings);
    }
}

extern const struct mutator mutator_mesh_opt_out;
const struct mutator mutator_mesh_opt_out = {
    .name = "mesh_opt_out",
    .check = check,
};
