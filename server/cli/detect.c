/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/detect.h"

#include "lib/base/array.h"
#include "lib/kube/printable.h"
#include "lib/kube/yaml.h"

#include <stdarg.h>
#include <stdio.h>

enum { FIRST_BLOCKS = 16, NOTE_MAX = 1024, NOTES_MAX = 1024 * 1024, SELECTOR_MAX = 16 * 1024 };

/* The surest name of the cluster's DNS Service is the last. */
enum { DNS_BY_LABEL = 1, DNS_COREDNS, DNS_RKE2, DNS_KUBE_DNS };

void detected_init(struct detected *found)
{
    *found = (struct detected){0};
    buf_init(&found->dns_pods, SELECTOR_MAX);
    buf_init(&found->notes, NOTES_MAX);
}

void detected_done(struct detected *found)
{
    free(found->pods.items);
    free(found->parts.items);
    free(found->services.items);
    free(found->nodes.items);
    buf_done(&found->dns_pods);
    buf_done(&found->notes);
}

void detected_note(struct detected *found, bool finished, const char *fmt, ...)
{
    char text[NOTE_MAX];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    found->unfinished = found->unfinished || !finished;
    printable_append(&found->notes, slice_of(text));
    buf_char(&found->notes, '\n');
}

int detected_block_add(struct detected *found, struct detected_blocks *list, struct slice text,
                       const char *origin, struct error *err)
{
    struct detected_block block = {0};
    struct error why = {0};

    if (cidr_parse(text, &block.cidr, &why) != 0) {
        detected_note(found, false, "%s: %s", origin, why.text);
        return 0;
    }
    if (list->count == list->cap) {
        struct detected_block *grown =
            array_grow(list->items, &list->cap, sizeof block, FIRST_BLOCKS, DETECT_BLOCKS);
        if (grown == NULL) {
            bool full = list->cap >= DETECT_BLOCKS;
            return error_set(err, full ? ERR_TOO_LARGE : ERR_NO_MEMORY,
                             "%s for more than %zu ranges", full ? "no room" : "no memory",
                             list->count);
        }
        list->items = grown;
    }
    (void)printable(block.origin, sizeof block.origin, slice_of(origin));
    list->items[list->count++] = block;
    return 0;
}

bool detected_holds(const struct cidr *outer, const struct cidr *inner)
{
    return outer->prefix <= inner->prefix && cidr_contains(outer, inner->family, inner->first);
}

