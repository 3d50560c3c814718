/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever piece of memory is refused to a reader of another language, the answer
 * is that there was none, and never a policy with a rule or a peer less.
 */
#include "lib/netpol/admin_tiers.h"
#include "lib/netpol/calico.h"
#include "lib/netpol/cilium.h"
#include "tests/netpol/parsed.h"

enum { ENOUGH = 64 * 1024, STEP = 8 };

static const struct slice gateways[] = {{"vpn", 3}};

/* Peers and ports of all rules; SIZE_MAX where memory ended. */
static size_t count_read(admin_read *read, struct value object, size_t max)
{
    AUTO(arena) struct arena arena = {0};
    struct cidr node = {0};
    struct admin_policy policy = {0};
    enum policy_fault fault = POLICY_FINE;
    struct error err = {0};
    size_t count = 0;

    arena_init(&arena, max);
    cr_assert_eq(cidr_parse(SLICE("192.168.5.0/24"), &node, &err), 0, "%s", err.text);
    const struct admin_asked asked = {gateways, 1, NULL, &node, 1, NULL, 0, {"media", 5}, {0}};
    if (read(object, &asked, &arena, &policy, &fault, &err) != 0) {
        cr_assert_eq(err.code, ERR_NO_MEMORY, "%zu: %s", max, err.text);
        cr_assert_eq(policy.count, 0);
        return SIZE_MAX;
    }
    for (size_t i = 0; i < policy.count; i++) {
        for (size_t k = 0; k < policy.parts[i].count; k++) {
            const struct policy_rule *rule = &policy.parts[i].rules[k];
            count += 1 + rule->peer_count + rule->port_count;
        }
    }
    return count;
}

static void starve(admin_read *read, const char *text, size_t want)
{
    AUTO(parsed) struct parsed parsed = {0};
    size_t refused = 0;

    parsed_read(&parsed, text);
    cr_assert_eq(count_read(read, parsed.root, ENOUGH), want);
    for (size_t max = 0; max < ENOUGH; max += STEP) {
        size_t got = count_read(read, parsed.root, max);
        cr_assert(got == SIZE_MAX || got == want, "%zu bytes: %zu", max, got);
        refused += got == SIZE_MAX ? 1 : 0;
    }
    cr_assert_gt(refused, 100);
}

Test(admin_memory, admin_tiers_are_read_whole_or_not)
{
    starve(admin_tiers_read,
           "{'spec': {'subject': {'pods': {'namespaceSelector': {'matchLabels': {'a': 'b'}}, "
           "'podSelector': {'matchLabels': {'a': 'b'}}}}, 'egress': [{'action': 'Allow', 'to': "
           "[{'networks': ['10.0.0.0/8', '10.1.0.0/16', '10.2.0.0/16', '10.3.0.0/16', "
           "'10.4.0.0/16']}, {'namespaces': {'matchLabels': {'a': 'b'}}}, {'pods': "
           "{'podSelector': {'matchLabels': {'a': 'b'}}}}, {'nodes': {'matchLabels': {'a': "
           "'b'}}}], 'ports': [{'namedPort': 'a'}, {'portNumber': {'port': 1}}, {'portRange': "
           "{'start': 1, 'end': 2}}]}]}}",
           1 + 8 + 5);
}

Test(admin_memory, ciliums_are_read_whole_or_not)
{
    starve(cilium_read,
           "{'specs': [{'endpointSelector': {'matchLabels': {'a': 'b'}}, 'egress': "
           "[{'toCIDRSet': [{'cidr': '10.0.0.0/8', 'except': ['10.1.0.0/16']}], 'toPorts': "
           "[{'ports': [{'port': '53'}, {'port': '54', 'protocol': 'UDP'}]}]}, {'toEndpoints': "
           "[{'matchLabels': {'a': 'b', 'k8s:io.kubernetes.pod.namespace': 'c'}}], "
           "'toEntities': ['cluster'], 'toCIDR': ['10.0.0.0/8', '10.1.0.0/16']}]}]}",
           1 + 1 + 4 + 1 + 5);
}

Test(admin_memory, calicos_are_read_whole_or_not)
{
    starve(calico_read,
           "{'spec': {'selector': 'has(a)', 'egress': [{'action': 'Allow', 'protocol': 'TCP', "
           "'destination': {'nets': ['10.0.0.0/8', '10.1.0.0/16', '10.2.0.0/16', "
           "'10.3.0.0/16', '10.4.0.0/16'], 'notNets': ['10.5.0.0/16'], 'ports': [1, 2, 3, 4, "
           "5]}}, {'action': 'Allow', 'destination': {'selector': 'has(a)'}}]}}",
           1 + 5 + 5 + 1);
}
