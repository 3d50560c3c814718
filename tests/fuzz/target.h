/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every fuzz_*.c defines and what calls it: libFuzzer, AFL++'s driver, or
 * replay.c, which runs files through a target in the ordinary builds.
 *
 * A target finds a mistake by a crash, a sanitizer's report, or a claim() that
 * does not hold. It keeps nothing from one input to the next.
 */
#ifndef TESTS_FUZZ_TARGET_H
#define TESTS_FUZZ_TARGET_H

#include "lib/base/cleanup.h"
#include "lib/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* The names are libFuzzer's. Run one input; 0 always. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Defined by a target that knows what its input looks like: change it in place, at most to
 * max_size bytes, by the chance of the seed. Gives the new size. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

/* The fuzzer's own change of bytes. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* Say what does not hold and abort. */
void claim(bool holds, const char *fmt, ...) PRINTF_LIKE(2, 3);

static inline struct slice target_input(const uint8_t *data, size_t size)
{
    return (struct slice){.data = (const char *)data, .len = size};
}

#endif
