/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/utf8.h"
#include "tests/kube/support.h"

/* Each character is one sequence, whole and no shorter. */
Test(utf8, knows_each_character)
{
    for (uint32_t code = 0; code <= 0x10ffff; code++) {
        char bytes[4];
        if (code >= 0xd800 && code <= 0xdfff) {
            continue;
        }
        size_t len = utf8_put(bytes, code);
        size_t want = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        cr_assert_eq(len, want, "U+%04X", code);
        cr_assert_eq(utf8_length(bytes, len), len, "U+%04X", code);
        cr_assert_eq(utf8_code(bytes, len), code, "U+%04X", code);
        cr_assert_eq(utf8_length(bytes, len - 1), 0, "U+%04X cut short", code);
    }
}

/* And nothing else is: of all sequences of three bytes, as many are one character as there are. */
Test(utf8, knows_nothing_else)
{
    size_t found[5] = {0};

    for (uint32_t all = 0; all < 0x1000000; all++) {
        const char bytes[4] = {(char)(all >> 16), (char)(all >> 8), (char)all, (char)0x80};
        size_t len = utf8_length(bytes, sizeof bytes);
        found[len]++;
    }
    cr_assert_eq(found[1], 0x80 * 0x10000);
    cr_assert_eq(found[2], (0x800 - 0x80) * 0x100);
    cr_assert_eq(found[3], 0x10000 - 0x800 - 0x800);
    cr_assert_eq(found[4], 0x100000 / 0x40, "those that end in 0x80");
}
