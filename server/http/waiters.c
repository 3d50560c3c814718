/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A binary heap of deadlines over at most WAITERS_MAX waiters; each knows its place, so that a
 * settled one leaves at once and holds nothing until a deadline that no longer matters.
 *
 * Everything changes under one lock; connections are resumed outside of it.
 */
#include "server/http/waiters.h"

#include "lib/base/clock.h"

#include <assert.h>
#include <stdio.h>

static void put(struct waiters *list, size_t place, struct waiter *waiter)
{
    list->heap[place] = waiter;
    waiter->place = place;
}

static void sift_up(struct waiters *list, size_t place)
{
    struct waiter *moved = list->heap[place];

    while (place > 0) {
        size_t above = (place - 1) / 2;
        if (list->heap[above]->deadline_ms <= moved->deadline_ms) {
            break;
        }
        put(list, place, list->heap[above]);
        place = above;
    }
    put(list, place, moved);
}

static void sift_down(struct waiters *list, size_t place)
{
    struct waiter *moved = list->heap[place];

    for (size_t below = 2 * place + 1; below < list->heap_count; below = 2 * place + 1) {
        if (below + 1 < list->heap_count &&
            list->heap[below + 1]->deadline_ms < list->heap[below]->deadline_ms) {
            below++;
        }
        if (moved->deadline_ms <= list->heap[below]->deadline_ms) {
            break;
        }
        put(list, place, list->heap[below]);
        place = below;
    }
    put(list, place, moved);
}

static void heap_remove(struct waiters *list, struct waiter *waiter)
{
    size_t place = waiter->place;
    struct waiter *last = list->heap[--list->heap_count];

    if (last != waiter) {
        put(list, place, last);
        sift_up(list, place);
        sift_down(list, last->place);
    }
}

/* The one place where a waiter ends. True for whoever is to resume its connection. */
static bool settle_locked(struct waiter *waiter, enum waiter_state state)
{
    if (waiter->state != WAITER_WAIT || !waiter->published) {
        return false;
    }
    waiter->state = state;
    heap_remove(waiter->list, waiter);
    return true;
}

/* Counted until its connection is resumed: what is counted may be suspended. */
static void wake(struct waiters *list, struct MHD_Connection *connection)
{
    list->resume(connection);
    (void)pthread_mutex_lock(&list->mutex);
    list->count--;
    (void)pthread_mutex_unlock(&list->mutex);
}

static void unref_locked(struct waiter *waiter)
{
    if (--waiter->references == 0) {
        assert(waiter->state != WAITER_WAIT);
        free(waiter);
    }
}

/* The earliest waiter, if it is to end now: its deadline came, or all are to stop. */
static struct waiter *due_locked(struct waiters *list)
{
    struct waiter *first = list->heap_count > 0 ? list->heap[0] : NULL;

    return first != NULL && (list->stopping || first->deadline_ms <= clock_ms()) ? first : NULL;
}

/* Settle what is due. Called and returns with the lock held, gives it up in between. */
static void settle_due(struct waiters *list)
{
    for (struct waiter *w = due_locked(list); w != NULL; w = due_locked(list)) {
        struct MHD_Connection *connection = w->connection;
        bool mine = settle_locked(w, list->stopping ? WAITER_STOPPED : WAITER_LATE);
        (void)pthread_mutex_unlock(&list->mutex);
        if (mine) {
            wake(list, connection);
        }
        (void)pthread_mutex_lock(&list->mutex);
    }
}

static void *run_timer(void *arg)
{
    struct waiters *list = arg;

    (void)pthread_mutex_lock(&list->mutex);
    while (!list->quit) {
        settle_due(list);
        if (list->quit) {
            break;
        }
        if (list->heap_count > 0) {
            struct timespec until = clock_timespec(list->heap[0]->deadline_ms);
            (void)pthread_cond_timedwait(&list->changed, &list->mutex, &until);
        } else {
            (void)pthread_cond_wait(&list->changed, &list->mutex);
        }
    }
    (void)pthread_mutex_unlock(&list->mutex);
    return NULL;
}

