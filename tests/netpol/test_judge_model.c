/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/judge.h"
#include "tests/netpol/allowing.h"
#include "tests/netpol/model.h"
#include "tests/netpol/random.h"

#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>

enum { ROUNDS = 6000, MAX_REGIONS = MODEL_RULES * MODEL_PEERS };

/* One comparison: what was invented, and what the program made of it. */
struct trial {
    struct model policy;
    struct model allowed;
    struct parsed parsed;
    struct parsed allowed_parsed;
    struct policy read;
    struct allowed_region regions[MAX_REGIONS];
    struct allowed set;
    struct leak leak;
    uint64_t seed;
};

static void trial_done(struct trial *trial)
{
    for (size_t i = 0; i < trial->set.count; i++) {
        addrset_done(&trial->regions[i].addresses);
    }
    parsed_done(&trial->parsed);
    parsed_done(&trial->allowed_parsed);
}
DEFINE_AUTO_IN_PLACE(trial, struct trial, trial_done);

static void read_model(const struct model *model, struct parsed *parsed, struct policy *out)
{
    AUTO(buf) struct buf text = {0};

    buf_init(&text, 1 << 20);
    model_write(model, &text);
    policy_of(buf_cstr(&text), parsed, out);
}

/* A region holds all blocks of its rule and the pods of one of its peers. */
static void add_region(struct trial *trial, const struct policy_rule *rule)
{
    struct error err = {0};
    struct allowed_region *region = &trial->regions[trial->set.count++];

    *region = (struct allowed_region){
        .any_port = rule->any_port, .ports = rule->ports, .port_count = rule->port_count};
    for (size_t i = 0; i < rule->peer_count; i++) {
        if (rule->peers[i].kind == PEER_IP_BLOCK) {
            AUTO(addrset) struct addrset block = {0};
            cr_assert_eq(judge_block(&rule->peers[i], &block, &err), 0, "%s", err.text);
            cr_assert_eq(addrset_unite(&region->addresses, &block, &err), 0, "%s", err.text);
            continue;
        }
        if (region->pods) {
            region = &trial->regions[trial->set.count++];
            *region = (struct allowed_region){
                .any_port = rule->any_port, .ports = rule->ports, .port_count = rule->port_count};
        }
        region->pods = true;
        region->peer = rule->peers[i];
    }
}

static void trial_make(uint64_t *state, struct trial *trial, uint64_t seed)
{
    struct policy allowed;
    struct error err = {0};

    *trial = (struct trial){.seed = seed};
    model_invent(state, &trial->allowed);
    model_invent_near(state, &trial->allowed, &trial->policy);
    read_model(&trial->policy, &trial->parsed, &trial->read);
    read_model(&trial->allowed, &trial->allowed_parsed, &allowed);
    for (size_t i = 0; i < allowed.egress_count; i++) {
        if (allowed.egress[i].peer_count > 0) {
            add_region(trial, &allowed.egress[i]);
        }
    }
    trial->set.regions = trial->regions;
    cr_assert_eq(judge_egress(&trial->read, &trial->set, &trial->leak, &err), 0, "%s", err.text);
}

/* --- is what the witness says true? --- */

struct claim {
    bool is_address;
    bool v6;
    number address;
    unsigned protocol; /* UINT_MAX: all of them */
    unsigned port;     /* 0: all of them */
};

static void read_address(const char *text, struct claim *claim)
{
    unsigned char bytes[16] = {0};

    claim->v6 = strchr(text, ':') != NULL;
    cr_assert_eq(inet_pton(claim->v6 ? AF_INET6 : AF_INET, text, bytes), 1, "%s", text);
    for (unsigned i = 0; i < (claim->v6 ? 16 : 4); i++) {
        claim->address = claim->address << 8 | bytes[i];
    }
}

static void read_claim(const char *witness, struct claim *claim)
{
    static const char *const protocols[] = {"TCP", "UDP", "SCTP"};
    char text[256];
    const char *by = strstr(witness, " on ");

    *claim = (struct claim){.protocol = UINT_MAX, .is_address = strncmp(witness, "pods", 4) != 0};
    if (by == NULL) {
        by = strstr(witness, " by ICMP and other protocols");
        cr_assert_not_null(by, "%s", witness);
        claim->protocol = MODEL_OTHER;
    }
    (void)snprintf(text, sizeof text, "%.*s", (int)(by - witness), witness);
    if (claim->is_address) {
        read_address(text, claim);
    }
    by += strlen(" on ");
    for (unsigned i = 0; i < COUNT_OF(protocols) && claim->protocol == UINT_MAX; i++) {
        unsigned port = 0;
        (void)snprintf(text, sizeof text, "every %s port", protocols[i]);
        claim->protocol = strcmp(by, text) == 0 ? i : UINT_MAX;
        (void)snprintf(text, sizeof text, "%s %%u", protocols[i]);
        if (strncmp(by, protocols[i], strlen(protocols[i])) == 0) {
            port = (unsigned)strtoul(by + strlen(protocols[i]) + 1, NULL, 10);
            cr_assert(port >= 1 && port <= 65535, "%s", witness);
            claim->protocol = i;
            claim->port = port;
        }
    }
    cr_assert(claim->protocol != UINT_MAX || strcmp(by, "every port") == 0, "%s", witness);
}

