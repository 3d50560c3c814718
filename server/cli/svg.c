/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/svg.h"

#include "lib/kube/printable.h"
#include "lib/kube/utf8.h"

#define CUT "\xe2\x80\xa6" /* an ellipsis */

enum { THOUSAND = 1000, CUT_WIDTH = 1000, BOLD_PERCENT = 87 };

static void escape_char(struct buf *out, char c)
{
    switch (c) {
    case '<':
        buf_text(out, "&lt;");
        break;
    case '>':
        buf_text(out, "&gt;");
        break;
    case '&':
        buf_text(out, "&amp;");
        break;
    case '"':
        buf_text(out, "&quot;");
        break;
    case '\'':
        buf_text(out, "&#39;");
        break;
    default:
        buf_char(out, c);
        break;
    }
}

/* Two characters that print, as far as they go, and that XML has no place for. */
static bool is_no_xml(struct slice text)
{
    return slice_starts_with(text, "\xef\xbf\xbe") || slice_starts_with(text, "\xef\xbf\xbf");
}

/* What was made printable already. */
static void escape(struct buf *out, struct slice text)
{
    while (text.len > 0) {
        if (is_no_xml(text)) {
            buf_printf(out, "\\u%04x", (unsigned)utf8_code(text.data, 3));
            text = slice_after(text, 3);
        } else {
            escape_char(out, text.data[0]);
            text = slice_after(text, 1);
        }
    }
}

void svg_escape(struct buf *out, struct slice text)
{
    AUTO(buf) struct buf shown = {0};

    buf_init(&shown, out->max);
    printable_append(&shown, text);
    escape(out, buf_view(&shown));
}

/* In thousandths of the font's size. */
static unsigned width_of(uint32_t code)
{
    if (code > 0x7f) {
        return code >= 0x1100 ? 1050 : 700;
    }
    if (strchr("il.,:;'|!()[]/ j", (int)code) != NULL) {
        return 350;
    }
    if (strchr("frtI-\"\\", (int)code) != NULL) {
        return 420;
    }
    if (strchr("mwMW@%", (int)code) != NULL) {
        return 990;
    }
    return code >= 'A' && code <= 'Z' ? 750 : 640;
}

/* The first character off the text; its width. */
static unsigned take(struct slice *text)
{
    size_t len = utf8_length(text->data, text->len);
    uint32_t code = len == 0 ? '?' : utf8_code(text->data, len);

    *text = slice_after(*text, len == 0 ? 1 : len);
    return width_of(code);
}

unsigned svg_width(struct slice text, unsigned size)
{
    unsigned width = 0;

    for (struct slice rest = text; rest.len > 0;) {
        width += take(&rest);
    }
    return (width * size + THOUSAND - 1) / THOUSAND;
}

/* How many bytes fit and leave `spare` thousandths free; one character at least. */
static size_t fitting(struct slice text, unsigned size, unsigned width, unsigned spare)
{
    unsigned room = width * THOUSAND / size;
    struct slice rest = text;
    unsigned used = text.len > 0 ? take(&rest) : 0;
    size_t fits = text.len - rest.len;

    while (rest.len > 0) {
        used += take(&rest);
        if (used + spare > room) {
            return fits;
        }
        fits = text.len - rest.len;
    }
    return fits;
}

size_t svg_fitting(struct slice text, unsigned size, unsigned width)
{
    size_t fits = fitting(text, size, width, 0);
    return fits == text.len ? fits : fitting(text, size, width, CUT_WIDTH);
}

size_t svg_words(struct slice text, unsigned size, unsigned width)
{
    size_t fits = fitting(text, size, width, 0);
    size_t at = fits;

    while (at > 0 && at < text.len && text.data[at] != ' ') {
        at--;
    }
    return at > 0 ? at : fits;
}

void svg_text(struct buf *out, const struct svg_text *at, struct slice text)
{
    AUTO(buf) struct buf shown = {0};

    buf_init(&shown, out->max);
    printable_append(&shown, text);
    struct slice whole = buf_view(&shown);
    unsigned width = at->bold ? at->width * BOLD_PERCENT / 100 : at->width;
    size_t fits = svg_fitting(whole, at->size, width);

    buf_printf(out, "<text class=\"%s\" x=\"%u\" y=\"%u\" font-size=\"%u\"%s>", at->style, at->x,
               at->y, at->size, at->middle ? " text-anchor=\"middle\"" : "");
    if (fits < whole.len) {
        buf_text(out, "<title>");
        escape(out, whole);
        buf_text(out, "</title>");
    }
    escape(out, (struct slice){whole.data, fits});
    buf_printf(out, "%s</text>\n", fits < whole.len ? CUT : "");
}

void svg_box(struct buf *out, const struct svg_box *box)
{
    buf_printf(out, "<rect class=\"%s\" x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" rx=\"%u\"/>\n",
               box->style, box->x, box->y, box->width, box->height, box->round);
}

void svg_line(struct buf *out, const struct svg_line *line)
{
    buf_printf(out, "<path class=\"%s\" d=\"M%u %uL%u %u\"/>\n", line->style, line->x1, line->y1,
               line->x2, line->y2);
}
