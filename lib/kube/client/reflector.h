/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps a cache (cache.h) at what the API server has: a LIST in pages, then a WATCH from
 * there on, and again where that ends.
 *
 *   list    a failure: again after a pause, from the first page
 *   watch   its time is over, the connection is lost: go on from the last event
 *           410 Gone, an event that cannot be read: the cache is stale; list
 *
 * Pauses double from 0.8 s to 10 s, half of each by chance; a watch that brought something
 * and needs no LIST starts them anew, and so does the first 410 after other failures. A watch
 * ends after 5 to 10 minutes, so that replicas spread over API servers, and after API_SILENCE_S
 * without a byte.
 *
 * Ownership: borrows the client and the cache; copies the rest of its options. It lives
 *            until the client has stopped: reflector_free() after api_stop().
 * Threads:   works in the client's. reflector_start() and reflector_kick(): any.
 * Errors:    what goes wrong is told to `trouble`, and counted in the cache's state. The
 *            reflector never gives up. A page that is too large (answer.h) is asked for anew at
 *            half of its objects, down to one.
 */
#ifndef CLIENT_REFLECTOR_H
#define CLIENT_REFLECTOR_H

#include "lib/kube/client/api.h"
#include "lib/kube/client/cache.h"

enum { REFLECTOR_PAGE = 500 };

/* A line for the log, in the client's thread. `again_ms`: when it is tried again. */
typedef void reflector_trouble(void *arg, const struct error *err, int64_t again_ms);

struct reflector_options {
    const struct resource *resource; /* borrowed for ever */
    const char *namespace;           /* NULL: all */
    const char *label_selector;      /* NULL: everything */
    const char *field_selector;
    unsigned page; /* objects of a page; 0: REFLECTOR_PAGE */
    struct cache *cache;
    reflector_trouble *trouble; /* NULL: nobody asks */
    void *arg;
};

struct reflector;

int reflector_start(struct api *api, const struct reflector_options *options,
                    struct reflector **out, struct error *err) MUST_CHECK;

/*
 * Without memory not even a pause can be asked for; this goes on then, and does nothing else. To be
 * called now and then, each second say.
 */
void reflector_kick(struct reflector *reflector);

void reflector_free(struct reflector *reflector);
DEFINE_AUTO(reflector, struct reflector, reflector_free);

#endif
