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

/* A Service, and from where somebody may be naming it. */
struct mention_of {
    struct slice service;
    struct slice namespace; /* the Service's */
    struct slice from;      /* the namespace of who names it */
    const char *domain;     /* the cluster's */
};

/* A word of a pod that could be a host's name, and where it stands. */
struct mention {
    struct slice host;
    struct slice variable;  /* {NULL, 0}: among the arguments, or in the annotation */
    struct slice container; /* {NULL, 0}: in the annotation podveil.io/talks-to */
};

typedef int mention_visitor(void *arg, const struct mention *mention, struct error *err);

/* Visit them all, until one fails. */
int mention_visit(struct value pod, mention_visitor *visitor, void *arg,
                  struct error *err) MUST_CHECK;

/* Those of one text that stands at `place` (whose host says nothing). */
int mention_visit_text(const struct mention *place, struct slice text, mention_visitor *visitor,
                       void *arg, struct error *err) MUST_CHECK;

/* Does a host's name mean the Service, or one of its pods? */
bool mention_means(const struct mention_of *of, struct slice host);

/* The names that a Service may have which a host's name means: its first label, and its second,
 * where it is that of a pod of it ({NULL, 0}: it has none). */
struct slice mention_first(struct slice host);
struct slice mention_second(struct slice host);

enum { MENTION_WHERE = 160 };

/* "the variable URL of container app", "the arguments of container app", "its annotation
 * podveil.io/talks-to"; printable. */
void mention_describe(const struct mention *mention, char where[static MENTION_WHERE]);

#endif
