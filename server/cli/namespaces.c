/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/namespaces.h"

#include "lib/base/array.h"
#include "lib/kube/quote.h"
#include "lib/pod/names.h"
#include "server/cli/order.h"

#define NAME_LABEL "kubernetes.io/metadata.name"

enum { NAMESPACES_FIRST = 16, NAMESPACES_MAX = 1048576, LABELS_MAX = 1048576 };

const struct flag flag_namespace = {
    .name = "namespace",
    .letter = "n",
    .value = "NAME",
    .help = "the namespace of objects that name none (default: default)",
};

const struct flag flag_namespace_label = {
    .name = "namespace-label",
    .value = "KEY=VALUE",
    .help = "a label of the namespaces, where the input does not tell it",
    .repeated = true,
};

void namespaces_done(struct namespaces *namespaces)
{
    documents_done(&namespaces->labels);
    free(namespaces->items);
    *namespaces = (struct namespaces){0};
}

int namespaces_check(const struct arguments *arguments, struct error *err)
{
    const char *name = arguments_value(arguments, &flag_namespace, "default");
    size_t at = 0;

    if (!name_is_label(slice_of(name))) {
        return error_set(err, ERR_MALFORMED,
                         "--namespace \"%s\" is no namespace: lower-case letters, digits and "
                         "dashes, at most 63",
                         name);
    }
    for (const char *label = arguments_next(arguments, &flag_namespace_label, &at); label != NULL;
         label = arguments_next(arguments, &flag_namespace_label, &at)) {
        if (label[0] == '=' || strchr(label, '=') == NULL) {
            return error_set(err, ERR_MALFORMED, "--namespace-label \"%s\" is no KEY=VALUE", label);
        }
    }
    return 0;
}

static bool is_namespace(const struct object *object)
{
    return value_is(value_member(object->value, "kind"), "Namespace") &&
           value_is(value_member(object->value, "apiVersion"), "v1");
}

static void put_label(struct buf *out, struct slice key, struct slice value)
{
    buf_char(out, out->len == 1 ? ' ' : ',');
    quote(out, key);
    buf_char(out, ':');
    quote(out, value);
}

static void put_own(struct buf *out, struct value labels)
{
    struct value_iter iter = value_iter(labels);
    struct slice key;
    struct value value;

    while (value_next(&iter, &key, &value)) {
        if (!slice_is(key, NAME_LABEL) && value_kind(value) == JSON_STRING) {
            put_label(out, key, value_string(value));
        }
    }
}

/* Has a label of the flag from `at` on the same key? Then that one counts. */
static bool given_again(const struct arguments *arguments, size_t at, struct slice key)
{
    for (const char *label = arguments_next(arguments, &flag_namespace_label, &at); label != NULL;
         label = arguments_next(arguments, &flag_namespace_label, &at)) {
        if (strlen(label) > key.len && memcmp(label, key.data, key.len) == 0 &&
            label[key.len] == '=') {
            return true;
        }
    }
    return false;
}

static void put_given(struct buf *out, struct value labels, const struct arguments *arguments)
{
    size_t at = 0;

    for (const char *label = arguments_next(arguments, &flag_namespace_label, &at); label != NULL;
         label = arguments_next(arguments, &flag_namespace_label, &at)) {
        struct slice key = {label, strcspn(label, "=")};
        if (!slice_is(key, NAME_LABEL) && !value_exists(value_member_slice(labels, key)) &&
            !given_again(arguments, at, key)) {
            put_label(out, key, slice_of(label + key.len + 1));
        }
    }
}

/* `own` are the labels of the Namespace in the input; absent where there is none. */
static int add(struct namespaces *namespaces, struct slice name, struct value own,
               const struct arguments *arguments, struct error *err)
{
    const struct source source = {.file = "labels"};
    AUTO(buf) struct buf text = {0};

    buf_init(&text, LABELS_MAX);
    buf_char(&text, '{');
    put_own(&text, own);
    put_given(&text, own, arguments);
    put_label(&text, SLICE(NAME_LABEL), name);
    buf_char(&text, '}');
    if (buf_check(&text, err) != 0 ||
        documents_add(&namespaces->labels, &source, buf_view(&text), err) != 0) {
        return error_prefix(err, "labels of namespace %.*s", SLICE_ARGS(name));
    }
    if (namespaces->count == namespaces->cap) {
        struct known_namespace *grown =
            array_grow(namespaces->items, &namespaces->cap, sizeof *namespaces->items,
                       NAMESPACES_FIRST, NAMESPACES_MAX);
        if (grown == NULL) {
            return error_set(err, ERR_NO_MEMORY, "no memory for more namespaces");
        }
        namespaces->items = grown;
    }
    const struct document *labels = namespaces->labels.items[namespaces->labels.count - 1];
    namespaces->items[namespaces->count++] =
        (struct known_namespace){.name = name, .labels = value_root(&labels->doc)};
    return 0;
}

/* A namespace that the input names, and its labels where it tells them. */
struct named {
    struct slice name;
    struct value own;
    size_t order; /* Namespaces in the input's order behind those that are only named */
};

struct named_list {
    struct named *items;
    size_t count;
};

static void named_list_done(struct named_list *list)
{
    free(list->items);
}
DEFINE_AUTO_IN_PLACE(named_list, struct named_list, named_list_done);

static int by_name(const void *a, const void *b)
{
    const struct named *left = a;
    const struct named *right = b;
    int order = order_slices(left->name, right->name);

    return order != 0 ? order : order_sizes(left->order, right->order);
}

static int gather(const struct namespaces *namespaces, const struct objects *objects, bool all,
                  struct named_list *list, struct error *err)
{
    list->items = calloc(objects->count + 1, sizeof *list->items);
    if (list->items == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for namespaces");
    }
    for (size_t i = 0; i < objects->count; i++) {
        const struct object *object = &objects->items[i];
        if (is_namespace(object)) {
            list->items[list->count++] = (struct named){
                object_name(object), value_get(object->value, "metadata", "labels", NULL), i + 1};
        } else if (all) {
            list->items[list->count++] =
                (struct named){namespaces_of(namespaces, object), VALUE_ABSENT, 0};
        }
    }
    if (list->count > 0) {
        qsort(list->items, list->count, sizeof *list->items, by_name);
    }
    return 0;
}

int namespaces_find(struct namespaces *namespaces, const struct objects *objects,
                    const struct arguments *arguments, struct error *err)
{
    AUTO(named_list) struct named_list list = {0};
    bool all = arguments_has(arguments, &flag_namespace_label);

    namespaces->fallback = slice_of(arguments_value(arguments, &flag_namespace, "default"));
    if (gather(namespaces, objects, all, &list, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < list.count; i++) {
        const struct named *named = &list.items[i];
        /* Of two Namespaces with one name the last one counts, as when they are applied. */
        bool last = i + 1 == list.count || !slice_equal(named->name, list.items[i + 1].name);
        if (last && add(namespaces, named->name, named->own, arguments, err) != 0) {
            return -1;
        }
    }
    return 0;
}

struct slice namespaces_of(const struct namespaces *namespaces, const struct object *object)
{
    return object->own_namespace.len > 0 ? object->own_namespace : namespaces->fallback;
}

struct value namespaces_labels(const struct namespaces *namespaces, struct slice name)
{
    size_t low = 0;
    size_t high = namespaces->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = order_slices(namespaces->items[middle].name, name);
        if (order == 0) {
            return namespaces->items[middle].labels;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return VALUE_ABSENT;
}
