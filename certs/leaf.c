/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names go into the certificate as objects. A configuration string as
 * OpenSSL's documentation shows it ("DNS:a,DNS:b") would let a comma in one name
 * make two of it.
 */
#include "certs/leaf.h"

#include "certs/encode.h"
#include "certs/key.h"
#include "certs/pem.h"
#include "certs/trust.h"

static const struct certificate_extension leaf_extensions[] = {
    {NID_basic_constraints, "critical,CA:FALSE"},
    {NID_key_usage, "critical,digitalSignature"},
    {NID_ext_key_usage, "serverAuth"},
    {NID_subject_key_identifier, "hash"},
    {NID_authority_key_identifier, "keyid:always"},
};

static int add_name(GENERAL_NAMES *list, const struct name *name)
{
    bool is_address = name->address_len > 0;
    const void *data = is_address ? (const void *)name->address : name->text;
    size_t len = is_address ? name->address_len : strlen(name->text);

    AUTO(general_name) GENERAL_NAME *entry = GENERAL_NAME_new();
    AUTO(asn1_string)
    ASN1_STRING *value = ASN1_STRING_type_new(is_address ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
    if (entry == NULL || value == NULL || ASN1_STRING_set(value, data, (int)len) != 1) {
        return -1;
    }
    GENERAL_NAME_set0_value(entry, is_address ? GEN_IPADD : GEN_DNS, STEAL(value));
    if (sk_GENERAL_NAME_push(list, entry) == 0) {
        return -1;
    }
    (void)STEAL(entry);
    return 0;
}

static int add_names(X509 *cert, const struct names *names, struct error *err)
{
    AUTO(general_names) GENERAL_NAMES *list = GENERAL_NAMES_new();
    int failed = list == NULL;

    for (size_t i = 0; failed == 0 && i < names->count; i++) {
        failed = add_name(list, &names->list[i]);
    }
    if (failed != 0 ||
        X509_add1_ext_i2d(cert, NID_subject_alt_name, list, 0, X509V3_ADD_DEFAULT) != 1) {
        return ossl_error(err, ERR_SYSTEM, "the certificate's names");
    }
    return 0;
}

static const char *common_name(const struct names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        const struct name *name = &names->list[i];
        if (name->address_len == 0 && strlen(name->text) <= CERTIFICATE_COMMON_NAME_MAX) {
            return name->text;
        }
    }
    return NULL;
}

static int plan_validity(const struct ca *ca, time_t now, struct cert_life life,
                         struct validity *out, struct error *err)
{
    struct validity want = {.not_before = now - life.backdate, .not_after = now + life.lasts};

    if (!validity_has(ca->validity, now) || want.not_after > ca->validity.not_after) {
        return error_set(err, ERR_CONFIG, "its CA is not valid all the time that it would be");
    }
    if (want.not_before < ca->validity.not_before) {
        want.not_before = ca->validity.not_before;
    }
    *out = want;
    return 0;
}

static int make_certificate(const struct ca *ca, const struct names *names,
                            struct validity validity, EVP_PKEY *key, X509 **out, struct error *err)
{
    AUTO(x509) X509 *cert = NULL;

    if (certificate_begin(common_name(names), key, validity, &cert, err) != 0 ||
        certificate_extend(cert, ca->cert, leaf_extensions, COUNT_OF(leaf_extensions), err) != 0 ||
        add_names(cert, names, err) != 0 || certificate_sign(cert, ca->cert, ca->key, err) != 0) {
        return -1;
    }
    *out = STEAL(cert);
    return 0;
}

static bool has_name(X509 *cert, const struct name *name)
{
    if (name->address_len > 0) {
        return X509_check_ip(cert, name->address, name->address_len, 0) == 1;
    }
    return X509_check_host(cert, name->text, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) == 1;
}

static int check_own_work(const struct ca *ca, const struct names *names, time_t now,
                          const struct cert_pair *pair, struct error *err)
{
    AUTO(x509_stack) STACK_OF(X509) *certs = NULL;
    struct slice chain = {.data = pair->chain, .len = pair->chain_len};

    if (trust_check(buf_view(&ca->pem), pair, NULL, now, err) != 0 ||
        pem_read_certificates(chain, &certs, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < names->count; i++) {
        if (!has_name(sk_X509_value(certs, 0), &names->list[i])) {
            return ossl_error(err, ERR_SYSTEM, "a name did not come out right");
        }
    }
    return 0;
}

static int encode_leaf(X509 *cert, const EVP_PKEY *key, struct cert_pair **out, struct error *err)
{
    AUTO(x509_stack) STACK_OF(X509) *chain = sk_X509_new_null();

    if (chain == NULL || X509_add_cert(chain, cert, X509_ADD_FLAG_UP_REF) != 1) {
        (void)ossl_error(err, ERR_SYSTEM, "a chain");
        return -1;
    }
    return encode_pair(chain, key, out, err);
}

int leaf_issue(const struct ca *ca, const struct names *names, time_t now, struct cert_pair **out,
               struct error *err)
{
    const struct cert_life life = {.lasts = LEAF_LIFE, .backdate = LEAF_BACKDATE};

    return leaf_issue_for(ca, names, now, life, out, err);
}

int leaf_issue_for(const struct ca *ca, const struct names *names, time_t now,
                   struct cert_life life, struct cert_pair **out, struct error *err)
{
    struct validity validity = {0};
    AUTO(pkey) EVP_PKEY *key = NULL;
    AUTO(x509) X509 *cert = NULL;
    AUTO(cert_pair) struct cert_pair *pair = NULL;

    if (plan_validity(ca, now, life, &validity, err) != 0 || key_make(&key, err) != 0 ||
        make_certificate(ca, names, validity, key, &cert, err) != 0 ||
        encode_leaf(cert, key, &pair, err) != 0 || check_own_work(ca, names, now, pair, err) != 0) {
        return error_prefix(err, "serving certificate");
    }
    *out = STEAL(pair);
    return 0;
}
