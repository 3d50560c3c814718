/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controller/live.h"

#include "server/admission/neighbours.h"
#include "server/controller/event.h"
#include "server/controller/write.h"

#include <stdio.h>

enum { LIST_MS = 4000, CONTINUE_MAX = 4096 };

static struct api_request list_request(const char *namespace, const char *continue_token)
{
    return (struct api_request){
        .verb = API_LIST,
        .resource = &resource_policies,
        .namespace = namespace,
        .limit = LIVE_PAGE,
        .continue_token = continue_token,
        .deadline_ms = LIST_MS,
    };
}

typedef int each_policy(void *arg, struct value policy, struct error *err);

/* One page; then *token is where the next begins, "" behind the last. */
static int walk_page(const struct api_answer *answer, each_policy *each, void *arg,
                     char token[static CONTINUE_MAX], struct error *err)
{
    struct value list = api_answer_object(answer);
    struct value items = value_member(list, "items");
    struct value_iter iter = value_iter(items);
    struct slice next = value_string(value_get(list, "metadata", "continue", NULL));
    struct slice key;
    struct value item;

    if (value_kind(items) != JSON_ARRAY || next.len >= CONTINUE_MAX) {
        return error_set(err, ERR_MALFORMED, "the API server's list of policies is none");
    }
    while (value_next(&iter, &key, &item)) {
        if (each(arg, item, err) != 0) {
            return -1;
        }
    }
    slice_copy(next, token, CONTINUE_MAX);
    return 0;
}

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

/* One that selects by the workload's name is left to the pods that have it, and to the cache. */
static int judge_one(void *arg, struct value policy, struct error *err)
{
    struct judging *judging = arg;
    struct neighbours *neighbours = &judging->neighbours;

    neighbours->by_name = !is_known(judging->controller, neighbours->namespace, policy);
    return neighbours_judge(neighbours, policy, err);
}

int live_judge(const struct controller *controller, const struct policy_order *order,
               struct findings *findings, struct error *err)
{
    char token[CONTINUE_MAX] = "";
    struct judging judging = {
        .controller = controller,
        .neighbours = {.ruleset = order->ruleset,
                       .namespace = slice_of(order->policy->namespace),
                       .verdicts = &controller->self->verdicts,
                       .findings = findings},
    };

    do {
        AUTO(api_answer) struct api_answer answer = {0};
        const struct api_request request = list_request(order->policy->namespace, token);
        if (hub_ask(&controller->self->hub, &request, &answer) != 0) {
            *err = answer.err;
            return -1;
        }
        if (walk_page(&answer, judge_one, &judging, token, err) != 0) {
            return -1;
        }
    } while (token[0] != '\0' && findings->denied == REASON_NONE);
    return 0;
}

/* ---- Later ---- */

/* On its way in the client's thread; ends there. */
struct again {
    const struct controller *controller;
    const struct ruleset *ruleset;
    char namespace[NAME_MAX_LEN + 1];
    char token[CONTINUE_MAX];
    unsigned tries;
};

static void again_free(struct again *again)
{
    ruleset_unref(again->ruleset);
    free(again);
}
DEFINE_AUTO(again, struct again, again_free);

static void tell(const struct again *again, const char *what, const char *detail)
{
    char text[sizeof((struct findings *)NULL)->message + NAME_MAX_LEN + 16];

    (void)snprintf(text, sizeof text, "namespace %s: %s", again->namespace, detail);
    controller_tell(again->controller, true, what, text);
}

static void send_event(const struct again *again, struct value policy, const char *message)
{
    struct value metadata = value_member(policy, "metadata");
    const struct event event = {
        .api_version = "networking.k8s.io/v1",
        .kind = "NetworkPolicy",
        .namespace = slice_of(again->namespace),
        .object = value_string(value_member(metadata, "name")),
        .uid = value_string(value_member(metadata, "uid")),
        .reason = reason_name(REASON_EGRESS_LEAK),
        .message = message,
    };

    event_send(again->controller->self, &event);
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

static int judge_again(void *arg, struct value policy, struct error *err)
{
    const struct again *again = arg;
    struct findings findings;
    const struct neighbours neighbours = {
        .ruleset = again->ruleset,
        .namespace = slice_of(again->namespace),
        .by_name = true,
        .verdicts = &again->controller->self->verdicts,
        .findings = &findings,
    };

    if (is_of_another(again->controller, policy)) {
        return 0;
    }
    findings_init(&findings, again->ruleset->config);
    if (neighbours_judge(&neighbours, policy, err) != 0) {
        return -1;
    }
    if (findings.denied != REASON_NONE) {
        const struct voice *voice = &again->controller->voice;
        tell(again, "a policy that stands lets privacy pods out", findings.message);
        voice->count(voice->arg, VOICE_LEAK);
        send_event(again, policy, findings.message);
    }
    return 0;
}

static void submit(struct again *again, uint32_t delay_ms);

/* Is there more to judge? Then *delay_ms is when. */
static bool go_on(struct again *again, const struct api_answer *answer, uint32_t *delay_ms)
{
    struct error err = answer->err;

    *delay_ms = 0;
    if (answer->ok && walk_page(answer, judge_again, again, again->token, &err) == 0) {
        return again->token[0] != '\0';
    }
    again->token[0] = '\0'; /* once more, from the first page */
    again->tries++;
    *delay_ms = LIVE_LATER_MS;
    if (again->tries >= LIVE_TRIES) {
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
    struct api_request request = list_request(again->namespace, again->token);
    const struct api_hooks hooks = {.done = again_done, .arg = again};
    struct error err = {0};

    request.delay_ms = delay_ms;
    if (api_submit(again->controller->api, &request, &hooks, &err) != 0) {
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
        controller_tell(controller, true, "the policies of a namespace are not judged again",
                        "no memory");
        return;
    }
    again->controller = controller;
    again->ruleset = ruleset_ref(ruleset);
    slice_copy(slice_of(namespace), again->namespace, sizeof again->namespace);
    submit(again, LIVE_LATER_MS);
}
