/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/doors.h"

#include "lib/kube/printable.h"

#include <stdio.h>

enum { SHOWN_NAME = 64 };

/* What leads in, as far as it is known. */
struct doors {
    struct value labels; /* of the pod */
    struct way *way;
    size_t count;
};

static const char *kind_of_door(struct value service)
{
    struct value spec = value_member(service, "spec");

    if (value_count(value_member(spec, "externalIPs")) > 0) {
        return "externalIPs";
    }
    if (value_is(value_member(spec, "type"), "LoadBalancer")) {
        return "LoadBalancer";
    }
    return value_is(value_member(spec, "type"), "NodePort") ? "NodePort" : NULL;
}

/* A Service without a selector selects nothing. */
static bool selects(struct value service, struct value labels)
{
    struct value selector = value_get(service, "spec", "selector", NULL);
    struct value_iter iter = value_iter(selector);
    struct slice key;
    struct value wanted;

    while (value_next(&iter, &key, &wanted)) {
        if (!value_equal(value_member_slice(labels, key), wanted)) {
            return false;
        }
    }
    return value_count(selector) > 0;
}

/* The first has its name shown, the others are counted. */
static void put(struct doors *doors, const char *what, struct slice name)
{
    doors->count++;
    if (doors->count == 1) {
        char shown[SHOWN_NAME];
        (void)printable(shown, sizeof shown, name);
        (void)snprintf(doors->way->text, sizeof doors->way->text, "%s %s", what, shown);
    }
}

static bool look_at_service(void *arg, struct slice namespace, struct value service)
{
    struct doors *doors = arg;
    const char *kind = kind_of_door(service);

    (void)namespace;
    if (kind != NULL && selects(service, doors->labels)) {
        put(doors, kind, value_string(value_get(service, "metadata", "name", NULL)));
    }
    return true;
}

static void look_at_container(struct doors *doors, struct value container)
{
    struct value_iter ports = value_iter(value_member(container, "ports"));
    struct slice key;
    struct value port;

    while (value_next(&ports, &key, &port)) {
        struct value host = value_member(port, "hostPort");
        if (value_is_set(host) && !slice_is(value_raw(host), "0")) {
            put(doors, "hostPort", value_raw(host));
        }
    }
}

static void look_at_ports(struct doors *doors, struct value pod)
{
    struct container_lists lists = container_lists(pod);
    struct container_iter iter = container_iter(&lists);
    struct value container;
    char field[64];

    while (container_next(&iter, &container, field)) {
        look_at_container(doors, container);
    }
}

void doors_of(const struct around *around, const struct object *object,
              const struct outcome *outcome, struct way *way)
{
    struct value pod = value_at(outcome->after, outcome->prefix);
    struct doors doors = {.labels = value_get(pod, "metadata", "labels", NULL), .way = way};
    const struct cluster_objects services = {
        .group = SLICE(""),
        .kind = SLICE("Service"),
        .namespace = outcome->subject.namespace,
    };

    (void)object;
    look_at_ports(&doors, pod);
    catalogue_visit(&around->catalogue, &services, look_at_service, &doors);
    if (doors.count == 0) {
        (void)snprintf(way->text, sizeof way->text, "nothing of the input leads in");
        return;
    }
    size_t used = strlen(way->text);
    way->state = WAY_OPEN;
    (void)snprintf(way->end, sizeof way->end, "seen from outside");
    if (doors.count > 1) {
        (void)snprintf(way->text + used, sizeof way->text - used, " and %zu more", doors.count - 1);
    }
}
