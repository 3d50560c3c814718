/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/catalogue.h"

#include "server/cli/order.h"

void catalogue_done(struct catalogue *catalogue)
{
    free(catalogue->entries);
    *catalogue = (struct catalogue){0};
}

/* The group of "networking.k8s.io/v1"; empty for "v1". */
static struct slice group_of(struct slice api_version)
{
    const char *slash =
        api_version.len == 0 ? NULL : memchr(api_version.data, '/', api_version.len);

    return (struct slice){api_version.data, slash == NULL ? 0 : (size_t)(slash - api_version.data)};
}

/* By as much as `wanted` asks for, up to the first that it leaves open. */
static int compare_wanted(const struct entry *entry, const struct cluster_objects *wanted)
{
    int order = order_slices(entry->kind, wanted->kind);

    order = order != 0 ? order : order_slices(entry->group, wanted->group);
    if (order == 0 && wanted->namespace.data != NULL) {
        order = order_slices(entry->namespace, wanted->namespace);
        if (order == 0 && wanted->name.data != NULL) {
            order = order_slices(entry->name, wanted->name);
        }
    }
    return order;
}

static int by_place(const void *a, const void *b)
{
    const struct entry *left = a;
    const struct entry *right = b;
    int order = order_slices(left->kind, right->kind);

    order = order != 0 ? order : order_slices(left->group, right->group);
    order = order != 0 ? order : order_slices(left->namespace, right->namespace);
    order = order != 0 ? order : order_slices(left->name, right->name);
    return order != 0 ? order : order_sizes(left->order, right->order);
}

int catalogue_find(struct catalogue *catalogue, const struct job *job, struct error *err)
{
    const struct objects *objects = &job->input.objects;

    *catalogue = (struct catalogue){.entries = calloc(objects->count + 1, sizeof(struct entry))};
    if (catalogue->entries == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for the objects of the input");
    }
    for (size_t i = 0; i < objects->count; i++) {
        const struct object *object = &objects->items[i];
        struct slice namespace = {0};
        if (object_is_review(object)) {
            continue;
        }
        if (!slice_is(object_kind(object), "Namespace")) {
            namespace = namespaces_of(&job->namespaces, object);
        }
        catalogue->entries[catalogue->count++] = (struct entry){
            .group = group_of(value_string(value_member(object->value, "apiVersion"))),
            .kind = object_kind(object),
            .namespace = namespace,
            .name = value_string(value_get(object->value, "metadata", "name", NULL)),
            .object = object->value,
            .order = i,
        };
    }
    if (catalogue->count > 0) {
        qsort(catalogue->entries, catalogue->count, sizeof *catalogue->entries, by_place);
    }
    return 0;
}

static size_t first_of(const struct catalogue *catalogue, const struct cluster_objects *wanted)
{
    size_t low = 0;
    size_t high = catalogue->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_wanted(&catalogue->entries[middle], wanted) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void catalogue_visit(const struct catalogue *catalogue, const struct cluster_objects *wanted,
                     cluster_visitor *visitor, void *arg)
{
    for (size_t i = first_of(catalogue, wanted); i < catalogue->count; i++) {
        const struct entry *entry = &catalogue->entries[i];
        if (compare_wanted(entry, wanted) != 0) {
            return;
        }
        if (wanted->name.data != NULL && !slice_equal(entry->name, wanted->name)) {
            continue;
        }
        if (!visitor(arg, entry->namespace, entry->object)) {
            return;
        }
    }
}
