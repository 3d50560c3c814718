/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/decide.h"

#include "lib/base/clock.h"
#include "lib/kube/review.h"
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
    .text = "too many reviews wait; try again",
};

/* A denial would need the uid. */
static const struct refusal no_time = {
    .status = MHD_HTTP_SERVICE_UNAVAILABLE,
    .metric = METRIC_REFUSED_TIME,
    .retry = true,
    .text = "the review was not read in time, nor does its uid stand at its beginning; try again",
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
        LOG_THOUSANDTHS("ms", us),
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

    admission_attest(admission);
    int64_t us = clock_us() - request->complete_us;
    count(service, request, us);
    log_decision(service, request, us);
    return reply_send(request, connection, (unsigned)admission->http_status,
                      admission->http_status == MHD_HTTP_OK ? REPLY_JSON : REPLY_TEXT,
                      &admission->body);
}

/* The policies that are not known to stand; returns how many. */
static size_t find_missing(struct request *request, size_t missing[])
{
    struct admission *admission = &request->admission;
    size_t count_missing = 0;

    for (size_t i = 0; i < admission->policy_count; i++) {
        if (!writer_knows(&request->service->writer, &admission->policies[i],
                          &admission->marks[i])) {
            missing[count_missing] = i;
            count_missing++;
        }
    }
    return count_missing;
}

/* First suspend, then publish: from then on the review may be settled at any moment. */
static bool begin_wait(struct request *request, struct MHD_Connection *connection, size_t parts)
{
    struct service *service = request->service;

    request->waiter = waiters_begin(&service->waiters, connection, request->deadline_ms, parts);
    if (request->waiter == NULL) {
        return false;
    }
    MHD_suspend_connection(connection);
    waiters_publish(request->waiter);
    return true;
}

static struct writer_wish wish_of(struct admission *admission, size_t index)
{
    return (struct writer_wish){.policy = &admission->policies[index],
                                .ruleset = admission->ruleset,
                                .dry_run = admission->dry_run};
}

static enum MHD_Result wait_for_policies(struct request *request, struct MHD_Connection *connection,
                                         const size_t missing[], size_t count_missing)
{
    if (!begin_wait(request, connection, count_missing)) {
        return reply_refuse(request, connection, &too_many_waiting);
    }
    request->waits_count = count_missing;
    for (size_t i = 0; i < count_missing; i++) {
        const struct writer_wish wish = wish_of(&request->admission, missing[i]);
        request->waits_for[i] = missing[i];
        writer_join(&request->service->writer, &wish, waiter_part(request->waiter, i));
    }
    return MHD_YES;
}

static void ask_early(struct request *request, const size_t missing[], size_t count_missing)
{
    for (size_t i = 0; i < count_missing; i++) {
        const struct writer_wish wish = wish_of(&request->admission, missing[i]);
        writer_ask(&request->service->writer, &wish);
    }
}

/* It is decided; now its policies. */
static enum MHD_Result go_on(struct request *request, struct MHD_Connection *connection)
{
    size_t missing[ADMISSION_MAX_POLICIES];
    size_t count_missing = find_missing(request, missing);
    bool late = clock_ms() >= request->deadline_ms;

    if (request->admission.early) {
        ask_early(request, missing, count_missing);
        count_missing = 0;
    }
    if (count_missing > 0 && !late) {
        return wait_for_policies(request, connection, missing, count_missing);
    }
    if (late && request->admission.allowed) {
        admission_refuse(&request->admission, REASON_TIMEOUT,
                         "the review came too late, or its time was too short to write the "
                         "policies of this pod. Try again, with a timeoutSeconds of 5 or more.");
    }
    return finish(request, connection);
}

/* Denied without having been read: the uid is all that is known of it. */
static enum MHD_Result deny_unread(struct request *request, struct MHD_Connection *connection,
                                   const char *text)
{
    struct ruleset_view view;

    if (request->uid[0] == '\0') {
        return reply_refuse(request, connection, &no_time);
    }
    rulesets_take(&request->service->rulesets, clock_ms(), &view);
    admission_unread(view.current->config, slice_of(request->uid), &request->admission);
    rulesets_give(&view);
    request->decided = true;
    admission_refuse(&request->admission, REASON_TIMEOUT, text);
    return finish(request, connection);
}

static void leave_turn(struct request *request)
{
    turns_leave(&request->service->turns, STEAL(request->turn));
}

