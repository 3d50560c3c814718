/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a pod was admitted with stays: its marks, and the labels and annotations
 * that keep the mesh around it. A pod that loses its label loses its killswitch,
 * and one that gains it later has no tunnel. Judged against the old object
 * alone, and on every subresource whose updates may carry labels.
 */
#include "lib/pod/marks.h"
#include "lib/pod/names.h"
#include "lib/pod/typed.h"
#include "validators/validator.h"

#include <stdio.h>

static bool handles(const struct review *review)
{
    return kind_is(&review->resource, "", "v1", "pods") && review->operation == OPERATION_UPDATE;
}

static void deny(struct findings *findings, const char *map, struct slice key, const char *what)
{
    char field[sizeof findings->field];

    (void)snprintf(field, sizeof field, "metadata.%s[%.*s]", map, CALLED(key));
    findings_deny(findings, REASON_LABEL_CHANGED, field,
                  "the update %s %.*s, which a pod keeps from its creation to its end. Leave it as "
                  "it is, or delete the pod and create it with what you want.",
                  what, CALLED(key));
}

/* Each guarded key of `a` must stand in `b` with the same value. */
static void compare(const struct judgement *judgement, const char *map, bool forwards,
                    struct findings *findings)
{
    const struct review *review = judgement->review;
    struct value old_map = value_get(review->old_object, "metadata", map, NULL);
    struct value new_map = value_get(review->object, "metadata", map, NULL);
    struct value_iter iter = value_iter(forwards ? old_map : new_map);
    struct slice key;
    struct value value;

    while (findings->denied == REASON_NONE && value_next(&iter, &key, &value)) {
        if (!mark_is_guarded(judgement->ruleset->config, key)) {
            continue;
        }
        struct value other = value_member_slice(forwards ? new_map : old_map, key);
        if (!value_exists(other)) {
            deny(findings, map, key, forwards ? "takes away" : "adds");
        } else if (!value_equal(value, other)) {
            deny(findings, map, key, "changes");
        }
    }
}

/* Does it ask for a gateway by a label that users write: the configuration's own, or an alias? */
static bool asks(const struct config *config, struct value pod)
{
    struct value labels = value_get(pod, "metadata", "labels", NULL);
    struct value label = value_member(labels, config->label);
    bool found = value_is_set(label) && !value_is(label, GATEWAY_NONE);

    for (size_t i = 0; i < config->alias_count && !found; i++) {
        found = value_is(value_member(labels, config->aliases[i].label), config->aliases[i].value);
    }
    return found;
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    const struct config *config = judgement->ruleset->config;
    struct value old = judgement->review->old_object;
    struct value new = judgement->review->object;

    (void)err;
    if (!pod_is_marked(old) && !pod_is_marked(new) && (asks(config, old) || !asks(config, new))) {
        return 0;
    }
    compare(judgement, "labels", true, findings);
    compare(judgement, "annotations", true, findings);
    compare(judgement, "labels", false, findings);
    compare(judgement, "annotations", false, findings);
    return 0;
}

extern const struct validator validator_pod_marks;
const struct validator validator_pod_marks = {
    .name = "pod_marks",
    .handles = handles,
    .check = check,
};
