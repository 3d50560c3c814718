/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL's objects to the PEM texts of a cert_pair. Inside of certs/ only; the
 * pair's warning is left empty.
 */
#ifndef CERTS_ENCODE_H
#define CERTS_ENCODE_H

#include "certs/ossl.h"
#include "certs/pair.h"

/* The chain is not empty; its first certificate gives the times. */
int encode_pair(const STACK_OF(X509) * chain, const EVP_PKEY *key, struct cert_pair **out,
                struct error *err) MUST_CHECK;

#endif
