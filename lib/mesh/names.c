/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/mesh/names.h"

static const char *const versions[] = {"v1", "v1beta1", "v1alpha3"};

bool mesh_is_made(const struct review *review, const char *group, const char *resource)
{
    bool made = review->operation == OPERATION_CREATE || review->operation == OPERATION_UPDATE;

    for (size_t i = 0; made && review->subresource.len == 0 && i < COUNT_OF(versions); i++) {
        if (kind_is(&review->resource, group, versions[i], resource)) {
            return true;
        }
    }
    return false;
}

struct slice mesh_waypoint_of(struct value labels)
{
    struct slice name = value_string(value_member(labels, MESH_USE_WAYPOINT));

    return slice_is(name, MESH_NO_WAYPOINT) ? (struct slice){0} : name;
}
