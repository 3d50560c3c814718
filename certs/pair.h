/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a TLS server needs: a certificate chain and the key to its first
 * certificate, both as PEM, because the server's TLS library is not ours.
 *
 * The texts are always our own encoding of what was read and checked, so the
 * server's library gets no byte that was not understood here.
 *
 * Not for deciding whether clients will believe it (trust.h).
 *
 * Ownership: cert_pair_free() wipes the key's text. Whoever copies the key wipes
 *            the copy.
 * Threads:   immutable once made.
 * Errors:    ERR_MALFORMED for text that is no PEM or no key, ERR_CONFIG for a
 *            pair that cannot serve. Never a byte of a key in an error.
 * Limits:    PAIR_MAX_CHAIN certificates.
 */
#ifndef CERTS_PAIR_H
#define CERTS_PAIR_H

#include "certs/validity.h"
#include "lib/base/error.h"
#include "lib/base/slice.h"

enum { PAIR_MAX_CHAIN = 10 /* GnuTLS follows 16; three are many */ };

struct cert_pair {
    char *chain; /* PEM, NUL-terminated: the server's own certificate, then its issuers */
    size_t chain_len;
    char *key; /* PEM (PKCS#8), NUL-terminated */
    size_t key_len;
    struct validity validity; /* of the first certificate: what a metric of its expiry shows */
    char warning[384]; /* to be logged when the pair is taken into use; "" where all is well */
};

void cert_pair_free(struct cert_pair *pair);
DEFINE_AUTO(cert_pair, struct cert_pair, cert_pair_free);

/*
 * A pair that somebody else made. Refused: text that is no PEM, an encrypted key, a key that is not
 * the first certificate's, a kind of key that clients do not take, a certificate that is not for
 * TLS servers. Accepted with a warning: an RSA key, a certificate without subjectAltName, a SHA-1
 * signature. Its times are not judged.
 */
int cert_pair_parse(struct slice chain, struct slice key, struct cert_pair **out,
                    struct error *err) MUST_CHECK;

/* Add one sentence to the warning, as far as there is room. */
void cert_pair_warn(struct cert_pair *pair, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
