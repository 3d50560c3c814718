/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The items stand in one array in the order of their keys: a look-up is a binary search, a
 * namespace is a range, no choice of names makes it slow, and a LIST, which comes in that
 * order, appends.
 *
 * A LIST marks what it sees with its generation. At its end whatever was not seen and is
 * not later than the LIST goes. Each page is of the same moment, so what our writes made
 * after it stays.
 *
 * A LIST that is earlier than what is here comes from an API server whose etcd was restored
 * from a backup: then what it says is all there is.
 */
#include "lib/kube/client/cache.h"

#include "lib/base/array.h"
#include "lib/base/clock.h"
#include "lib/kube/client/cache_item.h"
#include "lib/kube/client/version.h"

enum { FIRST_ITEMS = 64, NO_GENERATION = 0 };

struct cache {
    struct cache_options options;
    pthread_mutex_t mutex; /* of what follows */
    struct cache_item **items;
    size_t count; /* those that are gone included */
    size_t cap;
    unsigned generation;
    bool rewound; /* the LIST under way is earlier than what is here */
    struct cache_state state;
    char version[CACHE_MAX_VERSION + 1];
};

struct cache *cache_new(const struct cache_options *options)
{
    struct cache *cache = calloc(1, sizeof *cache);

    if (cache != NULL) {
        cache->options = *options;
        (void)pthread_mutex_init(&cache->mutex, NULL);
    }
    return cache;
}

void cache_free(struct cache *cache)
{
    if (cache == NULL) {
        return;
    }
    for (size_t i = 0; i < cache->count; i++) {
        cache_item_unref(cache->items[i]);
    }
    free(cache->items);
    (void)pthread_mutex_destroy(&cache->mutex);
    free(cache);
}

static void lock(struct cache *cache)
{
    (void)pthread_mutex_lock(&cache->mutex);
}

static void unlock(struct cache *cache)
{
    (void)pthread_mutex_unlock(&cache->mutex);
}

static int compare(struct slice a, struct slice b)
{
    int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

    if (order != 0) {
        return order;
    }
    return a.len < b.len ? -1 : a.len > b.len;
}

