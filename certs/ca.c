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

int ca_make(time_t now, struct ca **out, struct error *err)
{
    AUTO(ca) struct ca *ca = calloc(1, sizeof *ca);
    if (ca == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a CA");
    }
    buf_init(&ca->pem, PEM_MAX_TEXT);
    ca->validity = (struct validity){.not_before = now - CA_BACKDATE, .not_after = now + CA_LIFE};
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
