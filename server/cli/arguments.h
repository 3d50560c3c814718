/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line: what a command is, which flags it takes, and what was
 * typed.
 *
 * Flags and words come in any order, as with kubectl: --config FILE,
 * --config=FILE, -f FILE, -fFILE, -f=FILE; behind "--" everything is a word. A flag of
 * one name takes a value in every command or in none, so the words are found
 * before the command is known.
 *
 * Ownership: arguments own their two lists until arguments_done(); all texts are argv's.
 * Errors:    ERR_MALFORMED, in words for the user; all of them mean EXIT_USAGE.
 */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include "server/cli/console.h"

#include <stddef.h>

struct flag {
    const char *name;           /* "config" for --config */
    const char *letter;         /* "f" for -f as well, or NULL */
    const char *value;          /* what it takes, as the help shows it: "FILE"; NULL: nothing */
    const char *help;           /* one line or more, with \n */
    const char *const *choices; /* NULL-terminated; NULL: any value */
    bool repeated;
    bool required;
};

struct arguments;

struct command {
    const char *name;  /* "mutate", "config check" */
    const char *words; /* what it takes beside flags, for the help: "FILE"; NULL: nothing */
    size_t min_words;  /* how many of them */
    size_t max_words;
    const char *summary;             /* half a line for the list of commands */
    const char *text;                /* more, for its own help */
    const struct flag *const *flags; /* NULL-terminated; NULL: none but --help */
    int (*run)(const struct arguments *arguments, const struct console *console);
};

/* The program is its table of commands. */
struct program {
    const struct command *const *commands;
    size_t count;
    const char *called; /* how users call it: "podveil", "kubectl podveil" */
};

struct given {
    const struct flag *flag;
    const char *value; /* NULL for a flag that takes none */
};

struct arguments {
    const struct program *program;
    const struct command *command;
    struct given *given;
    size_t given_count;
    const char **words; /* behind the command's own */
    size_t word_count;
    const char *unknown; /* the first flag that no command has, or NULL */
    const char **all_words;
};

/* What every command takes, and what the program takes without one. */
extern const struct flag flag_help;
extern const struct flag flag_version;

/* Cut argv into flags and words. The command is not known yet. */
int arguments_parse(struct arguments *arguments, const struct program *program, int argc,
                    char *const *argv, struct error *err) MUST_CHECK;
void arguments_done(struct arguments *arguments);
DEFINE_AUTO_IN_PLACE(arguments, struct arguments, arguments_done);

/* Does what was typed fit arguments->command? */
int arguments_check(const struct arguments *arguments, struct error *err) MUST_CHECK;

/* The value of a flag, or NULL; `fallback` where it was not given. */
bool arguments_has(const struct arguments *arguments, const struct flag *flag);
const char *arguments_value(const struct arguments *arguments, const struct flag *flag,
                            const char *fallback);

/* Visit the values of a repeated flag: *at starts at 0. NULL at the end. */
const char *arguments_next(const struct arguments *arguments, const struct flag *flag, size_t *at);

#endif
