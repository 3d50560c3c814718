/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For each rule: the classes of ports that it touches, each view of the allowed
 * set once. For each of its peers: is it inside the view, for each view? An
 * ipBlock is compared as a set of addresses, and no selector of the allowed set
 * helps it, since nobody knows which pod has which address. A selector peer must
 * be inside one allowed peer; that several together could cover it is not tried,
 * which errs to the safe side.
 */
#include "lib/netpol/judge.h"

#include "lib/netpol/views.h"
#include "lib/netpol/witness.h"

#include <stdio.h>
#include <stdlib.h>

struct judge {
    const struct policy *policy;
    const struct views *views;
    struct passage *passages; /* of the rule at hand; at most one a view */
    size_t passage_count;
    struct leak *leak;
};

bool judge_selects(const struct policy *policy, const struct selector *privacy)
{
    return selectors_overlap(&policy->pods, privacy);
}

static bool is_noted(const struct judge *judge, size_t view)
{
    for (size_t i = 0; i < judge->passage_count; i++) {
        if (judge->passages[i].port_class->view == view) {
            return true;
        }
    }
    return false;
}

/* Note the classes that the port meets (all, where it is NULL), the first of each view. */
static void note_port(struct judge *judge, const struct policy_port *port)
{
    for (size_t i = 0; i < judge->views->class_count; i++) {
        const struct port_class *port_class = &judge->views->classes[i];
        bool met = port == NULL || port_class_meets(port_class, port);
        if (met && !is_noted(judge, port_class->view)) {
            judge->passages[judge->passage_count++] = (struct passage){port_class, port};
        }
    }
}

static void note_rule(struct judge *judge, const struct policy_rule *rule)
{
    judge->passage_count = 0;
    if (rule->any_port) {
        note_port(judge, NULL);
    }
    for (size_t i = 0; i < rule->port_count && judge->passage_count < judge->views->count; i++) {
        note_port(judge, &rule->ports[i]);
    }
}

static const struct view *view_of(const struct judge *judge, const struct passage *by)
{
    return &judge->views->items[by->port_class->view];
}

static void report(struct judge *judge, const struct destination *to, const struct passage *by)
{
    judge->leak->found = true;
    witness_describe(judge->views, to, by, judge->leak->witness);
}

static void judge_addresses(struct judge *judge, const struct addrset *set)
{
    struct destination to = {0};

    for (size_t i = 0; i < judge->passage_count; i++) {
        const struct passage *by = &judge->passages[i];
        if (!addrset_inside(set, &view_of(judge, by)->addresses, &to.family, &to.address)) {
            report(judge, &to, by);
            return;
        }
    }
}

static void judge_pods(struct judge *judge, const struct policy_peer *peer)
{
    struct destination to = {.pods = peer, .namespace = judge->policy->namespace};

    for (size_t i = 0; i < judge->passage_count; i++) {
        const struct passage *by = &judge->passages[i];
        if (!view_has_pods(judge->views, view_of(judge, by), peer, to.namespace)) {
            report(judge, &to, by);
            return;
        }
    }
}

int judge_block(const struct policy_peer *peer, struct addrset *out, struct error *err)
{
    AUTO(addrset) struct addrset block = {0};
    AUTO(addrset) struct addrset excepts = {0};

    addrset_init(out);
    if (addrset_add(&block, &peer->block, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < peer->except_count; i++) {
        if (addrset_add(&excepts, &peer->except[i], err) != 0) {
            return -1;
        }
    }
    addrset_seal(&excepts);
    return addrset_subtract(&block, &excepts, out, err);
}

/* A block as it is, which most are: fifty thousand of them need no memory. */
static void judge_whole_block(struct judge *judge, const struct cidr *block)
{
    struct interval whole = {block->first, block->last};
    struct addrset set = {0};

    set.of[block->family] = (struct intervals){.items = &whole, .count = 1};
    judge_addresses(judge, &set);
}

static int judge_peer(struct judge *judge, const struct policy_peer *peer, struct error *err)
{
    AUTO(addrset) struct addrset set = {0};

    if (peer->kind == PEER_PODS) {
        judge_pods(judge, peer);
        return 0;
    }
    if (peer->except_count == 0) {
        judge_whole_block(judge, &peer->block);
        return 0;
    }
    if (judge_block(peer, &set, err) != 0) {
        return -1;
    }
    judge_addresses(judge, &set);
    return 0;
}

/* A rule without `to`: all addresses of both families, and all pods. */
static int judge_anywhere(struct judge *judge, struct error *err)
{
    static const struct policy_peer all_pods = {.kind = PEER_PODS};
    AUTO(addrset) struct addrset set = {0};

    if (addrset_add_all(&set, FAMILY_IPV4, err) != 0 ||
        addrset_add_all(&set, FAMILY_IPV6, err) != 0) {
        return -1;
    }
    judge_addresses(judge, &set);
    if (!judge->leak->found) {
        judge_pods(judge, &all_pods);
    }
    return 0;
}

static int judge_rule(struct judge *judge, size_t index, struct error *err)
{
    const struct policy_rule *rule = &judge->policy->egress[index];
    struct leak *leak = judge->leak;

    note_rule(judge, rule);
    if (rule->anywhere && judge_anywhere(judge, err) != 0) {
        return -1;
    }
    if (leak->found) {
        leak->rule = index;
        leak->peer = SIZE_MAX;
        (void)snprintf(leak->field, sizeof leak->field, "spec.egress[%zu]", index);
    }
    for (size_t i = 0; i < rule->peer_count && !leak->found; i++) {
        if (judge_peer(judge, &rule->peers[i], err) != 0) {
            return -1;
        }
        if (leak->found) {
            bool is_block = rule->peers[i].kind == PEER_IP_BLOCK;
            leak->rule = index;
            leak->peer = i;
            (void)snprintf(leak->field, sizeof leak->field, "spec.egress[%zu].to[%zu]%s", index, i,
                           is_block ? ".ipBlock.cidr" : "");
        }
    }
    return 0;
}

static int judge_rules(struct judge *judge, struct error *err)
{
    for (size_t i = 0; i < judge->policy->egress_count && !judge->leak->found; i++) {
        if (judge_rule(judge, i, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int judge_egress(const struct policy *policy, const struct allowed *allowed, struct leak *leak,
                 struct error *err)
{
    AUTO(views) struct views views = {0};
    struct leak found = {0};

    if (!policy->isolates_egress) {
        *leak = found;
        return 0;
    }
    if (views_build(allowed, &views, err) != 0) {
        return -1;
    }
    struct judge judge = {.policy = policy, .views = &views, .leak = &found};
    judge.passages = calloc(views.count, sizeof *judge.passages);
    if (judge.passages == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory to judge a policy");
    }
    int rc = judge_rules(&judge, err);
    free(judge.passages);
    if (rc == 0) {
        *leak = found;
    }
    return rc;
}