int detected_blocks_add(struct detected *found, struct detected_blocks *list, struct value texts,
                        const char *origin, struct error *err)
{
    struct value_iter iter = value_iter(texts);
    struct slice key;
    struct value text;

    while (value_next(&iter, &key, &text)) {
        if (detected_block_add(found, list, value_string(text), origin, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- Ranges ---- */

static int add_service_cidr(struct detected *found, struct value object, struct error *err)
{
    char origin[DETECT_ORIGIN];

    (void)snprintf(origin, sizeof origin, "ServiceCIDR %.*s",
                   SLICE_ARGS(value_string(value_get(object, "metadata", "name", NULL))));
    return detected_blocks_add(found, &found->services, value_get(object, "spec", "cidrs", NULL),
                               origin, err);
}

/* May pods have addresses of it? Some pools are for tunnels and load balancers. */
static bool is_for_pods(struct value uses)
{
    struct value_iter iter = value_iter(uses);
    struct slice key;
    struct value use;
    bool found = value_count(uses) == 0;

    while (!found && value_next(&iter, &key, &use)) {
        found = value_is(use, "Workload");
    }
    return found;
}

static int add_pool(struct detected *found, struct value pool, struct error *err)
{
    struct value spec = value_member(pool, "spec");
    char origin[DETECT_ORIGIN];

    if (!is_for_pods(value_member(spec, "allowedUses"))) {
        return 0;
    }
    (void)snprintf(origin, sizeof origin, "IPPool %.*s%s",
                   SLICE_ARGS(value_string(value_get(pool, "metadata", "name", NULL))),
                   value_is_true(value_member(spec, "disabled")) ? ", which gives no new ones"
                                                                 : "");
    return detected_block_add(found, &found->pods, value_string(value_member(spec, "cidr")), origin,
                              err);
}

static int add_flag(struct detected *found, struct slice argument, const char *pod,
                    struct error *err)
{
    static const char pods[] = "--cluster-cidr=";
    static const char services[] = "--service-cluster-ip-range=";
    bool of_pods = slice_starts_with(argument, pods);
    struct slice rest = slice_after(argument, of_pods ? sizeof pods - 1 : sizeof services - 1);
    char origin[DETECT_ORIGIN];

    if (!of_pods && !slice_starts_with(argument, services)) {
        return 0;
    }
    (void)snprintf(origin, sizeof origin, "pod " DETECT_DNS_NAMESPACE "/%s: %s", pod,
                   of_pods ? "--cluster-cidr" : "--service-cluster-ip-range");
    return detected_flag_add(found, of_pods ? &found->pods : &found->services, rest, origin, err);
}

static int add_flags(struct detected *found, struct value arguments, const char *pod,
                     struct error *err)
{
    struct value_iter iter = value_iter(arguments);
    struct slice key;
    struct value argument;

    while (value_next(&iter, &key, &argument)) {
        if (add_flag(found, value_string(argument), pod, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* A static pod of the control plane tells its flags, in `command` or in `args`. */
static int add_control_plane(struct detected *found, struct value pod, struct error *err)
{
    struct value container = value_item(value_get(pod, "spec", "containers", NULL), 0);
    char name[NAME_MAX_LEN + 1];

    slice_copy(value_string(value_get(pod, "metadata", "name", NULL)), name, sizeof name);
    if (add_flags(found, value_member(container, "command"), name, err) != 0) {
        return -1;
    }
    return add_flags(found, value_member(container, "args"), name, err);
}

/* ---- Service ---- */

static unsigned dns_rank(struct value service)
{
    struct value metadata = value_member(service, "metadata");
    struct slice name = value_string(value_member(metadata, "name"));

    if (slice_is(name, "kube-dns")) {
        return DNS_KUBE_DNS;
    }
    if (slice_is(name, "rke2-coredns-rke2-coredns")) {
        return DNS_RKE2;
    }
    if (slice_is(name, "coredns")) {
        return DNS_COREDNS;
    }
    return value_is(value_get(metadata, "labels", "k8s-app", NULL), "kube-dns") ? DNS_BY_LABEL : 0;
}

/* The client's settings are IPv4: the Service's address of that family. */
static bool find_ipv4(struct value service, char out[static ADDRESS_TEXT])
{
    struct value_iter iter = value_iter(value_get(service, "spec", "clusterIPs", NULL));
    struct slice key;
    struct value ip;
    enum family family = FAMILY_IPV6;
    struct address address;
    struct error unused = {0};

    while (value_next(&iter, &key, &ip)) {
        if (address_parse(value_string(ip), &family, &address, &unused) == 0 &&
            family == FAMILY_IPV4) {
            slice_copy(value_string(ip), out, ADDRESS_TEXT);
            return true;
        }
    }
    return false;
}

static int add_dns(struct detected *found, struct value service, unsigned rank, struct error *err)
{
    struct slice name = value_string(value_get(service, "metadata", "name", NULL));
    struct value pods = value_get(service, "spec", "selector", NULL);
    char address[ADDRESS_TEXT];

    if (!find_ipv4(service, address)) {
        detected_note(found, true,
                      "Service " DETECT_DNS_NAMESPACE "/%.*s has no cluster IP of IPv4, which the "
                      "tunnel's client needs",
                      SLICE_ARGS(name));
        return 0;
    }
    found->dns_rank = rank;
    memcpy(found->dns_address, address, sizeof address);
    (void)printable(found->dns_name, sizeof found->dns_name, name);
    buf_clear(&found->dns_pods);
    return value_count(pods) == 0 ? 0 : yaml_write(pods, &found->dns_pods, err);
}

static int add_service(struct detected *found, struct value service, struct error *err)
{
    struct value metadata = value_member(service, "metadata");
    unsigned rank = dns_rank(service);

    if (value_is(value_member(metadata, "namespace"), "default") &&
        value_is(value_member(metadata, "name"), "kubernetes")) {
        (void)printable(found->first_service, sizeof found->first_service,
                        value_string(value_get(service, "spec", "clusterIP", NULL)));
        return 0;
    }
    if (!value_is(value_member(metadata, "namespace"), DETECT_DNS_NAMESPACE) ||
        rank <= found->dns_rank) {
        return 0;
    }
    return add_dns(found, service, rank, err);
}

/* ---- All of them ---- */

int detected_add(struct detected *found, const char *kind, struct value object, struct error *err)
{
    static const struct {
        const char *kind;
        int (*add)(struct detected *found, struct value object, struct error *err);
    } kinds[] = {
        {"Node", detected_add_node}, {"ServiceCIDR", add_service_cidr},
        {"Service", add_service},    {"ConfigMap", detected_add_map},
        {"IPPool", add_pool},        {"Pod", add_control_plane},
    };

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (strcmp(kinds[i].kind, kind) == 0) {
            return kinds[i].add(found, object, err);
        }
    }
    return 0;
}
