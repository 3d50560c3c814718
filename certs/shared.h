/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A certificate source (source.h) whose CA is somebody else's matter: it is given the
 * CA that signs, and the bundle that clients believe, and makes serving certificates.
 *
 * Before anything was given a poll brings nothing, which is no failure. A new signer has a new
 * certificate at the next poll; else it is renewed at two thirds of its life. It never outlives
 * its CA: near that end it lives shorter.
 *
 * Threads: cert_shared_give(): any, beside the one that polls.
 */
#ifndef CERTS_SHARED_H
#define CERTS_SHARED_H

#include "certs/ca.h"
#include "certs/source.h"

int cert_source_shared(const char *const *names, size_t count, struct cert_life leaf,
                       struct cert_source **out, struct error *err) MUST_CHECK;

/* `source` is one of cert_source_shared(). The signer and the text are copied. */
int cert_shared_give(struct cert_source *source, const struct ca *signer, struct slice bundle,
                     struct error *err) MUST_CHECK;

/*
 * By how many seconds the clock of those who are to believe the certificates is ahead of the one
 * that polls go by; 0 at first. What is made is good by theirs. Any thread.
 */
void cert_shared_clock(struct cert_source *source, int64_t ahead_s);

#endif
