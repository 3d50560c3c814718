/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/settings.h"

#include <inttypes.h>

static void print_list(const struct cidr_list *list, enum family family, bool *any, struct buf *out)
{
    char text[CIDR_TEXT];

    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].family == family) {
            cidr_format(&list->items[i], text);
            buf_text(out, *any ? " " : "");
            buf_text(out, text);
            *any = true;
        }
    }
}

/* What goes out beside the tunnel: pods, services, the LAN, nodes, and probes where meshed. */
static void print_cidrs(const struct config *config, enum family family, struct buf *out)
{
    const struct cluster *cluster = &config->cluster;
    bool any = false;

    print_list(&cluster->pod_cidrs, family, &any, out);
    print_list(&cluster->service_cidrs, family, &any, out);
    print_list(&cluster->local_cidrs, family, &any, out);
    print_list(&cluster->node_cidrs, family, &any, out);
    if (config->mesh.mode == MESH_AMBIENT) {
        print_list(&config->mesh.probes, family, &any, out);
    }
}

/* The first three numbers of a /24. */
static void print_network(const struct cidr *network, struct buf *out)
{
    uint64_t low = network->first.low;
    buf_printf(out, "%" PRIu64 ".%" PRIu64 ".%" PRIu64, (low >> 24U) & 255U, (low >> 16U) & 255U,
               (low >> 8U) & 255U);
}

void settings_print(const struct config *config, const struct gateway *gateway, struct buf *out)
{
    buf_printf(out, "K8S_DNS_IPS=\"%s\"\nNOT_ROUTED_TO_GATEWAY_CIDRS=\"",
               config->cluster.dns_address);
    print_cidrs(config, FAMILY_IPV4, out);
    buf_printf(out, "\"\nVXLAN_ID=\"%" PRIu32 "\"\nVXLAN_PORT=\"%u\"\nVXLAN_IP_NETWORK=\"",
               gateway->vxlan_id, (unsigned)gateway->vxlan_port);
    print_network(&gateway->vxlan_network, out);
    buf_text(out, "\"\n");
}

void settings_cidrs6(const struct config *config, struct buf *out)
{
    print_cidrs(config, FAMILY_IPV6, out);
}
