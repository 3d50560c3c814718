/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The help texts, made from the table of commands, so that they cannot say
 * anything else than what the program takes.
 *
 * Errors: none of its own; a full buffer shows in buf_check().
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "lib/base/buf.h"
#include "server/cli/arguments.h"

void help_program(struct buf *out, const struct program *program);
void help_command(struct buf *out, const struct program *program, const struct command *command);

#endif
