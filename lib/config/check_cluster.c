/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/config/check.h"
void config_list_blocks(const struct config *config, struct config_blocks out[static CONFIG_BLOCKS])
{
    const struct config_blocks blocks[CONFIG_BLOCKS] = {
        {"cluster", "podCIDRs", &config->cluster.pod_cidrs},
        {"cluster", "serviceCIDRs", &config->cluster.service_cidrs},
        {"cluster", "localCIDRs", &config->cluster.local_cidrs},
        {"cluster", "nodeCIDRs", &config->cluster.node_cidrs},
        {"mesh", "probeAddresses", &config->mesh.probes},
    };
    memcpy(out, blocks, sizeof blocks);
}

static struct value written(const struct source *source, const struct config_blocks *blocks,
                            size_t index)
{
    struct value root = value_root(source->doc);
    struct value item = value_item(value_get(root, blocks->object, blocks->name, NULL), index);

    return value_exists(item) ? item : config_nearest(root, blocks->object, blocks->name, NULL);
}

static int check_private(const struct source *source, const struct config *config,
                         const struct config_blocks *blocks, struct error *err)
{
    for (size_t i = 0; i < blocks->list->count && !config->cluster.allow_public; i++) {
        const struct cidr *cidr = &blocks->list->items[i];
        if (!cidr_is_private(cidr)) {
            char text[CIDR_TEXT];
            cidr_format(cidr, text);
            return config_fault(source, written(source, blocks, i), err,
                                "%s is public and would be reached without the tunnel; leave it "
                                "out, or write cluster.allowPublic: true",
                                text);
        }
    }
    return 0;
}

static int check_probes(const struct source *source, const struct config_blocks *blocks,
                        struct error *err)
{
    for (size_t i = 0; i < blocks->list->count; i++) {
        const struct cidr *cidr = &blocks->list->items[i];
        unsigned full = cidr->family == FAMILY_IPV4 ? 32 : 128;
        if (cidr->prefix != full) {
            return config_fault(source, written(source, blocks, i), err,
                                "a probe comes from a single address; write one with /%u", full);
        }
    }
    return 0;
}

static int add_list(struct addrset *set, const struct cidr_list *list, struct error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        if (addrset_add(set, &list->items[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int unite(const struct config_blocks *blocks, size_t count, struct addrset *set,
                 struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (add_list(set, blocks[i].list, err) != 0) {
            return -1;
        }
    }
    addrset_seal(set);
    return 0;
}

/* All of IPv4 or IPv6 beside the tunnel leaves nothing for the tunnel. */
static int check_union(const struct source *source, const struct config_blocks *blocks,
                       struct error *err)
{
    AUTO(addrset) struct addrset all = {0};
    addrset_init(&all);

    if (unite(blocks, CONFIG_BLOCKS, &all, err) != 0) {
        return -1;
    }
    for (int family = FAMILY_IPV4; family <= FAMILY_IPV6; family++) {
        AUTO(addrset) struct addrset everything = {0};
        enum family outside = FAMILY_IPV4;
        struct address witness = {0};
        addrset_init(&everything);
        if (addrset_add_all(&everything, (enum family)family, err) != 0) {
            return -1;
        }
        addrset_seal(&everything);
        if (addrset_inside(&everything, &all, &outside, &witness)) {
            return config_fault(source, config_nearest(value_root(source->doc), "cluster", NULL),
                                err,
                                "the CIDRs together are all of %s, and nothing is left for the "
                                "tunnel; write smaller ones",
                                family == FAMILY_IPV4 ? "IPv4" : "IPv6");
        }
    }
    return 0;
}

int config_unite_cluster(const struct config *config, struct addrset *out, struct error *err)
{
    struct config_blocks blocks[CONFIG_BLOCKS];

    config_list_blocks(config, blocks);
    return unite(blocks, CONFIG_CLUSTER_BLOCKS, out, err);
}

static int check_dns(const struct source *source, const struct config *config, struct error *err)
{
    struct value at = config_nearest(value_root(source->doc), "cluster", "dns", "address", NULL);
    AUTO(addrset) struct addrset cluster = {0};
    enum family family = FAMILY_IPV4;
    struct address address = {0};
    addrset_init(&cluster);

    if (config_unite_cluster(config, &cluster, err) != 0 ||
        address_parse(slice_of(config->cluster.dns_address), &family, &address, err) != 0) {
        return -1;
    }
    if (!addrset_has(&cluster, family, address)) {
        return config_fault(source, at, err,
                            "%s is in none of podCIDRs, serviceCIDRs and localCIDRs; write the "
                            "cluster IP of the DNS service",
                            config->cluster.dns_address);
    }
    return 0;
}

int config_check_cluster(const struct source *source, const struct config *config,
                         struct error *err)
{
    struct config_blocks blocks[CONFIG_BLOCKS];

    config_list_blocks(config, blocks);
    for (size_t i = 0; i < CONFIG_BLOCKS; i++) {
        if (check_private(source, config, &blocks[i], err) != 0) {
            return -1;
        }
    }
    if (check_probes(source, &blocks[CONFIG_BLOCKS - 1], err) != 0 ||
        check_union(source, blocks, err) != 0) {
        return -1;
    }
    return check_dns(source, config, err);
}
