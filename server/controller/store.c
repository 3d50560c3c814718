/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies in the API server. What stands is read from the caches alone; make()
 * runs in the server's writers, and waits for the API server.
 */
#include "lib/base/clock.h"
#include "lib/pod/privacy.h"
#include "server/controller/live.h"
#include "server/controller/write.h"

enum { WRITERS = 8 /* each waits for the API server most of its time */ };

/* Is it there by content, and stays? Its labels are the loop's to repair, and no reason to wait. */
static bool is_made(const struct controller *controller, const struct policy_text *policy,
                    int64_t *wait_ms, struct policy_mark *mark)
{
    struct look look = {0};
    struct error unused = {0};

    if (policy_look(controller, policy, &look, &unused) != 0 ||
        (look.standing != STANDS && look.standing != STANDS_BY_SPEC)) {
        return false;
    }
    *wait_ms = look.settles_ms;
    *mark = look.mark;
    return true;
}

/*
 * Was all that stands in the namespace judged by this configuration, since the namespace is as it
 * is? What came since then was a review.
 */
static bool is_looked_through(const struct controller *controller, const struct policy_text *floor,
                              struct verdict_key *key)
{
    AUTO(cache_item)
    const struct cache_item *namespace =
        cache_find(controller->namespaces.cache, (struct slice){0}, slice_of(floor->namespace));

    struct findings found;

    *key = (struct verdict_key){0};
    findings_init(&found, NULL);
    return namespace != NULL &&
           verdicts_knows(&controller->self->verdicts, namespace->object, floor->config_id, key,
                          &found) &&
           found.denied == REASON_NONE;
}

static bool is_there(const void *place, const struct policy_text *policy, struct policy_mark *mark)
{
    const struct controller *controller = place;
    int64_t wait_ms = 0;

    return namespace_is_guarded(controller, policy->namespace) &&
           is_made(controller, policy, &wait_ms, mark) && wait_ms == 0;
}

static bool stands(const void *place, const struct policy_text *policy, struct policy_mark *mark)
{
    struct verdict_key unused;

    return is_there(place, policy, mark) &&
           (!policy->is_floor || is_looked_through(place, policy, &unused));
}

/* Before the floor of a namespace counts, all that stands there is read and judged: once by each
 * podveil, and anew where the configuration or the namespace is another. */
static int open_namespace(const struct controller *controller, const struct policy_order *order,
                          struct policy_made *made, struct error *err)
{
    struct findings findings;
    struct verdict_key key;

    if (is_looked_through(controller, order->policy, &key)) {
        return 0;
    }
    findings_init(&findings, order->ruleset->config);
    if (live_judge(controller, order, &findings, err) != 0) {
        return -1;
    }
    if (findings.denied != REASON_NONE) {
        made->reason = findings.denied;
        return error_set(err, ERR_SYSTEM, "%s", findings_words(&findings));
    }
    if (!order->dry_run) {
        verdicts_keep(&controller->self->verdicts, &key, &findings);
        live_judge_later(controller, order->ruleset, order->policy->namespace);
    }
    return 0;
}

static int make(const void *place, const struct policy_order *order, struct policy_made *made,
                struct error *err)
{
    struct controller *controller = ((const struct controller *)place)->self;
    const struct policy_text *policy = order->policy;
    const struct write_mode mode = {.dry_run = order->dry_run};

    if (stands(controller, policy, &made->mark)) {
        return 0;
    }
    if (!namespace_is_guarded(controller, policy->namespace) &&
        namespace_guard(controller, policy->namespace, order->dry_run, err) != 0) {
        return -1;
    }
    if (policy->is_floor && open_namespace(controller, order, made, err) != 0) {
        return -1;
    }
    if (is_made(controller, policy, &made->wait_ms, &made->mark)) {
        made->wait_ms = order->dry_run ? 0 : made->wait_ms;
        return 0;
    }
    if (policy_write(controller, policy, &mode, &made->mark, err) != 0) {
        return -1;
    }
    made->written = true;
    if (order->dry_run) {
        made->mark.text[0] = '\0'; /* there is none */
    } else {
        made->wait_ms = policy->settle_ms;
    }
    return 0;
}

/*
 * Why what the cache has is not to be believed; NULL: it is. An API server that asks us while we
 * follow none, or another that is cut off, may know policies that we do not.
 */
static const char *doubt(const struct controller *controller, struct cache *cache)
{
    const struct cache_state state = cache_state(cache);

    if (!state.synced) {
        return "the API server has not told them yet";
    }
    if (state.stale) {
        return "the watch broke, and the API server has to tell them anew";
    }
    if (state.lost_ms != 0 && clock_ms() - state.lost_ms > controller->times.trust_ms) {
        return "the API server does not tell of changes any more";
    }
    return NULL;
}

/* Policies are judged as they come where the namespace is guarded: that has to be known as well. */
static const char *doubt_any(const struct controller *controller)
{
    const char *why = doubt(controller, controller->policies.cache);

    return why != NULL ? why : doubt(controller, controller->namespaces.cache);
}

static int visit(const void *place, struct slice namespace, policy_visit *each, void *arg,
                 struct error *err)
{
    const struct controller *controller = place;
    const char *why = doubt_any(controller);
    char name[NAME_MAX_LEN + 1];
    AUTO(cache_items) struct cache_items items = {0};

