/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where names go through the tunnel, a pod may not ask a resolver of its own.
 * Resolvers in the cluster are replaced (dns.c), the tunnel's asks them itself.
 */
#include "lib/netpol/cidr.h"
#include "lib/pod/typed.h"
#include "mutators/mutator.h"

#include <stdio.h>

static bool list_contains(const struct cidr_list *list, enum family family, struct address address)
{
    for (size_t i = 0; i < list->count; i++) {
        if (cidr_contains(&list->items[i], family, address)) {
            return true;
        }
    }
    return false;
}

/* Is it in the cluster, or the gateway's .1? */
static bool is_known(const struct subject *subject, struct slice nameserver)
{
    const struct cluster *cluster = &subject->ruleset->config->cluster;
    const struct cidr *tunnel = &subject->rules->gateway->vxlan_network;
    struct error unused = {0};
    struct address address;
    enum family family;

    if (address_parse(nameserver, &family, &address, &unused) != 0) {
        return false;
    }
    bool gateway = family == FAMILY_IPV4 && address.low == tunnel->first.low + 1;
    return gateway || list_contains(&cluster->pod_cidrs, family, address) ||
           list_contains(&cluster->service_cidrs, family, address) ||
           list_contains(&cluster->local_cidrs, family, address) ||
           list_contains(&cluster->node_cidrs, family, address);
}

static void check_nameservers(const struct subject *subject, struct value dns, bool alone,
                              struct findings *findings)
{
    struct value_iter iter = value_iter(TYPED_LIST(findings, dns, "nameservers", "spec.dnsConfig"));
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        char field[64];
        (void)snprintf(field, sizeof field, "spec.dnsConfig.nameservers[%zu]", iter.index);
        if (TYPED_ITEM(findings, item, JSON_STRING, "%s", field) && alone &&
            !is_known(subject, value_string(item))) {
            findings_deny(findings, REASON_DNS_POLICY, field,
                          "the pod would ask %.*s for names, and names go through the tunnel to "
                          "the gateway's own resolver. Remove dnsPolicy: None and the nameserver.",
                          CALLED(value_string(item)));
        }
    }
}

/* What dns.c reads. */
static void check_shape(struct value dns, struct findings *findings)
{
    struct value_iter iter = value_iter(TYPED_LIST(findings, dns, "searches", "spec.dnsConfig"));
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        (void)TYPED_ITEM(findings, item, JSON_STRING, "spec.dnsConfig.searches[%zu]", iter.index);
    }
    iter = value_iter(TYPED_LIST(findings, dns, "options", "spec.dnsConfig"));
    while (value_next(&iter, &key, &item)) {
        if (TYPED_ITEM(findings, item, JSON_OBJECT, "spec.dnsConfig.options[%zu]", iter.index)) {
            (void)TYPED_TEXT(findings, item, "name", "spec.dnsConfig.options[%zu]", iter.index);
        }
    }
}

static bool is_policy(struct slice policy)
{
    static const char *const policies[] = {"ClusterFirst", "ClusterFirstWithHostNet", "None",
                                           "Default"};

    for (size_t i = 0; i < COUNT_OF(policies); i++) {
        if (slice_is(policy, policies[i])) {
            return true;
        }
    }
    return policy.len == 0;
}

static void check(const struct subject *subject, struct value pod, struct findings *findings)
{
    struct value spec = value_member(pod, "spec");

    struct slice policy = TYPED_TEXT(findings, spec, "dnsPolicy", "spec");
    struct value dns = TYPED_OBJECT(findings, spec, "dnsConfig", "spec");
    if (!is_policy(policy)) {
        findings_deny(findings, REASON_MALFORMED, "spec.dnsPolicy",
                      "there is no dnsPolicy \"%.*s\". Write ClusterFirst, or remove dnsPolicy.",
                      CALLED(policy));
    }
    check_shape(dns, findings);
    if (subject->rules->gateway->dns != DNS_TUNNEL) {
        return;
    }
    if (slice_is(policy, "Default")) {
        findings_deny(findings, REASON_DNS_POLICY, "spec.dnsPolicy",
                      "the pod would ask the node's resolver for names, past the tunnel. Remove "
                      "dnsPolicy: Default.");
    }
    check_nameservers(subject, dns, slice_is(policy, "None"), findings);
}

extern const struct mutator mutator_dns_policy;
const struct mutator mutator_dns_policy = {
    .name = "dns_policy",
    .check = check,
};
