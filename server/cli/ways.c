/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/ways.h"

#include "lib/pod/privacy.h"
#include "server/cli/doors.h"

#include <stdio.h>

const char *const cni_names[CNI_COUNT] = {"k3s, kube-router", "Calico", "Cilium", "flannel"};
const char *const cni_short_names[CNI_COUNT] = {"kube-router (k3s)", "Calico", "Cilium", "flannel"};

const char *hold_text(unsigned holds)
{
    static const char *const texts[16] = {
        [HOLD_NONE] = "OPEN",      [HOLD_POLICY] = "policy",
        [HOLD_LOCK] = "lock",      [HOLD_POLICY | HOLD_LOCK] = "policy + lock",
        [HOLD_RAW] = "no NET_RAW", [HOLD_POLICY | HOLD_RAW] = "no NET_RAW",
        [HOLD_RULE] = "rule",      [HOLD_POLICY | HOLD_RULE] = "policy + rule",
    };

    return texts[holds % 16] == NULL ? "?" : texts[holds % 16];
}

/* What one way out of a private pod is held by, where every layer is on. */
static const struct barrier {
    const char *name;
    const char *end; /* of a way that is closed */
    unsigned char holds[CNI_COUNT];
} barriers[] = {
    {"TCP and UDP past the tunnel", "closed", {3, 3, 3, HOLD_LOCK}},
    {"ICMP past the tunnel", "closed", {HOLD_LOCK, 3, 3, HOLD_LOCK}},
    {"before a policy is in force", "closed", {HOLD_LOCK, 3, 3, HOLD_LOCK}},
    {"raw frames past the lock", "closed", {HOLD_RAW, 5, 5, HOLD_RAW}},
    {"a Service that leads outside", "closed", {9, 9, 9, HOLD_RULE}},
};

static struct way *add(struct ways *ways, const char *name, enum way_state state, const char *end)
{
    struct way *way = &ways->items[ways->count++];

    *way = (struct way){.name = name, .state = state};
    (void)snprintf(way->end, sizeof way->end, "%s", end);
    return way;
}

/* Do floor and companion hold under this CNI? Another language's policy has a say under its own. */
static bool policies_hold(const struct in_the_way *policies, enum cni cni)
{
    return !policies->everywhere && (cni != CNI_CALICO || !policies->by_calico) &&
           (cni != CNI_CILIUM || !policies->by_cilium);
}

/* The layers that stand for these pods under a CNI. */
static unsigned layers_of(const struct ways *ways, const struct outcome *outcome, enum cni cni)
{
    const struct config *config = outcome->subject.ruleset->config;
    unsigned layers = 0;

    layers |= policies_hold(&ways->policies, cni) ? HOLD_POLICY : 0U;
    layers |= outcome->subject.rules->gateway->client.lock ? HOLD_LOCK : 0U;
    layers |= config->raw_sockets == RAW_SOCKETS_DROP ? HOLD_RAW : 0U;
    layers |= config->external_endpoint == VALIDATION_DENY ? HOLD_RULE : 0U;
    return layers;
}

/* Who cannot send a frame needs no policy against it. */
static unsigned char held_by(unsigned holds)
{
    return (unsigned char)((holds & HOLD_RAW) != 0 ? HOLD_RAW : holds);
}

static void add_barriers(struct ways *ways, const struct outcome *outcome)
{
    for (size_t i = 0; i < COUNT_OF(barriers); i++) {
        struct way *way = add(ways, barriers[i].name, WAY_CLOSED, barriers[i].end);
        bool everywhere = true;
        bool nowhere = true;
        way->by_cni = true;
        for (enum cni cni = 0; cni < CNI_COUNT; cni++) {
            way->holds[cni] = held_by(barriers[i].holds[cni] & layers_of(ways, outcome, cni));
            everywhere = everywhere && way->holds[cni] != HOLD_NONE;
            nowhere = nowhere && way->holds[cni] == HOLD_NONE;
        }
        if (!everywhere) {
            way->state = WAY_OPEN;
            (void)snprintf(way->end, sizeof way->end, "%s", nowhere ? "open" : "open in part");
        }
    }
    if (ways->offender != NULL) {
        struct way *way = &ways->items[ways->count - COUNT_OF(barriers)];
        way->state = WAY_LEAK;
        (void)snprintf(way->end, sizeof way->end, "%s",
                       ways->offender->witness[0] != '\0' ? ways->offender->witness
                                                          : "nobody can tell where to");
    }
}

