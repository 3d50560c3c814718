/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/client/reflector.h"

#include "lib/kube/client/lines.h"
#include "lib/kube/client/retry.h"

#include <stdatomic.h>

enum {
    PAUSE_LEAST_MS = 100, /* between two watches, whatever a server does */
    PAUSE_FIRST_MS = 800,
    PAUSE_MAX_MS = 10000,     /* while the cache is stale, privacy pods are denied */
    LIST_DEADLINE_MS = 30000, /* of a page */
    WATCH_LEAST_S = 300,
    WATCH_SPREAD_S = 300,
    MAX_CONTINUE = 8192,
};

struct reflector {
    struct api *api;
    struct reflector_options options;
    char *namespace; /* what the options point to */
    char *label_selector;
    char *field_selector;
    atomic_bool idle; /* nothing is under way, for want of memory */

    unsigned failures;                        /* in a row, of a kind */
    bool expires;                             /* the last watch ended for want of history */
    unsigned page;                            /* objects of a page */
    bool lists;                               /* what is under way, or next */
    char list_version[CACHE_MAX_VERSION + 1]; /* "" before the first page */
    char continue_token[MAX_CONTINUE];        /* "" for the first page */

    struct lines lines;
    unsigned events;  /* of this watch */
    bool must_list;   /* after this watch */
    struct error why; /* it was ended by us */
    long why_code;    /* the API server's, where that was its word */
};

static void on_page(void *arg, struct api_answer *answer);
static bool on_data(void *arg, struct slice data);
static void on_watch_end(void *arg, struct api_answer *answer);

static int submit(struct reflector *reflector, uint32_t delay_ms, struct error *err)
{
    const struct reflector_options *options = &reflector->options;
    bool lists = reflector->lists;
    struct api_request request = {
        .verb = lists ? API_LIST : API_WATCH,
        .resource = options->resource,
        .namespace = options->namespace,
        .label_selector = options->label_selector,
        .field_selector = options->field_selector,
        .limit = lists ? reflector->page : 0,
        .continue_token = lists ? reflector->continue_token : NULL,
        .resource_version = lists ? NULL : cache_version(options->cache).data,
        .watch_seconds = lists ? 0 : WATCH_LEAST_S + retry_chance() % WATCH_SPREAD_S,
        .delay_ms = delay_ms,
        .deadline_ms = LIST_DEADLINE_MS,
    };
    const struct api_hooks hooks = {
        .done = lists ? on_page : on_watch_end,
        .data = lists ? NULL : on_data,
        .arg = reflector,
        .vital = true,
    };

    return api_submit(reflector->api, &request, &hooks, err);
}

static void go_on(struct reflector *reflector, uint32_t delay_ms)
{
    struct error err = {0};

    if (submit(reflector, delay_ms, &err) != 0) {
        cache_failed(reflector->options.cache, true);
        cache_followed(reflector->options.cache, false);
        atomic_store(&reflector->idle, true);
    }
}

static void list_from_the_start(struct reflector *reflector)
{
    reflector->lists = true;
    reflector->continue_token[0] = '\0';
    reflector->list_version[0] = '\0';
}

static void watch_from_here(struct reflector *reflector)
{
    reflector->lists = false;
    reflector->events = 0;
    reflector->must_list = false;
    lines_done(&reflector->lines);
    lines_init(&reflector->lines);
}

/* Something failed: tell it, and go on after a pause. */
static void pause_for(struct reflector *reflector, const struct error *err)
{
    reflector->failures++;
    int64_t pause = retry_pause(reflector->failures, PAUSE_FIRST_MS, PAUSE_MAX_MS, retry_chance());
    cache_failed(reflector->options.cache, reflector->lists);
    cache_followed(reflector->options.cache, false);
    if (reflector->options.trouble != NULL) {
        reflector->options.trouble(reflector->options.arg, err, pause);
    }
    go_on(reflector, (uint32_t)pause);
}

