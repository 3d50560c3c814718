/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gateway's own pod stays out of the mesh: in it, what its clients send
 * through the tunnel is taken by ztunnel, and each of their connections breaks.
 */
#include "lib/mesh/names.h"
#include "lib/mesh/question.h"
#include "lib/pod/privacy.h"
#include "validators/validator.h"

static bool handles(const struct review *review)
{
    return review->operation == OPERATION_CREATE && mesh_is_written(review, "", "pods");
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    const struct review *review = judgement->review;
    const struct cluster_objects around = {.kind = SLICE("Namespace"), .name = review->namespace};
    struct value own = value_get(review->object, "metadata", "labels", MESH_DATAPLANE_MODE, NULL);
    struct value labels = VALUE_ABSENT;

    (void)err;
    if (!privacy_is_gateway_pod(judgement->ruleset, review->object, review->namespace)) {
        return 0;
    }
    bool by_namespace = !value_is_set(own) &&
                        mesh_labels_of(judgement->around, &around, &labels) == MESH_FOUND &&
                        value_is(value_member(labels, MESH_DATAPLANE_MODE), "ambient");
    if (by_namespace || value_is(own, "ambient")) {
        findings_deny(findings, REASON_MESH_OPT_OUT, "metadata.labels[" MESH_DATAPLANE_MODE "]",
                      "%s puts a VPN gateway into the mesh, whose ztunnel takes what comes through "
                      "the tunnel and breaks every client. Write the label " MESH_DATAPLANE_MODE
                      ": none on the pod.",
                      by_namespace ? "the namespace's label " MESH_DATAPLANE_MODE
                                   : "the label " MESH_DATAPLANE_MODE);
    }
    return 0;
}

extern const struct validator validator_mesh_gateway;
const struct validator validator_mesh_gateway = {
    .name = "mesh_gateway",
    .handles = handles,
    .check = check,
};
