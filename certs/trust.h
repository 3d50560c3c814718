/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Would a client that has this bundle believe this certificate? For /readyz: the
 * API server believes the caBundle of the webhook's registration and nothing
 * else, so a server whose certificate that bundle does not cover is not ready.
 *
 * Judged as a Kubernetes API server does (Go's crypto/x509): any certificate of
 * the bundle is an anchor, the purpose is a TLS server, the common name counts
 * for nothing. Not judged: revocation.
 *
 * Threads: no shared state.
 * Errors:  ERR_CONFIG with OpenSSL's words ("unable to get local issuer
 *          certificate"); ERR_MALFORMED where the bundle cannot be read.
 */
#ifndef CERTS_TRUST_H
#define CERTS_TRUST_H

#include "certs/pair.h"

/* name: the DNS name or address that the client connects to; NULL asks for the issuer alone. */
int trust_check(struct slice bundle, const struct cert_pair *pair, const char *name, time_t now,
                struct error *err) MUST_CHECK;

#endif
