/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One error type for the whole program.
 *
 * A function that can fail returns 0 or -1 and takes `struct error *err` as its
 * last parameter. On success err is untouched; on failure it is filled and the
 * out parameters are as they were. The struct lives on the caller's stack and
 * owns nothing, so it can neither leak nor fail to be built.
 *
 * What a review is refused for is no error but a denial (lib/pod/denial.h).
 *
 * Threads: no shared state.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "lib/base/cleanup.h"

enum error_code {
    ERR_NONE = 0,
    ERR_MALFORMED, /* the peer or the user sent something that cannot be read */
    ERR_TOO_LARGE, /* a limit of ours was exceeded */
    ERR_CONFIG,    /* the operator's configuration or flags are wrong */
    ERR_SYSTEM,    /* a system call or a library failed */
    ERR_NO_MEMORY,
};

struct error {
    enum error_code code;
    char text[512];
};

/* Fill err. Always returns -1, so that a failure is one statement. */
int error_set(struct error *err, enum error_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/*
 * The same for a failed system call: "FMT...: <what errno means>", ERR_SYSTEM, or ERR_NO_MEMORY
 * where errno says that. Returns -1.
 */
int error_errno(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Put "context: " before the text of a failure that is passed up. Returns -1. */
int error_prefix(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
