/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/offenders.h"

#include "lib/base/array.h"
#include "lib/kube/printable.h"
#include "lib/pod/policies.h"
#include "server/cli/created.h"
#include "server/cli/order.h"

enum { ITEMS_FIRST = 64, ITEMS_MAX = 2097152, ARENA_MAX = 1 << 30, PINNED_MEMORY_MAX = 4096 };

void offenders_done(struct offenders *offenders)
{
    free(offenders->items);
    arena_done(&offenders->memory);
}

static int compare_places(const struct offender *a, const struct offender *b)
{
    int order = order_slices(a->namespace, b->namespace);

    order = order != 0 ? order : order_slices(a->gateway, b->gateway);
    return order != 0 ? order : order_slices(a->workload, b->workload);
}

static int by_place(const void *a, const void *b)
{
    const struct offender *left = a;
    const struct offender *right = b;
    int order = compare_places(left, right);

    return order != 0 ? order : order_sizes(left->order, right->order);
}

static int put(struct offenders *offenders, const struct offender *offender, struct error *err)
{
    if (offenders->count == offenders->cap) {
        struct offender *grown =
            array_grow(offenders->items, &offenders->cap, sizeof *grown, ITEMS_FIRST, ITEMS_MAX);
        if (grown == NULL) {
            return error_set(err, ERR_NO_MEMORY, "no memory for more policies");
        }
        offenders->items = grown;
    }
    offenders->items[offenders->count++] = *offender;
    return 0;
}

/* The workloads that a selector names, or NULL. */
static const struct requirement *named_workloads(const struct offender *offender)
{
    for (size_t i = 0; !offender->selects_all && i < offender->pods.count; i++) {
        const struct requirement *requirement = &offender->pods.requirements[i];
        if (slice_is(requirement->key, MARK_WORKLOAD) && !requirement->any_but &&
            !requirement->may_be_absent) {
            return requirement;
        }
    }
    return NULL;
}

