/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/rulesets.h"

#include <assert.h>
#include <stdio.h>

void rulesets_init(struct rulesets *rulesets)
{
    *rulesets = (struct rulesets){.count = 0};
    (void)pthread_mutex_init(&rulesets->mutex, NULL);
}

void rulesets_done(struct rulesets *rulesets)
{
    for (size_t i = 0; i < rulesets->count; i++) {
        ruleset_unref(rulesets->list[i]);
    }
    ruleset_unref(STEAL(rulesets->coming));
    (void)pthread_mutex_destroy(&rulesets->mutex);
}

/* The one that stands for none never has older ones, nor becomes one. */
static bool is_missing_locked(const struct rulesets *rulesets)
{
    return rulesets->count > 0 && rulesets->list[0]->gateway_count == 0;
}

bool rulesets_miss(struct rulesets *rulesets, const char *why)
{
    (void)pthread_mutex_lock(&rulesets->mutex);
    bool missing = is_missing_locked(rulesets);
    if (missing) {
        slice_copy(slice_of(why), rulesets->missing, sizeof rulesets->missing);
    }
    (void)pthread_mutex_unlock(&rulesets->mutex);
    return missing;
}

bool rulesets_missing(struct rulesets *rulesets, char why[static RULESETS_MISSING])
{
    (void)pthread_mutex_lock(&rulesets->mutex);
    bool missing = is_missing_locked(rulesets);
    memcpy(why, rulesets->missing, sizeof rulesets->missing);
    (void)pthread_mutex_unlock(&rulesets->mutex);
    return missing;
}

/* Puts it at `at`, 0 for the one in use; gives what no longer has a place, or NULL. */
static const struct ruleset *insert_locked(struct rulesets *rulesets, size_t at,
                                           const struct ruleset *ruleset, int64_t now_ms)
{
    const struct ruleset *last = NULL;

    if (is_missing_locked(rulesets) || rulesets->count == COUNT_OF(rulesets->list)) {
        rulesets->count--;
        last = rulesets->list[rulesets->count];
    }
    for (size_t i = rulesets->count; i > at; i--) {
        rulesets->list[i] = rulesets->list[i - 1];
        rulesets->replaced_ms[i] = rulesets->replaced_ms[i - 1];
    }
    rulesets->list[at] = ruleset;
    rulesets->replaced_ms[1] = now_ms;
    rulesets->count++;
    return last;
}

void rulesets_swap(struct rulesets *rulesets, const struct ruleset *ruleset, int64_t now_ms)
{
    (void)pthread_mutex_lock(&rulesets->mutex);
    const struct ruleset *last = insert_locked(rulesets, 0, ruleset, now_ms);
    rulesets->missing[0] = '\0';
    (void)pthread_mutex_unlock(&rulesets->mutex);
    ruleset_unref(last);
}

/* One that is overtaken is not used here, but may be elsewhere. */
void rulesets_announce(struct rulesets *rulesets, const struct ruleset *ruleset, int64_t now_ms)
{
    const struct ruleset *last = NULL;

    (void)pthread_mutex_lock(&rulesets->mutex);
    if (rulesets->coming != NULL) {
        last = insert_locked(rulesets, 1, rulesets->coming, now_ms);
    }
    rulesets->coming = ruleset;
    rulesets->due_ms = now_ms + RULESETS_LEAD_MS;
    (void)pthread_mutex_unlock(&rulesets->mutex);
    ruleset_unref(last);
}

bool rulesets_advance(struct rulesets *rulesets, int64_t now_ms)
{
    const struct ruleset *last = NULL;

    (void)pthread_mutex_lock(&rulesets->mutex);
    bool due = rulesets->coming != NULL && now_ms >= rulesets->due_ms;
    if (due) {
        last = insert_locked(rulesets, 0, STEAL(rulesets->coming), now_ms);
    }
    (void)pthread_mutex_unlock(&rulesets->mutex);
    ruleset_unref(last);
    return due;
}

void rulesets_take(struct rulesets *rulesets, int64_t now_ms, struct ruleset_view *view)
{
    (void)pthread_mutex_lock(&rulesets->mutex);
    assert(rulesets->count > 0);
    view->current = ruleset_ref(rulesets->list[0]);
    view->believed_count = 0;
    view->again_count = 0;
    view->missing[0] = '\0';
    if (is_missing_locked(rulesets)) {
        memcpy(view->missing, rulesets->missing, sizeof view->missing);
    }
    if (rulesets->coming != NULL) {
        view->believed[0] = ruleset_ref(rulesets->coming);
        view->believed_count = 1;
        view->again_count = 1;
    }
    for (size_t i = 1; i < rulesets->count; i++) {
        view->again_count += now_ms - rulesets->replaced_ms[i] < RULESETS_AGAIN_MS ? 1 : 0;
        if (now_ms - rulesets->replaced_ms[i] < RULESETS_KEEP_MS) {
            view->believed[view->believed_count] = ruleset_ref(rulesets->list[i]);
            view->believed_count++;
        }
    }
    (void)pthread_mutex_unlock(&rulesets->mutex);
}

void rulesets_give(struct ruleset_view *view)
{
    ruleset_unref(view->current);
    for (size_t i = 0; i < view->believed_count; i++) {
        ruleset_unref(view->believed[i]);
    }
    view->current = NULL;
    view->believed_count = 0;
}

const struct ruleset *rulesets_current(struct rulesets *rulesets)
{
    (void)pthread_mutex_lock(&rulesets->mutex);
    bool any = rulesets->count > 0 && !is_missing_locked(rulesets);
    const struct ruleset *current = any ? ruleset_ref(rulesets->list[0]) : NULL;
    (void)pthread_mutex_unlock(&rulesets->mutex);
    return current;
}

void rulesets_id(struct rulesets *rulesets, char id[static CONFIG_ID_LEN + 1])
{
    (void)pthread_mutex_lock(&rulesets->mutex);
    assert(rulesets->count > 0);
    (void)snprintf(id, CONFIG_ID_LEN + 1, "%s", rulesets->list[0]->config->id);
    (void)pthread_mutex_unlock(&rulesets->mutex);
}

void rulesets_newest_id(struct rulesets *rulesets, char id[static CONFIG_ID_LEN + 1])
{
    (void)pthread_mutex_lock(&rulesets->mutex);
    assert(rulesets->count > 0);
    const struct ruleset *newest = rulesets->coming != NULL ? rulesets->coming : rulesets->list[0];
    (void)snprintf(id, CONFIG_ID_LEN + 1, "%s", newest->config->id);
    (void)pthread_mutex_unlock(&rulesets->mutex);
}
