/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forms of explain: each is given one workload after the other, and at the
 * end writes what it could not write before (an SVG tells its size first).
 *
 * What a stranger wrote is text everywhere: printable, and escaped as the form has it.
 *
 * Ownership: a drawing owns its text until drawing_done().
 * Errors:    ERR_NO_MEMORY, ERR_TOO_LARGE.
 */
#ifndef CLI_EXPLAIN_FORMS_H
#define CLI_EXPLAIN_FORMS_H

#include "server/cli/ways.h"

struct drawing {
    const struct console *console;
    struct buf text;   /* of what comes before the end */
    size_t count;      /* of workloads so far */
    size_t edges;      /* of a flowchart */
    struct buf styles; /* of its red edges */
    unsigned height;   /* of a picture, so far */
};

void drawing_init(struct drawing *drawing, const struct console *console);
void drawing_done(struct drawing *drawing);
DEFINE_AUTO_IN_PLACE(drawing, struct drawing, drawing_done);

struct explain_form {
    const char *name;
    int (*draw)(struct drawing *drawing, const struct job *job, const struct ways *ways,
                const struct outcome *outcome, struct error *err);
    int (*end)(struct drawing *drawing, struct error *err);
};

extern const struct explain_form explain_text;
extern const struct explain_form explain_mermaid;
extern const struct explain_form explain_svg;

#endif
