/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Did you mean": the known word nearest to one that is not known.
 *
 * For the keys of the file and for the command line. Threads: no shared state.
 */
#ifndef CONFIG_SUGGEST_H
#define CONFIG_SUGGEST_H

#include "lib/base/slice.h"

/*
 * Is `word` near enough to `known` to be meant, and nearer than what *best says? Then *best is its
 * distance. Start with *best = SUGGEST_NONE. Upper and lower case count as half a difference.
 */
enum { SUGGEST_NONE = 1000 };
bool suggest_is_nearer(struct slice word, const char *known, unsigned *best);

#endif
