/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controller/repair.h"

#include "lib/base/clock.h"
#include "lib/kube/client/retry.h"
#include "lib/pod/policies.h"
#include "server/controller/live.h"
#include "server/controller/state.h"
#include "server/controller/write.h"

#include <stdio.h>

enum {
    FIGHT_FIRST_MS = 100,
    FIGHT_MAX_MS = 1500,   /* shorter than a follower waits */
    FIGHT_OVER_MS = 30000, /* so long after a repair the next change is a new one */
    FAILURE_FIRST_MS = 500,
    FAILURE_MAX_MS = 30000,
    CONFLICT_MAX = 2048,
    LINE_MAX_LEN = 4096,
    NOT_OURS = -1,
};

struct repair {
    struct loop *loop;
    const struct demand_key *key;
    struct demand_past *past;
    int64_t now_ms;
    int64_t due_ms; /* the earliest */
    bool wrong;
    bool wrote;
    bool failed;
};

DEFINE_AUTO_IN_PLACE(policy_text, struct policy_text, policy_text_done);

static void due(struct repair *repair, int64_t at_ms)
{
    if (repair->due_ms == DEMAND_NEVER || at_ms < repair->due_ms) {
        repair->due_ms = at_ms;
    }
}

/* Somebody undoes what we do: slower each time, and not for ever. */
static int64_t fight_pause(const struct repair *repair)
{
    const struct demand_past *past = repair->past;

    if (past->repaired_ms == 0 || repair->now_ms - past->repaired_ms > FIGHT_OVER_MS) {
        return 0;
    }
    int64_t pause = retry_pause(past->repairs, FIGHT_FIRST_MS, FIGHT_MAX_MS, UINT32_MAX);
    return past->repaired_ms + pause - past->wrong_ms;
}

/*
 * How long it has to have been wrong before we write; NOT_OURS where others do. The leader brings
 * to its own what it had before itself, and what nobody has that lives. What another podveil has
 * that lives, and we never had, may be the newer one: that is left to it, until it leads or ends.
 */
static int64_t patience(const struct repair *repair, const struct look *look)
{
    const struct loop *loop = repair->loop;
    const struct controller_times *times = &loop->controller->times;
    bool own = look->has_config && strcmp(look->config_id, loop->ruleset->config->id) == 0;
    bool gone = look->standing == STANDS_ABSENT || look->standing == STANDS_GOING ||
                look->standing == STANDS_ENDING;

    if (!loop->leads) {
        bool ours = gone || (own && look->standing == STANDS_CHANGED);
        return ours ? times->follower_ms : NOT_OURS;
    }
    if (gone || own || !look->has_config || loop_had_config(loop, look->config_id)) {
        return 0;
    }
    return lease_others_have(&loop->controller->lease, look->config_id) ? NOT_OURS
                                                                        : times->unknown_ms;
}

/* Is it time to write? Where not, it is due then. */
static bool is_time(struct repair *repair, const struct look *look)
{
    int64_t wait_ms = patience(repair, look);
    int64_t fight_ms = fight_pause(repair);

    repair->wrong = true;
    if (wait_ms == NOT_OURS) {
        return false;
    }
    int64_t at_ms = repair->past->wrong_ms + (wait_ms > fight_ms ? wait_ms : fight_ms);
    if (at_ms > repair->now_ms) {
        due(repair, at_ms);
        return false;
    }
    return loop_take_turn(repair->loop);
}

static void wrote(struct repair *repair, const char *name, const char *why)
{
    struct controller *controller = repair->loop->controller;
    AUTO(buf) struct buf line = {0};

    repair->wrote = true;
    atomic_fetch_add(&controller->figures.restored, 1);
    buf_init(&line, LINE_MAX_LEN);
    buf_printf(&line, "%s/%s: %s", repair->key->namespace, name, why);
    controller_tell(controller, true, "restored", buf_cstr(&line));
}

/* Not in a buffer: memory may be what is missing. */
static void failed(struct repair *repair, const char *name, const struct error *err)
{
    struct controller *controller = repair->loop->controller;
    char line[(size_t)2 * NAME_MAX_LEN + sizeof err->text + 8];

    repair->failed = true;
    atomic_fetch_add(&controller->figures.not_restored, 1);
    (void)snprintf(line, sizeof line, "%s/%s: %s", repair->key->namespace, name, err->text);
    controller_tell(controller, true, "not restored", line);
}

static void look_at_guard(struct repair *repair)
{
    struct controller *controller = repair->loop->controller;
    const char *namespace = repair->key->namespace;
    const struct look absent = {.standing = STANDS_ABSENT};
    struct error err = {0};

    if (namespace_is_guarded(controller, namespace) || !is_time(repair, &absent)) {
        return;
    }
    if (namespace_guard(controller, namespace, false, &err) != 0) {
        failed(repair, MARK_GUARDED, &err);
    } else {
        wrote(repair, MARK_GUARDED, "the namespace did not have the label");
        /* Nobody was asked about what came into it meanwhile. */
        live_judge_later(controller, repair->loop->ruleset, namespace);
    }
}

