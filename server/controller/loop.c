/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controller/loop.h"

#include "lib/base/clock.h"
#include "server/controller/repair.h"
#include "server/controller/state.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    TICK_MS = 1000,
    WRITE_EACH_MS = 20, /* 50 writes a second */
    WRITE_BURST_MS = 2000,
    CLOCKS_MAY_DIFFER_S = 60,
    RELABELLED_MS = 10 * 1000,
};

void loop_init(struct loop *loop, struct controller *controller)
{
    *loop = (struct loop){.controller = controller};
    demand_init(&loop->demand);
}

/* ---- What the caches tell ---- */

static bool is_synced(const struct controller *controller)
{
    return cache_state(controller->pods.cache).synced &&
           cache_state(controller->policies.cache).synced &&
           cache_state(controller->namespaces.cache).synced;
}

static void mark(struct loop *loop, struct slice namespace)
{
    struct hub *hub = &loop->controller->hub;

    hub_lock(hub);
    demand_mark(&loop->demand, namespace, clock_ms());
    hub_ring(hub);
    hub_unlock(hub);
}

static void mark_all(struct loop *loop)
{
    mark(loop, (struct slice){0});
}

/* Other labels may make a gateway's own pod one that is not, or the other way round. */
static bool is_relabelled(const struct cache_item *before, const struct cache_item *after)
{
    return before != NULL && after != NULL &&
           !value_equal(value_get(before->object, "metadata", "labels", NULL),
                        value_get(after->object, "metadata", "labels", NULL));
}

void loop_pod_changed(void *arg, enum cache_change change, const struct cache_item *before,
                      const struct cache_item *after)
{
    struct loop *loop = arg;
    struct hub *hub = &loop->controller->hub;
    struct demand_key key;
    struct error err = {0};

    if (change == CACHE_SYNCED) {
        mark_all(loop);
        return;
    }
    hub_lock(hub);
    if (after != NULL && pods_key(after, &key) &&
        demand_add(&loop->demand, &key, clock_ms(), &err) != 0) {
        loop->recount = true;
    }
    if (before != NULL && pods_key(before, &key)) {
        demand_drop(&loop->demand, &key);
    }
    if (is_relabelled(before, after)) {
        demand_mark(&loop->demand, after->namespace, clock_ms());
    }
    hub_ring(hub);
    hub_unlock(hub);
}

/* Of this namespace something is otherwise; all of it is to be looked at after a LIST. */
static void look_again(struct loop *loop, enum cache_change change, struct slice namespace)
{
    if (change == CACHE_SYNCED) {
        mark_all(loop);
    } else if (is_synced(loop->controller)) {
        mark(loop, namespace);
    }
}

void loop_policy_changed(void *arg, enum cache_change change, const struct cache_item *before,
                         const struct cache_item *after)
{
    struct loop *loop = arg;
    const struct cache_item *item = after != NULL ? after : before;

    if (change == CACHE_SYNCED) {
        verdicts_clear(&loop->controller->verdicts);
    }
    look_again(loop, change, item != NULL ? item->namespace : (struct slice){0});
}

void loop_namespace_changed(void *arg, enum cache_change change, const struct cache_item *before,
                            const struct cache_item *after)
{
    struct loop *loop = arg;
    const struct cache_item *item = after != NULL ? after : before;

    if (is_relabelled(before, after)) {
        hub_lock(&loop->controller->hub);
        loop->relabelled_ms = loop->relabelled_ms != 0 ? loop->relabelled_ms : clock_ms();
        hub_unlock(&loop->controller->hub);
    }
    look_again(loop, change, item != NULL ? item->name : (struct slice){0});
}

/* ---- The thread ---- */

bool loop_had_config(const struct loop *loop, const char *id)
{
    for (size_t i = 0; i < LOOP_OLDER; i++) {
        if (strcmp(loop->older[i].id, id) == 0 && clock_ms() < loop->older[i].until_ms) {
            return true;
        }
    }
    return false;
}

bool loop_take_turn(struct loop *loop)
{
    int64_t now_ms = clock_ms();
    int64_t least_ms = now_ms - WRITE_BURST_MS;

    loop->budget_ms = (loop->budget_ms > least_ms ? loop->budget_ms : least_ms) + WRITE_EACH_MS;
    return loop->budget_ms <= now_ms || hub_sleep(&loop->controller->hub, loop->budget_ms - now_ms);
}

/* A new configuration: everything is another. */
static void follow_ruleset(struct loop *loop)
{
    const struct voice *voice = &loop->controller->voice;
    AUTO(ruleset) const struct ruleset *now = voice->ruleset(voice->arg);
    const struct ruleset *old = loop->ruleset;

    if (now == NULL || (old != NULL && strcmp(now->config->id, old->config->id) == 0)) {
        return;
    }
    loop->ruleset = STEAL(now);
    if (old != NULL) {
        memmove(&loop->older[1], &loop->older[0], sizeof loop->older - sizeof loop->older[0]);
        memcpy(loop->older[0].id, old->config->id, sizeof loop->older[0].id);
        loop->older[0].until_ms = clock_ms() + LOOP_OLDER_MS;
        ruleset_unref(old);
    }
    mark_all(loop);
}

static void follow_lease(struct loop *loop)
{
    bool leads = lease_is_held(&loop->controller->lease);
    uint64_t changed = 0;

    (void)lease_others(&loop->controller->lease, &changed);
    if (changed != loop->others_changed) {
        loop->others_changed = changed;
        mark_all(loop); /* whose policies are left alone */
    }

    if (leads != loop->leads) {
        loop->leads = leads;
        loop->report_ms = 0;
        mark_all(loop);
    }
}

