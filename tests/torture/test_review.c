/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole review while memory ends. Whichever allocation fails, the answer is the
 * one with memory, byte for byte and with its policies, or a 500: never an
 * `allowed: true` that would not have been there, never one with half a patch.
 */
#include "tests/support/fixture.h"
#include "tests/support/patched.h"
#include "tests/torture/asked.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>

/* What the API server would send for an update of a pod in the gateway's care. */
#define POD_UPDATE                                                                                 \
    "{\"apiVersion\":\"admission.k8s.io/"                                                          \
    "v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"u\","                                \
    "\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},\"resource\":{\"group\":\"\","  \
    "\"version\":\"v1\",\"resource\":\"pods\"},\"name\":\"n\",\"namespace\":\"media\","            \
    "\"operation\":"                                                                               \
    "\"UPDATE\",\"object\":{\"metadata\":{\"labels\":{}}},\"oldObject\":{\"metadata\":{"           \
    "\"labels\":"                                                                                  \
    "{\"podveil.io/gateway\":\"vpn\"}}}}}"

/* Of other kinds: what follows the operation. */
#define REVIEW_OF(group, kind, resource, name, operation, objects)                                 \
    "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":"   \
    "\"u\",\"kind\":{\"group\":\"" group "\",\"version\":\"v1\",\"kind\":\"" kind                  \
    "\"},\"resource\":{\"group\":\"" group "\",\"version\":\"v1\",\"resource\":\"" resource        \
    "\"},\"name\":\"" name "\",\"namespace\":\"media\",\"operation\":\"" operation "\"," objects   \
    "}}"
#define SLICE_WITH(addresses)                                                                      \
    "{\"apiVersion\":\"discovery.k8s.io/v1\",\"kind\":\"EndpointSlice\",\"metadata\":{\"labels\":" \
    "{\"kubernetes.io/service-name\":\"db\"}},\"endpoints\":[{\"addresses\":[" addresses "]}]}"
#define SLICE_UPDATE(addresses)                                                                    \
    REVIEW_OF("discovery.k8s.io", "EndpointSlice", "endpointslices", "db-1", "UPDATE",             \
              "\"object\":" SLICE_WITH(addresses) ",\"oldObject\":" SLICE_WITH("\"203.0.113.1\""))
#define NAMESPACE_WITH(labels)                                                                     \
    "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"media\",\"labels\":"   \
    "{" labels "}}}"

