/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Labels of Istio's in places where nobody reads them, or with values that say
 * nothing: whoever wrote them believes in a waypoint or a mesh that is not
 * there. Warnings all, and none about what stood there before.
 *
 * Source: policy-semantics.md 4.6.
 */
#include "lib/mesh/names.h"
#include "lib/mesh/question.h"
#include "lib/pod/typed.h"
#include "validators/validator.h"

#include <stdio.h>

enum place {
    ON_POD = 1,
    ON_NAMESPACE = 2,
    ON_SERVICE = 4,
    ON_SERVICE_ENTRY = 8,
    ON_WORKLOAD_ENTRY = 16,
    ON_GATEWAY = 32,
};

enum { ON_SERVICES = ON_SERVICE | ON_SERVICE_ENTRY, MAX_VALUES = 4 };

static const struct {
    const char *key;
    unsigned places;
    const char *values[MAX_VALUES + 1]; /* none: any */
} known[] = {
    {MESH_DATAPLANE_MODE, ON_POD | ON_NAMESPACE, {"ambient", "none"}},
    {MESH_USE_WAYPOINT, ON_POD | ON_NAMESPACE | ON_SERVICES | ON_WORKLOAD_ENTRY, {NULL}},
    {MESH_USE_WAYPOINT_NAMESPACE, ON_POD | ON_NAMESPACE | ON_SERVICES | ON_WORKLOAD_ENTRY, {NULL}},
    {MESH_INGRESS_USE_WAYPOINT, ON_NAMESPACE | ON_SERVICES, {"true", "false"}},
    {MESH_WAYPOINT_FOR, ON_GATEWAY, {"service", "workload", "all", "none"}},
    {MESH_WAYPOINT_CANARY, ON_NAMESPACE | ON_SERVICES, {NULL}},
};

static const struct {
    const char *group;
    const char *resource;
    enum place place;
} resources[] = {
    {"", "pods", ON_POD},
    {"", "namespaces", ON_NAMESPACE},
    {"", "services", ON_SERVICE},
    {MESH_NETWORKING, "serviceentries", ON_SERVICE_ENTRY},
    {MESH_NETWORKING, "workloadentries", ON_WORKLOAD_ENTRY},
    {MESH_GATEWAY_API, "gateways", ON_GATEWAY},
};

/* 0: nothing that such labels are on. */
static unsigned place_of(const struct review *review)
{
    for (size_t i = 0; i < COUNT_OF(resources); i++) {
        if (mesh_is_written(review, resources[i].group, resources[i].resource)) {
            return resources[i].place;
        }
    }
    return 0;
}

/* By labels alone, and pods change a lot: nothing else of them is compared. */
static bool handles(const struct review *review)
{
    return place_of(review) != 0 &&
           (review->operation == OPERATION_CREATE ||
            !value_equal(value_get(review->object, "metadata", "labels", NULL),
                         value_get(review->old_object, "metadata", "labels", NULL)));
}

static bool is_value(const char *const values[static MAX_VALUES + 1], struct value value)
{
    for (size_t i = 0; values[i] != NULL; i++) {
        if (value_is(value, values[i])) {
            return true;
        }
    }
    return values[0] == NULL;
}

static void warn(struct findings *findings, const char *key, const char *what)
{
    char field[96];

    (void)snprintf(field, sizeof field, "metadata.labels[%s]", key);
    mesh_warn(findings, field, what);
}

static void check_places(const struct review *review, unsigned place, struct findings *findings)
{
    struct value labels = value_get(review->object, "metadata", "labels", NULL);
    struct value old = value_get(review->old_object, "metadata", "labels", NULL);

    for (size_t i = 0; i < COUNT_OF(known); i++) {
        struct value label = value_member(labels, known[i].key);
        if (!value_is_set(label) || value_equal(label, value_member(old, known[i].key))) {
            continue;
        }
        if ((known[i].places & place) == 0) {
            char what[64];
            (void)snprintf(what, sizeof what, "has no effect on a %.*s", CALLED(review->kind.name));
            warn(findings, known[i].key, what);
        } else if (!is_value(known[i].values, label)) {
            warn(findings, known[i].key, "has a value that means nothing");
        }
    }
}

/* What counts only beside another label, of the object or of its namespace. */
static void check_company(const struct judgement *judgement, unsigned place,
                          struct findings *findings)
{
    const struct review *review = judgement->review;
    const struct cluster_objects around = {.kind = SLICE("Namespace"), .name = review->namespace};
    struct value own = value_get(review->object, "metadata", "labels", NULL);
    struct value of_namespace = VALUE_ABSENT;
    bool bound = value_is_set(value_member(own, MESH_USE_WAYPOINT));

    if (value_is_set(value_member(own, MESH_USE_WAYPOINT_NAMESPACE)) && !bound) {
        warn(findings, MESH_USE_WAYPOINT_NAMESPACE, "does nothing without " MESH_USE_WAYPOINT);
    }
    if (!value_is(value_member(own, MESH_INGRESS_USE_WAYPOINT), "true") || bound ||
        (place & (ON_SERVICES | ON_NAMESPACE)) == 0) {
        return;
    }
    if (place == ON_NAMESPACE ||
        (mesh_labels_of(judgement->around, &around, &of_namespace) == MESH_FOUND &&
         mesh_waypoint_of(of_namespace).len == 0)) {
        warn(findings, MESH_INGRESS_USE_WAYPOINT, "does nothing without " MESH_USE_WAYPOINT);
    }
}

/* A waypoint that is not there is passed by: where its namespace shows Gateways, but not that one.
 */
static void check_waypoint(const struct judgement *judgement, struct findings *findings)
{
    const struct review *review = judgement->review;
    struct value labels = value_get(review->object, "metadata", "labels", NULL);
    struct slice other = value_string(value_member(labels, MESH_USE_WAYPOINT_NAMESPACE));
    struct slice own = slice_is(review->kind.name, "Namespace") ? review->name : review->namespace;
    struct cluster_objects gateways = {.group = SLICE(MESH_GATEWAY_API),
                                       .kind = SLICE("Gateway"),
                                       .namespace = other.len > 0 ? other : own};
    struct value found = VALUE_ABSENT;
    struct slice waypoint = mesh_waypoint_of(labels);

    if (waypoint.len == 0 || mesh_labels_of(judgement->around, &gateways, &found) != MESH_FOUND) {
        return;
    }
    gateways.name = waypoint;
    if (mesh_labels_of(judgement->around, &gateways, &found) == MESH_ABSENT) {
        warn(findings, MESH_USE_WAYPOINT, "names no Gateway that is there");
    }
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    unsigned place = place_of(judgement->review);

    (void)err;
    if (findings->config->mesh.mode == MESH_AMBIENT) {
        check_places(judgement->review, place, findings);
        check_company(judgement, place, findings);
        check_waypoint(judgement, findings);
    }
    return 0;
}

extern const struct validator validator_mesh_labels;
const struct validator validator_mesh_labels = {
    .name = "mesh_labels",
    .handles = handles,
    .check = check,
};
