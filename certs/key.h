/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private keys: ours are made as ECDSA P-256, others are judged.
 *
 * P-256 because a handshake with it costs the server a fifth of one with
 * RSA-2048, and because every client of a webhook has had it for a decade.
 *
 * Ownership: a made key is given to the caller; EVP_PKEY_free() wipes it.
 */
#ifndef CERTS_KEY_H
#define CERTS_KEY_H

#include "certs/ossl.h"

int key_make(EVP_PKEY **out, struct error *err) MUST_CHECK;

/*
 * Is it of a kind that TLS clients of today accept from a server: ECDSA on P-256, P-384 or P-521,
 * RSA of 2048 bits and more, Ed25519? ERR_CONFIG otherwise.
 */
int key_check(const EVP_PKEY *key, struct error *err) MUST_CHECK;

#endif
