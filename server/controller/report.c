/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controller/report.h"

#include "lib/base/array.h"
#include "lib/base/clock.h"
#include "lib/pod/privacy.h"
#include "server/controller/event.h"
#include "server/controller/state.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    UID_TEXT = 64,
    FIRST_TOLD = 64,
    MAX_TOLD = 1024 * 1024,
    HOUR_MS = 3600000,
    HOUR_S = 3600,
    PAGE = 200, /* they come whole */
    LIST_MS = 10000,
    CONTINUE_MAX = 8192,
    OBJECT_NAME_MAX = 236, /* leaves room for a dot and 16 digits */
};

#define NOT_PROTECTED "NotProtected"
#define OLD_SETTINGS "OldSettings"

struct told {
    char uid[UID_TEXT];
    const char *reason;
    int64_t at_ms;
};

/* One look. */
struct looking {
    struct report *report;
    struct loop *loop;
    size_t sorted; /* of the report's items; behind them are this look's own */
    unsigned sent;
    int64_t unprotected;
    int64_t old;
};

/* ---- At most once an hour ---- */

static int compare_told(const void *a, const void *b)
{
    const struct told *left = a;
    const struct told *right = b;
    int order = strcmp(left->uid, right->uid);

    return order != 0 ? order : strcmp(left->reason, right->reason);
}

/* Forget what is over an hour old; sort the rest. */
static void tidy(struct report *report)
{
    int64_t now_ms = clock_ms();
    size_t kept = 0;

    for (size_t i = 0; i < report->count; i++) {
        if (now_ms - report->items[i].at_ms < HOUR_MS) {
            report->items[kept++] = report->items[i];
        }
    }
    report->count = kept;
    if (kept > 0) {
        qsort(report->items, kept, sizeof *report->items, compare_told);
    }
}

/* Was it told within the hour? Else it is now. Without memory it is not told. */
static bool is_told(struct looking *looking, struct slice uid, const char *reason)
{
    struct report *report = looking->report;
    struct told told = {.reason = reason, .at_ms = clock_ms()};

    slice_copy(uid, told.uid, sizeof told.uid);
    if (looking->sorted > 0 &&
        bsearch(&told, report->items, looking->sorted, sizeof told, compare_told) != NULL) {
        return true;
    }
    if (report->count == report->cap) {
        struct told *grown =
            array_grow(report->items, &report->cap, sizeof told, FIRST_TOLD, MAX_TOLD);
        if (grown == NULL) {
            return true;
        }
        report->items = grown;
    }
    report->items[report->count++] = told;
    return false;
}

/* The same for every podveil within the hour, whose begin is each pod's own: who comes second finds
 * it there. */
static void name_event(struct slice name, struct slice uid, const char *reason,
                       char out[static NAME_MAX_LEN + 1])
{
    static const uint8_t secret[SIPHASH_KEY] = {0};
    char text[UID_TEXT + 64];
    int64_t shift = (int64_t)(siphash(secret, uid) % HOUR_S);
    size_t len = name.len < OBJECT_NAME_MAX ? name.len : OBJECT_NAME_MAX;

    (void)snprintf(text, sizeof text, "%.*s/%s/%" PRId64, SLICE_ARGS(uid), reason,
                   ((int64_t)time(NULL) + shift) / HOUR_S);
    (void)snprintf(out, NAME_MAX_LEN + 1, "%.*s.%016" PRIx64, (int)len, name.data,
                   siphash(secret, slice_of(text)));
}

static void tell(struct looking *looking, struct value pod, const char *reason, const char *message)
{
    struct value metadata = value_member(pod, "metadata");
    struct slice uid = value_string(value_member(metadata, "uid"));
    struct slice name = value_string(value_member(metadata, "name"));
    char event_name[NAME_MAX_LEN + 1];

    if (looking->sent >= REPORT_EVENTS || is_told(looking, uid, reason)) {
        return;
    }
    looking->sent++;
    name_event(name, uid, reason, event_name);
    const struct event event = {
        .api_version = "v1",
        .kind = "Pod",
        .namespace = value_string(value_member(metadata, "namespace")),
        .object = name,
        .uid = uid,
        .reason = reason,
        .message = message,
        .name = slice_of(event_name),
    };
    event_send(looking->loop->controller, &event);
}

/* ---- Labelled pods ---- */

static void unprotected(struct looking *looking, struct value pod)
{
    looking->unprotected++;
    tell(looking, pod, NOT_PROTECTED,
         "this pod asks for a VPN gateway and runs without podveil's containers: it was made while "
         "podveil was not asked. Delete it, so that its controller makes it anew.");
}

/* Made by another podveil that lives, and whose configuration may be the newer one. */
static bool is_of_another(const struct looking *looking, struct slice injected)
{
    struct slice id = slice_after(injected, strlen("v1."));
    char text[CONFIG_ID_LEN + 1];

    id.len = id.len < CONFIG_ID_LEN ? id.len : CONFIG_ID_LEN;
    slice_copy(id, text, sizeof text);
    return slice_starts_with(injected, "v1.") && !loop_had_config(looking->loop, text) &&
           lease_others_have(&looking->loop->controller->lease, text);
}

