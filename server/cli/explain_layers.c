/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/explain_layers.h"

#include "lib/pod/policies.h"

enum { TITLE = 12, LINE = 98 };

/* A paragraph behind its title, broken between words. */
static void put_layer(struct buf *out, const char *title, struct slice text)
{
    size_t column = 4 + TITLE;

    buf_printf(out, "    %-*s", TITLE, title);
    for (struct slice rest = text; rest.len > 0;) {
        const char *space = memchr(rest.data, ' ', rest.len);
        size_t word = space == NULL ? rest.len : (size_t)(space - rest.data);
        if (column > 4 + TITLE && column + 1 + word > LINE) {
            buf_printf(out, "\n%*s", 4 + TITLE, "");
            column = 4 + TITLE;
        } else if (column > 4 + TITLE) {
            buf_char(out, ' ');
            column++;
        }
        buf_append(out, rest.data, word);
        column += word;
        rest = slice_after(rest, word + 1);
    }
    buf_char(out, '\n');
}

/* *mark stands before each one: ", " where something stands before the first. */
static void put_cidrs(struct buf *out, const char **mark, const struct cidr_list *list,
                      const char *what)
{
    char text[CIDR_TEXT];

    for (size_t i = 0; i < list->count; i++) {
        cidr_format(&list->items[i], text);
        buf_printf(out, "%s%s (%s)", *mark, text, what);
        *mark = ", ";
    }
}

/* The networks that are reached beside the tunnel. */
static void put_networks(struct buf *out, const char *mark, const struct config *config, bool nodes)
{
    const struct cluster *cluster = &config->cluster;

    put_cidrs(out, &mark, &cluster->pod_cidrs, "pods");
    put_cidrs(out, &mark, &cluster->service_cidrs, "services");
    put_cidrs(out, &mark, &cluster->local_cidrs, "local");
    if (nodes) {
        put_cidrs(out, &mark, &cluster->node_cidrs, "nodes");
    }
    if (config->mesh.mode == MESH_AMBIENT) {
        put_cidrs(out, &mark, &config->mesh.probes, "probes");
    }
}

static int say_tunnel(const struct outcome *outcome, struct buf *out, struct error *err)
{
    const struct gateway *gateway = outcome->subject.rules->gateway;
    char first[ADDRESS_TEXT];
    struct address peer = gateway->vxlan_network.first;

    (void)err;
    peer.low += 1;
    address_format(FAMILY_IPV4, peer, first);
    buf_printf(out,
               "the one way to the outside. " INIT_NAME ", before every other container, makes it "
               "the default route: vxlan0 (VXLAN %u, UDP port %u) to %s at %s; " SIDECAR_NAME
               " keeps it up. Beside it go only",
               (unsigned)gateway->vxlan_id, (unsigned)gateway->vxlan_port, first, gateway->address);
    put_networks(out, " ", outcome->subject.ruleset->config, true);
    buf_text(out, ".");
    return 0;
}

static int say_policy(const struct outcome *outcome, struct buf *out, struct error *err)
{
    const struct subject *subject = &outcome->subject;
    const struct config *config = subject->ruleset->config;
    const struct gateway *gateway = subject->rules->gateway;
    bool each_run = outcome->unnamed && config->companion == COMPANION_WORKLOAD;
    struct policy_text companion = {0};
    const char *mark = ", ";

    if (policies_companion(subject, &companion, err) != 0) {
        return -1;
    }
    buf_printf(out,
               "closes the way past the tunnel, also while the tunnel is down: NetworkPolicies "
               "%.*s/" FLOOR_NAME " and %s let out only to the gateway's pods in %s",
               SLICE_ARGS(subject->namespace), each_run ? "one for each name" : companion.name,
               gateway->namespace);
    if (gateway->reach == REACH_LISTED) {
        buf_text(out, ", what the gateway's `listed` names");
        if (config->mesh.mode == MESH_AMBIENT) {
            put_cidrs(out, &mark, &config->mesh.probes, "probes");
        }
    } else {
        put_networks(out, mark, config, false);
        buf_text(out, ", every pod of the cluster");
    }
    buf_printf(out,
               " and DNS in %s. As good as the CNI: flannel enforces no policy; kube-router (k3s) "
               "lets ICMP echo through and sees a new pod 0.2 s late; Cilium takes a CIDR for no "
               "pod, so there pods are let out to by the selectors alone.",
               config->cluster.dns_namespace);
    policy_text_done(&companion);
    return 0;
}

