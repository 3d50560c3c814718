/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From -f to documents: files, directories and standard input.
 *
 * A directory stands for its *.yaml, *.yml and *.json files in the order of
 * their names; with -R for those below it too, each directory in its place between the files. Links
 * to directories are not followed (all as kubectl has it). Standard input is read where no -f is
 * given; on a terminal that is said first.
 *
 * Ownership: input owns the names; the documents borrow them.
 * Errors:    ERR_SYSTEM and ERR_MALFORMED with the file's name: EXIT_INPUT, all of them.
 * Limits:    16 MiB a file, 128 directories inside each other.
 */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "lib/base/arena.h"
#include "server/cli/arguments.h"
#include "server/cli/objects.h"

extern const struct flag flag_filename;
extern const struct flag flag_recursive;

struct input {
    struct arena names;
    struct documents documents;
    struct objects objects;
};

void input_init(struct input *input);
void input_done(struct input *input);
DEFINE_AUTO_IN_PLACE(input, struct input, input_done);

/* Read all that -f names, and find the objects. No object at all is an error. */
int input_read(struct input *input, const struct arguments *arguments,
               const struct console *console, struct error *err) MUST_CHECK;

#endif
