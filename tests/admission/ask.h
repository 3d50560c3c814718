/* SPDX-License-Identifier: Apache-2.0 */
/* One review by way of admission_review(), before a store that knows what a test says. */
#ifndef TESTS_ADMISSION_ASK_H
#define TESTS_ADMISSION_ASK_H

#include "server/admission/admission.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

#include <stdio.h>

#define POD_SPEC "{\"containers\":[{\"name\":\"a\",\"image\":\"i\"}]}"
#define LABELS "\"labels\":{\"podveil.io/gateway\":\"vpn\"}"
#define POD                                                                                        \
    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"app\"," LABELS               \
    "},\"spec\":" POD_SPEC "}"
#define DEPLOYMENT                                                                                 \
    "{\"apiVersion\":\"apps/"                                                                      \
    "v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"app\"},\"spec\":{"                      \
    "\"template\":{\"metadata\":{" LABELS "},\"spec\":" POD_SPEC "}}}"
#define POLICY                                                                                     \
    "{\"apiVersion\":\"networking.k8s.io/"                                                         \
    "v1\",\"kind\":\"NetworkPolicy\",\"metadata\":{\"name\":\"np\"},"                              \
    "\"spec\":{\"podSelector\":{},\"policyTypes\":[\"Ingress\"]}}"
#define CLOSED_POLICY                                                                              \
    "{\"apiVersion\":\"networking.k8s.io/"                                                         \
    "v1\",\"kind\":\"NetworkPolicy\",\"metadata\":{\"name\":\"np\"},"                              \
    "\"spec\":{\"podSelector\":{},\"policyTypes\":[\"Ingress\",\"Egress\"]}}"
#define OBJECT(version, kind)                                                                      \
    "{\"apiVersion\":\"" version "\",\"kind\":\"" kind                                             \
    "\",\"metadata\":{\"name\":\"x\"},\"spec\":{}}"
#define ALLOW_ALL                                                                                  \
    "{\"metadata\":{\"name\":\"open\",\"namespace\":\"media\"},\"spec\":{\"podSelector\":{},"      \
    "\"policyTypes\":[\"Egress\"],\"egress\":[{}]}}"

/* What a place knows. */
struct place {
    const char *standing;  /* the name of a policy that stands; NULL: none does */
    const char *neighbour; /* JSON */
    bool lost;             /* nothing is known */
    size_t pods;           /* privacy pods that live in media */
};

static inline bool stands(const void *place, const struct policy_text *policy,
                          struct policy_mark *mark)
{
    const struct place *known = place;

    (void)snprintf(mark->text, sizeof mark->text, "uid@1");
    return known->standing != NULL && strcmp(known->standing, policy->name) == 0;
}

static inline int visit(const void *place, struct slice namespace, policy_visit *each, void *arg,
                        struct error *err)
{
    const struct place *known = place;
    AUTO(json) struct json doc = {0};

    cr_assert(slice_is(namespace, "media"));
    if (known->lost) {
        return error_set(err, ERR_SYSTEM, "nobody told");
    }
    if (known->neighbour == NULL) {
        return 0;
    }
    fixture_parse(&doc, known->neighbour);
    return each(arg, value_root(&doc), err);
}

static inline int count_pods(const void *place, struct slice namespace, struct slice gateway,
                             struct slice workload, size_t *count, struct error *err)
{
    const struct place *known = place;

    (void)gateway;
    (void)workload;
    cr_assert(slice_is(namespace, "media"));
    if (known->lost) {
        return error_set(err, ERR_SYSTEM, "nobody told");
    }
    *count = known->pods;
    return 0;
}

struct asked {
    const char *group;
    const char *version;
    const char *kind;
    const char *resource;
    const char *operation;
    const char *object;
    enum phase phase;
    bool dry_run;
    const char *old; /* of an update; NULL: the same */
};

static inline void print_review(const struct asked *asked, struct buf *body)
{
    bool update = strcmp(asked->operation, "UPDATE") == 0;
    bool delete = strcmp(asked->operation, "DELETE") == 0;

    buf_init(body, 65536);
    buf_printf(body,
               "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{"
               "\"uid\":\"u-1\",\"kind\":{\"group\":\"%s\",\"version\":\"%s\",\"kind\":\"%s\"},"
               "\"resource\":{\"group\":\"%s\",\"version\":\"%s\",\"resource\":\"%s\"},"
               "\"namespace\":\"media\",\"name\":\"app\",\"operation\":\"%s\",\"dryRun\":%s,"
               "\"object\":%s,\"oldObject\":%s}}",
               asked->group, asked->version, asked->kind, asked->group, asked->version,
               asked->resource, asked->operation, asked->dry_run ? "true" : "false",
               delete ? "null" : asked->object,
               !update && !delete   ? "null"
               : asked->old != NULL ? asked->old
                                    : asked->object);
}

static inline void send(enum phase phase, struct slice body, const struct ruleset *ruleset,
                        const struct place *place, struct admission *out)
{
    const struct policy_store store = {
        .place = place,
        .stands = stands,
        .is_there = stands,
        .visit = visit,
        .around = {.place = place, .count_pods = count_pods},
    };
    const struct admission_request request = {
        .ruleset = ruleset,
        .phase = phase,
        .body = body,
        .policies_kept = true,
        .missing = "there is no ConfigMap podveil/podveil",
        .store = place != NULL ? &store : NULL,
    };
    admission_review(&request, out);
    cr_assert_eq(out->http_status, 200, "%s", buf_cstr(&out->body));
}

static inline void ask(const struct asked *asked, const struct ruleset *ruleset,
                       const struct place *place, struct admission *out)
{
    AUTO(buf) struct buf body = {0};

    print_review(asked, &body);
    send(asked->phase, buf_view(&body), ruleset, place, out);
}

static inline bool says(const struct admission *answer, const char *text)
{
    return strstr(buf_cstr(&answer->body), text) != NULL;
}

#endif
