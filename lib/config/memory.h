/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a configuration owns: its texts and arrays, and the documents that its
 * values stand in (the file, and each default that is a value).
 *
 * Private to this folder.
 *
 * Threads: config_ref() and config_unref() may be called from any; the rest is
 *          for the one that makes the configuration.
 */
#ifndef CONFIG_MEMORY_H
#define CONFIG_MEMORY_H

#include "lib/base/arena.h"
#include "lib/config/config.h"
#include "lib/kube/yaml.h"

#include <stdatomic.h>

/* A default that was parsed. */
struct config_default {
    struct json doc;
    struct config_default *next;
};

struct config_memory {
    atomic_uint count;
    struct arena arena;
    struct yaml_stream stream;
    struct json doc;
    struct config_default *defaults;
    struct config config;
};

/* One reference; NULL where there is no memory. config_unref() of its config releases it. */
struct config_memory *config_memory_new(void);

/* Zeroed memory of `count` items, never NULL on success. */
int config_memory_array(struct config_memory *memory, size_t count, size_t size, void **out,
                        struct error *err) MUST_CHECK;

/* A copy of the text with a NUL behind it. */
int config_memory_text(struct config_memory *memory, struct slice text, const char **out,
                       struct error *err) MUST_CHECK;

/* The value of a default, which is JSON and lives as long as the program. */
int config_memory_default(struct config_memory *memory, const char *json, struct value *out,
                          struct error *err) MUST_CHECK;

#endif
