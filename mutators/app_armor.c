/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Localhost profile on the pod holds for our containers too, and could keep
 * them from locking it. So could an annotation with the name of one of ours:
 * the API server makes it that container's profile where it differs from the pod's.
 */
#include "lib/pod/typed.h"
#include "mutators/mutator.h"

#include <stdio.h>

#define ANNOTATION "container.apparmor.security.beta.kubernetes.io/"

/* What the API server itself writes as annotation for a profile of the pod. */
static const char *annotation_of(struct slice type)
{
    if (slice_is(type, "RuntimeDefault")) {
        return "runtime/default";
    }
    return slice_is(type, "Unconfined") ? "unconfined" : NULL;
}

static void check_annotation(struct value pod, const char *key, struct slice type,
                             struct findings *findings)
{
    struct value mark = value_member(value_get(pod, "metadata", "annotations", NULL), key);
    const char *same = annotation_of(type);
    char field[128];

    if (!value_exists(mark) || (same != NULL && value_is(mark, same))) {
        return;
    }
    (void)snprintf(field, sizeof field, "metadata.annotations[%s]", key);
    findings_deny(findings, REASON_APP_ARMOR, field,
                  "the annotation gives a container of podveil's the AppArmor profile %.*s. Remove "
                  "it.",
                  CALLED(value_string(mark)));
}

static void check(const struct subject *subject, struct value pod, struct findings *findings)
{
    struct value context = value_get(pod, "spec", "securityContext", NULL);
    struct value profile =
        TYPED_OBJECT(findings, context, "appArmorProfile", "spec.securityContext");
    struct slice type =
        TYPED_TEXT(findings, profile, "type", "spec.securityContext.appArmorProfile");

    (void)subject;
    if (slice_is(type, "Localhost")) {
        findings_deny(findings, REASON_APP_ARMOR, "spec.securityContext.appArmorProfile.type",
                      "a Localhost AppArmor profile on the pod holds podveil's containers as well, "
                      "and may keep them from closing the pod. Write it in the securityContext of "
                      "your own containers.");
    }
    check_annotation(pod, ANNOTATION INIT_NAME, type, findings);
    check_annotation(pod, ANNOTATION SIDECAR_NAME, type, findings);
}

extern const struct mutator mutator_app_armor;
const struct mutator mutator_app_armor = {
    .name = "app_armor",
    .check = check,
};
