/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A debug container in a privacy pod shares its network: it may look, but it may
 * not send raw frames, change routes or look into our containers, nor write to a
 * file of the node that the pod was let in with because nobody could. Those that
 * were there before are not judged again.
 */
#include "lib/pod/marks.h"
#include "lib/pod/names.h"
#include "lib/pod/path.h"
#include "lib/pod/typed.h"
#include "lib/pod/uses.h"
#include "validators/validator.h"

#include <stdio.h>

/* Each is looked for among those that were there: what a pod can have must stay countable. */
enum { MAX_CONTAINERS = 512 };

static bool handles(const struct review *review)
{
    return kind_is(&review->resource, "", "v1", "pods") &&
           slice_is(review->subresource, "ephemeralcontainers") &&
           review->operation == OPERATION_UPDATE;
}

static bool was_there(struct value old_pod, struct value container)
{
    struct value_iter iter = value_iter(value_get(old_pod, "spec", "ephemeralContainers", NULL));
    struct slice key;
    struct value old;

    while (value_next(&iter, &key, &old)) {
        if (value_equal(value_member(old, "name"), value_member(container, "name"))) {
            return true;
        }
    }
    return false;
}

/* The first thing that its securityContext may not have, or NULL. */
static const char *fault_of_context(const struct config *config, struct value container,
                                    const char *at, struct findings *findings)
{
    struct value context = TYPED_OBJECT(findings, container, "securityContext", "%s", at);
    struct value capabilities =
        TYPED_OBJECT(findings, context, "capabilities", "%s.securityContext", at);
    struct value add =
        TYPED_LIST(findings, capabilities, "add", "%s.securityContext.capabilities", at);
    (void)TYPED_LIST(findings, capabilities, "drop", "%s.securityContext.capabilities", at);
    struct slice proc = TYPED_TEXT(findings, context, "procMount", "%s.securityContext", at);

    if (TYPED_TRUE(findings, context, "privileged", "%s.securityContext", at)) {
        return "is privileged";
    }
    if (value_is_set(value_member(context, "windowsOptions"))) {
        return "has windowsOptions";
    }
    if (slice_is(proc, "Unmasked")) {
        return "has procMount: Unmasked";
    }
    if (value_count(add) > 0) {
        return "adds capabilities";
    }
    bool raw = config->raw_sockets == RAW_SOCKETS_DROP && !uses_no_net_raw(container);
    return raw ? "keeps NET_RAW" : NULL;
}

/* The first thing that a debug container may not have, or NULL. */
static const char *fault_of(const struct config *config, struct value container, const char *at,
                            struct findings *findings)
{
    struct slice name = TYPED_TEXT(findings, container, "name", "%s", at);
    struct slice target = TYPED_TEXT(findings, container, "targetContainerName", "%s", at);
    const char *fault = fault_of_context(config, container, at, findings);

    if (slice_starts_with(name, NAME_PREFIX)) {
        return "has a name of podveil's";
    }
    if (fault != NULL) {
        return fault;
    }
    return slice_starts_with(target, NAME_PREFIX) ? "looks into a container of podveil's" : NULL;
}

/* mutators/host_path.c lets these in, of the node's own, where each mount is read-only. */
static bool is_nodes_file(struct value pod, struct slice name)
{
    struct value_iter iter = value_iter(value_get(pod, "spec", "volumes", NULL));
    char path[PATH_LEN + 1];
    struct slice key;
    struct value volume;
    bool found = false;

    while (!found && value_next(&iter, &key, &volume)) {
        struct slice written = value_string(value_get(volume, "hostPath", "path", NULL));
        found = slice_equal(value_string(value_member(volume, "name")), name) &&
                path_clean(written, path) &&
                (strcmp(path, "/etc/localtime") == 0 || strcmp(path, "/etc/timezone") == 0);
    }
    return found;
}

static void check_mounts(const struct judgement *judgement, struct value container, const char *at,
                         struct findings *findings)
{
    struct value_iter iter = value_iter(TYPED_LIST(findings, container, "volumeMounts", "%s", at));
    struct slice key;
    struct value mount;

    while (judgement->ruleset->config->host_paths.count == 0 && value_next(&iter, &key, &mount)) {
        struct slice name = value_string(value_member(mount, "name"));
        if (!value_is_true(value_member(mount, "readOnly")) &&
            is_nodes_file(judgement->review->object, name)) {
            char field[96];
            (void)snprintf(field, sizeof field, "%s.volumeMounts[%zu]", at, iter.index);
            findings_deny(findings, REASON_EPHEMERAL_CONTAINER, field,
                          "%s could write to volume %.*s, which is a file of the node. Write "
                          "readOnly: true there.",
                          field, CALLED(name));
        }
    }
}

static void judge(const struct judgement *judgement, struct value container, const char *at,
                  struct findings *findings)
{
    if (!TYPED_ITEM(findings, container, JSON_OBJECT, "%s", at) ||
        was_there(judgement->review->old_object, container)) {
        return;
    }
    const char *fault = fault_of(judgement->ruleset->config, container, at, findings);
    if (fault != NULL) {
        findings_deny(findings, REASON_EPHEMERAL_CONTAINER, at,
                      "%s %s, and it would share the network of a privacy pod. Use a debug "
                      "profile that drops all capabilities (kubectl debug --profile=restricted) "
                      "and target a container of your own.",
                      at, fault);
    }
    uses_check(container, REASON_EPHEMERAL_CONTAINER, at, findings);
    check_mounts(judgement, container, at, findings);
}

static int check(const struct judgement *judgement, struct findings *findings, struct error *err)
{
    const struct review *review = judgement->review;
    struct value spec = value_member(review->object, "spec");
    struct slice key;
    struct value container;

    (void)err;
    if (!pod_is_marked(review->old_object)) {
        return 0;
    }
    struct value list = TYPED_LIST(findings, spec, "ephemeralContainers", "spec");
    if (value_count(list) > MAX_CONTAINERS) {
        findings_deny(findings, REASON_EPHEMERAL_CONTAINER, "spec.ephemeralContainers",
                      "the pod would have more than %d debug containers. Make a new pod.",
                      MAX_CONTAINERS);
        return 0;
    }
    struct value_iter iter = value_iter(list);
    while (findings->denied == REASON_NONE && value_next(&iter, &key, &container)) {
        char at[64];
        (void)snprintf(at, sizeof at, "spec.ephemeralContainers[%zu]", iter.index);
        judge(judgement, container, at, findings);
    }
    return 0;
}

extern const struct validator validator_ephemeral_container;
const struct validator validator_ephemeral_container = {
    .name = "ephemeral_container",
    .handles = handles,
    .check = check,
};
