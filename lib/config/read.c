/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects by their tables. The recursion is over the tables, which are four deep,
 * never over what the file nests.
 */
#include "lib/config/read.h"

#include "lib/config/suggest.h"

static const struct key *find_key(const struct keys *keys, struct slice name)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (slice_is(name, keys->items[i].name)) {
            return &keys->items[i];
        }
    }
    return NULL;
}

static int unknown_key(const struct config_reader *reader, const struct keys *keys,
                       struct value member, struct slice name, struct error *err)
{
    const char *nearest = NULL;
    unsigned best = SUGGEST_NONE;

    for (size_t i = 0; i < keys->count; i++) {
        nearest =
            suggest_is_nearer(name, keys->items[i].name, &best) ? keys->items[i].name : nearest;
    }
    return config_unknown_key(reader, member, name, nearest, err);
}

int config_unknown_key(const struct config_reader *reader, struct value member, struct slice name,
                       const char *suggestion, struct error *err)
{
    char shown[GRAMMAR_SHOWN];

    if (suggestion == NULL) {
        return config_fault_key(reader->source, member, err, "unknown key \"%s\"",
                                grammar_show(name, shown));
    }
    return config_fault_key(reader->source, member, err, "unknown key \"%s\"; did you mean %s?",
                            grammar_show(name, shown), suggestion);
}

static int check_keys(const struct config_reader *reader, const struct keys *keys, struct value v,
                      struct error *err)
{
    struct value_iter iter = value_iter(v);
    struct slice name;
    struct value member;

    if (value_exists(v) && value_kind(v) != JSON_OBJECT) {
        return config_wrong_type(reader, v, "a mapping", err);
    }
    while (value_next(&iter, &name, &member)) {
        if (find_key(keys, name) == NULL) {
            return unknown_key(reader, keys, member, name, err);
        }
    }
    return 0;
}

static int read_objects(const struct config_reader *reader, const struct key *key, struct value v,
                        char *base, struct error *err)
{
    struct value_iter iter = value_iter(v);
    size_t count = value_count(v);
    struct slice name;
    struct value item;
    void *place = NULL;

    if (value_kind(v) != JSON_ARRAY) {
        return config_wrong_type(reader, v, "a list", err);
    }
    if (config_check_count(reader, key, v, err) != 0 ||
        config_memory_array(reader->memory, count, key->of->size, &place, err) != 0) {
        return -1;
    }
    while (value_next(&iter, &name, &item)) {
        char *object = (char *)place + iter.index * key->of->size;
        if (config_read_object(reader, key->of, item, object, err) != 0) {
            return -1;
        }
    }
    memcpy(base + key->offset, &place, sizeof place);
    memcpy(base + key->count_offset, &count, sizeof count);
    return 0;
}

static int read_member(const struct config_reader *reader, const struct key *key, struct value v,
                       char *base, struct error *err)
{
    static int (*const readers[])(const struct config_reader *, const struct key *, struct value,
                                  void *, struct error *) = {
        [KEY_WORD] = config_read_word,
        [KEY_TEXT] = config_read_text,
        [KEY_TEXTS] = config_read_texts,
        [KEY_BOOL] = config_read_bool,
        [KEY_ID] = config_read_id,
        [KEY_PORT] = config_read_port,
        [KEY_DURATION] = config_read_duration,
        [KEY_CIDR] = config_read_cidr,
        [KEY_CIDRS] = config_read_cidrs,
        [KEY_LABELS] = config_read_labels,
        [KEY_PEERS] = config_read_peers,
        [KEY_RESOURCES] = config_read_resources,
    };

    if (key->type == KEY_OBJECT) {
        return config_read_object(reader, key->of, v, base + key->offset, err);
    }
    if (key->type == KEY_OBJECTS) {
        return read_objects(reader, key, v, base, err);
    }
    char *field = key->offset == KEY_NOT_KEPT ? NULL : base + key->offset;
    return readers[key->type](reader, key, v, field, err);
}

static int missing(const struct config_reader *reader, const struct key *key, struct value object,
                   struct error *err)
{
    if (key->words != NULL && key->words[1] == NULL) {
        return config_fault(reader->source, object, err, "%s is missing; write %s: %s", key->name,
                            key->name, key->words[0]);
    }
    return config_fault(reader->source, object, err, "%s is missing. %s", key->name, key->about);
}

int config_read_object(const struct config_reader *reader, const struct keys *keys, struct value v,
                       char *base, struct error *err)
{
    if (check_keys(reader, keys, v, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < keys->count; i++) {
        const struct key *key = &keys->items[i];
        struct value member = value_member(v, key->name);
        bool there = value_exists(member);
        if (!there && key->required) {
            return missing(reader, key, v, err);
        }
        if (!there && key->fallback != NULL &&
            config_memory_default(reader->memory, key->fallback, &member, err) != 0) {
            return -1;
        }
        bool skip = !value_exists(member) && key->type != KEY_OBJECT;
        if (!skip && read_member(reader, key, member, base, err) != 0) {
            return -1;
        }
    }
    return 0;
}
