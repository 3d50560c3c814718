/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/ossl.h"

#include <openssl/err.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

/* Empty the queue; true where memory ended anywhere on the way. */
static bool take_shortage(void)
{
    bool found = false;

    for (unsigned long why = ERR_get_error(); why != 0; why = ERR_get_error()) {
        found = found || ERR_GET_REASON(why) == ERR_R_MALLOC_FAILURE;
    }
    return found;
}

int ossl_error(struct error *err, enum error_code code, const char *fmt, ...)
{
    char what[256];
    va_list ap;

    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return error_set(err, take_shortage() ? ERR_NO_MEMORY : code, "%s: %s", what,
                     reason == NULL ? "OpenSSL does not say why" : reason);
}

int ossl_refuse(struct error *err, enum error_code code, const char *fmt, ...)
{
    char what[256];
    va_list ap;

    if (take_shortage()) {
        return error_set(err, ERR_NO_MEMORY, "no memory to look at a certificate");
    }
    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return error_set(err, code, "%s", what);
}
