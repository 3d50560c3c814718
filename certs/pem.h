/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates and private keys from PEM text and to it.
 *
 * Not for judging whether they fit together (pair.h) or are believed (trust.h).
 *
 * Ownership: what is read is given to the caller.
 * Errors:    ERR_MALFORMED for text that is not what it should be, ERR_TOO_LARGE.
 *            Nobody is ever asked for a passphrase: an encrypted key is refused.
 * Limits:    PEM_MAX_TEXT bytes of text, PEM_MAX_CERTIFICATES certificates.
 */
#ifndef CERTS_PEM_H
#define CERTS_PEM_H

#include "certs/ossl.h"
#include "lib/base/buf.h"

enum {
    PEM_MAX_TEXT = 1024 * 1024,  /* a caBundle of some hundred certificates; a Secret's maximum */
    PEM_MAX_CERTIFICATES = 1024, /* the roots of a whole distribution are about 150 */
};

/* At least one certificate, in the text's order. Other PEM blocks are passed over. */
int pem_read_certificates(struct slice text, STACK_OF(X509) * *out, struct error *err) MUST_CHECK;

/* The first private key. */
int pem_read_key(struct slice text, EVP_PKEY **out, struct error *err) MUST_CHECK;

int pem_write_certificate(struct buf *out, const X509 *cert, struct error *err) MUST_CHECK;

/* As PKCS#8, not encrypted. An empty buf is filled in one allocation: no copy stays behind. */
int pem_write_key(struct buf *out, const EVP_PKEY *key, struct error *err) MUST_CHECK;

#endif
