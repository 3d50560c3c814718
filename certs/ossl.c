/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/ossl.h"

#include <openssl/err.h>

#include <stdarg.h>
#include <stdio.h>

int ossl_error(struct error *err, enum error_code code, const char *fmt, ...)
{
    char what[256];
    va_list ap;

    unsigned long why = ERR_peek_last_error();
    const char *reason = ERR_reason_error_string(why);
    if (ERR_GET_REASON(why) == ERR_R_MALLOC_FAILURE) {
        code = ERR_NO_MEMORY;
    }
    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    ERR_clear_error();
    return error_set(err, code, "%s: %s", what,
                     reason == NULL ? "OpenSSL does not say why" : reason);
}
