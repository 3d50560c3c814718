/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML in its two ways: as a configuration, which has to survive being printed
 * and read again and holds nothing that a shell would trip over; and as
 * manifests, which have to come back from YAML as they went in.
 */
#include "lib/kube/yaml.h"
#include "lib/pod/ruleset.h"
#include "tests/fuzz/target.h"

enum { TEXT_SIZE = 16 * 1024 * 1024 };

static void claim_tame(const char *text)
{
    claim(text[strcspn(text, "$`\"'\\\n\r\t ;|&<>()")] == '\0', "a shell sees \"%s\"", text);
}

static void claim_gateways(const struct config *config)
{
    for (size_t i = 0; i < config->gateway_count; i++) {
        const struct gateway *gateway = &config->gateways[i];
        claim_tame(gateway->name);
        claim_tame(gateway->address);
        claim_tame(gateway->namespace);
        claim_tame(gateway->client.image);
        claim(gateway->vxlan_network.prefix == 24 && gateway->vxlan_id >= 1 &&
                  gateway->vxlan_id <= 0xffffff,
              "gateway %s has a tunnel that cannot be", gateway->name);
    }
}

static void try_config(struct slice text)
{
    AUTO(config) const struct config *config = NULL;
    AUTO(config) const struct config *again = NULL;
    AUTO(ruleset) const struct ruleset *ruleset = NULL;
    AUTO(buf) struct buf printed = {0};
    struct config_warnings warnings = {.count = 0};
    struct error err = {0};

    buf_init(&printed, TEXT_SIZE);
    if (config_parse(text, "fuzz.yaml", &config, &warnings, &err) != 0) {
        claim(err.code == ERR_CONFIG || err.code == ERR_TOO_LARGE, "code %d: %s", (int)err.code,
              err.text);
        return;
    }
    claim(warnings.count <= CONFIG_MAX_WARNINGS, "too many warnings");
    claim(ruleset_new(config, &ruleset, &err) == 0, "a configuration without rules: %s", err.text);
    claim(config_encode(config, &printed, &err) == 0, "%s", err.text);
    claim(config_parse(buf_view(&printed), "again.yaml", &again, NULL, &err) == 0,
          "what was printed is refused: %s", err.text);
    claim(strcmp(config->id, again->id) == 0, "another id: %s", buf_cstr(&printed));
    claim_gateways(config);
}

/* Numbers that JSON has and kubectl's YAML reads as something else: -0 is 0, 1e999 is text. */
static bool has_odd_number(const struct json *doc)
{
    for (uint32_t i = 0; i < doc->count; i++) {
        struct slice raw = json_raw(doc, i);
        if (json_kind(doc, i) == JSON_NUMBER &&
            (slice_starts_with(raw, "-0") || memchr(raw.data, 'e', raw.len) != NULL ||
             memchr(raw.data, 'E', raw.len) != NULL || raw.len > 300)) {
            return true;
        }
    }
    return false;
}

/* One document through yaml_write() and back. */
static void claim_written(const struct yaml_document *document)
{
    AUTO(json) struct json doc = {0};
    AUTO(json) struct json back = {0};
    AUTO(buf) struct buf yaml = {0};
    AUTO(yaml_stream) struct yaml_stream stream = {0};
    struct error err = {0};

    claim(json_parse(&doc, (struct slice){document->json, document->len}, &err) == 0,
          "YAML became no JSON: %s", err.text);
    if (has_odd_number(&doc)) {
        return;
    }
    claim(document->mark_count == doc.count, "%zu places for %u tokens", document->mark_count,
          doc.count);
    buf_init(&yaml, TEXT_SIZE);
    if (yaml_write(value_root(&doc), &yaml, &err) != 0 ||
        yaml_read(&stream, buf_view(&yaml), YAML_MANIFEST, &err) != 0) {
        claim(err.code == ERR_TOO_LARGE, "%s in\n%s", err.text, buf_cstr(&yaml));
        return;
    }
    if (stream.count == 0) {
        return; /* a document of null alone is left out */
    }
    claim(json_parse(&back, (struct slice){stream.documents[0].json, stream.documents[0].len},
                     &err) == 0 &&
              stream.count == 1 && value_equal(value_root(&doc), value_root(&back)),
          "%s\nbecame\n%s\nand then\n%s", document->json, buf_cstr(&yaml),
          stream.documents[0].json);
}

static void try_manifests(struct slice text, enum yaml_mode mode)
{
    AUTO(yaml_stream) struct yaml_stream stream = {0};
    struct error err = {0};

    if (yaml_read(&stream, text, mode, &err) != 0) {
        claim(err.code == ERR_MALFORMED || err.code == ERR_TOO_LARGE, "code %d: %s", (int)err.code,
              err.text);
        return;
    }
    for (size_t i = 0; i < stream.count; i++) {
        claim_written(&stream.documents[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = target_input(data, size);

    try_config(text);
    try_manifests(text, YAML_MANIFEST);
    try_manifests(text, YAML_STRICT);
    return 0;
}
