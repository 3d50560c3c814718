/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the API server believes podveil by: clientConfig.caBundle of the entries of both
 * webhook configurations, watched and written.
 *
 * Written by server-side apply, for the entries alone that are there and are ours: named
 * under podveil.io, and leading to this release's namespace or to an address. Nothing is
 * made: no configuration, no entry.
 *
 * An entry that is co-owned cannot be taken out of its configuration by server-side apply,
 * as helm upgrades: what is left of it, a name and a caBundle, is no valid entry, and the
 * whole upgrade is refused. So what was written is owned by nobody: each write is
 * followed by one that takes podveil out of metadata.managedFields.
 *
 * Ownership: in place. Zeroes are a fine start; webhooks_done() after the client has stopped.
 * Threads:   webhooks_look() and the others: one thread, which may wait for the API server.
 * Errors:    with the API server's own words.
 */
#ifndef CONTROLLER_WEBHOOKS_H
#define CONTROLLER_WEBHOOKS_H

#include "lib/kube/client/reflector.h"
#include "server/controller/hub.h"

enum { WEBHOOKS_MUTATING, WEBHOOKS_VALIDATING, WEBHOOKS_KINDS };

struct webhooks_options {
    struct hub *hub;
    const char *namespace;      /* this release's; borrowed */
    reflector_trouble *trouble; /* NULL: nobody asks */
    cache_changed *changed;     /* something may be different; rings the hub, say */
    void *arg;                  /* of both */
};

struct webhooks {
    struct webhooks_options options;
    struct cache *caches[WEBHOOKS_KINDS];
    struct reflector *reflectors[WEBHOOKS_KINDS];
};

enum webhooks_answer {
    WEBHOOKS_UNKNOWN, /* not told yet, or the watch is broken */
    WEBHOOKS_NONE,    /* no entry is ours */
    WEBHOOKS_NO,      /* at least one entry of ours has not */
    WEBHOOKS_YES,     /* every entry of ours has it */
};

int webhooks_start(struct webhooks *webhooks, const struct webhooks_options *options,
                   struct error *err) MUST_CHECK;
void webhooks_done(struct webhooks *webhooks);

/* As reflector_kick(). */
void webhooks_kick(struct webhooks *webhooks);

/* Is this certificate (PEM as certs/ writes it) in the bundle of every entry of ours? */
enum webhooks_answer webhooks_have(const struct webhooks *webhooks, struct slice cert);

/* Has any entry of ours a bundle at all? */
enum webhooks_answer webhooks_have_any(const struct webhooks *webhooks);

/* Is this the very bundle of every entry of ours, and owned by nobody? */
enum webhooks_answer webhooks_are(const struct webhooks *webhooks, struct slice bundle);

/* The same of one configuration: WEBHOOKS_MUTATING or WEBHOOKS_VALIDATING. */
enum webhooks_answer webhooks_kind_is(const struct webhooks *webhooks, size_t kind,
                                      struct slice bundle);

/* Make it so. *wrote: how many configurations were written. */
int webhooks_write(struct webhooks *webhooks, struct slice bundle, size_t *wrote,
                   struct error *err) MUST_CHECK;

#endif
