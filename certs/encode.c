/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/encode.h"

#include "certs/certificate.h"
#include "certs/pem.h"

static int encode_chain(const STACK_OF(X509) * chain, struct cert_pair *pair, struct error *err)
{
    AUTO(buf) struct buf text = {0};

    buf_init(&text, PEM_MAX_TEXT);
    for (int i = 0; i < sk_X509_num(chain); i++) {
        if (pem_write_certificate(&text, sk_X509_value(chain, i), err) != 0) {
            return -1;
        }
    }
    pair->chain_len = text.len;
    pair->chain = buf_take(&text);
    return 0;
}

static int encode_key(const EVP_PKEY *key, struct cert_pair *pair, struct error *err)
{
    AUTO(buf) struct buf text = {0};

    buf_init(&text, PEM_MAX_TEXT);
    if (pem_write_key(&text, key, err) != 0) {
        return -1;
    }
    pair->key_len = text.len;
    pair->key = buf_take(&text);
    return 0;
}

int encode_pair(const STACK_OF(X509) * chain, const EVP_PKEY *key, struct cert_pair **out,
                struct error *err)
{
    AUTO(cert_pair) struct cert_pair *pair = calloc(1, sizeof *pair);
    if (pair == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a certificate");
    }
    if (certificate_validity(sk_X509_value(chain, 0), &pair->validity, err) != 0 ||
        encode_chain(chain, pair, err) != 0 || encode_key(key, pair, err) != 0) {
        return -1;
    }
    *out = STEAL(pair);
    return 0;
}
