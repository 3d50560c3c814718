/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resources of the pod as a whole (spec.resources) are raised by the sidecar's:
 * the init container ran before it and has the same. Done once: where our
 * sidecar is there already, so is its share.
 */
#include "lib/pod/quantity.h"
#include "lib/pod/typed.h"
#include "mutators/mutator.h"

#include <stdio.h>

static const char *const lists[] = {"requests", "limits"};

static bool has_sidecar(struct value pod)
{
    struct value_iter iter = value_iter(value_get(pod, "spec", "initContainers", NULL));
    struct slice key;
    struct value container;

    while (value_next(&iter, &key, &container)) {
        if (value_is(value_member(container, "name"), SIDECAR_NAME)) {
            return true;
        }
    }
    return false;
}

/* A quantity may be a number. */
static struct slice text_of(struct value quantity)
{
    return value_kind(quantity) == JSON_NUMBER ? value_raw(quantity) : value_string(quantity);
}

static void check_list(const struct subject *subject, struct value resources, const char *list,
                       struct findings *findings)
{
    struct value ours = value_get(subject->rules->sidecar, "resources", list, NULL);
    struct value_iter iter = value_iter(TYPED_OBJECT(findings, resources, list, "spec.resources"));
    struct slice key;
    struct value amount;

    while (value_next(&iter, &key, &amount)) {
        struct value more = value_member_slice(ours, key);
        struct error why = {0};
        char sum[QUANTITY_TEXT];
        if (value_is_set(more) && quantity_add(text_of(amount), text_of(more), sum, &why) != 0) {
            char field[sizeof findings->field];
            (void)snprintf(field, sizeof field, "spec.resources.%s[%.*s]", list, CALLED(key));
            findings_deny(findings, REASON_MALFORMED, field,
                          "podveil adds its own %.*s to the pod's, and %s. Write a plain quantity, "
                          "such as 500m or 256Mi.",
                          CALLED(key), why.text);
        }
    }
}

static void check(const struct subject *subject, struct value pod, struct findings *findings)
{
    struct value resources = TYPED_OBJECT(findings, value_member(pod, "spec"), "resources", "spec");

    if (!value_is_set(resources)) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(lists) && !has_sidecar(pod); i++) {
        check_list(subject, resources, lists[i], findings);
    }
}

static int raise(struct patch *patch, const char *list, struct slice name, struct value amount,
                 struct value more, struct error *err)
{
    char sum[QUANTITY_TEXT];
    char json[QUANTITY_TEXT + 2];
    AUTO(buf) struct buf token = {0};

    if (quantity_add(text_of(amount), text_of(more), sum, err) != 0) {
        return -1;
    }
    (void)snprintf(json, sizeof json, "\"%s\"", sum);
    buf_init(&token, 1024);
    pointer_escape(&token, name);
    if (buf_check(&token, err) != 0) {
        return -1;
    }
    return patch_add_json(patch, slice_of(json), err, "/spec/resources/%s/%s", list,
                          buf_cstr(&token));
}

static int raise_list(const struct subject *subject, struct patch *patch, const char *list,
                      struct error *err)
{
    struct value theirs = value_get(patch_target(patch), "spec", "resources", list, NULL);
    struct value_iter iter =
        value_iter(value_get(subject->rules->sidecar, "resources", list, NULL));
    struct slice key;
    struct value more;

    while (value_next(&iter, &key, &more)) {
        struct value amount = value_member_slice(theirs, key);
        if (value_is_set(amount) && raise(patch, list, key, amount, more, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int apply(const struct subject *subject, struct patch *patch, struct findings *findings,
                 struct error *err)
{
    struct value pod = patch_target(patch);

    (void)findings;
    if (!value_is_set(value_get(pod, "spec", "resources", NULL))) {
        return 0;
    }
    for (size_t i = 0; i < COUNT_OF(lists) && !has_sidecar(pod); i++) {
        if (raise_list(subject, patch, lists[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

extern const struct mutator mutator_pod_resources;
const struct mutator mutator_pod_resources = {
    .name = "pod_resources",
    .check = check,
    .apply = apply,
};
