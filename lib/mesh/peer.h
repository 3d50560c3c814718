/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does an AuthorizationPolicy let a peer in, as far as its identity goes?
 *
 * A peer is an account of a namespace; its trust domain is not known here, so any is taken for its
 * own. What depends on more than the identity (addresses, ports, what is not a peer's) may let
 * it in: the answer is false only where no connection of this peer can get in.
 *
 * Threads: no shared state.
 */
#ifndef MESH_PEER_H
#define MESH_PEER_H

#include "lib/mesh/authz.h"

struct peer {
    struct slice namespace;
    struct slice account;
};

/* By one of the rules of an ALLOW? */
bool peer_may_pass(const struct authz *policy, const struct peer *peer);

/* "cluster.local/ns/media/sa/sonarr" as Istio compares it: whole, "abc*", "*abc" or "*". */
bool peer_is_named(const struct peer *peer, struct slice pattern);

#endif
