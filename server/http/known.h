/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies that were seen to stand a moment ago, word for word.
 *
 * A fixed table: each policy has one slot by the hash of its name, and pushes out
 * what was there. So it needs no bound of its own, nobody can make it slow, and
 * what is not in it is only asked for again.
 *
 * Ownership: the table owns copies.
 * Threads:   one at a time.
 * Limits:    KNOWN_SLOTS policies, each believed for KNOWN_MS.
 */
#ifndef HTTP_KNOWN_H
#define HTTP_KNOWN_H

#include "lib/pod/policies.h"

#include <stdint.h>

enum {
    KNOWN_SLOTS = 1024,
    KNOWN_MS = 5000, /* after that the file is looked at again: somebody may have removed it */
};

struct known_slot {
    char *text; /* namespace, name, JSON, each with its NUL */
    size_t len;
    int64_t seen_ms;
};

struct known {
    struct known_slot slots[KNOWN_SLOTS];
};

void known_init(struct known *known);
void known_done(struct known *known);

/* Does exactly this policy stand, as far as was seen? */
bool known_has(const struct known *known, const struct policy_text *policy, int64_t now_ms);

/* It stands. Without memory it is forgotten, which costs a look at the disk. */
void known_add(struct known *known, const struct policy_text *policy, int64_t now_ms);

#endif
