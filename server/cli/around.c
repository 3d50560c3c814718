/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/around.h"

#include "lib/base/array.h"
#include "lib/pod/policies.h"
#include "lib/pod/template.h"
#include "lib/pod/typed.h"
#include "server/cli/created.h"
#include "server/cli/order.h"

enum {
    ITEMS_FIRST = 64,
    ITEMS_MAX = 2097152,
    ARENA_MAX = 1 << 30,
    PINNED_MEMORY_MAX = 4096,
};

void around_done(struct around *around)
{
    catalogue_done(&around->catalogue);
    free(around->residents);
    free(around->offenders);
    arena_done(&around->memory);
}

/* By as much of the key as it has: {NULL, 0} is every one. */
static int compare_residents(const struct resident *a, const struct resident *key)
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
    return compare_residents(a, b);
}

static int by_namespace(const void *a, const void *b)
{
    const struct offender *left = a;
    const struct offender *right = b;
    int order = order_slices(left->namespace, right->namespace);

    return order != 0 ? order : order_sizes(left->order, right->order);
}

/* How many residents stand before the key, or, with `behind`, before or at it. */
static size_t bound(const struct around *around, const struct resident *key, bool behind)
{
    size_t low = 0;
    size_t high = around->resident_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_residents(&around->residents[middle], key);
        if (order < 0 || (behind && order == 0)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static size_t count_at(const struct around *around, const struct resident *key)
{
    return bound(around, key, true) - bound(around, key, false);
}

static int count_pods(const void *place, struct slice namespace, struct slice gateway,
                      struct slice workload, size_t *count, struct error *err)
{
    const struct around *around = place;
    const struct ruleset *ruleset = around->job->ruleset;
    struct resident key = {namespace, gateway, workload};
    size_t found = 0;

    (void)err;
    if (gateway.data != NULL || workload.data == NULL) {
        *count = count_at(around, &key);
        return 0;
    }
    for (size_t i = 0; i < ruleset->gateway_count; i++) {
        key.gateway = slice_of(ruleset->gateways[i].gateway->name);
        found += count_at(around, &key);
    }
    *count = found;
    return 0;
}

/* A manifest is applied, not taken away. */
static int is_terminating(const void *place, struct slice namespace, bool *out, struct error *err)
{
    (void)place;
    (void)namespace;
    (void)err;
    *out = false;
    return 0;
}

static int visit(const void *place, const struct cluster_objects *wanted, cluster_visitor *visitor,
                 void *arg, struct error *err)
{
    const struct around *around = place;

    (void)err;
    catalogue_visit(&around->catalogue, wanted, visitor, arg);
    return 0;
}

static int add_resident(struct around *around, const struct subject *subject, struct error *err)
{
    if (around->resident_count == around->resident_cap) {
        struct resident *grown = array_grow(around->residents, &around->resident_cap, sizeof *grown,
                                            ITEMS_FIRST, ITEMS_MAX);
        if (grown == NULL) {
            return error_set(err, ERR_NO_MEMORY, "no memory for more pods");
        }
        around->residents = grown;
    }
    struct slice workload = arena_copy(&around->memory, slice_of(subject->workload_label));
    if (workload.data == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for the name of a workload");
    }
    around->residents[around->resident_count++] = (struct resident){
        .namespace = subject->namespace,
        .gateway = slice_of(subject->rules->gateway->name),
        .workload = workload,
    };
    return 0;
}

/* Is it a privacy pod, or what makes them? What cannot be read is told where it is judged. */
static int look_at_pod(struct around *around, const struct object *object, const char *prefix,
                       struct error *err)
{
    struct pod_case pod = outcome_case(around->job, object, object->value, prefix);
    struct findings findings;
    struct subject subject = {0};

    findings_init(&findings, around->job->config);
    if (subject_of_pod(pod.ruleset, value_at(object->value, prefix), &pod.around, &subject,
                       &findings, err) != 0) {
        return -1;
    }
    return subject.rules == NULL ? 0 : add_resident(around, &subject, err);
}

static int find_residents(struct around *around, struct error *err)
{
    const struct objects *objects = &around->job->input.objects;

    for (size_t i = 0; i < objects->count; i++) {
        const struct object *object = &objects->items[i];
        const char *prefix = template_prefix_of(object->value);
        if (prefix != NULL && !object_is_review(object) &&
            look_at_pod(around, object, prefix, err) != 0) {
            return -1;
        }
    }
    if (around->resident_count > 0) {
        qsort(around->residents, around->resident_count, sizeof *around->residents, by_place);
    }
    return 0;
}

static int add_offender(struct around *around, const struct object *object,
                        const struct findings *found, struct error *err)
{
    struct value selector = value_get(object->value, "spec", "podSelector", NULL);
    struct offender offender = {
        .namespace = namespaces_of(&around->job->namespaces, object),
        .name = value_string(value_get(object->value, "metadata", "name", NULL)),
        .policy = object->value,
        .order = around->offender_count,
        .reason = found->denied,
        .text =
            arena_copy(&around->memory,
                       slice_of(found->message + strlen(reason_name(found->denied)) + strlen(": ")))
                .data,
    };
    struct error unread = {0};

    if (around->offender_count == around->offender_cap) {
        struct offender *grown = array_grow(around->offenders, &around->offender_cap, sizeof *grown,
                                            ITEMS_FIRST, ITEMS_MAX);
        if (grown == NULL) {
            return error_set(err, ERR_NO_MEMORY, "no memory for more policies");
        }
        around->offenders = grown;
    }
    if (offender.text == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for what a policy opens");
    }
    offender.selects_all = !value_is_set(selector) ||
                           selector_parse(selector, &around->memory, &offender.pods, &unread) != 0;
    around->offenders[around->offender_count++] = offender;
    return 0;
}

static int find_offenders(struct around *around, struct error *err)
{
    const struct objects *objects = &around->job->input.objects;

    for (size_t i = 0; i < objects->count; i++) {
        const struct object *object = &objects->items[i];
        struct created created = {
            .object = object, .value = object->value, .around = &around->view, .standing = true};
        struct findings found;
        if (object_is_review(object) || !created_is_policy(object)) {
            continue;
        }
        findings_init(&found, around->job->config);
        if (created_judge(around->job, &created, &found, err) != 0 ||
            (found.denied != REASON_NONE && add_offender(around, object, &found, err) != 0)) {
            return -1;
        }
    }
    if (around->offender_count > 0) {
        qsort(around->offenders, around->offender_count, sizeof *around->offenders, by_namespace);
    }
    return 0;
}

int around_find(struct around *around, const struct job *job, struct error *err)
{
    *around = (struct around){
        .job = job,
        .view = {.place = around,
                 .count_pods = count_pods,
                 .is_terminating = is_terminating,
                 .visit = visit},
    };
    arena_init(&around->memory, ARENA_MAX);
    if (catalogue_find(&around->catalogue, job, err) != 0 || find_residents(around, err) != 0) {
        return -1;
    }
    return find_offenders(around, err);
}

/* What is certain of a pod's labels: its gateway, and its workload where it has a name. */
struct pinned {
    struct slice namespace;
    struct selector gateway;
    struct selector workload; /* no requirement where nobody knows it yet */
    char companion[NAME_MAX_LEN + 1];
};

static int pin(const struct outcome *outcome, struct arena *arena, struct pinned *pinned,
               struct error *err)
{
    const struct subject *subject = &outcome->subject;
    struct slice gateway = slice_of(subject->rules->gateway->name);
    struct slice workload = slice_of(subject->workload_label);

    *pinned = (struct pinned){.namespace = subject->namespace};
    if (selector_in(SLICE(MARK_GATEWAY), &gateway, 1, arena, &pinned->gateway, err) != 0 ||
        (!outcome->unnamed &&
         selector_in(SLICE(MARK_WORKLOAD), &workload, 1, arena, &pinned->workload, err) != 0)) {
        return -1;
    }
    return policies_name_companion(subject, pinned->companion, err);
}

static bool is_in_the_way(const struct offender *offender, const struct pinned *pinned)
{
    if (slice_is(offender->name, FLOOR_NAME) || slice_is(offender->name, pinned->companion)) {
        return false;
    }
    return offender->selects_all || (selectors_overlap(&offender->pods, &pinned->gateway) &&
                                     selectors_overlap(&offender->pods, &pinned->workload));
}

/* The first refused policy of the namespace: where it stands in the table, or would. */
static size_t first_of(const struct around *around, struct slice namespace)
{
    size_t low = 0;
    size_t high = around->offender_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (order_slices(around->offenders[middle].namespace, namespace) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

int around_offender(const struct around *around, const struct outcome *outcome,
                    const struct offender **out, struct error *err)
{
    AUTO(arena) struct arena arena = {0};
    struct slice namespace = outcome->subject.namespace;
    struct pinned pinned;
    size_t i = first_of(around, namespace);

    *out = NULL;
    if (i == around->offender_count || !slice_equal(around->offenders[i].namespace, namespace)) {
        return 0;
    }
    arena_init(&arena, PINNED_MEMORY_MAX);
    if (pin(outcome, &arena, &pinned, err) != 0) {
        return -1;
    }
    for (; i < around->offender_count && *out == NULL &&
           slice_equal(around->offenders[i].namespace, namespace);
         i++) {
        *out = is_in_the_way(&around->offenders[i], &pinned) ? &around->offenders[i] : NULL;
    }
    return 0;
}

int around_judge(const struct around *around, const struct outcome *outcome,
                 struct findings *findings, struct error *err)
{
    const struct offender *offender = NULL;

    if (around_offender(around, outcome, &offender, err) != 0) {
        return -1;
    }
    if (offender != NULL) {
        findings_deny(findings, offender->reason, "",
                      "the NetworkPolicy %.*s of this namespace is in the way. %s",
                      CALLED(offender->name), offender->text);
    }
    return 0;
}
