/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking at eight bytes of a string at once.
 *
 * Subtracting 1 from each byte of a word sets the top bit of one that is zero,
 * and a byte is zero after xor with the character that is looked for;
 * subtracting 0x20 does so for control characters. A borrow can mark a byte too
 * many, but only behind one that is marked rightly, and the first one counts.
 */
#ifndef KUBE_JSON_SCAN_H
#define KUBE_JSON_SCAN_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SCAN_EACH(byte) ((uint64_t)0x0101010101010101U * (byte))

static inline uint64_t scan_load(const char *text)
{
    uint64_t word = 0;
    memcpy(&word, text, sizeof word);
    return le64toh(word);
}

/* Marks bytes that are `c`; that are below 0x20; that are part of a longer character. */
static inline uint64_t scan_mark(uint64_t word, char c)
{
    return ((word ^ SCAN_EACH((unsigned char)c)) - SCAN_EACH(1)) & ~word & SCAN_EACH(0x80);
}

static inline uint64_t scan_mark_special(uint64_t word)
{
    uint64_t is_quote = (word ^ SCAN_EACH('"')) - SCAN_EACH(1);
    uint64_t backslash = (word ^ SCAN_EACH('\\')) - SCAN_EACH(1);
    return (word | (word - SCAN_EACH(0x20)) | is_quote | backslash) & SCAN_EACH(0x80);
}

static inline size_t scan_first(uint64_t marks)
{
    return (size_t)__builtin_ctzll(marks) / 8;
}

static inline bool scan_is_plain(char c)
{
    unsigned char byte = (unsigned char)c;
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/*
 * From `at` on, the first byte that does not stand for itself in a string: a quote, a backslash, a
 * control character, or one of a character that is no ASCII. `len` where there is none.
 */
static inline size_t scan_plain(const char *text, size_t at, size_t len)
{
    while (len - at >= sizeof(uint64_t)) {
        uint64_t marks = scan_mark_special(scan_load(text + at));
        if (marks != 0) {
            return at + scan_first(marks);
        }
        at += sizeof(uint64_t);
    }
    while (at < len && scan_is_plain(text[at])) {
        at++;
    }
    return at;
}

#endif
