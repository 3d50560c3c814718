/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quantities of Kubernetes as people write them ("500m", "0.5", "64Mi"), so that
 * a request can be compared with its limit. Less than the API's grammar: no
 * exponents, no signs, nothing finer than a thousandth or above what 64 bits of
 * thousandths hold.
 *
 * Private to this folder. Threads: no shared state. Errors: ERR_CONFIG.
 */
#ifndef CONFIG_AMOUNT_H
#define CONFIG_AMOUNT_H

#include "lib/base/error.h"
#include "lib/base/slice.h"

#include <stdint.h>

int amount_parse(struct slice text, uint64_t *milli, struct error *err) MUST_CHECK;

#endif
