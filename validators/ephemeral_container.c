/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A debug container in a privacy pod shares its network: it may look, but it may
 * not send raw frames, change routes or look into our containers. Those that
 * were there before are not judged again.
 */
#include "lib/pod/marks.h"
#include "validators/validator.h"

#include <stdio.h>

static bool handles(const struct review *review)
{
    return kind_is(&review->resource, "", "v1", "pods") &&
           slice_is(review->subresource, "ephemeralcontainers") &&
           review->operation == OPERATION_UPDATE;
}

static bool list_has(struct value list, const char *capability)
{
    struct value_iter iter = value_iter(list);
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        if (value_is(item, capability)) {
            return true;
        }
    }
    return false;
}

static bool was_there(struct value old_pod, struct value container)
{
    struct value_iter iter = value_iter(value_get(old_pod, "spec", "ephemeralContainers", NULL));
    struct slice key;
    struct value old;

    while (value_next(&iter, &key, &old)) {
        if (value_equal(value_member(old, "name"), value_member(container, "name"))) {
            return true;
        }
    }
    return false;
}

/* The first thing that a debug container may not have, or NULL. */
static const char *fault_of(const struct config *config, struct value container)
{
    struct value context = value_member(container, "securityContext");
    struct value add = value_get(context, "capabilities", "add", NULL);
    struct value drop = value_get(context, "capabilities", "drop", NULL);
    struct value privileged = value_member(context, "privileged");
    struct value target = value_member(container, "targetContainerName");

    if (value_is_set(privileged) && value_kind(privileged) != JSON_BOOL) {
        return "has a securityContext.privileged that is neither true nor false";
    }
    if (value_is_true(privileged)) {
        return "is privileged";
    }
    if (value_is(value_member(context, "procMount"), "Unmasked")) {
        return "has procMount: Unmasked";
    }
    if (value_is_set(add) && (value_kind(add) != JSON_ARRAY || value_count(add) > 0)) {
        return "adds capabilities";
    }
    if (config->raw_sockets == RAW_SOCKETS_DROP && !list_has(drop, "ALL") &&
        !list_has(drop, "NET_RAW")) {
        return "keeps NET_RAW";
    }
    if (value_is(target, INIT_NAME) || value_is(target, SIDECAR_NAME)) {
        return "looks into a container of podveil's";
    }
    return NULL;
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    const struct review *review = judgement->review;
    struct value_iter iter =
        value_iter(value_get(review->object, "spec", "ephemeralContainers", NULL));
    struct slice key;
    struct value container;

    (void)err;
    if (!pod_is_marked(review->old_object)) {
        return 0;
    }
    while (findings->denied == REASON_NONE && value_next(&iter, &key, &container)) {
        const char *fault = was_there(review->old_object, container)
                                ? NULL
                                : fault_of(judgement->ruleset->config, container);
        char field[64];
        (void)snprintf(field, sizeof field, "spec.ephemeralContainers[%zu]", iter.index);
        if (fault != NULL) {
            findings_deny(findings, REASON_EPHEMERAL_CONTAINER, field,
                          "%s %s, and it would share the network of a privacy pod. Use a debug "
                          "profile that drops all capabilities (kubectl debug "
                          "--profile=restricted) and target a container of your own.",
                          field, fault);
        }
    }
    return 0;
}

extern const struct validator validator_ephemeral_container;
const struct validator validator_ephemeral_container = {
    .name = "ephemeral_container",
    .handles = handles,
    .check = check,
};
