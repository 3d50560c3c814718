/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/printable.h"

#include "lib/kube/utf8.h"

#include <stdio.h>

enum { PIECE = 12 }; /* \U000e0001, the longest, and its NUL */

static size_t escape(uint32_t code, char piece[static PIECE])
{
    static const char raw[] = "\n\r\t";
    static const char names[] = "nrt";
    const char *found = code == 0 || code > 0x7f ? NULL : strchr(raw, (int)code);

    if (found != NULL) {
        piece[0] = '\\';
        piece[1] = names[found - raw];
        return 2;
    }
    int len = snprintf(piece, PIECE, code > 0xffff ? "\\U%08x" : "\\u%04x", (unsigned)code);
    return (size_t)len;
}

/* Take the first character off and give what stands for it: nothing where none is whole there. */
static size_t next_piece(struct slice *text, char piece[static PIECE])
{
    const char *data = text->data;
    size_t len = utf8_length(data, text->len);

    *text = slice_after(*text, len == 0 ? 1 : len);
    if (len > 0 && !utf8_prints(utf8_code(data, len))) {
        return escape(utf8_code(data, len), piece);
    }
    memcpy(piece, data, len);
    return len;
}

size_t printable(char *out, size_t size, struct slice text)
{
    size_t used = 0;

    while (text.len > 0) {
        char piece[PIECE];
        size_t len = next_piece(&text, piece);
        if (len >= size - used) {
            break;
        }
        memcpy(out + used, piece, len);
        used += len;
    }
    out[used] = '\0';
    return used;
}

void printable_append(struct buf *out, struct slice text)
{
    while (text.len > 0) {
        char piece[PIECE];
        size_t len = next_piece(&text, piece);
        buf_append(out, piece, len);
    }
}
