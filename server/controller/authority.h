/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The replicas' certificates in the cluster: their common CA in a Secret, a serving
 * certificate of it for each, and the API server told to believe it. One thread.
 *
 *   Secret     made by the first replica; the others, and who loses the race, read it.
 *              A deleted one comes back as it was. One that holds no CA is left alone.
 *   rotation   ca_set.h says when; the Secret is changed on condition that nobody
 *              changed it meanwhile. A successor signs once every registered entry has
 *              had it for `lead`.
 *   caBundle   webhooks.h. Before it is written the Secret is read: two replicas that
 *              know different CAs would else undo each other's work.
 *   leaf       of the new signer once that is registered, so that no replica serves what
 *              the API server does not believe.
 *
 * Ownership: authority_free() after hub_quit() and after the client has stopped; the thread ends
 *            at hub_quit() and authority_join() waits for it. The options are copied, what they
 *            point to is borrowed.
 * Threads:   authority_is_ready(), authority_read(): any. The rest: one.
 * Errors:    what goes wrong is said once, and tried again: after half a second,
 *            then pauses double up to half a minute.
 */
#ifndef CONTROLLER_AUTHORITY_H
#define CONTROLLER_AUTHORITY_H

#include "certs/ca_set.h"
#include "certs/source.h"
#include "server/controller/hub.h"

struct authority_options {
    struct hub *hub;
    const char *namespace;      /* this release's */
    struct cert_source *source; /* of cert_source_shared() */
    const struct ca_rules *rules;
    void (*say)(void *arg, bool warning, const char *what, const char *detail);
    void (*given)(void *arg); /* the source has another certificate to give: poll it soon */
    void *arg;
};

struct authority;

int authority_start(const struct authority_options *options, struct authority **out,
                    struct error *err) MUST_CHECK;
void authority_join(struct authority *authority);
void authority_free(struct authority *authority);
DEFINE_AUTO(authority, struct authority, authority_free);

/*
 * Has this replica a certificate that the API server believes? An API server that is away does not
 * take that back; a caBundle without it does after AUTHORITY_GRACE_MS, in which it is mended.
 */
bool authority_is_ready(const struct authority *authority, const char **why);

enum { AUTHORITY_GRACE_MS = 10000 };

/* For the operator. */
struct authority_figures {
    int64_t not_after; /* of the CA that signs, seconds since 1970; 0: there is none yet */
    int64_t published; /* CAs that clients are to believe */
    bool mutating;     /* is the caBundle of that configuration's entries as it should be? */
    bool validating;   /* and of this one's */
    int64_t secret;    /* failures to read, make or change the Secret */
    int64_t bundle;    /* failures to write caBundle */
};

void authority_read(const struct authority *authority, struct authority_figures *out);

#endif
