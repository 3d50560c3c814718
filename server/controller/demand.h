/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which workloads have privacy pods, and which of them are to be looked at when: the
 * queue of the loop. One entry a namespace, gateway and workload, however many pods.
 *
 * An entry is marked with the time when it is due, at most once: a hundred changes are
 * one look. Due at once come first, in their order; a mark never makes an entry later.
 *
 * Ownership: owns its entries. What demand_next() gives is a copy.
 * Threads:   none of its own: the caller's lock.
 * Errors:    ERR_NO_MEMORY: an entry is missing, and the caller has to count anew.
 */
#ifndef CONTROLLER_DEMAND_H
#define CONTROLLER_DEMAND_H

#include "lib/kube/siphash.h"
#include "lib/pod/names.h"

#include <stdbool.h>
#include <stdint.h>

enum { DEMAND_NEVER = -1 };

/* Whose policies. All are printable names. */
struct demand_key {
    char namespace[LABEL_VALUE_MAX + 1];
    char gateway[LABEL_VALUE_MAX + 1];
    char label[LABEL_VALUE_MAX + 1]; /* podveil.io/workload; "": the pod has none */
    char workload[NAME_MAX_LEN + 1]; /* whole */
};

bool demand_key_is(const struct demand_key *a, const struct demand_key *b);

/* How it went so far; the loop's own, kept for it between two looks. */
struct demand_past {
    int64_t wrong_ms;    /* since when something is not as it should be; 0: it is */
    int64_t repaired_ms; /* when it was last repaired */
    unsigned failures;   /* in a row */
    unsigned repairs;    /* in a row, each soon after the last */
};

struct want;
struct demand {
    uint8_t secret[SIPHASH_KEY]; /* whoever names workloads cannot choose their slots */
    struct want **slots;
    size_t slot_count;
    size_t count;
    struct want *first; /* marked, as they are to be looked at */
    struct want *last;
};

void demand_init(struct demand *demand);

/* A pod more, or less. A new entry is due at once. */
int demand_add(struct demand *demand, const struct demand_key *key, int64_t now_ms,
               struct error *err) MUST_CHECK;
void demand_drop(struct demand *demand, const struct demand_key *key);
void demand_clear(struct demand *demand); /* frees all; it is as after demand_init() */

/* Entries of the namespace, or all where it is {NULL, 0}. */
void demand_mark(struct demand *demand, struct slice namespace, int64_t due_ms);

/* When the next is due; INT64_MAX: none is marked. */
int64_t demand_due(const struct demand *demand);

/* The next that is due, if there is one: copied, and not marked any more. */
bool demand_next(struct demand *demand, int64_t now_ms, struct demand_key *key,
                 struct demand_past *past);

/* How a look ended: what is to be remembered, and when to look again (or DEMAND_NEVER). */
void demand_looked(struct demand *demand, const struct demand_key *key,
                   const struct demand_past *past, int64_t due_ms);

/* Visit all, in no order. */
typedef void demand_visit(void *arg, const struct demand_key *key);
void demand_each(const struct demand *demand, demand_visit *visit, void *arg);

#endif
