/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/outcome.h"

#include "lib/pod/template.h"

#include <stdio.h>

void outcome_done(struct outcome *outcome)
{
    json_done(&outcome->after_doc);
    buf_done(&outcome->after_text);
    buf_done(&outcome->patch);
}

bool outcome_is_denied(const struct outcome *outcome)
{
    return outcome->findings.denied != REASON_NONE;
}

static void start(const struct job *job, const struct object *object, struct outcome *outcome)
{
    *outcome = (struct outcome){
        .prefix = template_prefix_of(object->value),
        .after = object->value,
    };
    findings_init(&outcome->findings, job->config);
    buf_init(&outcome->patch, JSON_MAX_TEXT);
    buf_init(&outcome->after_text, JSON_MAX_TEXT);
}

static bool is_named(const struct object *object)
{
    return value_string(value_get(object->value, "metadata", "name", NULL)).len > 0;
}

struct pod_case outcome_case(const struct job *job, const struct object *object, struct value value,
                             const char *prefix)
{
    struct slice namespace = namespaces_of(&job->namespaces, object);
    struct slice controller =
        template_workload(value, object_kind(object), object_name(object), prefix);

    while (controller.len > 0 && controller.data[controller.len - 1] == '-') {
        controller.len--;
    }
    return (struct pod_case){
        .ruleset = job->ruleset,
        .object = value,
        .prefix = prefix,
        .around = {.namespace = namespace,
                   .namespace_labels = namespaces_labels(&job->namespaces, namespace),
                   .controller = controller},
    };
}

/* What the server refuses before and after the rules: admission.c has the same two. */
static void check_text(const struct object *object, struct outcome *outcome)
{
    if (object->has_nul) {
        findings_deny(&outcome->findings, REASON_MALFORMED, "",
                      "the text of the object holds a NUL character. Take \\u0000 out of it.");
    }
}

static void check_namespace(struct outcome *outcome)
{
    if (outcome->subject.rules != NULL && !name_is_label(outcome->subject.namespace)) {
        findings_deny(&outcome->findings, REASON_MALFORMED, "metadata.namespace",
                      "the namespace is not a DNS label. Write lower-case letters, digits and "
                      "dashes, at most 63.");
    }
}

int outcome_apply(struct outcome *outcome, struct value object, struct error *err)
{
    AUTO(json) struct json operations = {0};

    if (json_parse(&operations, buf_view(&outcome->patch), err) != 0 ||
        patch_apply(object, value_root(&operations), &outcome->after_text, err) != 0 ||
        json_parse(&outcome->after_doc, buf_view(&outcome->after_text), err) != 0) {
        return error_prefix(err, "podveil's own patch does not apply");
    }
    outcome->after = value_root(&outcome->after_doc);
    return 0;
}

static int change(const struct job *job, const struct object *object, struct outcome *outcome,
                  struct error *err)
{
    AUTO(patch) struct patch *patch = patch_new(object->value, outcome->prefix);
    struct pod_case pod = outcome_case(job, object, object->value, outcome->prefix);

    if (patch == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a patch");
    }
    if (pod_mutate(&pod, patch, &outcome->subject, &outcome->findings, err) != 0) {
        return -1;
    }
    check_namespace(outcome);
    if (outcome_is_denied(outcome)) {
        return 0;
    }
    outcome->unnamed =
        outcome->subject.rules != NULL && outcome->prefix[0] != '\0' && !is_named(object);
    if (outcome->subject.rules == NULL || outcome->unnamed || patch_count(patch) == 0) {
        return 0;
    }
    if (patch_encode(patch, &outcome->patch, err) != 0) {
        return -1;
    }
    return outcome_apply(outcome, object->value, err);
}

int outcome_of(const struct job *job, const struct object *object, struct outcome *outcome,
               struct error *err)
{
    start(job, object, outcome);
    if (outcome->prefix != NULL) {
        check_text(object, outcome);
        if (!outcome_is_denied(outcome) && change(job, object, outcome, err) != 0) {
            return -1;
        }
    }
    if (outcome->patch.len == 0) {
        buf_text(&outcome->patch, "[]");
    }
    return buf_check(&outcome->patch, err);
}

int outcome_report(const struct job *job, const struct object *object,
                   const struct outcome *outcome, struct error *err)
{
    if (outcome_is_denied(outcome)) {
        return job_report(job, object, outcome->findings.message, err);
    }
    for (size_t i = 0; i < outcome->findings.warning_count; i++) {
        char text[WARNING_LEN + sizeof "warning: "];
        (void)snprintf(text, sizeof text, "warning: %s", outcome->findings.warnings[i]);
        if (job_report(job, object, text, err) != 0) {
            return -1;
        }
    }
    if (!outcome->unnamed) {
        return 0;
    }
    return job_report(job, object,
                      "left as it is: its name is made in the cluster (generateName), "
                      "and its pods are protected there",
                      err);
}
