/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The images of our containers do not change: they run as root beside the
 * user's own, and the image is the one part of a running pod's containers that
 * an update may set. Judged against the old object alone.
 */
#include "validators/validator.h"

static bool handles(const struct review *review)
{
    return kind_is(&review->resource, "", "v1", "pods") && review->operation == OPERATION_UPDATE;
}

static struct value container_named(struct value pod, struct slice name)
{
    struct value_iter iter = value_iter(value_get(pod, "spec", "initContainers", NULL));
    struct slice key;
    struct value container;

    while (value_next(&iter, &key, &container)) {
        if (slice_equal(value_string(value_member(container, "name")), name)) {
            return container;
        }
    }
    return VALUE_ABSENT;
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    static const char *const ours[] = {INIT_NAME, SIDECAR_NAME};

    (void)err;
    for (size_t i = 0; i < COUNT_OF(ours); i++) {
        struct value before = container_named(judgement->review->old_object, slice_of(ours[i]));
        struct value after = container_named(judgement->review->object, slice_of(ours[i]));
        if (value_exists(before) &&
            !value_equal(value_member(before, "image"), value_member(after, "image"))) {
            findings_deny(findings, REASON_IMAGE_CHANGED, "spec.initContainers",
                          "the update gives %s another image. Leave the image as it is; a new one "
                          "comes with podveil's configuration and a new pod.",
                          ours[i]);
        }
    }
    return 0;
}

extern const struct validator validator_pod_images;
const struct validator validator_pod_images = {
    .name = "pod_images",
    .handles = handles,
    .check = check,
};
