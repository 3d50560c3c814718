/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a short hash under a secret key,
 * so that whoever chooses the names of an object cannot choose where they land
 * in a table. Not a digest: for that there is lib/digest.
 */
#ifndef KUBE_SIPHASH_H
#define KUBE_SIPHASH_H

#include "lib/base/slice.h"

#include <stdint.h>

enum { SIPHASH_KEY = 16 };

uint64_t siphash(const uint8_t key[static SIPHASH_KEY], struct slice text);

#endif