static const struct review_case {
    const char *name;
    const char *file; /* a recorded review, or NULL */
    const char *text; /* where there is none */
    const char *gateway;
    enum phase phase;
    int status;
    bool allowed;
    size_t policies;
} cases[] = {
    {"a private pod", "mutate-pod-create-deployment", NULL, NULL, PHASE_MUTATE, 200, true, 2},
    {"twelve containers", "mutate-pod-create-twelve-containers", NULL, NULL, PHASE_MUTATE, 200,
     true, 2},
    {"a pod without a name yet", "mutate-pod-create-generate-name", NULL, NULL, PHASE_MUTATE, 200,
     true, 2},
    {"a pod of a cron job", "mutate-pod-create-cronjob", NULL, NULL, PHASE_MUTATE, 200, true, 2},
    {"a pod of a private namespace", "mutate-pod-create-private-namespace", NULL, "vpn",
     PHASE_MUTATE, 200, true, 2},
    {"a dry run", "mutate-pod-create-dry-run", NULL, NULL, PHASE_MUTATE, 200, true, 0},
    {"a pod that was patched elsewhere", "mutate-pod-create-restored", NULL, NULL, PHASE_MUTATE,
     200, true, 2},
    {"a pod without a label", "mutate-pod-create-unlabelled", NULL, NULL, PHASE_MUTATE, 200, true,
     0},
    {"a pod on the host's network", "mutate-pod-create-host-network", NULL, NULL, PHASE_MUTATE, 200,
     false, 0},
    {"a privileged pod", "mutate-pod-create-privileged", NULL, NULL, PHASE_MUTATE, 200, false, 0},
    {"an update at /mutate", "mutate-pod-update-label", NULL, NULL, PHASE_MUTATE, 200, true, 0},
    {"a final pod that was not patched", "mutate-pod-create-deployment", NULL, NULL, PHASE_VALIDATE,
     200, false, 0},
    {"a final pod without a label", "validate-pod-create-unlabelled", NULL, NULL, PHASE_VALIDATE,
     200, true, 0},
    {"a workload", "validate-deployment-create", NULL, NULL, PHASE_VALIDATE, 200, true, 0},
    {"an update with many managers", "validate-pod-update-many-managers", NULL, NULL,
     PHASE_VALIDATE, 200, true, 0},
    {"a debug container", "validate-pod-ephemeralcontainers-update", NULL, NULL, PHASE_VALIDATE,
     200, false, 0},
    {"a policy that leaks", "validate-networkpolicy-create", NULL, NULL, PHASE_VALIDATE, 200, false,
     0},
    {"a policy for what comes in", "validate-networkpolicy-create-ingress", NULL, NULL,
     PHASE_VALIDATE, 200, true, 0},
    {"a policy that changes", "validate-networkpolicy-update", NULL, NULL, PHASE_VALIDATE, 200,
     false, 0},
    {"a policy that goes", "validate-networkpolicy-delete", NULL, NULL, PHASE_VALIDATE, 200, true,
     0},
    {"a pod that goes", "validate-pod-delete", NULL, NULL, PHASE_VALIDATE, 200, true, 0},
    {"a label that goes", NULL, POD_UPDATE, NULL, PHASE_VALIDATE, 200, false, 0},
    {"endpoints of the cluster", NULL, SLICE_UPDATE("\"203.0.113.1\",\"10.1.2.3\""), NULL,
     PHASE_VALIDATE, 200, true, 0},
    {"endpoints that lead out", NULL, SLICE_UPDATE("\"10.1.2.3\",\"203.0.113.2\""), NULL,
     PHASE_VALIDATE, 200, false, 0},
    {"a Service that claims an address", NULL,
     REVIEW_OF("", "Service", "services", "door", "CREATE",
               "\"object\":{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"spec\":{\"externalIPs\":"
               "[\"203.0.113.2\"],\"type\":\"NodePort\",\"selector\":{\"a\":\"b\"}}}"),
     NULL, PHASE_VALIDATE, 200, false, 0},
    {"a namespace that loses its label", NULL,
     REVIEW_OF("", "Namespace", "namespaces", "media", "UPDATE",
               "\"object\":" NAMESPACE_WITH("") ",\"oldObject\":" NAMESPACE_WITH(
                   "\"podveil.io/gateway\":\"vpn\"")),
     NULL, PHASE_VALIDATE, 200, false, 0},
    {"garbage", NULL, "{\"request\":{\"a\\n\":[1,2,}}", NULL, PHASE_MUTATE, 400, false, 0},
    {"no uid", NULL, "{\"kind\":\"AdmissionReview\"}", NULL, PHASE_MUTATE, 400, false, 0},
    {"nothing but a uid", NULL,
     "{\"apiVersion\":\"admission.k8s.io/"
     "v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"u\"}}",
     NULL, PHASE_MUTATE, 200, false, 0},
};

static void read_body(const struct review_case *c, struct buf *body)
{
    char path[256];

    if (c->file == NULL) {
        buf_init(body, JSON_MAX_TEXT);
        buf_text(body, c->text);
        return;
    }
    (void)snprintf(path, sizeof path, "fixtures/reviews/%s.json", c->file);
    fixture_read(body, path);
}

ParameterizedTestParameters(torture_review, answer_is_right_or_none)
{
    static size_t indexes[COUNT_OF(cases)];

    for (size_t i = 0; i < COUNT_OF(indexes); i++) {
        indexes[i] = i;
    }
    return cr_make_param_array(size_t, indexes, COUNT_OF(indexes));
}

