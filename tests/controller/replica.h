/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An authority over the stand-in, as a server runs it: with a certificate source that is
 * polled when there is something new, and a log.
 *
 * Several may share one hub: then they are replicas that start, look and stop together.
 */
#ifndef TESTS_CONTROLLER_REPLICA_H
#define TESTS_CONTROLLER_REPLICA_H

#include "certs/source.h"
#include "server/controller/authority.h"

#include <stdatomic.h>

#define REPLICA_MUTATING "mutatingwebhookconfigurations"
#define REPLICA_VALIDATING "validatingwebhookconfigurations"

enum { REPLICA_LOG = 64 * 1024 };

struct replica {
    struct cert_source *source;
    struct authority *authority;
    _Atomic unsigned given;
    _Atomic unsigned unbelieved; /* given, while what is registered did not have its CA */
    pthread_mutex_t mutex;       /* of the log */
    char log[REPLICA_LOG];
};

/* Ends the test where it cannot start. */
void replica_start(struct replica *replica, struct hub *hub);

/* After hub_quit(), all of them; then the client is stopped; then replica_done(). */
void replica_join(struct replica *replica);
void replica_done(struct replica *replica);

/* authority.h's options with this replica's callbacks. */
struct authority_options replica_options(struct replica *replica, struct hub *hub);

/* How often was that said? */
unsigned replica_said(struct replica *replica, const char *what);
bool replica_is_ready(const struct replica *replica);

/* The CA that signed what this replica serves, PEM, into `out`; "" where it serves nothing yet. */
void replica_bundle(struct replica *replica, struct buf *out);

/* Both configurations, with one entry of ours each, whose caBundle is this base64 text. */
void replica_register(const char *bundle);

/* The caBundle of a configuration, decoded, into `out`, which is initialised here. */
void replica_registered(const char *plural, struct buf *out);

#endif