    if (why != NULL) {
        return error_set(err, ERR_SYSTEM, "%s", why);
    }
    slice_copy(namespace, name, sizeof name);
    if (cache_list(controller->policies.cache, name, &items, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < items.count; i++) {
        if (each(arg, items.items[i]->object, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* One that ended has no network any more. */
static bool pod_lives(struct value pod)
{
    struct value phase = value_get(pod, "status", "phase", NULL);

    return !value_is(phase, "Succeeded") && !value_is(phase, "Failed");
}

static bool is_asked_for(const struct demand_key *key, struct slice gateway, struct slice workload)
{
    return (gateway.data == NULL || slice_is(gateway, key->gateway)) &&
           (workload.data == NULL || slice_is(workload, key->label));
}

/* Called for each privacy pod that lives in the namespace, or in any ({NULL, 0}); false ends it. */
typedef bool pod_visitor(void *arg, const struct demand_key *key, struct value pod);

static int visit_pods(const struct controller *controller, struct slice namespace,
                      pod_visitor *visitor, void *arg, struct error *err)
{
    const struct voice *voice = &controller->voice;
    const char *why = doubt(controller, controller->pods.cache);
    char name[NAME_MAX_LEN + 1];
    struct demand_key key;
    bool more = true;
    AUTO(cache_items) struct cache_items items = {0};

    if (why != NULL) {
        return error_set(err, ERR_SYSTEM, "%s", why);
    }
    slice_copy(namespace, name, sizeof name);
    if (cache_list(controller->pods.cache, namespace.data == NULL ? NULL : name, &items, err) !=
        0) {
        return -1;
    }
    AUTO(ruleset) const struct ruleset *ruleset = voice->ruleset(voice->arg);
    for (size_t i = 0; i < items.count && more; i++) {
        const struct cache_item *pod = items.items[i];
        if (pods_key(pod, &key) && pod_lives(pod->object) &&
            (ruleset == NULL || !privacy_is_gateway_pod(ruleset, pod->object, pod->namespace))) {
            more = visitor(arg, &key, pod->object);
        }
    }
    return 0;
}

/* What is asked of the pods of a namespace, and the answer. */
struct pod_question {
    struct slice gateway;
    struct slice workload;
    struct value labels;
    size_t count;
};

static bool count_pod(void *arg, const struct demand_key *key, struct value pod)
{
    struct pod_question *question = arg;

    (void)pod;
    question->count += is_asked_for(key, question->gateway, question->workload) ? 1 : 0;
    return true;
}

static bool find_pod(void *arg, const struct demand_key *key, struct value pod)
{
    struct pod_question *question = arg;

    (void)key;
    question->count +=
        cluster_labels_hold(value_get(pod, "metadata", "labels", NULL), question->labels) ? 1 : 0;
    return question->count == 0;
}

static int count_pods(const void *place, struct slice namespace, struct slice gateway,
                      struct slice workload, size_t *count, struct error *err)
{
    struct pod_question question = {.gateway = gateway, .workload = workload};

    if (visit_pods(place, namespace, count_pod, &question, err) != 0) {
        return -1;
    }
    *count = question.count;
    return 0;
}

static int selects_pods(const void *place, struct slice namespace, struct value labels, bool *out,
                        struct error *err)
{
    struct pod_question question = {.labels = labels};

    if (visit_pods(place, namespace, find_pod, &question, err) != 0) {
        return -1;
    }
    *out = question.count > 0;
    return 0;
}

/* As compare.c keeps them. */
static int add_addresses(struct value node, struct addrset *set, struct error *err)
{
    struct value_iter iter = value_iter(value_member(node, "addresses"));
    struct slice key;
    struct value address;

    while (value_next(&iter, &key, &address)) {
        if (cluster_add_address(set, value_string(address), err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int add_nodes(const void *place, struct addrset *set, struct error *err)
{
    const struct controller *controller = place;
    const char *why = doubt(controller, controller->nodes.cache);
    AUTO(cache_items) struct cache_items items = {0};

    if (why != NULL) {
        return error_set(err, ERR_SYSTEM, "%s", why);
    }
    if (cache_list(controller->nodes.cache, NULL, &items, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < items.count; i++) {
        if (add_addresses(items.items[i]->object, set, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int is_terminating(const void *place, struct slice namespace, bool *out, struct error *err)
{
    const struct controller *controller = place;
    const char *why = doubt(controller, controller->namespaces.cache);

    if (why != NULL) {
        return error_set(err, ERR_SYSTEM, "%s", why);
    }
    AUTO(cache_item)
    const struct cache_item *item =
        cache_find(controller->namespaces.cache, (struct slice){0}, namespace);
    if (item == NULL) {
        return error_set(err, ERR_SYSTEM, "the API server has not told of this namespace");
    }
    *out = value_is_set(value_get(item->object, "metadata", "deletionTimestamp", NULL));
    return 0;
}

static void remark(const void *place, struct findings *findings)
{
    struct differences differences;

    compare_read(((const struct controller *)place)->self, &differences);
    for (size_t i = 0; i < COMPARED_COUNT; i++) {
        if (differences.texts[i][0] != '\0') {
            findings_warn(findings, "%s", differences.texts[i]);
        }
    }
}

struct policy_store controller_store(const struct controller *controller)
{
    return (struct policy_store){
        .place = controller,
        .writers = WRITERS,
        .make = make,
        .stands = stands,
        .is_there = is_there,
        .visit = visit,
        .verdicts = &controller->self->verdicts,
        .remark = remark,
        .around = {.place = controller,
                   .count_pods = count_pods,
                   .selects_pods = selects_pods,
                   .is_terminating = is_terminating,
                   .add_nodes = add_nodes},
    };
}
