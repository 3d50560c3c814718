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

/*
 * For an array that stays as it is: its `count` items, at least one, in a block of their size, and
 * `items` is freed. NULL without memory; `items` is then still the caller's. Not in place: what a
 * block is cut down by is a hole between those that stay, too small for the next one that grows.
 */
void *array_fit(void *items, size_t count, size_t size) MUST_CHECK;

#endif
