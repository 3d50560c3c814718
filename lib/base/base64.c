/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/base64.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Three bytes, of which `have` are there, as four characters. */
static void encode_triple(const unsigned char *in, size_t have, char *out)
{
    uint32_t bits = (uint32_t)in[0] << 16;

    bits |= have > 1 ? (uint32_t)in[1] << 8 : 0;
    bits |= have > 2 ? (uint32_t)in[2] : 0;
    out[0] = alphabet[bits >> 18];
    out[1] = alphabet[(bits >> 12) & 63];
    out[2] = '=';
    out[3] = '=';
    if (have > 1) {
        out[2] = alphabet[(bits >> 6) & 63];
    }
    if (have > 2) {
        out[3] = alphabet[bits & 63];
    }
}

/* The first six of eight bytes as eight characters. */
static inline void encode_six(const unsigned char *in, char *out)
{
    uint64_t bits = 0;

    memcpy(&bits, in, sizeof bits);
    bits = be64toh(bits);
    /* Written out: a compiler at -O2 keeps the loop, which costs half as much again. */
    out[0] = alphabet[bits >> 58];
    out[1] = alphabet[bits >> 52 & 63];
    out[2] = alphabet[bits >> 46 & 63];
    out[3] = alphabet[bits >> 40 & 63];
    out[4] = alphabet[bits >> 34 & 63];
    out[5] = alphabet[bits >> 28 & 63];
    out[6] = alphabet[bits >> 22 & 63];
    out[7] = alphabet[bits >> 16 & 63];
}

void base64_encode(struct buf *out, const void *data, size_t len)
{
    const unsigned char *in = data;
    char *room = buf_extend(out, (len + 2) / 3 * 4);
    size_t i = 0;

    for (; room != NULL && len - i >= sizeof(uint64_t); i += 6) {
        encode_six(in + i, room);
        room += 8;
    }
    for (; room != NULL && i < len; i += 3) {
        encode_triple(in + i, len - i, room);
        room += 4;
    }
}

static int digit(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    if (c == '+') {
        return 62;
    }
    return c == '/' ? 63 : -1;
}

/* Four characters, the last `pad` of them '='; false where they are not canonical. */
static bool decode_quad(struct buf *out, const char *quad, size_t pad)
{
    uint32_t bits = 0;

    for (size_t i = 0; i < 4; i++) {
        int value = i < 4 - pad ? digit(quad[i]) : 0;
        if (value < 0) {
            return false;
        }
        bits = (bits << 6) | (uint32_t)value;
    }
    uint32_t unused = pad == 0 ? 0 : pad == 1 ? 0xffU : 0xffffU;
    if ((bits & unused) != 0) {
        return false;
    }
    const char bytes[3] = {(char)(bits >> 16), (char)(bits >> 8), (char)bits};
    buf_append(out, bytes, 3 - pad);
    return true;
}

int base64_decode(struct buf *out, struct slice text, struct error *err)
{
    if (text.len % 4 != 0) {
        return error_set(err, ERR_MALFORMED, "base64 of %zu characters", text.len);
    }
    for (size_t i = 0; i < text.len; i += 4) {
        size_t pad = 0;
        if (i + 4 == text.len) {
            pad += text.data[i + 3] == '=' ? 1 : 0;
            pad += pad == 1 && text.data[i + 2] == '=' ? 1 : 0;
        }
        if (!decode_quad(out, text.data + i, pad)) {
            return error_set(err, ERR_MALFORMED, "no base64 at character %zu", i);
        }
    }
    return buf_check(out, err);
}
