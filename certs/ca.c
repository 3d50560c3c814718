/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/ca.h"

#include "certs/key.h"
#include "certs/pem.h"

static const struct certificate_extension ca_extensions[] = {
    {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
    {NID_key_usage, "critical,keyCertSign,cRLSign"},
    {NID_subject_key_identifier, "hash"},
    {NID_authority_key_identifier, "keyid:always"},
};

void ca_free(struct ca *ca)
{
    if (ca == NULL) {
        return;
    }
    X509_free(ca->cert);
    EVP_PKEY_free(ca->key);
    buf_done(&ca->pem);
    free(ca);
}

static int check_own_work(const struct ca *ca, struct error *err)
{
    AUTO(x509_stack) STACK_OF(X509) *certs = NULL;

    if (pem_read_certificates(buf_view(&ca->pem), &certs, err) != 0) {
        return -1;
    }
    X509 *cert = sk_X509_value(certs, 0);
    if (X509_verify(cert, ca->key) != 1 || X509_check_ca(cert) != 1 ||
        X509_get0_subject_key_id(cert) == NULL) {
        return ossl_error(err, ERR_SYSTEM, "it did not come out right");
    }
    return 0;
}

static struct ca *ca_new(struct error *err)
{
    struct ca *ca = calloc(1, sizeof *ca);

    if (ca == NULL) {
        (void)error_set(err, ERR_NO_MEMORY, "no memory for a CA");
        return NULL;
    }
    buf_init(&ca->pem, PEM_MAX_TEXT);
    return ca;
}

int ca_make(time_t now, struct ca **out, struct error *err)
{
    const struct cert_life life = {.lasts = CA_LIFE, .backdate = CA_BACKDATE};

    return ca_make_for(now, life, out, err);
}

int ca_make_for(time_t now, struct cert_life life, struct ca **out, struct error *err)
{
    AUTO(ca) struct ca *ca = ca_new(err);
    if (ca == NULL) {
        return -1;
    }
    ca->validity = (struct validity){now - life.backdate, now + life.lasts};
    if (key_make(&ca->key, err) != 0 ||
        certificate_begin("podveil CA", ca->key, ca->validity, &ca->cert, err) != 0 ||
        certificate_extend(ca->cert, ca->cert, ca_extensions, COUNT_OF(ca_extensions), err) != 0 ||
        certificate_sign(ca->cert, ca->cert, ca->key, err) != 0 ||
        pem_write_certificate(&ca->pem, ca->cert, err) != 0 || check_own_work(ca, err) != 0) {
        return error_prefix(err, "CA");
    }
    *out = STEAL(ca);
    return 0;
}

static int check_is_ca(X509 *cert, struct error *err)
{
    if (X509_check_ca(cert) != 1) {
        return ossl_refuse(err, ERR_CONFIG, "the certificate is not a CA's (CA:TRUE, keyCertSign)");
    }
    if (X509_get0_subject_key_id(cert) == NULL) {
        return ossl_refuse(err, ERR_CONFIG, "the certificate has no subject key identifier");
    }
    return 0;
}

/* Keys that certificate_sign() signs with. */
static int read_key(struct ca *ca, struct slice text, struct error *err)
{
    if (pem_read_key(text, &ca->key, err) != 0 || key_check(ca->key, err) != 0) {
        return error_prefix(err, "key");
    }
    if (EVP_PKEY_get_base_id(ca->key) == EVP_PKEY_ED25519) {
        return error_set(err, ERR_CONFIG, "key: Ed25519: take ECDSA P-256 for a CA");
    }
    if (X509_check_private_key(ca->cert, ca->key) != 1) {
        return ossl_refuse(err, ERR_CONFIG, "the key is not the certificate's");
    }
    return 0;
}

int ca_parse(struct slice cert, struct slice key, struct ca **out, struct error *err)
{
    AUTO(x509_stack) STACK_OF(X509) *certs = NULL;
    AUTO(ca) struct ca *ca = ca_new(err);
    if (ca == NULL || pem_read_certificates(cert, &certs, err) != 0) {
        return -1;
    }
    if (sk_X509_num(certs) != 1) {
        return error_set(err, ERR_CONFIG, "%d certificates: a CA has one", sk_X509_num(certs));
    }
    ca->cert = sk_X509_pop(certs);
    if (check_is_ca(ca->cert, err) != 0 ||
        certificate_validity(ca->cert, &ca->validity, err) != 0 ||
        pem_write_certificate(&ca->pem, ca->cert, err) != 0 ||
        (key.len > 0 && read_key(ca, key, err) != 0)) {
        return -1;
    }
    *out = STEAL(ca);
    return 0;
}

int ca_copy(const struct ca *ca, struct ca **out, struct error *err)
{
    AUTO(ca) struct ca *copy = ca_new(err);
    if (copy == NULL) {
        return -1;
    }
    buf_slice(&copy->pem, buf_view(&ca->pem));
    if (buf_check(&copy->pem, err) != 0) {
        return -1;
    }
    copy->validity = ca->validity;
    copy->cert = X509_up_ref(ca->cert) == 1 ? ca->cert : NULL;
    copy->key = ca->key != NULL && EVP_PKEY_up_ref(ca->key) == 1 ? ca->key : NULL;
    if (copy->cert == NULL || (copy->key == NULL) != (ca->key == NULL)) {
        return ossl_error(err, ERR_SYSTEM, "CA");
    }
    *out = STEAL(copy);
    return 0;
}
