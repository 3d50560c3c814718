/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies that are no review, or none that makes sense: the HTTP code and what is said. */
#include "server/admission/admission.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>

#define HEAD "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":"
#define POD_KIND                                                                                   \
    "\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},"                               \
    "\"resource\":{\"group\":\"\",\"version\":\"v1\",\"resource\":\"pods\"},"
#define POD_HEAD HEAD "{\"uid\":\"u-1\"," POD_KIND "\"namespace\":\"media\","
#define POD(metadata, spec)                                                                        \
    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":" metadata ",\"spec\":" spec "}"
#define PRIVATE_META "{\"name\":\"p\",\"labels\":{\"podveil.io/gateway\":\"vpn\"}}"

struct body_case {
    const char *name;
    enum phase phase;
    const char *body;
    int http_status;
    bool allowed;
    int code; /* status.code of a denial */
    enum reason reason;
    const char *says;
};

static const struct body_case cases[] = {
    {"nothing", PHASE_MUTATE, "", 400, false, 0, REASON_NONE, ""},
    {"no JSON", PHASE_MUTATE, "hello", 400, false, 0, REASON_NONE, ""},
    {"two roots", PHASE_MUTATE, "{} {}", 400, false, 0, REASON_NONE, ""},
    {"an array", PHASE_MUTATE, "[]", 400, false, 0, REASON_NONE, ""},
    {"another kind", PHASE_MUTATE,
     "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"Pod\",\"request\":{\"uid\":\"u\"}}", 400,
     false, 0, REASON_NONE, ""},
    {"v1beta1", PHASE_MUTATE,
     "{\"apiVersion\":\"admission.k8s.io/v1beta1\",\"kind\":\"AdmissionReview\",\"request\":"
     "{\"uid\":\"u\"}}",
     400, false, 0, REASON_NONE, "admission.k8s.io/v1"},
    {"no request", PHASE_MUTATE,
     "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\"}", 400, false, 0,
     REASON_NONE, ""},
    {"uid is a number", PHASE_MUTATE, HEAD "{\"uid\":5}}", 400, false, 0, REASON_NONE, "uid"},
    {"uid is empty", PHASE_MUTATE, HEAD "{\"uid\":\"\"}}", 400, false, 0, REASON_NONE, "uid"},
    {"a doubled key", PHASE_MUTATE, HEAD "{\"uid\":\"u\",\"ui\\u0064\":\"v\"}}", 400, false, 0,
     REASON_NONE, ""},
    {"a uid and nothing else", PHASE_MUTATE, HEAD "{\"uid\":\"u-1\"}}", 200, false, 400,
     REASON_MALFORMED, "Malformed: "},
    {"an unknown operation", PHASE_MUTATE, POD_HEAD "\"operation\":\"PATCH\",\"object\":{}}}", 200,
     false, 400, REASON_MALFORMED, "operation"},
    {"no object on CREATE", PHASE_MUTATE, POD_HEAD "\"operation\":\"CREATE\",\"object\":null}}",
     200, false, 400, REASON_MALFORMED, "object"},
    {"kind and resource disagree", PHASE_MUTATE,
     HEAD "{\"uid\":\"u-1\",\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},"
          "\"resource\":{\"group\":\"\",\"version\":\"v1\",\"resource\":\"services\"},"
          "\"namespace\":\"media\",\"operation\":\"CREATE\",\"object\":" POD("{}", "{}") "}}",
     200, false, 400, REASON_MALFORMED, ""},
    {"another namespace inside", PHASE_MUTATE,
     POD_HEAD "\"operation\":\"CREATE\",\"object\":" POD("{\"namespace\":\"other\"}", "{}") "}}",
     200, false, 400, REASON_MALFORMED, "namespace"},
    {"a kind that nobody changes", PHASE_MUTATE,
     HEAD "{\"uid\":\"u-1\",\"kind\":{\"group\":\"x.io\",\"version\":\"v1\",\"kind\":\"Thing\"},"
          "\"resource\":{\"group\":\"x.io\",\"version\":\"v1\",\"resource\":\"things\"},"
          "\"namespace\":\"media\",\"operation\":\"CREATE\",\"object\":{}}}",
     200, false, 422, REASON_MALFORMED, "Thing"},
    {"a NUL in a value", PHASE_MUTATE,
     POD_HEAD "\"operation\":\"CREATE\",\"object\":" POD(
         "{\"annotations\":{\"a/b\":\"x\\u0000y\"}}", "{}") "}}",
     200, false, 422, REASON_MALFORMED, "request.object.metadata.annotations.a/b"},
    {"a NUL in a key", PHASE_MUTATE,
     POD_HEAD "\"operation\":\"CREATE\",\"object\":" POD("{\"annotations\":{\"a\\u0000b\":\"x\"}}",
                                                         "{}") "}}",
     200, false, 422, REASON_MALFORMED, "request.object.metadata.annotations"},
    {"an ordinary pod", PHASE_MUTATE,
     POD_HEAD "\"operation\":\"CREATE\",\"object\":" POD("{\"name\":\"p\"}", "{}") "}}", 200, true,
     0, REASON_NONE, ""},
    {"a pod created below a pod", PHASE_MUTATE,
     HEAD "{\"uid\":\"u-1\"," POD_KIND "\"subResource\":\"status\",\"namespace\":\"media\","
          "\"operation\":\"CREATE\",\"object\":" POD(PRIVATE_META, "{}") "}}",
     200, false, 422, REASON_MALFORMED, "subResource"},
    {"an unknown gateway", PHASE_MUTATE,
     POD_HEAD "\"operation\":\"CREATE\",\"object\":" POD(
         "{\"name\":\"p\",\"labels\":{\"podveil.io/gateway\":\"$(id)\"}}", "{}") "}}",
     200, false, 403, REASON_UNKNOWN_GATEWAY, "vpn"},
    {"a label that is a number", PHASE_MUTATE,
     POD_HEAD "\"operation\":\"CREATE\",\"object\":" POD(
         "{\"name\":\"p\",\"labels\":{\"podveil.io/gateway\":5}}", "{}") "}}",
     200, false, 422, REASON_MALFORMED, "metadata.labels"},
    {"hostNetwork is a number", PHASE_MUTATE,
     POD_HEAD "\"operation\":\"CREATE\",\"object\":" POD(
         PRIVATE_META, "{\"hostNetwork\":1,\"containers\":[{\"name\":\"a\"}]}") "}}",
     200, false, 422, REASON_MALFORMED, "spec.hostNetwork"},
    {"a private pod of nobody's making", PHASE_VALIDATE,
     POD_HEAD "\"operation\":\"CREATE\",\"object\":" POD(
         PRIVATE_META, "{\"containers\":[{\"name\":\"a\",\"image\":\"i\"}]}") "}}",
     200, false, 403, REASON_NOT_PROTECTED, "/mutate"},
    {"a namespace that is a path", PHASE_MUTATE,
     HEAD
     "{\"uid\":\"u-1\"," POD_KIND "\"namespace\":\"../etc\",\"operation\":\"CREATE\","
     "\"object\":" POD(PRIVATE_META, "{\"containers\":[{\"name\":\"a\",\"image\":\"i\"}]}") "}}",
     200, false, 422, REASON_MALFORMED, "namespace"},
};

