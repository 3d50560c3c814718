/* SPDX-License-Identifier: Apache-2.0 */
/*
 * While privacy pods live in a namespace it keeps the gateway's label and
 * podveil's guard. By these the API server decides whether it asks podveil at
 * all, and it looks at the labels as they will be: so the loss itself is judged,
 * by those that were, on each way to change them.
 *
 * The namespace controller changes no label: a namespace that is being deleted
 * goes on.
 */
#include "lib/pod/marks.h"
#include "lib/pod/names.h"
#include "lib/pod/typed.h"
#include "validators/validator.h"

#include <stdio.h>

/* A label that is lost, and what that would lead to. */
struct loss {
    const char *label;
    const char *effect;
};

static bool handles(const struct review *review)
{
    return kind_is(&review->resource, "", "v1", "namespaces") &&
           review->operation == OPERATION_UPDATE;
}

/* The label by which the namespace's pods are private, where it names a gateway. */
static bool is_private(struct value labels, const char *label)
{
    struct value gateway = value_member(labels, label);

    return value_is_set(gateway) && !value_is(gateway, GATEWAY_NONE);
}

/* Without a configuration nobody knows which label is the gateway's: each may be. */
static struct loss find_loss(const struct ruleset *ruleset, struct value old, struct value new)
{
    const char *label = ruleset->config->label;

    if (value_is(value_member(old, MARK_GUARDED), "true") &&
        !value_is(value_member(new, MARK_GUARDED), "true")) {
        return (struct loss){MARK_GUARDED, "nobody would ask about their policies any more"};
    }
    bool unknown = ruleset->gateway_count == 0 && !value_equal(old, new);
    if (unknown || (is_private(old, label) &&
                    !value_equal(value_member(old, label), value_member(new, label)))) {
        return (struct loss){label, "the next ones would not go the way that these go"};
    }
    return (struct loss){0};
}

static struct slice name_of(const struct review *review)
{
    struct slice name = value_string(value_get(review->old_object, "metadata", "name", NULL));

    return review->name.len > 0 ? review->name : name;
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    const struct review *review = judgement->review;
    struct loss loss =
        find_loss(judgement->ruleset, value_get(review->old_object, "metadata", "labels", NULL),
                  value_get(review->object, "metadata", "labels", NULL));
    const struct slice any = {0};
    struct slice name = name_of(review);
    struct error unknown = {0};
    char field[sizeof findings->field];
    size_t count = 0;

    if (loss.label == NULL) {
        return 0;
    }
    (void)snprintf(field, sizeof field, "metadata.labels[%s]", loss.label);
    if (cluster_count_pods(judgement->around, name, any, any, &count, &unknown) != 0) {
        if (unknown.code == ERR_NO_MEMORY) {
            *err = unknown;
            return -1;
        }
        findings_deny(findings, REASON_NAMESPACE_UNLABELLED, field,
                      "namespace %.*s would lose the label %s, and whether privacy pods live there "
                      "is not known: %s. Try again.",
                      CALLED(name), loss.label, unknown.text);
    } else if (count > 0) {
        findings_deny(findings, REASON_NAMESPACE_UNLABELLED, field,
                      "privacy pods live in namespace %.*s (%zu): without the label %s %s. Leave "
                      "the label as it is (kubectl apply does, where the file does not name it), "
                      "or delete those pods first.",
                      CALLED(name), count, loss.label, loss.effect);
    }
    return 0;
}

extern const struct validator validator_namespace_labels;
const struct validator validator_namespace_labels = {
    .name = "namespace_labels",
    .handles = handles,
    .check = check,
};
