/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/cli.h"

#include "lib/config/suggest.h"
#include "server/cli/help.h"

#include <stdarg.h>

enum { COMMAND_WORDS = 2, HELP_MAX = 65536 };

/* How many of the words the name of the command is made of; 0 where it is another. */
static size_t name_words(const char *name, const char *const *words, size_t count)
{
    struct slice rest = slice_of(name);

    for (size_t i = 0; i < count && i < COMMAND_WORDS; i++) {
        size_t len = strlen(words[i]);
        if (!slice_starts_with(rest, words[i])) {
            return 0;
        }
        rest = slice_after(rest, len);
        if (rest.len == 0) {
            return i + 1;
        }
        if (rest.data[0] != ' ') {
            return 0;
        }
        rest = slice_after(rest, 1);
    }
    return 0;
}

static bool begins_with_word(const char *name, const char *word)
{
    size_t len = strlen(word);
    return strncmp(name, word, len) == 0 && name[len] == ' ';
}

/* The first word of a command with two: which ones are there? */
static int fail_group(const struct program *program, const char *const *words, size_t count,
                      struct error *err)
{
    char typed[64];
    char list[256] = "";
    const char *nearest = NULL;
    unsigned best = SUGGEST_NONE;

    (void)snprintf(typed, sizeof typed, "%s %s", words[0], count > 1 ? words[1] : "");
    for (size_t i = 0; i < program->count; i++) {
        const char *name = program->commands[i]->name;
        if (begins_with_word(name, words[0])) {
            size_t used = strlen(list);
            (void)snprintf(list + used, sizeof list - used, "%s%s", used == 0 ? "" : ", ", name);
            nearest = suggest_is_nearer(slice_of(typed), name, &best) ? name : nearest;
        }
    }
    if (count > 1 && nearest != NULL) {
        return error_set(err, ERR_MALFORMED, "unknown command \"%s\": did you mean \"%s\"?", typed,
                         nearest);
    }
    return error_set(err, ERR_MALFORMED, "%s %s needs to know what: %s", program->called, words[0],
                     list);
}

static int fail_command(const struct program *program, const char *const *words, size_t count,
                        struct error *err)
{
    const char *nearest = NULL;
    unsigned best = SUGGEST_NONE;

    for (size_t i = 0; i < program->count; i++) {
        const char *name = program->commands[i]->name;
        if (begins_with_word(name, words[0])) {
            return fail_group(program, words, count, err);
        }
        nearest = suggest_is_nearer(slice_of(words[0]), name, &best) ? name : nearest;
    }
    if (nearest != NULL) {
        return error_set(err, ERR_MALFORMED, "unknown command \"%s\": did you mean \"%s\"?",
                         words[0], nearest);
    }
    return error_set(err, ERR_MALFORMED, "unknown command \"%s\"", words[0]);
}

const struct command *cli_find(const struct program *program, const char *const *words,
                               size_t count, size_t *used, struct error *err)
{
    for (size_t i = 0; i < program->count; i++) {
        size_t named = name_words(program->commands[i]->name, words, count);
        if (named > 0) {
            *used = named;
            return program->commands[i];
        }
    }
    (void)fail_command(program, words, count, err);
    return NULL;
}

int cli_usage(const struct arguments *arguments, const struct console *console, const char *fmt,
              ...)
{
    struct error err = {0};
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(err.text, sizeof err.text, fmt, ap);
    va_end(ap);
    console_say(console, "%s", err.text);
    (void)fprintf(console->err, "'%s help%s%s' tells what it takes.\n", arguments->program->called,
                  arguments->command == NULL ? "" : " ",
                  arguments->command == NULL ? "" : arguments->command->name);
    return EXIT_USAGE;
}

static int show_help(const struct arguments *arguments, const struct console *console, FILE *stream)
{
    AUTO(buf) struct buf text = {0};
    struct error err = {0};

    buf_init(&text, HELP_MAX);
    if (arguments->command == NULL) {
        help_program(&text, arguments->program);
    } else {
        help_command(&text, arguments->program, arguments->command);
    }
    if (buf_check(&text, &err) != 0) {
        return console_fail(console, &err);
    }
    (void)fwrite(text.data, 1, text.len, stream);
    return EXIT_ALLOWED;
}

static int run_command(struct arguments *arguments, const struct console *console)
{
    struct error err = {0};
    size_t used = 0;

    if (arguments->word_count > 0) {
        arguments->command =
            cli_find(arguments->program, arguments->words, arguments->word_count, &used, &err);
        if (arguments->command == NULL) {
            return cli_usage(arguments, console, "%s", err.text);
        }
        arguments->words += used;
        arguments->word_count -= used;
    }
    if (arguments_has(arguments, &flag_help)) {
        return show_help(arguments, console, console->out);
    }
    if (arguments->command == NULL && arguments_has(arguments, &flag_version)) {
        return command_version.run(arguments, console);
    }
    if (arguments->command == NULL && arguments->unknown != NULL) {
        return cli_usage(arguments, console, "unknown flag %s", arguments->unknown);
    }
    if (arguments->command == NULL) {
        return show_help(arguments, console, console->err) == EXIT_ALLOWED ? EXIT_USAGE
                                                                           : EXIT_MACHINE;
    }
    if (arguments_check(arguments, &err) != 0) {
        return cli_usage(arguments, console, "%s", err.text);
    }
    return arguments->command->run(arguments, console);
}

/* kubectl runs `kubectl podveil ...` by a program called kubectl-podveil on the PATH. */
static const char *called_by(int argc, char *const *argv)
{
    const char *path = argc > 0 ? argv[0] : "";
    const char *slash = strrchr(path, '/');

    return strcmp(slash == NULL ? path : slash + 1, "kubectl-podveil") == 0 ? "kubectl podveil"
                                                                            : "podveil";
}

int cli_run(const struct program *program, int argc, char *const *argv)
{
    const struct program named = {
        .commands = program->commands,
        .count = program->count,
        .called = called_by(argc, argv),
    };
    AUTO(arguments) struct arguments arguments = {0};
    struct console console;
    struct error err = {0};

    console_open(&console, stdout, stderr);
    if (arguments_parse(&arguments, &named, argc, argv, &err) != 0) {
        if (err.code == ERR_NO_MEMORY) {
            return console_fail(&console, &err);
        }
        return cli_usage(&arguments, &console, "%s", err.text);
    }
    return console_finish(&console, run_command(&arguments, &console));
}

static int run_help(const struct arguments *arguments, const struct console *console)
{
    struct arguments asked = *arguments;
    struct error err = {0};
    size_t used = 0;

    asked.command = NULL;
    if (arguments->word_count > 0) {
        asked.command =
            cli_find(arguments->program, arguments->words, arguments->word_count, &used, &err);
        if (asked.command == NULL) {
            return cli_usage(&asked, console, "%s", err.text);
        }
    }
    return show_help(&asked, console, console->out);
}

const struct command command_help = {
    .name = "help",
    .words = "COMMAND",
    .max_words = COMMAND_WORDS,
    .summary = "this list, or what a command takes",
    .text = "Tells what podveil can do, or what COMMAND does and takes.",
    .run = run_help,
};

static int run_version(const struct arguments *arguments, const struct console *console)
{
    (void)arguments;
    (void)fputs("podveil " PODVEIL_VERSION " (configuration podveil.io/v1)\n", console->out);
    return EXIT_ALLOWED;
}

const struct command command_version = {
    .name = "version",
    .summary = "the version of podveil and of its configuration",
    .text = "Prints the version of podveil and the apiVersion of the configuration it reads.",
    .run = run_version,
};
