/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/certificate.h"

#include <stdint.h>

enum { SERIAL_BITS = 159 };

#define LAST_SECOND_OF_9999 INT64_C(253402300799)

static int set_serial(X509 *cert)
{
    AUTO(bignum) BIGNUM *serial = BN_new();

    return serial != NULL &&
           BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
           BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(cert)) != NULL;
}

static int add_entry(X509_NAME *name, const char *field, const char *value)
{
    return X509_NAME_add_entry_by_txt(name, field, MBSTRING_ASC, (const unsigned char *)value, -1,
                                      -1, 0);
}

static int set_subject(X509 *cert, const char *common_name)
{
    X509_NAME *subject = X509_get_subject_name(cert);

    return add_entry(subject, "O", "podveil") == 1 &&
           (common_name == NULL || add_entry(subject, "CN", common_name) == 1);
}

int certificate_begin(const char *common_name, EVP_PKEY *key, struct validity validity, X509 **out,
                      struct error *err)
{
    if (validity.not_before < 0 || validity.not_after > LAST_SECOND_OF_9999) {
        return error_set(err, ERR_CONFIG, "the clock is at %jd: no certificate can say that",
                         (intmax_t)validity.not_before);
    }
    AUTO(x509) X509 *cert = X509_new();
    if (cert == NULL || X509_set_version(cert, X509_VERSION_3) != 1 || set_serial(cert) != 1 ||
        set_subject(cert, common_name) != 1 || X509_set_pubkey(cert, key) != 1 ||
        ASN1_TIME_set(X509_getm_notBefore(cert), validity.not_before) == NULL ||
        ASN1_TIME_set(X509_getm_notAfter(cert), validity.not_after) == NULL) {
        return ossl_error(err, ERR_SYSTEM, "no certificate can be made");
    }
    *out = STEAL(cert);
    return 0;
}

int certificate_extend(X509 *cert, X509 *issuer, const struct certificate_extension *list,
                       size_t count, struct error *err)
{
    X509V3_CTX ctx;

    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509V3_set_ctx_nodb(&ctx);
    for (size_t i = 0; i < count; i++) {
        AUTO(x509_extension)
        X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, list[i].nid, list[i].value);
        if (extension == NULL || X509_add_ext(cert, extension, -1) != 1) {
            return ossl_error(err, ERR_SYSTEM, "the certificate's %s", OBJ_nid2sn(list[i].nid));
        }
    }
    return 0;
}

int certificate_sign(X509 *cert, const X509 *issuer, EVP_PKEY *issuer_key, struct error *err)
{
    if (X509_set_issuer_name(cert, X509_get_subject_name(issuer)) != 1 ||
        X509_sign(cert, issuer_key, EVP_sha256()) == 0) {
        return ossl_error(err, ERR_SYSTEM, "a certificate cannot be signed");
    }
    return 0;
}

int certificate_validity(const X509 *cert, struct validity *out, struct error *err)
{
    struct tm from;
    struct tm to;

    if (ASN1_TIME_to_tm(X509_get0_notBefore(cert), &from) != 1 ||
        ASN1_TIME_to_tm(X509_get0_notAfter(cert), &to) != 1) {
        return ossl_error(err, ERR_MALFORMED, "a certificate's times cannot be read");
    }
    *out = (struct validity){.not_before = timegm(&from), .not_after = timegm(&to)};
    return 0;
}
