/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lists that every other rule walks are lists of objects with names. What
 * one rule alone looks at, that rule checks itself.
 */
#include "lib/pod/typed.h"
#include "mutators/mutator.h"

static void check_strings(struct findings *findings, struct value container, const char *name,
                          const char *at)
{
    struct value_iter iter = value_iter(typed_list(findings, container, name, "%s", at));
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        (void)typed_item(findings, item, JSON_STRING, "%s.%s[%zu]", at, name, iter.index);
    }
}

static void check_container(struct findings *findings, struct value container, const char *at)
{
    if (!typed_item(findings, container, JSON_OBJECT, "%s", at)) {
        return;
    }
    if (typed_text(findings, container, "name", "%s", at).len == 0) {
        findings_deny(findings, REASON_MALFORMED, at, "%s has no name. Write one.", at);
    }
    check_strings(findings, container, "command", at);
    check_strings(findings, container, "args", at);
}

static void check_volumes(struct findings *findings, struct value spec)
{
    struct value_iter iter = value_iter(typed_list(findings, spec, "volumes", "spec"));
    struct slice key;
    struct value volume;

    while (value_next(&iter, &key, &volume)) {
        if (typed_item(findings, volume, JSON_OBJECT, "spec.volumes[%zu]", iter.index)) {
            (void)typed_text(findings, volume, "name", "spec.volumes[%zu]", iter.index);
        }
    }
}

static void check(const struct subject *subject, struct value pod, struct findings *findings)
{
    struct value spec = value_member(pod, "spec");
    struct container_iter iter = container_iter(pod);
    struct value container;
    char at[64];

    (void)subject;
    if (value_count(typed_list(findings, spec, "containers", "spec")) == 0) {
        findings_deny(findings, REASON_MALFORMED, "spec.containers",
                      "the pod has no container. Write at least one.");
    }
    (void)typed_list(findings, spec, "initContainers", "spec");
    (void)typed_list(findings, spec, "ephemeralContainers", "spec");
    (void)typed_object(findings, spec, "securityContext", "spec");
    while (findings->denied == REASON_NONE && container_next(&iter, &container, at)) {
        check_container(findings, container, at);
    }
    check_volumes(findings, spec);
}

extern const struct mutator mutator_shape;
const struct mutator mutator_shape = {
    .name = "shape",
    .check = check,
};
