/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/digest/sha256.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <assert.h>
#include <errno.h>

/* OpenSSL's queue does not say of everything that there was no memory for it: errno does. */
static int no_digest(struct error *err)
{
    enum error_code code = errno == ENOMEM ? ERR_NO_MEMORY : ERR_SYSTEM;

    ERR_clear_error();
    return error_set(err, code, "OpenSSL gave no SHA-256");
}

int sha256_hex(struct slice text, size_t n, char out[static SHA256_HEX + 1], struct error *err)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;

    assert(n <= SHA256_HEX);
    errno = 0;
    if (EVP_Digest(text.data, text.len, digest, &len, EVP_sha256(), NULL) != 1 ||
        len * 2 != SHA256_HEX) {
        return no_digest(err);
    }
    for (size_t i = 0; i < n; i++) {
        unsigned int byte = digest[i / 2];
        out[i] = digits[i % 2 == 0 ? byte >> 4 : byte & 15U];
    }
    out[n] = '\0';
    return 0;
}
