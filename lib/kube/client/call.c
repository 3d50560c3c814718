/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/client/call.h"

#include "lib/base/clock.h"

enum { MAX_TARGET = 16384, MAX_WHAT = 1024, MAX_SENT = 8454144, WATCH_GRACE_MS = 30000 };

void call_free(struct call *call)
{
    if (call == NULL) {
        return;
    }
    exchange_done(&call->exchange);
    api_answer_done(&call->answer);
    buf_done(&call->sent);
    free(call->what);
    free(call->url);
    free(call);
}

static int copy_request(struct call *call, const struct call_shared *shared,
                        const struct api_request *request, struct error *err)
{
    AUTO(buf) struct buf url = {0};
    AUTO(buf) struct buf what = {0};

    buf_init(&url, MAX_TARGET);
    buf_init(&what, MAX_WHAT);
    buf_init(&call->sent, MAX_SENT);
    buf_text(&url, shared->server->url);
    api_request_target(request, shared->options->field_manager, &url);
    api_request_show(request, &what);
    if (buf_check(&url, err) != 0 || buf_check(&what, err) != 0 ||
        (api_verb_media(request->verb) != NULL &&
         api_request_body(request, &call->sent, err) != 0)) {
        return -1;
    }
    call->url = buf_take(&url);
    call->what = buf_take(&what);
    return 0;
}

struct call *call_new(const struct call_shared *shared, const struct api_request *request,
                      const struct api_hooks *hooks, struct error *err)
{
    if (api_request_check(request, err) != 0) {
        return NULL;
    }
    AUTO(call) struct call *call = calloc(1, sizeof *call);
    if (call == NULL) {
        (void)error_set(err, ERR_NO_MEMORY, "no memory for a request");
        return NULL;
    }
    call->hooks = *hooks;
    call->verb = request->verb;
    call->dry_run = request->dry_run;
    call->watch_seconds = request->watch_seconds;
    call->due_ms = clock_ms() + request->delay_ms;
    call->deadline_ms = call->due_ms + request->deadline_ms;
    if (copy_request(call, shared, request, err) != 0) {
        return NULL;
    }
    return STEAL(call);
}

bool call_is_running(const struct call *call)
{
    return call->exchange.easy != NULL;
}

/* A watch is bounded by what it asks the API server for, another try by what is left. */
static int64_t time_for(const struct call *call, int64_t now_ms)
{
    int64_t left = call->deadline_ms - now_ms;

    if (call->verb == API_WATCH) {
        return (int64_t)call->watch_seconds * 1000 + WATCH_GRACE_MS;
    }
    return left < API_TRY_MS ? left : API_TRY_MS;
}

int call_start(struct call *call, struct call_shared *shared, int64_t now_ms)
{
    const char *token = NULL;
    struct error *err = &call->answer.err;

    if (call->verb != API_WATCH && now_ms >= call->deadline_ms) {
        return error_set(err, ERR_SYSTEM, "%s: its time ran out before it was sent", call->what);
    }
    call->answer.tries++;
    if (token_show(&shared->server->token, now_ms, call->show_new_token, &token, err) != 0) {
        return error_prefix(err, "%s", call->what);
    }
    const struct exchange_setup setup = {
        .server = shared->server,
        .options = shared->options,
        .verb = call->verb,
        .url = call->url,
        .body = buf_view(&call->sent),
        .token = token,
        .timeout_ms = time_for(call, now_ms),
        /* libcurl repeats by itself what it lost on a connection that was used before. */
        .fresh = call->was_lost || now_ms < shared->doubt_until_ms || !api_verb_repeats(call->verb),
        .stream = call->hooks.data,
        .stream_arg = call->hooks.arg,
    };
    return exchange_init(&call->exchange, &setup, err) == 0 ? 0
                                                            : error_prefix(err, "%s", call->what);
}

/* May the API server have stored something in this try, whatever it answered? */
static bool is_unsure(const struct call *call, enum attempt_end end, long code)
{
    if (!api_verb_writes(call->verb) || call->dry_run || end == ATTEMPT_NOT_SENT) {
        return false;
    }
    return end == ATTEMPT_LOST || call->exchange.too_large || code == 500 || code == 502 ||
           code == 504 || (code >= 200 && code <= 299);
}

static void read_answer(struct call *call)
{
    struct api_answer *answer = &call->answer;

    answer->err = (struct error){0};
    answer->body = call->exchange.body;
    call->exchange.body = (struct buf){0};
    if (call->verb == API_WATCH && answer->code == 200) {
        answer->ok = true;
        return;
    }
    api_answer_read(answer, call->what, exchange_content_type(&call->exchange));
}