static const char *why_written(const struct look *look)
{
    switch (look->standing) {
    case STANDS_ABSENT:
        return "it was not there";
    case STANDS_GOING:
        return "it was about to be deleted, and has a pod";
    case STANDS_BY_SPEC:
        return "its labels or annotations were others";
    case STANDS_ENDING:
    case STANDS_CHANGED:
    case STANDS:
    default:
        return "it was another";
    }
}

static void write_policy(struct repair *repair, const struct policy_text *policy,
                         const struct look *look)
{
    struct controller *controller = repair->loop->controller;
    AUTO(buf) struct buf conflict = {0};
    AUTO(buf) struct buf why = {0};
    struct error err = {0};
    const struct write_mode mode = {.conflict = &conflict};

    buf_init(&conflict, CONFLICT_MAX);
    buf_init(&why, LINE_MAX_LEN);
    if (policy_write(controller, policy, &mode, NULL, &err) != 0) {
        failed(repair, policy->name, &err);
        return;
    }
    buf_text(&why, why_written(look));
    if (conflict.len > 0) {
        atomic_fetch_add(&controller->figures.conflicts, 1);
        buf_printf(&why, "; %s", buf_cstr(&conflict));
    }
    wrote(repair, policy->name, buf_cstr(&why));
}

static void look_at_policy(struct repair *repair, const struct policy_text *policy)
{
    struct error err = {0};
    struct look look = {0};

    if (policy_look(repair->loop->controller, policy, &look, &err) != 0) {
        failed(repair, policy->name, &err);
    } else if (look.standing != STANDS && is_time(repair, &look)) {
        write_policy(repair, policy, &look);
    }
}

static void look_at_floor(struct repair *repair)
{
    AUTO(policy_text) struct policy_text floor = {0};
    struct error err = {0};

    if (policies_floor(repair->loop->ruleset, slice_of(repair->key->namespace), &floor, &err) !=
        0) {
        failed(repair, FLOOR_NAME, &err);
    } else {
        look_at_policy(repair, &floor);
    }
}

/* A pod without the workload's label, or of a gateway that is none, is held by the floor alone. */
static void look_at_companion(struct repair *repair)
{
    const struct demand_key *key = repair->key;
    const struct ruleset *ruleset = repair->loop->ruleset;
    AUTO(policy_text) struct policy_text companion = {0};
    struct error err = {0};
    struct subject subject = {
        .ruleset = ruleset,
        .rules = ruleset_gateway(ruleset, slice_of(key->gateway)),
        .namespace = slice_of(key->namespace),
    };

    if (subject.rules == NULL || key->label[0] == '\0') {
        return;
    }
    memcpy(subject.workload, key->workload, sizeof subject.workload);
    memcpy(subject.workload_label, key->label, sizeof subject.workload_label);
    if (policies_companion(&subject, &companion, &err) != 0) {
        failed(repair, key->workload, &err);
    } else {
        look_at_policy(repair, &companion);
    }
}

static void remember(struct repair *repair)
{
    struct demand_past *past = repair->past;
    int64_t now_ms = clock_ms();

    if (!repair->wrong) {
        past->wrong_ms = 0;
    }
    if (repair->wrote) {
        bool again = past->repaired_ms != 0 && now_ms - past->repaired_ms <= FIGHT_OVER_MS;
        past->repairs = again ? past->repairs + 1 : 1;
        past->repaired_ms = now_ms;
        past->wrong_ms = 0;
    }
    past->failures = repair->failed ? past->failures + 1 : 0;
    if (repair->failed) {
        due(repair,
            now_ms + retry_pause(past->failures, FAILURE_FIRST_MS, FAILURE_MAX_MS, retry_chance()));
    }
}

/* Are these pods that need policies? Where that is not to be known, it is a failure. */
static bool is_private(struct repair *repair)
{
    const struct loop *loop = repair->loop;
    bool gateways = false;
    struct error err = {0};

    if (pods_are_gateways(loop->controller->pods.cache, loop->ruleset, repair->key, &gateways,
                          &err) != 0) {
        failed(repair, FLOOR_NAME, &err);
        return false;
    }
    return !gateways;
}

int64_t repair_look(struct loop *loop, const struct demand_key *key, struct demand_past *past)
{
    struct repair repair = {
        .loop = loop,
        .key = key,
        .past = past,
        .now_ms = clock_ms(),
        .due_ms = DEMAND_NEVER,
    };

    if (!namespace_is_open(loop->controller, key->namespace)) {
        *past = (struct demand_past){0};
        return DEMAND_NEVER;
    }
    past->wrong_ms = past->wrong_ms != 0 ? past->wrong_ms : repair.now_ms;
    if (is_private(&repair)) {
        look_at_guard(&repair);
        look_at_floor(&repair);
        look_at_companion(&repair);
    }
    remember(&repair);
    return repair.due_ms;
}
