/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/judge.h"

#include "lib/pod/template.h"
#include "validators/validator.h"

#include <stdio.h>

enum { PLURAL_MAX = 256 };

static bool has_our_name(struct value container)
{
    struct value name = value_member(container, "name");
    return value_is(name, INIT_NAME) || value_is(name, SIDECAR_NAME);
}

/* Did it pass /mutate, or does it pretend to? */
static bool carries_parts(struct value pod)
{
    struct value annotations = value_get(pod, "metadata", "annotations", NULL);
    struct value_iter iter = value_iter(value_get(pod, "spec", "initContainers", NULL));
    struct slice key;
    struct value container;
    bool found = value_exists(value_member(annotations, MARK_INJECTED));

    while (!found && value_next(&iter, &key, &container)) {
        found = has_our_name(container);
    }
    return found;
}

static int judge_pod(const struct job *job, const struct object *object, struct outcome *outcome,
                     struct error *err)
{
    bool as_it_stands = carries_parts(value_at(object->value, outcome->prefix));
    struct value final = as_it_stands ? object->value : outcome->after;
    struct pod_case pod = outcome_case(job, object, final, outcome->prefix);
    struct findings findings;
    struct subject subject;

    findings_init(&findings, job->config);
    if (pod_judge(&pod, &subject, &findings, err) != 0) {
        return -1;
    }
    if (findings.denied != REASON_NONE) {
        outcome->findings = findings;
        return 0;
    }
    for (size_t i = 0; i < findings.warning_count; i++) {
        findings_warn(&outcome->findings, "%s", findings.warnings[i]);
    }
    return 0;
}

/* Kubernetes' own kinds, and what CRDs do by default: none of them ends in a vowel and y but
 * Gateway.
 */
static const struct {
    const char *ending;
    size_t cut;
    const char *plural;
} plurals[] = {
    {"Endpoints", 0, ""}, {"ay", 0, "s"}, {"y", 1, "ies"}, {"s", 0, "es"}, {"", 0, "s"},
};

static char lower(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return (char)(c + ('a' - 'A'));
    }
    return c;
}

struct slice judge_plural(struct slice kind, char *out, size_t size)
{
    size_t at = 0;

    while (!slice_ends_with(kind, plurals[at].ending)) {
        at++;
    }
    struct slice stem = {kind.data, kind.len - plurals[at].cut};
    int len = snprintf(out, size, "%.*s%s", SLICE_ARGS(stem), plurals[at].plural);
    if (len < 0 || (size_t)len >= size) {
        return (struct slice){0};
    }
    for (char *c = out; *c != '\0'; c++) {
        *c = lower(*c);
    }
    return (struct slice){out, (size_t)len};
}

/* "networking.k8s.io/v1" cut in two; a version alone is of the core group. */
static struct kind kind_of(struct slice api_version, struct slice name)
{
    const char *slash =
        api_version.len == 0 ? NULL : memchr(api_version.data, '/', api_version.len);
    size_t group = slash == NULL ? 0 : (size_t)(slash - api_version.data);

    return (struct kind){
        .group = {api_version.data, group},
        .version = slash == NULL ? api_version : slice_after(api_version, group + 1),
        .name = name,
    };
}

/* The review that the API server would send for the object's CREATE, as far as it tells. */
static int judge_review(const struct job *job, const struct object *object, struct outcome *outcome,
                        struct error *err)
{
    char plural[PLURAL_MAX];
    struct slice kind = object_kind(object);
    struct slice api_version = value_string(value_member(object->value, "apiVersion"));
    bool is_namespace = slice_is(kind, "Namespace");
    const struct review review = {
        .uid = SLICE("\"\""),
        .kind = kind_of(api_version, kind),
        .resource = kind_of(api_version, judge_plural(kind, plural, sizeof plural)),
        .operation = OPERATION_CREATE,
        .name = object_name(object),
        .namespace = is_namespace ? object_name(object) : namespaces_of(&job->namespaces, object),
        .object = outcome->after,
    };
    const struct judgement judgement = {
        .ruleset = job->ruleset,
        .review = &review,
        .subject = outcome->prefix == NULL ? NULL : &outcome->subject,
    };
    return validators_check(&judgement, &outcome->findings, err);
}

int judge_object(const struct job *job, const struct object *object, struct outcome *outcome,
                 struct error *err)
{
    bool is_template = outcome->prefix != NULL && outcome->prefix[0] != '\0';

    if (outcome->subject.rules != NULL && !outcome_is_denied(outcome) && !outcome->unnamed &&
        judge_pod(job, object, outcome, err) != 0) {
        return -1;
    }
    if (is_template || outcome_is_denied(outcome)) {
        return 0;
    }
    return judge_review(job, object, outcome, err);
}
