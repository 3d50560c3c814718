/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One character of UTF-8, by the table of RFC 3629 section 4: no overlong form,
 * no surrogate, nothing above U+10FFFF.
 */
#ifndef KUBE_UTF8_H
#define KUBE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many bytes the character at `data` takes; 0 where there is none that is whole and valid. */
size_t utf8_length(const char *data, size_t len);

/* The character at `data` of that length, which utf8_length() gave. */
uint32_t utf8_code(const char *data, size_t len);

/*
 * Does it show, and do nothing else, where it is written? Not control characters, line ends of
 * Unicode, what turns the direction of writing, or what has no width at all: with them a text can
 * steer a terminal, or look like another.
 */
bool utf8_prints(uint32_t code);

/* Write the character `code` (no surrogate, at most 0x10ffff); gives its bytes. */
size_t utf8_put(char out[static 4], uint32_t code);

#endif
