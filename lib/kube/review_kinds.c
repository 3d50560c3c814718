/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/review_kinds.h"

/* Of every kind below. What another one's fields mean is not known, so no rule would hold for it.
 */
#define VERSION "v1"

struct known {
    const char *group;
    const char *kind;
    const char *resource;
};

static const struct known known[] = {
    {"", "Pod", "pods"},
    {"", "Namespace", "namespaces"},
    {"", "PodTemplate", "podtemplates"},
    {"", "Service", "services"},
    {"", "Endpoints", "endpoints"},
    {"", "ReplicationController", "replicationcontrollers"},
    {"apps", "Deployment", "deployments"},
    {"apps", "ReplicaSet", "replicasets"},
    {"apps", "StatefulSet", "statefulsets"},
    {"apps", "DaemonSet", "daemonsets"},
    {"batch", "Job", "jobs"},
    {"batch", "CronJob", "cronjobs"},
    {"networking.k8s.io", "NetworkPolicy", "networkpolicies"},
    {"discovery.k8s.io", "EndpointSlice", "endpointslices"},
};

/* Subresources that take the whole object, in its own kind. */
static const char *const own_kind[] = {"", "status", "ephemeralcontainers", "resize", "finalize"};

/* Subresources of pods that take something else. */
static const struct known pod_options[] = {
    {"", "PodExecOptions", "exec"},
    {"", "PodAttachOptions", "attach"},
    {"", "PodPortForwardOptions", "portforward"},
    {"", "PodProxyOptions", "proxy"},
    {"", "Binding", "binding"},
    {"policy", "Eviction", "eviction"},
};

static const struct known *find_kind(const struct kind *kind)
{
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (slice_is(kind->name, known[i].kind) && slice_is(kind->group, known[i].group)) {
            return &known[i];
        }
    }
    return NULL;
}

static const struct known *find_resource(const struct kind *resource)
{
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (slice_is(resource->name, known[i].resource) &&
            slice_is(resource->group, known[i].group)) {
            return &known[i];
        }
    }
    return NULL;
}

static bool takes_own_kind(struct slice subresource)
{
    for (size_t i = 0; i < COUNT_OF(own_kind); i++) {
        if (slice_is(subresource, own_kind[i])) {
            return true;
        }
    }
    return false;
}

static bool is_options_kind(const struct review *review)
{
    for (size_t i = 0; i < COUNT_OF(pod_options); i++) {
        if (slice_is(review->subresource, pod_options[i].resource)) {
            return slice_is(review->kind.name, pod_options[i].kind) &&
                   slice_is(review->kind.group, pod_options[i].group);
        }
    }
    return true;
}

static bool agrees(const struct review *review)
{
    const struct known *kind = find_kind(&review->kind);
    const struct known *resource = find_resource(&review->resource);

    if (takes_own_kind(review->subresource)) {
        return kind == resource &&
               (kind == NULL || slice_equal(review->kind.version, review->resource.version));
    }
    if (kind != NULL && kind != resource) {
        return false;
    }
    return resource != &known[0] || is_options_kind(review);
}

int review_check_kind(const struct review *review, struct error *err)
{
    if (!agrees(review)) {
        return error_set(err, ERR_MALFORMED, "request.kind and request.resource do not agree");
    }
    if ((find_kind(&review->kind) != NULL && !slice_is(review->kind.version, VERSION)) ||
        (find_resource(&review->resource) != NULL &&
         !slice_is(review->resource.version, VERSION))) {
        return error_set(err, ERR_MALFORMED, "request.kind is of another version than " VERSION);
    }
    return 0;
}

/* "v1", or "apps/v1". */
static bool is_version(struct slice text, const struct kind *kind)
{
    size_t group = kind->group.len;

    if (group == 0) {
        return slice_equal(text, kind->version);
    }
    return text.len > group && text.data[group] == '/' &&
           slice_equal((struct slice){text.data, group}, kind->group) &&
           slice_equal(slice_after(text, group + 1), kind->version);
}

int review_check_object(const struct review *review, struct value object, const char *path,
                        struct error *err)
{
    struct value kind = value_member(object, "kind");
    struct value version = value_member(object, "apiVersion");

    if (find_kind(&review->kind) == NULL && find_resource(&review->resource) == NULL) {
        return 0;
    }
    if (value_kind(kind) != JSON_STRING || !slice_equal(value_string(kind), review->kind.name)) {
        return error_set(err, ERR_MALFORMED, "%s.kind is not request.kind", path);
    }
    if (value_is_set(version) && !is_version(value_string(version), &review->kind)) {
        return error_set(err, ERR_MALFORMED, "%s.apiVersion is not that of request.kind", path);
    }
    return 0;
}
