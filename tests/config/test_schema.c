/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/file.h"
#include "lib/config/schema.h"
#include "tests/config/sample.h"

#include <stdio.h>

/* Every table of keys, and the key that it stands under; filled by walking down from the root. */
struct table {
    const struct keys *keys;
    const char *name;
};

static size_t list_tables(struct table *tables, size_t room)
{
    size_t count = 1;
    tables[0] = (struct table){.keys = &schema_root, .name = "root"};

    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < tables[i].keys->count; k++) {
            const struct key *key = &tables[i].keys->items[k];
            if (key->of != NULL && count < room) {
                tables[count] = (struct table){.keys = key->of, .name = key->name};
                count++;
            }
        }
    }
    return count;
}

enum { TABLES = 11 };

Test(schema, has_a_sentence_for_each_key)
{
    struct table tables[TABLES + 1];

    size_t count = list_tables(tables, COUNT_OF(tables));

    cr_assert_eq(count, TABLES);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < tables[i].keys->count; k++) {
            const struct key *key = &tables[i].keys->items[k];
            size_t len = strlen(key->about);
            cr_assert_gt(len, 10, "%s.%s", tables[i].name, key->name);
            cr_assert_eq(key->about[len - 1], '.', "%s.%s ends as a sentence does", tables[i].name,
                         key->name);
        }
    }
}

/* What is neither required nor has a default cannot be filled in; the labels of the DNS may lack.
 */
Test(schema, has_a_default_for_what_is_not_required)
{
    struct table tables[TABLES];
    size_t count = list_tables(tables, COUNT_OF(tables));

    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < tables[i].keys->count; k++) {
            const struct key *key = &tables[i].keys->items[k];
            bool given = key->required || key->fallback != NULL || key->type == KEY_OBJECT ||
                         key->type == KEY_LABELS;
            cr_assert(given, "%s.%s", tables[i].name, key->name);
            cr_assert_not(key->required && key->fallback != NULL, "%s.%s", tables[i].name,
                          key->name);
        }
    }
}

static void read_example(struct buf *text)
{
    struct error err = {0};
    buf_init(text, 65536);

    cr_assert_eq(file_read(TEST_SOURCE_DIR "/docs/podveil.example.yaml", text, &err), 0, "%s",
                 err.text);
}

/* "name:" as a key, in a comment or not. */
static bool mentions(const char *text, const char *name)
{
    char wanted[64];
    (void)snprintf(wanted, sizeof wanted, "%s:", name);

    for (const char *at = strstr(text, wanted); at != NULL; at = strstr(at + 1, wanted)) {
        if (at == text || strchr(" \n{", at[-1]) != NULL) {
            return true;
        }
    }
    return false;
}

Test(schema, is_all_in_the_documented_example)
{
    AUTO(buf) struct buf text = {0};
    struct table tables[TABLES];
    size_t count = list_tables(tables, COUNT_OF(tables));
    read_example(&text);

    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < tables[i].keys->count; k++) {
            const char *name = tables[i].keys->items[k].name;
            cr_assert(mentions(buf_cstr(&text), name), "%s.%s", tables[i].name, name);
        }
    }
}

/* What the example shows beside the required keys are the defaults. */
Test(schema, shows_its_defaults_in_the_documented_example)
{
    AUTO(buf) struct buf text = {0};
    AUTO(chars)
    char *least = sample_with("podSelector: {app: gluetun}",
                              "podSelector: {app.kubernetes.io/name: gluetun}");
    AUTO(buf) struct buf want = {0};
    AUTO(buf) struct buf got = {0};
    struct error err = {0};
    buf_init(&want, 65536);
    buf_init(&got, 65536);
    read_example(&text);
    char *address = strstr(text.data, "gluetun.vpn.svc.cluster.local");
    cr_assert_not_null(address);
    memset(address + strlen("gluetun.vpn.svc"), ' ', strlen(".cluster.local"));

    AUTO(config) const struct config *example = sample_read(buf_cstr(&text), NULL);
    AUTO(config) const struct config *smallest = sample_read(least, NULL);

    cr_assert_eq(config_encode(example, &got, &err), 0, "%s", err.text);
    cr_assert_eq(config_encode(smallest, &want, &err), 0, "%s", err.text);
    cr_assert_str_eq(buf_cstr(&got), buf_cstr(&want));
}

static void parse_schema(struct buf *text, struct json *doc)
{
    struct error err = {0};
    buf_init(text, 1 << 20);

    cr_assert_eq(config_schema(text, &err), 0, "%s", err.text);
    cr_assert_eq(json_parse(doc, buf_view(text), &err), 0, "%s", err.text);
}

