/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/reviews.h"

#include "lib/base/base64.h"
#include "lib/pod/template.h"

#include <stdio.h>

/* The gateway of the namespace, where its labels are known and name one. */
static struct slice path_gateway(const struct job *job, const struct object *object)
{
    struct value labels =
        namespaces_labels(&job->namespaces, namespaces_of(&job->namespaces, object));
    struct slice gateway = value_string(value_member(labels, job->config->label));

    if (slice_is(gateway, GATEWAY_NONE)) {
        return (struct slice){0};
    }
    return gateway;
}

void reviews_ask(const struct job *job, const struct object *object, enum phase phase,
                 struct admission *answer)
{
    const struct admission_request request = {
        .ruleset = job->ruleset,
        .phase = phase,
        .path_gateway = path_gateway(job, object),
        .body = object->review_bytes,
        .policies_kept = true,
    };
    admission_review(&request, answer);
}

int reviews_exit(const struct admission *answer)
{
    if (answer->http_status != 200) {
        return answer->http_status < 500 ? EXIT_INPUT : EXIT_MACHINE;
    }
    return answer->allowed ? EXIT_ALLOWED : EXIT_DENIED;
}

bool reviews_only(const struct objects *objects)
{
    for (size_t i = 0; i < objects->count; i++) {
        if (!object_is_review(&objects->items[i])) {
            return false;
        }
    }
    return true;
}

/* The worst of both: EXIT_MACHINE, EXIT_INPUT, EXIT_DENIED, EXIT_ALLOWED. */
static int worse(int a, int b)
{
    return a > b ? a : b;
}

int reviews_answer(const struct job *job, enum phase phase)
{
    const struct objects *objects = &job->input.objects;
    struct error err = {0};
    int code = EXIT_ALLOWED;

    for (size_t i = 0; i < objects->count; i++) {
        AUTO(admission) struct admission answer = {0};
        reviews_ask(job, &objects->items[i], phase, &answer);
        code = worse(code, reviews_exit(&answer));
        if (!answer.allowed && job_report(job, &objects->items[i], answer.message, &err) != 0) {
            return console_fail(job->console, &err);
        }
        if (answer.http_status != 200) {
            continue;
        }
        console_put(job->console, buf_view(&answer.body));
        console_put(job->console, objects->count > 1 ? SLICE("\n") : SLICE(""));
    }
    return code;
}

static void take_findings(const struct admission *answer, struct value response,
                          struct outcome *outcome)
{
    struct value_iter iter = value_iter(value_member(response, "warnings"));
    struct value causes = value_get(response, "status", "details", "causes", NULL);
    struct slice field = value_string(value_member(value_item(causes, 0), "field"));
    struct slice key;
    struct value warning;

    while (value_next(&iter, &key, &warning)) {
        findings_warn(&outcome->findings, "%.*s", SLICE_ARGS(value_string(warning)));
    }
    outcome->findings.denied = answer->reason;
    (void)snprintf(outcome->findings.field, sizeof outcome->findings.field, "%.*s",
                   SLICE_ARGS(field));
    (void)snprintf(outcome->findings.message, sizeof outcome->findings.message, "%s",
                   answer->message);
}

static int take_patch(struct value response, const struct object *object, struct outcome *outcome,
                      struct error *err)
{
    struct slice patch = value_string(value_member(response, "patch"));

    if (patch.len == 0) {
        buf_text(&outcome->patch, "[]");
        return buf_check(&outcome->patch, err);
    }
    if (base64_decode(&outcome->patch, patch, err) != 0) {
        return -1;
    }
    return outcome_apply(outcome, object->value, err);
}

int reviews_outcome(const struct job *job, const struct object *object, enum phase phase,
                    struct outcome *outcome, struct error *err)
{
    AUTO(admission) struct admission answer = {0};
    AUTO(json) struct json doc = {0};

    *outcome = (struct outcome){
        .prefix = template_prefix_of(object->value),
        .after = object->value,
    };
    findings_init(&outcome->findings, job->config);
    buf_init(&outcome->patch, JSON_MAX_TEXT);
    buf_init(&outcome->after_text, JSON_MAX_TEXT);
    reviews_ask(job, object, phase, &answer);
    if (answer.http_status != 200) {
        enum error_code code = answer.http_status < 500 ? ERR_MALFORMED : ERR_NO_MEMORY;
        return error_set(err, code, "%s: %s", object->source.file, answer.message);
    }
    if (json_parse(&doc, buf_view(&answer.body), err) != 0) {
        return -1;
    }
    struct value response = value_member(value_root(&doc), "response");
    take_findings(&answer, response, outcome);
    return take_patch(response, object, outcome, err);
}
