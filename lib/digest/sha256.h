/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 as lower-case hex: names that are cut, configuration ids, what was
 * injected (spec.md 3).
 *
 * A folder of its own because lib/base is libc only and this is OpenSSL's.
 *
 * Threads: no shared state.
 * Errors:  ERR_SYSTEM where OpenSSL has no SHA-256 for us.
 */
#ifndef DIGEST_SHA256_H
#define DIGEST_SHA256_H

#include "lib/base/error.h"
#include "lib/base/slice.h"

enum { SHA256_HEX = 64 };

/* The first n hex digits (n <= SHA256_HEX) of the digest of text, and a NUL. */
int sha256_hex(struct slice text, size_t n, char out[static SHA256_HEX + 1],
               struct error *err) MUST_CHECK;

#endif
