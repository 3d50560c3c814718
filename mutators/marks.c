/* SPDX-License-Identifier: Apache-2.0 */
/* The marks by which policies select the pod. A mark that is there was judged already (privacy.h).
 */
#include "mutators/mutator.h"

#include <stdio.h>

struct mark {
    const char *map;
    const char *key;
    const char *pointer;
};

static const struct mark gateway = {"labels", MARK_GATEWAY, "/metadata/labels/podveil.io~1gateway"};
static const struct mark workload = {"labels", MARK_WORKLOAD,
                                     "/metadata/labels/podveil.io~1workload"};
static const struct mark injected = {"annotations", MARK_INJECTED,
                                     "/metadata/annotations/podveil.io~1injected"};

/* `value` has only what a label's value may have. */
static int set(struct patch *patch, const struct mark *mark, const char *value, struct error *err)
{
    struct value metadata = value_member(patch_target(patch), "metadata");
    char json[LABEL_VALUE_MAX + 3];

    if (value_is_set(value_member(value_member(metadata, mark->map), mark->key))) {
        return 0;
    }
    (void)snprintf(json, sizeof json, "\"%s\"", value);
    return patch_add_json(patch, slice_of(json), err, "%s", mark->pointer);
}

static int apply(const struct subject *subject, struct patch *patch, struct findings *findings,
                 struct error *err)
{
    (void)findings;
    if (set(patch, &gateway, subject->rules->gateway->name, err) != 0 ||
        set(patch, &workload, subject->workload_label, err) != 0) {
        return -1;
    }
    return set(patch, &injected, subject->rules->injected, err);
}

extern const struct mutator mutator_marks;
const struct mutator mutator_marks = {
    .name = "marks",
    .apply = apply,
};
