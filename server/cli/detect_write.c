/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The section as text. It is gathered line by line, what stands there and why, because the
 * comments begin in one column, and that is known at the end.
 *
 * Of ranges that lie in each other the largest is written. What nodes have beside the whole ranges
 * is joined into the fewest blocks that hold these addresses and no other.
 */
#include "lib/base/array.h"
#include "lib/config/schema.h"
#include "lib/netpol/addrset.h"
#include "server/cli/detect.h"

#include <stdarg.h>
#include <stdio.h>

enum {
    LINE_TEXT = 512,
    LINE_WHY = 2 * DETECT_ORIGIN,
    FIRST_LINES = 32,
    MAX_LINES = 4 * DETECT_BLOCKS,
    COLUMN_MAX = 44, /* a longer line has its comment right behind it */
    NAMES_SHOWN = 3,
};

struct line {
    char text[LINE_TEXT];
    char why[LINE_WHY]; /* "": no comment */
};

struct sheet {
    struct detected *found;
    struct line *lines;
    size_t count;
    size_t cap;
    bool failed;
    char public[CIDR_TEXT]; /* the first that is; "": none */
};

static void sheet_done(struct sheet *sheet)
{
    free(sheet->lines);
}
DEFINE_AUTO_IN_PLACE(sheet, struct sheet, sheet_done);

static void put(struct sheet *sheet, const char *why, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void put(struct sheet *sheet, const char *why, const char *fmt, ...)
{
    struct line line;
    va_list ap;

    if (sheet->count == sheet->cap) {
        struct line *grown =
            array_grow(sheet->lines, &sheet->cap, sizeof line, FIRST_LINES, MAX_LINES);
        if (grown == NULL) {
            sheet->failed = true;
            return;
        }
        sheet->lines = grown;
    }
    va_start(ap, fmt);
    (void)vsnprintf(line.text, sizeof line.text, fmt, ap);
    va_end(ap);
    (void)snprintf(line.why, sizeof line.why, "%s", why);
    sheet->lines[sheet->count++] = line;
}

static void put_block(struct sheet *sheet, const struct cidr *cidr, const char *why)
{
    char text[CIDR_TEXT];

    cidr_format(cidr, text);
    if (!cidr_is_private(cidr) && sheet->public[0] == '\0') {
        memcpy(sheet->public, text, sizeof text);
    }
    put(sheet, why, "  - %s", text);
}

/* The key, before its items; an empty list stands in the same line. */
static void put_key(struct sheet *sheet, const char *key, bool empty, const char *why_empty)
{
    put(sheet, empty ? why_empty : "", "  %s:%s", key, empty ? " []" : "");
}

/* How many items follow `from`: the configuration reads so many and no more. */
static void check_room(struct sheet *sheet, const char *key, size_t from)
{
    size_t count = sheet->count - from;

    if (count > KEY_MAX_ITEMS) {
        detected_note(sheet->found, false,
                      "%s has %zu ranges, and at most %d are read: write fewer that hold them", key,
                      count, KEY_MAX_ITEMS);
    }
}

/* ---- Whole ranges ---- */

/* Does another one of the list, or the same before it, hold it? */
static bool is_held(const struct detected_blocks *list, size_t at)
{
    const struct cidr *cidr = &list->items[at].cidr;
    bool held = false;

    for (size_t i = 0; i < list->count && !held; i++) {
        const struct cidr *other = &list->items[i].cidr;
        held = i != at && detected_holds(other, cidr) && (i < at || other->prefix < cidr->prefix);
    }
    return held;
}

static void put_wholes(struct sheet *sheet, const struct detected_blocks *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!is_held(list, i)) {
            put_block(sheet, &list->items[i].cidr, list->items[i].origin);
        }
    }
}

/* ---- What nodes have ---- */

/* The largest block that begins at `first` and ends at `last` or before. */
static struct cidr largest(enum family family, struct address first, struct address last)
{
    char address[ADDRESS_TEXT];
    char text[CIDR_TEXT];
    struct cidr best = {0};
    struct cidr next;
    struct error unused = {0};
    unsigned prefix = family == FAMILY_IPV4 ? 32 : 128;

