/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/base/support.h"
#include "tests/validators/judge.h"

#define GUARDED "\"podveil.io/guarded\":\"true\""
#define PRIVATE "\"podveil.io/gateway\":\"vpn\""

enum { NOT_KNOWN = -1, NOBODY = -2, NO_MEMORY = -3 };

/* An UPDATE of the namespace media: labels before and after, and the privacy pods in it. */
struct namespace_case {
    const char *name;
    const char *subresource;
    const char *old_labels;
    const char *new_labels;
    int pods;
    enum reason want;
    const char *field;
    const char *says;
};

#define GUARD_LOST REASON_NAMESPACE_UNLABELLED, "metadata.labels[podveil.io/guarded]"
#define LABEL_LOST REASON_NAMESPACE_UNLABELLED, "metadata.labels[podveil.io/gateway]"
#define FREE REASON_NONE, "", ""

static const struct namespace_case cases[] = {
    {"the guard goes", "", "{" GUARDED "}", "{}", 2, GUARD_LOST, "live in namespace media (2)"},
    {"the guard goes by status", "status", "{" GUARDED "}", "{}", 1, GUARD_LOST, ""},
    {"the guard goes by finalize", "finalize", "{" GUARDED "}", "{}", 1, GUARD_LOST, ""},
    {"all labels go", "", "{" GUARDED "," PRIVATE "}", "null", 1, GUARD_LOST, ""},
    {"the guard is emptied", "", "{" GUARDED "}", "{\"podveil.io/guarded\":\"\"}", 1, GUARD_LOST,
     ""},
    {"the guard is another type", "", "{" GUARDED "}", "{\"podveil.io/guarded\":true}", 1,
     GUARD_LOST, ""},
    {"the guard stays and the rest changes", "", "{" GUARDED ",\"a\":\"b\"}", "{" GUARDED "}", 1,
     FREE},
    {"the guard goes after the last pod", "", "{" GUARDED "}", "{}", 0, FREE},
    {"a guard that is none goes", "", "{\"podveil.io/guarded\":\"no\"}", "{}", 1, FREE},
    {"the guard comes", "", "{}", "{" GUARDED "}", 1, FREE},
    {"the label goes", "", "{" PRIVATE "}", "{}", 1, LABEL_LOST, "kubectl apply"},
    {"the label goes by status", "status", "{" PRIVATE "}", "{}", 1, LABEL_LOST, ""},
    {"the label goes by finalize", "finalize", "{" PRIVATE "}", "{}", 1, LABEL_LOST, ""},
    {"the label names another gateway", "", "{" PRIVATE "}", "{\"podveil.io/gateway\":\"b\"}", 1,
     LABEL_LOST, ""},
    {"the label becomes none", "", "{" PRIVATE "}", "{\"podveil.io/gateway\":\"none\"}", 1,
     LABEL_LOST, ""},
    {"the label becomes null", "", "{" PRIVATE "}", "{\"podveil.io/gateway\":null}", 1, LABEL_LOST,
     ""},
    {"the label goes after the last pod", "", "{" PRIVATE "}", "{}", 0, FREE},
    {"a label that is none goes", "", "{\"podveil.io/gateway\":\"none\"}", "{}", 1, FREE},
    {"the label comes", "", "{}", "{" PRIVATE "}", 1, FREE},
    {"an alias makes no namespace private", "", "{\"setGateway\":\"true\"}", "{}", 1, FREE},
    {"labels of the user's change", "", "{\"a\":\"b\"}", "{\"a\":\"c\"}", 1, FREE},
    {"nothing changes and nothing is known", "finalize", "{" GUARDED "," PRIVATE "}",
     "{" PRIVATE "," GUARDED "}", NOT_KNOWN, FREE},
    {"the guard goes and nothing is known", "", "{" GUARDED "}", "{}", NOT_KNOWN, GUARD_LOST,
     "not known: the cache is gone. Try again."},
    {"the label goes and nothing is known", "", "{" PRIVATE "}", "{}", NOT_KNOWN, LABEL_LOST,
     "Try again."},
    {"the label goes with nobody to ask", "", "{" PRIVATE "}", "{}", NOBODY, LABEL_LOST,
     "no cluster to ask"},
};

