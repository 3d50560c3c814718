/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/render_members.h"

#include "lib/base/array.h"
#include "lib/mesh/names.h"
#include "server/cli/outcome.h"

enum { MEMBERS_FIRST = 32, MEMBERS_MAX = 1048576 };

void members_done(struct members *members)
{
    free(members->items);
    free(members->offers);
    free(members->routes);
    free(members->settings);
    *members = (struct members){0};
}

static int no_memory(struct error *err)
{
    return error_set(err, ERR_NO_MEMORY, "no memory for more workloads and Services");
}

static int add_member(struct members *members, const struct member *member, struct error *err)
{
    if (members->count == members->cap) {
        struct member *grown =
            array_grow(members->items, &members->cap, sizeof *grown, MEMBERS_FIRST, MEMBERS_MAX);
        if (grown == NULL) {
            return no_memory(err);
        }
        members->items = grown;
    }
    members->items[members->count++] = *member;
    return 0;
}

static int add_offer(struct members *members, const struct offer *offer, struct error *err)
{
    if (members->offer_count == members->offer_cap) {
        struct offer *grown = array_grow(members->offers, &members->offer_cap, sizeof *grown,
                                         MEMBERS_FIRST, MEMBERS_MAX);
        if (grown == NULL) {
            return no_memory(err);
        }
        members->offers = grown;
    }
    members->offers[members->offer_count++] = *offer;
    return 0;
}

static int add_object(const struct object ***items, size_t *count, size_t *cap,
                      const struct object *object, struct error *err)
{
    if (*count == *cap) {
        const struct object **grown =
            array_grow(*items, cap, sizeof(const struct object *), MEMBERS_FIRST, MEMBERS_MAX);
        if (grown == NULL) {
            return no_memory(err);
        }
        *items = grown;
    }
    (*items)[*count] = object;
    *count += 1;
    return 0;
}

/* As the API server reads it: serviceAccount is the old name of serviceAccountName. */
static struct slice account_of(struct value spec)
{
    struct slice name = value_string(value_member(spec, "serviceAccountName"));

    if (name.len == 0) {
        name = value_string(value_member(spec, "serviceAccount"));
    }
    return name.len > 0 ? name : SLICE("default");
}

/* A pod's own label goes before its namespace's. */
static bool is_meshed(struct value pod, struct value namespace_labels)
{
    struct value own = value_get(pod, "metadata", "labels", MESH_DATAPLANE_MODE, NULL);
    struct value of_namespace = value_member(namespace_labels, MESH_DATAPLANE_MODE);

    if (value_is_true(value_get(pod, "spec", "hostNetwork", NULL))) {
        return false;
    }
    return value_is_set(own) ? value_is(own, "ambient") : value_is(of_namespace, "ambient");
}

/* A workload of a name that the cluster makes has none yet. */
static bool takes_name(const struct object *object, const struct outcome *outcome, char *out)
{
    struct slice name = value_string(value_get(object->value, "metadata", "name", NULL));

    if (outcome->subject.rules != NULL) {
        slice_copy(slice_of(outcome->subject.workload), out, NAME_MAX_LEN + 1);
        return !outcome->unnamed;
    }
    slice_copy(name, out, NAME_MAX_LEN + 1);
    return name_is_subdomain(name);
}

static int find_member(const struct job *job, const struct object *object, struct members *out,
                       struct error *err)
{
    AUTO(outcome) struct outcome outcome = {0};
    struct member member = {.object = object, .namespace = namespaces_of(&job->namespaces, object)};

    if (outcome_of(job, object, &outcome, err) != 0) {
        return -1;
    }
    if (outcome.prefix == NULL || outcome_is_denied(&outcome) ||
        !takes_name(object, &outcome, member.name) || !name_is_label(member.namespace)) {
        return 0;
    }
    member.pod = value_at(object->value, outcome.prefix);
    member.labels = value_get(member.pod, "metadata", "labels", NULL);
    member.account = account_of(value_member(member.pod, "spec"));
    member.rules = outcome.subject.rules;
    member.meshed = member.rules != NULL ||
                    is_meshed(member.pod, namespaces_labels(&job->namespaces, member.namespace));
    slice_copy(slice_of(outcome.subject.workload_label), member.mark, sizeof member.mark);
    return add_member(out, &member, err);
}

