/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The API server as the place where policies stand (server/admission/store.h): what
 * there is comes from watch caches, what is missing is written by server-side apply.
 *
 *   floor      the namespace is labelled podveil.io/guarded first, bound to its uid, so
 *              that the label revives no namespace that was deleted; the policy counts
 *              once it is `settle` old
 *   companion  written at once
 *
 * A policy stands where the cache has one of that name whose spec, labels and
 * annotations are ours; what others added beside them does no harm.
 *
 * Ownership: controller_open() owns all until controller_close(). The options are borrowed.
 * Threads:   those of store.h. start, stop and close: one thread.
 * Errors:    ERR_CONFIG where it is not known how to reach the API server; a server that is away
 *            is none at the start: what was not seen yet is waited for, and reviews are denied.
 */
#ifndef CONTROLLER_CONTROLLER_H
#define CONTROLLER_CONTROLLER_H

#include "certs/ca_set.h"
#include "lib/pod/ruleset.h"
#include "server/admission/config_text.h"
#include "server/admission/figures.h"
#include "server/admission/store.h"
#include "server/admission/voice.h"

enum controller_place {
    CLUSTER_IN_CLUSTER, /* the mounted service account */
    CLUSTER_KUBECONFIG,
};

/* No flags: 0 is what users get, tests shorten them. */
struct controller_times {
    int64_t lease_ms;    /* how long a leader that is silent still leads; 15 s */
    int64_t renew_ms;    /* how long it leads after its last renewal; 10 s */
    int64_t retry_ms;    /* between two looks at the Lease; 2 s */
    int64_t follower_ms; /* how long another podveil leaves a repair to the leader; 2 s */
    int64_t unknown_ms;  /* how long a policy of an unknown configuration is left; 3 s */
    int64_t sweep_ms;    /* between two looks for companions without a pod; 10 s */
    int64_t idle_ms;     /* how long one stands; 24 h */
    int64_t going_ms;    /* how long it is marked before it is deleted; 60 s */
    int64_t report_ms;   /* between two looks at what runs; 5 min */
    int64_t compare_ms;  /* between two looks at what the cluster is; 60 s */
    int64_t trust_ms;    /* how long policies are believed that no watch follows any more; 10 s */
    int64_t differ_ms;   /* how long two podveils may have different configurations untold; 2 min */
};

struct cert_source;

/* Certificates of a CA that the replicas share (authority.h). */
struct controller_certificates {
    const char *const *names; /* beside that of podveil's Service */
    size_t count;
    const struct ca_rules *rules; /* NULL: ca_set_rules */
};

struct controller_options {
    enum controller_place place;
    const char *kubeconfig; /* NULL: $KUBECONFIG, else ~/.kube/config */
    const char *config_map; /* which has the configuration; NULL: none, it comes otherwise */
    const char *namespace;  /* podveil's own; NULL: the service account's or the context's */
    struct controller_times times;
    const struct controller_certificates *certificates; /* NULL: somebody else has them */
};

struct controller;

int controller_open(const struct controller_options *options, struct controller **out,
                    struct error *err) MUST_CHECK;
int controller_start(struct controller *controller, const struct voice *voice,
                     struct error *err) MUST_CHECK;
void controller_stop(struct controller *controller);
void controller_close(struct controller *controller);
DEFINE_AUTO(controller, struct controller, controller_close);

/* Has every cache been complete once? */
bool controller_is_ready(const struct controller *controller, const char **why);

void controller_read(const struct controller *controller, struct figures *out);

/* Where those certificates come from; NULL where somebody else has them. Borrowed. */
struct cert_source *controller_source(const struct controller *controller);

/* Of options.config_map. -1: there is none, and `err` says what is missing. */
int controller_read_config(const struct controller *controller, struct config_text *out,
                           struct error *err) MUST_CHECK;

struct policy_store controller_store(const struct controller *controller);

#endif