/* No memory for an entry some time ago: count the pods anew. */
static void recount(struct loop *loop)
{
    struct hub *hub = &loop->controller->hub;
    AUTO(cache_items) struct cache_items items = {0};
    struct error err = {0};
    bool failed = cache_list(loop->controller->pods.cache, NULL, &items, &err) != 0;
    struct demand_key key;

    hub_lock(hub);
    demand_clear(&loop->demand);
    for (size_t i = 0; !failed && i < items.count; i++) {
        failed = pods_key(items.items[i], &key) &&
                 demand_add(&loop->demand, &key, clock_ms(), &err) != 0;
    }
    loop->recount = failed;
    hub_unlock(hub);
}

static bool is_ready(const struct loop *loop)
{
    return loop->ruleset != NULL && is_synced(loop->controller);
}

/*
 * The API server goes by a namespace's new labels a moment after it told them, so a pod may have
 * come in unasked: a report is due once such a pod runs.
 */
static bool was_relabelled(struct loop *loop)
{
    struct hub *hub = &loop->controller->hub;

    hub_lock(hub);
    bool due = loop->relabelled_ms != 0 && clock_ms() - loop->relabelled_ms >= RELABELLED_MS;
    if (due) {
        loop->relabelled_ms = 0;
    }
    hub_unlock(hub);
    return due;
}

/* Chores: each in its own time. */
static void look_around(struct loop *loop)
{
    const struct controller_times *times = &loop->controller->times;

    if (clock_ms() >= loop->sweep_ms) {
        sweep_look(&loop->sweep, loop);
        loop->sweep_ms = clock_ms() + times->sweep_ms;
    }
    if (was_relabelled(loop) || clock_ms() >= loop->report_ms) {
        report_look(&loop->report, loop);
        loop->report_ms = clock_ms() + times->report_ms;
    }
    if (clock_ms() >= loop->compare_ms) {
        compare_look(loop);
        loop->compare_ms = clock_ms() + times->compare_ms;
    }
}

/* Certificates go by the API server's clock; a log, an Event and a mark by this machine's. */
static void look_at_clock(struct loop *loop)
{
    int64_t ahead_s = controller_clock_ahead_s(loop->controller);
    int64_t change_s = ahead_s - loop->clock_ahead_s;
    bool differs = ahead_s > CLOCKS_MAY_DIFFER_S || ahead_s < -CLOCKS_MAY_DIFFER_S;
    char text[64];

    if (change_s <= CLOCKS_MAY_DIFFER_S && change_s >= -CLOCKS_MAY_DIFFER_S) {
        return;
    }
    loop->clock_ahead_s = ahead_s;
    (void)snprintf(text, sizeof text, "%" PRId64 " s ahead of the API server's", ahead_s);
    controller_tell(loop->controller, differs,
                    differs ? "this machine's clock is wrong, or the API server's"
                            : "this machine's clock is the API server's again",
                    text);
}

/* Each second, whatever there is to do. */
static void tick(struct loop *loop)
{
    controller_kick(loop->controller);
    follow_ruleset(loop);
    look_at_clock(loop);
    hub_lock(&loop->controller->hub);
    bool again = loop->recount;
    hub_unlock(&loop->controller->hub);
    if (again) {
        recount(loop);
    }
    if (is_ready(loop)) {
        look_around(loop);
    }
}

/* One that is due, if there is one. */
static void look_at_one(struct loop *loop)
{
    struct hub *hub = &loop->controller->hub;
    struct demand_key key;
    struct demand_past past;

    hub_lock(hub);
    bool found = demand_next(&loop->demand, clock_ms(), &key, &past);
    hub_unlock(hub);
    if (!found) {
        return;
    }
    int64_t due_ms = repair_look(loop, &key, &past);
    hub_lock(hub);
    demand_looked(&loop->demand, &key, &past, due_ms);
    hub_unlock(hub);
}

/* Until something is due or the next tick. */
static bool wait_for_work(struct loop *loop, int64_t tick_ms)
{
    struct hub *hub = &loop->controller->hub;

    hub_lock(hub);
    bool goes_on = !hub->quit;
    int64_t due_ms = demand_due(&loop->demand);
    while (goes_on && clock_ms() < (due_ms < tick_ms ? due_ms : tick_ms)) {
        goes_on = hub_wait_locked(hub, due_ms < tick_ms ? due_ms : tick_ms);
        due_ms = demand_due(&loop->demand);
    }
    hub_unlock(hub);
    return goes_on;
}

static void *run(void *arg)
{
    struct loop *loop = arg;
    int64_t tick_ms = clock_ms();

    (void)pthread_setname_np(pthread_self(), "loop");
    do {
        if (clock_ms() >= tick_ms) {
            tick(loop);
            tick_ms = clock_ms() + TICK_MS;
        }
        follow_lease(loop);
        if (is_ready(loop)) {
            look_at_one(loop);
        } else {
            (void)hub_sleep(&loop->controller->hub, TICK_MS / 10);
        }
    } while (wait_for_work(loop, tick_ms));
    return NULL;
}

int loop_start(struct loop *loop, struct error *err)
{
    if (pthread_create(&loop->thread, NULL, run, loop) != 0) {
        return error_set(err, ERR_SYSTEM, "cannot start a thread");
    }
    loop->runs = true;
    return 0;
}

void loop_stop(struct loop *loop)
{
    if (loop->runs) {
        (void)pthread_join(loop->thread, NULL);
        loop->runs = false;
    }
}

void loop_done(struct loop *loop)
{
    if (loop->ruleset != NULL) {
        ruleset_unref(loop->ruleset);
        loop->ruleset = NULL;
    }
    demand_clear(&loop->demand);
    sweep_done(&loop->sweep);
    report_done(&loop->report);
}