/* A text that is kept, with its NUL; false where it is too long. */
static bool keep_text(struct value v, char *out, size_t size)
{
    struct slice text = value_string(v);

    if (text.len >= size) {
        return false;
    }
    slice_copy(text.data != NULL ? text : SLICE(""), out, size);
    return true;
}

static int put_items(struct reflector *reflector, struct value items, struct error *err)
{
    struct value_iter iter = value_iter(items);
    struct slice key;
    struct value item;

    /* A list without items is null where Go has none. */
    if (value_is_set(items) && value_kind(items) != JSON_ARRAY) {
        return error_set(err, ERR_MALFORMED, "a list whose items are none");
    }
    while (value_next(&iter, &key, &item)) {
        if (cache_list_put(reflector->options.cache, item, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int take_page(struct reflector *reflector, struct value page, struct error *err)
{
    struct cache *cache = reflector->options.cache;
    struct value metadata = value_member(page, "metadata");
    char version[CACHE_MAX_VERSION + 1];

    if (!slice_ends_with(value_string(value_member(page, "kind")), "List") ||
        !keep_text(value_member(metadata, "resourceVersion"), version, sizeof version) ||
        !keep_text(value_member(metadata, "continue"), reflector->continue_token, MAX_CONTINUE)) {
        return error_set(err, ERR_MALFORMED, "the answer is no list");
    }
    if (reflector->list_version[0] == '\0') {
        if (cache_list_begin(cache, slice_of(version), err) != 0) {
            return -1;
        }
        (void)memcpy(reflector->list_version, version, sizeof version);
    }
    if (strcmp(reflector->list_version, version) != 0) {
        return error_set(err, ERR_MALFORMED, "a list whose pages are of different times");
    }
    return put_items(reflector, value_member(page, "items"), err);
}

static void after_page(struct reflector *reflector)
{
    struct error err = {0};

    if (reflector->continue_token[0] != '\0') {
        go_on(reflector, 0);
        return;
    }
    if (cache_list_end(reflector->options.cache, slice_of(reflector->list_version), &err) != 0) {
        list_from_the_start(reflector);
        pause_for(reflector, &err);
        return;
    }
    watch_from_here(reflector);
    go_on(reflector, 0);
}

static void on_page(void *arg, struct api_answer *answer)
{
    struct reflector *reflector = arg;
    struct error err = answer->err;

    if (answer->stopped) {
        return;
    }
    if (answer->code != 0) {
        cache_heard(reflector->options.cache);
    }
    if (!answer->ok || take_page(reflector, api_answer_object(answer), &err) != 0) {
        if (err.code == ERR_TOO_LARGE && reflector->page > 1) {
            reflector->page /= 2;
        }
        if (answer->ok) {
            api_count_failure(reflector->api, API_FAILURE_UNREADABLE);
        }
        list_from_the_start(reflector);
        pause_for(reflector, &err);
        return;
    }
    after_page(reflector);
}

static bool is_expired(const struct api_status *status)
{
    return status->code == 410 || strcmp(status->reason, "Expired") == 0 ||
           strcmp(status->reason, "Gone") == 0;
}

/* The watch says that it failed. Only what is gone for good needs a LIST. */
static int take_error(struct reflector *reflector, struct value object, struct error *err)
{
    struct api_status status;

    if (!api_status_read(object, &status)) {
        return error_set(err, ERR_MALFORMED, "an ERROR event without a Status");
    }
    reflector->must_list = is_expired(&status);
    reflector->why_code = status.code;
    return error_set(err, ERR_SYSTEM, "watch %s: %ld %s: %s", reflector->options.resource->plural,
                     status.code, status.reason, status.message);
}

static int take_event(struct reflector *reflector, struct value event, struct error *err)
{
    struct cache *cache = reflector->options.cache;
    struct value type = value_member(event, "type");
    struct value object = value_member(event, "object");

    if (value_is(type, "ADDED") || value_is(type, "MODIFIED")) {
        return cache_event_put(cache, object, err);
    }
    if (value_is(type, "DELETED")) {
        return cache_event_delete(cache, object, err);
    }
    if (value_is(type, "BOOKMARK")) {
        struct value version = value_get(object, "metadata", "resourceVersion", NULL);
        return cache_event_bookmark(cache, value_string(version), err);
    }
    if (value_is(type, "ERROR")) {
        return take_error(reflector, object, err);
    }
    return error_set(err, ERR_MALFORMED, "an event of an unknown type");
}

/* Whatever cannot be read may have been a change: then only a LIST tells what is there. */
static bool on_line(void *arg, struct slice line)
{
    struct reflector *reflector = arg;
    AUTO(json) struct json doc = {0};
    struct error err = {0};

    reflector->must_list = true;
    reflector->why_code = 0;
    if (json_parse(&doc, line, &err) == 0 && take_event(reflector, value_root(&doc), &err) == 0) {
        reflector->must_list = false;
        reflector->events++;
        return true;
    }
    reflector->why = err;
    api_count_failure(reflector->api, api_failure_of(reflector->why_code));
    return false;
}

static bool on_data(void *arg, struct slice data)
{
    struct reflector *reflector = arg;
    struct error err = {0};

    cache_heard(reflector->options.cache);
    cache_followed(reflector->options.cache, true);
    if (lines_feed(&reflector->lines, data, on_line, reflector, &err)) {
        return true;
    }
    if (err.code != ERR_NONE) {
        reflector->must_list = true;
        reflector->why = err;
        api_count_failure(reflector->api, API_FAILURE_UNREADABLE);
    }
    return false;
}

static void on_watch_end(void *arg, struct api_answer *answer)
{
    struct reflector *reflector = arg;
    struct error err = reflector->why.code != ERR_NONE ? reflector->why : answer->err;
    bool must_list = reflector->must_list || answer->code == 410 || is_expired(&answer->status);
    bool was_empty = reflector->events == 0;

    if (answer->stopped) {
        return;
    }
    /* An API server that was away, and answers now that it has no history, is back. */
    if ((!must_list && !was_empty) || (must_list && !reflector->expires)) {
        reflector->failures = 0;
    }
    reflector->expires = must_list;
    reflector->why = (struct error){0};
    watch_from_here(reflector);
    if (must_list) {
        list_from_the_start(reflector);
    }
    if (err.code == ERR_NONE && !must_list) {
        go_on(reflector, was_empty ? PAUSE_FIRST_MS : PAUSE_LEAST_MS);
        return;
    }
    pause_for(reflector, &err);
}

void reflector_kick(struct reflector *reflector)
{
    if (atomic_exchange(&reflector->idle, false)) {
        list_from_the_start(reflector);
        go_on(reflector, 0);
    }
}

static char *copy(const char *text, bool *failed)
{
    char *made = text != NULL ? strdup(text) : NULL;

    *failed = *failed || (text != NULL && made == NULL);
    return made;
}

void reflector_free(struct reflector *reflector)
{
    if (reflector != NULL) {
        free(reflector->namespace);
        free(reflector->label_selector);
        free(reflector->field_selector);
        lines_done(&reflector->lines);
        free(reflector);
    }
}

int reflector_start(struct api *api, const struct reflector_options *options,
                    struct reflector **out, struct error *err)
{
    AUTO(reflector) struct reflector *reflector = calloc(1, sizeof *reflector);
    bool failed = false;

    if (reflector == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a watch");
    }
    reflector->api = api;
    reflector->options = *options;
    reflector->namespace = copy(options->namespace, &failed);
    reflector->label_selector = copy(options->label_selector, &failed);
    reflector->field_selector = copy(options->field_selector, &failed);
    reflector->options.namespace = reflector->namespace;
    reflector->options.label_selector = reflector->label_selector;
    reflector->options.field_selector = reflector->field_selector;
    reflector->page = options->page != 0 ? options->page : REFLECTOR_PAGE;
    lines_init(&reflector->lines);
    atomic_init(&reflector->idle, false);
    list_from_the_start(reflector);
    if (failed) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a watch");
    }
    if (submit(reflector, 0, err) != 0) {
        return -1;
    }
    *out = STEAL(reflector);
    return 0;
}
