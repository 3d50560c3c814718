/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands behind the server counts, for the operator: read at each look at /metrics.
 */
#ifndef ADMISSION_FIGURES_H
#define ADMISSION_FIGURES_H

#include "lib/kube/api_failure.h"

#include <stdint.h>

struct figures {
    int64_t leads;        /* 1: this podveil does */
    int64_t restored;     /* policies and guard labels that were not as they should be */
    int64_t not_restored; /* writes of that which failed */
    int64_t conflicts;    /* restored where somebody else had the field */
    int64_t removed;      /* companions that no pod needed */
    int64_t unprotected;  /* pods that run, and should be protected and are not (the leader's) */
    int64_t old_settings; /* pods that run with another configuration's (the leader's) */
    int64_t differences;  /* between the configuration's cluster and the cluster */
    int64_t pods;         /* that the watch cache holds: the labelled ones */
    int64_t policies;     /* the same, of all NetworkPolicies */
    int64_t namespaces;   /* and of all namespaces */
    int64_t judged;       /* policies that stood, judged for a pod */
    int64_t remembered;   /* and those that were not: what is found was known */

    int64_t other_configs; /* configurations of other podveils that are not this one's */

    int64_t ca_not_after;      /* of the CA that signs, seconds since 1970; 0: none of ours */
    int64_t ca_published;      /* CAs that the API server is to believe */
    int64_t bundle_mutating;   /* 1: caBundle of the mutating entries is as it should be */
    int64_t bundle_validating; /* and of the validating ones */
    int64_t secret_failures;   /* to read, make or change the CA's Secret */
    int64_t bundle_failures;   /* to write caBundle */

    int64_t clock_ahead_s; /* how far this machine's clock is ahead of the API server's */
    int64_t api_failures[API_FAILURES]; /* tries to ask the API server, by what became of them */
};

#endif
