/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ruleset in use, and those that /validate believes beside it: those before it, as a pod
 * may be mutated before a reload and judged after it, and the one that is coming, as another
 * replica may have begun to use it.
 *
 *   current  by which pods are mutated
 *   coming   the newest, where replicas learn of a change one after the other: it is used
 *            RULESETS_LEAD_MS after it came, when all of them know it
 *   older    the last that were in use, or coming and overtaken
 *
 * Ownership: counted references; a view holds one of each until rulesets_give().
 * Threads:   any. A swap never disturbs who holds a view.
 * Limits:    RULESETS_OLDER older ones, each for RULESETS_KEEP_MS after it was replaced.
 */
#ifndef HTTP_RULESETS_H
#define HTTP_RULESETS_H

#include "lib/pod/ruleset.h"

#include <pthread.h>

enum {
    RULESETS_MISSING = 512,
    RULESETS_OLDER = 2,
    RULESETS_BELIEVED = RULESETS_OLDER + 1,
    RULESETS_KEEP_MS = 10 * 60 * 1000,
    RULESETS_LEAD_MS = 3000,
    RULESETS_AGAIN_MS = 60 * 1000, /* the longest that one request to the API server takes */
};

struct ruleset_view {
    const struct ruleset *current;
    const struct ruleset *believed[RULESETS_BELIEVED]; /* newest first */
    size_t believed_count;
    size_t again_count; /* the first of them, that replicas may be mutating pods by just now */
    char missing[RULESETS_MISSING]; /* why `current` is none; "" where it is one */
};

struct rulesets {
    pthread_mutex_t mutex;
    const struct ruleset *list[1 + RULESETS_OLDER];
    int64_t replaced_ms[1 + RULESETS_OLDER];
    size_t count;
    const struct ruleset *coming; /* NULL: the newest is in use */
    int64_t due_ms;
    char missing[RULESETS_MISSING];
};

void rulesets_init(struct rulesets *rulesets);
void rulesets_done(struct rulesets *rulesets);

/* In use from now on. Takes the reference over. */
void rulesets_swap(struct rulesets *rulesets, const struct ruleset *ruleset, int64_t now_ms);

/* Believed from now on, and in use once it is due. Takes the reference over. */
void rulesets_announce(struct rulesets *rulesets, const struct ruleset *ruleset, int64_t now_ms);

/* Uses the one that is coming if it is due; true: it is in use now. */
bool rulesets_advance(struct rulesets *rulesets, int64_t now_ms);

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

/* The same of the one that is coming; of the one in use where none is. */
void rulesets_newest_id(struct rulesets *rulesets, char id[static CONFIG_ID_LEN + 1]);

#endif
