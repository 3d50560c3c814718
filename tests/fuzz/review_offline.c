/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/judge.h"
#include "server/cli/reviews.h"
#include "tests/fuzz/naive.h"
#include "tests/fuzz/review_checks.h"
#include "tests/fuzz/target.h"

/* The object of the review as a manifest: what is allowed here gets the server's patch, what a rule
 * refuses there it refuses here, at /mutate or at /validate after it. */
static void claim_same_outcome(const struct job *job, const struct object *object,
                               const struct question *question, const struct asked *asked)
{
    const struct admission *answer = &asked->answer;
    AUTO(outcome) struct outcome outcome = {0};
    AUTO(around) struct around alone = {0};
    AUTO(buf) struct buf sent = {0};
    struct error err = {0};

    claim(outcome_of(job, object, &outcome, &err) == 0, "offline: %s", err.text);
    if (answer->reason == REASON_MALFORMED) {
        return; /* the envelope's own mistakes are not the object's */
    }
    claim(outcome.findings.denied == answer->reason, "offline %s, the server %s: %s",
          reason_name(outcome.findings.denied), reason_name(answer->reason), answer->message);
    asked_patch(asked, &sent);
    claim(!answer->allowed ||
              slice_equal(buf_view(&outcome.patch), sent.len > 0 ? buf_view(&sent) : SLICE("[]")),
          "offline:\n%s\nthe server:\n%s", buf_cstr(&outcome.patch), buf_cstr(&sent));
    if (!answer->allowed) {
        return;
    }
    AUTO(asked) struct asked judged = {0};
    ask_validate(question, asked, &judged);
    claim(around_find(&alone, job, &err) == 0 &&
              judge_object(job, &alone, object, &outcome, &err) == 0,
          "offline: %s", err.text);
    claim(outcome.findings.denied == judged.answer.reason, "offline %s, /validate %s: %s",
          outcome.findings.message, reason_name(judged.answer.reason), judged.answer.message);
}

/* Only a pod's creation in a namespace looks the same from both sides. */
static bool is_comparable(const struct object *object, const struct question *question)
{
    struct value request = value_member(object->review, "request");

    return question->phase == PHASE_MUTATE && question->path_gateway.len == 0 &&
           value_is(value_member(request, "operation"), "CREATE") &&
           value_is(value_get(request, "kind", "kind", NULL), "Pod") &&
           value_string(value_member(request, "namespace")).len > 0 &&
           value_is(value_member(object->value, "kind"), "Pod") &&
           value_is(value_member(object->value, "apiVersion"), "v1");
}

void claim_offline(const struct question *question, const struct asked *asked)
{
    AUTO(documents) struct documents documents = {0};
    AUTO(objects) struct objects objects = {0};
    AUTO(admission) struct admission answer = {0};
    struct error err = {0};
    const struct job job = {
        .config = question->ruleset->config,
        .ruleset = question->ruleset,
        .namespaces = {.fallback = SLICE("default")},
    };

    if (asked->answer.http_status != 200 ||
        documents_read(&documents, "input", question->body, &err) != 0 ||
        objects_find(&objects, &documents, &err) != 0) {
        return;
    }
    if (objects.count != 1 || !object_is_review(&objects.items[0])) {
        return;
    }
    const struct object *object = &objects.items[0];
    if (question->path_gateway.len == 0) {
        reviews_ask(&job, object, question->phase, &answer);
        claim(slice_equal(buf_view(&answer.body), buf_view(&asked->answer.body)),
              "offline:\n%s\nthe server:\n%s", buf_cstr(&answer.body),
              buf_cstr(&asked->answer.body));
    }
    if (is_comparable(object, question)) {
        claim_same_outcome(&job, object, question, asked);
    }
}
