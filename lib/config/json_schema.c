/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON Schema 2020-12 of the configuration, for editors and for the chart. It
 * says all that the tables say; what keys say about each other (check.h) no
 * schema can.
 */
#include "lib/config/schema.h"
#include "lib/kube/build.h"

static struct build *typed(const char *type)
{
    struct build *object = build_object();

    (void)build_set(object, "type", build_text(type));
    return object;
}

static struct build *text_schema(const struct grammar *grammar)
{
    struct build *object = typed("string");

    if (grammar != NULL) {
        (void)build_set(object, "pattern", build_text(grammar->pattern));
        (void)build_set(object, "maxLength", build_int((int64_t)grammar->max));
    }
    return object;
}

static struct build *patterned(const char *pattern)
{
    struct build *object = typed("string");

    (void)build_set(object, "pattern", build_text(pattern));
    return object;
}

static struct build *cidr_schema(void)
{
    return patterned("^[0-9a-f.:]+/[0-9]+$");
}

static struct build *list_schema(const struct key *key, struct build *items)
{
    struct build *object = typed("array");

    (void)build_set(object, "items", items);
    if (key->filled) {
        (void)build_set(object, "minItems", build_int(1));
    }
    (void)build_set(object, "maxItems", build_int((int64_t)key->max));
    if ((key->type == KEY_TEXTS || key->type == KEY_CIDRS) && !key->repeats) {
        (void)build_set(object, "uniqueItems", build_bool(true));
    }
    return object;
}

static struct build *word_schema(const struct key *key)
{
    struct build *object = typed("string");
    struct build *words = build_set(object, "enum", build_array());

    for (size_t i = 0; key->words[i] != NULL; i++) {
        (void)build_push(words, build_text(key->words[i]));
    }
    return object;
}

static struct build *number_schema(const struct key *key)
{
    struct build *object = typed("integer");

    (void)build_set(object, "minimum", build_int((int64_t)key->min));
    (void)build_set(object, "maximum", build_int((int64_t)key->max));
    return object;
}

static struct build *labels_schema(const struct key *key)
{
    struct build *object = typed("object");

    (void)build_set(object, "minProperties", build_int(key->filled ? 1 : 0));
    (void)build_set(object, "maxProperties", build_int((int64_t)key->max));
    (void)build_set(object, "propertyNames", text_schema(&grammar_selector_key));
    (void)build_set(object, "additionalProperties", text_schema(&grammar_label_value));
    return object;
}

static struct build *quantity_schema(void)
{
    struct build *object = build_object();
    struct build *either = build_set(object, "anyOf", build_array());

    (void)build_push(either, text_schema(&grammar_quantity));
    struct build *number = build_push(either, typed("number"));
    (void)build_set(number, "minimum", build_int(0));
    return object;
}

static struct build *resources_schema(void)
{
    struct build *object = typed("object");
    struct build *properties = build_set(object, "properties", build_object());

    for (size_t i = 0; schema_resource_lists[i] != NULL; i++) {
        struct build *list = build_set(properties, schema_resource_lists[i], typed("object"));
        struct build *amounts = build_set(list, "properties", build_object());
        for (size_t k = 0; schema_resources[k] != NULL; k++) {
            (void)build_set(amounts, schema_resources[k], quantity_schema());
        }
        (void)build_set(list, "additionalProperties", build_bool(false));
    }
    (void)build_set(object, "additionalProperties", build_bool(false));
    return object;
}

static struct build *object_schema(struct build *object, const struct keys *keys);

static struct build *key_schema(const struct key *key)
{
    switch (key->type) {
    case KEY_OBJECT:
        return object_schema(build_object(), key->of);
    case KEY_OBJECTS:
        return list_schema(key, object_schema(build_object(), key->of));
    case KEY_WORD:
        return word_schema(key);
    case KEY_TEXT:
        return text_schema(key->grammar);
    case KEY_TEXTS:
        return list_schema(key, text_schema(key->grammar));
    case KEY_BOOL:
        return typed("boolean");
    case KEY_ID:
    case KEY_PORT:
        return number_schema(key);
    case KEY_DURATION:
        return patterned("^(0|[1-9][0-9]*)(ms|s|m|h)$");
    case KEY_CIDR:
        return cidr_schema();
    case KEY_CIDRS:
        return list_schema(key, cidr_schema());
    case KEY_LABELS:
        return labels_schema(key);
    case KEY_PEERS:
        return list_schema(key, typed("object"));
    case KEY_RESOURCES:
    default:
        return resources_schema();
    }
}

/* The default, from its own JSON text. */
static int set_default(struct build *object, const char *fallback, struct error *err)
{
    AUTO(json) struct json doc = {0};

    if (json_parse(&doc, slice_of(fallback), err) != 0) {
        return -1;
    }
    (void)build_set(object, "default", build_copy(value_root(&doc)));
    return 0;
}

/* Fills `object` and gives it back. As deep as the tables are. */
static struct build *object_schema(struct build *object, const struct keys *keys)
{
    struct build *required = NULL;

    (void)build_set(object, "type", build_text("object"));
    (void)build_set(object, "description", build_text(keys->about));
    struct build *properties = build_set(object, "properties", build_object());
    for (size_t i = 0; i < keys->count; i++) {
        const struct key *key = &keys->items[i];
        struct error ignored = {0};
        struct build *property = build_set(properties, key->name, key_schema(key));
        (void)build_set(property, "description", build_text(key->about));
        if (key->fallback != NULL && set_default(property, key->fallback, &ignored) != 0) {
            (void)build_set(property, "default", NULL);
        }
        if (key->required) {
            required = required == NULL ? build_set(object, "required", build_array()) : required;
            (void)build_push(required, build_text(key->name));
        }
    }
    (void)build_set(object, "additionalProperties", build_bool(false));
    return object;
}

int config_schema(struct buf *out, struct error *err)
{
    AUTO(build) struct build *root = build_object();

    (void)build_set(root, "$schema", build_text("https://json-schema.org/draft/2020-12/schema"));
    (void)build_set(root, "title", build_text("podveil configuration"));
    return build_encode(object_schema(root, &schema_root), out, err);
}