ParameterizedTest(const size_t *index, torture_review, answer_is_right_or_none)
{
    const struct review_case *c = &cases[*index];
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(buf) struct buf body = {0};
    AUTO(asked) struct asked asked = {0};
    const struct admission *want = &asked.want;

    read_body(c, &body);
    asked.request.path_gateway = slice_of(c->gateway != NULL ? c->gateway : "");
    asked_with_memory(&asked, ruleset, c->phase, buf_view(&body));
    cr_assert_eq(want->http_status, c->status, "%s: %s", c->name, buf_cstr(&want->body));
    cr_assert_eq(want->allowed, c->allowed, "%s: %s", c->name, buf_cstr(&want->body));
    cr_assert_eq(want->policy_count, c->policies, "%s", c->name);

    /* A 400 whose line of text could not be built is one nevertheless. */
    (void)torture(&(struct torture){
        .work = asked_again, .context = &asked, .name = c->name, .strict = c->status == 200});
}

/* What /mutate made, as it comes to /validate. */
static void mutate(const struct ruleset *ruleset, struct buf *final)
{
    AUTO(buf) struct buf body = {0};
    AUTO(asked) struct asked asked = {0};

    fixture_read(&body, "fixtures/reviews/mutate-pod-create-deployment.json");
    asked_with_memory(&asked, ruleset, PHASE_MUTATE, buf_view(&body));
    cr_assert(patched_review(buf_view(&body), buf_view(&asked.want.body), final));
}

Test(torture_review, final_pod_is_judged_or_not_let_in)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(buf) struct buf final = {0};
    AUTO(asked) struct asked asked = {0};

    mutate(ruleset, &final);
    asked_with_memory(&asked, ruleset, PHASE_VALIDATE, buf_view(&final));
    cr_assert(asked.want.allowed, "%s", asked.want.message);

    (void)torture(&(struct torture){.work = asked_again, .context = &asked, .strict = true});
}

Test(torture_review, final_pod_is_judged_by_an_older_ruleset)
{
    AUTO(ruleset) const struct ruleset *old = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(ruleset) const struct ruleset *new = fixture_ruleset("fixtures/config/other.yaml");
    AUTO(buf) struct buf final = {0};
    AUTO(asked) struct asked asked = {0};

    mutate(old, &final);
    asked.request = (struct admission_request){
        .ruleset = new,
        .believed = &old,
        .believed_count = 1,
        .phase = PHASE_VALIDATE,
        .body = buf_view(&final),
    };
    admission_review(&asked.request, &asked.want);
    cr_assert(asked.want.allowed, "%s", asked.want.message);

    (void)torture(&(struct torture){.work = asked_again, .context = &asked, .strict = true});
}

static int take_back(struct memory_plan plan, const void *context, struct error *err)
{
    const struct asked *asked = context;
    AUTO(admission) struct admission got = {0};

    admission_review(&asked->request, &got);
    cr_assert(got.allowed);
    memory_begin(plan);
    /* The answer's memory would do for the denial as well. */
    buf_done(&got.body);
    admission_refuse(&got, REASON_TIMEOUT, "time ran out. Try again.");
    (void)memory_end();
    return asked_settle(&got, &asked->want, plan.nth, err);
}

Test(torture_review, answer_that_is_taken_back_never_stands)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    AUTO(buf) struct buf body = {0};
    AUTO(asked) struct asked asked = {0};

    fixture_read(&body, "fixtures/reviews/mutate-pod-create-deployment.json");
    asked_with_memory(&asked, ruleset, PHASE_MUTATE, buf_view(&body));
    admission_refuse(&asked.want, REASON_TIMEOUT, "time ran out. Try again.");
    cr_assert(!asked.want.allowed);

    (void)torture(&(struct torture){.work = take_back, .context = &asked, .strict = true});
}
