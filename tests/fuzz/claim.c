/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/target.h"

#include <stdarg.h>
#include <stdio.h>

void claim(bool holds, const char *fmt, ...)
{
    va_list ap;

    if (holds) {
        return;
    }
    va_start(ap, fmt);
    (void)fputs("claim: ", stderr);
    (void)vfprintf(stderr, fmt, ap);
    (void)fputs("\n", stderr);
    va_end(ap);
    abort();
}
