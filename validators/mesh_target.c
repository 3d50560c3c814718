/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy with targetRefs is a waypoint's: without one that is bound to what
 * it names nobody enforces it. Which Service is bound stands in other objects:
 * on the command line in those of the input, and a server cannot know.
 */
#include "lib/mesh/names.h"
#include "lib/mesh/question.h"
#include "lib/mesh/ztunnel.h"
#include "lib/pod/typed.h"
#include "validators/validator.h"

#include <stdio.h>

enum { FIELD_MAX = 64 };

static bool is_a(const struct authz_ref *ref, const char *group, const char *kind)
{
    return slice_is(ref->group, group) && slice_is(ref->kind, kind);
}

static void check_class(const struct authz *policy, const struct authz_ref *ref, const char *field,
                        struct findings *findings)
{
    if (!slice_is(ref->name, MESH_WAYPOINT_CLASS)) {
        findings_deny(findings, REASON_MESH_NO_OP, field,
                      "%s is the GatewayClass \"%.*s\", and waypoints take policies for their own "
                      "class alone. Write name: " MESH_WAYPOINT_CLASS
                      ", or name a Gateway or a Service.",
                      field, CALLED(ref->name));
        return;
    }
    if (!authz_is_of_root(policy)) {
        mesh_refuse(findings, policy->namespace, field,
                    "is a GatewayClass, which counts in the mesh's root namespace alone",
                    "Put the policy into " MESH_ROOT_NAMESPACE
                    ", or name a Gateway or a Service of its own namespace");
    }
}

/* Nobody can say, so it is said once: when the policy comes to name it. */
static void warn_unknown(const struct mesh_question *question, const char *field,
                         struct findings *findings)
{
    struct value spec = value_member(question->review->object, "spec");
    struct value old = value_member(question->review->old_object, "spec");

    if (!value_equal(value_member(spec, "targetRefs"), value_member(old, "targetRefs")) ||
        !value_equal(value_member(spec, "targetRef"), value_member(old, "targetRef"))) {
        mesh_warn(findings, field, "needs a waypoint, else the policy does nothing");
    }
}

static void check_bound(const struct mesh_question *question, const struct authz_ref *ref,
                        const char *field, struct findings *findings)
{
    struct slice namespace = question->review->namespace;
    const struct cluster_objects target = {ref->group, ref->kind, namespace, ref->name};
    const struct cluster_objects around = {.kind = SLICE("Namespace"), .name = namespace};
    struct value labels = VALUE_ABSENT;
    enum mesh_found found = mesh_labels_of(question->around, &target, &labels);

    if (found == MESH_UNKNOWN) {
        warn_unknown(question, field, findings);
    }
    if (found != MESH_FOUND) {
        return;
    }
    if (!value_is_set(value_member(labels, MESH_USE_WAYPOINT)) &&
        mesh_labels_of(question->around, &around, &labels) != MESH_FOUND) {
        return;
    }
    if (mesh_waypoint_of(labels).len == 0) {
        mesh_refuse(findings, namespace, field, "has no waypoint, so nobody enforces the policy",
                    "Write the label " MESH_USE_WAYPOINT ": <waypoint> on it or on its namespace, "
                    "or spec.selector in place of the reference and a rule without HTTP");
    }
}

static void check_ref(const struct mesh_question *question, const struct authz *policy, size_t at,
                      struct findings *findings)
{
    const struct authz_ref *ref = &policy->refs[at];
    char field[FIELD_MAX] = "spec.targetRef";

    if (!policy->one_ref) {
        (void)snprintf(field, sizeof field, "spec.targetRefs[%zu]", at);
    }
    if (is_a(ref, MESH_GATEWAY_API, "GatewayClass")) {
        check_class(policy, ref, field, findings);
        return;
    }
    if (is_a(ref, "", "Service") || is_a(ref, MESH_NETWORKING, "ServiceEntry")) {
        check_bound(question, ref, field, findings);
        return;
    }
    if (!is_a(ref, MESH_GATEWAY_API, "Gateway")) {
        mesh_refuse(
            findings, policy->namespace, field, "names nothing that a waypoint takes policies for",
            "Name a Service (group: \"\"), a ServiceEntry (group: networking.istio.io) or a "
            "Gateway (group: gateway.networking.k8s.io)");
    }
}

static int judge(const struct mesh_question *question, const struct authz *policy,
                 struct findings *findings, struct error *err)
{
    (void)err;
    for (size_t i = 0; i < policy->ref_count; i++) {
        check_ref(question, policy, i, findings);
    }
    return 0;
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    const struct mesh_question question = {findings->config, judgement->review, judgement->around};
    return mesh_judge_authz(&question, judge, findings, err);
}

extern const struct validator validator_mesh_target;
const struct validator validator_mesh_target = {
    .name = "mesh_target",
    .handles = mesh_asks_authz,
    .check = check,
};
