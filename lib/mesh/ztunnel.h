/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ztunnel makes of an AuthorizationPolicy, and of each of its rules.
 *
 * It enforces policies without targetRefs alone, by what it sees of a
 * connection: addresses, ports and the peer's identity. What asks for more is
 * left out of what it is given, and how that ends depends on the action.
 *
 * Threads: no shared state.
 */
#ifndef MESH_ZTUNNEL_H
#define MESH_ZTUNNEL_H

#include "lib/mesh/authz.h"

/* Of a policy as a whole. */
enum ztunnel_takes {
    ZTUNNEL_ENFORCES,
    ZTUNNEL_LEAVES_TO_WAYPOINT, /* it has targetRefs */
    ZTUNNEL_KNOWS_NO_ACTION,    /* CUSTOM, AUDIT: nobody enforces it */
    ZTUNNEL_IS_NOT_TOLD,        /* dry-run */
};

enum ztunnel_takes ztunnel_takes(const struct authz *policy);

/* Of one rule. */
enum ztunnel_effect {
    RULE_AS_WRITTEN,
    RULE_LEFT_OUT, /* ALLOW: the whole rule lets nobody in */
    RULE_NEVER,    /* DENY: a clause matches nothing, so the rule denies nothing */
    RULE_IN_PART,  /* one of the alternatives matches nothing, the others hold */
    RULE_STRICTER, /* DENY: a condition is gone, so it denies more than is written */
    RULE_WIDER,    /* ALLOW: a condition is gone, so it lets more in than is written */
};

struct ztunnel_verdict {
    enum ztunnel_effect effect;
    enum authz_layer layer; /* of what it does not understand */
    char field[160];        /* its place; empty where the rule is as written */
    struct slice name;      /* "methods", "request.headers[x]" */
};

/* The worst that happens to the rule, and by which attribute. Attributes that are not known here
 * count as understood: `unknown`, which may be NULL, gets the first of them. */
struct ztunnel_verdict ztunnel_rule(const struct authz *policy, size_t rule,
                                    const struct authz_attribute **unknown);

#endif
