/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/controller/stand_in.h"

#include "tests/controller/stand_in_pending.h"
#include "tests/controller/stand_in_store.h"

#include <stdio.h>

enum { VERBS = API_RAW + 1, RESOURCES = 32 };

struct api *stand_in_running;

/* Under moments_mutex. */
static stand_in_act *act;
static void *act_arg;
static struct {
    char plural[64];
    size_t counts[VERBS];
} asked[RESOURCES];

/* ---- What is to be done ---- */

static bool has_work_locked(struct pending *pending)
{
    if (pending->request.verb != API_WATCH || !pending->follows) {
        int64_t due_ms = pending->hangs ? pending->deadline_ms : pending->due_ms;
        return due_ms <= moments_ms();
    }
    return pending->cut || pending->extra != NULL ||
           store_next(&pending->at, &pending->request) != NULL;
}

static struct pending *find_work_locked(const struct api *api)
{
    struct pending *pending = api->list;

    while (pending != NULL && !has_work_locked(pending)) {
        pending = pending->next;
    }
    return pending;
}

static void unlink_locked(struct api *api, struct pending *pending)
{
    struct pending **at = &api->list;

    while (*at != pending) {
        at = &(*at)->next;
    }
    *at = pending->next;
}

static void count_locked(const struct api_request *request)
{
    size_t i = 0;

    while (asked[i].plural[0] != '\0' && strcmp(asked[i].plural, request->resource->plural) != 0) {
        i++;
    }
    (void)snprintf(asked[i].plural, sizeof asked[i].plural, "%s", request->resource->plural);
    asked[i].counts[request->verb]++;
}

/* ---- Answers ---- */

static void pending_free(struct pending *pending)
{
    quietly();
    free(pending->body);
    aloud();
    free(pending);
}

/* No answer at all. */
static void fail(struct pending *pending, bool stopped, const char *why)
{
    struct api_answer answer = {.stopped = stopped, .tries = 1};

    answer.unsure = api_verb_writes(pending->request.verb);
    (void)error_set(&answer.err, ERR_SYSTEM, "%s: %s", pending->what, why);
    pending->hooks.done(pending->hooks.arg, &answer);
    api_answer_done(&answer);
    pending_free(pending);
}

static void reply_with(struct pending *pending, const struct stand_in_reply *reply)
{
    struct api_answer answer = {.code = reply->code, .tries = 1};
    struct error err = {0};

    buf_init(&answer.body, ANSWER_MAX);
    buf_text(&answer.body, reply->text);
    if (buf_check(&answer.body, &err) != 0) {
        answer.code = 0;
        answer.err = err;
    } else {
        api_answer_read(&answer, pending->what,
                        reply->type != NULL ? reply->type : "application/json");
    }
    pending->hooks.done(pending->hooks.arg, &answer);
    api_answer_done(&answer);
    pending_free(pending);
}

static void serve_request(struct pending *pending)
{
    struct stand_in_reply reply = {0};
    struct store_reply made = {0};
    enum stand_in_way way = STAND_IN_SERVES;

    quietly();
    lock();
    if (!pending->hangs) {
        count_locked(&pending->request);
        way = act == NULL ? STAND_IN_SERVES : act(act_arg, &pending->request, &reply);
    }
    if (way == STAND_IN_HANGS) {
        pending->hangs = true;
        pending->next = stand_in_running->list;
        stand_in_running->list = pending;
    } else if (!pending->hangs && (way == STAND_IN_SERVES || way == STAND_IN_LOSES)) {
        made = store_serve(&pending->request);
        reply = (struct stand_in_reply){.code = made.code, .text = made.text};
    }
    unlock();
    aloud();
    if (way == STAND_IN_HANGS) {
        return;
    }
    if (pending->hangs || way == STAND_IN_LOSES || way == STAND_IN_FAILS) {
        fail(pending, false, "no answer");
    } else {
        reply_with(pending, &reply);
    }
    quietly();
    free(made.text);
    aloud();
}

/* One piece of a watch; false: it is over. */
static bool serve_watch(struct pending *pending)
{
    struct slice line = {0};
    bool cut = false;

    lock();
    if (!pending->follows) {
        pending->follows = true;
        pending->at = store_after(pending->version);
        count_locked(&pending->request);
    }
    const struct store_event *event = store_next(&pending->at, &pending->request);
    cut = pending->cut;
    if (pending->extra != NULL) {
        line = slice_of(pending->extra);
        pending->extra = NULL;
    } else if (event != NULL) {
        line = slice_of(event->line);
        pending->at++;
    }
    unlock();
    return !cut && (line.len == 0 || pending->hooks.data(pending->hooks.arg, line));
}

static void serve(struct api *api, struct pending *pending)
{
    if (pending->request.verb != API_WATCH) {
        serve_request(pending);
    } else if (serve_watch(pending)) {
        lock();
        pending->next = api->list;
        api->list = pending;
        unlock();
    } else {
        struct api_answer over = {.ok = true, .code = 200, .tries = 1};
        pending->hooks.done(pending->hooks.arg, &over);
        pending_free(pending);
    }
}

