/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small file that may hold a key: read without leaving a copy of it behind,
 * and without ever waiting for it.
 *
 * Not lib/base/file.h, whose read buffer on the stack keeps what passed through
 * it, and which waits on a FIFO.
 *
 * Ownership: secret_done() wipes the text.
 * Errors:    ERR_SYSTEM with the path and the system's words, or for what is no
 *            regular file; ERR_TOO_LARGE above SECRET_MAX.
 */
#ifndef CERTS_SECRET_H
#define CERTS_SECRET_H

#include "lib/base/error.h"
#include "lib/base/slice.h"

enum { SECRET_MAX = 64 * 1024 /* a chain of ten RSA-4096 certificates is 25 KiB */ };

struct secret {
    struct slice text;
    char *data;
};

/* out holds nothing before. */
int secret_read(const char *path, struct secret *out, struct error *err) MUST_CHECK;
void secret_done(struct secret *secret);
DEFINE_AUTO_IN_PLACE(secret, struct secret, secret_done);

#endif