int waiters_start(struct waiters *list, void (*resume)(struct MHD_Connection *), struct error *err)
{
    *list = (struct waiters){.resume = resume};
    (void)pthread_mutex_init(&list->mutex, NULL);
    clock_cond_init(&list->changed);
    if (pthread_create(&list->timer, NULL, run_timer, list) != 0) {
        (void)pthread_cond_destroy(&list->changed);
        (void)pthread_mutex_destroy(&list->mutex);
        return error_set(err, ERR_SYSTEM, "cannot start a thread");
    }
    return 0;
}

void waiters_stop(struct waiters *list)
{
    (void)pthread_mutex_lock(&list->mutex);
    list->quit = true;
    (void)pthread_cond_signal(&list->changed);
    (void)pthread_mutex_unlock(&list->mutex);
    (void)pthread_join(list->timer, NULL);
    (void)pthread_cond_destroy(&list->changed);
    (void)pthread_mutex_destroy(&list->mutex);
}

struct waiter *waiters_begin(struct waiters *list, struct MHD_Connection *connection,
                             int64_t deadline_ms, size_t parts)
{
    struct waiter *waiter = calloc(1, sizeof *waiter);

    if (waiter == NULL) {
        return NULL;
    }
    waiter->list = list;
    waiter->connection = connection;
    waiter->deadline_ms = deadline_ms;
    waiter->pending = parts;
    waiter->references = 1;
    (void)pthread_mutex_lock(&list->mutex);
    bool room = !list->stopping && list->count < WAITERS_MAX;
    if (room) {
        list->count++;
    }
    (void)pthread_mutex_unlock(&list->mutex);
    if (!room) {
        free(waiter);
        return NULL;
    }
    return waiter;
}

void waiters_publish(struct waiter *waiter)
{
    struct waiters *list = waiter->list;

    (void)pthread_mutex_lock(&list->mutex);
    waiter->published = true;
    put(list, list->heap_count, waiter);
    list->heap_count++;
    sift_up(list, waiter->place);
    if (list->heap[0] == waiter || list->stopping) {
        (void)pthread_cond_signal(&list->changed);
    }
    (void)pthread_mutex_unlock(&list->mutex);
}

enum waiter_state waiter_state(struct waiter *waiter, const char **text)
{
    (void)pthread_mutex_lock(&waiter->list->mutex);
    enum waiter_state state = waiter->state;
    (void)pthread_mutex_unlock(&waiter->list->mutex);
    *text = waiter->text;
    return state;
}

struct waiter_part *waiter_part(struct waiter *waiter, size_t index)
{
    assert(index < WAITER_PARTS);
    struct waiter_part *part = &waiter->parts[index];

    part->waiter = waiter;
    part->next = NULL;
    (void)pthread_mutex_lock(&waiter->list->mutex);
    waiter->references++;
    (void)pthread_mutex_unlock(&waiter->list->mutex);
    return part;
}

void waiter_part_end(struct waiter_part *part, const struct waiter_failure *failure)
{
    struct waiter *waiter = part->waiter;
    struct waiters *list = waiter->list;
    struct MHD_Connection *connection = waiter->connection;
    bool mine = false;

    (void)pthread_mutex_lock(&list->mutex);
    waiter->pending--;
    if (failure != NULL && waiter->state == WAITER_WAIT) {
        (void)snprintf(waiter->text, sizeof waiter->text, "%.*s", (int)sizeof waiter->text - 1,
                       failure->text);
        waiter->reason = failure->reason;
        mine = settle_locked(waiter, WAITER_FAILED);
    } else if (waiter->pending == 0) {
        mine = settle_locked(waiter, WAITER_READY);
    }
    unref_locked(waiter);
    (void)pthread_mutex_unlock(&list->mutex);
    if (mine) {
        wake(list, connection);
    }
}

void waiter_unref(struct waiter *waiter)
{
    struct waiters *list = waiter->list;

    (void)pthread_mutex_lock(&list->mutex);
    unref_locked(waiter);
    (void)pthread_mutex_unlock(&list->mutex);
}

void waiters_settle_all(struct waiters *list)
{
    (void)pthread_mutex_lock(&list->mutex);
    list->stopping = true;
    settle_due(list);
    (void)pthread_mutex_unlock(&list->mutex);
}

size_t waiters_count(struct waiters *list)
{
    (void)pthread_mutex_lock(&list->mutex);
    size_t count = list->count;
    (void)pthread_mutex_unlock(&list->mutex);
    return count;
}
