/* SPDX-License-Identifier: Apache-2.0 */
/* The marks by which policies select the pod. A mark that is there was judged already (privacy.h).
 */
#include "lib/pod/metadata.h"
#include "mutators/mutator.h"

static const struct metadata_key gateway = {"labels", MARK_GATEWAY,
                                            "/metadata/labels/podveil.io~1gateway"};
static const struct metadata_key workload = {"labels", MARK_WORKLOAD,
                                             "/metadata/labels/podveil.io~1workload"};
static const struct metadata_key injected = {"annotations", MARK_INJECTED,
                                             "/metadata/annotations/podveil.io~1injected"};

static int apply(const struct subject *subject, struct patch *patch, struct findings *findings,
                 struct error *err)
{
    (void)findings;
    if (metadata_set(patch, &gateway, subject->rules->gateway->name, err) != 0 ||
        metadata_set(patch, &workload, subject->workload_label, err) != 0) {
        return -1;
    }
    return metadata_set(patch, &injected, subject->rules->injected, err);
}

extern const struct mutator mutator_marks;
const struct mutator mutator_marks = {
    .name = "marks",
    .apply = apply,
};
