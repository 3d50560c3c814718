/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/config/memory.h"

/* Arrays of structs are larger than their text: this bounds what a file of 1 MiB makes of itself.
 */
enum { MAX_MEMORY = 64 << 20 };

struct config_memory *config_memory_new(void)
{
    struct config_memory *memory = calloc(1, sizeof *memory);

    if (memory != NULL) {
        atomic_init(&memory->count, 1);
        arena_init(&memory->arena, MAX_MEMORY);
        memory->config.memory = memory;
    }
    return memory;
}

const struct config *config_ref(const struct config *config)
{
    (void)atomic_fetch_add_explicit(&config->memory->count, 1, memory_order_relaxed);
    return config;
}

void config_unref(const struct config *config)
{
    if (config == NULL) {
        return;
    }
    struct config_memory *memory = config->memory;
    if (atomic_fetch_sub_explicit(&memory->count, 1, memory_order_acq_rel) != 1) {
        return;
    }
    for (struct config_default *at = memory->defaults; at != NULL; at = at->next) {
        json_done(&at->doc);
    }
    json_done(&memory->doc);
    yaml_stream_done(&memory->stream);
    arena_done(&memory->arena);
    free(memory);
}

int config_memory_array(struct config_memory *memory, size_t count, size_t size, void **out,
                        struct error *err)
{
    void *items = arena_alloc(&memory->arena, count * size + 1);

    if (items == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for the configuration");
    }
    *out = items;
    return 0;
}

int config_memory_text(struct config_memory *memory, struct slice text, const char **out,
                       struct error *err)
{
    const char *copy = arena_copy(&memory->arena, text).data;

    if (copy == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for the configuration");
    }
    *out = copy;
    return 0;
}

int config_memory_default(struct config_memory *memory, const char *json, struct value *out,
                          struct error *err)
{
    struct config_default *made = arena_alloc(&memory->arena, sizeof *made);

    if (made == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for the configuration");
    }
    if (json_parse(&made->doc, slice_of(json), err) != 0) {
        return -1;
    }
    made->next = memory->defaults;
    memory->defaults = made;
    *out = value_root(&made->doc);
    return 0;
}
