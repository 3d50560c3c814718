/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/arena.h"
#include "lib/config/check.h"
#include "lib/netpol/policy.h"

enum { NETWORK_PREFIX = 24 };

static struct value gateway_at(const struct source *source, size_t index)
{
    return value_item(value_member(value_root(source->doc), "gateways"), index);
}

static bool overlap(const struct cidr *a, const struct cidr *b)
{
    return a->family == b->family && address_compare(a->first, b->last) <= 0 &&
           address_compare(b->first, a->last) <= 0;
}

/* The block of the list that the network overlaps, or NULL. */
static const struct cidr *find_overlap(const struct cidr *network, const struct cidr_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (overlap(network, &list->items[i])) {
            return &list->items[i];
        }
    }
    return NULL;
}

static int check_network(const struct source *source, const struct config *config, size_t index,
                         struct error *err)
{
    struct value at = config_nearest(gateway_at(source, index), "vxlan", "network", NULL);
    const struct cidr *network = &config->gateways[index].vxlan_network;
    struct config_blocks blocks[CONFIG_BLOCKS];
    char text[CIDR_TEXT];
    char other[CIDR_TEXT];

    cidr_format(network, text);
    if (network->family != FAMILY_IPV4 || network->prefix != NETWORK_PREFIX ||
        !cidr_is_private(network)) {
        return config_fault(source, at, err,
                            "%s is no /24 of private space; write one, as in 172.16.0.0/24", text);
    }
    config_list_blocks(config, blocks);
    for (size_t i = 0; i < CONFIG_BLOCKS; i++) {
        const struct cidr *found = find_overlap(network, blocks[i].list);
        if (found != NULL) {
            cidr_format(found, other);
            return config_fault(source, at, err,
                                "the VXLAN network %s overlaps %s of %s.%s; write another /24 "
                                "as vxlan.network",
                                text, other, blocks[i].object, blocks[i].name);
        }
    }
    return 0;
}

/* The gateway before `index` that is like it, or SIZE_MAX. */
static size_t find_twin(const struct config *config, size_t index, bool by_id)
{
    const struct gateway *gateway = &config->gateways[index];

    for (size_t i = 0; i < index; i++) {
        const struct gateway *other = &config->gateways[i];
        if (by_id ? other->vxlan_id == gateway->vxlan_id
                  : strcmp(other->name, gateway->name) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

static int check_twins(const struct source *source, const struct config *config, size_t index,
                       struct error *err)
{
    const struct gateway *gateway = &config->gateways[index];
    struct value at = gateway_at(source, index);

    if (find_twin(config, index, false) != SIZE_MAX) {
        return config_fault(source, config_nearest(at, "name", NULL), err,
                            "another gateway is named %s; write another name", gateway->name);
    }
    size_t twin = find_twin(config, index, true);
    if (twin != SIZE_MAX) {
        return config_fault(source, config_nearest(at, "vxlan", "id", NULL), err,
                            "the VXLAN id %u is that of gateway %s too; write another one as "
                            "vxlan.id",
                            gateway->vxlan_id, config->gateways[twin].name);
    }
    return 0;
}

/* What is listed as addresses has to be the cluster's own: it is reached without the tunnel. */
static int check_block(const struct source *source, const struct addrset *cluster,
                       struct value peer, struct arena *arena, struct error *err)
{
    AUTO(addrset) struct addrset block = {0};
    struct policy_peer parsed = {0};
    enum policy_fault fault = POLICY_FINE;
    enum family family = FAMILY_IPV4;
    struct address witness = {0};
    char outside[ADDRESS_TEXT];
    addrset_init(&block);

    if (policy_parse_peer(peer, arena, &parsed, &fault, err) != 0) {
        return -1;
    }
    if (parsed.kind != PEER_IP_BLOCK) {
        return 0;
    }
    if (addrset_add(&block, &parsed.block, err) != 0) {
        return -1;
    }
    addrset_seal(&block);
    if (addrset_inside(&block, cluster, &family, &witness)) {
        return 0;
    }
    address_format(family, witness, outside);
    return config_fault(source, config_nearest(peer, "ipBlock", "cidr", NULL), err,
                        "%s is in none of podCIDRs, serviceCIDRs and localCIDRs, and is reached "
                        "through the tunnel alone; leave it out",
                        outside);
}

static int check_listed(const struct source *source, const struct config *config, size_t index,
                        struct error *err)
{
    const struct gateway *gateway = &config->gateways[index];
    struct value_iter iter = value_iter(gateway->listed);
    AUTO(addrset) struct addrset cluster = {0};
    AUTO(arena) struct arena arena = {0};
    struct slice key;
    struct value peer;
    addrset_init(&cluster);
    arena_init(&arena, 8 << 20);

    if (gateway->reach == REACH_LISTED && !value_exists(gateway->listed)) {
        return config_fault(source, config_nearest(gateway_at(source, index), "reach", NULL), err,
                            "nothing is listed; write the NetworkPolicy peers as listed, or "
                            "reach: cluster");
    }
    if (config_unite_cluster(config, &cluster, err) != 0) {
        return -1;
    }
    while (value_next(&iter, &key, &peer)) {
        if (check_block(source, &cluster, peer, &arena, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int config_check_gateways(const struct source *source, const struct config *config,
                          struct error *err)
{
    for (size_t i = 0; i < config->gateway_count; i++) {
        if (check_network(source, config, i, err) != 0 ||
            check_twins(source, config, i, err) != 0 || check_listed(source, config, i, err) != 0) {
            return -1;
        }
    }
    return 0;
}
