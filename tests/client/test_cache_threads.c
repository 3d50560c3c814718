/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readers beside the one that feeds. What a reader holds stays whole; the thread sanitizer
 * has its say where it is built in.
 */
#include "tests/client/cached.h"

#include <pthread.h>

enum { READERS = 3, NAMES = 40, ROUNDS = 200 };

struct shared {
    struct cache *cache;
    atomic_bool done;
    atomic_uint torn;
};

/* Does an item say the same in all its places? */
static bool is_whole(const struct cache_item *item)
{
    struct value metadata = value_member(item->object, "metadata");

    return slice_equal(value_string(value_member(metadata, "name")), item->name) &&
           slice_equal(value_string(value_member(metadata, "resourceVersion")), item->version);
}

static void *read_all(void *arg)
{
    struct shared *shared = arg;

    while (!atomic_load(&shared->done)) {
        AUTO(cache_items) struct cache_items items = {0};
        struct error err = {0};
        if (cache_list(shared->cache, "n", &items, &err) != 0) {
            (void)atomic_fetch_add(&shared->torn, 1);
        }
        for (size_t i = 0; i < items.count; i++) {
            (void)atomic_fetch_add(&shared->torn, is_whole(items.items[i]) ? 0 : 1);
        }
        AUTO(cache_item)
        const struct cache_item *one = cache_find(shared->cache, SLICE("n"), SLICE("t7"));
        (void)atomic_fetch_add(&shared->torn, one == NULL || is_whole(one) ? 0 : 1);
    }
    return NULL;
}

static void feed(struct cache *cache, unsigned version)
{
    char name[8];
    char text[16];

    (void)snprintf(name, sizeof name, "t%u", version % NAMES);
    (void)snprintf(text, sizeof text, "%u", version);
    cached(cache, version % 3 == 0 ? cache_event_delete : cache_event_put, name, text);
    (void)snprintf(text, sizeof text, "%u", version + 1);
    cached(cache, cache_wrote, name, text);
}

Test(cache_threads, readers_never_see_half_an_item)
{
    struct shared shared = {.cache = cache_new(&(struct cache_options){0})};
    pthread_t readers[READERS];

    cr_assert_not_null(shared.cache);
    cached_begin(shared.cache, "1");
    cached_end(shared.cache, "1");
    for (size_t i = 0; i < READERS; i++) {
        cr_assert_eq(pthread_create(&readers[i], NULL, read_all, &shared), 0);
    }
    for (unsigned version = 2; version < ROUNDS * NAMES; version++) {
        feed(shared.cache, version);
    }
    atomic_store(&shared.done, true);
    for (size_t i = 0; i < READERS; i++) {
        cr_assert_eq(pthread_join(readers[i], NULL), 0);
    }
    cr_assert_eq(atomic_load(&shared.torn), 0);
    cache_free(shared.cache);
}
