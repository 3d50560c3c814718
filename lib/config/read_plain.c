/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/parse.h"
#include "lib/config/read.h"

#include <inttypes.h>

static const char *kind_name(enum json_kind kind)
{
    static const char *const names[] = {
        [JSON_ABSENT] = "nothing",   [JSON_NULL] = "nothing", [JSON_BOOL] = "a boolean",
        [JSON_NUMBER] = "a number",  [JSON_STRING] = "text",  [JSON_ARRAY] = "a list",
        [JSON_OBJECT] = "a mapping",
    };
    return names[kind];
}

int config_wrong_type(const struct config_reader *reader, struct value v, const char *wanted,
                      struct error *err)
{
    enum json_kind kind = value_kind(v);
    char shown[GRAMMAR_SHOWN];

    if (kind == JSON_NULL) {
        return config_fault(reader->source, v, err,
                            "nothing is written here; write %s, or leave it out", wanted);
    }
    if ((kind == JSON_BOOL || kind == JSON_NUMBER) && strcmp(wanted, "text") == 0) {
        (void)grammar_show(value_raw(v), shown);
        return config_fault(reader->source, v, err, "%s is %s, not text; write \"%s\", in quotes",
                            shown, kind_name(kind), shown);
    }
    if (kind == JSON_STRING) {
        return config_fault(reader->source, v, err, "\"%s\" is text; write %s",
                            grammar_show(value_string(v), shown), wanted);
    }
    return config_fault(reader->source, v, err, "this is %s; write %s", kind_name(kind), wanted);
}

int config_check_count(const struct config_reader *reader, const struct key *key, struct value v,
                       struct error *err)
{
    size_t count = value_count(v);

    if (count == 0 && key->filled) {
        return config_fault(reader->source, v, err, "this is empty; write at least one");
    }
    if (count > key->max) {
        return config_fault(reader->source, v, err,
                            "%zu are too many; at most %" PRIu64 " are read", count, key->max);
    }
    return 0;
}

int config_check_text(const struct config_reader *reader, const struct grammar *grammar,
                      struct value v, struct error *err)
{
    struct error inner = {0};

    if (value_kind(v) != JSON_STRING) {
        return config_wrong_type(reader, v, "text", err);
    }
    if (grammar_check(grammar, value_string(v), &inner) != 0) {
        return config_fault_of(reader->source, v, &inner, err);
    }
    return 0;
}

int config_read_text(const struct config_reader *reader, const struct key *key, struct value v,
                     void *field, struct error *err)
{
    const char **out = field;

    if (config_check_text(reader, key->grammar, v, err) != 0) {
        return -1;
    }
    return config_memory_text(reader->memory, value_string(v), out, err);
}

static bool is_among(struct slice text, const struct slice *seen, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(seen[i], text)) {
            return true;
        }
    }
    return false;
}

static int check_is_list(const struct config_reader *reader, const struct key *key, struct value v,
                         struct error *err)
{
    if (value_kind(v) == JSON_STRING) {
        char shown[GRAMMAR_SHOWN];
        (void)grammar_show(value_string(v), shown);
        return config_fault(reader->source, v, err, "\"%s\" is text; write a list: [%s]", shown,
                            shown);
    }
    if (value_kind(v) != JSON_ARRAY) {
        return config_wrong_type(reader, v, "a list", err);
    }
    return config_check_count(reader, key, v, err);
}

/* A list of texts, of which none may stand twice. */
static int check_list(const struct config_reader *reader, const struct key *key, struct value v,
                      struct error *err)
{
    struct slice seen[KEY_MAX_ITEMS];
    struct value_iter iter = value_iter(v);
    struct slice name;
    struct value item;
    char shown[GRAMMAR_SHOWN];

    if (check_is_list(reader, key, v, err) != 0) {
        return -1;
    }
    while (value_next(&iter, &name, &item)) {
        if (value_kind(item) != JSON_STRING) {
            return config_wrong_type(reader, item, "text", err);
        }
        seen[iter.index] = value_string(item);
        if (!key->repeats && is_among(seen[iter.index], seen, iter.index)) {
            return config_fault(reader->source, item, err, "\"%s\" stands here twice",
                                grammar_show(seen[iter.index], shown));
        }
    }
    return 0;
}

int config_read_texts(const struct config_reader *reader, const struct key *key, struct value v,
                      void *field, struct error *err)
{
    struct text_list *out = field;
    struct value_iter iter = value_iter(v);
    struct slice name;
    struct value item;
    void *place = NULL;

    if (check_list(reader, key, v, err) != 0 ||
        config_memory_array(reader->memory, value_count(v), sizeof(char *), &place, err) != 0) {
        return -1;
    }
    const char **items = place;
    while (value_next(&iter, &name, &item)) {
        if (config_read_text(reader, key, item, &items[iter.index], err) != 0) {
            return -1;
        }
    }
    *out = (struct text_list){.items = items, .count = value_count(v)};
    return 0;
}

