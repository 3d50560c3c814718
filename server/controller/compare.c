/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controller/compare.h"

#include "lib/kube/build.h"
#include "lib/netpol/addrset.h"
#include "server/controller/state.h"

#include <stdio.h>

enum { LIST_MS = 5000, SERVICES_MAX = 500 };

static const struct resource resource_service_cidrs = {"networking.k8s.io", "v1", "servicecidrs",
                                                       false};
static const struct resource resource_services = {"", "v1", "services", true};

/* The internal ones of status.addresses. */
static struct build *keep_addresses(struct value addresses)
{
    struct build *kept = build_array();
    struct value_iter iter = value_iter(addresses);
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        if (value_is(value_member(item, "type"), "InternalIP")) {
            (void)build_push(kept, build_copy(value_member(item, "address")));
        }
    }
    return kept;
}

int compare_keep_node(struct value node, struct buf *out, struct error *err)
{
    AUTO(build) struct build *kept = build_object();
    struct build *spec = build_object();
    struct build *metadata = build_object();
    static const char *const names[] = {"name", "uid", "resourceVersion"};

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        (void)build_set(metadata, names[i],
                        build_copy(value_get(node, "metadata", names[i], NULL)));
    }
    struct value cidrs = value_get(node, "spec", "podCIDRs", NULL);
    if (value_is_set(cidrs)) {
        (void)build_set(spec, "podCIDRs", build_copy(cidrs));
    }
    (void)build_set(kept, "metadata", metadata);
    (void)build_set(kept, "spec", spec);
    (void)build_set(kept, "addresses",
                    keep_addresses(value_get(node, "status", "addresses", NULL)));
    return build_encode(kept, out, err);
}

/* Is the CIDR inside of the set? What is none, and without memory: yes, so that nothing is said. */
static bool is_inside(const struct addrset *all, struct slice text)
{
    AUTO(addrset) struct addrset one = {0};
    struct error unused = {0};
    enum family family;
    struct address witness;
    struct cidr cidr;

    addrset_init(&one);
    if (cidr_parse(text, &cidr, &unused) != 0 || addrset_add(&one, &cidr, &unused) != 0) {
        return true;
    }
    addrset_seal(&one);
    return addrset_inside(&one, all, &family, &witness);
}

static bool add_all(struct addrset *all, const struct cidr_list *list)
{
    struct error unused = {0};

    for (size_t i = 0; i < list->count; i++) {
        if (addrset_add(all, &list->items[i], &unused) != 0) {
            return false;
        }
    }
    return true;
}

/* The first of these CIDRs that the configuration's do not hold. */
static bool find_outside(const struct cidr_list *ours, struct value theirs, struct slice *outside)
{
    AUTO(addrset) struct addrset all = {0};
    struct value_iter iter = value_iter(theirs);
    struct slice key;
    struct value item;
    bool inside = true;

    addrset_init(&all);
    if (!add_all(&all, ours)) {
        return false;
    }
    addrset_seal(&all);
    while (inside && value_next(&iter, &key, &item)) {
        *outside = value_string(item);
        inside = is_inside(&all, *outside);
    }
    return !inside;
}

bool compare_node(const struct cluster *cluster, struct value kept, struct slice *outside)
{
    AUTO(addrset) struct addrset all = {0};
    struct value_iter iter = value_iter(value_member(kept, "addresses"));
    struct slice key;
    struct value item;
    enum family family = FAMILY_IPV4;
    struct address address = {0};
    struct error unused = {0};

    addrset_init(&all);
    if (cluster->node_cidrs.count == 0 || !add_all(&all, &cluster->node_cidrs) ||
        !add_all(&all, &cluster->local_cidrs)) {
        return false;
    }
    addrset_seal(&all);
    while (value_next(&iter, &key, &item)) {
        *outside = value_string(item);
        if (address_parse(*outside, &family, &address, &unused) == 0 &&
            !addrset_has(&all, family, address)) {
            return true;
        }
    }
    return false;
}

static void compare_pods(const struct cluster *cluster, const struct cache_item *node,
                         char out[static WARNING_LEN + 1])
{
    struct value theirs = value_get(node->object, "spec", "podCIDRs", NULL);
    struct slice outside = {0};

    if (out[0] == '\0' && find_outside(&cluster->pod_cidrs, theirs, &outside)) {
        (void)snprintf(out, WARNING_LEN + 1,
                       "cluster.podCIDRs does not hold the pods of node %.*s (%.*s)",
                       SLICE_ARGS(node->name), SLICE_ARGS(outside));
    }
}

