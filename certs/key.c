/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/key.h"

#include <openssl/ec.h>

#include <stdbool.h>
#include <string.h>

enum { RSA_MIN_BITS = 2048 };

int key_make(EVP_PKEY **out, struct error *err)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    if (key == NULL) {
        return ossl_error(err, ERR_SYSTEM, "no key can be made");
    }
    *out = key;
    return 0;
}

static bool has_known_curve(const EVP_PKEY *key)
{
    static const char *const known[] = {"prime256v1", "secp384r1", "secp521r1"};
    char curve[64] = "";

    if (EVP_PKEY_get_group_name(key, curve, sizeof curve, NULL) != 1) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (strcmp(curve, known[i]) == 0) {
            return true;
        }
    }
    return false;
}

int key_check(const EVP_PKEY *key, struct error *err)
{
    int kind = EVP_PKEY_get_base_id(key);

    if (kind == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) < RSA_MIN_BITS) {
        return error_set(err, ERR_CONFIG, "RSA with %d bits is too short: take ECDSA P-256",
                         EVP_PKEY_get_bits(key));
    }
    if (kind == EVP_PKEY_RSA || kind == EVP_PKEY_ED25519 ||
        (kind == EVP_PKEY_EC && has_known_curve(key))) {
        return 0;
    }
    return ossl_refuse(err, ERR_CONFIG,
                       "a kind of key that TLS clients do not take: take ECDSA P-256");
}
