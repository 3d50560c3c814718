/* SPDX-License-Identifier: Apache-2.0 */
#include "server/admission/verdicts.h"

#include "lib/base/buf.h"

#include <stdio.h>

enum { KEY_TEXT_MAX = 512 };

void verdicts_init(struct verdicts *verdicts, const uint8_t *secrets)
{
    memset(verdicts, 0, sizeof *verdicts);
    memcpy(verdicts->secrets, secrets, sizeof verdicts->secrets);
    (void)pthread_mutex_init(&verdicts->mutex, NULL);
}

static void drop(struct verdicts *verdicts, struct kept_verdict *verdict)
{
    verdicts->texts -= verdict->message != NULL ? 1 : 0;
    free(verdict->message);
    *verdict = (struct kept_verdict){0};
}

static void drop_all(struct verdicts *verdicts)
{
    for (size_t i = 0; i < VERDICTS_SETS; i++) {
        for (size_t way = 0; way < VERDICTS_WAYS; way++) {
            drop(verdicts, &verdicts->table[i][way]);
        }
    }
}

void verdicts_done(struct verdicts *verdicts)
{
    drop_all(verdicts);
    (void)pthread_mutex_destroy(&verdicts->mutex);
}

void verdicts_clear(struct verdicts *verdicts)
{
    (void)pthread_mutex_lock(&verdicts->mutex);
    drop_all(verdicts);
    verdicts->cleared++;
    (void)pthread_mutex_unlock(&verdicts->mutex);
}

/* Neither a uid nor a version has a slash. */
static void make_key(const struct verdicts *verdicts, struct value policy, const char *rules,
                     struct verdict_key *key)
{
    struct value metadata = value_member(policy, "metadata");
    struct slice uid = value_string(value_member(metadata, "uid"));
    struct slice version = value_string(value_member(metadata, "resourceVersion"));
    char text[KEY_TEXT_MAX];

    *key = (struct verdict_key){0};
    int len =
        snprintf(text, sizeof text, "%.*s/%.*s/%s", SLICE_ARGS(uid), SLICE_ARGS(version), rules);
    key->known = uid.len > 0 && version.len > 0 && len > 0 && (size_t)len < sizeof text;
    for (size_t i = 0; key->known && i < VERDICTS_WORDS; i++) {
        key->words[i] = siphash(verdicts->secrets[i], (struct slice){text, (size_t)len});
    }
}

static struct kept_verdict *find_locked(struct verdicts *verdicts, const struct verdict_key *key)
{
    struct kept_verdict *set = verdicts->table[key->words[0] % VERDICTS_SETS];

    for (size_t way = 0; way < VERDICTS_WAYS; way++) {
        if (set[way].asked != 0 && memcmp(set[way].words, key->words, sizeof key->words) == 0) {
            return &set[way];
        }
    }
    return NULL;
}

bool verdicts_knows(struct verdicts *verdicts, struct value object, const char *rules,
                    struct verdict_key *key, struct findings *found)
{
    make_key(verdicts, object, rules, key);
    (void)pthread_mutex_lock(&verdicts->mutex);
    struct kept_verdict *verdict = key->known ? find_locked(verdicts, key) : NULL;
    key->cleared = verdicts->cleared;
    if (verdict != NULL) {
        verdict->asked = ++verdicts->asked;
        found->denied = verdict->denied;
        if (verdict->message != NULL) {
            slice_copy(slice_of(verdict->message), found->message, sizeof found->message);
        }
    }
    (void)pthread_mutex_unlock(&verdicts->mutex);
    return verdict != NULL;
}

bool verdicts_find(struct verdicts *verdicts, struct value policy, const char *rules,
                   struct verdict_key *key, struct findings *found)
{
    bool is_known = verdicts_knows(verdicts, policy, rules, key, found);

    (void)atomic_fetch_add(is_known ? &verdicts->remembered : &verdicts->judged, 1);
    return is_known;
}

/* The place that was asked for longest ago, or is empty. */
static struct kept_verdict *oldest_locked(struct verdicts *verdicts, const struct verdict_key *key)
{
    struct kept_verdict *set = verdicts->table[key->words[0] % VERDICTS_SETS];
    struct kept_verdict *oldest = &set[0];

    for (size_t way = 1; way < VERDICTS_WAYS; way++) {
        oldest = set[way].asked < oldest->asked ? &set[way] : oldest;
    }
    return oldest;
}

/* NULL: no memory, or too many are kept. */
static char *message_locked(const struct verdicts *verdicts, const struct findings *found)
{
    AUTO(buf) struct buf text = {0};

    if (verdicts->texts == VERDICTS_TEXTS) {
        return NULL;
    }
    buf_init(&text, sizeof found->message);
    buf_text(&text, found->message);
    return buf_take(&text);
}

static void keep_locked(struct verdicts *verdicts, const struct verdict_key *key,
                        enum reason denied, char *message)
{
    struct kept_verdict *verdict = find_locked(verdicts, key);

    if (verdict == NULL) {
        verdict = oldest_locked(verdicts, key);
    }
    drop(verdicts, verdict);
    verdicts->texts += message != NULL ? 1 : 0;
    verdict->denied = denied;
    verdict->asked = ++verdicts->asked;
    memcpy(verdict->words, key->words, sizeof verdict->words);
    verdict->message = message;
}

void verdicts_keep(struct verdicts *verdicts, const struct verdict_key *key,
                   const struct findings *found)
{
    bool denied = found->denied != REASON_NONE;

    if (!key->known) {
        return;
    }
    (void)pthread_mutex_lock(&verdicts->mutex);
    if (key->cleared == verdicts->cleared) {
        char *message = denied ? message_locked(verdicts, found) : NULL;
        if (!denied || message != NULL) {
            keep_locked(verdicts, key, found->denied, message);
        }
    }
    (void)pthread_mutex_unlock(&verdicts->mutex);
}
