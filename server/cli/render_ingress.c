/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/render_ingress.h"

#include "lib/kube/printable.h"
#include "lib/mesh/names.h"

#include <stdio.h>

enum { WHY_MAX = 512, ACCOUNT_MAX = 2 * NAME_MAX_LEN + 2, SHOWN_MAX = 128 };

/* Istio's own gateway: for an Ingress of this class. */
#define ISTIO_CLASS "istio"
#define ISTIO_ACCOUNT "istio-ingressgateway-service-account"

struct visit {
    const struct job *job;
    const struct offer *offer;
    ingress_visitor *visitor;
    void *arg;
    const struct object *route;
    struct slice namespace; /* the route's */
};

static struct slice or_else(struct slice text, struct slice fallback)
{
    return text.len > 0 ? text : fallback;
}

static struct slice text_of(struct value object, const char *name)
{
    return value_string(value_member(object, name));
}

static bool is_of(const struct object *object, const char *group)
{
    return slice_starts_with(value_string(value_member(object->value, "apiVersion")), group);
}

/* A reference to the Service, from the route's namespace or with its own. */
static bool is_offer(const struct visit *visit, struct value reference)
{
    const struct offer *offer = visit->offer;

    return slice_is(or_else(text_of(reference, "kind"), SLICE("Service")), "Service") &&
           slice_equal(text_of(reference, "name"), offer->name) &&
           slice_equal(or_else(text_of(reference, "namespace"), visit->namespace),
                       offer->namespace);
}

/* Is it one of the list? */
static bool any(const struct visit *visit, struct value list,
                bool (*is_it)(const struct visit *visit, struct value item))
{
    struct value_iter iter = value_iter(list);
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        if (is_it(visit, item)) {
            return true;
        }
    }
    return false;
}

static bool rule_leads_here(const struct visit *visit, struct value rule)
{
    return any(visit, value_member(rule, "backendRefs"), is_offer);
}

static bool route_leads_here(const struct visit *visit)
{
    return any(visit, value_get(visit->route->value, "spec", "rules", NULL), rule_leads_here);
}

/* The Gateway in the input; absent where it is not there. */
static struct value gateway_of(const struct job *job, struct slice namespace, struct slice name)
{
    for (size_t i = 0; i < job->input.objects.count; i++) {
        const struct object *object = &job->input.objects.items[i];
        if (is_of(object, MESH_GATEWAY_API "/") && slice_is(object_kind(object), "Gateway") &&
            slice_equal(object_name(object), name) &&
            slice_equal(namespaces_of(&job->namespaces, object), namespace)) {
            return object->value;
        }
    }
    return VALUE_ABSENT;
}

static void call(const struct visit *visit, struct slice namespace, const char *account,
                 const char *gateway)
{
    char kind[SHOWN_MAX];
    char name[SHOWN_MAX];
    char why[WHY_MAX];

    (void)printable(kind, sizeof kind, object_kind(visit->route));
    (void)printable(name, sizeof name, object_name(visit->route));
    (void)snprintf(why, sizeof why, "%s lets people in from outside: %s %s leads from it", gateway,
                   kind, name);
    visit->visitor(visit->arg, namespace, account, why);
}

/* Istio makes a gateway of each Gateway, under the name of both it and its class. */
static void visit_parent(const struct visit *visit, struct value parent)
{
    struct slice name = text_of(parent, "name");
    struct slice namespace = or_else(text_of(parent, "namespace"), visit->namespace);
    struct value gateway = gateway_of(visit->job, namespace, name);
    struct slice class = or_else(value_string(value_get(gateway, "spec", "gatewayClassName", NULL)),
                                 SLICE(ISTIO_CLASS));
    struct slice own = value_string(
        value_get(gateway, "metadata", "annotations", "gateway.istio.io/service-account", NULL));
    char account[ACCOUNT_MAX];
    char shown[WHY_MAX];

    if (!slice_is(or_else(text_of(parent, "kind"), SLICE("Gateway")), "Gateway") ||
        slice_is(class, MESH_WAYPOINT_CLASS) || !name_is_subdomain(name) ||
        !name_is_label(namespace) || !name_is_subdomain(class)) {
        return;
    }
    if (name_is_subdomain(own)) {
        slice_copy(own, account, sizeof account);
    } else {
        (void)snprintf(account, sizeof account, "%.*s-%.*s", SLICE_ARGS(name), SLICE_ARGS(class));
    }
    (void)snprintf(shown, sizeof shown, "Gateway %.*s/%.*s", SLICE_ARGS(namespace),
                   SLICE_ARGS(name));
    call(visit, namespace, account, shown);
}

static void visit_route(const struct visit *visit)
{
    struct value_iter iter = value_iter(value_get(visit->route->value, "spec", "parentRefs", NULL));
    struct slice key;
    struct value parent;

    if (!route_leads_here(visit)) {
        return;
    }
    while (value_next(&iter, &key, &parent)) {
        visit_parent(visit, parent);
    }
}

static bool is_backend(const struct visit *visit, struct value backend)
{
    return slice_equal(value_string(value_get(backend, "service", "name", NULL)),
                       visit->offer->name) &&
           slice_equal(visit->namespace, visit->offer->namespace);
}

static bool path_leads_here(const struct visit *visit, struct value path)
{
    return is_backend(visit, value_member(path, "backend"));
}

static bool host_leads_here(const struct visit *visit, struct value rule)
{
    return any(visit, value_get(rule, "http", "paths", NULL), path_leads_here);
}

static bool ingress_leads_here(const struct visit *visit)
{
    struct value spec = value_member(visit->route->value, "spec");

    return is_backend(visit, value_member(spec, "defaultBackend")) ||
           any(visit, value_member(spec, "rules"), host_leads_here);
}

static void visit_ingress(const struct visit *visit)
{
    struct value class = value_get(visit->route->value, "spec", "ingressClassName", NULL);

    if (!ingress_leads_here(visit)) {
        return;
    }
    if (value_is(class, ISTIO_CLASS)) {
        call(visit, SLICE(MESH_ROOT_NAMESPACE), ISTIO_ACCOUNT, "Istio's ingress gateway");
        return;
    }
    char name[SHOWN_MAX];
    (void)printable(name, sizeof name, object_name(visit->route));
    console_say(visit->job->console,
                "Ingress %s leads to Service %.*s/%.*s by a controller whose identity is not "
                "known: annotate its pods with podveil.io/talks-to",
                name, SLICE_ARGS(visit->offer->namespace), SLICE_ARGS(visit->offer->name));
}

void ingress_visit(const struct job *job, const struct members *members, const struct offer *offer,
                   ingress_visitor *visitor, void *arg)
{
    struct visit visit = {.job = job, .offer = offer, .visitor = visitor, .arg = arg};

    for (size_t i = 0; i < members->route_count; i++) {
        visit.route = members->routes[i];
        visit.namespace = namespaces_of(&job->namespaces, visit.route);
        if (slice_is(object_kind(visit.route), "Ingress")) {
            visit_ingress(&visit);
        } else {
            visit_route(&visit);
        }
    }
}
