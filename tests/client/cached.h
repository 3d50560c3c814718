/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Short words for the tests of the cache: objects by namespace, name, uid and version, and
 * the whole cache as one line of text.
 */
#ifndef TESTS_CLIENT_CACHED_H
#define TESTS_CLIENT_CACHED_H

#include "lib/kube/client/cache.h"
#include "tests/base/support.h"

#include <stdio.h>

enum { CACHED_TEXT = 2048 };

struct thing {
    const char *namespace;
    const char *name;
    const char *uid;
    const char *version;
};

typedef int cached_feed(struct cache *cache, struct value object, struct error *err);

/* Feed the object; gives what the cache returned. */
static inline int cached_try(struct cache *cache, cached_feed *feed, struct thing thing)
{
    AUTO(json) struct json doc = {0};
    char text[CACHED_TEXT];
    struct error err = {0};

    int len = snprintf(text, sizeof text,
                       "{\"metadata\":{\"namespace\":\"%s\",\"name\":\"%s\",\"uid\":\"%s\","
                       "\"resourceVersion\":\"%s\"}}",
                       thing.namespace, thing.name, thing.uid, thing.version);
    cr_assert(len > 0 && (size_t)len < sizeof text);
    cr_assert_eq(json_parse(&doc, slice_of(text), &err), 0, "%s", err.text);
    return feed(cache, value_root(&doc), &err);
}

static inline void cached_feed_one(struct cache *cache, cached_feed *feed, struct thing thing)
{
    cr_assert_eq(cached_try(cache, feed, thing), 0, "%s/%s", thing.namespace, thing.name);
}

/* A thing in the namespace "n", whose uid is its name. */
static inline void cached(struct cache *cache, cached_feed *feed, const char *name,
                          const char *version)
{
    cached_feed_one(cache, feed, (struct thing){"n", name, name, version});
}

static inline void cached_begin(struct cache *cache, const char *version)
{
    struct error err = {0};

    cr_assert_eq(cache_list_begin(cache, slice_of(version), &err), 0, "%s", err.text);
}

static inline void cached_end(struct cache *cache, const char *version)
{
    struct error err = {0};

    cr_assert_eq(cache_list_end(cache, slice_of(version), &err), 0, "%s", err.text);
}

/* "n/a:3 n/b:4", in order. */
static inline void assert_cached(struct cache *cache, const char *namespace, const char *want)
{
    AUTO(cache_items) struct cache_items items = {0};
    AUTO(buf) struct buf line = {0};
    struct error err = {0};

    buf_init(&line, 100000);
    cr_assert_eq(cache_list(cache, namespace, &items, &err), 0, "%s", err.text);
    for (size_t i = 0; i < items.count; i++) {
        buf_printf(&line, "%s%.*s:%.*s", i > 0 ? " " : "", SLICE_ARGS(items.items[i]->key),
                   SLICE_ARGS(items.items[i]->version));
    }
    cr_assert_str_eq(buf_cstr(&line), want);
    if (namespace == NULL) {
        cr_assert_eq(cache_state(cache).count, items.count);
    }
}

#endif
