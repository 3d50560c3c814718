/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controller/config_map.h"

#include <stdio.h>

static const struct resource resource_config_maps = {"", "v1", "configmaps", true};

static void changed(void *arg, enum cache_change change, const struct cache_item *before,
                    const struct cache_item *after)
{
    const struct config_map *map = arg;

    (void)change;
    (void)before;
    (void)after;
    map->voice->changed(map->voice->arg);
}

static void trouble(void *arg, const struct error *err, int64_t again_ms)
{
    const struct config_map *map = arg;

    (void)again_ms;
    map->voice->say(map->voice->arg, true, "the ConfigMap is not followed", err->text);
}

int config_map_start(struct config_map *map, struct api *api, struct error *err)
{
    if (map->name == NULL) {
        return 0;
    }
    (void)snprintf(map->selector, sizeof map->selector, "metadata.name=%s", map->name);
    map->cache = cache_new(&(struct cache_options){.changed = changed, .arg = map});
    if (map->cache == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for a cache");
    }
    const struct reflector_options options = {
        .resource = &resource_config_maps,
        .namespace = map->namespace,
        .field_selector = map->selector,
        .cache = map->cache,
        .trouble = trouble,
        .arg = map,
    };
    return reflector_start(api, &options, &map->reflector, err);
}

void config_map_done(struct config_map *map)
{
    if (map->reflector != NULL) {
        reflector_free(STEAL(map->reflector));
    }
    cache_free(STEAL(map->cache));
}

int config_map_read(const struct config_map *map, struct config_text *out, struct error *err)
{
    if (!cache_state(map->cache).synced) {
        return error_set(err, ERR_SYSTEM, "the ConfigMap %s/%s is not known yet", map->namespace,
                         map->name);
    }
    AUTO(cache_item)
    const struct cache_item *item =
        cache_find(map->cache, slice_of(map->namespace), slice_of(map->name));
    if (item == NULL) {
        return error_set(err, ERR_CONFIG, "there is no ConfigMap %s/%s", map->namespace, map->name);
    }
    struct value text = value_get(item->object, "data", CONFIG_MAP_KEY, NULL);
    if (value_kind(text) != JSON_STRING) {
        return error_set(err, ERR_CONFIG, "the ConfigMap %s/%s has no key " CONFIG_MAP_KEY,
                         map->namespace, map->name);
    }
    (void)snprintf(out->name, sizeof out->name, "ConfigMap %s/%s, " CONFIG_MAP_KEY, map->namespace,
                   map->name);
    (void)snprintf(out->version, sizeof out->version, "%.*s@%.*s", SLICE_ARGS(item->uid),
                   SLICE_ARGS(item->version));
    buf_slice(&out->text, value_string(text));
    return buf_check(&out->text, err);
}
