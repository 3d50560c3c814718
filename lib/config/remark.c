/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/config/check.h"

static const char *port_remark(uint16_t port)
{
    switch (port) {
    case 0:
        return "port 0 is the kernel's default, 8472, which Cilium and flannel use themselves; "
               "write another one, as in 14789";
    case 4789:
        return "Calico drops packets to port 4789 that come from pods; write another one, as in "
               "14789";
    case 4790:
        return "port 4790 is VXLAN-GPE's; write another one, as in 14789";
    case 8472:
        return "Cilium and flannel use port 8472 themselves; write another one, as in 14789";
    default:
        return NULL;
    }
}

static void remark_on_gateway(const struct source *source, const struct gateway *gateway,
                              struct value at)
{
    const char *port = port_remark(gateway->vxlan_port);

    if (port != NULL) {
        config_warn(source, config_nearest(at, "vxlan", "port", NULL), "%s", port);
    }
    if (gateway->dns == DNS_CLUSTER) {
        config_warn(source, config_nearest(at, "dns", NULL),
                    "the cluster's resolver sees each name that pods ask for; every admission "
                    "warns");
    }
    if (!gateway->client.lock) {
        config_warn(source, config_nearest(at, "client", "lock", NULL),
                    "without the lock a pod leaks wherever the CNI does not enforce the policy");
    }
    if (gateway->reach == REACH_CLUSTER && value_exists(gateway->listed)) {
        config_warn(source, config_nearest(at, "listed", NULL),
                    "this is read with reach: listed alone");
    }
}

void config_remark(const struct source *source, const struct config *config)
{
    struct value root = value_root(source->doc);
    struct value_iter iter = value_iter(value_member(root, "gateways"));
    struct slice key;
    struct value gateway;

    if (config->cluster.node_cidrs.count == 0 && config->mesh.mode == MESH_NONE) {
        config_warn(source, config_nearest(root, "cluster", "nodeCIDRs", NULL),
                    "without nodeCIDRs probes of Calico and Cilium, which come from the nodes, "
                    "get no answer");
    }
    if (config->cluster.allow_public) {
        config_warn(source, config_nearest(root, "cluster", "allowPublic", NULL),
                    "public addresses among the CIDRs are reached without the tunnel");
    }
    if (config->mesh.mode == MESH_NONE && config->mesh.waypoint[0] != '\0') {
        config_warn(source, config_nearest(root, "mesh", "waypoint", NULL),
                    "this is read with mode: ambient alone");
    }
    while (value_next(&iter, &key, &gateway)) {
        remark_on_gateway(source, &config->gateways[iter.index], gateway);
    }
    if (config->raw_sockets == RAW_SOCKETS_KEEP) {
        config_warn(
            source, config_nearest(root, "rawSockets", NULL),
            "with raw sockets a pod's root can forge packets of the tunnel and of the mesh");
    }
}
