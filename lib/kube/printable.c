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

/* The character of `len` bytes at `data`, or what stands for it; 0 bytes: none is whole there. */
static size_t write_piece(const char *data, size_t len, char piece[static PIECE])
{
    if (len == 0) {
        return 0;
    }
    uint32_t code = utf8_code(data, len);
    if (!utf8_prints(code)) {
        return escape(code, piece);
    }
    memcpy(piece, data, len);
    return len;
}

size_t printable(char *out, size_t size, struct slice text)
{
    size_t used = 0;

    while (text.len > 0) {
        char piece[PIECE];
        size_t taken = utf8_length(text.data, text.len);
        size_t len = write_piece(text.data, taken, piece);
        if (len >= size - used) {
            break;
        }
        memcpy(out + used, piece, len);
        used += len;
        text = slice_after(text, taken == 0 ? 1 : taken);
    }
    out[used] = '\0';
    return used;
}
