/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controller/sweep.h"

#include "lib/base/array.h"
#include "lib/base/clock.h"
#include "lib/kube/build.h"
#include "server/controller/state.h"
#include "server/controller/write.h"

#include <stdio.h>
#include <time.h>

enum {
    NEED_TEXT = 3 * (LABEL_VALUE_MAX + 1),
    FIRST_NEEDS = 256,
    MAX_NEEDS = 4 * 1024 * 1024,
    OBJECT_MAX = 1024 * 1024,
    TIME_TEXT = 32,
    GONE = 404,
};

struct idle {
    const struct cache_item *item; /* counted */
    int64_t since_ms;
    int64_t marked_ms; /* since when it is marked; 0: it is not */
};

/* ---- Who is needed ---- */

/* "NAMESPACE/GATEWAY/LABEL" of all that have pods, sorted. */
struct needs {
    char (*items)[NEED_TEXT];
    size_t count;
    size_t cap;
    bool failed;
};

static void needs_done(struct needs *needs)
{
    free(needs->items);
}
DEFINE_AUTO_IN_PLACE(needs, struct needs, needs_done);

static void add_need(void *arg, const struct demand_key *key)
{
    struct needs *needs = arg;

    if (needs->count == needs->cap) {
        char(*grown)[NEED_TEXT] =
            array_grow(needs->items, &needs->cap, NEED_TEXT, FIRST_NEEDS, MAX_NEEDS);
        if (grown == NULL) {
            needs->failed = true;
            return;
        }
        needs->items = grown;
    }
    (void)snprintf(needs->items[needs->count++], NEED_TEXT, "%s/%s/%s", key->namespace,
                   key->gateway, key->label);
}

