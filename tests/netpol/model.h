/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies of chance and a judge that tries: every address next to an end of a
 * block, every port next to an end of a range, every set of labels of a small
 * world. Written without a line of lib/netpol, so that the two can disagree.
 */
#ifndef TESTS_NETPOL_MODEL_H
#define TESTS_NETPOL_MODEL_H

#include "lib/base/buf.h"

#include <stdbool.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 number; /* an address, IPv4 too */

enum { MODEL_RULES = 4, MODEL_PEERS = 3, MODEL_OTHER = 3 /* the protocol that is none of three */ };

struct block {
    bool v6;
    unsigned prefix;
    number first;
    number last;
};

struct term {
    unsigned key;
    unsigned operation;
    unsigned listed; /* a bit for each value of the key */
};

struct terms {
    struct term items[2];
    unsigned count;
};

/* An ipBlock, or selectors. */
struct model_peer {
    bool is_block;
    struct block block;
    struct block excepts[2];
    unsigned except_count;
    bool own;
    struct terms namespaces;
    struct terms pods;
};

struct model_port {
    unsigned protocol;
    bool all;
    unsigned first;
    unsigned last;
};

/* A rule of a policy (no peer: anywhere), or an allowed region (no peer: nothing). */
struct model_rule {
    struct model_peer peers[MODEL_PEERS];
    unsigned peer_count;
    struct model_port ports[2];
    unsigned port_count; /* none: any */
};

struct model {
    struct model_rule rules[MODEL_RULES];
    unsigned count;
};

void model_invent(uint64_t *state, struct model *model);

/* One that keeps near `allowed`: its peers are often parts of that one's. */
void model_invent_near(uint64_t *state, const struct model *allowed, struct model *model);

/* As JSON with ' for ": one peer, one list of ports, the egress rules with commas between. */
void model_write_peer(const struct model_peer *peer, struct buf *out);
void model_write_ports(const struct model_rule *rule, struct buf *out);
void model_write(const struct model *model, struct buf *out);

/* The first rule and peer that leak; *peer is UINT_MAX for a rule without peers. */
bool model_leaks(const struct model *policy, const struct model *allowed, unsigned *rule,
                 unsigned *peer);

/* Is what the peer (NULL: anywhere) allows, at that address or of pods, forbidden by that port? */
bool model_has_address(const struct model_peer *peer, bool v6, number address);
bool model_allows_address(const struct model *allowed, bool v6, number address, unsigned protocol,
                          unsigned port);
bool model_allows_pods(const struct model *allowed, const struct model_peer *peer,
                       unsigned protocol, unsigned port);
bool model_has_port(const struct model_rule *rule, unsigned protocol, unsigned port);

#endif
