/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controller/live.h"

#include "server/admission/neighbours.h"
#include "server/controller/event.h"
#include "server/controller/walk.h"
#include "server/controller/write.h"

#include <stdio.h>

struct judging {
    const struct controller *controller;
    struct neighbours neighbours;
};

/* Does the cache have the policy as it is? */
static bool is_known(const struct controller *controller, struct slice namespace,
                     struct value policy)
{
    struct value metadata = value_member(policy, "metadata");
    AUTO(cache_item)
    const struct cache_item *item = cache_find(controller->policies.cache, namespace,
                                               value_string(value_member(metadata, "name")));

    return item != NULL && slice_equal(value_string(value_member(metadata, "uid")), item->uid) &&
           slice_equal(value_string(value_member(metadata, "resourceVersion")), item->version);
}

static bool is_network_policy(const struct review *found)
{
    return slice_is(found->resource.group, resource_policies.group);
}

/* One that selects by the workload's name is left to the pods that have it, and to the cache. */
static int judge_one(void *arg, const struct review *found, struct error *err)
{
    struct judging *judging = arg;
    struct neighbours *neighbours = &judging->neighbours;

    if (!is_network_policy(found)) {
        return neighbours_judge_other(neighbours, found, err);
    }
    neighbours->by_name = !is_known(judging->controller, neighbours->namespace, found->object);
    return neighbours_judge(neighbours, found->object, err);
}

/* Ask, and wait for the answer. */
static int take_step(const struct controller *controller, struct walk *walk,
                     struct judging *judging, struct error *err)
{
    AUTO(api_answer) struct api_answer answer = {0};
    struct walk_step step = {0};

    walk_ask(walk, &step);
    if (hub_ask(&controller->self->hub, &step.request, &answer) != 0 && answer.stopped) {
        *err = answer.err;
        return -1;
    }
    return walk_take(walk, &answer, judge_one, judging, err);
}

int live_judge(const struct controller *controller, const struct policy_order *order,
               struct findings *findings, struct error *err)
{
    const struct policy_store store = controller_store(controller);
    struct walk walk;
    struct judging judging = {
        .controller = controller,
        .neighbours = {.ruleset = order->ruleset,
                       .namespace = slice_of(order->policy->namespace),
                       .verdicts = &controller->self->verdicts,
                       .around = &store.around,
                       .findings = findings},
    };

