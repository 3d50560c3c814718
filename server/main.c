/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/cli.h"
#include "server/serve.h"

int main(int argc, char **argv)
{
    const struct command *const commands[] = {
        &command_serve,   &command_mutate,       &command_validate,      &command_render,
        &command_explain, &command_config_check, &command_config_schema, &command_config_detect,
        &command_version, &command_help,
    };
    const struct program program = {.commands = commands, .count = COUNT_OF(commands)};

    return cli_run(&program, argc, argv);
}