static void look_at_labelled(struct looking *looking, struct value pod)
{
    const struct ruleset *ruleset = looking->loop->ruleset;
    struct value metadata = value_member(pod, "metadata");
    struct slice gateway = value_string(value_get(metadata, "labels", MARK_GATEWAY, NULL));
    struct value injected = value_get(metadata, "annotations", MARK_INJECTED, NULL);

    if (!pods_runs(pod) || slice_is(gateway, GATEWAY_NONE) ||
        privacy_is_gateway_pod(ruleset, pod, value_string(value_member(metadata, "namespace")))) {
        return;
    }
    const struct gateway_rules *rules = ruleset_gateway(ruleset, gateway);
    if (!pods_has_parts(pod) || !value_exists(injected)) {
        unprotected(looking, pod);
    } else if ((rules == NULL || !value_is(injected, rules->injected)) &&
               !is_of_another(looking, value_string(injected))) {
        looking->old++;
        tell(looking, pod, OLD_SETTINGS,
             "this pod runs with the settings of another configuration than the one in use. Delete "
             "it, so that its controller makes it anew.");
    }
}

/* ---- Pods that are private without the label ---- */

/* The pods of a page that run and should have been labelled. */
static void look_at_page(struct looking *looking, struct value page)
{
    const struct loop *loop = looking->loop;
    struct value_iter iter = value_iter(value_member(page, "items"));
    struct slice key;
    struct value pod;

    while (value_next(&iter, &key, &pod)) {
        struct slice namespace = value_string(value_get(pod, "metadata", "namespace", NULL));
        if (pods_runs(pod) && !slice_is(namespace, loop->controller->namespace) &&
            !privacy_is_gateway_pod(loop->ruleset, pod, namespace)) {
            unprotected(looking, pod);
        }
    }
}

/* All that the selector finds, page by page. A failure ends it: the next look comes. */
static void look_for(struct looking *looking, const char *namespace, const char *selector)
{
    struct hub *hub = &looking->loop->controller->hub;
    char token[CONTINUE_MAX] = "";
    bool more = true;

    while (more) {
        AUTO(api_answer) struct api_answer answer = {0};
        const struct api_request request = {
            .verb = API_LIST,
            .resource = &resource_pods,
            .namespace = namespace,
            .label_selector = selector,
            .limit = PAGE,
            .continue_token = token,
            .deadline_ms = LIST_MS,
        };
        if (hub_ask(hub, &request, &answer) != 0) {
            return;
        }
        struct value page = api_answer_object(&answer);
        look_at_page(looking, page);
        slice_copy(value_string(value_get(page, "metadata", "continue", NULL)), token,
                   sizeof token);
        more = token[0] != '\0';
    }
}

static void look_at_namespaces(struct looking *looking)
{
    const struct loop *loop = looking->loop;
    AUTO(cache_items) struct cache_items items = {0};
    struct error err = {0};

    if (cache_list(loop->controller->namespaces.cache, NULL, &items, &err) != 0) {
        return;
    }
    for (size_t i = 0; i < items.count; i++) {
        struct value labels = value_get(items.items[i]->object, "metadata", "labels", NULL);
        struct slice gateway = value_string(value_member(labels, loop->ruleset->config->label));
        if (gateway.len > 0 && !slice_is(gateway, GATEWAY_NONE)) {
            char name[NAME_MAX_LEN + 1];
            slice_copy(items.items[i]->name, name, sizeof name);
            look_for(looking, name, "!" MARK_GATEWAY);
        }
    }
}

static void look_at_aliases(struct looking *looking)
{
    const struct config *config = looking->loop->ruleset->config;
    char selector[2 * NAME_MAX_LEN + 4 * LABEL_VALUE_MAX];

    if (strcmp(config->label, MARK_GATEWAY) != 0) {
        (void)snprintf(selector, sizeof selector, "%s,%s!=" GATEWAY_NONE ",!" MARK_GATEWAY,
                       config->label, config->label);
        look_for(looking, NULL, selector);
    }
    for (size_t i = 0; i < config->alias_count; i++) {
        (void)snprintf(selector, sizeof selector, "%s=%s,!" MARK_GATEWAY, config->aliases[i].label,
                       config->aliases[i].value);
        look_for(looking, NULL, selector);
    }
}

/* ---- A look ---- */

void report_look(struct report *report, struct loop *loop)
{
    struct counted *figures = &loop->controller->figures;
    AUTO(cache_items) struct cache_items items = {0};
    struct error err = {0};

    tidy(report);
    struct looking looking = {.report = report, .loop = loop, .sorted = report->count};
    if (loop->leads && cache_list(loop->controller->pods.cache, NULL, &items, &err) == 0) {
        for (size_t i = 0; i < items.count; i++) {
            look_at_labelled(&looking, items.items[i]->object);
        }
        look_at_namespaces(&looking);
        look_at_aliases(&looking);
    }
    atomic_store(&figures->unprotected, looking.unprotected);
    atomic_store(&figures->old_settings, looking.old);
}

void report_done(struct report *report)
{
    free(report->items);
    *report = (struct report){0};
}
