/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chance for property tests: from PODVEIL_SEED where it is set, else from the
 * clock. Each assertion of such a test prints the seed, which makes it run again.
 */
#ifndef TESTS_NETPOL_RANDOM_H
#define TESTS_NETPOL_RANDOM_H

#include "lib/base/parse.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#define SEED "PODVEIL_SEED=%" PRIu64

static inline uint64_t random_seed(void)
{
    const char *text = getenv("PODVEIL_SEED");
    struct error err = {0};
    uint64_t seed = 0;
    struct timespec now;

    if (text != NULL && parse_uint(slice_of(text), UINT64_MAX, &seed, &err) == 0) {
        return seed;
    }
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* A number below `below`, by SplitMix64. */
static inline unsigned random_below(uint64_t *state, unsigned below)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (unsigned)((z ^ z >> 31) % below);
}

static inline bool random_chance(uint64_t *state, unsigned percent)
{
    return random_below(state, 100) < percent;
}

#endif
