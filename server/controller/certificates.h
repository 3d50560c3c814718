/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The controller's part for certificates: nothing where they are not the cluster's matter,
 * else the source that the server serves from, and the authority behind it.
 *
 * Ownership: in place in the controller. In this order: open, start, join after hub_quit(), stop
 *            after the client has stopped, done.
 * Threads:   certificates_are_ready(), certificates_read(): any. The rest: one.
 */
#ifndef CONTROLLER_CERTIFICATES_H
#define CONTROLLER_CERTIFICATES_H

#include "server/controller/authority.h"
#include "server/controller/controller.h"

struct certificates {
    struct ca_rules rules;
    struct cert_source *source;  /* NULL: no matter of ours */
    struct authority *authority; /* NULL: it does not run */
};

/* `asked` NULL: none are. The names are podveil.NAMESPACE.svc and those that were asked for. */
int certificates_open(struct certificates *certificates,
                      const struct controller_certificates *asked, const char *namespace,
                      struct error *err) MUST_CHECK;

/* The source and the rules of `options` are filled in here. */
int certificates_start(struct certificates *certificates, struct authority_options options,
                       struct error *err) MUST_CHECK;
void certificates_join(struct certificates *certificates);
void certificates_stop(struct certificates *certificates);
void certificates_done(struct certificates *certificates);

/* Zeroes where they are no matter of ours. */
void certificates_read(const struct certificates *certificates, struct authority_figures *out);

bool certificates_are_ready(const struct certificates *certificates, const char **why);

#endif
