/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces of an SVG: text that fits where it is put, and nothing that a stranger
 * wrote is ever more than text.
 *
 * Fonts are the viewer's own, so the width of a text is estimated on the wide
 * side, by the letters of a wide sans-serif face.
 *
 * Errors: none of its own; a full buffer shows in buf_check().
 */
#ifndef CLI_SVG_H
#define CLI_SVG_H

#include "lib/base/buf.h"

#include <stdbool.h>

/* Printable, and with < > & and quotes as entities: for content and for attributes. */
void svg_escape(struct buf *out, struct slice text);

/* How wide it is at this font size, in pixels. */
unsigned svg_width(struct slice text, unsigned size);

/* How many bytes of the text fit into `width`: all of them, or as many as leave room for "...". At
 * least one character. */
size_t svg_fitting(struct slice text, unsigned size, unsigned width);

/* How many are a line of whole words; where the first word is too long, as much of it as fits. */
size_t svg_words(struct slice text, unsigned size, unsigned width);

/* One line of text, and where it is to go. */
struct svg_text {
    unsigned x;
    unsigned y; /* the base line */
    unsigned size;
    unsigned width;    /* what does not fit is cut, and the whole is its <title> */
    const char *style; /* a class */
    bool middle;       /* x is its middle */
    bool bold;         /* the class says so, and the letters are wider */
};
void svg_text(struct buf *out, const struct svg_text *at, struct slice text);

struct svg_box {
    unsigned x;
    unsigned y;
    unsigned width;
    unsigned height;
    unsigned round;
    const char *style;
};
void svg_box(struct buf *out, const struct svg_box *box);

/* Across or down; with a head at its end where `style` is one of a line that arrives. */
struct svg_line {
    unsigned x1;
    unsigned y1;
    unsigned x2;
    unsigned y2;
    const char *style;
};
void svg_line(struct buf *out, const struct svg_line *line);

#endif
