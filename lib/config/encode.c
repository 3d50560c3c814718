/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The canonical form: the tables' order, defaults filled in, no space, values
 * that were kept as written with their members sorted. The order of keys in the
 * file, comments and style do not show.
 */
#include "lib/config/canonical.h"
#include "lib/config/schema.h"
#include "lib/kube/build.h"

#include <inttypes.h>
#include <stdio.h>

static struct build *list_texts(const struct text_list *list)
{
    struct build *array = build_array();

    for (size_t i = 0; i < list->count; i++) {
        (void)build_push(array, build_text(list->items[i]));
    }
    return array;
}

static struct build *cidr_text(const struct cidr *cidr)
{
    char text[CIDR_TEXT];

    cidr_format(cidr, text);
    return build_text(text);
}

static struct build *list_cidrs(const struct cidr_list *list)
{
    struct build *array = build_array();

    for (size_t i = 0; i < list->count; i++) {
        (void)build_push(array, cidr_text(&list->items[i]));
    }
    return array;
}

static struct build *duration_text(uint64_t ms)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%" PRIu64 "%s", ms % 1000 == 0 ? ms / 1000 : ms,
                   ms % 1000 == 0 ? "s" : "ms");
    return build_text(text);
}

static const void *field_at(const char *base, const struct key *key)
{
    return base + key->offset;
}

static struct build *encode_amounts(struct value list)
{
    struct build *object = build_object();

    for (size_t i = 0; schema_resources[i] != NULL; i++) {
        struct value amount = value_member(list, schema_resources[i]);
        if (value_exists(amount)) {
            (void)build_set(object, schema_resources[i], build_copy(amount));
        }
    }
    return object;
}

static struct build *encode_resources(struct value resources)
{
    struct build *object = build_object();

    for (size_t i = 0; schema_resource_lists[i] != NULL; i++) {
        struct value list = value_member(resources, schema_resource_lists[i]);
        if (value_exists(list)) {
            (void)build_set(object, schema_resource_lists[i], encode_amounts(list));
        }
    }
    return object;
}

static struct build *encode_value(const struct key *key, const char *base, struct arena *arena)
{
    const struct value *value = field_at(base, key);

    if (key->type == KEY_RESOURCES) {
        return encode_resources(*value);
    }
    return value_exists(*value) ? canonical(*value, arena) : build_array();
}

static struct build *encode_plain(const struct key *key, const char *base)
{
    unsigned word = 0;

    switch (key->type) {
    case KEY_WORD:
        memcpy(&word, key->offset == KEY_NOT_KEPT ? (const char *)&word : base + key->offset,
               sizeof word);
        return build_text(key->words[word]);
    case KEY_TEXT:
        return build_text(*(const char *const *)field_at(base, key));
    case KEY_TEXTS:
        return list_texts(field_at(base, key));
    case KEY_BOOL:
        return build_bool(*(const bool *)field_at(base, key));
    case KEY_ID:
        return build_int(*(const uint32_t *)field_at(base, key));
    case KEY_PORT:
        return build_int(*(const uint16_t *)field_at(base, key));
    case KEY_DURATION:
        return duration_text(*(const uint64_t *)field_at(base, key));
    case KEY_CIDR:
        return cidr_text(field_at(base, key));
    case KEY_CIDRS:
        return list_cidrs(field_at(base, key));
    case KEY_OBJECT:
    case KEY_OBJECTS:
    case KEY_LABELS:
    case KEY_PEERS:
    case KEY_RESOURCES:
    default:
        return NULL;
    }
}

static struct build *encode_object(const struct keys *keys, const char *base, struct arena *arena);

static struct build *encode_objects(const struct key *key, const char *base, struct arena *arena)
{
    const char *items = *(const char *const *)field_at(base, key);
    struct build *array = build_array();
    size_t count = 0;

    memcpy(&count, base + key->count_offset, sizeof count);
    for (size_t i = 0; i < count; i++) {
        (void)build_push(array, encode_object(key->of, items + i * key->of->size, arena));
    }
    return array;
}

/* As deep as the tables are. */
static struct build *encode_object(const struct keys *keys, const char *base, struct arena *arena)
{
    struct build *object = build_object();

    for (size_t i = 0; i < keys->count; i++) {
        const struct key *key = &keys->items[i];
        struct build *member = NULL;
        if (key->type == KEY_LABELS && !value_exists(*(const struct value *)field_at(base, key))) {
            continue;
        }
        if (key->type == KEY_OBJECT) {
            member = encode_object(key->of, base + key->offset, arena);
        } else if (key->type == KEY_OBJECTS) {
            member = encode_objects(key, base, arena);
        } else if (key->type == KEY_LABELS || key->type == KEY_PEERS ||
                   key->type == KEY_RESOURCES) {
            member = encode_value(key, base, arena);
        } else {
            member = encode_plain(key, base);
        }
        (void)build_set(object, key->name, member);
    }
    return object;
}

int config_encode(const struct config *config, struct buf *out, struct error *err)
{
    AUTO(arena) struct arena arena = {0};
    arena_init(&arena, 64 << 20);

    AUTO(build) struct build *root = encode_object(&schema_root, (const char *)config, &arena);
    return build_encode(root, out, err);
}
