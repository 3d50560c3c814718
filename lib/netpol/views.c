/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/views.h"

#include <stdlib.h>
#include <string.h>

enum { PORT_FIRST = 1, PORT_LAST = 65535 };

struct ports {
    unsigned first;
    unsigned last;
};

static struct ports ports_of(const struct policy_port *port)
{
    return port->all ? (struct ports){PORT_FIRST, PORT_LAST}
                     : (struct ports){port->first, port->last};
}

bool port_class_meets(const struct port_class *port_class, const struct policy_port *port)
{
    struct ports ports = ports_of(port);

    return port_class->protocol == port->protocol && port_class->first <= ports.last &&
           ports.first <= port_class->last;
}

static int no_memory(struct error *err)
{
    return error_set(err, ERR_NO_MEMORY, "no memory to judge a policy");
}

static size_t count_ports(const struct allowed *allowed)
{
    size_t count = 0;

    for (size_t i = 0; i < allowed->count; i++) {
        count += allowed->regions[i].port_count;
    }
    return count;
}

static int by_number(const void *left, const void *right)
{
    const unsigned *a = left;
    const unsigned *b = right;

    return *a < *b ? -1 : (*a > *b ? 1 : 0);
}

/* Where the region's ports of this protocol begin, and what stands behind them. */
static void add_cuts(const struct allowed_region *region, enum protocol protocol, unsigned *cuts,
                     size_t *count)
{
    for (size_t i = 0; i < region->port_count; i++) {
        if (region->ports[i].protocol == protocol) {
            struct ports ports = ports_of(&region->ports[i]);
            cuts[(*count)++] = ports.first;
            cuts[(*count)++] = ports.last + 1;
        }
    }
}

/* Where a class of this protocol begins, sorted, doubles among them; returns how many. */
static size_t find_cuts(const struct allowed *allowed, enum protocol protocol, unsigned *cuts)
{
    size_t count = 1;

    cuts[0] = PORT_FIRST;
    for (size_t i = 0; i < allowed->count; i++) {
        add_cuts(&allowed->regions[i], protocol, cuts, &count);
    }
    qsort(cuts, count, sizeof cuts[0], by_number);
    return count;
}

static void add_classes(struct views *views, enum protocol protocol, const unsigned *cuts,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned end = i + 1 < count ? cuts[i + 1] : PORT_LAST + 1;
        if (cuts[i] < end) {
            views->classes[views->class_count++] =
                (struct port_class){.protocol = protocol, .first = cuts[i], .last = end - 1};
        }
    }
}

static bool is_covered(const struct port_class *port_class, const struct allowed_region *region)
{
    bool covered = region->any_port;

    for (size_t i = 0; i < region->port_count && !covered; i++) {
        /* A class that has one port of a region's has all of its own in it: that is how it was
         * cut. */
        covered = port_class_meets(port_class, &region->ports[i]);
    }
    return covered;
}

static int unite_regions(const struct allowed *allowed, struct view *view, struct error *err)
{
    for (size_t i = 0; i < allowed->count; i++) {
        if (view->covering[i] &&
            addrset_append(&view->addresses, &allowed->regions[i].addresses, err) != 0) {
            return -1;
        }
    }
    addrset_seal(&view->addresses);
    return 0;
}

/* The view of a class: one that is there, or a new one. */
static int find_view(struct views *views, struct port_class *port_class, struct error *err)
{
    const struct allowed *allowed = views->allowed;
    bool *row = views->covering + views->count * allowed->count;

    for (size_t i = 0; i < allowed->count; i++) {
        row[i] = is_covered(port_class, &allowed->regions[i]);
    }
    for (size_t i = 0; i < views->count; i++) {
        if (memcmp(views->items[i].covering, row, allowed->count * sizeof *row) == 0) {
            port_class->view = i;
            return 0;
        }
    }
    port_class->view = views->count++;
    views->items[port_class->view].covering = row;
    return unite_regions(allowed, &views->items[port_class->view], err);
}

static int build(struct views *views, unsigned *cuts, struct error *err)
{
    static const enum protocol protocols[] = {PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_SCTP};

    for (size_t i = 0; i < COUNT_OF(protocols); i++) {
        size_t count = find_cuts(views->allowed, protocols[i], cuts);
        add_classes(views, protocols[i], cuts, count);
    }
    views->classes[views->class_count++] = (struct port_class){.protocol = PROTOCOL_COUNT};
    for (size_t i = 0; i < views->class_count; i++) {
        if (find_view(views, &views->classes[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

int views_build(const struct allowed *allowed, struct views *out, struct error *err)
{
    size_t ports = count_ports(allowed);
    size_t classes = PROTOCOL_COUNT + 2 * ports + 1;
    unsigned *cuts = calloc(2 * ports + 1, sizeof *cuts);
    int rc = -1;

    *out = (struct views){
        .allowed = allowed,
        .classes = calloc(classes, sizeof(struct port_class)),
        .items = calloc(classes, sizeof(struct view)),
        .covering = calloc(classes * allowed->count + 1, sizeof(bool)),
    };
    if (cuts == NULL || out->classes == NULL || out->items == NULL || out->covering == NULL) {
        (void)no_memory(err);
    } else {
        rc = build(out, cuts, err);
    }
    free(cuts);
    if (rc != 0) {
        views_done(out);
    }
    return rc;
}

void views_done(struct views *views)
{
    for (size_t i = 0; i < views->count; i++) {
        addrset_done(&views->items[i].addresses);
    }
    free(views->classes);
    free(views->items);
    free(views->covering);
    *views = (struct views){0};
}

/* The namespaces that a peer selects; `slot` and `name` hold a selector made for it. */
static struct selector namespaces_of(const struct policy_peer *peer, struct slice *name,
                                     struct requirement *slot)
{
    if (!peer->own_namespace) {
        return peer->namespaces;
    }
    *slot = (struct requirement){.key = SLICE(METADATA_NAME), .values = name, .count = 1};
    return (struct selector){slot, 1};
}

static bool peer_covers(const struct policy_peer *outer, const struct policy_peer *inner,
                        struct slice namespace)
{
    struct requirement outer_slot;
    struct requirement inner_slot;
    struct selector outer_spaces = namespaces_of(outer, &namespace, &outer_slot);
    struct selector inner_spaces = namespaces_of(inner, &namespace, &inner_slot);

    return selector_covers(&outer_spaces, &inner_spaces) &&
           selector_covers(&outer->pods, &inner->pods);
}

/* A peer that selects no pod, whatever the pods are. */
static bool is_nobody(const struct policy_peer *peer)
{
    return !selector_is_satisfiable(&peer->namespaces) || !selector_is_satisfiable(&peer->pods);
}

bool view_has_pods(const struct views *views, const struct view *view,
                   const struct policy_peer *peer, struct slice namespace)
{
    if (is_nobody(peer)) {
        return true;
    }
    for (size_t i = 0; i < views->allowed->count; i++) {
        const struct allowed_region *region = &views->allowed->regions[i];
        if (view->covering[i] && region->pods && peer_covers(&region->peer, peer, namespace)) {
            return true;
        }
    }
    return false;
}