static int count_pods(const void *place, struct slice namespace, struct slice gateway,
                      struct slice workload, size_t *count, struct error *err)
{
    int pods = *(const int *)place;

    cr_assert(slice_is(namespace, "media"));
    cr_assert(gateway.data == NULL && workload.data == NULL);
    if (pods < 0) {
        return error_set(err, pods == NO_MEMORY ? ERR_NO_MEMORY : ERR_SYSTEM, "the cache is gone");
    }
    *count = (size_t)pods;
    return 0;
}

#define OBJECT(labels)                                                                             \
    "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"media\","              \
    "\"labels\":" labels "},\"spec\":{}}"

static void print_review(struct buf *text, const char *subresource, const char *old_labels,
                         const char *new_labels)
{
    buf_init(text, 65536);
    buf_printf(text,
               "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":"
               "{\"uid\":\"u\",\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Namespace\"},"
               "\"resource\":{\"group\":\"\",\"version\":\"v1\",\"resource\":\"namespaces\"},"
               "\"subResource\":\"%s\",\"name\":\"media\",\"namespace\":\"media\",\"operation\":"
               "\"UPDATE\",\"object\":" OBJECT("%s") ",\"oldObject\":" OBJECT("%s") "}}",
               subresource, new_labels, old_labels);
}

EACH_ROW(validators_namespace, update, cases)
{
    const struct namespace_case *c = &cases[*index];
    const struct cluster_view around = {.place = &c->pods, .count_pods = count_pods};
    AUTO(buf) struct buf text = {0};

    print_review(&text, c->subresource, c->old_labels, c->new_labels);
    struct findings findings =
        judge_review_in(buf_cstr(&text), FIXTURE_EXAMPLE, c->pods == NOBODY ? NULL : &around);

    cr_assert_str_eq(reason_name(findings.denied), reason_name(c->want), "%s: %s", c->name,
                     findings.message);
    cr_assert_str_eq(findings.field, c->field, "%s", c->name);
    cr_assert_not_null(strstr(findings.message, c->says), "%s: %s", c->name, findings.message);
}

static const struct cluster_view one_pod_view = {.place = &(const int){1},
                                                 .count_pods = count_pods};

/* Nobody knows then by which label pods are private. */
Test(validators_namespace, without_a_configuration_any_label_may_be_the_gateways)
{
    AUTO(config) const struct config *config = NULL;
    AUTO(ruleset) const struct ruleset *ruleset = NULL;
    AUTO(buf) struct buf text = {0};
    struct error err = {0};

    cr_assert_eq(config_none(&config, &err), 0);
    cr_assert_eq(ruleset_new(config, &ruleset, &err), 0);
    print_review(&text, "", "{\"example.org/via\":\"vpn\"}", "{}");
    struct findings findings = judge_review_by(ruleset, buf_cstr(&text), &one_pod_view);

    cr_assert_eq(findings.denied, REASON_NAMESPACE_UNLABELLED, "%s", findings.message);
}

Test(validators_namespace, without_memory_it_fails)
{
    AUTO(ruleset) const struct ruleset *ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
    const struct cluster_view around = {.place = &(const int){NO_MEMORY}, .count_pods = count_pods};
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json doc = {0};
    struct error err = {0};
    struct review review = {0};
    struct findings findings;

    print_review(&text, "", "{" GUARDED "}", "{}");
    fixture_parse(&doc, buf_cstr(&text));
    cr_assert_eq(review_parse(&review, value_root(&doc), &err), 0);
    findings_init(&findings, ruleset->config);
    const struct judgement judgement = {.ruleset = ruleset, .review = &review, .around = &around};

    cr_assert_eq(validators_check(&judgement, &findings, &err), -1);
    cr_assert_eq(err.code, ERR_NO_MEMORY);
    cr_assert_eq(findings.denied, REASON_NONE);
}
