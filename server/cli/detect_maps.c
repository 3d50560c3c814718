/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ConfigMaps that tell of a cluster: a Corefile, a kubeadm ClusterConfiguration in YAML,
 * flannel's net-conf.json and Cilium's settings. All are texts of others in texts: what cannot be
 * read in them tells nothing.
 */
#include "lib/kube/printable.h"
#include "lib/kube/yaml.h"
#include "server/cli/detect.h"

#include <stdio.h>

/* CoreDNS answers for the domain; kubeadm was told it once. */
enum { DOMAIN_KUBEADM = 1, DOMAIN_COREDNS };

const struct detect_map detect_maps[DETECT_MAPS] = {
    {"kube-system", "coredns"},           {"kube-system", "rke2-coredns-rke2-coredns"},
    {"kube-system", "kubeadm-config"},    {"kube-system", "cilium-config"},
    {"kube-flannel", "kube-flannel-cfg"},
};

/* Cut the next word off, at spaces, line ends and commas. Empty: there is none. */
static struct slice next_word(struct slice *rest, const char *ends)
{
    while (rest->len > 0 && strchr(ends, rest->data[0]) != NULL) {
        *rest = slice_after(*rest, 1);
    }
    struct slice word = {rest->data, 0};
    while (word.len < rest->len && strchr(ends, word.data[word.len]) == NULL) {
        word.len++;
    }
    *rest = slice_after(*rest, word.len);
    return word;
}

static void take_domain(struct detected *found, struct slice domain, unsigned rank,
                        const char *origin)
{
    if (rank <= found->domain_rank || !name_is_subdomain(domain)) {
        return;
    }
    found->domain_rank = rank;
    slice_copy(domain, found->domain, sizeof found->domain);
    (void)printable(found->domain_origin, sizeof found->domain_origin, slice_of(origin));
}

/* "kubernetes cluster.local in-addr.arpa ip6.arpa {": the first zone that is no reverse one. */
static void take_plugin(struct detected *found, struct slice line, const char *origin)
{
    struct slice word = next_word(&line, " \t\r");

    if (!slice_is(word, "kubernetes")) {
        return;
    }
    for (word = next_word(&line, " \t\r"); word.len > 0; word = next_word(&line, " \t\r")) {
        struct slice zone =
            slice_ends_with(word, ".") ? (struct slice){word.data, word.len - 1} : word;
        if (!slice_is(word, "{") && !slice_ends_with(zone, ".arpa")) {
            take_domain(found, zone, DOMAIN_COREDNS, origin);
            return;
        }
    }
}

static void read_corefile(struct detected *found, struct slice text, const char *origin)
{
    for (struct slice line = next_word(&text, "\n"); line.len > 0; line = next_word(&text, "\n")) {
        take_plugin(found, line, origin);
    }
}

/* Ranges in a text, parted by commas or spaces. */
static int add_text(struct detected *found, struct detected_blocks *list, struct slice text,
                    const char *origin, struct error *err)
{
    for (struct slice word = next_word(&text, ", \t\n"); word.len > 0;
         word = next_word(&text, ", \t\n")) {
        if (detected_block_add(found, list, word, origin, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int read_kubeadm(struct detected *found, struct value root, const char *origin,
                        struct error *err)
{
    struct value networking = value_member(root, "networking");

    take_domain(found, value_string(value_member(networking, "dnsDomain")), DOMAIN_KUBEADM, origin);
    if (add_text(found, &found->pods, value_string(value_member(networking, "podSubnet")), origin,
                 err) != 0) {
        return -1;
    }
    return add_text(found, &found->services,
                    value_string(value_member(networking, "serviceSubnet")), origin, err);
}

static int read_flannel(struct detected *found, struct value root, const char *origin,
                        struct error *err)
{
    if (add_text(found, &found->pods, value_string(value_member(root, "Network")), origin, err) !=
        0) {
        return -1;
    }
    return add_text(found, &found->pods, value_string(value_member(root, "IPv6Network")), origin,
                    err);
}

typedef int read_document(struct detected *found, struct value root, const char *origin,
                          struct error *err);

/* A document of YAML or JSON in a text; one that cannot be read is a note. */
static int read_text(struct detected *found, struct slice text, read_document *read,
                     const char *origin, struct error *err)
{
    AUTO(yaml_stream) struct yaml_stream stream = {0};
    AUTO(json) struct json doc = {0};
    struct error why = {0};

    if (yaml_read(&stream, text, YAML_MANIFEST, &why) != 0 || stream.count == 0 ||
        json_parse(&doc, (struct slice){stream.documents[0].json, stream.documents[0].len}, &why) !=
            0) {
        if (why.code == ERR_NO_MEMORY) {
            *err = why;
            return -1;
        }
        detected_note(found, true, "%s cannot be read: %s", origin, why.text);
        return 0;
    }
    return read(found, value_root(&doc), origin, err);
}

static int read_cilium(struct detected *found, struct value data, const char *origin,
                       struct error *err)
{
    if (!value_is(value_member(data, "ipam"), "cluster-pool")) {
        return 0;
    }
    if (add_text(found, &found->pods, value_string(value_member(data, "cluster-pool-ipv4-cidr")),
                 origin, err) != 0) {
        return -1;
    }
    return add_text(found, &found->pods, value_string(value_member(data, "cluster-pool-ipv6-cidr")),
                    origin, err);
}

int detected_add_map(struct detected *found, struct value map, struct error *err)
{
    struct value data = value_member(map, "data");
    struct slice namespace = value_string(value_get(map, "metadata", "namespace", NULL));
    struct slice name = value_string(value_get(map, "metadata", "name", NULL));
    struct value corefile = value_member(data, "Corefile");
    struct value kubeadm = value_member(data, "ClusterConfiguration");
    struct value flannel = value_member(data, "net-conf.json");
    char origin[DETECT_ORIGIN];

    (void)snprintf(origin, sizeof origin, "ConfigMap %.*s/%.*s", SLICE_ARGS(namespace),
                   SLICE_ARGS(name));
    if (slice_ends_with(name, "coredns")) {
        read_corefile(found, value_string(corefile), origin);
        return 0;
    }
    if (slice_is(name, "kubeadm-config")) {
        return read_text(found, value_string(kubeadm), read_kubeadm, origin, err);
    }
    if (slice_is(name, "kube-flannel-cfg")) {
        return read_text(found, value_string(flannel), read_flannel, origin, err);
    }
    return slice_is(name, "cilium-config") ? read_cilium(found, data, origin, err) : 0;
}
