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

/*
 * What twelve bits are written as. A character at a time takes half as many instructions more, and
 * an answer is mostly base64.
 */
#define PAIRS(a)                                                                                   \
    {a, 'A'}, {a, 'B'}, {a, 'C'}, {a, 'D'}, {a, 'E'}, {a, 'F'}, {a, 'G'}, {a, 'H'}, {a, 'I'},      \
        {a, 'J'}, {a, 'K'}, {a, 'L'}, {a, 'M'}, {a, 'N'}, {a, 'O'}, {a, 'P'}, {a, 'Q'}, {a, 'R'},  \
        {a, 'S'}, {a, 'T'}, {a, 'U'}, {a, 'V'}, {a, 'W'}, {a, 'X'}, {a, 'Y'}, {a, 'Z'}, {a, 'a'},  \
        {a, 'b'}, {a, 'c'}, {a, 'd'}, {a, 'e'}, {a, 'f'}, {a, 'g'}, {a, 'h'}, {a, 'i'}, {a, 'j'},  \
        {a, 'k'}, {a, 'l'}, {a, 'm'}, {a, 'n'}, {a, 'o'}, {a, 'p'}, {a, 'q'}, {a, 'r'}, {a, 's'},  \
        {a, 't'}, {a, 'u'}, {a, 'v'}, {a, 'w'}, {a, 'x'}, {a, 'y'}, {a, 'z'}, {a, '0'}, {a, '1'},  \
        {a, '2'}, {a, '3'}, {a, '4'}, {a, '5'}, {a, '6'}, {a, '7'}, {a, '8'}, {a, '9'}, {a, '+'},  \
    {                                                                                              \
        a, '/'                                                                                     \
    }
#define ALL_PAIRS                                                                                  \
    PAIRS('A'), PAIRS('B'), PAIRS('C'), PAIRS('D'), PAIRS('E'), PAIRS('F'), PAIRS('G'),            \
        PAIRS('H'), PAIRS('I'), PAIRS('J'), PAIRS('K'), PAIRS('L'), PAIRS('M'), PAIRS('N'),        \
        PAIRS('O'), PAIRS('P'), PAIRS('Q'), PAIRS('R'), PAIRS('S'), PAIRS('T'), PAIRS('U'),        \
        PAIRS('V'), PAIRS('W'), PAIRS('X'), PAIRS('Y'), PAIRS('Z'), PAIRS('a'), PAIRS('b'),        \
        PAIRS('c'), PAIRS('d'), PAIRS('e'), PAIRS('f'), PAIRS('g'), PAIRS('h'), PAIRS('i'),        \
        PAIRS('j'), PAIRS('k'), PAIRS('l'), PAIRS('m'), PAIRS('n'), PAIRS('o'), PAIRS('p'),        \
        PAIRS('q'), PAIRS('r'), PAIRS('s'), PAIRS('t'), PAIRS('u'), PAIRS('v'), PAIRS('w'),        \
        PAIRS('x'), PAIRS('y'), PAIRS('z'), PAIRS('0'), PAIRS('1'), PAIRS('2'), PAIRS('3'),        \
        PAIRS('4'), PAIRS('5'), PAIRS('6'), PAIRS('7'), PAIRS('8'), PAIRS('9'), PAIRS('+'),        \
        PAIRS('/')

static const char pairs[64 * 64][2] = {ALL_PAIRS};

static inline void encode_pair(uint64_t bits, char *out)
{
    memcpy(out, pairs[bits & 0xfff], 2);
}

/* The first six of eight bytes as eight characters. */
static inline void encode_six(const unsigned char *in, char *out)
{
    uint64_t bits = 0;

    memcpy(&bits, in, sizeof bits);
    bits = be64toh(bits);
    encode_pair(bits >> 52, out);
    encode_pair(bits >> 40, out + 2);
    encode_pair(bits >> 28, out + 4);
    encode_pair(bits >> 16, out + 6);
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
