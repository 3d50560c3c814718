/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/asked.h"

#include "lib/base/base64.h"
#include "tests/fuzz/target.h"

static void ask(const struct question *question, struct admission *out)
{
    const struct admission_request request = {
        .ruleset = question->ruleset,
        .phase = question->phase,
        .path_gateway = question->path_gateway,
        .body = question->body,
        .policies_kept = true,
    };
    admission_review(&request, out);
}

static void claim_same(const struct admission *a, const struct admission *b)
{
    claim(a->http_status == b->http_status && a->allowed == b->allowed && a->reason == b->reason &&
              a->policy_count == b->policy_count &&
              slice_equal(buf_view(&a->body), buf_view(&b->body)),
          "two answers to one review:\n%s\n%s", buf_cstr(&a->body), buf_cstr(&b->body));
    for (size_t i = 0; i < a->policy_count; i++) {
        claim(strcmp(a->policies[i].name, b->policies[i].name) == 0, "two names of one policy");
    }
}

static void claim_review(const struct asked *asked)
{
    const struct admission *answer = &asked->answer;
    struct value response = value_member(value_root(&asked->doc), "response");
    struct value uid = value_member(response, "uid");
    const char *text = buf_cstr(&answer->body);

    claim(value_is_true(value_member(response, "allowed")) == answer->allowed, "%s", text);
    claim(slice_is(value_raw(uid), answer->uid), "a uid that is not the review's: %s", text);
    claim(answer->allowed || answer->reason != REASON_NONE, "a denial without a reason: %s", text);
    claim(answer->allowed ||
              (answer->policy_count == 0 && !value_exists(value_member(response, "patch"))),
          "a denial that changes something: %s", text);
    claim(answer->allowed == !value_exists(value_member(response, "status")), "%s", text);
}

void asked_init(struct asked *asked, const struct question *question)
{
    AUTO(admission) struct admission again = {0};
    struct error err = {0};
    struct admission *answer = &asked->answer;

    *asked = (struct asked){0};
    ask(question, answer);
    ask(question, &again);
    claim_same(answer, &again);
    claim(answer->http_status == 200 || answer->http_status == 400 || answer->http_status == 413,
          "HTTP %d: %s", answer->http_status, answer->message);
    if (answer->http_status != 200) {
        claim(!answer->allowed && answer->policy_count == 0, "HTTP %d allows", answer->http_status);
        return;
    }
    claim(json_parse(&asked->doc, buf_view(&answer->body), &err) == 0, "%s in %s", err.text,
          buf_cstr(&answer->body));
    claim_review(asked);
}

void asked_done(struct asked *asked)
{
    json_done(&asked->doc);
    admission_done(&asked->answer);
}

void asked_patch(const struct asked *asked, struct buf *out)
{
    struct value patch = value_get(value_root(&asked->doc), "response", "patch", NULL);
    struct error err = {0};

    buf_init(out, JSON_MAX_TEXT);
    if (value_exists(patch)) {
        claim(base64_decode(out, value_string(patch), &err) == 0, "%s", err.text);
    }
}
