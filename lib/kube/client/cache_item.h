/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One object of a cache. Private to this folder; see cache.h.
 */
#ifndef CLIENT_CACHE_ITEM_H
#define CLIENT_CACHE_ITEM_H

#include "lib/kube/client/cache.h"

/* "NAMESPACE/NAME"; the length, or 0 where it does not fit. */
size_t cache_key(struct slice namespace, struct slice name, char out[static CACHE_MAX_KEY]);

/* One reference. `keep` may be NULL. */
struct cache_item *cache_item_new(struct value object, cache_keep *keep, struct error *err);
const struct cache_item *cache_item_ref(const struct cache_item *item);

#endif