/* What the try brought goes into the answer. */
static void take_result(struct call *call, enum attempt_end end, CURLcode result, long code)
{
    struct api_answer *answer = &call->answer;

    answer->code = code;
    answer->status = (struct api_status){.retry_after_s = -1};
    answer->unsure = answer->unsure || is_unsure(call, end, code);
    if (end == ATTEMPT_ANSWERED || call->exchange.ended_by_us) {
        answer->code = code != 0 ? code : 200;
        read_answer(call);
        answer->unsure = answer->unsure && !answer->ok;
        return;
    }
    exchange_explain(&call->exchange, result, &answer->err);
    (void)error_prefix(&answer->err, "%s", call->what);
}

/*
 * Who was not answered in time may have spoken to nobody: a path that is dead, but not to TCP. The
 * connections that were opened along it have lost nothing yet, so all keep off them until they were
 * idle for so long that libcurl takes them no more.
 */
static void note_loss(struct call *call, struct call_shared *shared, enum attempt_end end,
                      CURLcode result, int64_t now_ms)
{
    call->was_lost = end == ATTEMPT_LOST || end == ATTEMPT_NOT_SENT;
    if (end == ATTEMPT_LOST && result == CURLE_OPERATION_TIMEDOUT && call->verb != API_WATCH) {
        shared->doubt_until_ms = now_ms + EXCHANGE_DOUBT_MS;
    }
}

/* Which failure the try was; API_FAILURES: none. */
static enum api_failure failure_of(const struct call *call, enum attempt_end end, CURLcode result)
{
    const struct api_answer *answer = &call->answer;
    bool may_be_absent = call->verb == API_GET || call->verb == API_LIST; /* a kind too */
    bool is_absent = may_be_absent && answer->code == 404;

    if (answer->ok || (end == ATTEMPT_ANSWERED && is_absent) || call->exchange.ended_by_us) {
        return API_FAILURES;
    }
    switch (end) {
    case ATTEMPT_NOT_SENT:
        return API_FAILURE_UNREACHABLE;
    case ATTEMPT_LOST:
        return result == CURLE_OPERATION_TIMEDOUT ? API_FAILURE_TIMEOUT : API_FAILURE_LOST;
    case ATTEMPT_REFUSED:
        return call->exchange.too_large ? API_FAILURE_TOO_LARGE : API_FAILURE_UNTRUSTED;
    case ATTEMPT_ANSWERED:
        break;
    }
    return api_failure_of(answer->code);
}

/* A watch's answer is as old as the watch. */
static void note_date(const struct call *call, struct call_shared *shared, enum attempt_end end,
                      int64_t now_ms)
{
    int64_t date =
        end == ATTEMPT_ANSWERED && call->verb != API_WATCH ? exchange_date(&call->exchange) : -1;

    if (date > 0) {
        atomic_store(&shared->server_ms, date * 1000 - now_ms);
    }
}

bool call_settle(struct call *call, struct call_shared *shared, CURLcode result, int64_t now_ms)
{
    long code = 0;
    enum attempt_end end = exchange_end(&call->exchange, result, &code);
    bool may_renew = shared->server->token.path != NULL && !call->show_new_token;
    struct attempt attempt = {
        .verb = call->verb,
        .end = end,
        .code = code,
        .retry_after_ms = exchange_retry_after_ms(&call->exchange),
        .fresh_token = may_renew,
        .count = call->answer.tries,
        .left_ms = call->deadline_ms - now_ms,
        .chance = retry_chance(),
    };

    note_loss(call, shared, end, result, now_ms);
    note_date(call, shared, end, now_ms);
    api_answer_done(&call->answer);
    take_result(call, end, result, code);
    enum api_failure failure = failure_of(call, end, result);
    if (failure != API_FAILURES) {
        (void)atomic_fetch_add(&shared->failures[failure], 1);
    }
    call->show_new_token = code == 401;
    exchange_done(&call->exchange);
    int64_t wait = retry_wait(&attempt);
    if (wait == RETRY_NEVER) {
        return false;
    }
    call->due_ms = now_ms + wait;
    return true;
}

void call_stopped(struct call *call)
{
    bool was_sent = call_is_running(call) || call->answer.unsure;

    exchange_done(&call->exchange);
    api_answer_done(&call->answer);
    call->answer.stopped = true;
    call->answer.unsure = was_sent && api_verb_writes(call->verb) && !call->dry_run;
    (void)error_set(&call->answer.err, ERR_SYSTEM, "%s: podveil stops", call->what);
}

void call_finish(struct call *call)
{
    call->hooks.done(call->hooks.arg, &call->answer);
    call_free(call);
}
