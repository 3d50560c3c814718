/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/cilium_labels.h"

#include "lib/netpol/texts.h"

#include <stdlib.h>

#define NAMESPACE_KEY "io.kubernetes.pod.namespace"
#define NAMESPACE_LABELS "io.cilium.k8s.namespace.labels."
#define RESERVED "reserved."

enum source {
    SOURCE_POD,
    SOURCE_RESERVED,
    SOURCE_OTHER,
};

static enum source source_of(struct slice *key)
{
    const char *colon = key->len == 0 ? NULL : memchr(key->data, ':', key->len);

    if (slice_starts_with(*key, "$")) {
        *key = slice_after(*key, 1);
        return SOURCE_RESERVED;
    }
    if (colon == NULL && slice_starts_with(*key, RESERVED)) {
        *key = slice_after(*key, sizeof RESERVED - 1);
        return SOURCE_RESERVED;
    }
    if (colon == NULL) {
        return SOURCE_POD;
    }
    struct slice source = {key->data, (size_t)(colon - key->data)};
    *key = slice_after(*key, source.len + 1);
    if (slice_is(source, "reserved")) {
        return SOURCE_RESERVED;
    }
    bool pods = source.len == 0 || slice_is(source, "k8s") || slice_is(source, "any");
    return pods ? SOURCE_POD : SOURCE_OTHER;
}

static int by_key(const void *left, const void *right)
{
    const struct requirement *a = left;
    const struct requirement *b = right;

    return texts_compare(a->key, b->key);
}

/* Two that have the same key now: one is enough to take no fewer. */
static void put_in_order(struct selector *selector)
{
    size_t kept = 0;

    if (selector->count > 1) {
        qsort(selector->requirements, selector->count, sizeof selector->requirements[0], by_key);
    }
    for (size_t i = 0; i < selector->count; i++) {
        const struct requirement *r = &selector->requirements[i];
        if (kept == 0 || !slice_equal(selector->requirements[kept - 1].key, r->key)) {
            selector->requirements[kept++] = *r;
        }
    }
    selector->count = kept;
}

/* The keys, sorted into what they are of. */
struct keys {
    struct selector pods;
    struct selector namespaces;
    bool reserved;
    bool init;
    bool named;    /* the namespace's name, whatever is asked of it */
    bool labelled; /* a label of the namespace */
    bool in_one;   /* a namespace's name or label must be there, so it is a pod's */
};

static void sort_key(struct keys *keys, struct requirement r)
{
    bool must = !r.may_be_absent;
    enum source source = source_of(&r.key);

    if (source == SOURCE_RESERVED) {
        keys->reserved = true;
        keys->init = keys->init || slice_is(r.key, "init");
    } else if (source == SOURCE_POD && slice_is(r.key, NAMESPACE_KEY)) {
        keys->named = true;
        keys->in_one = keys->in_one || must;
        r.key = SLICE(METADATA_NAME);
        keys->namespaces.requirements[keys->namespaces.count++] = r;
    } else if (source == SOURCE_POD && slice_starts_with(r.key, NAMESPACE_LABELS)) {
        keys->labelled = true;
        keys->in_one = keys->in_one || must;
        r.key = slice_after(r.key, sizeof NAMESPACE_LABELS - 1);
        keys->namespaces.requirements[keys->namespaces.count++] = r;
    } else if (source == SOURCE_POD) {
        keys->pods.requirements[keys->pods.count++] = r;
    }
}

static bool is_cut(struct slice key)
{
    return key.len > 0 && memchr(key.data, '=', key.len) != NULL;
}

/* Cilium cuts a key at `=`, and what is before it is another label: no object needs that. */
static int refuse_cut_keys(struct admin_reader *reader, struct value v)
{
    static const char *const wrong = "a label's key has no \"=\" in it";
    struct value_iter labels = value_iter(value_member(v, "matchLabels"));
    struct value_iter expressions = value_iter(value_member(v, "matchExpressions"));
    struct slice key;
    struct value item;

    while (value_next(&labels, &key, &item)) {
        if (is_cut(key)) {
            return admin_wrong(reader, "matchLabels: %s", wrong);
        }
    }
    while (value_next(&expressions, &key, &item)) {
        if (is_cut(value_string(value_member(item, "key")))) {
            return admin_wrong(reader, "matchExpressions[%zu].key: %s", expressions.index, wrong);
        }
    }
    return 0;
}

static int sort_keys(struct admin_reader *reader, struct value v, struct keys *out)
{
    struct selector all = {0};

    if (selector_parse(v, reader->arena, &all, reader->err) != 0 ||
        refuse_cut_keys(reader, v) != 0) {
        return -1;
    }
    size_t size = all.count * sizeof(struct requirement);
    out->pods.requirements = arena_alloc(reader->arena, size);
    out->namespaces.requirements = arena_alloc(reader->arena, size);
    if (out->pods.requirements == NULL || out->namespaces.requirements == NULL) {
        return admin_no_memory(reader);
    }
    for (size_t i = 0; i < all.count; i++) {
        sort_key(out, all.requirements[i]);
    }
    put_in_order(&out->pods);
    put_in_order(&out->namespaces);
    return 0;
}

/* Can pods of the namespace that is asked about have these? Cilium writes what is of a namespace
 * over what a pod says of it. */
static bool may_be_home(const struct admin_reader *reader, const struct selector *namespaces)
{
    struct slice home = reader->asked->home;
    struct requirement name = {.key = SLICE(METADATA_NAME), .values = &home, .count = 1};
    const struct selector named = {&name, 1};

    return home.data == NULL || selectors_overlap(namespaces, &named);
}

int cilium_subject(struct admin_reader *reader, struct value selector, struct selector *pods,
                   bool *init)
{
    struct keys keys = {0};

    if (sort_keys(reader, selector, &keys) != 0) {
        return -1;
    }
    *init = keys.init;
    if (keys.init) {
        *pods = (struct selector){0};
        return 0;
    }
    *pods = keys.pods;
    reader->part->nobody = reader->part->nobody || !may_be_home(reader, &keys.namespaces);
    return 0;
}

int cilium_peer(struct admin_reader *reader, struct value selector, bool init,
                struct cilium_peer *out)
{
    struct keys keys = {0};
    bool clusterwide = reader->asked->namespace.data == NULL;

    if (sort_keys(reader, selector, &keys) != 0) {
        return -1;
    }
    /* Where the rule asks nothing of the namespace, Cilium adds that it is the policy's own. */
    bool added = !keys.named && (clusterwide ? !init : !keys.labelled);
    *out = (struct cilium_peer){
        .anywhere = keys.reserved || (!keys.in_one && !added),
        .namespaces = keys.namespaces,
        .pods = keys.pods,
        .own_namespace = added && !clusterwide,
    };
    return 0;
}
