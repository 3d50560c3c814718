/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the rules about mesh objects share: reading the reviewed object, and
 * how firmly they may speak.
 *
 * A policy of the mesh's root namespace holds for proxies everywhere, gateways
 * and sidecars too, so there "does nothing at ztunnel" is worth a warning and no
 * denial. A namespace of sidecars is none of ambient's business at all.
 *
 * Ownership: a question borrows all.
 */
#ifndef MESH_QUESTION_H
#define MESH_QUESTION_H

#include "lib/kube/review.h"
#include "lib/mesh/authz.h"
#include "lib/pod/cluster_view.h"
#include "lib/pod/findings.h"

struct mesh_question {
    const struct config *config;
    const struct review *review;
    const struct cluster_view *around;
};

typedef int mesh_judge(const struct mesh_question *question, const struct authz *policy,
                       struct findings *findings, struct error *err);

/* Is this an AuthorizationPolicy that is created or changed? */
bool mesh_asks_authz(const struct review *review);

/*
 * Read the AuthorizationPolicy and hand it to `judge`, where the mesh is ambient and the policy is
 * about workloads in it. One that cannot be read is `Malformed`.
 */
int mesh_judge_authz(const struct mesh_question *question, mesh_judge *judge,
                     struct findings *findings, struct error *err) MUST_CHECK;

/*
 * MeshNoOp: "<field> <what>. <instead>.", a warning of the first half where `namespace` is the
 * mesh's root.
 */
void mesh_refuse(struct findings *findings, struct slice namespace, const char *field,
                 const char *what, const char *instead);

/* What may be wrong: "MeshNoOp: <field> <what>", unless `validation` turned that off. */
void mesh_warn(struct findings *findings, const char *field, const char *what);

/* The object's spec; absent where it has none, or after a denial. */
struct value mesh_spec(struct value object, struct findings *findings);

enum mesh_found {
    MESH_FOUND,
    MESH_ABSENT,  /* there is none beside the judged one */
    MESH_UNKNOWN, /* nobody can be asked */
};

/* The labels of the first such object; absent where it has none, untouched where there is none. */
enum mesh_found mesh_labels_of(const struct cluster_view *around,
                               const struct cluster_objects *which, struct value *labels);

/* Is it told of the namespace that its pods get sidecars? */
bool mesh_has_sidecars(const struct cluster_view *around, struct slice namespace);

#endif
