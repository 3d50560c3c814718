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

#define NDOTS "{\"name\":\"ndots\",\"value\":\"5\"}"

/* Where members go: to the dnsConfig that is there, or the text of one that is being made. */
struct target {
    struct patch *patch;
    struct value config;
    struct buf *text; /* NULL for the one that is there */
};

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

/* A new member of dnsConfig, or of the text of a new dnsConfig. */
static int set(const struct target *target, const char *name, struct slice json, struct error *err)
{
    if (target->text == NULL) {
        return patch_add_json(target->patch, json, err, "/spec/dnsConfig/%s", name);
    }
    buf_text(target->text, target->text->len == 0 ? "{\"" : ",\"");
    buf_text(target->text, name);
    buf_text(target->text, "\":");
    buf_slice(target->text, json);
    return buf_check(target->text, err);
}

static int set_searches(const struct subject *subject, const struct target *target,
                        struct findings *findings, struct error *err)
{
    const char *domain = subject->ruleset->config->cluster.domain;
    struct value old = value_member(target->config, "searches");
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
    return set(target, "searches", buf_view(&json), err);
}

static int set_nameserver(const struct subject *subject, const struct target *target,
                          struct error *err)
{
    struct slice nameserver = slice_of(subject->rules->resolver);
    char json[ADDRESS_TEXT + 8];

    if (list_is(value_member(target->config, "nameservers"), &nameserver, 1)) {
        return 0;
    }
    (void)snprintf(json, sizeof json, "[\"%s\"]", subject->rules->resolver);
    return set(target, "nameservers", slice_of(json), err);
}

static int set_options(const struct target *target, struct error *err)
{
    struct value options = value_member(target->config, "options");
    struct value_iter iter = value_iter(options);
    struct slice key;
    struct value option;

    while (value_next(&iter, &key, &option)) {
        if (value_is(value_member(option, "name"), "ndots")) {
            return 0;
        }
    }
    return value_is_set(options)
               ? patch_add_json(target->patch, SLICE(NDOTS), err, "/spec/dnsConfig/options/-")
               : set(target, "options", SLICE("[" NDOTS "]"), err);
}

static int set_config(const struct subject *subject, const struct target *target,
                      struct findings *findings, struct error *err)
{
    if (set_nameserver(subject, target, err) != 0 ||
        set_searches(subject, target, findings, err) != 0) {
        return -1;
    }
    return set_options(target, err);
}

/* All of a dnsConfig in one operation. */
static int make_config(const struct subject *subject, struct patch *patch,
                       struct findings *findings, struct error *err)
{
    AUTO(buf) struct buf text = {0};
    const struct target target = {.patch = patch, .config = VALUE_ABSENT, .text = &text};

    buf_init(&text, MAX_JSON);
    if (set_config(subject, &target, findings, err) != 0) {
        return -1;
    }
    buf_char(&text, '}');
    if (buf_check(&text, err) != 0) {
        return -1;
    }
    return patch_add_json(patch, buf_view(&text), err, "/spec/dnsConfig");
}

static int apply(const struct subject *subject, struct patch *patch, struct findings *findings,
                 struct error *err)
{
    struct value spec = value_member(patch_target(patch), "spec");
    const struct target target = {.patch = patch, .config = value_member(spec, "dnsConfig")};

    if (subject->rules->gateway->dns == DNS_CLUSTER) {
        findings_warn(findings, "DNSInCluster: the cluster's DNS sees every name that the pod asks "
                                "for (dns: cluster).");
        return 0;
    }
    if (!value_is(value_member(spec, "dnsPolicy"), "None") &&
        patch_add_json(patch, SLICE("\"None\""), err, "/spec/dnsPolicy") != 0) {
        return -1;
    }
    return value_is_set(target.config) ? set_config(subject, &target, findings, err)
                                       : make_config(subject, patch, findings, err);
}

extern const struct mutator mutator_dns;
const struct mutator mutator_dns = {
    .name = "dns",
    .apply = apply,
};
