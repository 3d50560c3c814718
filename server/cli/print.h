/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outcomes as output: YAML documents, JSON, JSON Patches or a diff.
 *
 * Ownership: a printer owns the JSON that it gathers until printer_done().
 * Errors:    ERR_NO_MEMORY, ERR_TOO_LARGE, and what an encoder says.
 */
#ifndef CLI_PRINT_H
#define CLI_PRINT_H

#include "server/cli/outcome.h"

struct printer {
    const struct job *job;
    size_t count;     /* printed so far */
    struct buf items; /* JSON: printed at the end, when it is known how many there are */
};

void printer_init(struct printer *printer, const struct job *job);
void printer_done(struct printer *printer);
DEFINE_AUTO_IN_PLACE(printer, struct printer, printer_done);

/* One outcome: a YAML document, with --- before all but the first. */
int print_yaml(struct printer *printer, const struct object *object, const struct outcome *outcome,
               struct error *err) MUST_CHECK;

/* One object, or a List of all: print_json_end() writes it. */
int print_json(struct printer *printer, const struct object *object, const struct outcome *outcome,
               struct error *err) MUST_CHECK;
int print_json_end(struct printer *printer, struct error *err) MUST_CHECK;

/* A line: the JSON Patch, [] where nothing changes. */
int print_patch(struct printer *printer, const struct object *object, const struct outcome *outcome,
                struct error *err) MUST_CHECK;

/* Both states as YAML, as a unified diff; nothing where nothing changes. */
int print_diff(struct printer *printer, const struct object *object, const struct outcome *outcome,
               struct error *err) MUST_CHECK;

/* A value as one YAML document of the output. */
int print_document(struct printer *printer, struct value value, struct error *err) MUST_CHECK;

#endif
