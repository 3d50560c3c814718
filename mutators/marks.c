/* SPDX-License-Identifier: Apache-2.0 */
/* The marks by which policies select the pod. A mark that is there was judged already (privacy.h).
 */
#include "mutators/mutator.h"

#include <stdio.h>

enum mark {
    MARK_LABEL,
    MARK_ANNOTATION,
};

/* `value` has only what a label's value may have. */
static int set(struct patch *patch, enum mark mark, const char *name, const char *value,
               struct error *err)
{
    static const char *const maps[] = {"labels", "annotations"};
    struct value metadata = value_member(patch_target(patch), "metadata");
    char key[64];
    char json[LABEL_VALUE_MAX + 3];

    (void)snprintf(key, sizeof key, "%s%s", MARK_PREFIX, name);
    if (value_is_set(value_member(value_member(metadata, maps[mark]), key))) {
        return 0;
    }
    (void)snprintf(json, sizeof json, "\"%s\"", value);
    return patch_add_json(patch, slice_of(json), err, "/metadata/%s/podveil.io~1%s", maps[mark],
                          name);
}

static int apply(const struct subject *subject, struct patch *patch, struct findings *findings,
                 struct error *err)
{
    (void)findings;
    if (set(patch, MARK_LABEL, "gateway", subject->rules->gateway->name, err) != 0 ||
        set(patch, MARK_LABEL, "workload", subject->workload_label, err) != 0) {
        return -1;
    }
    return set(patch, MARK_ANNOTATION, "injected", subject->rules->injected, err);
}

extern const struct mutator mutator_marks;
const struct mutator mutator_marks = {
    .name = "marks",
    .apply = apply,
};
