/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a resource's objects are, as far as podveil was told: the objects of one LIST,
 * kept up by the events of the watch behind it, and by the answers of our own writes,
 * which come first.
 *
 * Never does an older state of an object replace a newer one. The cache knows up to which
 * resourceVersion the watch has told everything (`version`): an answer of a write that is
 * not later was seen there already, or its object was deleted since. So a deleted policy
 * does not come back by an answer that was late. Answers with versions that cannot be
 * compared (version.h) are left to the watch.
 *
 * What our own DELETE removed is hidden at once; earlier events of it that are still on
 * their way do not bring it back.
 *
 * An item holds the object without metadata.managedFields, or what the owner's `keep`
 * makes of it: ten thousand pods are a hundred megabytes as they come.
 *
 * Ownership: the cache owns its items; one that was given out is counted and stays as it
 *            is: cache_item_unref().
 * Threads:   any may read. One feeds it (the client's); cache_wrote() and cache_forget():
 *            any. cache_changed is called by whoever made the change, outside of the lock.
 * Errors:    ERR_MALFORMED for what is no object with a name and a version, ERR_NO_MEMORY.
 *            The cache is then as it was.
 * Limits:    CACHE_MAX_ITEMS. Finding is logarithmic.
 */
#ifndef CLIENT_CACHE_H
#define CLIENT_CACHE_H

#include "lib/base/buf.h"
#include "lib/kube/value.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

enum {
    CACHE_MAX_ITEMS = 1048576,
    CACHE_MAX_KEY = 512, /* NAMESPACE/NAME: 63 + 1 + 253 */
    CACHE_MAX_VERSION = 128,
};

struct cache_item {
    struct value object; /* what was kept; readable from any thread */
    struct slice key;    /* "NAMESPACE/NAME"; "/NAME" where there is no namespace */
    struct slice namespace;
    struct slice name;
    struct slice uid;
    struct slice version;
    int64_t since_ms; /* clock_ms() when this uid was first known in this metadata.generation */

    /* The cache's own. */
    struct cache_item *self; /* the count changes, however const the rest is to others */
    atomic_uint references;
    unsigned generation; /* of the LIST that has seen it last */
    bool gone;           /* we deleted it, and the watch has not said so yet */
    struct json doc;
    char *texts;
};

enum cache_change {
    CACHE_ADDED,
    CACHE_MODIFIED,
    CACHE_DELETED,
    CACHE_SYNCED, /* a LIST is complete: before and after are NULL */
};

/* Both borrowed; NULL where there was, or is, none. Must not wait. */
typedef void cache_changed(void *arg, enum cache_change change, const struct cache_item *before,
                           const struct cache_item *after);

/* Append the JSON of what is worth keeping of an object. metadata with name, namespace, uid and
 * resourceVersion is read before, from the object. */
typedef int cache_keep(struct value object, struct buf *out, struct error *err);

struct cache_options {
    cache_keep *keep;       /* NULL: all but managedFields */
    cache_changed *changed; /* NULL: nobody asks */
    void *arg;
};

struct cache;

struct cache *cache_new(const struct cache_options *options);
void cache_free(struct cache *cache);
DEFINE_AUTO(cache, struct cache, cache_free);

/* Reading. A counted item, or NULL. */
const struct cache_item *cache_find(struct cache *cache, struct slice namespace, struct slice name);
void cache_item_unref(const struct cache_item *item);
DEFINE_AUTO(cache_item, const struct cache_item, cache_item_unref);

/* All of a namespace, or all where it is NULL, in the order of their keys, counted; the caller
 * frees them by cache_items_done(). */
struct cache_items {
    const struct cache_item **items;
    size_t count;
};
int cache_list(struct cache *cache, const char *namespace, struct cache_items *out,
               struct error *err) MUST_CHECK;
void cache_items_done(struct cache_items *items);
DEFINE_AUTO_IN_PLACE(cache_items, struct cache_items, cache_items_done);

/* Is it complete, and how does it stand? */
struct cache_state {
    bool synced;       /* a LIST was complete once; false: to be absent means nothing */
    bool stale;        /* the watch is broken, and a LIST has to mend it */
    int64_t lost_ms;   /* since when (clock_ms()) nobody tells what changes; 0: a watch does */
    size_t count;      /* of objects */
    int64_t heard_ms;  /* clock_ms() when the API server last spoke; 0: never */
    uint64_t relists;  /* LISTs that were complete */
    uint64_t failures; /* of LIST or watch, in all */
};
struct cache_state cache_state(struct cache *cache);

/* Our own writes: the object as the API server answered it, and what a DELETE removed. */
int cache_wrote(struct cache *cache, struct value object, struct error *err) MUST_CHECK;
void cache_forget(struct cache *cache, struct slice namespace, struct slice name, struct slice uid);

/* Feeding; for the one that lists and watches. A list: begin, put each object, end. */
int cache_list_begin(struct cache *cache, struct slice version, struct error *err) MUST_CHECK;
int cache_list_put(struct cache *cache, struct value object, struct error *err) MUST_CHECK;
int cache_list_end(struct cache *cache, struct slice version, struct error *err) MUST_CHECK;

/* An event ADDED or MODIFIED, DELETED, and BOOKMARK (the version alone). */
int cache_event_put(struct cache *cache, struct value object, struct error *err) MUST_CHECK;
int cache_event_delete(struct cache *cache, struct value object, struct error *err) MUST_CHECK;
int cache_event_bookmark(struct cache *cache, struct slice version, struct error *err) MUST_CHECK;

/* For the state: the API server spoke; something failed. */
void cache_heard(struct cache *cache);
void cache_failed(struct cache *cache, bool stale);

/* For the state: a watch from where it stands on was answered; one is lost, or was not to be had.
 */
void cache_followed(struct cache *cache, bool is_followed);

/* Up to where the watch has told everything: where a watch goes on. "" before the first LIST. */
struct slice cache_version(const struct cache *cache); /* for the one that feeds it */

#endif
