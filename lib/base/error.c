/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_set(struct error *err, enum error_code code, const char *fmt, ...)
{
    va_list ap;

    err->code = code;
    va_start(ap, fmt);
    (void)vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    return -1;
}

/* Append ": tail" to what vsnprintf() left, as far as there is room. */
static void append_tail(struct error *err, int used, const char *tail)
{
    if (used >= 0 && (size_t)used < sizeof err->text) {
        size_t room = sizeof err->text - (size_t)used;
        (void)snprintf(err->text + used, room, ": %.*s", (int)room, tail);
    }
}

int error_errno(struct error *err, const char *fmt, ...)
{
    char reason[128];
    va_list ap;

    err->code = errno == ENOMEM ? ERR_NO_MEMORY : ERR_SYSTEM;
    const char *text = strerror_r(errno, reason, sizeof reason);
    va_start(ap, fmt);
    int used = vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    append_tail(err, used, text);
    return -1;
}

int error_prefix(struct error *err, const char *fmt, ...)
{
    char tail[sizeof err->text];
    va_list ap;

    memcpy(tail, err->text, sizeof tail);
    va_start(ap, fmt);
    int used = vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    append_tail(err, used, tail);
    return -1;
}
