/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/quote.h"

#include "lib/kube/json_scan.h"
#include "lib/kube/utf8.h"

/* How long the longer character at the text's beginning is, where it is one that shows; else 0. */
static size_t shown_length(struct slice text)
{
    size_t len = (unsigned char)text.data[0] < 0x80 ? 0 : utf8_length(text.data, text.len);

    return len > 0 && utf8_prints(utf8_code(text.data, len)) ? len : 0;
}

/* The bytes of the text's beginning that stand in a JSON string as they are. */
static size_t plain_run(struct slice text)
{
    size_t at = 0;

    while (at < text.len) {
        size_t plain = scan_plain(text.data, at, text.len);
        const char *del = memchr(text.data + at, 0x7f, plain - at);
        if (del != NULL) {
            return (size_t)(del - text.data);
        }
        at = plain;
        size_t len = at == text.len ? 0 : shown_length(slice_after(text, at));
        if (len == 0) {
            break;
        }
        at += len;
    }
    return at;
}

/* Above U+FFFF it takes two halves. */
static void escape_code(struct buf *out, uint32_t code)
{
    if (code > 0xffff) {
        buf_printf(out, "\\u%04x\\u%04x", (unsigned)(0xd7c0 + (code >> 10)),
                   (unsigned)(0xdc00 + (code & 0x3ff)));
    } else {
        buf_printf(out, "\\u%04x", (unsigned)code);
    }
}

/* Escape the first character, or a byte of none; gives how many bytes that were. */
static size_t escape(struct buf *out, struct slice text)
{
    static const char raw[] = "\"\\\b\f\n\r\t";
    static const char names[] = "\"\\bfnrt";
    const char *found = memchr(raw, text.data[0], sizeof raw - 1);
    size_t len = utf8_length(text.data, text.len);

    if (len == 0) {
        buf_text(out, "\xef\xbf\xbd");
        return 1;
    }
    if (found != NULL) {
        buf_char(out, '\\');
        buf_char(out, names[found - raw]);
    } else {
        escape_code(out, utf8_code(text.data, len));
    }
    return len;
}

void quote(struct buf *out, struct slice text)
{
    buf_char(out, '"');
    while (text.len > 0) {
        size_t run = plain_run(text);
        buf_append(out, text.data, run);
        text = slice_after(text, run);
        if (text.len > 0) {
            text = slice_after(text, escape(out, text));
        }
    }
    buf_char(out, '"');
}
