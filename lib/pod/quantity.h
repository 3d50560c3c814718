/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kubernetes quantities ("10m", "0.5", "16Mi", "1e3") added exactly.
 *
 * What cannot be added exactly is refused: finer than a billionth, 2^63 or more,
 * negative. The API server rounds and caps such values; podveil does not guess.
 *
 * Source: k8s.io/apimachinery pkg/api/resource, the grammar of a quantity.
 * Errors: ERR_MALFORMED with the text.
 */
#ifndef POD_QUANTITY_H
#define POD_QUANTITY_H

#include "lib/base/error.h"
#include "lib/base/slice.h"

enum { QUANTITY_TEXT = 48 };

/*
 * a + b in the canonical form of a's notation: binary suffixes where a has one, exponents become
 * decimal suffixes.
 */
int quantity_add(struct slice a, struct slice b, char out[static QUANTITY_TEXT],
                 struct error *err) MUST_CHECK;

#endif