/* Where the key stands or would stand. */
static size_t place_of(const struct cache *cache, struct slice key)
{
    size_t low = 0;
    size_t high = cache->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(cache->items[middle]->key, key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct cache_item *item_at(const struct cache *cache, size_t place, struct slice key)
{
    return place < cache->count && slice_equal(cache->items[place]->key, key) ? cache->items[place]
                                                                              : NULL;
}

const struct cache_item *cache_find(struct cache *cache, struct slice namespace, struct slice name)
{
    char text[CACHE_MAX_KEY];
    struct slice key = {.data = text, .len = cache_key(namespace, name, text)};
    const struct cache_item *found = NULL;

    lock(cache);
    const struct cache_item *item = key.len > 0 ? item_at(cache, place_of(cache, key), key) : NULL;
    if (item != NULL && !item->gone) {
        found = cache_item_ref(item);
    }
    unlock(cache);
    return found;
}

static int list_locked(const struct cache *cache, struct slice prefix, struct cache_items *out,
                       struct error *err)
{
    size_t first = place_of(cache, prefix);
    size_t end = first;

    while (end < cache->count && (prefix.len == 0 || (cache->items[end]->key.len > prefix.len &&
                                                      memcmp(cache->items[end]->key.data,
                                                             prefix.data, prefix.len) == 0))) {
        end++;
    }
    const struct cache_item **items = calloc(end - first + 1, sizeof(const struct cache_item *));
    if (items == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for %zu objects", end - first);
    }
    *out = (struct cache_items){.items = items};
    for (size_t i = first; i < end; i++) {
        if (!cache->items[i]->gone) {
            items[out->count++] = cache_item_ref(cache->items[i]);
        }
    }
    return 0;
}

int cache_list(struct cache *cache, const char *namespace, struct cache_items *out,
               struct error *err)
{
    char prefix[CACHE_MAX_KEY];
    size_t len = 0;

    if (namespace != NULL) {
        len = strlen(namespace) + 1;
        if (len >= sizeof prefix) {
            return error_set(err, ERR_MALFORMED, "no namespace has so long a name");
        }
        memcpy(prefix, namespace, len - 1);
        prefix[len - 1] = '/';
    }
    lock(cache);
    int got = list_locked(cache, (struct slice){.data = prefix, .len = len}, out, err);
    unlock(cache);
    return got;
}

void cache_items_done(struct cache_items *items)
{
    for (size_t i = 0; i < items->count; i++) {
        cache_item_unref(items->items[i]);
    }
    free(items->items);
    *items = (struct cache_items){0};
}

struct cache_state cache_state(struct cache *cache)
{
    lock(cache);
    struct cache_state state = cache->state;
    unlock(cache);
    return state;
}

struct slice cache_version(const struct cache *cache)
{
    return slice_of(cache->version);
}

/* A change on its way to who asked for it; holds a reference to each. */
struct told {
    enum cache_change change;
    const struct cache_item *before;
    const struct cache_item *after;
    bool any;
};

static void tell(const struct cache *cache, const struct told *told)
{
    if (told->any && cache->options.changed != NULL) {
        cache->options.changed(cache->options.arg, told->change, told->before, told->after);
    }
    cache_item_unref(told->before);
    cache_item_unref(told->after);
}

/* The same object, and the same of what was asked for: labels and status may differ. */
static bool is_unchanged(const struct cache_item *old, const struct cache_item *item)
{
    struct value generation = value_get(item->object, "metadata", "generation", NULL);

    return slice_equal(old->uid, item->uid) && value_exists(generation) &&
           value_equal(generation, value_get(old->object, "metadata", "generation", NULL));
}

/* An item's place is taken by another; the reference of the old goes to who is told. */
static void replace_locked(struct cache *cache, size_t place, struct cache_item *item,
                           struct told *told)
{
    struct cache_item *old = cache->items[place];
    bool was_there = !old->gone;

    if (is_unchanged(old, item)) {
        item->since_ms = old->since_ms;
    }
    cache->items[place] = item;
    cache->state.count += was_there ? 0 : 1;
    *told = (struct told){.change = was_there ? CACHE_MODIFIED : CACHE_ADDED,
                          .after = cache_item_ref(item),
                          .any = true};
    if (was_there) {
        told->before = old;
    } else {
        cache_item_unref(old);
    }
}

static int insert_locked(struct cache *cache, size_t place, struct cache_item *item,
                         struct told *told, struct error *err)
{
    if (cache->count == cache->cap) {
        struct cache_item **grown = array_grow(
            cache->items, &cache->cap, sizeof(struct cache_item *), FIRST_ITEMS, CACHE_MAX_ITEMS);
        if (grown == NULL) {
            return error_set(err, ERR_NO_MEMORY, "no memory for more than %zu objects",
                             cache->count);
        }
        cache->items = grown;
    }
    memmove(&cache->items[place + 1], &cache->items[place],
            (cache->count - place) * sizeof(struct cache_item *));
    cache->items[place] = item;
    cache->count++;
    cache->state.count++;
    *told = (struct told){.change = CACHE_ADDED, .after = cache_item_ref(item), .any = true};
    return 0;
}

static void remove_locked(struct cache *cache, size_t place, struct told *told)
{
    struct cache_item *old = cache->items[place];

    cache->count--;
    memmove(&cache->items[place], &cache->items[place + 1],
            (cache->count - place) * sizeof(struct cache_item *));
    *told = (struct told){.change = CACHE_DELETED, .before = old, .any = !old->gone};
    cache->state.count -= old->gone ? 0 : 1;
}

/* Which of two states of an object stays, where the API server's stream brings `item`. */
static bool is_news(const struct cache_item *old, const struct cache_item *item)
{
    bool is_same = slice_equal(old->uid, item->uid);

    if (old->gone && is_same) {
        return false; /* it is from before our DELETE */
    }
    return !version_is_not_after(item->version, old->version) &&
           !(is_same && slice_equal(item->version, old->version));
}

/* Takes the item over where it returns 0 and *taken. */
static int put_locked(struct cache *cache, struct cache_item *item, bool *taken, struct told *told,
                      struct error *err)
{
    size_t place = place_of(cache, item->key);
    struct cache_item *old = item_at(cache, place, item->key);

    if (old == NULL) {
        *taken = true;
        return insert_locked(cache, place, item, told, err);
    }
    *taken = cache->rewound || is_news(old, item);
    if (*taken) {
        replace_locked(cache, place, item, told);
    } else {
        old->generation = item->generation;
    }
    return 0;
}

DEFINE_AUTO(new_item, struct cache_item, cache_item_unref);

static void set_version(struct cache *cache, struct slice version)
{
    if (version_is_not_after(version, cache_version(cache))) {
        return;
    }
    slice_copy(version, cache->version, sizeof cache->version);
}

static int check_version(struct slice version, const char *what, struct error *err)
{
    if (version.len == 0 || version.len > CACHE_MAX_VERSION) {
        return error_set(err, ERR_MALFORMED, "%s without a resourceVersion", what);
    }
    return 0;
}

/* An object from a LIST or the watch. */
static int put(struct cache *cache, struct value object, bool is_event, struct error *err)
{
    AUTO(new_item) struct cache_item *item = cache_item_new(object, cache->options.keep, err);
    struct told told = {0};
    bool taken = false;

    if (item == NULL) {
        return -1;
    }
    lock(cache);
    item->generation = cache->generation;
    int got = put_locked(cache, item, &taken, &told, err);
    if (got == 0 && is_event) {
        set_version(cache, item->version);
    }
    unlock(cache);
    if (got == 0 && taken) {
        (void)STEAL(item);
    }
    tell(cache, &told);
    return got;
}

int cache_list_begin(struct cache *cache, struct slice version, struct error *err)
{
    if (check_version(version, "a list", err) != 0) {
        return -1;
    }
    lock(cache);
    cache->generation = cache->generation == UINT32_MAX ? NO_GENERATION + 1 : cache->generation + 1;
    cache->rewound = version_is_after(cache_version(cache), version);
    unlock(cache);
    return 0;
}

int cache_list_put(struct cache *cache, struct value object, struct error *err)
{
    return put(cache, object, false, err);
}

/* The first item that the LIST has not seen and that is not later than it, from `place` on. */
static bool sweep_locked(struct cache *cache, size_t *place, struct slice version,
                         struct told *told)
{
    for (; *place < cache->count; (*place)++) {
        const struct cache_item *item = cache->items[*place];
        bool is_later = !cache->rewound && version_is_after(item->version, version);
        if (item->generation != cache->generation && !is_later) {
            remove_locked(cache, *place, told);
            return true;
        }
    }
    return false;
}

int cache_list_end(struct cache *cache, struct slice version, struct error *err)
{
    size_t place = 0;
    bool swept = true;

    if (check_version(version, "a list", err) != 0) {
        return -1;
    }
    while (swept) {
        struct told told = {0};
        lock(cache);
        swept = sweep_locked(cache, &place, version, &told);
        unlock(cache);
        tell(cache, &told);
    }
    lock(cache);
    slice_copy(version, cache->version, sizeof cache->version);
    cache->rewound = false;
    cache->state.synced = true;
    cache->state.stale = false;
    cache->state.relists++;
    unlock(cache);
    tell(cache, &(struct told){.change = CACHE_SYNCED, .any = true});
    return 0;
}

int cache_event_put(struct cache *cache, struct value object, struct error *err)
{
    return put(cache, object, true, err);
}

int cache_event_delete(struct cache *cache, struct value object, struct error *err)
{
    AUTO(new_item) struct cache_item *last = cache_item_new(object, cache->options.keep, err);
    struct told told = {0};

    if (last == NULL) {
        return -1;
    }
    lock(cache);
    size_t place = place_of(cache, last->key);
    const struct cache_item *item = item_at(cache, place, last->key);
    if (item != NULL && !version_is_after(item->version, last->version)) {
        remove_locked(cache, place, &told);
    }
    set_version(cache, last->version);
    unlock(cache);
    tell(cache, &told);
    return 0;
}

int cache_event_bookmark(struct cache *cache, struct slice version, struct error *err)
{
    if (check_version(version, "a bookmark", err) != 0) {
        return -1;
    }
    lock(cache);
    set_version(cache, version);
    unlock(cache);
    return 0;
}

/* Does the answer of a write tell what the stream has not told, and will? */
static bool is_ahead(const struct cache *cache, const struct cache_item *item)
{
    const struct cache_item *old = item_at(cache, place_of(cache, item->key), item->key);

    return cache->state.synced && version_is_after(item->version, cache_version(cache)) &&
           (old == NULL || version_is_after(item->version, old->version));
}

int cache_wrote(struct cache *cache, struct value object, struct error *err)
{
    AUTO(new_item) struct cache_item *item = cache_item_new(object, cache->options.keep, err);
    struct told told = {0};
    bool taken = false;

    if (item == NULL) {
        return -1;
    }
    item->generation = NO_GENERATION;
    lock(cache);
    int got = is_ahead(cache, item) ? put_locked(cache, item, &taken, &told, err) : 0;
    unlock(cache);
    if (got == 0 && taken) {
        (void)STEAL(item);
    }
    tell(cache, &told);
    return got;
}

void cache_forget(struct cache *cache, struct slice namespace, struct slice name, struct slice uid)
{
    char text[CACHE_MAX_KEY];
    struct slice key = {.data = text, .len = cache_key(namespace, name, text)};
    struct told told = {0};

    lock(cache);
    struct cache_item *item = key.len > 0 ? item_at(cache, place_of(cache, key), key) : NULL;
    if (item != NULL && !item->gone && slice_equal(item->uid, uid)) {
        item->gone = true;
        cache->state.count--;
        told = (struct told){.change = CACHE_DELETED, .before = cache_item_ref(item), .any = true};
    }
    unlock(cache);
    tell(cache, &told);
}

void cache_heard(struct cache *cache)
{
    lock(cache);
    cache->state.heard_ms = clock_ms();
    unlock(cache);
}

void cache_followed(struct cache *cache, bool is_followed)
{
    lock(cache);
    int64_t lost_ms = cache->state.lost_ms != 0 ? cache->state.lost_ms : clock_ms();
    cache->state.lost_ms = is_followed ? 0 : lost_ms;
    unlock(cache);
}

void cache_failed(struct cache *cache, bool stale)
{
    lock(cache);
    cache->state.failures++;
    cache->state.stale = cache->state.stale || stale;
    unlock(cache);
}
