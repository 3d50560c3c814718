/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services by name, sorted; each word of a pod is looked up there by its first
 * label and its second, and what is found is held to the rest of the word.
 */
#include "server/cli/render_calls.h"

#include "lib/base/array.h"
#include "lib/pod/subject.h"
#include "server/cli/order.h"

enum { CALLS_FIRST = 64, CALLS_MAX = 4194304, NAME_SHOWN = 64 };

struct named {
    struct slice name;
    size_t offer;
    size_t last; /* the member that was found last to name it, plus one */
};

struct finding {
    const struct job *job;
    const struct members *members;
    const char *domain;
    struct named *table;
    size_t member;
    struct calls *out;
};

void calls_done(struct calls *calls)
{
    free(calls->items);
    *calls = (struct calls){0};
}

static int by_name(const void *a, const void *b)
{
    return order_slices(((const struct named *)a)->name, ((const struct named *)b)->name);
}

static int by_offer(const void *a, const void *b)
{
    const struct call *x = a;
    const struct call *y = b;

    return x->offer != y->offer ? order_sizes(x->offer, y->offer)
                                : order_sizes(x->member, y->member);
}

static int add(struct finding *finding, size_t offer, const struct mention *mention,
               struct error *err)
{
    struct calls *calls = finding->out;

    if (calls->count == calls->cap) {
        struct call *grown =
            array_grow(calls->items, &calls->cap, sizeof *grown, CALLS_FIRST, CALLS_MAX);
        if (grown == NULL) {
            return error_set(err, ERR_NO_MEMORY, "no memory for who calls whom");
        }
        calls->items = grown;
    }
    calls->items[calls->count++] =
        (struct call){.offer = offer, .member = finding->member, .mention = *mention};
    return 0;
}

/* The first of the table that is not below this name. */
static size_t place_of(const struct finding *finding, struct slice name)
{
    size_t low = 0;
    size_t high = finding->members->offer_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (order_slices(finding->table[middle].name, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Names of Services are in lower case, those of hosts in either. */
static struct slice lowered(struct slice label, char out[static NAME_SHOWN])
{
    if (label.len >= NAME_SHOWN) {
        return (struct slice){0};
    }
    for (size_t i = 0; i < label.len; i++) {
        out[i] = ascii_lower(label.data[i]);
    }
    return (struct slice){out, label.len};
}

static int try_label(struct finding *finding, struct slice label, const struct mention *mention,
                     struct error *err)
{
    const struct members *members = finding->members;
    char low[NAME_SHOWN];
    struct slice name = lowered(label, low);

    for (size_t i = place_of(finding, name);
         name.len > 0 && i < members->offer_count && slice_equal(finding->table[i].name, name);
         i++) {
        struct named *named = &finding->table[i];
        const struct mention_of of = {name, members->offers[named->offer].namespace,
                                      members->items[finding->member].namespace, finding->domain};
        if (named->last == finding->member + 1 || !mention_means(&of, mention->host)) {
            continue;
        }
        named->last = finding->member + 1;
        if (add(finding, named->offer, mention, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int take(void *arg, const struct mention *mention, struct error *err)
{
    struct finding *finding = arg;

    if (try_label(finding, mention_first(mention->host), mention, err) != 0) {
        return -1;
    }
    return try_label(finding, mention_second(mention->host), mention, err);
}

static struct value settings_of(const struct finding *finding, struct value reference)
{
    return members_settings(finding->job, finding->members,
                            finding->members->items[finding->member].namespace,
                            value_string(value_member(reference, "name")));
}

/* Every value of a ConfigMap is a variable. */
static int visit_whole(struct finding *finding, struct value settings, struct slice container,
                       struct error *err)
{
    struct value_iter iter = value_iter(settings);
    struct mention place = {.container = container};
    struct value value;

    while (value_next(&iter, &place.variable, &value)) {
        if (mention_visit_text(&place, value_string(value), take, finding, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* A variable that is one value of a ConfigMap. */
static int visit_variable(struct finding *finding, struct value variable, struct slice container,
                          struct error *err)
{
    struct value reference = value_get(variable, "valueFrom", "configMapKeyRef", NULL);
    struct slice key = value_string(value_member(reference, "key"));
    const struct mention place = {.variable = value_string(value_member(variable, "name")),
                                  .container = container};
    struct value text = VALUE_ABSENT;

    if (value_exists(reference)) {
        text = value_member_slice(settings_of(finding, reference), key);
    }
    return mention_visit_text(&place, value_string(text), take, finding, err);
}

static int visit_container(struct finding *finding, struct value container, struct error *err)
{
    struct slice name = value_string(value_member(container, "name"));
    struct value_iter whole = value_iter(value_member(container, "envFrom"));
    struct value_iter single = value_iter(value_member(container, "env"));
    struct slice key;
    struct value item;

    while (value_next(&whole, &key, &item)) {
        struct value reference = value_member(item, "configMapRef");
        if (value_exists(reference) &&
            visit_whole(finding, settings_of(finding, reference), name, err) != 0) {
            return -1;
        }
    }
    while (value_next(&single, &key, &item)) {
        if (visit_variable(finding, item, name, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int visit_member(struct finding *finding, struct error *err)
{
    struct value pod = finding->members->items[finding->member].pod;
    const struct container_lists lists = container_lists(pod);
    struct container_iter iter = container_iter(&lists);
    struct value container;
    char at[64];

    if (mention_visit(pod, take, finding, err) != 0) {
        return -1;
    }
    while (container_next(&iter, &container, at)) {
        if (visit_container(finding, container, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int find(struct finding *finding, struct error *err)
{
    const struct members *members = finding->members;

    for (size_t i = 0; i < members->offer_count; i++) {
        finding->table[i] = (struct named){.name = members->offers[i].name, .offer = i};
    }
    qsort(finding->table, members->offer_count, sizeof *finding->table, by_name);
    for (size_t i = 0; i < members->count; i++) {
        finding->member = i;
        if (visit_member(finding, err) != 0) {
            return -1;
        }
    }
    if (finding->out->count > 0) {
        qsort(finding->out->items, finding->out->count, sizeof *finding->out->items, by_offer);
    }
    return 0;
}

int calls_find(const struct job *job, const struct members *members, struct calls *out,
               struct error *err)
{
    struct finding finding = {
        .job = job, .members = members, .domain = job->config->cluster.domain, .out = out};

    finding.table = calloc(members->offer_count + 1, sizeof *finding.table);
    if (finding.table == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for the names of Services");
    }
    int failed = find(&finding, err);
    free(finding.table);
    return failed;
}

const struct call *calls_to(const struct calls *calls, size_t offer, size_t *count)
{
    size_t low = 0;
    size_t high = calls->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (calls->items[middle].offer < offer) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *count = 0;
    while (low + *count < calls->count && calls->items[low + *count].offer == offer) {
        *count += 1;
    }
    return calls->items == NULL ? NULL : &calls->items[low];
}
