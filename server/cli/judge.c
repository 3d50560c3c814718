/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/judge.h"

#include "server/cli/created.h"

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

/* The rules of /validate: over a template as over the pods to come, and over the object. */
static int judge_as_created(const struct job *job, const struct around *around,
                            const struct object *object, struct outcome *outcome, struct error *err)
{
    struct created created = {
        .object = object,
        .value = outcome->after,
        .around = &around->view,
    };

    if (outcome->prefix != NULL) {
        created.prefix = outcome->prefix;
        created.subject = &outcome->subject;
        if (created_judge(job, &created, &outcome->findings, err) != 0) {
            return -1;
        }
    }
    if (outcome_is_denied(outcome) || (outcome->prefix != NULL && outcome->prefix[0] == '\0')) {
        return 0;
    }
    created.prefix = NULL;
    created.subject = NULL;
    return created_judge(job, &created, &outcome->findings, err);
}

int judge_object(const struct job *job, const struct around *around, const struct object *object,
                 struct outcome *outcome, struct error *err)
{
    bool is_private = outcome->subject.rules != NULL;

    if (is_private && !outcome_is_denied(outcome) && !outcome->unnamed &&
        judge_pod(job, object, outcome, err) != 0) {
        return -1;
    }
    if (is_private && !outcome_is_denied(outcome) &&
        around_judge(around, outcome, &outcome->findings, err) != 0) {
        return -1;
    }
    return outcome_is_denied(outcome) ? 0 : judge_as_created(job, around, object, outcome, err);
}
