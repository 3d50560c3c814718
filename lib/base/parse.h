/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers and durations from text, strictly: the whole text or nothing, no
 * white space, no sign where there is none to be, no octal, no overflow.
 *
 * Errors: ERR_MALFORMED with the text and what was expected.
 */
#ifndef BASE_PARSE_H
#define BASE_PARSE_H

#include "lib/base/error.h"
#include "lib/base/slice.h"

#include <stdint.h>

/* A decimal number from 0 to max without leading zeros. */
int parse_uint(struct slice text, uint64_t max, uint64_t *out, struct error *err) MUST_CHECK;

/* An optional '-', then digits without leading zeros ("-0" is refused), in the range of int64. */
int parse_int64(struct slice text, int64_t *out, struct error *err) MUST_CHECK;

/* A duration as Go writes the simple ones: a whole number and ms, s, m or h. At most 24h. */
int parse_duration_ms(struct slice text, uint64_t *out_ms, struct error *err) MUST_CHECK;

#endif
