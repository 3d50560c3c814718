/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names through the tunnel: the gateway's resolver alone, the cluster's search
 * domains as ClusterFirst gives them, and what the user wrote behind them as
 * far as the API server's limits go (the kubelet cuts there too).
 */
#include "lib/kube/quote.h"
#include "lib/netpol/cidr.h"
#include "mutators/mutator.h"

#include <stdio.h>

enum { MAX_SEARCHES = 32, MAX_SEARCH_TEXT = 2048, MAX_JSON = 65536 };

/* The search list while it is made. */
struct searches {
    struct slice items[MAX_SEARCHES];
    size_t count;
    size_t text; /* characters, with a space between two */
    bool full;
};

static void add_search(struct searches *searches, struct slice domain)
{
    size_t text = searches->text + domain.len + (searches->count > 0 ? 1 : 0);

    for (size_t i = 0; i < searches->count; i++) {
        if (slice_equal(searches->items[i], domain)) {
            return;
        }
    }
    if (searches->count == MAX_SEARCHES || text > MAX_SEARCH_TEXT) {
        searches->full = true;
        return;
    }
    searches->items[searches->count++] = domain;
    searches->text = text;
}

static void print_searches(const struct searches *searches, struct buf *out)
{
    buf_char(out, '[');
    for (size_t i = 0; i < searches->count; i++) {
        buf_text(out, i == 0 ? "" : ",");
        quote(out, searches->items[i]);
    }
    buf_char(out, ']');
}

/* Is it the list of just these texts? */
static bool list_is(struct value list, const struct slice *items, size_t count)
{
    struct value_iter iter = value_iter(list);
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        if (iter.index >= count || !slice_equal(value_string(item), items[iter.index])) {
            return false;
        }
    }
    return value_count(list) == count;
}

static int set_searches(const struct subject *subject, struct patch *patch, struct value config,
                        struct findings *findings, struct error *err)
{
    const char *domain = subject->ruleset->config->cluster.domain;
    struct value old = value_member(config, "searches");
    struct value_iter iter = value_iter(old);
    struct searches searches = {0};
    struct slice key;
    struct value item;
    AUTO(buf) struct buf own = {0};
    AUTO(buf) struct buf json = {0};

    buf_init(&own, MAX_JSON);
    buf_init(&json, MAX_JSON);
    buf_printf(&own, "%.*s.svc.%s", SLICE_ARGS(subject->namespace), domain);
    if (buf_check(&own, err) != 0) {
        return -1;
    }
    add_search(&searches, buf_view(&own));
    add_search(&searches, slice_after(buf_view(&own), subject->namespace.len + 1));
    add_search(&searches, slice_of(domain));
    while (value_next(&iter, &key, &item)) {
        add_search(&searches, value_string(item));
    }
    if (searches.full) {
        findings_warn(findings,
                      "DNS: search domains beyond %d entries or %d characters are left "
                      "out.",
                      MAX_SEARCHES, MAX_SEARCH_TEXT);
    }
    if (list_is(old, searches.items, searches.count)) {
        return 0;
    }
    print_searches(&searches, &json);
    if (buf_check(&json, err) != 0) {
        return -1;
    }
    return patch_add_json(patch, buf_view(&json), err, "/spec/dnsConfig/searches");
}

static int set_nameserver(const struct subject *subject, struct patch *patch, struct value config,
                          struct error *err)
{
    struct address gateway = subject->rules->gateway->vxlan_network.first;
    char address[ADDRESS_TEXT];
    char json[ADDRESS_TEXT + 8];

    gateway.low++;
    address_format(FAMILY_IPV4, gateway, address);
    struct slice nameserver = slice_of(address);
    if (list_is(value_member(config, "nameservers"), &nameserver, 1)) {
        return 0;
    }
    (void)snprintf(json, sizeof json, "[\"%s\"]", address);
    return patch_add_json(patch, slice_of(json), err, "/spec/dnsConfig/nameservers");
}

static int set_options(struct patch *patch, struct value config, struct error *err)
{
    struct value_iter iter = value_iter(value_member(config, "options"));
    struct slice key;
    struct value option;

    while (value_next(&iter, &key, &option)) {
        if (value_is(value_member(option, "name"), "ndots")) {
            return 0;
        }
    }
    return patch_add_json(patch, SLICE("{\"name\":\"ndots\",\"value\":\"5\"}"), err,
                          "/spec/dnsConfig/options/-");
}

static int apply(const struct subject *subject, struct patch *patch, struct findings *findings,
                 struct error *err)
{
    struct value spec = value_member(patch_target(patch), "spec");
    struct value config = value_member(spec, "dnsConfig");

    if (subject->rules->gateway->dns == DNS_CLUSTER) {
        findings_warn(findings, "DNSInCluster: the cluster's DNS sees every name that the pod asks "
                                "for (dns: cluster).");
        return 0;
    }
    if (!value_is(value_member(spec, "dnsPolicy"), "None") &&
        patch_add_json(patch, SLICE("\"None\""), err, "/spec/dnsPolicy") != 0) {
        return -1;
    }
    if (set_nameserver(subject, patch, config, err) != 0 ||
        set_searches(subject, patch, config, findings, err) != 0) {
        return -1;
    }
    return set_options(patch, config, err);
}

extern const struct mutator mutator_dns;
const struct mutator mutator_dns = {
    .name = "dns",
    .apply = apply,
};
