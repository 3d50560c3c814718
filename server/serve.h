/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `podveil serve`: from the command line to the options of the server.
 *
 * Everything that can be wrong with a flag is found here, so that the server
 * starts with options that make sense or not at all.
 */
#ifndef SERVER_SERVE_H
#define SERVER_SERVE_H

#include "server/cli/arguments.h"

extern const struct command command_serve;

#endif
