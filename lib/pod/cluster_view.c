/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/cluster_view.h"

#include <stddef.h>

static int nobody_to_ask(struct error *err)
{
    return error_set(err, ERR_SYSTEM, "there is no cluster to ask");
}

int cluster_count_pods(const struct cluster_view *around, struct slice namespace,
                       struct slice gateway, struct slice workload, size_t *count,
                       struct error *err)
{
    if (around == NULL || around->count_pods == NULL) {
        return nobody_to_ask(err);
    }
    return around->count_pods(around->place, namespace, gateway, workload, count, err);
}

int cluster_is_terminating(const struct cluster_view *around, struct slice namespace, bool *out,
                           struct error *err)
{
    if (around == NULL || around->is_terminating == NULL) {
        return nobody_to_ask(err);
    }
    return around->is_terminating(around->place, namespace, out, err);
}

int cluster_visit(const struct cluster_view *around, const struct cluster_objects *wanted,
                  cluster_visitor *visitor, void *arg, struct error *err)
{
    if (around == NULL || around->visit == NULL) {
        return nobody_to_ask(err);
    }
    return around->visit(around->place, wanted, visitor, arg, err);
}

int cluster_selects_pods(const struct cluster_view *around, struct slice namespace,
                         struct value labels, bool *out, struct error *err)
{
    if (around == NULL || around->selects_pods == NULL) {
        return nobody_to_ask(err);
    }
    return around->selects_pods(around->place, namespace, labels, out, err);
}

int cluster_add_address(struct addrset *set, struct slice text, struct error *err)
{
    struct error unread = {0};
    struct cidr one = {0};

    if (address_parse(text, &one.family, &one.first, &unread) != 0) {
        return 0;
    }
    one.prefix = one.family == FAMILY_IPV4 ? 32 : 128;
    one.last = one.first;
    return addrset_add(set, &one, err);
}

bool cluster_labels_hold(struct value labels, struct value wanted)
{
    struct value_iter iter = value_iter(wanted);
    struct slice key;
    struct value value;
    bool all = true;

    while (all && value_next(&iter, &key, &value)) {
        all = value_equal(value_member_slice(labels, key), value);
    }
    return all;
}

/* ---- Nodes among the objects of an input ---- */

struct gathering {
    struct addrset *set;
    int failed;
    struct error *err;
};

static bool add_node(void *arg, struct slice namespace, struct value node)
{
    struct gathering *gathering = arg;
    struct value_iter iter = value_iter(value_get(node, "status", "addresses", NULL));
    struct slice key;
    struct value item;

    (void)namespace;
    while (gathering->failed == 0 && value_next(&iter, &key, &item)) {
        gathering->failed = cluster_add_address(
            gathering->set, value_string(value_member(item, "address")), gathering->err);
    }
    return gathering->failed == 0;
}

int cluster_add_nodes(const struct cluster_view *around, struct addrset *set, struct error *err)
{
    static const struct cluster_objects nodes = {.group = {"", 0}, .kind = {"Node", 4}};
    struct gathering gathering = {.set = set, .err = err};
    bool adds = around != NULL && around->add_nodes != NULL;

    if (adds && around->add_nodes(around->place, set, err) != 0) {
        return -1;
    }
    if (!adds && cluster_visit(around, &nodes, add_node, &gathering, err) != 0) {
        return -1;
    }
    if (gathering.failed != 0) {
        return -1;
    }
    addrset_seal(set);
    return 0;
}
