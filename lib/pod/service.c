/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/service.h"

bool service_is_kept_by(struct slice username)
{
    static const char *const keepers[] = {
        "system:serviceaccount:kube-system:endpoint-controller",
        "system:serviceaccount:kube-system:endpointslice-controller",
        "system:serviceaccount:kube-system:endpointslicemirroring-controller",
        "system:kube-controller-manager", /* where its controllers have no accounts of their own */
        "system:apiserver",               /* the endpoints of the Service kubernetes */
    };

    for (size_t i = 0; i < COUNT_OF(keepers); i++) {
        if (slice_is(username, keepers[i])) {
            return true;
        }
    }
    return false;
}

static struct slice without_ending(struct slice name, const char *ending)
{
    size_t len = strlen(ending);

    return slice_ends_with(name, ending) ? (struct slice){name.data, name.len - len} : name;
}

/* What stands before and behind its last dot; all of it behind where there is none. */
static struct slice cut_last_label(struct slice *name)
{
    size_t at = name->len;

    while (at > 0 && name->data[at - 1] != '.') {
        at--;
    }
    struct slice last = slice_after(*name, at);
    *name = (struct slice){name->data, at > 0 ? at - 1 : 0};
    return last;
}

struct slice service_of_gateway(const struct config *config, const struct gateway *gateway)
{
    struct slice rest = slice_of(gateway->address);
    struct slice above = without_ending(rest, config->cluster.domain);

    if (slice_ends_with(above, ".")) {
        rest = without_ending(above, ".");
    }
    rest = without_ending(rest, ".svc");
    if (!slice_is(cut_last_label(&rest), gateway->namespace)) {
        return (struct slice){0};
    }
    return cut_last_label(&rest);
}

const struct gateway_rules *service_gateway(const struct ruleset *ruleset, struct slice namespace,
                                            struct slice name)
{
    for (size_t i = 0; i < ruleset->gateway_count && name.len > 0; i++) {
        const struct gateway_rules *rules = &ruleset->gateways[i];
        if (slice_is(namespace, rules->gateway->namespace) &&
            slice_equal(name, service_of_gateway(ruleset->config, rules->gateway))) {
            return rules;
        }
    }
    return NULL;
}

static bool overlaps(const struct addrset *set, const struct cidr *cidr)
{
    const struct intervals *intervals = &set->of[cidr->family];

    for (size_t i = 0; i < intervals->count; i++) {
        if (address_compare(intervals->items[i].first, cidr->last) <= 0 &&
            address_compare(cidr->first, intervals->items[i].last) <= 0) {
            return true;
        }
    }
    return false;
}

static bool allows_any(const struct allowed *allowed, const struct cidr *cidr)
{
    for (size_t i = 0; i < allowed->count; i++) {
        if (overlaps(&allowed->regions[i].addresses, cidr)) {
            return true;
        }
    }
    return false;
}

static bool allows_services(const struct allowed *allowed, const struct cidr_list *services)
{
    bool found = false;

    for (size_t i = 0; i < services->count && !found; i++) {
        found = allows_any(allowed, &services->items[i]);
    }
    return found;
}

bool service_is_reached(const struct ruleset *ruleset)
{
    const struct cidr_list *services = &ruleset->config->cluster.service_cidrs;
    bool reached = false;

    for (size_t i = 0; i < ruleset->gateway_count && !reached; i++) {
        reached = allows_services(&ruleset->gateways[i].allowed, services);
    }
    return reached;
}

static int add_list(const struct cidr_list *list, struct addrset *set, struct error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        if (addrset_add(set, &list->items[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

int service_add_cluster(const struct cluster *cluster, struct addrset *set, struct error *err)
{
    const struct cidr_list *const lists[] = {&cluster->pod_cidrs, &cluster->service_cidrs,
                                             &cluster->local_cidrs, &cluster->node_cidrs};

    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        if (add_list(lists[i], set, err) != 0) {
            return -1;
        }
    }
    return 0;
}