ParameterizedTestParameters(admission_refused, body)
{
    static size_t index[COUNT_OF(cases)];

    for (size_t i = 0; i < COUNT_OF(index); i++) {
        index[i] = i;
    }
    return cr_make_param_array(size_t, index, COUNT_OF(index));
}

ParameterizedTest(size_t *index, admission_refused, body)
{
    const struct body_case *c = &cases[*index];
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(admission) struct admission answer = {0};
    char code[32] = "\"allowed\":true";
    const struct admission_request request = {
        .ruleset = ruleset,
        .phase = c->phase,
        .body = slice_of(c->body),
        .policies_kept = true,
    };

    admission_review(&request, &answer);

    cr_assert_eq(answer.http_status, c->http_status, "%s: %d %s", c->name, answer.http_status,
                 buf_cstr(&answer.body));
    cr_assert_eq(answer.allowed, c->allowed, "%s: %s", c->name, buf_cstr(&answer.body));
    cr_assert_str_eq(reason_name(answer.reason), reason_name(c->reason), "%s: %s", c->name,
                     buf_cstr(&answer.body));
    if (c->code != 0) {
        (void)snprintf(code, sizeof code, "\"code\":%d", c->code);
    }
    if (c->http_status == 200) {
        cr_assert_not_null(strstr(buf_cstr(&answer.body), code), "%s: %s", c->name,
                           buf_cstr(&answer.body));
        cr_assert_not_null(strstr(buf_cstr(&answer.body), "\"uid\":\"u-1\""), "%s", c->name);
    }
    cr_assert_not_null(strstr(buf_cstr(&answer.body), c->says), "%s: %s", c->name,
                       buf_cstr(&answer.body));
}

/* A uid is echoed as it was written: the longest is 128 bytes, each escaped. */
Test(admission_refused, a_uid_of_escapes_is_echoed)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(admission) struct admission answer = {0};
    AUTO(buf) struct buf uid = {0};
    AUTO(buf) struct buf body = {0};

    buf_init(&uid, 1024);
    buf_init(&body, 4096);
    for (size_t i = 0; i < 128; i++) {
        buf_text(&uid, "\\u0061");
    }
    buf_printf(&body, HEAD "{\"uid\":\"%s\"}}", buf_cstr(&uid));
    const struct admission_request request = {.ruleset = ruleset, .body = buf_view(&body)};

    admission_review(&request, &answer);

    cr_assert_eq(answer.http_status, 200, "%s", buf_cstr(&answer.body));
    cr_assert_not_null(strstr(buf_cstr(&answer.body), buf_cstr(&uid)));
}

/* More than the patch's working copy may hold is in the pod: its author is told, and no 500. */
Test(admission_refused, a_pod_too_large_to_be_changed_is_malformed)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(buf) struct buf body = {0};

    buf_init(&body, JSON_MAX_TEXT);
    buf_text(&body, POD_HEAD "\"operation\":\"CREATE\",\"object\":{\"apiVersion\":\"v1\",\"kind\":"
                             "\"Pod\",\"metadata\":{\"name\":\"p\",\"annotations\":{\"a\":\"\"");
    for (unsigned i = 0; i < 400000; i++) {
        buf_printf(&body, ",\"%x\":\"\"", 0x10000 + i);
    }
    buf_text(&body, "},\"labels\":{\"podveil.io/gateway\":\"vpn\"}},"
                    "\"spec\":{\"containers\":[{\"name\":\"a\"}]}}}}");
    for (enum phase phase = PHASE_MUTATE; phase <= PHASE_VALIDATE; phase++) {
        AUTO(admission) struct admission answer = {0};
        const struct admission_request request = {
            .ruleset = ruleset, .phase = phase, .body = buf_view(&body), .policies_kept = true};
        admission_review(&request, &answer);
        cr_assert_eq(answer.http_status, 200, "%s", buf_cstr(&answer.body));
        cr_assert_eq(answer.reason, REASON_MALFORMED, "%s", buf_cstr(&answer.body));
        cr_assert_not_null(strstr(answer.message, "too large to be changed"), "%s", answer.message);
    }
}