Test(schema, as_json_is_of_2020_12)
{
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json doc = {0};

    parse_schema(&text, &doc);

    struct value root = value_root(&doc);
    cr_assert(
        value_is(value_member(root, "$schema"), "https://json-schema.org/draft/2020-12/schema"));
    cr_assert(value_is(value_member(root, "type"), "object"));
    cr_assert_eq(value_count(value_member(root, "properties")), schema_root.count);
    cr_assert_eq(value_count(value_member(root, "required")), 4);
}

/* The schema of an object as the table has it: the same keys, closed, each described. */
static void check_object(struct value schema, const struct keys *keys, const char *path)
{
    struct value properties = value_member(schema, "properties");
    struct value additional = value_member(schema, "additionalProperties");
    size_t required = 0;

    cr_assert_eq(value_count(properties), keys->count, "%s", path);
    cr_assert(value_kind(additional) == JSON_BOOL && !value_is_true(additional), "%s", path);
    for (size_t i = 0; i < keys->count; i++) {
        const struct key *key = &keys->items[i];
        struct value property = value_member(properties, key->name);
        cr_assert(value_is(value_member(property, "description"), key->about), "%s.%s", path,
                  key->name);
        cr_assert_eq(value_exists(value_member(property, "default")), key->fallback != NULL,
                     "%s.%s", path, key->name);
        required += key->required ? 1 : 0;
    }
    cr_assert_eq(value_count(value_member(schema, "required")), required, "%s", path);
}

Test(schema, as_json_closes_and_describes_each_object)
{
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json doc = {0};
    parse_schema(&text, &doc);
    struct value root = value_root(&doc);
    struct value gateway = value_get(root, "properties", "gateways", "items", NULL);
    struct value client = value_get(gateway, "properties", "client", NULL);
    const struct key *cluster = &schema_root.items[4];

    check_object(root, &schema_root, "root");
    check_object(value_get(root, "properties", "cluster", NULL), cluster->of, "cluster");
    check_object(gateway, &schema_gateway, "gateway");
    check_object(client, schema_gateway.items[10].of, "client");
    check_object(value_get(client, "properties", "tolerate", NULL),
                 schema_gateway.items[10].of->items[7].of, "tolerate");
}

struct probe {
    const char *path[6];
    const char *member;
    const char *want; /* its JSON text */
};

static const struct probe probes[] = {
    {{"companion"}, "enum", "[\"workload\",\"namespace\"]"},
    {{"companion"}, "default", "\"workload\""},
    {{"settle"}, "default", "\"1s\""},
    {{"settle"}, "type", "\"string\""},
    {{"apiVersion"}, "enum", "[\"podveil.io/v1\"]"},
    {{"claims"}, "uniqueItems", "true"},
    {{"gateways"}, "minItems", "1"},
    {{"gateways"}, "maxItems", "64"},
    {{"hostPaths"}, "type", "\"array\""},
    {{"mesh", "properties", "probeAddresses"},
     "default",
     "[\"169.254.7.127/32\",\"fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128\"]"},
    {{"cluster", "properties", "allowPublic"}, "type", "\"boolean\""},
    {{"cluster", "properties", "domain"}, "maxLength", "200"},
    {{"gateways", "items", "properties", "vxlan", "properties", "id"}, "maximum", "16777215"},
    {{"gateways", "items", "properties", "vxlan", "properties", "port"}, "type", "\"integer\""},
    {{"gateways", "items", "properties", "podSelector"}, "minProperties", "1"},
    {{"gateways", "items", "properties", "listed"}, "items", "{\"type\":\"object\"}"},
    {{"gateways", "items", "properties", "client", "properties", "initCommand"}, "minItems", "1"},
    {{"gateways", "items", "properties", "client", "properties", "initCommand"}, "uniqueItems", ""},
    {{"validation", "properties", "HostPort"}, "default", "\"warn\""},
};

Test(schema, as_json_says_what_the_table_says)
{
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json doc = {0};
    parse_schema(&text, &doc);

    for (size_t i = 0; i < COUNT_OF(probes); i++) {
        struct value v = value_member(value_root(&doc), "properties");
        for (size_t k = 0; k < COUNT_OF(probes[i].path) && probes[i].path[k] != NULL; k++) {
            v = value_member(v, probes[i].path[k]);
        }
        struct slice got = value_raw(value_member(v, probes[i].member));
        got = got.data == NULL ? SLICE("") : got;
        cr_assert(slice_is(got, probes[i].want), "%s of %s is %.*s", probes[i].member,
                  probes[i].path[0], SLICE_ARGS(got));
    }
}