    walk_begin(&walk, order->policy->namespace);
    while (!walk_is_over(&walk) && findings->denied == REASON_NONE) {
        if (take_step(controller, &walk, &judging, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- Later ---- */

enum { VERSION_MAX = 512 };

/* On its way in the client's thread; ends there. */
struct again {
    const struct controller *controller;
    const struct ruleset *ruleset;
    struct walk walk;
    unsigned tries;
};

static void again_free(struct again *again)
{
    ruleset_unref(again->ruleset);
    free(again);
}
DEFINE_AUTO(again, struct again, again_free);

/* Nothing that was looked through counts any more: the next pod of a namespace looks itself. */
static void distrust(const struct controller *controller)
{
    verdicts_clear(&controller->self->verdicts);
}

static void tell(const struct again *again, const char *what, const char *detail)
{
    char text[sizeof((struct findings *)NULL)->message + NAME_MAX_LEN + 16];

    (void)snprintf(text, sizeof text, "namespace %s: %s", again->walk.namespace, detail);
    controller_tell(again->controller, true, what, text);
}

/* Where there is a namespace to put it. */
static void send_event(const struct again *again, const struct review *found,
                       const struct findings *findings)
{
    AUTO(buf) struct buf version = {0};
    const struct kind *kind = &found->kind;

    buf_init(&version, VERSION_MAX);
    buf_printf(&version, "%.*s/%.*s", SLICE_ARGS(kind->group), SLICE_ARGS(kind->version));
    const struct event event = {
        .api_version = buf_cstr(&version),
        .kind = kind->name.data,
        .namespace = found->namespace,
        .object = found->name,
        .uid = value_string(value_get(found->object, "metadata", "uid", NULL)),
        .reason = reason_name(findings->denied),
        .message = findings->message,
    };
    if (found->namespace.len > 0) {
        event_send(again->controller->self, &event);
    }
}

/* A companion that a podveil with another configuration keeps, as long as it lives. */
static bool is_of_another(const struct controller *controller, struct value policy)
{
    struct value labels = value_get(policy, "metadata", "labels", NULL);
    char id[CONFIG_ID_LEN + 1] = "";

    slice_copy(value_string(value_member(labels, CONFIG_LABEL)), id, sizeof id);
    return value_is(value_member(labels, MANAGED_LABEL), MANAGED_VALUE) &&
           lease_others_have(&controller->self->lease, id);
}

static void tell_leak(const struct again *again, const struct review *found,
                      const struct findings *findings)
{
    const struct voice *voice = &again->controller->voice;

    if (!is_network_policy(found)) { /* those are judged at each pod, as the cache has them */
        distrust(again->controller);
    }
    tell(again, "a policy that stands lets privacy pods out", findings->message);
    voice->count(voice->arg, VOICE_LEAK);
    send_event(again, found, findings);
}

static int judge_again(void *arg, const struct review *found, struct error *err)
{
    const struct again *again = arg;
    const struct policy_store store = controller_store(again->controller);
    struct findings findings;
    const struct neighbours neighbours = {
        .ruleset = again->ruleset,
        .namespace = slice_of(again->walk.namespace),
        .by_name = true,
        .verdicts = &again->controller->self->verdicts,
        .around = &store.around,
        .findings = &findings,
    };

    findings_init(&findings, again->ruleset->config);
    if (!is_network_policy(found)) {
        if (neighbours_judge_other(&neighbours, found, err) != 0) {
            return -1;
        }
    } else if (!is_of_another(again->controller, found->object) &&
               neighbours_judge(&neighbours, found->object, err) != 0) {
        return -1;
    }
    if (findings.denied != REASON_NONE) {
        tell_leak(again, found, &findings);
    }
    return 0;
}

static void submit(struct again *again, uint32_t delay_ms);

/* Is there more to judge? Then *delay_ms is when. */
static bool go_on(struct again *again, const struct api_answer *answer, uint32_t *delay_ms)
{
    struct walk *walk = &again->walk;
    struct error err = {0};

    *delay_ms = 0;
    if (walk_take(walk, answer, judge_again, again, &err) == 0) {
        return !walk_is_over(walk);
    }
    walk_restart(walk);
    again->tries++;
    *delay_ms = LIVE_LATER_MS;
    if (again->tries >= LIVE_TRIES) {
        distrust(again->controller);
        tell(again, "the policies of a namespace could not be judged again", err.text);
    }
    return again->tries < LIVE_TRIES;
}

static void again_done(void *arg, struct api_answer *answer)
{
    AUTO(again) struct again *again = arg;
    uint32_t delay_ms = 0;

    if (!answer->stopped && go_on(again, answer, &delay_ms)) {
        submit(STEAL(again), delay_ms);
    }
}

/* Takes it over. */
static void submit(struct again *again, uint32_t delay_ms)
{
    AUTO(again) struct again *mine = again;
    struct walk_step step = {0};
    const struct api_hooks hooks = {.done = again_done, .arg = again};
    struct error err = {0};

    walk_ask(&again->walk, &step);
    step.request.delay_ms = delay_ms;
    if (api_submit(again->controller->api, &step.request, &hooks, &err) != 0) {
        distrust(again->controller);
        tell(again, "the policies of a namespace are not judged again", err.text);
        return;
    }
    (void)STEAL(mine);
}

void live_judge_later(const struct controller *controller, const struct ruleset *ruleset,
                      const char *namespace)
{
    struct again *again = calloc(1, sizeof *again);

    if (again == NULL) {
        distrust(controller);
        controller_tell(controller, true, "the policies of a namespace are not judged again",
                        "no memory");
        return;
    }
    again->controller = controller;
    again->ruleset = ruleset_ref(ruleset);
    walk_begin(&again->walk, namespace);
    submit(again, LIVE_LATER_MS);
}
