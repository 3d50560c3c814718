/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the server's certificate comes from, and when there is a new one.
 *
 *   cert_source_self()   a CA and serving certificates of our own. The serving
 *                        certificate lives for a day and is renewed at two thirds
 *                        of that, the CA for a year and is followed by another at
 *                        two thirds of that (self.c).
 *   cert_source_files()  DIR/tls.crt and DIR/tls.key, kept by somebody else and
 *                        followed on disk (files.c).
 *
 * The caller asks every second or so and gives the wall clock; there is no thread
 * and no timer here. A clock that jumped, either way, is noticed by the next
 * question. A question without news costs less than a tenth of a millisecond.
 *
 * In the caller's loop, in this order, so that nobody is shown a certificate
 * whose CA was not published before:
 *
 *     int failed = cert_source_poll(source, time(NULL), &fresh, &err);
 *     (log err and count it if failed)
 *     bundle = cert_source_bundle(source);
 *     (write or register bundle.pem where bundle.generation is a new one)
 *     (serve fresh, log fresh->warning, cert_pair_free() when handshakes are done with it)
 *
 * Ownership: see each function.
 * Threads:   one at a time.
 * Errors:    a failure leaves what was served being served. Nothing is logged here.
 */
#ifndef CERTS_SOURCE_H
#define CERTS_SOURCE_H

#include "certs/pair.h"

#include <stdint.h>

struct cert_source;

/* What clients have to believe: PEM, borrowed until the next poll. */
struct cert_bundle {
    struct slice pem; /* of length 0 where the CA is not ours (files), or before the first poll */
    uint64_t generation; /* changes with the text; 0 for no text */
    time_t not_after;    /* of the CA that signs now */
};

/*
 * names: DNS names and IP addresses (names.h says which are refused), at least one; the defaults
 * are the caller's. Nothing is made before the first poll.
 */
int cert_source_self(const char *const *names, size_t count, struct cert_source **out,
                     struct error *err) MUST_CHECK;

/* Nothing is read before the first poll. */
int cert_source_files(const char *dir, struct cert_source **out, struct error *err) MUST_CHECK;

void cert_source_free(struct cert_source *source);
DEFINE_AUTO(cert_source, struct cert_source, cert_source_free);

/*
 * Sets *fresh to a pair to serve from now on, given to the caller, or to NULL where nothing is new.
 *
 * The first poll gives a pair or fails: a server that starts has to stop there. Until one poll
 * succeeded, every poll tells its failure. After that a failure is told once: for files by the poll
 * that found the change, for self again with each try, a minute apart.
 */
int cert_source_poll(struct cert_source *source, time_t now, struct cert_pair **fresh,
                     struct error *err) MUST_CHECK;

struct cert_bundle cert_source_bundle(const struct cert_source *source);

#endif
