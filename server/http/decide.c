/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/decide.h"

#include "server/http/clock.h"
#include "server/http/reply.h"

#include <stdio.h>

static const struct refusal no_memory = {
    .status = MHD_HTTP_SERVICE_UNAVAILABLE,
    .metric = METRIC_REFUSED_MEMORY,
    .retry = true,
    .text = "too much is being read at once; try again",
};

static const struct refusal too_many_waiting = {
    .status = MHD_HTTP_SERVICE_UNAVAILABLE,
    .metric = METRIC_REFUSED_WAITING,
    .retry = true,
    .text = "too many reviews wait for their policies; try again",
};

static bool is_mutate(const struct request *request)
{
    return request->route->phase == PHASE_MUTATE;
}

static void count(struct service *service, const struct request *request, int64_t us)
{
    const struct admission *admission = &request->admission;
    size_t first = is_mutate(request) ? METRIC_MUTATE_ALLOWED : METRIC_VALIDATE_ALLOWED;
    size_t outcome = admission->http_status != MHD_HTTP_OK ? 2 : admission->allowed ? 0 : 1;

    metrics_add(&service->metrics, (enum metric)(first + outcome), 1);
    metrics_time(&service->metrics, us);
    if (outcome == 1) {
        metrics_denied(&service->metrics, admission->reason);
    }
}

static void log_decision(struct service *service, const struct request *request, int64_t us)
{
    const struct admission *admission = &request->admission;
    bool answered = admission->http_status == MHD_HTTP_OK;
    bool denied = answered && !admission->allowed;
    char ms[32];

    (void)snprintf(ms, sizeof ms, "%lld.%03d", (long long)(us / 1000), (int)(us % 1000));
    const struct log_field fields[] = {
        LOG_JSON("uid", admission->uid),
        LOG_TEXT("path", is_mutate(request) ? "mutate" : "validate"),
        LOG_TEXT("namespace", admission->namespace),
        LOG_TEXT("name", admission->name),
        LOG_TEXT("decision", !answered            ? "error"
                             : admission->allowed ? "allowed"
                                                  : "denied"),
        LOG_TEXT("reason", denied ? reason_name(admission->reason) : ""),
        LOG_TEXT("message", answered && !denied ? "" : admission->message),
        LOG_TEXT("dryRun", admission->dry_run ? "true" : ""),
        LOG_TEXT("config", admission->config_id),
        LOG_JSON("ms", ms),
    };
    enum log_level level = admission->http_status >= 500 ? LOG_LEVEL_ERROR
                           : answered                    ? LOG_LEVEL_INFO
                                                         : LOG_LEVEL_WARN;

    log_event(&service->log, level, "decision", fields, COUNT_OF(fields));
}

static enum MHD_Result finish(struct request *request, struct MHD_Connection *connection)
{
    struct service *service = request->service;
    struct admission *admission = &request->admission;
    int64_t us = clock_us() - request->complete_us;

    count(service, request, us);
    log_decision(service, request, us);
    return reply_send(request, connection, (unsigned)admission->http_status,
                      admission->http_status == MHD_HTTP_OK ? REPLY_JSON : REPLY_TEXT,
                      &admission->body);
}

/* The wait is over: what it came to is the answer. */
static enum MHD_Result conclude(struct request *request, struct MHD_Connection *connection)
{
    char text[sizeof request->waiter->text + 128];
    const char *why = "";

    switch (waiter_state(request->waiter, &why)) {
    case WAITER_WAIT: /* the library called for a reason of its own */
        MHD_suspend_connection(connection);
        return MHD_YES;
    case WAITER_READY:
        break;
    case WAITER_FAILED:
        (void)snprintf(text, sizeof text,
                       "a policy of this pod could not be written: %s. Make room for it, then "
                       "create the pod again.",
                       why);
        admission_refuse(&request->admission, REASON_POLICY_NOT_WRITTEN, text);
        break;
    case WAITER_LATE:
        admission_refuse(&request->admission, REASON_TIMEOUT,
                         "the policies of this pod could not be written in time. Try again: the "
                         "writing goes on. If it stays so, look at podveil's log and at what it "
                         "writes to.");
        break;
    case WAITER_STOPPED:
        admission_refuse(&request->admission, REASON_TIMEOUT,
                         "this podveil stops and its policies were not written yet. Try again: "
                         "another one answers.");
        break;
    }
    return finish(request, connection);
}

/* The policies that are not known to stand; returns how many. */
static size_t find_missing(struct request *request, struct policy_text *missing[])
{
    struct admission *admission = &request->admission;
    size_t count_missing = 0;

    for (size_t i = 0; i < admission->policy_count; i++) {
        if (!writer_knows(&request->service->writer, &admission->policies[i])) {
            missing[count_missing] = &admission->policies[i];
            count_missing++;
        }
    }
    return count_missing;
}

/*
 * First suspend, then publish, then ask for the writes: from the publishing on the review may be
 * settled at any moment, but this thread alone goes on with it, after this function.
 */
static enum MHD_Result wait_for(struct request *request, struct MHD_Connection *connection,
                                struct policy_text *missing[], size_t count_missing)
{
    struct service *service = request->service;

    request->waiter =
        waiters_begin(&service->waiters, connection, request->deadline_ms, count_missing);
    if (request->waiter == NULL) {
        return reply_refuse(request, connection, &too_many_waiting);
    }
    MHD_suspend_connection(connection);
    waiters_publish(request->waiter);
    for (size_t i = 0; i < count_missing; i++) {
        writer_join(&service->writer, missing[i], waiter_part(request->waiter, i));
    }
    return MHD_YES;
}

static void judge(struct request *request)
{
    struct ruleset_view view;

    rulesets_take(&request->service->rulesets, clock_ms(), &view);
    const struct admission_request question = {
        .ruleset = view.current,
        .older = view.older,
        .older_count = view.older_count,
        .phase = request->route->phase,
        .path_gateway =
            request->route->with_gateway ? slice_of(request->gateway) : (struct slice){0},
        .body = buf_view(&request->body.text),
        .policies_kept = request->service->keeps_policies,
    };
    admission_review(&question, &request->admission);
    request->decided = true;
    rulesets_give(&view);
}

enum MHD_Result decide_review(struct request *request, struct MHD_Connection *connection)
{
    struct policy_text *missing[ADMISSION_MAX_POLICIES];

    if (request->waiter != NULL) {
        return conclude(request, connection);
    }
    request->complete_us = clock_us();
    if (!body_take_parse_room(&request->body)) {
        return reply_refuse(request, connection, &no_memory);
    }
    judge(request);
    body_done(&request->body);
    size_t count_missing = find_missing(request, missing);
    bool late = clock_ms() >= request->deadline_ms;
    if (count_missing > 0 && !late) {
        return wait_for(request, connection, missing, count_missing);
    }
    if (late && request->admission.allowed) {
        admission_refuse(&request->admission, REASON_TIMEOUT,
                         "the review came too late, or its time was too short to write the "
                         "policies of this pod. Try again, with a timeoutSeconds of 5 or more.");
    }
    return finish(request, connection);
}
