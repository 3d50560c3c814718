/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ruleset in use, and those before it that /validate still takes: a pod may be
 * mutated before a reload and judged after it.
 *
 * Ownership: counted references; a view holds one of each until rulesets_give().
 * Threads:   any. A swap never disturbs who holds a view.
 * Limits:    RULESETS_OLDER older ones, each for RULESETS_KEEP_MS after it was replaced.
 */
#ifndef HTTP_RULESETS_H
#define HTTP_RULESETS_H

#include "lib/pod/ruleset.h"

#include <pthread.h>

enum { RULESETS_MISSING = 512, RULESETS_OLDER = 2, RULESETS_KEEP_MS = 10 * 60 * 1000 };

struct ruleset_view {
    const struct ruleset *current;
    const struct ruleset *older[RULESETS_OLDER]; /* newest first */
    size_t older_count;
    char missing[RULESETS_MISSING]; /* why `current` is none; "" where it is one */
};

struct rulesets {
    pthread_mutex_t mutex;
    const struct ruleset *list[1 + RULESETS_OLDER];
    int64_t replaced_ms[1 + RULESETS_OLDER];
    size_t count;
    char missing[RULESETS_MISSING];
};

void rulesets_init(struct rulesets *rulesets);
void rulesets_done(struct rulesets *rulesets);

/* Takes the reference over. */
void rulesets_swap(struct rulesets *rulesets, const struct ruleset *ruleset, int64_t now_ms);

/* There is none yet that has a gateway, and this is why; false: there is. */
bool rulesets_miss(struct rulesets *rulesets, const char *why);
bool rulesets_missing(struct rulesets *rulesets, char why[static RULESETS_MISSING]);

/* There is one from the first swap on. */
void rulesets_take(struct rulesets *rulesets, int64_t now_ms, struct ruleset_view *view);
void rulesets_give(struct ruleset_view *view);

/* The one in use, counted, or NULL before the first swap. */
const struct ruleset *rulesets_current(struct rulesets *rulesets);

/* The id of the configuration in use. */
void rulesets_id(struct rulesets *rulesets, char id[static CONFIG_ID_LEN + 1]);

#endif
