/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two policies that podveil keeps, as objects (spec.md 3): the floor and
 * the companion, and the allowed set that judges all others.
 *
 * Ownership: texts are borrowed from the target (the configuration); what is
 *            returned is the caller's.
 */
#ifndef NETPOL_COMPANION_H
#define NETPOL_COMPANION_H

#include "lib/kube/build.h"
#include "lib/netpol/judge.h"

enum { COMPANION_FIELD = 256 };

/* A gateway and a cluster as the policies see them. All borrowed. */
struct companion_target {
    const char *gateway; /* its name */
    const char *gateway_namespace;
    struct value
        gateway_pods; /* as in the configuration: labels and values; a selector also works */
    const struct cidr *cidrs; /* pod, service, local CIDRs, in this order */
    size_t cidr_count;
    const struct cidr *probes; /* probe addresses when meshed, else none */
    size_t probe_count;
    bool listed_only;    /* reach: listed */
    struct value listed; /* an array of NetworkPolicyPeer */
    const char *dns_namespace;
    struct value dns_pods; /* the same; absent: all pods of the namespace */
};

/* metadata.name, namespace (left out where NULL) and podveil.io/config, for both. */
struct companion_names {
    const char *name;
    const char *namespace;
    const char *config_id;
};

/* apiVersion to spec. NULL where there is no memory. */
struct build *companion_floor(const struct companion_names *names);

/* workload: NULL for one policy a gateway and namespace (companion: namespace). */
struct build *companion_policy(const struct companion_names *names, const char *workload,
                               const struct companion_target *target);

/*
 * What privacy pods of this gateway may reach, for the judge: exactly what its companion allows, a
 * region for each peer in the order of its rules. Memory comes from the arena, and some is the
 * set's own (allowed_done); nothing of the target is kept. Fails where `listed` has a wrong peer.
 */
int companion_allowed(const struct companion_target *target, struct arena *arena,
                      struct allowed *out, struct error *err) MUST_CHECK;
void allowed_done(struct allowed *allowed);
DEFINE_AUTO_IN_PLACE(allowed, struct allowed, allowed_done);

/*
 * Is the object's spec that of `wanted`? Compared by content: members in any order, lists in
 * theirs, labels and metadata aside. What is written here has every default of the API server
 * written out and nothing empty, so an object that it gives back is compared as it is; an own file
 * that writes `egress: []` into the floor is another spec here, although it means the same.
 */
bool companion_same_spec(struct value object, struct value wanted);

/*
 * The first place where the spec is another one: "spec.egress[2].to[0].ipBlock.cidr", and what is
 * wanted there (absent: nothing). "spec" where they do not differ.
 */
struct value companion_difference(struct value object, struct value wanted,
                                  char field[static COMPANION_FIELD]);

#endif