/* The object's own label, else its namespace's. */
static struct value label_of(struct value own, struct value of_namespace, const char *key)
{
    struct value label = value_member(own, key);

    return value_is_set(label) ? label : value_member(of_namespace, key);
}

static int find_offer(const struct job *job, const struct object *object, struct members *out,
                      struct error *err)
{
    struct value spec = value_member(object->value, "spec");
    struct value own = value_get(object->value, "metadata", "labels", NULL);
    struct offer offer = {.name = object_name(object),
                          .namespace = namespaces_of(&job->namespaces, object),
                          .spec = spec,
                          .selector = value_member(spec, "selector")};
    struct value around = namespaces_labels(&job->namespaces, offer.namespace);

    if (!slice_is(object_kind(object), "Service") ||
        !value_is(value_member(object->value, "apiVersion"), "v1") ||
        value_count(offer.selector) == 0 || !name_is_label(offer.name) ||
        !name_is_label(offer.namespace)) {
        return 0;
    }
    struct value of = value_is_set(value_member(own, MESH_USE_WAYPOINT)) ? own : around;
    struct slice other = value_string(value_member(of, MESH_USE_WAYPOINT_NAMESPACE));
    offer.waypoint = mesh_waypoint_of(of);
    offer.waypoint_namespace = other.len > 0 ? other : offer.namespace;
    if (!name_is_subdomain(offer.waypoint) || !name_is_label(offer.waypoint_namespace)) {
        offer.waypoint = (struct slice){0};
    }
    offer.ingress_at_waypoint = offer.waypoint.len > 0 &&
                                value_is(label_of(own, around, MESH_INGRESS_USE_WAYPOINT), "true");
    return add_offer(out, &offer, err);
}

/* What leads people in from outside, by Gateway API or as an Ingress. */
static bool is_route(const struct object *object)
{
    struct slice version = value_string(value_member(object->value, "apiVersion"));

    return (slice_starts_with(version, MESH_GATEWAY_API "/") &&
            slice_ends_with(object_kind(object), "Route")) ||
           (slice_starts_with(version, "networking.k8s.io/") &&
            slice_is(object_kind(object), "Ingress"));
}

static bool is_settings(const struct object *object)
{
    return slice_is(object_kind(object), "ConfigMap") &&
           value_is(value_member(object->value, "apiVersion"), "v1");
}

static int find_others(const struct object *object, struct members *out, struct error *err)
{
    if (is_route(object)) {
        return add_object(&out->routes, &out->route_count, &out->route_cap, object, err);
    }
    if (is_settings(object)) {
        return add_object(&out->settings, &out->setting_count, &out->setting_cap, object, err);
    }
    return 0;
}

struct value members_settings(const struct job *job, const struct members *members,
                              struct slice namespace, struct slice name)
{
    for (size_t i = members->setting_count; i > 0; i--) {
        const struct object *object = members->settings[i - 1];
        if (slice_equal(object_name(object), name) &&
            slice_equal(namespaces_of(&job->namespaces, object), namespace)) {
            return value_member(object->value, "data");
        }
    }
    return VALUE_ABSENT;
}

int members_find(const struct job *job, struct members *out, struct error *err)
{
    const struct objects *objects = &job->input.objects;

    for (size_t i = 0; i < objects->count; i++) {
        if (find_member(job, &objects->items[i], out, err) != 0 ||
            find_offer(job, &objects->items[i], out, err) != 0 ||
            find_others(&objects->items[i], out, err) != 0) {
            return -1;
        }
    }
    return 0;
}

bool offer_leads_to(const struct offer *offer, const struct member *member)
{
    struct value_iter iter = value_iter(offer->selector);
    struct slice key;
    struct value wanted;

    if (!slice_equal(offer->namespace, member->namespace)) {
        return false;
    }
    while (value_next(&iter, &key, &wanted)) {
        struct value label = value_member_slice(member->labels, key);
        if (value_kind(label) != JSON_STRING || !value_equal(label, wanted)) {
            return false;
        }
    }
    return true;
}
