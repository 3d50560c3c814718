/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was found of policies that stand, so that one of megabytes is judged once and not at each
 * pod of its namespace.
 *
 * A verdict depends on the policy and the rules alone: the configuration's, and those of a pod's
 * gateway where it is known. It is kept by the policy's uid and resourceVersion and the rules'
 * name, as 128 bits of their hash under secret keys.
 *
 *   if (!verdicts_find(verdicts, policy, id, &key, &found)) {
 *       judge, into `found`
 *       verdicts_keep(verdicts, &key, &found);
 *   }
 *
 * A fixed table: each verdict has VERDICTS_WAYS places, and pushes out the one that was asked for
 * longest ago. What is not in it is only judged again.
 *
 * Ownership: in place; verdicts_done() frees what it keeps.
 * Threads:   any, but for init and done.
 * Limits:    VERDICTS_SETS * VERDICTS_WAYS verdicts, of which VERDICTS_TEXTS are denials.
 */
#ifndef ADMISSION_VERDICTS_H
#define ADMISSION_VERDICTS_H

#include "lib/kube/siphash.h"
#include "lib/kube/value.h"
#include "lib/pod/findings.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    VERDICTS_SETS = 2048,
    VERDICTS_WAYS = 4,
    VERDICTS_TEXTS = 512,
    VERDICTS_WORDS = 2,
    VERDICTS_SECRETS = VERDICTS_WORDS * SIPHASH_KEY,
};

struct kept_verdict {
    uint64_t words[VERDICTS_WORDS];
    uint64_t asked; /* the higher, the later; 0: there is none */
    enum reason denied;
    char *message; /* of a denial */
};

struct verdicts {
    uint8_t secrets[VERDICTS_WORDS][SIPHASH_KEY];
    pthread_mutex_t mutex; /* of what follows */
    struct kept_verdict table[VERDICTS_SETS][VERDICTS_WAYS];
    uint64_t asked;
    uint64_t cleared; /* how often */
    size_t texts;

    /* For the operator. */
    _Atomic int64_t judged;
    _Atomic int64_t remembered;
};

struct verdict_key {
    uint64_t words[VERDICTS_WORDS];
    uint64_t cleared;
    bool known; /* false: the policy has no uid or version to be known by */
};

/* `secrets`: VERDICTS_SECRETS bytes that nobody foresees. */
void verdicts_init(struct verdicts *verdicts, const uint8_t *secrets);
void verdicts_done(struct verdicts *verdicts);

/* Is it known? Then `found` is as it was left, but for its field and warnings. */
bool verdicts_find(struct verdicts *verdicts, struct value policy, const char *rules,
                   struct verdict_key *key, struct findings *found);

/* The same, and not counted: for what is no policy. */
bool verdicts_knows(struct verdicts *verdicts, struct value object, const char *rules,
                    struct verdict_key *key, struct findings *found);

/* Without memory, or where all was forgotten since verdicts_find(), it is not kept. */
void verdicts_keep(struct verdicts *verdicts, const struct verdict_key *key,
                   const struct findings *found);

/* Forget all: an API server that was set back may give a version a second time. */
void verdicts_clear(struct verdicts *verdicts);

#endif
