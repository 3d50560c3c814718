/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates as other people make them: of other kinds of key, without names,
 * for other purposes, at other times. Every failure on the way ends the test.
 */
#ifndef TESTS_CERTS_MADE_H
#define TESTS_CERTS_MADE_H

#include "certs/ossl.h"
#include "certs/pem.h"

#include <criterion/criterion.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include <string.h>
#include <time.h>

#define NOW ((time_t)1764000000) /* 2025-11-24T16:00:00Z */
#define HOUR ((time_t)3600)
#define DAY (24 * HOUR)

struct made {
    X509 *cert;
    EVP_PKEY *key;
};

/* The fields that are left out: P-256, for TLS servers, of one name, valid for a year around NOW.
 */
struct made_as {
    const char *key;     /* a curve, "RSA" or another name that OpenSSL knows */
    unsigned int bits;   /* of an RSA key */
    const char *name;    /* the common name: "leaf" */
    const char *san;     /* "" for none */
    const char *usage;   /* keyUsage */
    const char *purpose; /* extendedKeyUsage */
    const char *basic;   /* basicConstraints */
    const char *digest;  /* "SHA256" */
    time_t from;
    time_t to;
    const struct made *issuer; /* NULL: self-signed */
};

static inline EVP_PKEY *made_key(const char *kind, unsigned int bits)
{
    EVP_PKEY *key = NULL;

    if (kind == NULL) {
        key = EVP_EC_gen("P-256");
    } else if (strcmp(kind, "RSA") == 0) {
        key = EVP_RSA_gen(bits);
    } else if (strncmp(kind, "ED", 2) == 0) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, kind);
    } else {
        key = EVP_EC_gen(kind);
    }
    cr_assert_not_null(key, "%s", kind);
    return key;
}

static inline void made_extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;

    if (value == NULL || value[0] == '\0') {
        return;
    }
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    AUTO(x509_extension) X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    cr_assert_not_null(extension, "%s", value);
    cr_assert_eq(X509_add_ext(cert, extension, -1), 1);
}

static inline struct made made_new(struct made_as as)
{
    EVP_PKEY *key = made_key(as.key, as.bits);
    X509 *cert = X509_new();
    const struct made self = {.cert = cert, .key = key};
    const struct made *issuer = as.issuer == NULL ? &self : as.issuer;
    const char *digest = as.digest == NULL ? "SHA256" : as.digest;

    cr_assert_not_null(cert);
    cr_assert_eq(X509_set_version(cert, X509_VERSION_3), 1);
    cr_assert_eq(ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), 7), 1);
    cr_assert_eq(X509_set_pubkey(cert, key), 1);
    cr_assert_not_null(
        ASN1_TIME_set(X509_getm_notBefore(cert), as.from == 0 ? NOW - 180 * DAY : as.from));
    cr_assert_not_null(
        ASN1_TIME_set(X509_getm_notAfter(cert), as.to == 0 ? NOW + 180 * DAY : as.to));
    const char *common = as.name == NULL ? "leaf" : as.name;
    cr_assert_eq(X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                                            (const unsigned char *)common, -1, -1, 0),
                 1);
    cr_assert_eq(X509_set_issuer_name(cert, X509_get_subject_name(issuer->cert)), 1);
    made_extend(cert, issuer->cert, NID_basic_constraints, as.basic);
    made_extend(cert, issuer->cert, NID_key_usage, as.usage);
    made_extend(cert, issuer->cert, NID_ext_key_usage, as.purpose);
    made_extend(cert, issuer->cert, NID_subject_alt_name,
                as.san == NULL ? "DNS:a.example" : as.san);
    bool is_eddsa = EVP_PKEY_get_base_id(issuer->key) == EVP_PKEY_ED25519 ||
                    EVP_PKEY_get_base_id(issuer->key) == EVP_PKEY_ED448;
    cr_assert_gt(X509_sign(cert, issuer->key, is_eddsa ? NULL : EVP_get_digestbyname(digest)), 0);
    return self;
}

static inline void made_done(struct made *made)
{
    X509_free(made->cert);
    EVP_PKEY_free(made->key);
}
DEFINE_AUTO_IN_PLACE(made, struct made, made_done);

/* The text of pem_write_certificate() and pem_write_key(), which the caller frees. */
static inline char *made_chain(const struct made *made)
{
    struct error err = {0};
    AUTO(buf) struct buf text = {0};

    buf_init(&text, PEM_MAX_TEXT);
    cr_assert_eq(pem_write_certificate(&text, made->cert, &err), 0, "%s", err.text);
    return buf_take(&text);
}

static inline char *made_key_text(const struct made *made)
{
    struct error err = {0};
    AUTO(buf) struct buf text = {0};

    buf_init(&text, PEM_MAX_TEXT);
    cr_assert_eq(pem_write_key(&text, made->key, &err), 0, "%s", err.text);
    return buf_take(&text);
}

#endif
