/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/subject.h"

#include "lib/pod/parts.h"
#include "lib/pod/privacy.h"
#include "lib/pod/typed.h"

#include <stdio.h>

/* The lists of containers, and what stands before an index where one is named. */
static const struct {
    const char *name;
    struct slice field;
    struct slice pointer;
} lists[CONTAINER_LISTS] = {
    {"containers", {"spec.containers[", 16}, {"/spec/containers/", 17}},
    {"initContainers", {"spec.initContainers[", 20}, {"/spec/initContainers/", 21}},
    {"ephemeralContainers", {"spec.ephemeralContainers[", 25}, {"/spec/ephemeralContainers/", 26}},
};

/* Labels or annotations: an object of strings. */
static void check_texts(struct value metadata, const char *name, struct findings *findings)
{
    struct value_iter iter = value_iter(TYPED_OBJECT(findings, metadata, name, "metadata"));
    struct slice key;
    struct value text;

    while (value_next(&iter, &key, &text)) {
        (void)TYPED_ITEM(findings, text, JSON_STRING, "metadata.%s[%.*s]", name, CALLED(key));
    }
}

static void check_metadata(struct value pod, struct findings *findings)
{
    struct value metadata = value_member(pod, "metadata");

    if (value_is_set(metadata)) {
        (void)TYPED_ITEM(findings, metadata, JSON_OBJECT, "metadata");
        check_texts(metadata, "labels", findings);
        check_texts(metadata, "annotations", findings);
    }
    (void)TYPED_ITEM(findings, value_member(pod, "spec"), JSON_OBJECT, "spec");
}

/* A pod that has no name to go by is the pod's fault, not ours. */
static int name_workload(struct value pod, const struct surroundings *around, struct subject *out,
                         struct findings *findings, struct error *err)
{
    struct error why = {0};

    if (workload_name(pod, around->controller, out->workload, &why) == 0) {
        char label[NAME_MAX_LEN + 1];
        if (name_cut(slice_of(out->workload), LABEL_VALUE_MAX, label, err) != 0) {
            return -1;
        }
        slice_copy(slice_of(label), out->workload_label, sizeof out->workload_label);
        return 0;
    }
    if (why.code != ERR_MALFORMED) {
        *err = why;
        return -1;
    }
    const char *colon = strstr(why.text, ": ");
    char field[sizeof findings->field];
    (void)snprintf(field, sizeof field, "%.*s", colon == NULL ? 0 : (int)(colon - why.text),
                   why.text);
    findings_deny(
        findings, REASON_MALFORMED, field,
        "%s. Give the pod a metadata.name of lower-case letters, digits, dots and dashes.",
        why.text);
    return 0;
}

int subject_of_pod(const struct ruleset *ruleset, struct value pod,
                   const struct surroundings *around, struct subject *out,
                   struct findings *findings, struct error *err)
{
    struct subject subject = {
        .ruleset = ruleset,
        .namespace = around->namespace,
        .namespace_labels = around->namespace_labels,
        .containers = container_lists(pod),
    };

    check_metadata(pod, findings);
    if (findings->denied == REASON_NONE &&
        !privacy_is_gateway_pod(ruleset, pod, around->namespace)) {
        const struct gateway_rules *rules = privacy_gateway(ruleset, pod, around, findings);
        if (rules != NULL && name_workload(pod, around, &subject, findings, err) != 0) {
            return -1;
        }
        if (rules != NULL && !name_is_label(around->namespace)) {
            findings_deny(findings, REASON_MALFORMED, "metadata.namespace",
                          "the namespace is not a DNS label. Write lower-case letters, digits and "
                          "dashes, at most 63.");
        }
        if (findings->denied == REASON_NONE) {
            subject.rules = rules;
            privacy_check_marks(&subject, pod, findings);
        }
    }
    *out = subject;
    return 0;
}

struct container_lists container_lists(struct value pod)
{
    struct value spec = value_member(pod, "spec");
    struct container_lists found = {0};

    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        found.items[i] = value_member(spec, lists[i].name);
    }
    return found;
}

struct container_iter container_iter(const struct container_lists *found)
{
    return (struct container_iter){
        .lists = *found,
        .items = value_iter(found->items[0]),
        .list = 0,
    };
}

/* BEFORE INDEX AFTER without printf, since each rule asks for each container. */
static void print_place(struct slice before, size_t index, char after, char out[static 64])
{
    char digits[24];
    size_t first = sizeof digits;

    do {
        first--;
        digits[first] = (char)('0' + index % 10);
        index /= 10;
    } while (index > 0);
    memcpy(out, before.data, before.len);
    memcpy(out + before.len, digits + first, sizeof digits - first);
    out += before.len + sizeof digits - first;
    out[0] = after;
    out[1] = '\0';
}

bool container_next(struct container_iter *iter, struct value *container, char field[static 64])
{
    struct slice key;

    while (!value_next(&iter->items, &key, container)) {
        if ((size_t)iter->list + 1 >= COUNT_OF(lists)) {
            return false;
        }
        iter->list++;
        iter->items = value_iter(iter->lists.items[iter->list]);
    }
    print_place(lists[iter->list].field, iter->items.index, ']', field);
    return true;
}

bool container_next_other(const struct ruleset *ruleset, struct container_iter *iter,
                          struct value *container, char field[static 64])
{
    bool found = container_next(iter, container, field);

    while (found && part_is_ours(ruleset, *container)) {
        found = container_next(iter, container, field);
    }
    return found;
}

void container_pointer(const struct container_iter *iter, char pointer[static 64])
{
    print_place(lists[iter->list].pointer, iter->items.index, '\0', pointer);
}
