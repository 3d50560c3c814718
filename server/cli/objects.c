/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/objects.h"

#include "lib/base/array.h"
#include "lib/kube/printable.h"
#include "lib/kube/quote.h"

enum {
    OBJECTS_FIRST = 64,
    OBJECTS_MAX = 2097152,
    LISTS_MAX = 16, /* Lists in Lists */
};

/* What is being opened: the Lists around the present item. */
struct opening {
    struct objects *objects;
    struct documents *documents;
    const struct document *document;
    size_t depth;
    struct value_iter items[LISTS_MAX];
    struct value lists[LISTS_MAX];
};

void objects_done(struct objects *objects)
{
    free(objects->items);
    *objects = (struct objects){0};
}

bool object_is_review(const struct object *object)
{
    return value_exists(object->review);
}

struct slice object_kind(const struct object *object)
{
    return value_string(value_member(object->value, "kind"));
}

struct slice object_name(const struct object *object)
{
    struct value metadata = value_member(object->value, "metadata");
    struct slice name = value_string(value_member(metadata, "name"));
    return name.len > 0 ? name : value_string(value_member(metadata, "generateName"));
}

void object_describe(const struct object *object, struct slice namespace, struct buf *out)
{
    struct slice kind = object_kind(object);
    struct slice name = object_name(object);

    printable_append(out, slice_of(object->source.file));
    if (!object->source.only) {
        buf_printf(out, "[%zu]", object->source.number);
    }
    buf_char(out, ' ');
    printable_append(out, kind.len > 0 ? kind : SLICE("AdmissionReview"));
    buf_char(out, ' ');
    if (namespace.len > 0) {
        printable_append(out, namespace);
        buf_char(out, '/');
    }
    printable_append(out, name.len > 0 ? name : SLICE("(no name)"));
}

static int append(struct opening *opening, const struct object *object, struct error *err)
{
    struct objects *objects = opening->objects;

    if (objects->count == objects->cap) {
        struct object *grown = array_grow(objects->items, &objects->cap, sizeof *objects->items,
                                          OBJECTS_FIRST, OBJECTS_MAX);
        if (grown == NULL) {
            return error_set(err, ERR_NO_MEMORY, "no memory for more objects");
        }
        objects->items = grown;
    }
    objects->items[objects->count++] = *object;
    return 0;
}

static int fail(const struct opening *opening, struct error *err, const char *what)
{
    const struct source *source = &opening->document->source;

    if (source->only) {
        return error_set(err, ERR_MALFORMED, "%s: %s", source->file, what);
    }
    return error_set(err, ERR_MALFORMED, "%s[%zu]: %s", source->file, source->number, what);
}

static bool is_review(struct value v)
{
    return value_is(value_member(v, "kind"), "AdmissionReview") &&
           slice_starts_with(value_string(value_member(v, "apiVersion")), "admission.k8s.io/");
}

/* Whatever has items is a list to kubectl, whatever its kind. */
static bool is_list(struct value v)
{
    return value_kind(value_member(v, "items")) == JSON_ARRAY;
}

static int add_review(struct opening *opening, struct value v, struct error *err)
{
    struct value request = value_member(v, "request");
    const struct document *document = opening->document;
    struct object object = {
        .source = document->source,
        .review = v,
        .review_bytes =
            opening->depth == 0 ? (struct slice){document->text, document->len} : value_raw(v),
        .value = value_member(request, "object"),
        .own_namespace = value_string(value_member(request, "namespace")),
        .has_nul = document->doc.nul_token != 0,
    };

    if (value_kind(object.value) != JSON_OBJECT) {
        object.value = VALUE_ABSENT;
    }
    return append(opening, &object, err);
}

static int add_object(struct opening *opening, struct value v, struct error *err)
{
    const struct object object = {
        .source = opening->document->source,
        .value = v,
        .own_namespace = value_string(value_get(v, "metadata", "namespace", NULL)),
        .has_nul = opening->document->doc.nul_token != 0,
    };

    if (value_string(value_member(v, "apiVersion")).len == 0) {
        return fail(opening, err, "an object has no apiVersion");
    }
    return append(opening, &object, err);
}

/* An item of a typed list with the list's apiVersion and kind, as a document of its own. */
static int complete(struct opening *opening, struct value item, struct value *out,
                    struct error *err)
{
    AUTO(buf) struct buf text = {0};
    struct value list = opening->lists[opening->depth - 1];
    struct slice kind = value_string(value_member(list, "kind"));
    struct slice raw = value_raw(item);

    kind.len -= slice_ends_with(kind, "List") ? sizeof "List" - 1 : kind.len;
    if (kind.len == 0 || value_exists(value_member(item, "apiVersion"))) {
        return fail(opening, err, "an item of a list has no kind");
    }
    buf_init(&text, DOCUMENTS_TEXT_MAX);
    buf_text(&text, "{\"apiVersion\":");
    value_encode(value_member(list, "apiVersion"), &text);
    buf_text(&text, ",\"kind\":");
    quote(&text, kind);
    buf_text(&text, value_count(item) == 0 ? "" : ",");
    buf_slice(&text, slice_after(raw, 1));
    if (buf_check(&text, err) != 0 ||
        documents_add(opening->documents, &opening->document->source, buf_view(&text), err) != 0) {
        return -1;
    }
    const struct document *added = opening->documents->items[opening->documents->count - 1];
    *out = value_root(&added->doc);
    return 0;
}

static int take(struct opening *opening, struct value v, struct error *err)
{
    if (value_kind(v) != JSON_OBJECT) {
        return fail(opening, err, "this is no Kubernetes object");
    }
    if (value_string(value_member(v, "kind")).len == 0) {
        if (opening->depth == 0 || value_exists(value_member(v, "kind"))) {
            return fail(opening, err, "an object has no kind");
        }
        if (complete(opening, v, &v, err) != 0) {
            return -1;
        }
    }
    if (is_review(v)) {
        return add_review(opening, v, err);
    }
    if (!is_list(v)) {
        return add_object(opening, v, err);
    }
    if (opening->depth == LISTS_MAX) {
        return fail(opening, err, "too many Lists inside each other");
    }
    opening->lists[opening->depth] = v;
    opening->items[opening->depth] = value_iter(value_member(v, "items"));
    opening->depth++;
    return 0;
}

static int open_document(struct opening *opening, struct error *err)
{
    opening->depth = 0;
    if (take(opening, value_root(&opening->document->doc), err) != 0) {
        return -1;
    }
    while (opening->depth > 0) {
        struct slice key;
        struct value item;
        if (!value_next(&opening->items[opening->depth - 1], &key, &item)) {
            opening->depth--;
        } else if (take(opening, item, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int objects_find(struct objects *objects, struct documents *documents, struct error *err)
{
    struct opening opening = {.objects = objects, .documents = documents};
    size_t count = documents->count;

    for (size_t i = 0; i < count; i++) {
        opening.document = documents->items[i];
        if (open_document(&opening, err) != 0) {
            return -1;
        }
    }
    return 0;
}