/* The turn is over: the admission that it came to, or a denial in its place. */
static enum MHD_Result conclude_turn(struct request *request, struct MHD_Connection *connection,
                                     enum waiter_state state)
{
    waiter_unref(STEAL(request->waiter));
    if (state == WAITER_READY) {
        request->admission = turn_take(request->turn);
        request->decided = true;
        leave_turn(request);
        return go_on(request, connection);
    }
    leave_turn(request);
    return deny_unread(request, connection,
                       state == WAITER_STOPPED
                           ? "this podveil stops and had not read the review yet. Try again: "
                             "another one answers."
                           : "the review is long and was not read in time. Try again; if it stays "
                             "so, make the object smaller or timeoutSeconds larger.");
}

static void take_marks(struct request *request)
{
    for (size_t i = 0; i < request->waits_count; i++) {
        request->admission.marks[request->waits_for[i]] = request->waiter->parts[i].mark;
    }
}

/* Why a policy does not stand. What else is in the way of the pod has said so itself. */
static void deny_unwritten(struct request *request, const char *why)
{
    char text[sizeof request->waiter->text + 128];
    enum reason reason = request->waiter->reason;

    (void)snprintf(text, sizeof text,
                   reason == REASON_POLICY_NOT_WRITTEN
                       ? "a policy of this pod could not be written: %s. Mend that, then create "
                         "the pod again."
                       : "%s",
                   why);
    admission_refuse(&request->admission, reason, text);
}

/* The writer is through with its policies, or is not. */
static enum MHD_Result conclude_policies(struct request *request, struct MHD_Connection *connection,
                                         enum waiter_state state, const char *why)
{
    switch (state) {
    case WAITER_WAIT:
        break;
    case WAITER_READY:
        take_marks(request);
        break;
    case WAITER_FAILED:
        deny_unwritten(request, why);
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

static enum MHD_Result conclude(struct request *request, struct MHD_Connection *connection)
{
    const char *why = "";
    enum waiter_state state = waiter_state(request->waiter, &why);

    if (state == WAITER_WAIT) { /* the library called for a reason of its own */
        MHD_suspend_connection(connection);
        return MHD_YES;
    }
    return request->turn != NULL ? conclude_turn(request, connection, state)
                                 : conclude_policies(request, connection, state, why);
}

static void judge(struct service *service, const struct route *route, const char *gateway,
                  struct slice body, struct admission *out)
{
    struct ruleset_view view;

    rulesets_take(&service->rulesets, clock_ms(), &view);
    const struct admission_request question = {
        .ruleset = view.current,
        .believed = view.believed,
        .believed_count = view.believed_count,
        .again_count = view.again_count,
        .phase = route->phase,
        .path_gateway = route->with_gateway ? slice_of(gateway) : (struct slice){0},
        .at_waypoint = route->at_waypoint,
        .body = body,
        .missing = view.missing[0] != '\0' ? view.missing : NULL,
        .policies_kept = service->keeps_policies,
        .store = &service->writer.store,
    };
    admission_review(&question, out);
    rulesets_give(&view);
}

void decide_turn(void *place, struct turn *turn)
{
    judge(place, turn->route, turn->gateway, buf_view(&turn->body.text), &turn->admission);
}

/* What a denial needs is kept, for the body goes with the turn. */
static enum MHD_Result wait_for_turn(struct request *request, struct MHD_Connection *connection)
{
    struct service *service = request->service;
    struct slice uid = {0};

    if (review_uid_ahead(buf_view(&request->body.text), &uid)) {
        (void)snprintf(request->uid, sizeof request->uid, "%.*s", SLICE_ARGS(uid));
    }
    request->turn = turn_new(request->route, request->gateway, &request->body);
    if (request->turn == NULL) {
        return reply_refuse(request, connection, &no_memory);
    }
    if (!begin_wait(request, connection, 1)) {
        leave_turn(request);
        return reply_refuse(request, connection, &too_many_waiting);
    }
    turns_join(&service->turns, request->turn, waiter_part(request->waiter, 0));
    return MHD_YES;
}

enum MHD_Result decide_review(struct request *request, struct MHD_Connection *connection)
{
    if (request->waiter != NULL) {
        return conclude(request, connection);
    }
    request->complete_us = clock_us();
    if (!body_take_parse_room(&request->body)) {
        return reply_refuse(request, connection, &no_memory);
    }
    if (request->body.text.len > TURNS_FROM) {
        return wait_for_turn(request, connection);
    }
    judge(request->service, request->route, request->gateway, buf_view(&request->body.text),
          &request->admission);
    request->decided = true;
    body_done(&request->body);
    return go_on(request, connection);
}
