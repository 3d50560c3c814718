/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/client/cache_item.h"

#include "lib/base/clock.h"
#include "lib/kube/quote.h"

#include <stdio.h>

enum { MAX_KEPT = 8388608 };

size_t cache_key(struct slice namespace, struct slice name, char out[static CACHE_MAX_KEY])
{
    size_t len = namespace.len + 1 + name.len;

    if (name.len == 0 || len >= CACHE_MAX_KEY) {
        return 0;
    }
    (void)snprintf(out, CACHE_MAX_KEY, "%.*s/%.*s", SLICE_ARGS(namespace), SLICE_ARGS(name));
    return len;
}

/* The members of an object but one, with `last` behind them where it has text. */
static void copy_members(struct value object, const char *but, struct slice last, struct buf *out)
{
    struct value_iter iter = value_iter(object);
    struct slice key;
    struct value member;
    const char *separator = "";

    buf_char(out, '{');
    while (value_next(&iter, &key, &member)) {
        if (slice_is(key, but)) {
            continue;
        }
        buf_text(out, separator);
        quote(out, key);
        buf_char(out, ':');
        value_encode(member, out);
        separator = ",";
    }
    if (last.len > 0) {
        buf_text(out, separator);
        buf_slice(out, last);
    }
    buf_char(out, '}');
}

/* What three quarters of a small object are: who set which field, which nobody here asks. */
static int keep_most(struct value object, struct buf *out, struct error *err)
{
    AUTO(buf) struct buf metadata = {0};

    buf_init(&metadata, MAX_KEPT);
    buf_text(&metadata, "\"metadata\":");
    copy_members(value_member(object, "metadata"), "managedFields", SLICE(""), &metadata);
    if (buf_check(&metadata, err) != 0) {
        return -1;
    }
    copy_members(object, "metadata", buf_view(&metadata), out);
    return buf_check(out, err);
}

static struct slice text_of(struct value metadata, const char *name)
{
    struct slice text = value_string(value_member(metadata, name));

    return text.data == NULL ? SLICE("") : text;
}

static struct slice put(char **at, struct slice text)
{
    struct slice kept = {.data = *at, .len = text.len};

    if (text.len > 0) {
        memcpy(*at, text.data, text.len);
    }
    *at += text.len;
    return kept;
}

/* All texts in one block, the kept JSON last. */
static int fill(struct cache_item *item, struct value metadata, struct slice kept,
                struct error *err)
{
    char key[CACHE_MAX_KEY];
    struct slice namespace = text_of(metadata, "namespace");
    struct slice uid = text_of(metadata, "uid");
    struct slice version = text_of(metadata, "resourceVersion");
    size_t key_len = cache_key(namespace, text_of(metadata, "name"), key);

    if (key_len == 0 || uid.len == 0 || version.len == 0 || version.len > CACHE_MAX_VERSION) {
        return error_set(err, ERR_MALFORMED,
                         "an object without a name, a uid or a resourceVersion");
    }
    item->texts = malloc(key_len + uid.len + version.len + kept.len);
    if (item->texts == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for an object");
    }
    char *at = item->texts;
    item->key = put(&at, (struct slice){.data = key, .len = key_len});
    item->namespace = (struct slice){.data = item->key.data, .len = namespace.len};
    item->name = slice_after(item->key, namespace.len + 1);
    item->uid = put(&at, uid);
    item->version = put(&at, version);
    if (json_parse(&item->doc, put(&at, kept), err) != 0 || json_fit(&item->doc, err) != 0) {
        return -1;
    }
    item->object = value_root(&item->doc);
    return 0;
}

static void item_free(struct cache_item *item)
{
    json_done(&item->doc);
    free(item->texts);
    free(item);
}
DEFINE_AUTO(half_item, struct cache_item, item_free);

struct cache_item *cache_item_new(struct value object, cache_keep *keep, struct error *err)
{
    AUTO(buf) struct buf kept = {0};
    AUTO(half_item) struct cache_item *item = calloc(1, sizeof *item);

    if (item == NULL) {
        (void)error_set(err, ERR_NO_MEMORY, "no memory for an object");
        return NULL;
    }
    atomic_init(&item->references, 1);
    item->self = item;
    item->since_ms = clock_ms();
    buf_init(&kept, MAX_KEPT);
    if ((keep != NULL ? keep : keep_most)(object, &kept, err) != 0 || buf_check(&kept, err) != 0 ||
        fill(item, value_member(object, "metadata"), buf_view(&kept), err) != 0) {
        return NULL;
    }
    return STEAL(item);
}

const struct cache_item *cache_item_ref(const struct cache_item *item)
{
    (void)atomic_fetch_add_explicit(&item->self->references, 1, memory_order_relaxed);
    return item;
}

void cache_item_unref(const struct cache_item *item)
{
    if (item != NULL &&
        atomic_fetch_sub_explicit(&item->self->references, 1, memory_order_acq_rel) == 1) {
        item_free(item->self);
    }
}
