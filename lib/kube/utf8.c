/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/utf8.h"

/* What the second byte may be after a lead; the bytes behind it are always 80..bf. */
struct lead {
    unsigned char first;
    unsigned char last;
    unsigned char low;
    unsigned char high;
    unsigned char length;
};

static const struct lead leads[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
    {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static size_t tail_length(const struct lead *lead, const unsigned char *bytes, size_t len)
{
    if (len < lead->length || bytes[1] < lead->low || bytes[1] > lead->high) {
        return 0;
    }
    for (size_t i = 2; i < lead->length; i++) {
        if ((bytes[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return lead->length;
}

size_t utf8_length(const char *data, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)data;

    if (len == 0) {
        return 0;
    }
    if (bytes[0] < 0x80) {
        return 1;
    }
    for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++) {
        if (bytes[0] >= leads[i].first && bytes[0] <= leads[i].last) {
            return tail_length(&leads[i], bytes, len);
        }
    }
    return 0;
}

uint32_t utf8_code(const char *data, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)data;
    uint32_t code = len == 1 ? bytes[0] : bytes[0] & (0xffU >> (len + 1));

    for (size_t i = 1; i < len; i++) {
        code = code << 6 | (bytes[i] & 0x3f);
    }
    return code;
}

static const struct {
    uint32_t first;
    uint32_t last;
} unseen[] = {
    {0x0000, 0x001f}, {0x007f, 0x009f}, {0x00ad, 0x00ad},   {0x061c, 0x061c},
    {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f},
    {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe0fff},
};

bool utf8_prints(uint32_t code)
{
    if (code < 0x7f) {
        return code >= 0x20;
    }
    for (size_t i = 0; i < sizeof unseen / sizeof unseen[0]; i++) {
        if (code >= unseen[i].first && code <= unseen[i].last) {
            return false;
        }
    }
    return true;
}

size_t utf8_put(char out[static 4], uint32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | (code >> 6));
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | (code >> 12));
        out[1] = (char)(0x80 | ((code >> 6) & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | (code >> 18));
    out[1] = (char)(0x80 | ((code >> 12) & 0x3f));
    out[2] = (char)(0x80 | ((code >> 6) & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}