static void add_dns(struct ways *ways, const struct outcome *outcome)
{
    const struct config *config = outcome->subject.ruleset->config;
    const struct gateway_rules *rules = outcome->subject.rules;
    bool through = rules->gateway->dns == DNS_TUNNEL;
    struct way *way = add(ways, "names (DNS)", through ? WAY_TUNNEL : WAY_OPEN,
                          through ? "the VPN" : "whoever the cluster asks");

    if (through) {
        (void)snprintf(way->text, sizeof way->text, "asked of the gateway, %s", rules->resolver);
    } else {
        (void)snprintf(way->text, sizeof way->text, "asked of the cluster, %s (dns: cluster)",
                       config->cluster.dns_address);
    }
}

static void add_mesh(struct ways *ways, const struct outcome *outcome)
{
    const struct config *config = outcome->subject.ruleset->config;
    bool listed = outcome->subject.rules->gateway->reach == REACH_LISTED;
    struct way *way = NULL;

    if (config->mesh.mode == MESH_AMBIENT) {
        way = add(ways, "a ServiceEntry at a waypoint", WAY_CLOSED, "closed");
        (void)snprintf(way->text, sizeof way->text, "rule: podveil refuses it (MeshBypass)");
    }
    way = add(ways, "pods and Services", WAY_INSIDE, "in the cluster");
    (void)snprintf(
        way->text, sizeof way->text, "%s%s", listed ? "the listed peers alone" : "all of them",
        config->mesh.mode == MESH_AMBIENT ? ", as AuthorizationPolicies let them (Istio ambient)"
                                          : ", no mesh says who");
}

static void add_local(struct ways *ways, const struct outcome *outcome)
{
    const struct cidr_list *local = &outcome->subject.ruleset->config->cluster.local_cidrs;
    char first[CIDR_TEXT];

    if (local->count == 0 || outcome->subject.rules->gateway->reach == REACH_LISTED) {
        return;
    }
    struct way *way = add(ways, "the local network", WAY_INSIDE, "in the LAN");
    cidr_format(&local->items[0], first);
    (void)snprintf(way->text, sizeof way->text, "%s%s (localCIDRs), its router and proxies too",
                   first, local->count > 1 ? " and others" : "");
}

static int find_private(const struct around *around, const struct object *object,
                        const struct outcome *outcome, struct ways *ways, struct error *err)
{
    struct way *way = NULL;

    ways->standing = STANDING_PRIVATE;
    ways->gateway = outcome->subject.rules->gateway->name;
    if (offenders_find_for(&around->offenders, outcome, &ways->policies, err) != 0) {
        return -1;
    }
    ways->offender = ways->policies.leak;
    way = add(ways, "to the outside", WAY_TUNNEL, "the VPN");
    (void)snprintf(way->text, sizeof way->text, "through the tunnel to gateway %s", ways->gateway);
    add_dns(ways, outcome);
    add_barriers(ways, outcome);
    add_mesh(ways, outcome);
    add_local(ways, outcome);
    way = add(ways, "in from outside", WAY_CLOSED, "none seen");
    doors_of(around, object, outcome, way);
    return 0;
}

int ways_find(const struct job *job, const struct around *around, const struct object *object,
              const struct outcome *outcome, struct ways *out, struct error *err)
{
    struct slice namespace = namespaces_of(&job->namespaces, object);

    *out = (struct ways){.object = object, .namespace = namespace};
    if (outcome_is_denied(outcome)) {
        out->standing = STANDING_DENIED;
        out->message = outcome->findings.message;
        return 0;
    }
    if (outcome->subject.rules != NULL) {
        return find_private(around, object, outcome, out, err);
    }
    bool own =
        privacy_is_gateway_pod(job->ruleset, value_at(object->value, outcome->prefix), namespace);
    out->standing = own ? STANDING_GATEWAY : STANDING_PLAIN;
    struct way *way = add(out, "to the outside", WAY_OPEN, own ? "the VPN" : "the internet");
    (void)snprintf(way->text, sizeof way->text, "%s",
                   own ? "directly: this is where the tunnel ends"
                       : "directly: not private, nothing closes it");
    return 0;
}
