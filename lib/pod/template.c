/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/template.h"

#include "lib/pod/workload.h"

static const struct {
    const char *api_version;
    const char *kind;
    const char *prefix;
} kinds[] = {
    {"v1", "Pod", ""},
    {"v1", "PodTemplate", "/template"},
    {"v1", "ReplicationController", "/spec/template"},
    {"apps/v1", "Deployment", "/spec/template"},
    {"apps/v1", "StatefulSet", "/spec/template"},
    {"apps/v1", "DaemonSet", "/spec/template"},
    {"apps/v1", "ReplicaSet", "/spec/template"},
    {"batch/v1", "Job", "/spec/template"},
    {"batch/v1", "CronJob", "/spec/jobTemplate/spec/template"},
};

const char *template_prefix(struct slice api_version, struct slice kind)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (slice_is(api_version, kinds[i].api_version) && slice_is(kind, kinds[i].kind)) {
            return kinds[i].prefix;
        }
    }
    return NULL;
}

const char *template_prefix_of(struct value object)
{
    return template_prefix(value_string(value_member(object, "apiVersion")),
                           value_string(value_member(object, "kind")));
}

struct slice template_workload(struct value object, struct slice kind, struct slice name,
                               const char *prefix)
{
    struct value labels = value_get(value_at(object, prefix), "metadata", "labels", NULL);

    if (prefix[0] == '\0') {
        return (struct slice){0};
    }
    return workload_above(kind, name, labels);
}
