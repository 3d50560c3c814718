/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/pair.h"

#include "certs/certificate.h"
#include "certs/encode.h"
#include "certs/key.h"
#include "certs/pem.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

#include <stdarg.h>
#include <stdio.h>

void cert_pair_free(struct cert_pair *pair)
{
    if (pair == NULL) {
        return;
    }
    if (pair->key != NULL) {
        OPENSSL_cleanse(pair->key, pair->key_len);
    }
    free(pair->key);
    free(pair->chain);
    free(pair);
}

void cert_pair_warn(struct cert_pair *pair, const char *fmt, ...)
{
    char sentence[sizeof pair->warning];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(sentence, sizeof sentence, fmt, ap);
    va_end(ap);
    size_t used = strlen(pair->warning);
    (void)snprintf(pair->warning + used, sizeof pair->warning - used, "%s%s", used > 0 ? "; " : "",
                   sentence);
}

static int check_length(const STACK_OF(X509) * certs, struct error *err)
{
    if (sk_X509_num(certs) > PAIR_MAX_CHAIN) {
        return error_set(err, ERR_TOO_LARGE, "certificate: a chain of %d, at most %d can be sent",
                         sk_X509_num(certs), PAIR_MAX_CHAIN);
    }
    return 0;
}

static int check_match(const STACK_OF(X509) * certs, const EVP_PKEY *key, struct error *err)
{
    for (int i = 0; i < sk_X509_num(certs); i++) {
        bool matches = X509_check_private_key(sk_X509_value(certs, i), key) == 1;
        if (matches && i == 0) {
            return 0;
        }
        if (matches) {
            return ossl_refuse(
                err, ERR_CONFIG,
                "the key is that of certificate %d: the server's own has to be first", i + 1);
        }
    }
    return ossl_refuse(err, ERR_CONFIG, "the key is not the certificate's");
}

static int check_purpose(X509 *cert, struct error *err)
{
    if (X509_check_purpose(cert, X509_PURPOSE_SSL_SERVER, 0) == 1) {
        return 0;
    }
    return ossl_refuse(err, ERR_CONFIG,
                       "the certificate is not for TLS servers: its "
                       "extendedKeyUsage lacks serverAuth, or its keyUsage "
                       "digitalSignature");
}

static bool has_alternative_name(const X509 *cert)
{
    return X509_get_ext_by_NID(cert, NID_subject_alt_name, -1) >= 0;
}

static void warn_of_habits(struct cert_pair *pair, X509 *cert, const EVP_PKEY *key)
{
    int digest = NID_undef;

    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) {
        cert_pair_warn(pair, "RSA handshakes cost 5 times an ECDSA P-256 one");
    }
    if (!has_alternative_name(cert)) {
        cert_pair_warn(pair, "the certificate has no subjectAltName: API servers will refuse it");
    }
    if (X509_get_signature_info(cert, &digest, NULL, NULL, NULL) == 1 && digest == NID_sha1) {
        cert_pair_warn(pair, "the certificate is signed with SHA-1: API servers will refuse it");
    }
    ERR_clear_error();
}

int cert_pair_parse(struct slice chain, struct slice key, struct cert_pair **out, struct error *err)
{
    AUTO(x509_stack) STACK_OF(X509) *certs = NULL;
    AUTO(pkey) EVP_PKEY *private = NULL;
    AUTO(cert_pair) struct cert_pair *pair = NULL;

    if (pem_read_certificates(chain, &certs, err) != 0) {
        return error_prefix(err, "certificate");
    }
    if (pem_read_key(key, &private, err) != 0 || key_check(private, err) != 0) {
        return error_prefix(err, "key");
    }
    X509 *own = sk_X509_value(certs, 0);
    if (check_length(certs, err) != 0 || check_match(certs, private, err) != 0 ||
        check_purpose(own, err) != 0 || encode_pair(certs, private, &pair, err) != 0) {
        return -1;
    }
    warn_of_habits(pair, own, private);
    *out = STEAL(pair);
    return 0;
}
