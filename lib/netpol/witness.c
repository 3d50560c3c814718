/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/witness.h"

#include <stdio.h>

enum { KEY_SHOWN = 40, VALUE_SHOWN = 24, NAME_SHOWN = 63, SELECTOR_TEXT = 96, PODS_TEXT = 224 };

static int cut_to(size_t len, int most)
{
    return len < (size_t)most ? (int)len : most;
}

static const char *protocol_name(enum protocol protocol)
{
    static const char *const names[PROTOCOL_COUNT] = {
        [PROTOCOL_TCP] = "TCP",
        [PROTOCOL_UDP] = "UDP",
        [PROTOCOL_SCTP] = "SCTP",
    };
    return names[protocol];
}

/* As kubectl writes a selector: its first term, and how many follow. */
static void describe_selector(const struct selector *selector, char out[static SELECTOR_TEXT])
{
    const struct requirement *r = &selector->requirements[0];
    struct slice value = r->count > 0 ? r->values[0] : (struct slice){"", 0};
    const char *before = r->count > 0 ? (r->any_but ? " notin (" : " in (") : "";
    const char *behind = r->count > 1 ? ", ...)" : (r->count == 1 ? ")" : "");
    char more[32] = "";

    if (selector->count > 1) {
        (void)snprintf(more, sizeof more, " and %zu more", selector->count - 1);
    }
    (void)snprintf(out, SELECTOR_TEXT, "%s%.*s%s%.*s%s%s",
                   r->may_be_absent && !r->any_but ? "!" : "", cut_to(r->key.len, KEY_SHOWN),
                   r->key.data, before, cut_to(value.len, VALUE_SHOWN), value.data, behind, more);
}

/* The name of the one namespace that a peer selects by name; empty where it is another selector. */
static struct slice name_of(const struct destination *to)
{
    const struct requirement *r = to->pods->namespaces.requirements;
    bool by_name = to->pods->namespaces.count == 1 && !r->any_but && r->count == 1 &&
                   slice_is(r->key, METADATA_NAME);

    return to->pods->own_namespace ? to->namespace : (by_name ? r->values[0] : (struct slice){0});
}

static void describe_pods(const struct destination *to, char out[static PODS_TEXT])
{
    struct slice name = name_of(to);
    char pods[SELECTOR_TEXT] = "";
    char spaces[SELECTOR_TEXT] = "any namespace";

    if (to->pods->pods.count > 0) {
        describe_selector(&to->pods->pods, pods);
    }
    if (name.len > 0) {
        (void)snprintf(spaces, sizeof spaces, "namespace %.*s", cut_to(name.len, NAME_SHOWN),
                       name.data);
    } else if (to->pods->namespaces.count > 0) {
        describe_selector(&to->pods->namespaces, spaces);
    }
    (void)snprintf(out, PODS_TEXT, "pods%s%s of %s%s", pods[0] == '\0' ? "" : " with ", pods,
                   name.len == 0 && to->pods->namespaces.count > 0 ? "namespaces with " : "",
                   spaces);
}

static bool is_held(const struct views *views, const struct view *view,
                    const struct destination *to)
{
    if (to->pods != NULL) {
        return view_has_pods(views, view, to->pods, to->namespace);
    }
    return addrset_has(&view->addresses, to->family, to->address);
}

/* Is the destination a leak by all ports of the protocol, or by all ports where it is NULL? */
static bool leaks_by_all(const struct views *views, const struct destination *to,
                         const enum protocol *protocol)
{
    for (size_t i = 0; i < views->class_count; i++) {
        const struct port_class *port_class = &views->classes[i];
        bool asked = protocol == NULL || *protocol == port_class->protocol;
        if (asked && is_held(views, &views->items[port_class->view], to)) {
            return false;
        }
    }
    return true;
}

void witness_describe(const struct views *views, const struct destination *to,
                      const struct passage *by, char out[static LEAK_WITNESS])
{
    enum protocol protocol = by->port_class->protocol;
    unsigned port = by->port_class->first;
    char where[PODS_TEXT];

    if (to->pods != NULL) {
        describe_pods(to, where);
    } else {
        address_format(to->family, to->address, where);
    }
    if (by->port != NULL && by->port->first > port) {
        port = by->port->first;
    }
    if (by->port == NULL && leaks_by_all(views, to, NULL)) {
        (void)snprintf(out, LEAK_WITNESS, "%s on every port", where);
    } else if (protocol == PROTOCOL_COUNT) {
        (void)snprintf(out, LEAK_WITNESS, "%s by ICMP and other protocols", where);
    } else if (by->port != NULL && by->port->all && leaks_by_all(views, to, &protocol)) {
        (void)snprintf(out, LEAK_WITNESS, "%s on every %s port", where, protocol_name(protocol));
    } else {
        (void)snprintf(out, LEAK_WITNESS, "%s on %s %u", where, protocol_name(protocol), port);
    }
}
