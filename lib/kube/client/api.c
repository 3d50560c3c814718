/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread. Others leave their calls in an inbox and wake it; from then on a call is
 * its own: it is in the list `calls`, running in libcurl or waiting for its time.
 */
#include "lib/kube/client/api.h"

#include "lib/base/clock.h"
#include "lib/kube/client/call.h"

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>

enum { LONGEST_POLL_MS = 60000, BLIND_POLL_MS = 20 };

struct api {
    struct api_options options;
    struct call_shared shared;
    CURLM *multi;
    pthread_t thread;
    struct call *calls; /* the thread's own */

    pthread_mutex_t mutex; /* of what follows */
    struct call *inbox;
    struct call **inbox_end;
    unsigned count; /* of calls, in the inbox or not */
    bool quit;
};

/* What came in goes behind the others. false: the client stops. */
static bool take_inbox(struct api *api)
{
    struct call **end = &api->calls;

    while (*end != NULL) {
        end = &(*end)->next;
    }
    (void)pthread_mutex_lock(&api->mutex);
    *end = api->inbox;
    api->inbox = NULL;
    api->inbox_end = &api->inbox;
    bool goes_on = !api->quit;
    (void)pthread_mutex_unlock(&api->mutex);
    return goes_on;
}

/* The call leaves the list and ends. */
static void end_call(struct api *api, struct call *call)
{
    struct call **at = &api->calls;

    while (*at != call) {
        at = &(*at)->next;
    }
    *at = call->next;
    (void)pthread_mutex_lock(&api->mutex);
    api->count--;
    (void)pthread_mutex_unlock(&api->mutex);
    call_finish(call);
}

static void start_call(struct api *api, struct call *call, int64_t now_ms)
{
    if (call_start(call, &api->shared, now_ms) != 0) {
        end_call(api, call);
        return;
    }
    CURL *easy = call->exchange.easy;
    if (curl_easy_setopt(easy, CURLOPT_PRIVATE, call) != CURLE_OK ||
        curl_multi_add_handle(api->multi, easy) != CURLM_OK) {
        exchange_done(&call->exchange);
        (void)error_set(&call->answer.err, ERR_NO_MEMORY, "%s: no memory to send it", call->what);
        end_call(api, call);
    }
}

static unsigned count_running(const struct api *api)
{
    unsigned running = 0;

    for (const struct call *call = api->calls; call != NULL; call = call->next) {
        running += call_is_running(call) && call->verb != API_WATCH ? 1 : 0;
    }
    return running;
}

/*
 * Begins what is due, the oldest first; what is too much waits for one to end, or for its own
 * deadline. Gives how long nothing else will be.
 */
static int start_due(struct api *api)
{
    int64_t now_ms = clock_ms();
    int64_t wait = LONGEST_POLL_MS;
    unsigned running = count_running(api);
    struct call *next = NULL;

    for (struct call *call = api->calls; call != NULL; call = next) {
        next = call->next;
        if (call_is_running(call)) {
            continue;
        }
        bool has_room = running < API_MAX_RUNNING || call->verb == API_WATCH;
        int64_t turn_ms = call->due_ms <= now_ms && !has_room ? call->deadline_ms : call->due_ms;
        if (turn_ms > now_ms) {
            wait = turn_ms - now_ms < wait ? turn_ms - now_ms : wait;
        } else {
            start_call(api, call, now_ms);
            running++;
        }
    }
    return (int)wait;
}

/* Ends what libcurl is done with. true: something was done, so there may be more to do. */
static bool settle_all(struct api *api)
{
    int left = 0;
    bool any = false;

    for (CURLMsg *message = curl_multi_info_read(api->multi, &left); message != NULL;
         message = curl_multi_info_read(api->multi, &left)) {
        CURL *easy = message->easy_handle;
        CURLcode result = message->data.result; /* the message goes with the handle */
        struct call *call = NULL;
        any = true;
        (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&call);
        (void)curl_multi_remove_handle(api->multi, easy);
        if (!call_settle(call, &api->shared, result, clock_ms())) {
            end_call(api, call);
        }
    }
    return any;
}

static void stop_all(struct api *api)
{
    while (api->calls != NULL) {
        struct call *call = api->calls;
        if (call_is_running(call)) {
            (void)curl_multi_remove_handle(api->multi, call->exchange.easy);
        }
        call_stopped(call);
        end_call(api, call);
    }
}

static void *run(void *arg)
{
    struct api *api = arg;

    (void)pthread_setname_np(pthread_self(), "api-client");
    while (take_inbox(api)) {
        int running = 0;
        int wait = start_due(api);
        (void)curl_multi_perform(api->multi, &running);
        if (!settle_all(api) && curl_multi_poll(api->multi, NULL, 0, wait, NULL) != CURLM_OK) {
            (void)poll(NULL, 0, BLIND_POLL_MS); /* no memory to look: do not spin */
        }
    }
    stop_all(api);
    return NULL;
}

static void api_free(struct api *api)
{
    (void)curl_multi_cleanup(api->multi);
    (void)pthread_mutex_destroy(&api->mutex);
    free(api);
    curl_global_cleanup();
}
DEFINE_AUTO(half_api, struct api, api_free);

