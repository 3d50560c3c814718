/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NetworkPolicy peers as JSON, in the one form that the API server gives back:
 * no empty lists and maps, no null. A policy that is written and read again is
 * equal then, and nobody repairs what is right.
 *
 * Ownership: what is returned is the caller's; NULL where there is no memory.
 */
#ifndef NETPOL_PEER_H
#define NETPOL_PEER_H

#include "lib/kube/build.h"
#include "lib/netpol/cidr.h"

struct build *peer_build_block(const struct cidr *cidr);
struct build *peer_build_all_pods(void);

/*
 * The pods of a namespace; of all of them those that `pods` selects, where it is set: labels and
 * their values, or a selector with matchLabels and matchExpressions.
 */
struct build *peer_build_pods(const char *namespace, struct value pods);

/* A copy of a peer that policy_parse_peer() reads. */
struct build *peer_build_copy(struct value peer);

#endif
