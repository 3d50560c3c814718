/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is in the mesh, as far as the input tells: workloads with their identity
 * and the Services that lead to them.
 *
 * Ownership: members own their tables; all else is the job's.
 * Errors:    ERR_NO_MEMORY, and what outcome_of() says.
 */
#ifndef CLI_RENDER_MEMBERS_H
#define CLI_RENDER_MEMBERS_H

#include "lib/pod/names.h"
#include "server/cli/job.h"

/* What makes pods. */
struct member {
    const struct object *object;
    struct value pod; /* or its template, as it is written */
    struct value labels;
    struct slice namespace;
    struct slice account;
    const struct gateway_rules *rules; /* NULL: not private */
    bool meshed;                       /* private ones are, and others by their labels */
    char name[NAME_MAX_LEN + 1];
    char mark[LABEL_VALUE_MAX + 1]; /* podveil.io/workload */
};

/* A Service with a selector. */
struct offer {
    struct slice name;
    struct slice namespace;
    struct value spec;
    struct value selector;
    struct slice waypoint;           /* {NULL, 0}: none */
    struct slice waypoint_namespace; /* where that one is */
    bool ingress_at_waypoint;        /* gateways ask the waypoint too */
};

struct members {
    struct member *items;
    size_t count;
    size_t cap;
    struct offer *offers;
    size_t offer_count;
    size_t offer_cap;
    const struct object **routes; /* and Ingresses */
    size_t route_count;
    size_t route_cap;
    const struct object **settings; /* ConfigMaps */
    size_t setting_count;
    size_t setting_cap;
};

/* The denied are left out: nothing that they ask for comes to be. */
int members_find(const struct job *job, struct members *out, struct error *err) MUST_CHECK;
void members_done(struct members *members);
DEFINE_AUTO_IN_PLACE(members, struct members, members_done);

/* The data of a ConfigMap; absent where the input has none of that name. */
struct value members_settings(const struct job *job, const struct members *members,
                              struct slice namespace, struct slice name);

/* Does the Service lead to its pods? */
bool offer_leads_to(const struct offer *offer, const struct member *member);

#endif
