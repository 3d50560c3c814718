/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the command line to one command of the program's table.
 *
 * Here is what is the same for all commands: --help, what to say of a word or a
 * flag that is wrong, and that what could not be written is an error. A command
 * sees arguments that fit its flags.
 *
 * Threads: call cli_run() once, from the main thread.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "server/cli/arguments.h"

/* Run it, called as argv[0] says. Gives the exit code. */
int cli_run(const struct program *program, int argc, char *const *argv);

/*
 * The command whose name the first words are (one or two); *used is how many. Where there is none:
 * NULL, with a text for the user.
 */
const struct command *cli_find(const struct program *program, const char *const *words,
                               size_t count, size_t *used, struct error *err);

/* Say what is wrong with the command line, and where to read on. Gives EXIT_USAGE. */
int cli_usage(const struct arguments *arguments, const struct console *console, const char *fmt,
              ...) PRINTF_LIKE(3, 4);

/* The commands; `serve` needs the server, which stands above this folder. */
extern const struct command command_mutate;
extern const struct command command_validate;
extern const struct command command_render;
extern const struct command command_explain;
extern const struct command command_config_check;
extern const struct command command_config_schema;
extern const struct command command_config_detect;
extern const struct command command_version;
extern const struct command command_help;

#endif