int config_read_cidr(const struct config_reader *reader, const struct key *key, struct value v,
                     void *field, struct error *err)
{
    struct cidr *out = field;
    struct error inner = {0};

    if (value_kind(v) != JSON_STRING) {
        return config_wrong_type(reader, v, "a CIDR block", err);
    }
    (void)key;
    if (cidr_parse(value_string(v), out, &inner) != 0) {
        return config_fault_of(reader->source, v, &inner, err);
    }
    return 0;
}

int config_read_cidrs(const struct config_reader *reader, const struct key *key, struct value v,
                      void *field, struct error *err)
{
    struct cidr_list *out = field;
    struct value_iter iter = value_iter(v);
    struct slice name;
    struct value item;
    void *place = NULL;

    if (check_list(reader, key, v, err) != 0 ||
        config_memory_array(reader->memory, value_count(v), sizeof(struct cidr), &place, err) !=
            0) {
        return -1;
    }
    struct cidr *items = place;
    while (value_next(&iter, &name, &item)) {
        if (config_read_cidr(reader, key, item, &items[iter.index], err) != 0) {
            return -1;
        }
    }
    *out = (struct cidr_list){.items = items, .count = value_count(v)};
    return 0;
}

static int read_number(const struct config_reader *reader, const struct key *key, struct value v,
                       uint64_t *out, struct error *err)
{
    struct error inner = {0};
    int64_t number = 0;

    if (value_kind(v) != JSON_NUMBER) {
        return config_wrong_type(reader, v, "a whole number", err);
    }
    if (value_int64(v, &number, &inner) != 0 || number < (int64_t)key->min ||
        number > (int64_t)key->max) {
        char shown[GRAMMAR_SHOWN];
        return config_fault(reader->source, v, err,
                            "%s is no whole number from %" PRIu64 " to %" PRIu64,
                            grammar_show(value_raw(v), shown), key->min, key->max);
    }
    *out = (uint64_t)number;
    return 0;
}

int config_read_id(const struct config_reader *reader, const struct key *key, struct value v,
                   void *field, struct error *err)
{
    uint32_t *out = field;
    uint64_t number = 0;

    if (read_number(reader, key, v, &number, err) != 0) {
        return -1;
    }
    *out = (uint32_t)number;
    return 0;
}

int config_read_port(const struct config_reader *reader, const struct key *key, struct value v,
                     void *field, struct error *err)
{
    uint16_t *out = field;
    uint64_t number = 0;

    if (read_number(reader, key, v, &number, err) != 0) {
        return -1;
    }
    *out = (uint16_t)number;
    return 0;
}

int config_read_bool(const struct config_reader *reader, const struct key *key, struct value v,
                     void *field, struct error *err)
{
    bool *out = field;

    (void)key;
    if (value_kind(v) != JSON_BOOL) {
        return config_wrong_type(reader, v, "true or false", err);
    }
    *out = value_is_true(v);
    return 0;
}

int config_read_duration(const struct config_reader *reader, const struct key *key, struct value v,
                         void *field, struct error *err)
{
    uint64_t *out = field;
    struct error inner = {0};

    (void)key;
    if (value_kind(v) != JSON_STRING) {
        return config_wrong_type(reader, v, "a duration, as in 1s", err);
    }
    if (parse_duration_ms(value_string(v), out, &inner) != 0) {
        return config_fault_of(reader->source, v, &inner, err);
    }
    return 0;
}

/* "deny, warn or off" */
static void list_words(const char *const *words, struct buf *out)
{
    buf_text(out, words[0]);
    for (size_t i = 1; words[i] != NULL; i++) {
        buf_printf(out, "%s%s", words[i + 1] == NULL ? " or " : ", ", words[i]);
    }
}

int config_read_word(const struct config_reader *reader, const struct key *key, struct value v,
                     void *field, struct error *err)
{
    unsigned *out = field;
    AUTO(buf) struct buf all = {0};
    unsigned found = 0;
    buf_init(&all, 128);
    list_words(key->words, &all);

    if (buf_check(&all, err) != 0) {
        return -1;
    }
    if (value_kind(v) != JSON_STRING) {
        return config_wrong_type(reader, v, buf_cstr(&all), err);
    }
    while (key->words[found] != NULL && !value_is(v, key->words[found])) {
        found++;
    }
    if (key->words[found] == NULL) {
        char shown[GRAMMAR_SHOWN];
        return config_fault(reader->source, v, err, "\"%s\" is not known here; write %s",
                            grammar_show(value_string(v), shown), buf_cstr(&all));
    }
    if (out != NULL) {
        *out = found;
    }
    return 0;
}
