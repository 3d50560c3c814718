/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A certificate authority of our own: a self-signed certificate that signs the
 * serving certificates (leaf.h) and nothing else.
 *
 * ECDSA P-256, CN=podveil CA, CA:TRUE with pathlen 0, keyCertSign and cRLSign,
 * subject and authority key identifiers; valid from CA_BACKDATE before now to
 * CA_LIFE after it. Two CAs of the same name in one bundle are told apart by
 * their key identifiers.
 *
 * The text of a new CA is read back and verified before anybody gets it: OpenSSL
 * that runs out of memory can sign what nobody can read, and call it a success.
 *
 * Ownership: ca_free() wipes the key, which exists in memory only.
 * Threads:   immutable once made.
 * Errors:    ERR_SYSTEM with OpenSSL's reason, ERR_CONFIG for an impossible clock.
 */
#ifndef CERTS_CA_H
#define CERTS_CA_H

#include "certs/certificate.h"
#include "lib/base/buf.h"

enum {
    CA_LIFE = 365 * 24 * 3600,
    CA_BACKDATE = 3600, /* a CA that a clock set back by minutes makes invalid is a new caBundle */
};

struct ca {
    X509 *cert;
    EVP_PKEY *key;  /* NULL: it was not told */
    struct buf pem; /* the certificate */
    struct validity validity;
};

int ca_make(time_t now, struct ca **out, struct error *err) MUST_CHECK;

/* The same with another life. */
int ca_make_for(time_t now, struct cert_life life, struct ca **out, struct error *err) MUST_CHECK;

/*
 * One that was made before, from the PEM text of its certificate and of its key. Without a key
 * (length 0) it can be believed and signs nothing. Its times are not judged. ERR_MALFORMED and
 * ERR_CONFIG for what is no CA that could sign as this one does.
 */
int ca_parse(struct slice cert, struct slice key, struct ca **out, struct error *err) MUST_CHECK;

/* Another owner's, of the same certificate and key. */
int ca_copy(const struct ca *ca, struct ca **out, struct error *err) MUST_CHECK;

void ca_free(struct ca *ca);
DEFINE_AUTO(ca, struct ca, ca_free);

#endif
