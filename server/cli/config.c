/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/ruleset.h"
#include "server/cli/cli.h"
#include "server/cli/indent.h"

enum { SCHEMA_MAX = 1048576 };

static void put_gateway(const struct console *console, const struct gateway *gateway)
{
    char network[CIDR_TEXT];

    cidr_format(&gateway->vxlan_network, network);
    (void)fprintf(console->out,
                  "  gateway %s: %s, pods of service account %s/%s, VXLAN %u port %u network %s\n",
                  gateway->name, gateway->address, gateway->namespace, gateway->service_account,
                  (unsigned)gateway->vxlan_id, (unsigned)gateway->vxlan_port, network);
}

static int check(const struct arguments *arguments, const struct console *console)
{
    const char *file = arguments->words[0];
    AUTO(config) const struct config *config = NULL;
    AUTO(ruleset) const struct ruleset *ruleset = NULL;
    struct config_warnings warnings = {0};
    struct error err = {0};

    if (config_load(file, &config, &warnings, &err) != 0) {
        return console_fail_input(console, &err);
    }
    for (size_t i = 0; i < warnings.count; i++) {
        const struct config_warning *warning = &warnings.items[i];
        (void)fprintf(console->err, "%s:%u:%u: warning: %s\n", file, warning->line, warning->column,
                      warning->text);
    }
    if (ruleset_new(config, &ruleset, &err) != 0) {
        return console_fail_input(console, &err);
    }
    (void)fprintf(console->out, "%s: right, configuration %s\n", file, config->id);
    for (size_t i = 0; i < config->gateway_count; i++) {
        put_gateway(console, &config->gateways[i]);
    }
    return EXIT_ALLOWED;
}

const struct command command_config_check = {
    .name = "config check",
    .words = "FILE",
    .min_words = 1,
    .max_words = 1,
    .summary = "is this configuration right?",
    .text =
        "Reads the configuration and says what is wrong with it as FILE:LINE:COLUMN, or that it\n"
        "is right and which gateways it has. What is odd but no error is a warning on standard\n"
        "error. - is standard input.",
    .run = check,
};

static int schema(const struct arguments *arguments, const struct console *console)
{
    AUTO(buf) struct buf json = {0};
    AUTO(buf) struct buf text = {0};
    struct error err = {0};

    (void)arguments;
    buf_init(&json, SCHEMA_MAX);
    buf_init(&text, SCHEMA_MAX);
    if (config_schema(&json, &err) != 0) {
        return console_fail(console, &err);
    }
    indent_json(&text, buf_view(&json), 0);
    buf_char(&text, '\n');
    if (buf_check(&text, &err) != 0) {
        return console_fail(console, &err);
    }
    console_put(console, buf_view(&text));
    return EXIT_ALLOWED;
}

const struct command command_config_schema = {
    .name = "config schema",
    .summary = "the configuration's JSON Schema",
    .text = "Prints the JSON Schema (2020-12) of the configuration file, for editors and charts.",
    .run = schema,
};
