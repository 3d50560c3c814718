/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A waypoint is a pod of its own, inside of what privacy pods may reach, and
 * it sends on from its own address. So an entry for something outside that
 * is bound to a waypoint leads privacy pods' traffic past the tunnel, from any
 * namespace and for the whole mesh. So does an entry that claims an address of
 * the internet for endpoints in the cluster.
 */
#include "lib/mesh/entry.h"
#include "lib/mesh/names.h"
#include "lib/mesh/question.h"
#include "lib/pod/typed.h"
#include "validators/validator.h"

#include <stdio.h>

static bool is_workload(const struct review *review)
{
    return mesh_is_made(review, MESH_NETWORKING, "workloadentries");
}

/* Istio gives an entry without addresses some in its status, and takes those for its own. */
static bool is_status(const struct review *review)
{
    return review->operation == OPERATION_UPDATE && slice_is(review->subresource, "status") &&
           slice_is(review->resource.group, MESH_NETWORKING) &&
           slice_is(review->resource.name, "serviceentries") &&
           !value_equal(value_get(review->object, "status", "addresses", NULL),
                        value_get(review->old_object, "status", "addresses", NULL));
}

static bool handles(const struct review *review)
{
    return is_status(review) || is_workload(review) ||
           mesh_is_made(review, MESH_NETWORKING, "serviceentries");
}

/* What a reader knows it by: the first host, or the address. */
static struct slice called(struct value entry, bool workload)
{
    struct value spec = value_member(entry, "spec");
    struct slice host = value_string(value_item(value_member(spec, "hosts"), 0));

    return workload ? value_string(value_member(spec, "address")) : host;
}

/* The waypoint of the entry's namespace, as far as it is known. */
static struct slice waypoint_of_namespace(const struct judgement *judgement)
{
    if (judgement->at_waypoint) {
        return SLICE("of the namespace");
    }
    const struct cluster_objects wanted = {.kind = SLICE("Namespace"),
                                           .name = judgement->review->namespace};
    struct value labels = VALUE_ABSENT;

    (void)mesh_labels_of(judgement->around, &wanted, &labels);
    return mesh_waypoint_of(labels);
}

/* A label by which the entry is bound, of its own or of its namespace, and to what. */
struct binding {
    const char *key;
    struct slice waypoint; /* {NULL, 0}: to none */
    bool own;
};

static struct binding binding_of(const struct judgement *judgement, struct findings *findings)
{
    struct value labels = value_get(judgement->review->object, "metadata", "labels", NULL);
    struct slice own = TYPED_TEXT(findings, labels, MESH_USE_WAYPOINT, "metadata.labels");
    struct slice canary = TYPED_TEXT(findings, labels, MESH_WAYPOINT_CANARY, "metadata.labels");

    if (canary.len > 0 && !slice_is(canary, MESH_NO_WAYPOINT)) {
        return (struct binding){MESH_WAYPOINT_CANARY, canary, true};
    }
    if (own.len > 0) {
        return (struct binding){MESH_USE_WAYPOINT, mesh_waypoint_of(labels), true};
    }
    return (struct binding){MESH_USE_WAYPOINT, waypoint_of_namespace(judgement), false};
}

static void check_waypoint(const struct judgement *judgement, bool workload,
                           struct findings *findings)
{
    struct value entry = judgement->review->object;
    struct binding binding = binding_of(judgement, findings);
    char field[sizeof findings->field];

    if (binding.waypoint.len == 0 || entry_stays_inside(findings->config, entry, workload)) {
        return;
    }
    (void)snprintf(field, sizeof field, "metadata.labels[%s]", binding.key);
    findings_deny(findings, REASON_MESH_BYPASS, field,
                  "%s %s hands what privacy pods of any namespace send to %.*s to the waypoint "
                  "%.*s, a pod that sends it on from its own address, past the tunnel. Write the "
                  "label " MESH_USE_WAYPOINT ": " MESH_NO_WAYPOINT " on this object, and no other "
                  "of a waypoint.",
                  binding.own ? "the label" : "the namespace's label", binding.key,
                  CALLED(called(entry, workload)), CALLED(binding.waypoint));
}

static void check_claim(struct value entry, struct findings *findings)
{
    char field[64] = "";

    if (!entry_claims_outside(findings->config, entry, field)) {
        return;
    }
    findings_deny(findings, REASON_MESH_BYPASS, field,
                  "%s is in the cluster, or may be, and spec.addresses or status.addresses has an "
                  "address of the internet: what privacy pods of any namespace send there is "
                  "handed to it, past the tunnel. Leave such addresses out, or write ones that "
                  "nobody outside has (240.240.0.0/16).",
                  field);
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    const struct review *review = judgement->review;
    bool workload = is_workload(review);
    struct value metadata = value_member(review->object, "metadata");

    (void)err;
    if (findings->config->mesh.mode != MESH_AMBIENT) {
        return 0;
    }
    if (is_status(review)) {
        check_claim(review->object, findings);
        return 0;
    }
    (void)TYPED_OBJECT(findings, metadata, "labels", "metadata");
    check_waypoint(judgement, workload, findings);
    if (!workload) {
        check_claim(review->object, findings);
    }
    return 0;
}

extern const struct validator validator_mesh_bypass;
const struct validator validator_mesh_bypass = {
    .name = "mesh_bypass",
    .handles = handles,
    .check = check,
};
