/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies of other languages (the admin tiers, Cilium's, Calico's), read for one
 * question: what may they let a privacy pod reach? Their allow is final, or is
 * united with the killswitch, so it must lie inside what the pod's gateway allows
 * (policy-semantics.md 1.3, A5 to A7).
 *
 * A reader of such a language makes the same peers and ports of it that policy.h
 * has, and never fewer addresses, pods or ports than the policy lets through:
 * what cannot be told is `unknown`, which is a leak. A deny before an allow is
 * passed over. Not for ingress, and not for a policy that only denies.
 *
 * Ownership: all memory is the arena's; texts are borrowed from the object.
 * Threads:   no shared state.
 * Errors:    as policy.h: ERR_MALFORMED with the path from the object's root, and `fault` tells a
 *            non-canonical CIDR from every other mistake. ERR_NO_MEMORY.
 */
#ifndef NETPOL_ADMIN_H
#define NETPOL_ADMIN_H

#include "lib/netpol/judge.h"

/* The label of each privacy pod; its value is the gateway's name. */
#define ADMIN_GATEWAY_LABEL "podveil.io/gateway"

enum { ADMIN_FIELD = 200 };

/* "spec.egress[1].toCIDRSet", 0, ".cidr"; index SIZE_MAX: no item of it. */
struct admin_place {
    const char *at;
    size_t index;
    const char *behind;
};

/* Where the rule of the same number comes from. */
struct admin_note {
    struct admin_place rule;
    struct admin_place *peers;
    const char *unknown; /* not NULL: what it may be, which is a leak as it stands */
    struct admin_place unknown_at;
    const char *mend; /* of that, what may be written instead; or NULL */
};

struct calico_subject;

/* One set of pods, and what the policy lets them reach. */
struct admin_part {
    bool nobody;                         /* no pod at all */
    struct selector pods;                /* an unset one selects all */
    const struct calico_subject *calico; /* or NULL; it and `pods` must both match */
    struct policy_rule *rules;
    struct admin_note *notes;
    size_t count;
};

struct admin_policy {
    struct admin_part *parts;
    size_t count;
};

/* What a reader has to know. All borrowed. */
struct admin_asked {
    const struct slice *gateways; /* their names */
    size_t gateway_count;
    const struct requirement
        *strangers;           /* the label's other values, where pods have such; or NULL */
    const struct cidr *nodes; /* the nodes' addresses; none: not known */
    size_t node_count;
    const struct slice
        *trusted; /* namespaces in whose hands the tunnel and, last, DNS are anyway */
    size_t trusted_count;
    struct slice namespace; /* of the policy; {NULL, 0} where it is of the whole cluster */

    /* Where such a policy is asked about the pods of one namespace alone, that one's name; {NULL,
     * 0}: of any. A language that lets a pod's own labels stand for its namespace's asks about all.
     */
    struct slice home;
};

/* A language. Rules of parts that can select no privacy pod are not read. */
typedef int admin_read(struct value object, const struct admin_asked *asked, struct arena *arena,
                       struct admin_policy *out, enum policy_fault *fault, struct error *err);

struct admin_leak {
    bool found;
    char field[ADMIN_FIELD];
    char witness[LEAK_WITNESS]; /* "203.0.113.0 on every port", "any address that ..." */
    char mend[LEAK_WITNESS];    /* "write nets beside the selector"; "" where nothing is known */
};

/* Can the part select a pod of this gateway, whatever its other labels and its namespace's? */
bool admin_selects(const struct admin_part *part, struct slice gateway);

/* The same for pods of a gateway that is none of those asked about. */
bool admin_selects_strangers(const struct admin_part *part, const struct requirement *strangers);

/* The first leak of the part, for pods that may reach what is allowed. */
int admin_judge(const struct admin_part *part, struct slice namespace,
                const struct allowed *allowed, struct admin_leak *leak,
                struct error *err) MUST_CHECK;

#endif
