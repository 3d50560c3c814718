/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies in the API server. What stands is read from the caches alone; make()
 * runs in the server's writer, and waits for the API server.
 */
#include "lib/kube/build.h"
#include "server/controller/state.h"

#include <time.h>

enum {
    WRITE_MS = 4000, /* one write; the shortest deadline of a review is 5 s by the chart */
    OBJECT_MAX = 4096,
};

/* ---- What stands ---- */

/* Are all members of `ours` in `theirs`, as they are? */
static bool has_all(struct value theirs, struct value ours)
{
    struct value_iter iter = value_iter(ours);
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        if (!value_equal(value_member_slice(theirs, key), item)) {
            return false;
        }
    }
    return true;
}

static bool is_ours(struct value theirs, struct value ours)
{
    return value_equal(value_member(theirs, "spec"), value_member(ours, "spec")) &&
           has_all(value_get(theirs, "metadata", "labels", NULL),
                   value_get(ours, "metadata", "labels", NULL)) &&
           has_all(value_get(theirs, "metadata", "annotations", NULL),
                   value_get(ours, "metadata", "annotations", NULL));
}

/* The time that an RFC 3339 text of the API server says, or -1. */
static int64_t parse_time(struct slice text)
{
    struct tm when = {0};
    char copy[32];

    slice_copy(text, copy, sizeof copy);
    const char *end = strptime(copy, "%Y-%m-%dT%H:%M:%SZ", &when);
    return end == NULL || *end != '\0' ? -1 : (int64_t)timegm(&when);
}

/* How long until the object is that old; its time is in whole seconds, so one more. */
static int64_t settles_in(struct value object, uint32_t settle_ms)
{
    struct slice text = value_string(value_get(object, "metadata", "creationTimestamp", NULL));
    int64_t created_s = parse_time(text);
    int64_t age_ms = created_s < 0 ? 0 : ((int64_t)time(NULL) - created_s - 1) * 1000;

    if (settle_ms == 0) {
        return 0;
    }
    return age_ms < 0 ? settle_ms : age_ms >= settle_ms ? 0 : settle_ms - age_ms;
}

static bool is_guarded(const struct controller *controller, const char *namespace)
{
    AUTO(cache_item)
    const struct cache_item *item =
        cache_find(controller->namespaces.cache, (struct slice){0}, slice_of(namespace));

    return item != NULL &&
           value_is(value_get(item->object, "metadata", "labels", GUARDED_LABEL, NULL), "true");
}

/* Is it there? Then *wait_ms is how long until it counts. */
static bool find(const struct controller *controller, const struct policy_text *policy,
                 int64_t *wait_ms)
{
    AUTO(cache_item)
    const struct cache_item *item =
        cache_find(controller->policies.cache, slice_of(policy->namespace), slice_of(policy->name));
    AUTO(json) struct json ours = {0};
    struct error unused = {0};

    if (item == NULL || json_parse(&ours, slice_of(policy->json), &unused) != 0 ||
        !is_ours(item->object, value_root(&ours))) {
        return false;
    }
    *wait_ms = settles_in(item->object, policy->settle_ms);
    return true;
}

static bool stands(const void *place, const struct policy_text *policy)
{
    const struct controller *controller = place;
    int64_t wait_ms = 0;

    return is_guarded(controller, policy->namespace) && find(controller, policy, &wait_ms) &&
           wait_ms == 0;
}

/* ---- Making it so ---- */

static int ask(const struct controller *controller, const struct api_request *request,
               struct cache *cache, struct error *err)
{
    AUTO(api_answer) struct api_answer answer = {0};

    if (api_ask(controller->api, request, &answer) != 0) {
        *err = answer.err;
        return -1;
    }
    struct error late = {0};
    if (cache_wrote(cache, api_answer_object(&answer), &late) != 0) {
        controller->say(controller->arg, true, "known once the watch tells it", late.text);
    }
    return 0;
}

/* With the uid, an apply to a namespace that is gone is refused, and makes none. */
static int print_guard(struct slice name, struct slice uid, struct buf *out, struct error *err)
{
    AUTO(build) struct build *object = build_object();
    struct build *metadata = build_object();
    struct build *labels = build_object();

    (void)build_set(labels, GUARDED_LABEL, build_text("true"));
    (void)build_set(metadata, "name", build_string(name));
    (void)build_set(metadata, "uid", build_string(uid));
    (void)build_set(metadata, "labels", labels);
    (void)build_set(object, "apiVersion", build_text("v1"));
    (void)build_set(object, "kind", build_text("Namespace"));
    (void)build_set(object, "metadata", metadata);
    return build_encode(object, out, err);
}

static int guard(const struct controller *controller, const char *namespace, struct error *err)
{
    AUTO(cache_item)
    const struct cache_item *item =
        cache_find(controller->namespaces.cache, (struct slice){0}, slice_of(namespace));
    AUTO(buf) struct buf body = {0};

    if (item == NULL) {
        return error_set(err, ERR_SYSTEM, "the namespace %s is not known here yet", namespace);
    }
    buf_init(&body, OBJECT_MAX);
    if (print_guard(item->name, item->uid, &body, err) != 0) {
        return -1;
    }
    const struct api_request request = {
        .verb = API_APPLY,
        .resource = &resource_namespaces,
        .name = namespace,
        .body = buf_view(&body),
        .force = true,
        .deadline_ms = WRITE_MS,
    };
    return ask(controller, &request, controller->namespaces.cache, err);
}

static int make(const void *place, const struct policy_text *policy, struct policy_made *made,
                struct error *err)
{
    const struct controller *controller = place;

    if (!is_guarded(controller, policy->namespace) &&
        guard(controller, policy->namespace, err) != 0) {
        return -1;
    }
    if (find(controller, policy, &made->wait_ms)) {
        return 0;
    }
    const struct api_request request = {
        .verb = API_APPLY,
        .resource = &resource_policies,
        .namespace = policy->namespace,
        .name = policy->name,
        .body = slice_of(policy->json),
        .force = true,
        .deadline_ms = WRITE_MS,
    };
    if (ask(controller, &request, controller->policies.cache, err) != 0) {
        return -1;
    }
    made->written = true;
    made->wait_ms = policy->settle_ms;
    return 0;
}

/* ---- The others ---- */

static int visit(const void *place, struct slice namespace, policy_visit *each, void *arg,
                 struct error *err)
{
    const struct controller *controller = place;
    char name[NAME_MAX_LEN + 1];
    AUTO(cache_items) struct cache_items items = {0};

    if (!cache_state(controller->policies.cache).synced) {
        return error_set(err, ERR_SYSTEM, "the API server has not told them yet");
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

struct policy_store controller_store(const struct controller *controller)
{
    return (struct policy_store){
        .place = controller,
        .make = make,
        .stands = stands,
        .visit = visit,
    };
}
