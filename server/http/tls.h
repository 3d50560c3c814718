/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificate that handshakes are answered with, swapped without stopping
 * anything, and the record handling that libmicrohttpd leaves to us.
 *
 * A handshake reads one atomic pointer. It may go on holding what it found, so a
 * set that was replaced is freed TLS_KEEP_MS later, longer than any handshake is
 * allowed to take.
 *
 * Corking: libmicrohttpd writes head and body of a reply as two TLS records, thus
 * two packets. tls_cork() before a reply is queued and tls_uncork() when it is
 * complete make them one. Uncorking pushes: libmicrohttpd leaves TCP_CORK set, and
 * the kernel would hold the record back for 200 ms.
 *
 * Ownership: struct tls owns its sets.
 * Threads:   tls_retrieve(), tls_cork(), tls_uncork(): any. The others: one thread, or before and
 *            after all others.
 * Errors:    ERR_SYSTEM with GnuTLS's words. A pair that GnuTLS does not take, or whose key is not
 *            the certificate's, leaves the one in use.
 */
#ifndef HTTP_TLS_H
#define HTTP_TLS_H

#include "lib/base/error.h"

#include <gnutls/abstract.h>

#include <stdatomic.h>
#include <stdint.h>

#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

enum { TLS_KEEP_MS = 10 * 60 * 1000 };

struct tls_set;

struct tls {
    struct tls_set *_Atomic current;
    struct tls_set *retired; /* newest first */
};

void tls_init(struct tls *tls);
void tls_done(struct tls *tls);

/* Serve this pair from now on: PEM texts as certs/pair.h has them, only read. */
int tls_swap(struct tls *tls, char *chain, char *key, int64_t now_ms, struct error *err) MUST_CHECK;

/* Free what was replaced long enough ago. */
void tls_sweep(struct tls *tls, int64_t now_ms);

/* What a session leads to. */
struct tls_link {
    const struct tls *tls;
    void (*shaken)(void *arg); /* in the connection's thread, once the client's last word is read */
    void *arg;
};

/* Tie a session to its link, which is borrowed. NULL fails its handshake. */
void tls_attach(gnutls_session_t session, struct tls_link *link);

/* For MHD_OPTION_HTTPS_CERT_CALLBACK2. */
int tls_retrieve(gnutls_session_t session, const struct gnutls_cert_retr_st *info,
                 gnutls_pcert_st **certs, unsigned *cert_count, gnutls_ocsp_data_st **ocsp,
                 unsigned *ocsp_count, gnutls_privkey_t *key, unsigned *flags);

void tls_cork(gnutls_session_t session);

/* A client that does not read its replies is cut off: waiting for it would stop the others. */
void tls_uncork(gnutls_session_t session, int fd);

#endif