static int put_each(struct offenders *offenders, struct offender *offender, struct error *err)
{
    const struct requirement *named = named_workloads(offender);

    if (named == NULL) {
        return put(offenders, offender, err);
    }
    for (size_t i = 0; i < named->count; i++) {
        offender->workload = named->values[i];
        if (put(offenders, offender, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Whom it selects; one of another language may select any. */
static int read_selector(struct offenders *offenders, const struct object *object,
                         struct offender *offender, struct error *err)
{
    struct value selector = value_get(object->value, "spec", "podSelector", NULL);
    struct error unread = {0};

    offender->selects_all =
        offender->kind != NULL || !value_is_set(selector) ||
        selector_parse(selector, &offenders->memory, &offender->pods, &unread) != 0;
    if (unread.code == ERR_NO_MEMORY) {
        *err = unread;
        return -1;
    }
    return 0;
}

static int add(struct offenders *offenders, const struct object *object, struct offender *offender,
               const struct findings *found, struct error *err)
{
    struct arena *memory = &offenders->memory;

    offender->name = object_name(object);
    offender->reason = found->denied;
    offender->text = arena_copy(memory, slice_of(findings_words(found))).data;
    offender->field = arena_copy(memory, slice_of(found->field)).data;
    offender->witness = arena_copy(memory, slice_of(found->witness)).data;
    if (offender->text == NULL || offender->field == NULL || offender->witness == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for what a policy opens");
    }
    return read_selector(offenders, object, offender, err) != 0
               ? -1
               : put_each(offenders, offender, err);
}

void offender_print(const struct offender *offender, struct buf *out)
{
    buf_printf(out, "%s ", offender->kind == NULL ? "NetworkPolicy" : offender->kind->name);
    printable_append(out, offender->name);
    if (offender->kind != NULL) {
        buf_printf(out, " (%s)", offender->kind->group);
    }
}

/* What is asked about each policy. */
struct asking {
    const struct job *job;
    const struct residents *residents;
    const struct cluster_view *around;
    const struct object *object;
    const struct admin_kind *kind;
    size_t order;
};

/* {NULL, 0}: it is of the whole cluster. */
static struct slice namespace_of(const struct asking *asking)
{
    bool of_cluster = asking->kind != NULL && !asking->kind->namespaced;
    struct slice none = {0};

    return of_cluster ? none : namespaces_of(&asking->job->namespaces, asking->object);
}

/* Does what was found concern pods of this namespace? One of another may reach out of it. */
static bool concerns(const struct asking *asking, struct slice namespace,
                     const struct findings *found)
{
    struct slice own = namespace_of(asking);
    bool is_foreign = asking->kind != NULL && own.len > 0 && !slice_equal(own, namespace);

    return found->denied != REASON_NONE &&
           (!is_foreign || admin_kind_reaches(asking->kind, asking->object->value));
}

/* For these pods, or, where they are NULL, for any of the namespace. */
static int judge(const struct asking *asking, struct slice namespace, const struct subject *pods,
                 struct findings *found, struct error *err)
{
    const struct created created = {
        .object = asking->object,
        .value = asking->object->value,
        .subject = pods,
        .around = asking->around,
        .standing = true,
        .home = namespace_of(asking).len == 0 ? namespace : (struct slice){0},
    };

    findings_init(found, asking->job->config);
    return created_judge(asking->job, &created, found, err);
}

/* For the pods that a gateway has in the namespace. */
static int look_at(struct offenders *offenders, const struct asking *asking, struct slice namespace,
                   const struct gateway_rules *rules, struct error *err)
{
    struct slice gateway = slice_of(rules->gateway->name);
    const struct subject pods = {
        .ruleset = asking->job->ruleset, .rules = rules, .namespace = namespace};
    struct offender offender = {
        .namespace = namespace,
        .gateway = gateway,
        .order = asking->order,
        .kind = asking->kind,
        .own = namespace_of(asking),
    };
    struct findings found;

    if (residents_count(asking->residents, namespace, gateway, (struct slice){0}) == 0) {
        return 0;
    }
    if (judge(asking, namespace, &pods, &found, err) != 0) {
        return -1;
    }
    if (asking->kind != NULL && !concerns(asking, namespace, &found)) {
        offender.of_others = true;
        if (judge(asking, namespace, NULL, &found, err) != 0) {
            return -1;
        }
    }
    return concerns(asking, namespace, &found)
               ? add(offenders, asking->object, &offender, &found, err)
               : 0;
}

/* For the pods of each gateway. */
static int look_in(struct offenders *offenders, const struct asking *asking, struct slice namespace,
                   struct error *err)
{
    const struct ruleset *ruleset = asking->job->ruleset;

    for (size_t i = 0; i < ruleset->gateway_count; i++) {
        if (look_at(offenders, asking, namespace, &ruleset->gateways[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* In each namespace that has privacy pods; they are sorted by it. */
static int look_everywhere(struct offenders *offenders, const struct asking *asking,
                           struct error *err)
{
    const struct residents *residents = asking->residents;

    for (size_t i = 0; i < residents->count; i++) {
        struct slice namespace = residents->items[i].namespace;
        bool is_first = i == 0 || !slice_equal(residents->items[i - 1].namespace, namespace);
        if (is_first && look_in(offenders, asking, namespace, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int look_for_all(struct offenders *offenders, struct asking *asking, struct error *err)
{
    const struct object *object = asking->object;

    if (object_is_review(object)) {
        return 0;
    }
    asking->kind = created_admin_kind(object);
    if (asking->kind != NULL && (!asking->kind->namespaced || asking->kind->reaches)) {
        return look_everywhere(offenders, asking, err);
    }
    return asking->kind != NULL || created_is_policy(object)
               ? look_in(offenders, asking, namespaces_of(&asking->job->namespaces, object), err)
               : 0;
}

int offenders_find(struct offenders *offenders, const struct job *job,
                   const struct residents *residents, const struct cluster_view *around,
                   struct error *err)
{
    struct asking asking = {.job = job, .residents = residents, .around = around};

    *offenders = (struct offenders){0};
    arena_init(&offenders->memory, ARENA_MAX);
    for (size_t i = 0; i < job->input.objects.count; i++) {
        asking.object = &job->input.objects.items[i];
        asking.order = i;
        if (look_for_all(offenders, &asking, err) != 0) {
            return -1;
        }
    }
    if (offenders->count > 0) {
        qsort(offenders->items, offenders->count, sizeof *offenders->items, by_place);
    }
    return 0;
}

/* What is certain of a pod's labels: its gateway, and its workload where it has a name. */
struct pinned {
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

    *pinned = (struct pinned){0};
    if (selector_in(SLICE(MARK_GATEWAY), &gateway, 1, arena, &pinned->gateway, err) != 0 ||
        (!outcome->unnamed &&
         selector_in(SLICE(MARK_WORKLOAD), &workload, 1, arena, &pinned->workload, err) != 0)) {
        return -1;
    }
    return policies_name_companion(subject, pinned->companion, err);
}

static bool is_in_the_way(const struct offender *offender, const struct pinned *pinned)
{
    bool is_own =
        slice_is(offender->name, FLOOR_NAME) || slice_is(offender->name, pinned->companion);

    if (offender->kind == NULL && is_own) {
        return false;
    }
    return offender->selects_all || (selectors_overlap(&offender->pods, &pinned->gateway) &&
                                     selectors_overlap(&offender->pods, &pinned->workload));
}

static size_t first_at(const struct offenders *offenders, const struct offender *key)
{
    size_t low = 0;
    size_t high = offenders->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_places(&offenders->items[middle], key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool comes_before(const struct offender *one, const struct offender *other)
{
    return other == NULL || one->order < other->order;
}

static void put_in(const struct offender *item, struct in_the_way *out)
{
    out->first = comes_before(item, out->first) ? item : out->first;
    if (item->of_others) {
        return;
    }
    out->leak = comes_before(item, out->leak) ? item : out->leak;
    out->everywhere = out->everywhere || item->kind == NULL;
    out->by_calico = out->by_calico || (item->kind != NULL && item->kind->by_calico);
    out->by_cilium = out->by_cilium || (item->kind != NULL && item->kind->by_cilium);
}

/* Those at exactly this place, in their order: up to the first that makes all others needless. */
static void put_all(const struct offenders *offenders, const struct offender *key,
                    const struct pinned *pinned, struct in_the_way *out)
{
    bool more = true;

    for (size_t i = first_at(offenders, key); more && i < offenders->count; i++) {
        const struct offender *item = &offenders->items[i];
        more = compare_places(item, key) == 0;
        if (more && is_in_the_way(item, pinned)) {
            put_in(item, out);
            more = item->kind != NULL;
        }
    }
}

int offenders_find_for(const struct offenders *offenders, const struct outcome *outcome,
                       struct in_the_way *out, struct error *err)
{
    AUTO(arena) struct arena arena = {0};
    const struct subject *subject = &outcome->subject;
    struct offender key = {
        .namespace = subject->namespace,
        .gateway = slice_of(subject->rules->gateway->name),
    };
    struct pinned pinned;

    *out = (struct in_the_way){0};
    if (offenders->count == 0) {
        return 0;
    }
    arena_init(&arena, PINNED_MEMORY_MAX);
    if (pin(outcome, &arena, &pinned, err) != 0) {
        return -1;
    }
    put_all(offenders, &key, &pinned, out);
    key.workload = slice_of(subject->workload_label);
    put_all(offenders, &key, &pinned, out);
    return 0;
}
