/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/turns.h"

#include <assert.h>
#include <stdio.h>

static void turn_free(struct turn *turn)
{
    if (turn->judged) {
        admission_done(&turn->admission);
    }
    body_done(&turn->body);
    free(turn);
}

/* One of the two lets go. Called with the lock held, gives it up. */
static void unref_and_unlock(struct turns *turns, struct turn *turn)
{
    bool last = --turn->references == 0;

    (void)pthread_mutex_unlock(&turns->worker.mutex);
    if (last) {
        turn_free(turn);
    }
}

struct turn *turn_new(const struct route *route, const char *gateway, struct body *body)
{
    struct turn *turn = calloc(1, sizeof *turn);

    if (turn != NULL) {
        turn->route = route;
        (void)snprintf(turn->gateway, sizeof turn->gateway, "%s", gateway);
        turn->body = body_take(body);
        turn->references = 1;
    }
    return turn;
}

struct admission turn_take(struct turn *turn)
{
    assert(turn->judged);
    turn->judged = false;
    return turn->admission;
}

void turns_join(struct turns *turns, struct turn *turn, struct waiter_part *part)
{
    (void)pthread_mutex_lock(&turns->worker.mutex);
    turn->part = part;
    turn->queued = true;
    turn->references++;
    *turns->end = turn;
    turns->end = &turn->next;
    (void)pthread_cond_signal(&turns->worker.changed);
    (void)pthread_mutex_unlock(&turns->worker.mutex);
}

static void unlink_locked(struct turns *turns, struct turn *turn)
{
    struct turn **place = &turns->first;

    while (*place != turn) {
        place = &(*place)->next;
    }
    *place = turn->next;
    if (turns->end == &turn->next) {
        turns->end = place;
    }
    turn->next = NULL;
    turn->queued = false;
}

void turns_leave(struct turns *turns, struct turn *turn)
{
    struct waiter_part *part = NULL;

    (void)pthread_mutex_lock(&turns->worker.mutex);
    if (turn->queued) {
        part = turn->part;
        unlink_locked(turns, turn);
        turn->references--;
    }
    unref_and_unlock(turns, turn);
    if (part != NULL) {
        waiter_part_end(part, NULL);
    }
}

/* The next turn, which has left the queue, or NULL at the end. */
static struct turn *wait_for_turn(struct turns *turns)
{
    (void)pthread_mutex_lock(&turns->worker.mutex);
    while (turns->first == NULL && !turns->worker.quit) {
        (void)pthread_cond_wait(&turns->worker.changed, &turns->worker.mutex);
    }
    struct turn *turn = turns->first;
    if (turn != NULL) {
        unlink_locked(turns, turn);
    }
    (void)pthread_mutex_unlock(&turns->worker.mutex);
    return turn;
}

/* The waiter's lock passes the admission on: all is written before the part's end. */
static void take_turn(struct turns *turns, struct turn *turn)
{
    const char *ignored = "";
    bool wanted = waiter_state(turn->part->waiter, &ignored) == WAITER_WAIT;

    if (wanted) {
        turns->judge(turns->place, turn);
        turn->judged = true;
    }
    metrics_add(turns->metrics, wanted ? METRIC_TURN_JUDGED : METRIC_TURN_SKIPPED, 1);
    body_done(&turn->body);
    waiter_part_end(turn->part, NULL);
    (void)pthread_mutex_lock(&turns->worker.mutex);
    unref_and_unlock(turns, turn);
}

static void run(void *arg)
{
    struct turns *turns = arg;

    for (struct turn *turn = wait_for_turn(turns); turn != NULL; turn = wait_for_turn(turns)) {
        take_turn(turns, turn);
    }
}

int turns_start(struct turns *turns, struct error *err)
{
    turns->first = NULL;
    turns->end = &turns->first;
    return worker_start(&turns->worker, "long-reviews", run, turns, err);
}

bool turns_stop(struct turns *turns, int64_t deadline_ms)
{
    return worker_stop(&turns->worker, deadline_ms);
}
