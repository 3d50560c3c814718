/* SPDX-License-Identifier: Apache-2.0 */
#include "server/admission/pod.h"

#include "lib/kube/pointer.h"
#include "lib/pod/template.h"
#include "mutators/mutator.h"

enum { PATCH_TEXT_MAX = 4 * 1024 * 1024 };

static int find_subject(const struct pod_case *pod, struct subject *subject,
                        struct findings *findings, struct error *err)
{
    struct value target = value_at(pod->object, pod->prefix);

    if (value_kind(target) != JSON_OBJECT) {
        findings_deny(findings, REASON_MALFORMED, pod->prefix,
                      "%s is no pod template. Write one with metadata and spec.",
                      pod->prefix[0] == '\0' ? "the object" : pod->prefix);
        return 0;
    }
    return subject_of_pod(pod->ruleset, target, &pod->around, subject, findings, err);
}

/* The rules over a privacy pod, and their patch tried on the original, as the API server will. */
static int make(const struct subject *subject, struct patch *patch, struct findings *findings,
                struct error *err)
{
    if (mutators_apply(subject, patch, findings, err) != 0) {
        return -1;
    }
    return patch_count(patch) == 0 ? 0 : patch_try(patch, err);
}

/* What only a pod can make too large for us is the pod's fault: it is denied, and told why. */
static int blame_large(const struct error *why, struct findings *findings)
{
    findings_deny(findings, REASON_MALFORMED, "",
                  "the pod is too large to be changed (%s). Make its lists, labels and annotations "
                  "shorter.",
                  why->text);
    return 0;
}

int pod_mutate(const struct pod_case *pod, struct patch *patch, struct subject *subject,
               struct findings *findings, struct error *err)
{
    *subject = (struct subject){0};
    if (find_subject(pod, subject, findings, err) != 0) {
        return -1;
    }
    if (subject->rules == NULL || findings->denied != REASON_NONE) {
        return 0;
    }
    mutators_check(subject, patch_target(patch), findings);
    if (findings->denied != REASON_NONE) {
        return 0;
    }
    if (make(subject, patch, findings, err) == 0) {
        return 0;
    }
    return err->code == ERR_TOO_LARGE ? blame_large(err, findings) : -1;
}

/* A place as people write a field: "spec.initContainers[0]", "metadata.labels[a/b]". */
static void print_field(const struct pointer *place, struct buf *out)
{
    for (size_t i = 0; i < place->count; i++) {
        struct slice token = place->tokens[i];
        size_t index = 0;
        if (pointer_index(token, &index) || memchr(token.data, '/', token.len) != NULL) {
            buf_printf(out, "[%.*s]", SLICE_ARGS(token));
        } else if (!slice_is(token, "-")) {
            buf_printf(out, "%s%.*s", i == 0 ? "" : ".", SLICE_ARGS(token));
        }
    }
}

/* Say what the final pod lacks: the place of the first operation that would still be needed. */
static int deny_unprotected(const struct patch *patch, struct findings *findings, struct error *err)
{
    AUTO(buf) struct buf text = {0};
    AUTO(buf) struct buf field = {0};
    AUTO(arena) struct arena arena = {0};
    AUTO(json) struct json doc = {0};
    struct pointer place;

    buf_init(&text, PATCH_TEXT_MAX);
    buf_init(&field, sizeof findings->field - 1);
    arena_init(&arena, PATCH_TEXT_MAX);
    if (patch_encode(patch, &text, err) != 0 || json_parse(&doc, buf_view(&text), err) != 0) {
        return -1;
    }
    struct value first = value_item(value_root(&doc), 0);
    struct slice path = value_string(value_member(first, "path"));
    if (pointer_parse(&place, path, &arena, err) != 0) {
        return -1;
    }
    print_field(&place, &field);
    if (field.failed == ERR_NO_MEMORY) {
        return buf_check(&field, err);
    }
    findings_deny(findings, REASON_NOT_PROTECTED, buf_cstr(&field),
                  "the final pod is not what podveil made it at %s: it did not pass through "
                  "/mutate, or another webhook changed it there. Let that webhook leave the place "
                  "alone, or set reinvocationPolicy: IfNeeded for podveil.",
                  buf_cstr(&field));
    return 0;
}

int pod_judge(const struct pod_case *pod, struct subject *subject, struct findings *findings,
              struct error *err)
{
    AUTO(patch) struct patch *patch = patch_new(pod->object, pod->prefix);

    if (patch == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory to judge a pod");
    }
    if (pod_mutate(pod, patch, subject, findings, err) != 0) {
        return -1;
    }
    if (findings->denied == REASON_NONE && subject->rules != NULL && patch_count(patch) > 0) {
        return deny_unprotected(patch, findings, err);
    }
    return 0;
}
