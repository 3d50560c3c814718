/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/review_checks.h"

#include "lib/kube/review.h"
#include "server/admission/pod.h"
#include "tests/fuzz/target.h"

/* Apply the operations to the object of the review. */
static void apply(struct value object, struct slice operations, struct buf *out)
{
    AUTO(json) struct json doc = {0};
    struct error err = {0};

    buf_init(out, JSON_MAX_TEXT);
    claim(json_parse(&doc, operations, &err) == 0 &&
              patch_apply(object, value_root(&doc), out, &err) == 0 && buf_check(out, &err) == 0,
          "our patch does not apply: %s", err.text);
}

void claim_replayed(const struct question *question, const struct asked *asked)
{
    AUTO(json) struct json doc = {0};
    AUTO(buf) struct buf sent = {0};
    AUTO(buf) struct buf made = {0};
    AUTO(buf) struct buf copy = {0};
    AUTO(buf) struct buf replayed = {0};
    struct error err = {0};
    struct review review = {0};
    struct subject subject;
    struct findings findings;

    claim(json_parse(&doc, question->body, &err) == 0 &&
              review_parse(&review, value_root(&doc), &err) == 0,
          "a body that was allowed cannot be read: %s", err.text);
    AUTO(patch) struct patch *patch = patch_new(review.object, "");
    claim(patch != NULL, "no memory");
    const struct pod_case pod = {
        .ruleset = question->ruleset,
        .object = review.object,
        .prefix = "",
        .around = {.namespace = review.namespace, .path_gateway = question->path_gateway},
    };
    findings_init(&findings, question->ruleset->config);
    buf_init(&made, JSON_MAX_TEXT);
    buf_init(&copy, JSON_MAX_TEXT);
    claim(pod_mutate(&pod, patch, &subject, &findings, &err) == 0 &&
              findings.denied == REASON_NONE && patch_encode(patch, &made, &err) == 0,
          "the rules alone say otherwise: %s %s", err.text, findings.message);
    value_encode(patch_object(patch), &copy);
    apply(review.object, buf_view(&made), &replayed);
    claim(slice_equal(buf_view(&copy), buf_view(&replayed)), "replayed:\n%s\ncopy:\n%s",
          buf_cstr(&replayed), buf_cstr(&copy));
    asked_patch(asked, &sent);
    claim(sent.len == 0 ? patch_count(patch) == 0 : slice_equal(buf_view(&sent), buf_view(&made)),
          "sent:\n%s\nmade:\n%s", buf_cstr(&sent), buf_cstr(&made));
}

/* The body with another object in the place of its own. */
static void replace_object(struct slice body, struct value old, struct slice object,
                           struct buf *out)
{
    struct slice raw = value_raw(old);
    size_t start = (size_t)(raw.data - body.data);

    buf_init(out, JSON_MAX_TEXT);
    buf_append(out, body.data, start);
    buf_slice(out, object);
    buf_slice(out, slice_after(body, start + raw.len));
}

/* The body with what /mutate made of the object; `object` gets that, "" where it is as it was. */
static void print_next(const struct question *question, const struct asked *asked,
                       struct buf *object, struct buf *out)
{
    AUTO(json) struct json doc = {0};
    AUTO(buf) struct buf patch = {0};
    struct error err = {0};

    claim(json_parse(&doc, question->body, &err) == 0, "%s", err.text);
    struct value old = value_get(value_root(&doc), "request", "object", NULL);
    asked_patch(asked, &patch);
    buf_init(object, JSON_MAX_TEXT);
    if (patch.len > 0) {
        apply(old, buf_view(&patch), object);
    }
    replace_object(question->body, old, patch.len > 0 ? buf_view(object) : value_raw(old), out);
}

void ask_validate(const struct question *question, const struct asked *asked, struct asked *judged)
{
    AUTO(buf) struct buf object = {0};
    AUTO(buf) struct buf next = {0};
    struct question follow = *question;

    print_next(question, asked, &object, &next);
    follow.body = buf_view(&next);
    follow.phase = PHASE_VALIDATE;
    asked_init(judged, &follow);
}

/* What /mutate leaves to /validate: who the pod is to others, not what it is. */
static bool is_of_validate(enum reason reason)
{
    return reason == REASON_ROGUE_GATEWAY || reason == REASON_MESH_OPT_OUT;
}

void claim_followed(const struct question *question, const struct asked *asked, struct buf *object)
{
    AUTO(buf) struct buf next = {0};
    AUTO(asked) struct asked judged = {0};
    AUTO(asked) struct asked again = {0};
    struct question follow = *question;

    print_next(question, asked, object, &next);
    if (object->len == 0) {
        return;
    }
    follow.body = buf_view(&next);
    follow.phase = PHASE_VALIDATE;
    asked_init(&judged, &follow);
    claim(judged.answer.allowed || is_of_validate(judged.answer.reason),
          "/validate refuses what /mutate made: %s", judged.answer.message);
    follow.phase = PHASE_MUTATE;
    asked_init(&again, &follow);
    claim(again.answer.allowed &&
              !value_exists(value_get(value_root(&again.doc), "response", "patch", NULL)),
          "/mutate is not done after the first time: %s", again.answer.message);
}
