/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration as a ConfigMap of podveil's own namespace has it, under the key
 * podveil.yaml: watched, that one object alone.
 *
 * Ownership: in place; the name is borrowed. config_map_done() after the client has stopped.
 * Threads:   config_map_read(): any, from the start on. The others: one.
 */
#ifndef CONTROLLER_CONFIG_MAP_H
#define CONTROLLER_CONFIG_MAP_H

#include "lib/kube/client/reflector.h"
#include "server/admission/config_text.h"
#include "server/admission/voice.h"

#define CONFIG_MAP_KEY "podveil.yaml"

struct config_map {
    const char *name; /* NULL: the configuration comes from elsewhere */
    const char *namespace;
    const struct voice *voice;
    char selector[512];
    struct cache *cache;
    struct reflector *reflector;
};

/* Nothing where there is no name. */
int config_map_start(struct config_map *map, struct api *api, struct error *err) MUST_CHECK;
void config_map_done(struct config_map *map);

/* As it is now. -1: there is none, and `err` says what is missing. */
int config_map_read(const struct config_map *map, struct config_text *out,
                    struct error *err) MUST_CHECK;

#endif
