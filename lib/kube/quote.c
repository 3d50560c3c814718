/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/quote.h"

#include "lib/kube/utf8.h"

static bool is_plain(char c)
{
    unsigned char byte = (unsigned char)c;
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/* The bytes of the text's beginning that stand in a JSON string as they are. */
static size_t plain_run(struct slice text)
{
    size_t at = 0;

    while (at < text.len) {
        size_t len = is_plain(text.data[at]) ? 1 : 0;
        if (len == 0 && (unsigned char)text.data[at] >= 0x80) {
            len = utf8_length(text.data + at, text.len - at);
        }
        if (len == 0) {
            break;
        }
        at += len;
    }
    return at;
}

static void escape(struct buf *out, char c)
{
    static const char raw[] = "\"\\\b\f\n\r\t";
    static const char names[] = "\"\\bfnrt";
    const char *found = memchr(raw, c, sizeof raw - 1);

    if ((unsigned char)c >= 0x80) {
        buf_text(out, "\xef\xbf\xbd");
    } else if (found != NULL) {
        buf_char(out, '\\');
        buf_char(out, names[found - raw]);
    } else {
        buf_printf(out, "\\u%04x", (unsigned)(unsigned char)c);
    }
}

void quote(struct buf *out, struct slice text)
{
    buf_char(out, '"');
    while (text.len > 0) {
        size_t run = plain_run(text);
        buf_append(out, text.data, run);
        text = slice_after(text, run);
        if (text.len > 0) {
            escape(out, text.data[0]);
            text = slice_after(text, 1);
        }
    }
    buf_char(out, '"');
}