void *stand_in_run(void *arg)
{
    struct api *api = arg;

    lock();
    while (!api->quit) {
        struct pending *pending = find_work_locked(api);
        if (pending == NULL) {
            (void)pthread_cond_wait(&moments_changed, &moments_mutex);
            continue;
        }
        unlink_locked(api, pending);
        api->serves = true;
        unlock();
        serve(api, pending);
        lock();
        api->serves = false;
        tell_all();
    }
    while (api->list != NULL) {
        struct pending *pending = api->list;
        api->list = pending->next;
        unlock();
        fail(pending, true, "stopped");
        lock();
    }
    unlock();
    return NULL;
}

/* ---- For tests ---- */

struct api *stand_in_start(void)
{
    static const struct api_options options = {0};
    struct api *api = NULL;
    struct error err = {0};

    if (api_start(NULL, &options, &api, &err) != 0) {
        abort();
    }
    return api;
}

void stand_in_act_by(stand_in_act *function, void *arg)
{
    lock();
    act = function;
    act_arg = arg;
    unlock();
}

struct stand_in_reply stand_in_status(long code)
{
    static const struct {
        long code;
        const char *text;
    } known[] = {
#define STATUS(code, reason)                                                                       \
    {code,                                                                                         \
     "{\"kind\":\"Status\",\"code\":" #code ",\"reason\":\"" reason "\",\"message\":\"because\"}"}
        STATUS(403, "Forbidden"),
        STATUS(404, "NotFound"),
        STATUS(409, "Conflict"),
        STATUS(500, "InternalError"),
#undef STATUS
    };

    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (known[i].code == code) {
            return (struct stand_in_reply){.code = code, .text = known[i].text};
        }
    }
    abort();
}

static _Atomic int64_t ahead_s;

time_t stand_in_time(void)
{
    int64_t passed_ms = moments_ms() - MOMENTS_FIRST_MS;

    return (time_t)(MOMENTS_WALL + passed_ms / 1000 + atomic_load(&ahead_s));
}

void stand_in_set_ahead(int64_t seconds)
{
    atomic_store(&ahead_s, seconds);
}

static size_t hanging_locked(const struct api *api)
{
    size_t count = 0;

    for (const struct pending *pending = api->list; pending != NULL; pending = pending->next) {
        count += pending->hangs ? 1 : 0;
    }
    return count;
}

void stand_in_quiet(size_t threads)
{
    lock();
    while (stand_in_running->serves || find_work_locked(stand_in_running) != NULL ||
           moments_asleep_locked() + hanging_locked(stand_in_running) < threads) {
        (void)pthread_cond_wait(&moments_changed, &moments_mutex);
    }
    unlock();
}

void stand_in_pass(int64_t ms, size_t threads)
{
    moments_pass(ms);
    stand_in_quiet(threads);
}

void stand_in_put(const char *plural, const char *json)
{
    quietly();
    lock();
    store_put(plural, json);
    tell_all();
    unlock();
    aloud();
}

void stand_in_drop(const char *plural, const char *namespace, const char *name)
{
    quietly();
    lock();
    store_drop(plural, namespace, name);
    tell_all();
    unlock();
    aloud();
}

void stand_in_clear(void)
{
    quietly();
    lock();
    store_clear();
    unlock();
    aloud();
}

bool stand_in_get(const char *plural, const char *namespace, const char *name, struct buf *out)
{
    buf_init(out, ANSWER_MAX);
    quietly();
    lock();
    char *text = store_get(plural, namespace, name);
    unlock();
    aloud();
    buf_text(out, text != NULL ? text : "");
    quietly();
    free(text);
    aloud();
    return out->len > 0;
}

size_t stand_in_asked(enum api_verb verb, const char *plural)
{
    size_t count = 0;

    lock();
    for (size_t i = 0; i < RESOURCES; i++) {
        count += plural == NULL || strcmp(plural, asked[i].plural) == 0 ? asked[i].counts[verb] : 0;
    }
    unlock();
    return count;
}

void stand_in_forget(void)
{
    lock();
    memset(asked, 0, sizeof asked);
    unlock();
}

static void to_watches(const char *plural, const char *line)
{
    lock();
    for (struct pending *pending = stand_in_running->list; pending != NULL;
         pending = pending->next) {
        if (pending->request.verb == API_WATCH &&
            strcmp(pending->request.resource->plural, plural) == 0) {
            pending->extra = line;
            pending->cut = line == NULL;
        }
    }
    tell_all();
    unlock();
}

void stand_in_send(const char *plural, const char *line)
{
    to_watches(plural, line);
}

void stand_in_cut(const char *plural)
{
    to_watches(plural, NULL);
}
