/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An allowed set written as the egress rules of a policy: a region for each
 * peer, with the ports of its rule.
 */
#ifndef TESTS_NETPOL_ALLOWING_H
#define TESTS_NETPOL_ALLOWING_H

#include "lib/netpol/judge.h"
#include "tests/netpol/parsed.h"

struct allowing {
    struct parsed parsed;
    struct policy policy;
    struct allowed allowed;
};

static inline void allowing_done(struct allowing *allowing)
{
    for (size_t i = 0; i < allowing->allowed.count; i++) {
        addrset_done(&allowing->allowed.regions[i].addresses);
    }
    parsed_done(&allowing->parsed);
}
DEFINE_AUTO_IN_PLACE(allowing, struct allowing, allowing_done);

/* A policy of the namespace "media" with these egress rules. */
static inline void policy_of(const char *egress, struct parsed *parsed, struct policy *out)
{
    AUTO(buf) struct buf text = {0};
    enum policy_fault fault = POLICY_FINE;
    struct error err = {0};

    buf_init(&text, JSON_MAX_TEXT);
    buf_printf(&text, "{'metadata': {'namespace': 'media'}, 'spec': {'policyTypes': ['Egress'], "
                      "'egress': [");
    buf_text(&text, egress);
    buf_text(&text, "]}}");
    parsed_read(parsed, buf_cstr(&text));
    cr_assert_eq(policy_parse(parsed->root, &parsed->arena, out, &fault, &err), 0, "%s", err.text);
}

static inline void allowing_make(struct allowing *allowing, const char *egress)
{
    struct error err = {0};
    size_t count = 0;

    *allowing = (struct allowing){0};
    policy_of(egress, &allowing->parsed, &allowing->policy);
    for (size_t i = 0; i < allowing->policy.egress_count; i++) {
        count += allowing->policy.egress[i].peer_count;
    }
    allowing->allowed.regions =
        arena_alloc(&allowing->parsed.arena, count * sizeof(struct allowed_region));
    for (size_t i = 0; i < allowing->policy.egress_count; i++) {
        const struct policy_rule *rule = &allowing->policy.egress[i];
        for (size_t k = 0; k < rule->peer_count; k++) {
            struct allowed_region *region = &allowing->allowed.regions[allowing->allowed.count++];
            region->peer = rule->peers[k];
            region->pods = region->peer.kind == PEER_PODS;
            region->any_port = rule->any_port;
            region->ports = rule->ports;
            region->port_count = rule->port_count;
            if (!region->pods) {
                cr_assert_eq(judge_block(&region->peer, &region->addresses, &err), 0, "%s",
                             err.text);
            }
        }
    }
}

#endif