static int compare_needs(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* What starts so; with a workload's label that is the whole. */
static bool is_needed(const struct needs *needs, const char *text, bool whole)
{
    size_t len = strlen(text);
    size_t low = 0;
    size_t high = needs->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(needs->items[middle], text) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < needs->count && (whole ? strcmp(needs->items[low], text) == 0
                                        : strncmp(needs->items[low], text, len) == 0);
}

/* Is it a companion, by what says so? Then its pods' labels. */
static bool is_companion(struct value policy, struct value *labels)
{
    struct value metadata = value_member(policy, "metadata");

    *labels = value_get(policy, "spec", "podSelector", "matchLabels", NULL);
    return value_is(value_get(metadata, "labels", MANAGED_LABEL, NULL), MANAGED_VALUE) &&
           slice_ends_with(value_string(value_member(metadata, "name")), COMPANION_SUFFIX) &&
           value_exists(value_member(*labels, MARK_GATEWAY));
}

static bool is_idle(const struct needs *needs, const struct cache_item *item)
{
    struct value labels = VALUE_ABSENT;
    char text[NEED_TEXT];

    if (!is_companion(item->object, &labels)) {
        return false;
    }
    struct slice gateway = value_string(value_member(labels, MARK_GATEWAY));
    struct slice workload = value_string(value_member(labels, MARK_WORKLOAD));
    (void)snprintf(text, sizeof text, "%.*s/%.*s/%.*s", SLICE_ARGS(item->namespace),
                   SLICE_ARGS(gateway), (int)workload.len, workload.len > 0 ? workload.data : "");
    return !is_needed(needs, text, workload.len > 0);
}

/* ---- What is done about it ---- */

static void tell(const struct loop *loop, const struct idle *idle, bool warning, const char *what,
                 const char *detail)
{
    char text[CACHE_MAX_KEY + sizeof((struct error *)NULL)->text + 4];

    (void)snprintf(text, sizeof text, "%.*s: %s", SLICE_ARGS(idle->item->key), detail);
    controller_tell(loop->controller, warning, what, text);
}

/* Only what podveil alone wrote is its own to take away: others may have put it there for good. */
static bool is_ours_alone(struct value object)
{
    struct value_iter iter = value_iter(value_get(object, "metadata", "managedFields", NULL));
    struct slice key;
    struct value entry;
    bool ours = false;

    while (value_next(&iter, &key, &entry)) {
        if (!value_is(value_member(entry, "manager"), FIELD_MANAGER)) {
            return false;
        }
        ours = true;
    }
    return ours;
}

static struct build *print_metadata(struct value theirs)
{
    struct build *metadata = build_object();
    struct build *marks = build_object();
    time_t now = time(NULL);
    struct tm parts = {0};
    char text[TIME_TEXT] = "";

    (void)gmtime_r(&now, &parts);
    (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    (void)build_set(marks, GOING_MARK, build_text(text));
    (void)build_set(metadata, "name", build_copy(value_member(theirs, "name")));
    (void)build_set(metadata, "namespace", build_copy(value_member(theirs, "namespace")));
    (void)build_set(metadata, "resourceVersion",
                    build_copy(value_member(theirs, "resourceVersion")));
    (void)build_set(metadata, "labels", build_copy(value_member(theirs, "labels")));
    (void)build_set(metadata, "annotations", marks);
    return metadata;
}

/* The whole of it, as it is, with the mark: the apply of an admission then takes the mark away. */
static int print_marked(struct value theirs, struct buf *out, struct error *err)
{
    AUTO(build) struct build *object = build_object();

    (void)build_set(object, "apiVersion", build_text("networking.k8s.io/v1"));
    (void)build_set(object, "kind", build_text("NetworkPolicy"));
    (void)build_set(object, "metadata", print_metadata(value_member(theirs, "metadata")));
    (void)build_set(object, "spec", build_copy(value_member(theirs, "spec")));
    return build_encode(object, out, err);
}

/* A request about this companion; the names are kept in the two arrays. */
struct names {
    char namespace[NAME_MAX_LEN + 1];
    char name[NAME_MAX_LEN + 1];
};

static struct api_request request_of(const struct idle *idle, enum api_verb verb,
                                     struct names *names)
{
    slice_copy(idle->item->namespace, names->namespace, sizeof names->namespace);
    slice_copy(idle->item->name, names->name, sizeof names->name);
    return (struct api_request){
        .verb = verb,
        .resource = &resource_policies,
        .namespace = names->namespace,
        .name = names->name,
        .deadline_ms = WRITE_MS,
    };
}

static void mark_going(struct loop *loop, struct idle *idle)
{
    struct controller *controller = loop->controller;
    AUTO(api_answer) struct api_answer got = {0};
    AUTO(api_answer) struct api_answer answer = {0};
    AUTO(buf) struct buf body = {0};
    struct names names;
    struct api_request request = request_of(idle, API_GET, &names);
    struct error err = {0};

    idle->since_ms = clock_ms(); /* whatever comes of it: not again so soon */
    if (hub_ask(&controller->hub, &request, &got) != 0 || !is_ours_alone(api_answer_object(&got))) {
        return;
    }
    buf_init(&body, OBJECT_MAX);
    if (print_marked(api_answer_object(&got), &body, &err) != 0) {
        return;
    }
    request.verb = API_APPLY;
    request.body = buf_view(&body);
    if (hub_ask(&controller->hub, &request, &answer) != 0) {
        tell(loop, idle, true, "not marked as going", answer.err.text);
        return;
    }
    if (cache_wrote(controller->policies.cache, api_answer_object(&answer), &err) != 0) {
        tell(loop, idle, true, "known once the watch tells it", err.text);
    }
    tell(loop, idle, false, "a companion is going", "no pod needs it");
}

/* What is no list says nothing. One without items is null where Go has none. */
static bool is_empty_list(struct value list)
{
    struct value items = value_member(list, "items");
    enum json_kind kind = value_kind(items);

    return slice_ends_with(value_string(value_member(list, "kind")), "List") &&
           (kind == JSON_NULL || (kind == JSON_ARRAY && value_count(items) == 0));
}

/* Is there a pod that it selects, as the API server knows at this moment? Yes where that is not to
 * be known. */
static bool has_pod(const struct loop *loop, const struct idle *idle)
{
    AUTO(api_answer) struct api_answer answer = {0};
    struct value labels = VALUE_ABSENT;
    struct names names;
    char selector[2 * LABEL_VALUE_MAX + 64];
    struct api_request request = request_of(idle, API_LIST, &names);

    (void)is_companion(idle->item->object, &labels);
    struct slice gateway = value_string(value_member(labels, MARK_GATEWAY));
    struct slice workload = value_string(value_member(labels, MARK_WORKLOAD));
    int len = snprintf(selector, sizeof selector, "%s=%.*s", MARK_GATEWAY, SLICE_ARGS(gateway));
    if (workload.len > 0) {
        (void)snprintf(selector + len, sizeof selector - (size_t)len, ",%s=%.*s", MARK_WORKLOAD,
                       SLICE_ARGS(workload));
    }
    request.resource = &resource_pods;
    request.name = NULL;
    request.label_selector = selector;
    request.limit = 1;
    return hub_ask(&loop->controller->hub, &request, &answer) != 0 ||
           !is_empty_list(api_answer_object(&answer));
}

static void take_away(struct loop *loop, struct idle *idle)
{
    struct controller *controller = loop->controller;
    AUTO(api_answer) struct api_answer answer = {0};
    struct names names;
    char version[CACHE_MAX_VERSION + 1];
    char uid[64];
    struct api_request request = request_of(idle, API_DELETE, &names);

    idle->marked_ms = clock_ms(); /* else again after a while */
    if (has_pod(loop, idle) || !lease_is_held(&controller->lease)) {
        return;
    }
    slice_copy(idle->item->version, version, sizeof version);
    slice_copy(idle->item->uid, uid, sizeof uid);
    request.resource_version = version;
    request.uid = uid;
    if (hub_ask(&controller->hub, &request, &answer) != 0 && answer.code != GONE) {
        tell(loop, idle, true, "not deleted", answer.err.text);
        return;
    }
    cache_forget(controller->policies.cache, idle->item->namespace, idle->item->name,
                 idle->item->uid);
    atomic_fetch_add(&controller->figures.removed, 1);
    tell(loop, idle, false, "a companion is deleted", "no pod needed it");
}

static void act(struct loop *loop, struct idle *idle, int64_t now_ms)
{
    const struct controller_times *times = &loop->controller->times;

    if (!loop->leads) {
        return;
    }
    if (idle->marked_ms != 0 && now_ms - idle->marked_ms >= times->going_ms) {
        if (loop_take_turn(loop)) {
            take_away(loop, idle);
        }
    } else if (idle->marked_ms == 0 && now_ms - idle->since_ms >= times->idle_ms) {
        if (loop_take_turn(loop)) {
            mark_going(loop, idle);
        }
    }
}

/* ---- A look ---- */

static int compare_keys(struct slice a, struct slice b)
{
    int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* What was known of that name; `at` goes along, as both lists are in order. */
static const struct idle *recall(const struct sweep *old, size_t *at, struct slice key)
{
    while (*at < old->count && compare_keys(old->items[*at].item->key, key) < 0) {
        (*at)++;
    }
    bool found = *at < old->count && slice_equal(old->items[*at].item->key, key);
    return found ? &old->items[*at] : NULL;
}

/* One without a pod, since when: as it was known, as far as it is still that object. */
static struct idle make_idle(const struct idle *known, const struct cache_item *item,
                             int64_t now_ms)
{
    struct value marks = value_get(item->object, "metadata", "annotations", NULL);
    bool is_marked = value_exists(value_member(marks, GOING_MARK));
    bool same_object = known != NULL && slice_equal(known->item->uid, item->uid);
    bool same_state = same_object && slice_equal(known->item->version, item->version);
    int64_t marked_ms = same_state && known->marked_ms != 0 ? known->marked_ms : now_ms;

    return (struct idle){
        .item = item,
        .since_ms = same_object ? known->since_ms : now_ms,
        .marked_ms = is_marked ? marked_ms : 0,
    };
}

/* Those without a pod; the items are taken from the list. */
static int find_idle(const struct sweep *old, const struct needs *needs, struct cache_items *items,
                     struct sweep *out, struct error *err)
{
    int64_t now_ms = clock_ms();
    size_t at = 0;

    *out = (struct sweep){.items = calloc(items->count + 1, sizeof *out->items)};
    if (out->items == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory to look for companions without a pod");
    }
    for (size_t i = 0; i < items->count; i++) {
        const struct cache_item *item = items->items[i];
        if (is_idle(needs, item)) {
            items->items[i] = NULL;
            out->items[out->count++] = make_idle(recall(old, &at, item->key), item, now_ms);
        }
    }
    return 0;
}

void sweep_look(struct sweep *sweep, struct loop *loop)
{
    struct hub *hub = &loop->controller->hub;
    AUTO(needs) struct needs needs = {0};
    AUTO(cache_items) struct cache_items items = {0};
    struct sweep found;
    struct error err = {0};

    hub_lock(hub);
    demand_each(&loop->demand, add_need, &needs);
    bool counted = !loop->recount;
    hub_unlock(hub);
    if (needs.failed || !counted ||
        cache_list(loop->controller->policies.cache, NULL, &items, &err) != 0) {
        return;
    }
    if (needs.count > 0) {
        qsort(needs.items, needs.count, NEED_TEXT, compare_needs);
    }
    if (find_idle(sweep, &needs, &items, &found, &err) != 0) {
        return;
    }
    sweep_done(sweep);
    *sweep = found;
    for (size_t i = 0; i < sweep->count; i++) {
        act(loop, &sweep->items[i], clock_ms());
    }
}

void sweep_done(struct sweep *sweep)
{
    for (size_t i = 0; i < sweep->count; i++) {
        cache_item_unref(sweep->items[i].item);
    }
    free(sweep->items);
    *sweep = (struct sweep){0};
}
