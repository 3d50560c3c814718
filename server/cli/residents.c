/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/residents.h"

#include "lib/base/array.h"
#include "lib/pod/template.h"
#include "server/cli/order.h"

enum { ITEMS_FIRST = 64, ITEMS_MAX = 2097152, NAMES_MAX = 1 << 30, MARKS = 2 };

void residents_done(struct residents *residents)
{
    free(residents->items);
    free(residents->carried);
    arena_done(&residents->memory);
}

/* By as much of the key as it has: {NULL, 0} is every one. */
static int compare(const struct resident *a, const struct resident *key)
{
    int order = order_slices(a->namespace, key->namespace);

    if (order == 0 && key->gateway.data != NULL) {
        order = order_slices(a->gateway, key->gateway);
    }
    if (order == 0 && key->workload.data != NULL) {
        order = order_slices(a->workload, key->workload);
    }
    return order;
}

static int by_place(const void *a, const void *b)
{
    return compare(a, b);
}

static int compare_carried(const struct carried *a, const struct carried *b)
{
    int order = order_slices(a->namespace, b->namespace);

    order = order != 0 ? order : order_slices(a->key, b->key);
    return order != 0 ? order : order_slices(a->value, b->value);
}

static int by_texts(const void *a, const void *b)
{
    return compare_carried(a, b);
}

static int add(struct residents *residents, const struct subject *subject, struct value labels,
               struct error *err)
{
    struct slice workload = arena_copy(&residents->memory, slice_of(subject->workload_label));

    if (residents->count == residents->cap) {
        struct resident *grown =
            array_grow(residents->items, &residents->cap, sizeof *grown, ITEMS_FIRST, ITEMS_MAX);
        if (grown == NULL) {
            return error_set(err, ERR_NO_MEMORY, "no memory for more pods");
        }
        residents->items = grown;
    }
    if (workload.data == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for the name of a workload");
    }
    residents->items[residents->count++] = (struct resident){
        .namespace = subject->namespace,
        .gateway = slice_of(subject->rules->gateway->name),
        .workload = workload,
        .labels = labels,
    };
    return 0;
}

/* Is it a privacy pod, or what makes them? What cannot be read is told where it is judged. */
static int look_at(struct residents *residents, const struct job *job, const struct object *object,
                   const char *prefix, struct error *err)
{
    struct pod_case pod = outcome_case(job, object, object->value, prefix);
    struct value target = value_at(object->value, prefix);
    struct findings findings;
    struct subject subject = {0};

    findings_init(&findings, job->config);
    if (subject_of_pod(pod.ruleset, target, &pod.around, &subject, &findings, err) != 0) {
        return -1;
    }
    return subject.rules == NULL
               ? 0
               : add(residents, &subject, value_get(target, "metadata", "labels", NULL), err);
}

static void carry(struct residents *residents, const struct resident *by, struct slice key,
                  struct slice value)
{
    residents->carried[residents->carried_count++] =
        (struct carried){.namespace = by->namespace, .key = key, .value = value, .by = by};
}

/* Every label, with the two marks as podveil sets them. */
static void carry_all(struct residents *residents, const struct resident *by)
{
    struct value_iter iter = value_iter(by->labels);
    struct slice key;
    struct value value;

    carry(residents, by, SLICE(MARK_GATEWAY), by->gateway);
    carry(residents, by, SLICE(MARK_WORKLOAD), by->workload);
    while (value_next(&iter, &key, &value)) {
        if (!slice_is(key, MARK_GATEWAY) && !slice_is(key, MARK_WORKLOAD)) {
            carry(residents, by, key, value_string(value));
        }
    }
}

static int list_labels(struct residents *residents, struct error *err)
{
    size_t most = 1;

    for (size_t i = 0; i < residents->count; i++) {
        most += value_count(residents->items[i].labels) + MARKS;
    }
    residents->carried = calloc(most, sizeof *residents->carried);
    if (residents->carried == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for the labels of pods");
    }
    for (size_t i = 0; i < residents->count; i++) {
        carry_all(residents, &residents->items[i]);
    }
    qsort(residents->carried, residents->carried_count, sizeof *residents->carried, by_texts);
    return 0;
}

int residents_find(struct residents *residents, const struct job *job, struct error *err)
{
    const struct objects *objects = &job->input.objects;

    *residents = (struct residents){0};
    arena_init(&residents->memory, NAMES_MAX);
    for (size_t i = 0; i < objects->count; i++) {
        const struct object *object = &objects->items[i];
        const char *prefix = template_prefix_of(object->value);
        if (prefix != NULL && !object_is_review(object) &&
            look_at(residents, job, object, prefix, err) != 0) {
            return -1;
        }
    }
    if (residents->count == 0) {
        return 0;
    }
    qsort(residents->items, residents->count, sizeof *residents->items, by_place);
    return list_labels(residents, err);
}

/* How many stand before the key, or, with `behind`, before or at it. */
static size_t bound(const struct residents *residents, const struct resident *key, bool behind)
{
    size_t low = 0;
    size_t high = residents->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(&residents->items[middle], key);
        if (order < 0 || (behind && order == 0)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static size_t count_everywhere(const struct residents *residents, struct slice gateway,
                               struct slice workload)
{
    size_t count = 0;

    for (size_t i = 0; i < residents->count; i++) {
        const struct resident *at = &residents->items[i];
        bool counts = (gateway.data == NULL || slice_equal(gateway, at->gateway)) &&
                      (workload.data == NULL || slice_equal(workload, at->workload));
        count += counts ? 1 : 0;
    }
    return count;
}

size_t residents_count(const struct residents *residents, struct slice namespace,
                       struct slice gateway, struct slice workload)
{
    if (namespace.data == NULL) {
        return count_everywhere(residents, gateway, workload);
    }
    const struct resident key = {.namespace = namespace, .gateway = gateway, .workload = workload};

    return bound(residents, &key, true) - bound(residents, &key, false);
}

static bool carries(const struct resident *resident, struct slice key, struct value value)
{
    if (slice_is(key, MARK_GATEWAY) || slice_is(key, MARK_WORKLOAD)) {
        return slice_equal(value_string(value),
                           slice_is(key, MARK_GATEWAY) ? resident->gateway : resident->workload);
    }
    return value_equal(value_member_slice(resident->labels, key), value);
}

static bool has_all(const struct resident *resident, struct value labels)
{
    struct value_iter iter = value_iter(labels);
    struct slice key;
    struct value value;

    while (value_next(&iter, &key, &value)) {
        if (!carries(resident, key, value)) {
            return false;
        }
    }
    return true;
}

static size_t first_carried(const struct residents *residents, const struct carried *key)
{
    size_t low = 0;
    size_t high = residents->carried_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_carried(&residents->carried[middle], key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool residents_carry(const struct residents *residents, struct slice namespace, struct value labels)
{
    struct value_iter iter = value_iter(labels);
    struct carried wanted = {.namespace = namespace};
    struct value value = VALUE_ABSENT;

    if (!value_next(&iter, &wanted.key, &value)) {
        return residents_count(residents, namespace, (struct slice){0}, (struct slice){0}) > 0;
    }
    wanted.value = value_string(value);
    for (size_t i = first_carried(residents, &wanted); i < residents->carried_count; i++) {
        if (compare_carried(&residents->carried[i], &wanted) != 0) {
            return false;
        }
        if (has_all(residents->carried[i].by, labels)) {
            return true;
        }
    }
    return false;
}
