/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/review.h"
#include "tests/kube/support.h"

#define BEGIN                                                                                      \
    "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"response\":{\"uid\":"  \
    "\"u\","

static const char *const warnings[] = {"one", "two \"quoted\""};
static const struct audit audit[] = {{"decision", "allowed"}, {"reason", "a\nb"}};

struct answered {
    const char *name;
    struct answer answer;
    const char *want;
};

static const struct answered answered[] = {
    {"allowed", {.allowed = true}, BEGIN "\"allowed\":true}}"},
    {"allowed with a patch",
     {.allowed = true, .patch = TEXT("[{}]")},
     BEGIN "\"allowed\":true,\"patch\":\"W3t9XQ==\",\"patchType\":\"JSONPatch\"}}"},
    {"allowed with a status: it is not sent",
     {.allowed = true, .code = 403, .reason = "Forbidden", .message = "m"},
     BEGIN "\"allowed\":true}}"},
    {"allowed with everything",
     {.allowed = true,
      .patch = TEXT("[{}]"),
      .warnings = warnings,
      .warning_count = 2,
      .audit = audit,
      .audit_count = 2},
     BEGIN "\"allowed\":true,\"patch\":\"W3t9XQ==\",\"patchType\":\"JSONPatch\","
           "\"auditAnnotations\":{\"decision\":\"allowed\",\"reason\":\"a\\nb\"},"
           "\"warnings\":[\"one\",\"two \\\"quoted\\\"\"]}}"},
    {"denied",
     {.code = 403, .reason = "Forbidden", .message = "HostNetwork: no."},
     BEGIN "\"allowed\":false,\"status\":{\"status\":\"Failure\",\"message\":\"HostNetwork: no.\","
           "\"reason\":\"Forbidden\",\"code\":403}}}"},
    {"denied with a patch: it is not sent",
     {.code = 403, .reason = "Forbidden", .message = "m", .patch = TEXT("[{}]")},
     BEGIN "\"allowed\":false,\"status\":{\"status\":\"Failure\",\"message\":\"m\","
           "\"reason\":\"Forbidden\",\"code\":403}}}"},
    {"denied with a cause",
     {.code = 422,
      .reason = "Invalid",
      .message = "m",
      .cause = "EgressLeak",
      .field = "spec.egress[0]"},
     BEGIN "\"allowed\":false,\"status\":{\"status\":\"Failure\",\"message\":\"m\","
           "\"reason\":\"Invalid\",\"details\":{\"causes\":[{\"reason\":\"EgressLeak\","
           "\"message\":\"m\",\"field\":\"spec.egress[0]\"}]},\"code\":422}}}"},
    {"a field with another code: no causes",
     {.code = 403, .reason = "Forbidden", .message = "m", .cause = "c", .field = "f"},
     BEGIN "\"allowed\":false,\"status\":{\"status\":\"Failure\",\"message\":\"m\","
           "\"reason\":\"Forbidden\",\"code\":403}}}"},
    {"code 422 without a field: no causes",
     {.code = 422, .reason = "Invalid", .message = "m", .cause = "c"},
     BEGIN "\"allowed\":false,\"status\":{\"status\":\"Failure\",\"message\":\"m\","
           "\"reason\":\"Invalid\",\"code\":422}}}"},
    {"denied with nothing to say",
     {.code = 500},
     BEGIN "\"allowed\":false,\"status\":{\"status\":\"Failure\",\"code\":500}}}"},
    {"a cause with nothing to say",
     {.code = 422, .field = "spec"},
     BEGIN "\"allowed\":false,\"status\":{\"status\":\"Failure\",\"details\":{\"causes\":["
           "{\"reason\":\"FieldValueInvalid\",\"message\":\"\",\"field\":\"spec\"}]},"
           "\"code\":422}}}"},
    {"denied with warnings",
     {.code = 403, .message = "m\xff", .warnings = warnings, .warning_count = 1},
     BEGIN "\"allowed\":false,\"status\":{\"status\":\"Failure\",\"message\":\"m\xef\xbf\xbd\","
           "\"code\":403},\"warnings\":[\"one\"]}}"},
};

EACH_ROW(review_answer, says_what_was_decided, answered)
{
    const struct answered *c = &answered[*index];
    AUTO(buf) struct buf out = {0};
    AUTO(json) struct json doc = {0};
    struct answer answer = c->answer;

    answer.uid = SLICE("\"u\"");
    buf_init(&out, 10000);
    review_answer(&answer, &out);
    cr_assert_str_eq(buf_cstr(&out), c->want, "%s: %s", c->name, buf_cstr(&out));
    (void)support_parse(&doc, buf_view(&out));
}

Test(review_answer, fails_where_it_is_too_large)
{
    AUTO(buf) struct buf out = {0};
    struct error err = {0};
    const struct answer answer = {.uid = SLICE("\"u\""), .allowed = true};

    buf_init(&out, 50);
    review_answer(&answer, &out);
    cr_assert_eq(buf_check(&out, &err), -1);
    cr_assert_eq(err.code, ERR_TOO_LARGE);
}