static void check_port(const struct trial *trial, const struct claim *claim,
                       const struct model_rule *rule, const struct model_peer *peer,
                       unsigned protocol, unsigned port)
{
    bool allowed = claim->is_address ? model_allows_address(&trial->allowed, claim->v6,
                                                            claim->address, protocol, port)
                                     : model_allows_pods(&trial->allowed, peer, protocol, port);

    cr_assert(model_has_port(rule, protocol, port), "%s: not in the rule, " SEED,
              trial->leak.witness, trial->seed);
    cr_assert_not(allowed, "%s: protocol %u, port %u is allowed, " SEED, trial->leak.witness,
                  protocol, port, trial->seed);
}

static void check_witness(const struct trial *trial, const struct model_rule *rule,
                          const struct model_peer *peer)
{
    static const unsigned ports[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1000, 65534, 65535};
    struct claim claim;

    read_claim(trial->leak.witness, &claim);
    if (claim.is_address) {
        cr_assert(model_has_address(peer, claim.v6, claim.address), "%s: not in the peer, " SEED,
                  trial->leak.witness, trial->seed);
    }
    for (unsigned protocol = 0; protocol <= MODEL_OTHER; protocol++) {
        if (claim.protocol != UINT_MAX && claim.protocol != protocol) {
            continue;
        }
        for (unsigned i = 0; i < COUNT_OF(ports); i++) {
            if (claim.port == 0) {
                check_port(trial, &claim, rule, peer, protocol, ports[i]);
            }
        }
        if (claim.port != 0) {
            check_port(trial, &claim, rule, peer, protocol, claim.port);
        }
    }
}

/* Compare; was there a leak? */
static bool check(const struct trial *trial)
{
    unsigned rule = 0;
    unsigned peer = 0;
    char field[160];

    if (!model_leaks(&trial->policy, &trial->allowed, &rule, &peer)) {
        cr_assert_not(trial->leak.found, "%s %s " SEED "\n%s\n%s", trial->leak.field,
                      trial->leak.witness, trial->seed, buf_cstr(&trial->parsed.text),
                      buf_cstr(&trial->allowed_parsed.text));
        return false;
    }
    const struct model_rule *r = &trial->policy.rules[rule];
    const struct model_peer *p = peer == UINT_MAX ? NULL : &r->peers[peer];
    (void)snprintf(field, sizeof field, "spec.egress[%u]", rule);
    if (p != NULL) {
        (void)snprintf(field, sizeof field, "spec.egress[%u].to[%u]%s", rule, peer,
                       p->is_block ? ".ipBlock.cidr" : "");
    }
    cr_assert(trial->leak.found, "%s leaks, " SEED "\n%s\n%s", field, trial->seed,
              buf_cstr(&trial->parsed.text), buf_cstr(&trial->allowed_parsed.text));
    cr_assert_str_eq(trial->leak.field, field, "%s " SEED "\n%s\n%s", trial->leak.witness,
                     trial->seed, buf_cstr(&trial->parsed.text),
                     buf_cstr(&trial->allowed_parsed.text));
    check_witness(trial, r, p);
    return true;
}

Test(judge_model, agrees_with_one_that_tries)
{
    uint64_t seed = random_seed();
    uint64_t state = seed;
    unsigned leaks = 0;
    unsigned of_pods = 0;

    for (unsigned round = 0; round < ROUNDS; round++) {
        AUTO(trial) struct trial trial = {0};
        trial_make(&state, &trial, seed);
        leaks += check(&trial) ? 1 : 0;
        of_pods += strncmp(trial.leak.witness, "pods", 4) == 0 ? 1 : 0;
    }
    cr_assert_gt(leaks, ROUNDS / 5, "%u of %u leak, " SEED, leaks, ROUNDS, seed);
    cr_assert_lt(leaks, ROUNDS - ROUNDS / 5, "%u of %u leak, " SEED, leaks, ROUNDS, seed);
    cr_assert_gt(of_pods, ROUNDS / 50, "%u of %u are pods, " SEED, of_pods, ROUNDS, seed);
}
