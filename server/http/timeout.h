/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ?timeout=, by which the API server says how long it will wait: a duration as Go writes it,
 * "10s", "1m0s", "1.5s", "500ms".
 *
 * Not for configuration: parse_duration_ms() of lib/base is stricter.
 *
 * Threads: no shared state.
 */
#ifndef HTTP_TIMEOUT_H
#define HTTP_TIMEOUT_H

#include "lib/base/cleanup.h"
#include "lib/base/slice.h"

#include <stdint.h>

enum { TIMEOUT_MAX_MS = 24 * 60 * 60 * 1000 };

/* Rounded down; what is longer than the maximum is the maximum. False: no duration, or a sign. */
bool timeout_parse(struct slice text, uint64_t *out_ms) MUST_CHECK;

#endif
