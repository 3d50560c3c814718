/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/mesh/question.h"

#include "lib/mesh/names.h"
#include "lib/pod/typed.h"

#include <stdio.h>

enum { POLICY_MEMORY_MAX = 64 * 1024 * 1024 };

bool mesh_asks_authz(const struct review *review)
{
    return mesh_is_made(review, MESH_SECURITY, "authorizationpolicies");
}

static bool take_first(void *arg, struct slice namespace, struct value object)
{
    (void)namespace;
    *(struct value *)arg = object;
    return false;
}

enum mesh_found mesh_labels_of(const struct cluster_view *around,
                               const struct cluster_objects *which, struct value *labels)
{
    struct error unknown = {0};
    struct value found = VALUE_ABSENT;

    if (cluster_visit(around, which, take_first, &found, &unknown) != 0) {
        return MESH_UNKNOWN;
    }
    if (!value_exists(found)) {
        return MESH_ABSENT;
    }
    *labels = value_get(found, "metadata", "labels", NULL);
    return MESH_FOUND;
}

bool mesh_has_sidecars(const struct cluster_view *around, struct slice namespace)
{
    const struct cluster_objects wanted = {.kind = SLICE("Namespace"), .name = namespace};
    struct value labels = VALUE_ABSENT;

    return mesh_labels_of(around, &wanted, &labels) == MESH_FOUND &&
           (value_is(value_member(labels, "istio-injection"), "enabled") ||
            value_is_set(value_member(labels, "istio.io/rev"))) &&
           !value_is(value_member(labels, MESH_DATAPLANE_MODE), "ambient");
}

struct value mesh_spec(struct value object, struct findings *findings)
{
    struct value spec = value_member(object, "spec");

    if (!value_is_set(spec) || !TYPED_ITEM(findings, spec, JSON_OBJECT, "spec")) {
        return VALUE_ABSENT;
    }
    return spec;
}

/* "spec.rules[0]...: what is wrong" says where before the first colon. */
static void deny_unread(const char *text, struct findings *findings)
{
    const char *colon = strstr(text, ": ");
    char field[sizeof findings->field];

    (void)snprintf(field, sizeof field, "%.*s", colon == NULL ? 0 : (int)(colon - text), text);
    findings_deny(findings, REASON_MALFORMED, field, "%s. Write it as security.istio.io/v1 has it.",
                  text);
}

int mesh_judge_authz(const struct mesh_question *question, mesh_judge *judge,
                     struct findings *findings, struct error *err)
{
    const struct review *review = question->review;
    AUTO(arena) struct arena arena = {0};
    struct authz policy = {0};
    struct error wrong = {0};

    if (question->config->mesh.mode != MESH_AMBIENT) {
        return 0;
    }
    arena_init(&arena, POLICY_MEMORY_MAX);
    if (authz_parse(review->object, review->namespace, &arena, &policy, &wrong) != 0) {
        if (wrong.code == ERR_NO_MEMORY && !arena.full) {
            *err = wrong;
            return -1;
        }
        deny_unread(wrong.text, findings);
        return 0;
    }
    if (authz_is_for_gateways(&policy) || mesh_has_sidecars(question->around, review->namespace)) {
        return 0;
    }
    return judge(question, &policy, findings, err);
}

void mesh_refuse(struct findings *findings, struct slice namespace, const char *field,
                 const char *what, const char *instead)
{
    if (slice_is(namespace, MESH_ROOT_NAMESPACE)) {
        mesh_warn(findings, field, what);
        return;
    }
    findings_deny(findings, REASON_MESH_NO_OP, field, "%s %s. %s.", field, what, instead);
}

void mesh_warn(struct findings *findings, const char *field, const char *what)
{
    if (findings->config->mesh_no_op != VALIDATION_OFF) {
        findings_warn(findings, "%s: %s %s", reason_name(REASON_MESH_NO_OP), field, what);
    }
}
