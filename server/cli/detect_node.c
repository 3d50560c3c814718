/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Node tells: its addresses, its part of the pods' range, and which distribution it is of.
 *
 * k3s and RKE2 write the arguments that a server was started with into an annotation of its Node,
 * those of its configuration file among them: a JSON list in which a flag and its value are two
 * items. So the ranges stand there where somebody chose them; and where a server was told none,
 * they are the documented ones (detect_usual.c).
 */
#include "lib/kube/json.h"
#include "server/cli/detect.h"

#include <stdio.h>

static const struct detect_habit habits[] = {
    {"k3s", "+k3s", NULL, "k3s.io/node-args", "10.42.0.0/16", "10.43.0.0/16"},
    {"RKE2", "+rke2", NULL, "rke2.io/node-args", "10.42.0.0/16", "10.43.0.0/16"},
    {"MicroK8s", NULL, "microk8s.io/cluster", NULL, "10.1.0.0/16", "10.152.183.0/24"},
};

static bool is_of(const struct detect_habit *habit, struct value node)
{
    struct slice version =
        value_string(value_get(node, "status", "nodeInfo", "kubeletVersion", NULL));
    struct value labels = value_get(node, "metadata", "labels", NULL);

    if (habit->version == NULL) {
        return value_exists(value_member(labels, habit->label));
    }
    return version.len > 0 &&
           memmem(version.data, version.len, habit->version, strlen(habit->version)) != NULL;
}

static const struct detect_habit *habit_of(struct value node)
{
    for (size_t i = 0; i < COUNT_OF(habits); i++) {
        if (is_of(&habits[i], node)) {
            return &habits[i];
        }
    }
    return NULL;
}

/* Up to the next comma. */
static struct slice next_item(struct slice *rest)
{
    const char *comma = rest->len > 0 ? memchr(rest->data, ',', rest->len) : NULL;
    struct slice item = {rest->data, comma != NULL ? (size_t)(comma - rest->data) : rest->len};

    *rest = slice_after(*rest, item.len + 1);
    return item;
}

int detected_flag_add(struct detected *found, struct detected_blocks *list, struct slice value,
                      const char *origin, struct error *err)
{
    while (value.len > 0) {
        if (detected_block_add(found, list, next_item(&value), origin, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* The arguments of a k3s server: flags that it was told, and whether the others are the usual. */
static int read_arguments(struct detected *found, struct value arguments, struct slice node,
                          struct error *err)
{
    struct value_iter iter = value_iter(arguments);
    struct slice key;
    struct value item;
    struct detected_blocks *list = NULL;
    bool told_pods = false;
    bool told_services = false;
    char origin[DETECT_ORIGIN] = "";

    if (!value_is(value_item(arguments, 0), "server")) {
        return 0;
    }
    while (value_next(&iter, &key, &item)) {
        if (list != NULL && detected_flag_add(found, list, value_string(item), origin, err) != 0) {
            return -1;
        }
        bool pods = value_is(item, "--cluster-cidr");
        bool services = value_is(item, "--service-cidr");
        list = pods ? &found->pods : services ? &found->services : NULL;
        told_pods = told_pods || pods;
        told_services = told_services || services;
        (void)snprintf(origin, sizeof origin, "node %.*s: %.*s of %s", SLICE_ARGS(node),
                       SLICE_ARGS(value_string(item)), found->habit->name);
    }
    found->usual_pods = found->usual_pods || !told_pods;
    found->usual_services = found->usual_services || !told_services;
    return 0;
}

static int add_arguments(struct detected *found, struct value node, struct error *err)
{
    AUTO(json) struct json doc = {0};
    struct value annotations = value_get(node, "metadata", "annotations", NULL);
    struct slice name = value_string(value_get(node, "metadata", "name", NULL));
    struct error why = {0};

    if (found->habit == NULL || found->habit->arguments == NULL) {
        return 0;
    }
    struct slice text = value_string(value_member(annotations, found->habit->arguments));
    if (text.len == 0 || json_parse(&doc, text, &why) != 0) {
        if (why.code == ERR_NO_MEMORY) {
            *err = why;
            return -1;
        }
        return 0;
    }
    return read_arguments(found, value_root(&doc), name, err);
}

static int add_address(struct detected *found, struct slice text, const char *origin,
                       struct error *err)
{
    char block[CIDR_TEXT];
    bool is_ipv6 = text.len > 0 && memchr(text.data, ':', text.len) != NULL;

    (void)snprintf(block, sizeof block, "%.*s/%s", SLICE_ARGS(text), is_ipv6 ? "128" : "32");
    return detected_block_add(found, &found->nodes, slice_of(block), origin, err);
}

int detected_add_node(struct detected *found, struct value node, struct error *err)
{
    struct slice name = value_string(value_get(node, "metadata", "name", NULL));
    struct value cidrs = value_get(node, "spec", "podCIDRs", NULL);
    struct value_iter iter = value_iter(value_get(node, "status", "addresses", NULL));
    struct slice key;
    struct value address;
    char origin[DETECT_ORIGIN];

    found->bare_nodes += value_count(cidrs) == 0 ? 1 : 0;
    found->habit = found->habit != NULL ? found->habit : habit_of(node);
    (void)snprintf(origin, sizeof origin, "%.*s", SLICE_ARGS(name));
    while (value_next(&iter, &key, &address)) {
        if (value_is(value_member(address, "type"), "InternalIP") &&
            add_address(found, value_string(value_member(address, "address")), origin, err) != 0) {
            return -1;
        }
    }
    if (detected_blocks_add(found, &found->parts, cidrs, origin, err) != 0) {
        return -1;
    }
    return add_arguments(found, node, err);
}
