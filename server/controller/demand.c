/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controller/demand.h"

#include "lib/kube/client/retry.h"

enum { FIRST_SLOTS = 64 };

struct want {
    struct demand_key key;
    struct demand_past past;
    size_t pods;
    int64_t due_ms; /* DEMAND_NEVER: not marked */
    struct want *chain;
    struct want *before; /* among the marked */
    struct want *after;
};

void demand_init(struct demand *demand)
{
    *demand = (struct demand){0};
    retry_chances(demand->secret, sizeof demand->secret);
}

static char *put(char *end, const char *text)
{
    end = stpcpy(end, text);
    *end = '/';
    return end + 1;
}

static size_t slot_of(const struct demand *demand, const struct demand_key *key)
{
    char text[sizeof *key + 4];
    const char *end =
        put(put(put(put(text, key->namespace), key->gateway), key->label), key->workload);

    return (size_t)siphash(demand->secret, (struct slice){text, (size_t)(end - text)}) &
           (demand->slot_count - 1);
}

bool demand_key_is(const struct demand_key *a, const struct demand_key *b)
{
    return strcmp(a->workload, b->workload) == 0 && strcmp(a->namespace, b->namespace) == 0 &&
           strcmp(a->gateway, b->gateway) == 0 && strcmp(a->label, b->label) == 0;
}

/* Where the pointer to it stands; to NULL where there is none. */
static struct want **link_of(const struct demand *demand, const struct demand_key *key)
{
    struct want **link = &demand->slots[slot_of(demand, key)];

    while (*link != NULL && !demand_key_is(&(*link)->key, key)) {
        link = &(*link)->chain;
    }
    return link;
}

static struct want *find(const struct demand *demand, const struct demand_key *key)
{
    return demand->slot_count == 0 ? NULL : *link_of(demand, key);
}

/* Twice the slots, each entry in its new one. */
static int grow(struct demand *demand, struct error *err)
{
    size_t count = demand->slot_count == 0 ? FIRST_SLOTS : demand->slot_count * 2;
    struct want **slots = calloc(count, sizeof(struct want *));
    struct demand old = *demand;

    if (slots == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for more than %zu workloads",
                         demand->count);
    }
    demand->slots = slots;
    demand->slot_count = count;
    for (size_t i = 0; i < old.slot_count; i++) {
        while (old.slots[i] != NULL) {
            struct want *want = old.slots[i];
            old.slots[i] = want->chain;
            want->chain = NULL;
            *link_of(demand, &want->key) = want;
        }
    }
    free(old.slots);
    return 0;
}

/* ---- The marked ---- */

static void unmark(struct demand *demand, struct want *want)
{
    if (want->due_ms == DEMAND_NEVER) {
        return;
    }
    *(want->before != NULL ? &want->before->after : &demand->first) = want->after;
    *(want->after != NULL ? &want->after->before : &demand->last) = want->before;
    want->before = NULL;
    want->after = NULL;
    want->due_ms = DEMAND_NEVER;
}

/* Behind all that are due by then; mostly that is the end. */
static void mark(struct demand *demand, struct want *want, int64_t due_ms)
{
    if (want->due_ms != DEMAND_NEVER && want->due_ms <= due_ms) {
        return;
    }
    unmark(demand, want);
    struct want *before = demand->last;
    while (before != NULL && before->due_ms > due_ms) {
        before = before->before;
    }
    want->before = before;
    want->after = before != NULL ? before->after : demand->first;
    *(before != NULL ? &before->after : &demand->first) = want;
    *(want->after != NULL ? &want->after->before : &demand->last) = want;
    want->due_ms = due_ms;
}

int64_t demand_due(const struct demand *demand)
{
    return demand->first == NULL ? INT64_MAX : demand->first->due_ms;
}

bool demand_next(struct demand *demand, int64_t now_ms, struct demand_key *key,
                 struct demand_past *past)
{
    struct want *want = demand->first;

    if (want == NULL || want->due_ms > now_ms) {
        return false;
    }
    unmark(demand, want);
    *key = want->key;
    *past = want->past;
    return true;
}

void demand_looked(struct demand *demand, const struct demand_key *key,
                   const struct demand_past *past, int64_t due_ms)
{
    struct want *want = find(demand, key);

    if (want == NULL) {
        return;
    }
    want->past = *past;
    if (due_ms != DEMAND_NEVER) {
        mark(demand, want, due_ms);
    }
}

static void mark_chain(struct demand *demand, struct want *want, struct slice namespace,
                       int64_t due_ms)
{
    for (; want != NULL; want = want->chain) {
        if (namespace.len == 0 || slice_is(namespace, want->key.namespace)) {
            mark(demand, want, due_ms);
        }
    }
}

void demand_mark(struct demand *demand, struct slice namespace, int64_t due_ms)
{
    for (size_t i = 0; i < demand->slot_count; i++) {
        mark_chain(demand, demand->slots[i], namespace, due_ms);
    }
}

/* ---- What there is ---- */

int demand_add(struct demand *demand, const struct demand_key *key, int64_t now_ms,
               struct error *err)
{
    struct want *want = find(demand, key);

    if (want != NULL) {
        want->pods++;
        return 0;
    }
    if (demand->count >= demand->slot_count && grow(demand, err) != 0) {
        return -1;
    }
    want = calloc(1, sizeof *want);
    if (want == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a workload");
    }
    *want = (struct want){.key = *key, .pods = 1, .due_ms = DEMAND_NEVER};
    *link_of(demand, key) = want;
    demand->count++;
    mark(demand, want, now_ms);
    return 0;
}

void demand_drop(struct demand *demand, const struct demand_key *key)
{
    struct want *want = find(demand, key);

    if (want == NULL || want->pods-- > 1) {
        return;
    }
    unmark(demand, want);
    *link_of(demand, key) = want->chain;
    demand->count--;
    free(want);
}

void demand_clear(struct demand *demand)
{
    for (size_t i = 0; i < demand->slot_count; i++) {
        while (demand->slots[i] != NULL) {
            struct want *want = demand->slots[i];
            demand->slots[i] = want->chain;
            free(want);
        }
    }
    free(demand->slots);
    demand->slots = NULL;
    demand->slot_count = 0;
    demand->count = 0;
    demand->first = NULL;
    demand->last = NULL;
}

void demand_each(const struct demand *demand, demand_visit *visit, void *arg)
{
    for (size_t i = 0; i < demand->slot_count; i++) {
        for (const struct want *want = demand->slots[i]; want != NULL; want = want->chain) {
            visit(arg, &want->key);
        }
    }
}
