/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>

/* Without a callback OpenSSL would ask on the terminal. */
static int refuse_passphrase(char *buf, /* NOLINT(readability-non-const-parameter): a callback */
                             int size, int writing, void *asked)
{
    (void)buf;
    (void)size;
    (void)writing;
    *(bool *)asked = true;
    return -1;
}

static BIO *open_text(struct slice text, struct error *err)
{
    if (text.len > PEM_MAX_TEXT) {
        (void)error_set(err, ERR_TOO_LARGE, "more than %d bytes of PEM", PEM_MAX_TEXT);
        return NULL;
    }
    BIO *bio = BIO_new_mem_buf(text.len == 0 ? "" : text.data, (int)text.len);
    if (bio == NULL) {
        (void)ossl_error(err, ERR_SYSTEM, "PEM");
    }
    return bio;
}

static bool is_end_of_text(unsigned long why)
{
    return ERR_GET_LIB(why) == ERR_LIB_PEM && ERR_GET_REASON(why) == PEM_R_NO_START_LINE;
}

static int read_all(BIO *bio, STACK_OF(X509) * certs, struct error *err)
{
    bool asked = false;

    for (;;) {
        ERR_clear_error();
        AUTO(x509) X509 *cert = PEM_read_bio_X509(bio, NULL, refuse_passphrase, &asked);
        if (cert == NULL) {
            break;
        }
        if (sk_X509_num(certs) >= PEM_MAX_CERTIFICATES) {
            return error_set(err, ERR_TOO_LARGE, "more than %d certificates", PEM_MAX_CERTIFICATES);
        }
        if (sk_X509_push(certs, cert) == 0) {
            return ossl_error(err, ERR_NO_MEMORY, "certificates");
        }
        (void)STEAL(cert);
    }
    if (!is_end_of_text(ERR_peek_last_error())) {
        return ossl_error(err, ERR_MALFORMED, "certificate %d cannot be read",
                          sk_X509_num(certs) + 1);
    }
    ERR_clear_error();
    return 0;
}

int pem_read_certificates(struct slice text, STACK_OF(X509) * *out, struct error *err)
{
    AUTO(bio) BIO *bio = open_text(text, err);
    if (bio == NULL) {
        return -1;
    }
    AUTO(x509_stack) STACK_OF(X509) *certs = sk_X509_new_null();
    if (certs == NULL) {
        return ossl_error(err, ERR_NO_MEMORY, "certificates");
    }
    if (read_all(bio, certs, err) != 0) {
        return -1;
    }
    if (sk_X509_num(certs) == 0) {
        return error_set(err, ERR_MALFORMED, "no \"-----BEGIN CERTIFICATE-----\" in it");
    }
    *out = STEAL(certs);
    return 0;
}

int pem_read_key(struct slice text, EVP_PKEY **out, struct error *err)
{
    bool asked = false;

    AUTO(bio) BIO *bio = open_text(text, err);
    if (bio == NULL) {
        return -1;
    }
    ERR_clear_error();
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, refuse_passphrase, &asked);
    if (key == NULL && asked) {
        ERR_clear_error();
        return error_set(err, ERR_MALFORMED, "encrypted: store it without a passphrase");
    }
    if (key == NULL) {
        return ossl_error(err, ERR_MALFORMED, "no private key in it can be read");
    }
    *out = key;
    return 0;
}

static int append_memory(struct buf *out, BIO *bio, struct error *err)
{
    char *data = NULL;

    long len = BIO_get_mem_data(bio, &data);
    buf_reserve(out, (size_t)len);
    buf_append(out, data, (size_t)len);
    return buf_check(out, err);
}

int pem_write_certificate(struct buf *out, const X509 *cert, struct error *err)
{
    AUTO(bio) BIO *bio = BIO_new(BIO_s_mem());
    if (bio == NULL || PEM_write_bio_X509(bio, cert) != 1) {
        return ossl_error(err, ERR_SYSTEM, "a certificate cannot be written");
    }
    return append_memory(out, bio, err);
}

/* A memory BIO wipes what it held when it is freed. */
int pem_write_key(struct buf *out, const EVP_PKEY *key, struct error *err)
{
    AUTO(bio) BIO *bio = BIO_new(BIO_s_mem());
    if (bio == NULL || PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1) {
        return ossl_error(err, ERR_SYSTEM, "a key cannot be written");
    }
    return append_memory(out, bio, err);
}
