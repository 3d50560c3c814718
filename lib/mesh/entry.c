/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/mesh/entry.h"

#include <stdio.h>

#define RESERVED_IPV4 0xF0000000U

static bool holds(const struct cidr_list *list, enum family family, struct address address)
{
    for (size_t i = 0; i < list->count; i++) {
        if (cidr_contains(&list->items[i], family, address)) {
            return true;
        }
    }
    return false;
}

bool entry_is_inside(const struct config *config, struct slice text)
{
    const struct cidr_list *lists[] = {&config->cluster.pod_cidrs, &config->cluster.service_cidrs,
                                       &config->cluster.local_cidrs, &config->cluster.node_cidrs};
    enum family family = FAMILY_IPV4;
    struct address address = {0};
    struct error wrong = {0};
    bool inside = false;

    if (address_parse(text, &family, &address, &wrong) != 0) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(lists) && !inside; i++) {
        inside = holds(lists[i], family, address);
    }
    return inside;
}

/* An endpoint of another network is reached by way of that one's gateway. */
static bool endpoint_is_inside(const struct config *config, struct value endpoint)
{
    return value_string(value_member(endpoint, "network")).len == 0 &&
           entry_is_inside(config, value_string(value_member(endpoint, "address")));
}

bool entry_stays_inside(const struct config *config, struct value entry, bool is_workload)
{
    struct value spec = value_member(entry, "spec");
    struct value endpoints = value_member(spec, "endpoints");
    struct value_iter iter = value_iter(endpoints);
    struct slice key;
    struct value endpoint;

    if (is_workload) {
        return endpoint_is_inside(config, spec);
    }
    if (!value_is(value_member(spec, "resolution"), "STATIC") || value_count(endpoints) == 0) {
        return false;
    }
    while (value_next(&iter, &key, &endpoint)) {
        if (!endpoint_is_inside(config, endpoint)) {
            return false;
        }
    }
    return true;
}

/* A network or a single address as one; false where it is neither, or not in canonical form. */
static bool read_block(struct slice text, struct cidr *out)
{
    struct error wrong = {0};
    enum family family = FAMILY_IPV4;
    struct address address = {0};
    bool single = address_parse(text, &family, &address, &wrong) == 0;
    char whole[CIDR_TEXT];

    (void)snprintf(whole, sizeof whole, "%.*s/%d", SLICE_ARGS(text),
                   family == FAMILY_IPV4 ? 32 : 128);
    return cidr_parse(single ? slice_of(whole) : text, out, &wrong) == 0;
}

/* 240.0.0.0/4 and 2001:2::/48 are nobody's: Istio itself gives addresses of them to entries that
 * have none. */
static bool is_reserved(const struct cidr *block)
{
    const uint64_t benchmark = UINT64_C(0x2001000200000000);

    return block->family == FAMILY_IPV4
               ? block->first.low >= RESERVED_IPV4
               : block->prefix >= 48 && block->first.high >> 16 == benchmark >> 16;
}

static bool is_public(const struct config *config, struct slice text)
{
    struct cidr block = {0};

    if (!read_block(text, &block)) {
        return true;
    }
    return !is_reserved(&block) && !cidr_is_private(&block) && !entry_is_inside(config, text);
}

/* `member`: where an item has its address; NULL: it is one. */
static bool any_public(const struct config *config, struct value list, const char *member)
{
    struct value_iter iter = value_iter(list);
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        struct value text = member == NULL ? item : value_member(item, member);
        if (is_public(config, value_string(text))) {
            return true;
        }
    }
    return false;
}

/* Labels of a name; a wildcard is one. */
static size_t count_labels(struct slice name)
{
    size_t count = 1;

    for (size_t i = 0; i < name.len; i++) {
        count += name.data[i] == '.' ? 1 : 0;
    }
    return count;
}

/* Nobody's name: an address, in whatever form it is written. */
static bool looks_like_address(struct slice text)
{
    bool digits = true;

    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == ':') {
            return true;
        }
        digits = digits && ((text.data[i] >= '0' && text.data[i] <= '9') || text.data[i] == '.');
    }
    return digits;
}

/*
 * May this name be one of the cluster's? "proxy.tools.svc", with the domain or without, a pod's
 * ("10-1-3-4.tools.pod"), and a short one, which the search list of whoever looks it up makes one.
 */
static bool is_name_inside(const struct config *config, struct slice host)
{
    char name[254]; /* the longest that DNS has, and its end */
    char domain[sizeof name + 1];
    size_t len = host.len > 0 && host.data[host.len - 1] == '.' ? host.len - 1 : host.len;

    if (len >= sizeof name) {
        return true;
    }
    for (size_t i = 0; i < len; i++) {
        name[i] = ascii_lower(host.data[i]);
    }
    (void)snprintf(domain, sizeof domain, ".%.253s", config->cluster.domain);
    const struct slice lower = {name, len};
    return count_labels(lower) <= 2 || slice_ends_with(lower, ".svc") ||
           slice_ends_with(lower, ".pod") || slice_ends_with(lower, domain);
}

/* An address that is not in canonical form is read in different ways: it counts as inside. */
static bool is_target_inside(const struct config *config, struct slice target)
{
    enum family family = FAMILY_IPV4;
    struct address address = {0};
    struct error wrong = {0};

    if (address_parse(target, &family, &address, &wrong) == 0) {
        return entry_is_inside(config, target);
    }
    return looks_like_address(target) || is_name_inside(config, target);
}

static bool leads_inside(const struct config *config, struct value endpoint)
{
    struct slice address = value_string(value_member(endpoint, "address"));

    return value_string(value_member(endpoint, "network")).len > 0 ||
           is_target_inside(config, address);
}

/* Where an entry has no endpoints and is resolved by DNS, its hosts are the endpoints. */
static bool hosts_are_endpoints(struct value spec)
{
    struct value resolution = value_member(spec, "resolution");

    return value_is_set(resolution) && !value_is(resolution, "NONE") &&
           !value_is(resolution, "STATIC") && value_count(value_member(spec, "endpoints")) == 0;
}

static bool any_host_inside(const struct config *config, struct value spec, char field[static 64])
{
    struct value_iter iter = value_iter(value_member(spec, "hosts"));
    struct slice key;
    struct value host;

    while (value_next(&iter, &key, &host)) {
        if (is_target_inside(config, value_string(host))) {
            (void)snprintf(field, 64, "spec.hosts[%zu]", iter.index);
            return true;
        }
    }
    return false;
}

static bool any_endpoint_inside(const struct config *config, struct value spec,
                                char field[static 64])
{
    struct value_iter iter = value_iter(value_member(spec, "endpoints"));
    struct slice key;
    struct value endpoint;

    while (value_next(&iter, &key, &endpoint)) {
        if (leads_inside(config, endpoint)) {
            (void)snprintf(field, 64, "spec.endpoints[%zu]", iter.index);
            return true;
        }
    }
    return false;
}

bool entry_claims_outside(const struct config *config, struct value entry, char field[static 64])
{
    struct value spec = value_member(entry, "spec");

    if (!any_public(config, value_member(spec, "addresses"), NULL) &&
        !any_public(config, value_get(entry, "status", "addresses", NULL), "value")) {
        return false;
    }
    if (value_is_set(value_member(spec, "workloadSelector"))) {
        (void)snprintf(field, 64, "spec.workloadSelector");
        return true;
    }
    return hosts_are_endpoints(spec) ? any_host_inside(config, spec, field)
                                     : any_endpoint_inside(config, spec, field);
}
