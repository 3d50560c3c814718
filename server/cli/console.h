/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a command writes: results to standard output, everything else to
 * standard error, and the exit code by which scripts tell what happened.
 *
 * Colour only where that stream is a terminal, and never with NO_COLOR
 * (no-color.org) or TERM=dumb.
 *
 * Ownership: borrows both streams.
 * Errors:    what could not be written shows in console_finish() alone, so that no
 *            command checks each line.
 */
#ifndef CLI_CONSOLE_H
#define CLI_CONSOLE_H

#include "lib/base/error.h"
#include "lib/base/slice.h"

#include <stdbool.h>
#include <stdio.h>

enum exit_code {
    EXIT_ALLOWED = 0, /* all allowed, or the command did what it is for */
    EXIT_DENIED = 1,  /* something was denied */
    EXIT_USAGE = 2,   /* the command line is wrong */
    EXIT_INPUT = 3,   /* input or configuration cannot be read */
    EXIT_MACHINE = 4, /* the machine or the cluster is in the way */
};

struct console {
    FILE *out;
    FILE *err;
    bool out_color;
    bool err_color;
};

void console_open(struct console *console, FILE *out, FILE *err);

void console_put(const struct console *console, struct slice text);

/* "podveil: ...": one line on standard error, whatever stands in a file that it tells of. */
void console_say(const struct console *console, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Say what failed; gives EXIT_INPUT, or EXIT_MACHINE where memory or a system call failed. */
int console_fail(const struct console *console, const struct error *err);

/* The same where the file that cannot be read is the user's: EXIT_MACHINE for memory alone. */
int console_fail_input(const struct console *console, const struct error *err);

/*
 * Flush. Gives `code`, or EXIT_MACHINE with a line on standard error where results were lost. A
 * reader that went away (`podveil ... | head`) is no loss and no line.
 */
int console_finish(const struct console *console, int code);

#endif
