/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PEM text that holds a chain and a key, or, behind a D, the DER of a certificate
 * alone, so that changes reach what is inside. What is taken as a pair is one by
 * OpenSSL's own word, and is taken again as it was written.
 */
#include "certs/key.h"
#include "certs/pair.h"
#include "certs/pem.h"
#include "certs/trust.h"
#include "lib/base/base64.h"
#include "tests/fuzz/target.h"

#include <openssl/pem.h>

enum { TEXT_SIZE = 1024 * 1024, LONG_AGO = 1700000000 };

static void claim_pair(const struct cert_pair *pair)
{
    AUTO(cert_pair) struct cert_pair *again = NULL;
    struct error err = {0};
    BIO *chain = BIO_new_mem_buf(pair->chain, -1);
    BIO *key = BIO_new_mem_buf(pair->key, -1);
    X509 *cert = PEM_read_bio_X509(chain, NULL, NULL, NULL);
    EVP_PKEY *private = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);

    claim(strlen(pair->chain) == pair->chain_len && strlen(pair->key) == pair->key_len,
          "a pair with a NUL in it");
    claim(cert != NULL && private != NULL && X509_check_private_key(cert, private) == 1,
          "a pair that is none");
    claim(cert_pair_parse(slice_of(pair->chain), slice_of(pair->key), &again, &err) == 0 &&
              strcmp(pair->chain, again->chain) == 0,
          "a pair that was written is not read: %s", err.text);
    claim(trust_check(slice_of(pair->chain), pair, "podveil.podveil.svc", LONG_AGO, &err) == 0 ||
              err.code != ERR_NONE,
          "distrust without a reason");
    X509_free(cert);
    EVP_PKEY_free(private);
    BIO_free(chain);
    BIO_free(key);
}

static void try_text(struct slice chain, struct slice key)
{
    AUTO(cert_pair) struct cert_pair *pair = NULL;
    struct error err = {0};

    if (cert_pair_parse(chain, key, &pair, &err) == 0) {
        claim_pair(pair);
        return;
    }
    claim(err.code == ERR_MALFORMED || err.code == ERR_CONFIG || err.code == ERR_TOO_LARGE,
          "code %d: %s", (int)err.code, err.text);
}

/* A key that was made here and now is nobody's: no certificate that comes in is for it. */
static struct slice strangers_key(void)
{
    static struct buf text;
    struct error err = {0};
    EVP_PKEY *key = NULL;

    if (text.len == 0) {
        buf_init(&text, TEXT_SIZE);
        claim(key_make(&key, &err) == 0 && pem_write_key(&text, key, &err) == 0, "%s", err.text);
        EVP_PKEY_free(key);
    }
    return buf_view(&text);
}

static void try_der(struct slice der)
{
    AUTO(buf) struct buf text = {0};
    AUTO(cert_pair) struct cert_pair *pair = NULL;
    AUTO(buf) struct buf base64 = {0};
    struct error err = {0};

    buf_init(&text, TEXT_SIZE);
    buf_init(&base64, TEXT_SIZE);
    base64_encode(&base64, der.data, der.len);
    buf_text(&text, "-----BEGIN CERTIFICATE-----\n");
    for (struct slice rest = buf_view(&base64); rest.len > 0; rest = slice_after(rest, 64)) {
        buf_printf(&text, "%.*s\n", (int)(rest.len < 64 ? rest.len : 64), rest.data);
    }
    buf_text(&text, "-----END CERTIFICATE-----\n");
    claim(cert_pair_parse(buf_view(&text), strangers_key(), &pair, &err) != 0,
          "a stranger's key fits");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = target_input(data, size);

    if (slice_starts_with(text, "D")) {
        try_der(slice_after(text, 1));
    } else {
        try_text(text, text);
        try_text(text, strangers_key());
    }
    return 0;
}
