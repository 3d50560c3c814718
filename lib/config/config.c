/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/config/config.h"

#include "lib/base/file.h"
#include "lib/config/check.h"
#include "lib/config/read.h"
#include "lib/digest/sha256.h"

enum {
    MAX_TEXT = 1048576,
    MAX_ENCODED = 4 * MAX_TEXT,
};

const struct gateway *config_gateway(const struct config *config, struct slice name)
{
    for (size_t i = 0; i < config->gateway_count; i++) {
        if (slice_is(name, config->gateways[i].name)) {
            return &config->gateways[i];
        }
    }
    return NULL;
}

/* The one document of the file, as JSON that the memory keeps. */
static int read_document(struct config_memory *memory, struct slice text, const char *file,
                         struct error *err)
{
    struct error inner = {0};

    if (yaml_read(&memory->stream, text, YAML_STRICT, &inner) != 0) {
        if (inner.code == ERR_NO_MEMORY) {
            return error_set(err, ERR_NO_MEMORY, "%s: %s", file, inner.text);
        }
        return error_set(err, ERR_CONFIG, "%s:%s", file, inner.text);
    }
    if (memory->stream.count == 0) {
        return error_set(err, ERR_CONFIG, "%s:1:1: the file is empty; write a configuration", file);
    }
    const struct yaml_document *document = &memory->stream.documents[0];
    struct slice json = {document->json, document->len};
    return json_parse(&memory->doc, json, err);
}

static int make_id(struct config *config, struct error *err)
{
    AUTO(buf) struct buf text = {0};
    char hex[SHA256_HEX + 1];
    buf_init(&text, MAX_ENCODED);

    if (config_encode(config, &text, err) != 0 ||
        sha256_hex(buf_view(&text), CONFIG_ID_LEN, hex, err) != 0) {
        return -1;
    }
    memcpy(config->id, hex, sizeof config->id);
    return 0;
}

static int fill(struct config_memory *memory, const struct source *source, struct error *err)
{
    const struct config_reader reader = {.source = source, .memory = memory};
    struct config *config = &memory->config;
    struct value root = value_root(&memory->doc);

    if (config_read_object(&reader, &schema_root, root, (char *)config, err) != 0 ||
        config_check_cluster(source, config, err) != 0 ||
        config_check_gateways(source, config, err) != 0 ||
        config_check_names(source, config, err) != 0) {
        return -1;
    }
    return make_id(config, err);
}

int config_parse(struct slice text, const char *file, const struct config **out,
                 struct config_warnings *warnings, struct error *err)
{
    struct config_memory *memory = config_memory_new();

    if (memory == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for the configuration");
    }
    AUTO(config) const struct config *config = &memory->config;
    if (read_document(memory, text, file, err) != 0) {
        return -1;
    }
    const struct source source = {.file = file,
                                  .doc = &memory->doc,
                                  .marks = memory->stream.documents[0].marks,
                                  .warnings = warnings};
    if (fill(memory, &source, err) != 0) {
        return -1;
    }
    config_remark(&source, config);
    *out = STEAL(config);
    return 0;
}

int config_none(const struct config **out, struct error *err)
{
    struct config_memory *memory = config_memory_new();

    if (memory == NULL) {
        return error_set(err, ERR_NO_MEMORY, "no memory for the configuration");
    }
    memory->config.label = "podveil.io/gateway";
    memory->config.cluster.domain = "cluster.local";
    memory->config.mesh.waypoint = "";
    *out = &memory->config;
    return 0;
}

int config_load(const char *path, const struct config **out, struct config_warnings *warnings,
                struct error *err)
{
    AUTO(buf) struct buf text = {0};
    buf_init(&text, MAX_TEXT);

    if (file_read(path, &text, err) != 0) {
        return err->code == ERR_TOO_LARGE
                   ? error_set(err, ERR_CONFIG, "%s:1:1: more than %d bytes", path, MAX_TEXT)
                   : -1;
    }
    return config_parse(buf_view(&text), path, out, warnings, err);
}
