/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/help.h"

enum { NAME_COLUMN = 16, FLAG_COLUMN = 31, USAGE_WIDTH = 90 };

static void pad(struct buf *out, size_t from, size_t column)
{
    size_t used = out->len - from;

    if (used >= column) {
        buf_char(out, '\n');
        used = 0;
    }
    for (; used < column; used++) {
        buf_char(out, ' ');
    }
}

void help_program(struct buf *out, const struct program *program)
{
    buf_text(out, "podveil: one label on a pod, and its outside traffic goes through a VPN gateway "
                  "or nowhere.\n\n");
    buf_printf(out, "Usage: %s COMMAND [FLAGS]\n\nCommands:\n", program->called);
    for (size_t i = 0; i < program->count; i++) {
        size_t from = out->len;
        buf_printf(out, "  %s", program->commands[i]->name);
        pad(out, from, NAME_COLUMN);
        buf_printf(out, " %s\n", program->commands[i]->summary);
    }
    buf_text(out, "\nExit codes:\n"
                  "  0  all allowed\n"
                  "  1  something denied\n"
                  "  2  wrong usage\n"
                  "  3  input or configuration cannot be read\n"
                  "  4  the machine or the cluster is in the way\n");
    buf_printf(out, "\n'%s help COMMAND' tells more, 'man podveil' everything.\n", program->called);
}

static void usage_value(struct buf *out, const struct flag *flag)
{
    if (flag->choices == NULL) {
        buf_text(out, flag->value);
        return;
    }
    for (size_t i = 0; flag->choices[i] != NULL; i++) {
        buf_printf(out, "%s%s", i == 0 ? "" : "|", flag->choices[i]);
    }
}

static void usage_flag(struct buf *out, const struct flag *flag)
{
    buf_text(out, flag->required ? "" : "[");
    if (flag->letter != NULL) {
        buf_printf(out, "-%s", flag->letter);
    } else {
        buf_printf(out, "--%s", flag->name);
    }
    if (flag->value != NULL) {
        buf_char(out, ' ');
        usage_value(out, flag);
    }
    buf_text(out, flag->required ? "" : "]");
    buf_text(out, flag->repeated ? "..." : "");
}

/* Behind what stands from `at` on: onto a new line where the present one, from *line, is too long.
 */
static void usage_fold(struct buf *out, size_t *line, size_t at)
{
    static const char fold[] = "\n      ";

    if (out->len - *line > USAGE_WIDTH) {
        buf_insert(out, at, fold, sizeof fold - 1);
        *line = at + 1;
    }
}

static void usage(struct buf *out, const char *called, const struct command *command)
{
    const struct flag *const *flags = command->flags;
    size_t line = out->len;

    buf_printf(out, "Usage: %s %s", called, command->name);
    for (size_t i = 0; flags != NULL && flags[i] != NULL; i++) {
        size_t at = out->len;
        buf_char(out, ' ');
        usage_flag(out, flags[i]);
        usage_fold(out, &line, at);
    }
    if (command->words != NULL) {
        bool optional = command->min_words == 0;
        buf_printf(out, " %s%s%s", optional ? "[" : "", command->words, optional ? "]" : "");
    }
}

/* The first line as it is, those behind it under the first. */
static void flag_text(struct buf *out, const char *text)
{
    const char *line = text;

    for (;;) {
        size_t len = strcspn(line, "\n");
        buf_append(out, line, len);
        buf_char(out, '\n');
        if (line[len] == '\0') {
            return;
        }
        line += len + 1;
        pad(out, out->len, FLAG_COLUMN);
    }
}

static void flag_line(struct buf *out, const struct flag *flag)
{
    size_t from = out->len;

    if (flag->letter == NULL) {
        buf_printf(out, "      --%s", flag->name);
    } else {
        buf_printf(out, "  -%s, --%s", flag->letter, flag->name);
    }
    if (flag->value != NULL) {
        buf_printf(out, " %s", flag->value);
    }
    pad(out, from, FLAG_COLUMN);
    flag_text(out, flag->help);
}

void help_command(struct buf *out, const struct program *program, const struct command *command)
{
    const struct flag *const *flags = command->flags;

    usage(out, program->called, command);
    buf_printf(out, "\n\n%s\n\nFlags:\n", command->text);
    for (size_t i = 0; flags != NULL && flags[i] != NULL; i++) {
        flag_line(out, flags[i]);
    }
    flag_line(out, &flag_help);
}
