/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Base64 with the standard alphabet and padding (RFC 4648 section 4), as the
 * `patch` of an AdmissionReview carries it.
 *
 * Errors: base64_decode() refuses what is not canonical: other characters, white
 *         space, missing padding, bits that should be zero.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "lib/base/buf.h"

void base64_encode(struct buf *out, const void *data, size_t len);
int base64_decode(struct buf *out, struct slice text, struct error *err) MUST_CHECK;

#endif