    address_format(family, first, address);
    for (;;) {
        (void)snprintf(text, sizeof text, "%s/%u", address, prefix);
        if (cidr_parse(slice_of(text), &next, &unused) != 0 ||
            address_compare(next.last, last) > 0) {
            return best;
        }
        best = next;
        if (prefix-- == 0) {
            return best;
        }
    }
}

static struct address after(struct address address)
{
    address.low++;
    address.high += address.low == 0 ? 1 : 0;
    return address;
}

/* ", b" behind "a"; cut where it does not fit. */
static void add_name(char names[static LINE_WHY], const char *name)
{
    size_t used = strlen(names);

    (void)snprintf(names + used, LINE_WHY - used, "%s%s", used == 0 ? "" : ", ", name);
}

/* "nodes a, b, c and 4 more: spec.podCIDRs": whose parts lie in the block. */
static void name_nodes(const struct detected_blocks *parts, const struct cidr *block,
                       const char *what, char out[static LINE_WHY])
{
    char names[LINE_WHY] = "";
    char more[32] = "";
    size_t count = 0;

    for (size_t i = 0; i < parts->count; i++) {
        if (detected_holds(block, &parts->items[i].cidr) && count++ < NAMES_SHOWN) {
            add_name(names, parts->items[i].origin);
        }
    }
    if (count > NAMES_SHOWN) {
        (void)snprintf(more, sizeof more, " and %zu more", count - NAMES_SHOWN);
    }
    (void)snprintf(out, LINE_WHY, "node%s %.*s%s: %s", count == 1 ? "" : "s", LINE_WHY / 2, names,
                   more, what);
}

static void put_interval(struct sheet *sheet, const struct detected_blocks *parts,
                         enum family family, struct interval interval, const char *what)
{
    bool last = false;

    while (!last) {
        struct cidr block = largest(family, interval.first, interval.last);
        char why[LINE_WHY];
        name_nodes(parts, &block, what, why);
        put_block(sheet, &block, why);
        last = address_compare(block.last, interval.last) >= 0;
        interval.first = after(block.last);
    }
}

/* The parts that no whole range holds, joined. */
static int join(const struct detected_blocks *parts, const struct detected_blocks *wholes,
                struct addrset *out, struct error *err)
{
    AUTO(addrset) struct addrset all = {0};
    AUTO(addrset) struct addrset held = {0};

