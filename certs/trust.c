/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The anchors are tried one by one. With all of them in one store OpenSSL 3.0
 * settles for the first of two that have the same name and no key identifiers,
 * as a CA before and after its renewal; Go's verifier tries both.
 */
#include "certs/trust.h"

#include "certs/pem.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

static bool set_name(X509_VERIFY_PARAM *param, const char *name)
{
    if (name == NULL) {
        return true;
    }
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1) {
        return true;
    }
    ERR_clear_error();
    return X509_VERIFY_PARAM_set1_host(param, name, 0) == 1;
}

/* Sets *verdict to a code of OpenSSL's X509_V_ list. */
static int verify(X509 *anchor, STACK_OF(X509) * chain, const char *name, time_t now, int *verdict,
                  struct error *err)
{
    AUTO(x509_store) X509_STORE *store = X509_STORE_new();
    AUTO(x509_store_ctx) X509_STORE_CTX *ctx = X509_STORE_CTX_new();

    if (store == NULL || ctx == NULL || X509_STORE_add_cert(store, anchor) != 1 ||
        X509_STORE_CTX_init(ctx, store, sk_X509_value(chain, 0), chain) != 1) {
        return ossl_error(err, ERR_SYSTEM, "CA bundle");
    }
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_time(param, now);
    if (X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER) != 1 ||
        X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN) != 1 ||
        !set_name(param, name)) {
        return ossl_error(err, ERR_SYSTEM, "CA bundle");
    }
    *verdict = X509_verify_cert(ctx) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
    ERR_clear_error();
    return 0;
}

/* A verdict that only says that this anchor is not the one. */
static bool is_stranger(int verdict)
{
    return verdict == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
           verdict == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN;
}

int trust_check(struct slice bundle, const struct cert_pair *pair, const char *name, time_t now,
                struct error *err)
{
    AUTO(x509_stack) STACK_OF(X509) *anchors = NULL;
    AUTO(x509_stack) STACK_OF(X509) *chain = NULL;
    struct slice chain_text = {.data = pair->chain, .len = pair->chain_len};
    int why = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;

    if (pem_read_certificates(bundle, &anchors, err) != 0) {
        return error_prefix(err, "CA bundle");
    }
    if (pem_read_certificates(chain_text, &chain, err) != 0) {
        return error_prefix(err, "certificate");
    }
    for (int i = 0; i < sk_X509_num(anchors); i++) {
        int verdict = X509_V_ERR_UNSPECIFIED;
        if (verify(sk_X509_value(anchors, i), chain, name, now, &verdict, err) != 0) {
            return -1;
        }
        if (verdict == X509_V_OK) {
            return 0;
        }
        if (is_stranger(why)) {
            why = verdict;
        }
    }
    return error_set(err, ERR_CONFIG, "%s", X509_verify_cert_error_string(why));
}
