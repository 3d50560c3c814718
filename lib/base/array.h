/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growing a plain array whose length is not known beforehand.
 *
 * Not for text: that is a buf, which checks its maximum by itself.
 */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include "lib/base/cleanup.h"

#include <stddef.h>

/*
 * Room for more than *cap items of `size` bytes: twice as many, or `first`, at most `max`.
 * Gives the array's new place and sets *cap. NULL where *cap is max already or there is no memory;
 * `items` is then as it was, and still the caller's to free.
 */
void *array_grow(void *items, size_t *cap, size_t size, size_t first, size_t max) MUST_CHECK;

#endif