static void compare_addresses(const struct cluster *cluster, const struct cache_item *node,
                              char out[static WARNING_LEN + 1])
{
    struct slice outside = {0};

    if (out[0] == '\0' && compare_node(cluster, node->object, &outside)) {
        (void)snprintf(out, WARNING_LEN + 1,
                       "cluster.nodeCIDRs does not hold the address of node %.*s (%.*s)",
                       SLICE_ARGS(node->name), SLICE_ARGS(outside));
    }
}

/* The first node that differs, of each kind. */
static void compare_nodes(const struct loop *loop, struct differences *out)
{
    const struct cluster *cluster = &loop->ruleset->config->cluster;
    AUTO(cache_items) struct cache_items items = {0};
    struct error err = {0};

    if (!cache_state(loop->controller->nodes.cache).synced ||
        cache_list(loop->controller->nodes.cache, NULL, &items, &err) != 0) {
        return;
    }
    for (size_t i = 0; i < items.count; i++) {
        compare_pods(cluster, items.items[i], out->texts[COMPARED_PODS]);
        compare_addresses(cluster, items.items[i], out->texts[COMPARED_NODES]);
    }
}

/* All of them; false where they are not to be had. */
static bool list(const struct loop *loop, const struct resource *resource, const char *namespace,
                 struct api_answer *answer)
{
    const struct api_request request = {
        .verb = API_LIST,
        .resource = resource,
        .namespace = namespace,
        .limit = SERVICES_MAX,
        .deadline_ms = LIST_MS,
    };

    return hub_ask(&loop->controller->hub, &request, answer) == 0;
}

static void compare_services(const struct loop *loop, char out[static WARNING_LEN + 1])
{
    const struct cluster *cluster = &loop->ruleset->config->cluster;
    AUTO(api_answer) struct api_answer answer = {0};
    struct slice outside = {0};
    struct slice key;
    struct value item;

    if (!list(loop, &resource_service_cidrs, NULL, &answer)) {
        return;
    }
    struct value_iter iter = value_iter(value_member(api_answer_object(&answer), "items"));
    while (value_next(&iter, &key, &item)) {
        if (find_outside(&cluster->service_cidrs, value_get(item, "spec", "cidrs", NULL),
                         &outside)) {
            (void)snprintf(out, WARNING_LEN + 1,
                           "cluster.serviceCIDRs does not hold the cluster's %.*s",
                           SLICE_ARGS(outside));
            return;
        }
    }
}

static bool has_address(struct value service, const char *address)
{
    struct value_iter iter = value_iter(value_get(service, "spec", "clusterIPs", NULL));
    struct slice key;
    struct value item;
    bool found = value_is(value_get(service, "spec", "clusterIP", NULL), address);

    while (!found && value_next(&iter, &key, &item)) {
        found = value_is(item, address);
    }
    return found;
}

static void compare_dns(const struct loop *loop, char out[static WARNING_LEN + 1])
{
    const struct cluster *cluster = &loop->ruleset->config->cluster;
    AUTO(api_answer) struct api_answer answer = {0};
    struct slice key;
    struct value item;
    bool found = false;

    if (!list(loop, &resource_services, cluster->dns_namespace, &answer)) {
        return;
    }
    struct value items = value_member(api_answer_object(&answer), "items");
    struct value_iter iter = value_iter(items);
    while (!found && value_next(&iter, &key, &item)) {
        found = has_address(item, cluster->dns_address);
    }
    if (!found) {
        (void)snprintf(out, WARNING_LEN + 1, "cluster.dns.address %s is no Service of namespace %s",
                       cluster->dns_address, cluster->dns_namespace);
    }
}

void compare_look(struct loop *loop)
{
    struct controller *controller = loop->controller;
    struct differences now = {0};
    struct differences old;

    compare_services(loop, now.texts[COMPARED_SERVICES]);
    compare_nodes(loop, &now);
    compare_dns(loop, now.texts[COMPARED_DNS]);
    hub_lock(&controller->hub);
    old = controller->differences;
    controller->differences = now;
    hub_unlock(&controller->hub);

    int64_t count = 0;
    for (size_t i = 0; i < COMPARED_COUNT; i++) {
        count += now.texts[i][0] != '\0' ? 1 : 0;
        if (strcmp(now.texts[i], old.texts[i]) != 0) {
            bool gone = now.texts[i][0] == '\0';
            controller_tell(controller, !gone,
                            gone ? "the configuration is the cluster's again"
                                 : "the configuration is not the cluster's",
                            gone ? old.texts[i] : now.texts[i]);
        }
    }
    atomic_store(&controller->figures.differences, count);
}

void compare_read(struct controller *controller, struct differences *out)
{
    hub_lock(&controller->hub);
    *out = controller->differences;
    hub_unlock(&controller->hub);
}
