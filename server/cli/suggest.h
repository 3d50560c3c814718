/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Did you mean ...?": of the words that would have been right, the one that a
 * typo most likely came from.
 *
 * Counted are letters put in, left out, changed and two neighbours swapped. One may be wrong in a
 * word of up to 3 letters, two in one of up to 5, and a third of those of a longer one.
 *
 * Ownership: borrows all words. Limits: longer words than 31 bytes are never near.
 */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

#include <stddef.h>

struct suggestion {
    const char *typed;
    const char *best; /* NULL: nothing is near */
    size_t distance;
};

void suggest_init(struct suggestion *suggestion, const char *typed);

/* A word that would have been right. Of two that are as near, the first stays. */
void suggest_offer(struct suggestion *suggestion, const char *word);

#endif
