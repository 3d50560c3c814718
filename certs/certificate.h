/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the CA and the serving certificate have in common: an X.509 version 3
 * certificate is begun, extended, signed, and its times are read back.
 *
 * Errors: ERR_SYSTEM with OpenSSL's reason; ERR_CONFIG for a clock that X.509
 *         cannot express (RFC 5280 section 4.1.2.5: before 1970 or after 9999).
 */
#ifndef CERTS_CERTIFICATE_H
#define CERTS_CERTIFICATE_H

#include "certs/ossl.h"
#include "certs/validity.h"

enum { CERTIFICATE_COMMON_NAME_MAX = 64 /* ub-common-name, RFC 5280 appendix A.1 */ };

/* An extension as X509V3_EXT_conf_nid() reads it. Constants only: text of others never goes here.
 */
struct certificate_extension {
    int nid;
    const char *value;
};

/*
 * A certificate with a random serial number (159 bits, so positive and 20 octets), the subject
 * "O=podveil" and, where common_name is not NULL, "CN=<common_name>" behind it.
 */
int certificate_begin(const char *common_name, EVP_PKEY *key, struct validity validity, X509 **out,
                      struct error *err) MUST_CHECK;

/* Self-signed: issuer is cert. */
int certificate_extend(X509 *cert, X509 *issuer, const struct certificate_extension *list,
                       size_t count, struct error *err) MUST_CHECK;
int certificate_sign(X509 *cert, const X509 *issuer, EVP_PKEY *issuer_key,
                     struct error *err) MUST_CHECK;

int certificate_validity(const X509 *cert, struct validity *out, struct error *err) MUST_CHECK;

#endif
