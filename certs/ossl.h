/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL's objects under AUTO(), and its error queue in our words.
 *
 * For the files of certs/ alone: no header that others include shows a type of
 * OpenSSL.
 *
 * Threads: OpenSSL's queue is the calling thread's own.
 * Errors:  whoever fails by OpenSSL calls ossl_error() or ossl_refuse(), which empty the
 *          queue, so that no old reason is ever taken for a new one.
 */
#ifndef CERTS_OSSL_H
#define CERTS_OSSL_H

#include "lib/base/error.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

static inline void x509_stack_free(STACK_OF(X509) * certs)
{
    sk_X509_pop_free(certs, X509_free);
}

DEFINE_AUTO(bio, BIO, BIO_free_all);
DEFINE_AUTO(bignum, BIGNUM, BN_free);
DEFINE_AUTO(pkey, EVP_PKEY, EVP_PKEY_free);
DEFINE_AUTO(x509, X509, X509_free);
DEFINE_AUTO(x509_stack, STACK_OF(X509), x509_stack_free);
DEFINE_AUTO(x509_extension, X509_EXTENSION, X509_EXTENSION_free);
DEFINE_AUTO(x509_store, X509_STORE, X509_STORE_free);
DEFINE_AUTO(x509_store_ctx, X509_STORE_CTX, X509_STORE_CTX_free);
DEFINE_AUTO(general_name, GENERAL_NAME, GENERAL_NAME_free);
DEFINE_AUTO(general_names, GENERAL_NAMES, GENERAL_NAMES_free);
DEFINE_AUTO(asn1_string, ASN1_STRING, ASN1_STRING_free);

/* "FMT...: <OpenSSL's reason>"; without memory the code is ERR_NO_MEMORY instead. Returns -1. */
int ossl_error(struct error *err, enum error_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/*
 * The same without OpenSSL's reason, for a "no" that we say in our own words. It would also be a no
 * where memory ended while OpenSSL looked: that is ERR_NO_MEMORY, and blames nobody. Returns -1.
 */
int ossl_refuse(struct error *err, enum error_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