/* Signals are the main thread's. */
static int start_thread(struct api *api)
{
    sigset_t all;
    sigset_t before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int code = pthread_create(&api->thread, NULL, run, api);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code;
}

static struct api *api_new(struct apiserver *server, const struct api_options *options)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return NULL;
    }
    struct api *api = calloc(1, sizeof *api);
    if (api == NULL) {
        curl_global_cleanup();
        return NULL;
    }
    (void)pthread_mutex_init(&api->mutex, NULL);
    api->options = *options;
    api->shared = (struct call_shared){.server = server, .options = &api->options};
    api->inbox_end = &api->inbox;
    api->multi = curl_multi_init();
    return api;
}

int api_start(struct apiserver *server, const struct api_options *options, struct api **out,
              struct error *err)
{
    AUTO(half_api) struct api *api = api_new(server, options);

    if (api == NULL || api->multi == NULL ||
        curl_multi_setopt(api->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)API_MAX_CONNECTIONS) !=
            CURLM_OK ||
        curl_multi_setopt(api->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING) != CURLM_OK) {
        return error_set(err, ERR_NO_MEMORY, "no memory for the API server's client");
    }
    if (curl_multi_wakeup(api->multi) != CURLM_OK) {
        return error_set(err, ERR_SYSTEM, "the API server's client cannot be woken: no descriptor");
    }
    if (start_thread(api) != 0) {
        return error_set(err, ERR_SYSTEM, "cannot start a thread");
    }
    *out = STEAL(api);
    return 0;
}

void api_stop(struct api *api)
{
    if (api == NULL) {
        return;
    }
    struct apiserver *server = api->shared.server;
    (void)pthread_mutex_lock(&api->mutex);
    api->quit = true;
    (void)pthread_mutex_unlock(&api->mutex);
    (void)curl_multi_wakeup(api->multi);
    (void)pthread_join(api->thread, NULL);
    api_free(api);
    apiserver_free(server);
}

const char *api_namespace(const struct api *api)
{
    return api->shared.server->namespace;
}

time_t api_time(const struct api *api)
{
    int64_t ahead_ms = atomic_load(&api->shared.server_ms);

    return ahead_ms == 0 ? time(NULL) : (time_t)((clock_ms() + ahead_ms) / 1000);
}

void api_read_failures(const struct api *api, int64_t out[static API_FAILURES])
{
    for (size_t i = 0; i < API_FAILURES; i++) {
        out[i] = atomic_load(&api->shared.failures[i]);
    }
}

void api_count_failure(struct api *api, enum api_failure failure)
{
    (void)atomic_fetch_add(&api->shared.failures[failure], 1);
}

static int queue_locked(struct api *api, struct call *call, struct error *err)
{
    if (api->quit) {
        return error_set(err, ERR_SYSTEM, "%s: podveil stops", call->what);
    }
    if (api->count >= API_MAX_CALLS && !call->hooks.vital) {
        return error_set(err, ERR_TOO_LARGE, "%s: %d requests are under way already", call->what,
                         API_MAX_CALLS);
    }
    api->count++;
    *api->inbox_end = call;
    api->inbox_end = &call->next;
    return 0;
}

int api_submit(struct api *api, const struct api_request *request, const struct api_hooks *hooks,
               struct error *err)
{
    AUTO(call) struct call *call = call_new(&api->shared, request, hooks, err);

    if (call == NULL) {
        return -1;
    }
    (void)pthread_mutex_lock(&api->mutex);
    int got = queue_locked(api, call, err);
    (void)pthread_mutex_unlock(&api->mutex);
    if (got != 0) {
        return -1;
    }
    (void)STEAL(call);
    (void)curl_multi_wakeup(api->multi);
    return 0;
}

/* A thread that waits for its answer. */
struct asking {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool done;
    struct api_answer *answer;
};

static void answered(void *arg, struct api_answer *answer)
{
    struct asking *asking = arg;

    (void)pthread_mutex_lock(&asking->mutex);
    *asking->answer = *answer;
    *answer = (struct api_answer){0};
    asking->done = true;
    (void)pthread_cond_signal(&asking->changed);
    (void)pthread_mutex_unlock(&asking->mutex);
}

int api_ask(struct api *api, const struct api_request *request, struct api_answer *answer)
{
    struct asking asking = {.answer = answer};
    const struct api_hooks hooks = {.done = answered, .arg = &asking};

    assert(!pthread_equal(pthread_self(), api->thread));
    *answer = (struct api_answer){0};
    (void)pthread_mutex_init(&asking.mutex, NULL);
    (void)pthread_cond_init(&asking.changed, NULL);
    if (api_submit(api, request, &hooks, &answer->err) == 0) {
        (void)pthread_mutex_lock(&asking.mutex);
        while (!asking.done) {
            (void)pthread_cond_wait(&asking.changed, &asking.mutex);
        }
        (void)pthread_mutex_unlock(&asking.mutex);
    }
    (void)pthread_cond_destroy(&asking.changed);
    (void)pthread_mutex_destroy(&asking.mutex);
    return answer->ok ? 0 : -1;
}
