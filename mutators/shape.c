/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lists that every other rule walks are lists of objects with names, and
 * of a length that rules may walk inside each other: a pod of 20,000 volumes and
 * as many mounts would hold a thread for seconds. What one rule alone looks at,
 * that rule checks itself.
 */
#include "lib/pod/typed.h"
#include "mutators/mutator.h"

#include <stdio.h>

/* Far above what any pod has: mounts times volumes is what costs. */
enum { MAX_CONTAINERS = 1024, MAX_VOLUMES = 1024, MAX_MOUNTS = 8192, OUR_MOUNTS = 2 };

static void check_count(struct findings *findings, const char *what, size_t count, size_t max)
{
    if (count > max) {
        findings_deny(findings, REASON_MALFORMED, what,
                      "the pod has %zu entries in %s, more than %zu. Make several pods of it.",
                      count, what, max);
    }
}

static bool has(struct value list, const char *name)
{
    struct value_iter iter = value_iter(list);
    struct slice key;
    struct value item;
    bool found = false;

    while (!found && value_next(&iter, &key, &item)) {
        found = value_is(value_member(item, "name"), name);
    }
    return found;
}

/* Podveil's own do not count: a pod that was full without them is let in, and is judged with them.
 */
static size_t ours_in(struct value list, const char *first, const char *second)
{
    return (has(list, first) ? 1U : 0U) + (has(list, second) ? 1U : 0U);
}

static void check_mounts(struct findings *findings, struct value spec, size_t mounts)
{
    struct value list = value_member(spec, "initContainers");

    if (mounts > MAX_MOUNTS) {
        mounts -= OUR_MOUNTS * ours_in(list, INIT_NAME, SIDECAR_NAME);
        check_count(findings, "spec.containers[].volumeMounts", mounts, MAX_MOUNTS);
    }
}

static void check_strings(struct findings *findings, struct value container, const char *name,
                          const char *at)
{
    struct value_iter iter = value_iter(TYPED_LIST(findings, container, name, "%s", at));
    struct slice key;
    struct value item;

    while (value_next(&iter, &key, &item)) {
        (void)TYPED_ITEM(findings, item, JSON_STRING, "%s.%s[%zu]", at, name, iter.index);
    }
}

static void check_container(struct findings *findings, struct value container, const char *at)
{
    if (!TYPED_ITEM(findings, container, JSON_OBJECT, "%s", at)) {
        return;
    }
    if (TYPED_TEXT(findings, container, "name", "%s", at).len == 0) {
        findings_deny(findings, REASON_MALFORMED, at, "%s has no name. Write one.", at);
    }
    check_strings(findings, container, "command", at);
    check_strings(findings, container, "args", at);
}

static void check_volumes(struct findings *findings, struct value spec)
{
    struct value_iter iter = value_iter(TYPED_LIST(findings, spec, "volumes", "spec"));
    struct slice key;
    struct value volume;

    while (value_next(&iter, &key, &volume)) {
        if (TYPED_ITEM(findings, volume, JSON_OBJECT, "spec.volumes[%zu]", iter.index)) {
            (void)TYPED_TEXT(findings, volume, "name", "spec.volumes[%zu]", iter.index);
        }
    }
}

static void check_lists(struct findings *findings, struct value spec)
{
    static const char *const lists[] = {"spec.containers", "spec.initContainers",
                                        "spec.ephemeralContainers"};

    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        const char *name = lists[i] + strlen("spec.");
        struct value list = TYPED_LIST(findings, spec, name, "spec");
        size_t count = value_count(list);
        count -= count > MAX_CONTAINERS ? ours_in(list, INIT_NAME, SIDECAR_NAME) : 0;
        check_count(findings, lists[i], count, MAX_CONTAINERS);
    }
    struct value volumes = value_member(spec, "volumes");
    size_t count = value_count(volumes);
    count -= count > MAX_VOLUMES ? ours_in(volumes, CONFIG_VOLUME, TOKEN_VOLUME) : 0;
    check_count(findings, "spec.volumes", count, MAX_VOLUMES);
}

static void check(const struct subject *subject, struct value pod, struct findings *findings)
{
    struct value spec = value_member(pod, "spec");
    struct container_iter iter = container_iter(&subject->containers);
    struct value container;
    size_t mounts = 0;
    char at[64];

    (void)subject;
    check_lists(findings, spec);
    if (value_count(value_member(spec, "containers")) == 0) {
        findings_deny(findings, REASON_MALFORMED, "spec.containers",
                      "the pod has no container. Write at least one.");
    }
    (void)TYPED_OBJECT(findings, spec, "securityContext", "spec");
    (void)TYPED_TEXT(findings, spec, "serviceAccountName", "spec");
    (void)TYPED_TEXT(findings, spec, "serviceAccount", "spec");
    while (findings->denied == REASON_NONE && container_next(&iter, &container, at)) {
        check_container(findings, container, at);
        mounts += value_count(value_member(container, "volumeMounts"));
    }
    check_mounts(findings, spec, mounts);
    check_volumes(findings, spec);
}

extern const struct mutator mutator_shape;
const struct mutator mutator_shape = {
    .name = "shape",
    .check = check,
};
