/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One policy of another language, read and judged for the pods of two gateways.
 * The first may reach the cluster, the second a few pods of it.
 */
#ifndef TESTS_NETPOL_OUTRANKING_H
#define TESTS_NETPOL_OUTRANKING_H

#include "lib/netpol/admin.h"
#include "tests/netpol/allowing.h"

#include <stdio.h>

#define OUTRANKING_CLUSTER                                                                         \
    "{'to': [{'ipBlock': {'cidr': '10.1.0.0/16'}}]}, {'to': [{'ipBlock': {'cidr': "                \
    "'10.152.183.0/24'}}]}, {'to': [{'namespaceSelector': {}}]}"
#define OUTRANKING_LISTED                                                                          \
    "{'to': [{'namespaceSelector': {'matchLabels': {'kubernetes.io/metadata.name': "               \
    "'kube-system'}}, 'podSelector': {'matchLabels': {'k8s-app': 'kube-dns'}}}], 'ports': "        \
    "[{'protocol': 'UDP', 'port': 53}, {'protocol': 'TCP', 'port': 53}]}"

struct outranking_case {
    const char *name;
    const char *policy; /* JSON with ' for ", %-free */
    const char *want;   /* "vpn: FIELD: WITNESS", "CIDR: ...", "WRONG: ..." or "" */
};

/* What is found, as outranking_case.want has it. The namespaces: admin_asked's. */
static inline void outranking_judge_at(admin_read *read, const char *policy_text,
                                       struct slice namespace, struct slice home, char *out,
                                       size_t size)
{
    static const struct slice gateways[] = {{"vpn", 3}, {"tor", 3}};
    static const struct slice trusted[] = {{"kube-system", 11}, {"vpn", 3}};
    static const char *const reach[] = {OUTRANKING_CLUSTER, OUTRANKING_LISTED};
    struct admin_asked asked = {
        .gateways = gateways,
        .gateway_count = COUNT_OF(gateways),
        .trusted = trusted,
        .trusted_count = COUNT_OF(trusted),
        .namespace = namespace,
        .home = home,
    };
    AUTO(parsed) struct parsed parsed = {0};
    struct admin_policy policy = {0};
    enum policy_fault fault = POLICY_FINE;
    struct error err = {0};

    out[0] = '\0';
    parsed_read(&parsed, policy_text);
    if (read(parsed.root, &asked, &parsed.arena, &policy, &fault, &err) != 0) {
        cr_assert_eq(err.code, ERR_MALFORMED);
        (void)snprintf(out, size, "%s: %s", fault == POLICY_CIDR ? "CIDR" : "WRONG", err.text);
        return;
    }
    cr_assert_eq(fault, POLICY_FINE);
    for (size_t i = 0; i < COUNT_OF(gateways) && out[0] == '\0'; i++) {
        AUTO(allowing) struct allowing allowing = {0};
        allowing_make(&allowing, reach[i]);
        for (size_t k = 0; k < policy.count && out[0] == '\0'; k++) {
            struct admin_leak leak = {.found = true};
            if (!admin_selects(&policy.parts[k], gateways[i])) {
                continue;
            }
            cr_assert_eq(
                admin_judge(&policy.parts[k], asked.namespace, &allowing.allowed, &leak, &err), 0,
                "%s", err.text);
            if (leak.found) {
                (void)snprintf(out, size, "%.*s: %s: %s", SLICE_ARGS(gateways[i]), leak.field,
                               leak.witness);
            }
        }
    }
}

static inline void outranking_judge(admin_read *read, const char *policy_text,
                                    const struct slice *namespace, char *out, size_t size)
{
    const struct slice any = {0};

    outranking_judge_at(read, policy_text, namespace == NULL ? any : *namespace, any, out, size);
}

/* A policy of the whole cluster: does it leak for pods of the namespace media? */
struct outranking_home {
    const char *policy;
    bool leaks;
};

static inline void outranking_check_home(admin_read *read, const struct outranking_home *home)
{
    char got[1024];

    outranking_judge_at(read, home->policy, (struct slice){0}, SLICE("media"), got, sizeof got);
    cr_assert_eq(got[0] != '\0', home->leaks, "%s: %s", home->policy, got);
}

static inline void outranking_check(admin_read *read, const struct outranking_case *c,
                                    const struct slice *namespace)
{
    char got[1024];

    outranking_judge(read, c->policy, namespace, got, sizeof got);
    cr_assert_str_eq(got, c->want, "%s: got %s", c->name, got);
}

#endif
