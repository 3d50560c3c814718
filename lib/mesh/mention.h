/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who talks to a Service, as far as manifests tell: whose environment,
 * arguments or annotation podveil.io/talks-to name it.
 *
 * A name stands where a host can stand: alone, behind "//", "@", "=" or a comma, before a port or a
 * path. "/config/sonarr" and "sonarr_url" name no Service. A name alone is one of the own
 * namespace's; "sonarr.media" and "sonarr.media.svc.cluster.local" are of any.
 *
 * Threads: no shared state.
 */
#ifndef MESH_MENTION_H
#define MESH_MENTION_H

#include "lib/kube/value.h"

/* A Service, and who may be naming it. */
struct mention_of {
    struct slice service;
    struct slice namespace; /* the Service's */
    struct slice from;      /* the namespace of who names it */
    const char *domain;     /* the cluster's */
};

enum { MENTION_WHERE = 160 };

/* Does the text name it? */
bool mention_in_text(const struct mention_of *of, struct slice text);

/*
 * Does the pod name it? `where` gets the first place: "the variable URL of container app", "the
 * arguments of container app", "its annotation podveil.io/talks-to"; printable.
 */
bool mention_in_pod(const struct mention_of *of, struct value pod,
                    char where[static MENTION_WHERE]);

#endif