static int say_lock(const struct outcome *outcome, struct buf *out, struct error *err)
{
    const struct gateway *gateway = outcome->subject.rules->gateway;

    (void)err;
    if (!gateway->client.lock) {
        buf_text(out, "OPEN: client.lock is false. A route put back, a router advertisement or a "
                      "socket bound to eth0 is held by the policies alone.");
        return 0;
    }
    buf_printf(out,
               "closes what a CNI may miss: a packet filter in the pod, set by " INIT_NAME
               " before its first command, lets out only lo, vxlan0 and the networks above, and "
               "lets in on UDP port %u only the gateway. Routes put back, router advertisements, "
               "sockets bound to eth0 and forged VXLAN frames end there.",
               (unsigned)gateway->vxlan_port);
    return 0;
}

static int say_raw(const struct outcome *outcome, struct buf *out, struct error *err)
{
    (void)err;
    buf_text(out,
             outcome->subject.ruleset->config->raw_sockets == RAW_SOCKETS_DROP
                 ? "closed: NET_RAW is dropped from every container that is not podveil's, so "
                   "none sends frames past the packet filter."
                 : "OPEN: rawSockets is keep. A root process with NET_RAW can send frames past "
                   "the packet filter.");
    return 0;
}

static int say_dns(const struct outcome *outcome, struct buf *out, struct error *err)
{
    const struct config *config = outcome->subject.ruleset->config;
    const struct gateway *gateway = outcome->subject.rules->gateway;
    struct address resolver = gateway->vxlan_network.first;
    char text[ADDRESS_TEXT];

    (void)err;
    if (gateway->dns == DNS_CLUSTER) {
        buf_printf(out,
                   "OPEN: dns is cluster. Names are asked of %s, and whoever it asks outside sees "
                   "them.",
                   config->cluster.dns_address);
        return 0;
    }
    resolver.low += 1;
    address_format(FAMILY_IPV4, resolver, text);
    buf_printf(out,
               "closed: all names, the cluster's too, are asked of the gateway (%s), through the "
               "tunnel.",
               text);
    return 0;
}

static int say_mesh(const struct outcome *outcome, struct buf *out, struct error *err)
{
    const struct mesh *mesh = &outcome->subject.ruleset->config->mesh;

    (void)err;
    if (mesh->mode == MESH_NONE) {
        buf_text(out, "none: who in the cluster may talk to this pod is not podveil's here.");
        return 0;
    }
    buf_text(out,
             "Istio ambient: connections between pods are ztunnel's, its DNS capture is off so "
             "that names stay in the tunnel");
    if (mesh->waypoint[0] != '\0') {
        buf_printf(out, ", L7 rules are those of waypoint %s", mesh->waypoint);
    }
    buf_text(out, ". AuthorizationPolicies say who may talk to this pod.");
    return 0;
}

static int say_rest(const struct outcome *outcome, struct buf *out, struct error *err)
{
    const struct gateway *gateway = outcome->subject.rules->gateway;

    (void)err;
    buf_text(out, gateway->reach == REACH_LISTED
                      ? "whatever the listed peers pass on to the outside"
                      : "a pod or Service of the cluster that passes traffic on to the outside (a "
                        "proxy) can be reached; `reach: listed` narrows that");
    buf_text(out, gateway->dns == DNS_TUNNEL
                      ? ". A process that asks the cluster's DNS by itself has its names looked up "
                        "outside the tunnel."
                      : ".");
    return 0;
}

static const struct layer {
    const char *title;
    int (*say)(const struct outcome *outcome, struct buf *out, struct error *err);
} layers[] = {
    {"tunnel", say_tunnel},   {"policies", say_policy}, {"lock", say_lock},
    {"raw sockets", say_raw}, {"DNS", say_dns},         {"mesh", say_mesh},
    {"stays open", say_rest},
};

int explain_layers(const struct outcome *outcome, struct buf *out, struct error *err)
{
    AUTO(buf) struct buf text = {0};

    buf_init(&text, out->max);
    for (size_t i = 0; i < COUNT_OF(layers); i++) {
        buf_clear(&text);
        if (layers[i].say(outcome, &text, err) != 0 || buf_check(&text, err) != 0) {
            return -1;
        }
        put_layer(out, layers[i].title, buf_view(&text));
    }
    return 0;
}
