/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/torture/asked.h"

#include <criterion/criterion.h>

void asked_done(struct asked *asked)
{
    admission_done(&asked->want);
}

static void assert_same(const struct admission *got, const struct admission *want, size_t nth)
{
    struct slice text = buf_view(&got->body);
    bool left_out = want->http_status != 200 && text.len == 0;

    cr_assert_eq(got->allowed, want->allowed, "allocation %zu", nth);
    cr_assert_eq(got->reason, want->reason, "allocation %zu", nth);
    cr_assert(left_out || slice_equal(text, buf_view(&want->body)), "allocation %zu: %.*s", nth,
              SLICE_ARGS(text));
    cr_assert_eq(got->policy_count, want->policy_count, "allocation %zu", nth);
    for (size_t i = 0; i < want->policy_count; i++) {
        const struct policy_text *a = &got->policies[i];
        const struct policy_text *b = &want->policies[i];
        cr_assert_str_eq(a->name, b->name, "allocation %zu", nth);
        cr_assert_str_eq(a->namespace, b->namespace, "allocation %zu", nth);
        cr_assert_str_eq(a->json, b->json, "allocation %zu", nth);
    }
}

/* A fault of ours, and nothing that could be read as an answer. */
static void assert_fault(const struct admission *got, size_t nth)
{
    cr_assert_eq(got->http_status, 500, "allocation %zu: %d", nth, got->http_status);
    cr_assert_not(got->allowed, "allocation %zu", nth);
    cr_assert_eq(got->policy_count, 0, "allocation %zu", nth);
    cr_assert(!slice_starts_with(buf_view(&got->body), "{"), "allocation %zu: %s", nth,
              buf_cstr(&got->body));
    cr_assert_neq(got->message[0], '\0', "allocation %zu: nothing for the log", nth);
}

/* The answer with memory, or a fault. */
int asked_settle(const struct admission *got, const struct admission *want, size_t nth,
                 struct error *err)
{
    if (got->http_status == want->http_status) {
        assert_same(got, want, nth);
        return 0;
    }
    assert_fault(got, nth);
    return error_set(err, ERR_NO_MEMORY, "%s", got->message);
}

int asked_again(struct memory_plan plan, const void *context, struct error *err)
{
    const struct asked *asked = context;
    AUTO(admission) struct admission got = {0};

    memory_begin(plan);
    admission_review(&asked->request, &got);
    (void)memory_end();
    return asked_settle(&got, &asked->want, plan.nth, err);
}

void asked_with_memory(struct asked *asked, const struct ruleset *ruleset, enum phase phase,
                       struct slice body)
{
    asked->request = (struct admission_request){
        .ruleset = ruleset,
        .phase = phase,
        .path_gateway = asked->request.path_gateway,
        .body = body,
        .policies_kept = true,
    };
    admission_review(&asked->request, &asked->want);
}