    addrset_init(&all);
    addrset_init(&held);
    for (size_t i = 0; i < parts->count; i++) {
        if (addrset_add(&all, &parts->items[i].cidr, err) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; wholes != NULL && i < wholes->count; i++) {
        if (addrset_add(&held, &wholes->items[i].cidr, err) != 0) {
            return -1;
        }
    }
    addrset_seal(&all);
    addrset_seal(&held);
    return addrset_subtract(&all, &held, out, err);
}

static void put_joined(struct sheet *sheet, const struct detected_blocks *parts,
                       const struct addrset *joined, const char *what)
{
    for (int family = FAMILY_IPV4; family <= FAMILY_IPV6; family++) {
        const struct intervals *intervals = &joined->of[family];
        for (size_t i = 0; i < intervals->count; i++) {
            put_interval(sheet, parts, (enum family)family, intervals->items[i], what);
        }
    }
}

/* ---- The lists ---- */

/* What the distribution is known to do, as the end of a note. */
static void show_habit(const struct detected *found, bool pods, char *out, size_t size)
{
    out[0] = '\0';
    if (found->habit != NULL) {
        (void)snprintf(out, size, "; %s takes %s unless it is told otherwise", found->habit->name,
                       pods ? found->habit->pods : found->habit->services);
    }
}

static void note_pods(struct detected *found, bool have_parts)
{
    char habit[128];

    show_habit(found, true, habit, sizeof habit);
    if (have_parts) {
        detected_note(found, true,
                      "podCIDRs holds what the nodes have now, and one that comes later brings "
                      "another part: write the whole range, the controller manager's "
                      "--cluster-cidr%s",
                      habit);
        if (found->bare_nodes > 0) {
            detected_note(
                found, true,
                "nodes without spec.podCIDRs: %zu; their pods may lie outside of podCIDRs",
                found->bare_nodes);
        }
    } else if (found->pods.count == 0) {
        detected_note(found, false,
                      "podCIDRs is not known: no node has spec.podCIDRs, and no pool of Calico or "
                      "Cilium, no flannel, kubeadm or controller manager tells a range. Write the "
                      "one that 'kubectl get pods --all-namespaces --output wide' shows pods "
                      "in; where pods are in the cloud's own network, its subnets%s",
                      habit);
    }
}

static int put_pods(struct sheet *sheet, struct error *err)
{
    struct detected *found = sheet->found;
    AUTO(addrset) struct addrset joined = {0};

    if (join(&found->parts, &found->pods, &joined, err) != 0) {
        return -1;
    }
    bool have_parts = !addrset_is_empty(&joined);
    put_key(sheet, "podCIDRs", !have_parts && found->pods.count == 0,
            "not known: write the range of the pods' addresses");
    size_t from = sheet->count;
    put_wholes(sheet, &found->pods);
    put_joined(sheet, &found->parts, &joined, "spec.podCIDRs");
    check_room(sheet, "podCIDRs", from);
    note_pods(found, have_parts);
    return 0;
}

static void put_services(struct sheet *sheet)
{
    struct detected *found = sheet->found;
    char why[LINE_WHY];
    char habit[128];

    (void)snprintf(why, sizeof why, "not known: write the range that holds %s",
                   found->first_service[0] != '\0' ? found->first_service : "the Services");
    put_key(sheet, "serviceCIDRs", found->services.count == 0, why);
    size_t from = sheet->count;
    put_wholes(sheet, &found->services);
    check_room(sheet, "serviceCIDRs", from);
    if (found->services.count > 0) {
        return;
    }
    show_habit(found, false, habit, sizeof habit);
    detected_note(found, false,
                  "serviceCIDRs is not known: this API server tells no ServiceCIDR (Kubernetes "
                  "1.33 and later do), and no pod of it its flags. Service default/kubernetes is "
                  "%s; 'kubectl create service clusterip range --tcp=1 --clusterip=192.0.2.1 "
                  "--dry-run=server' is refused in words that name the range%s",
                  found->first_service[0] != '\0' ? found->first_service : "not to be seen", habit);
}

static void put_addresses(struct sheet *sheet)
{
    const struct detected_blocks *nodes = &sheet->found->nodes;
    char why[LINE_WHY];

    for (size_t i = 0; i < nodes->count; i++) {
        if (!is_held(nodes, i)) {
            (void)snprintf(why, sizeof why, "node %s: InternalIP", nodes->items[i].origin);
            put_block(sheet, &nodes->items[i].cidr, why);
        }
    }
}

/* One a node; more than the configuration reads are joined. */
static int put_nodes(struct sheet *sheet, struct error *err)
{
    struct detected *found = sheet->found;
    AUTO(addrset) struct addrset joined = {0};

    put_key(sheet, "nodeCIDRs", found->nodes.count == 0, "no node tells an InternalIP");
    size_t from = sheet->count;
    if (found->nodes.count <= KEY_MAX_ITEMS) {
        put_addresses(sheet);
        return 0;
    }
    if (join(&found->nodes, NULL, &joined, err) != 0) {
        return -1;
    }
    put_joined(sheet, &found->nodes, &joined, "InternalIP");
    check_room(sheet, "nodeCIDRs", from);
    return 0;
}

/* ---- The rest ---- */

static void put_public(struct sheet *sheet)
{
    char why[LINE_WHY];

    if (sheet->public[0] == '\0') {
        put(sheet, "none of the above is public", "  allowPublic: false");
        return;
    }
    (void)snprintf(why, sizeof why, "%s is public", sheet->public);
    put(sheet, why, "  allowPublic: true");
    detected_note(sheet->found, true,
                  "%s is a public address, and what is in the lists is reached without the tunnel: "
                  "leave it out if pods can do without, and allowPublic with it",
                  sheet->public);
}

static void put_domain(struct sheet *sheet)
{
    struct detected *found = sheet->found;

    if (found->domain_rank > 0) {
        put(sheet, found->domain_origin, "  domain: %s", found->domain);
        return;
    }
    put(sheet, "the usual one: no ConfigMap of CoreDNS or kubeadm tells another",
        "  domain: cluster.local");
    detected_note(found, true,
                  "domain is taken to be cluster.local: kubelet's clusterDomain, on a node, says "
                  "what it is");
}

/* The selector as it was written, a line a label. */
static void put_selector(struct sheet *sheet, const char *why)
{
    const char *line = buf_cstr(&sheet->found->dns_pods);

    put(sheet, "", "    podSelector:");
    while (*line != '\0') {
        size_t len = strcspn(line, "\n");
        put(sheet, why, "      %.*s", (int)len, line);
        line += len + (line[len] != '\0' ? 1 : 0);
    }
}

static void put_dns(struct sheet *sheet)
{
    struct detected *found = sheet->found;
    char why[LINE_WHY];

    put(sheet, "", "  dns:");
    if (found->dns_rank == 0) {
        put(sheet, "not known: write the IPv4 cluster IP of the DNS Service", "    address: \"\"");
        put(sheet, "the usual one", "    namespace: " DETECT_DNS_NAMESPACE);
        detected_note(found, false,
                      "dns is not known: namespace " DETECT_DNS_NAMESPACE " has no Service "
                      "kube-dns, coredns or rke2-coredns-rke2-coredns with an IPv4 cluster IP, nor "
                      "one labelled k8s-app=kube-dns. Write the address in a pod's "
                      "/etc/resolv.conf, and the namespace and the labels of the pods behind it");
        return;
    }
    (void)snprintf(why, sizeof why, "Service " DETECT_DNS_NAMESPACE "/%s", found->dns_name);
    put(sheet, why, "    address: %s", found->dns_address);
    put(sheet, why, "    namespace: " DETECT_DNS_NAMESPACE);
    if (found->dns_pods.len > 0) {
        put_selector(sheet, why);
    }
}

static void print(const struct sheet *sheet, struct buf *out)
{
    int column = 0;

    for (size_t i = 0; i < sheet->count; i++) {
        int len = (int)strlen(sheet->lines[i].text);
        column = len > column && len <= COLUMN_MAX && sheet->lines[i].why[0] != '\0' ? len : column;
    }
    for (size_t i = 0; i < sheet->count; i++) {
        const struct line *line = &sheet->lines[i];
        if (line->why[0] == '\0') {
            buf_printf(out, "%s\n", line->text);
        } else {
            buf_printf(out, "%-*s  # %s\n", column, line->text, line->why);
        }
    }
}

int detected_write(struct detected *found, const char *server, struct buf *out, struct error *err)
{
    AUTO(sheet) struct sheet sheet = {.found = found};
    char why[LINE_WHY];

    (void)snprintf(why, sizeof why, "of %.*s, as it is now", DETECT_ORIGIN, server);
    put(&sheet, why, "cluster:");
    if (detected_add_usual(found, err) != 0 || put_pods(&sheet, err) != 0) {
        return -1;
    }
    put_services(&sheet);
    put(&sheet, "none: a LAN that pods reach without the tunnel is yours to name",
        "  localCIDRs: []");
    if (put_nodes(&sheet, err) != 0) {
        return -1;
    }
    put_public(&sheet);
    put_domain(&sheet);
    put_dns(&sheet);
    if (sheet.failed || found->notes.failed != ERR_NONE || found->dns_pods.failed != ERR_NONE) {
        return error_set(err, ERR_NO_MEMORY, "no memory for the section");
    }
    print(&sheet, out);
    return buf_check(out, err);
}
