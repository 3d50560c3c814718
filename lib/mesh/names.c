/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/mesh/names.h"

static const char *const versions[] = {"v1", "v1beta1", "v1alpha3"};

static bool same(const struct review *review, const char *map)
{
    return value_equal(value_get(review->object, "metadata", map, NULL),
                       value_get(review->old_object, "metadata", map, NULL));
}

/* Status, finalizers and owners of what stands move on as they like. */
static bool is_changed(const struct review *review)
{
    return !value_equal(value_member(review->object, "spec"),
                        value_member(review->old_object, "spec")) ||
           !same(review, "labels") || !same(review, "annotations");
}

bool mesh_is_written(const struct review *review, const char *group, const char *resource)
{
    bool found = false;

    if (review->subresource.len > 0 ||
        (review->operation != OPERATION_CREATE && review->operation != OPERATION_UPDATE)) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(versions) && !found; i++) {
        found = kind_is(&review->resource, group, versions[i], resource);
    }
    return found;
}

bool mesh_is_made(const struct review *review, const char *group, const char *resource)
{
    return mesh_is_written(review, group, resource) &&
           (review->operation == OPERATION_CREATE || is_changed(review));
}

struct slice mesh_waypoint_of(struct value labels)
{
    struct slice name = value_string(value_member(labels, MESH_USE_WAYPOINT));

    if (slice_is(name, MESH_NO_WAYPOINT)) {
        name = (struct slice){0};
    }
    return name;
}
