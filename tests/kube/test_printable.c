/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/printable.h"
#include "lib/kube/utf8.h"
#include "tests/kube/support.h"

struct printed {
    const char *name;
    struct slice text;
    size_t size;
    const char *want;
};

static const struct printed printed[] = {
    {"nothing", TEXT(""), 8, ""},
    {"no room", TEXT("abc"), 1, ""},
    {"plain text", TEXT("a \"b\" \\c 100% ~"), 32, "a \"b\" \\c 100% ~"},
    {"longer characters", TEXT("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), 32,
     "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
    {"the ends of lines", TEXT("a\nb\r\tc"), 32, "a\\nb\\r\\tc"},
    {"an escape", TEXT("\x1b[2J"), 32, "\\u001b[2J"},
    {"NUL and DEL", TEXT("\0\x7f"), 32, "\\u0000\\u007f"},
    {"a control character of two bytes", TEXT("\xc2\x9b"), 32, "\\u009b"},
    {"the first that shows behind them", TEXT("\xc2\xa0"), 32, "\xc2\xa0"},
    {"U+2028", TEXT("\xe2\x80\xa8"), 32, "\\u2028"},
    {"right-to-left", TEXT("\xe2\x80\xaetxt"), 32, "\\u202etxt"},
    {"no width", TEXT("\xe2\x80\x8b\xef\xbb\xbf"), 32, "\\u200b\\ufeff"},
    {"a tag", TEXT("\xf3\xa0\x80\x81"), 32, "\\U000e0001"},
    {"just room enough", TEXT("abc"), 4, "abc"},
    {"one too few", TEXT("abc"), 3, "ab"},
    {"a character behind the end", TEXT("ab\xc3\xa9"), 4, "ab"},
    {"an escape behind the end", TEXT("ab\x1b"), 8, "ab"},
    {"an escape at the end", TEXT("ab\x1b"), 9, "ab\\u001b"},
    {"a character cut before", TEXT("a\xf0\x9f\x98"), 32, "a"},
    {"a character cut in the middle", TEXT("\"a\xf0\x9f\x98\" b"), 32, "\"a\" b"},
    {"bytes that are no UTF-8", TEXT("a\xff\x80z"), 32, "az"},
};

EACH_ROW(printable, escapes, printed)
{
    const struct printed *c = &printed[*index];
    char out[32];

    memset(out, 'x', sizeof out);
    size_t len = printable(out, c->size, c->text);
    cr_assert_str_eq(out, c->want, "%s: %s", c->name, out);
    cr_assert_eq(len, strlen(c->want), "%s: %zu", c->name, len);
}

Test(printable, appends_all_of_it)
{
    AUTO(buf) struct buf out = {0};

    buf_init(&out, 100);
    buf_text(&out, "a ");
    printable_append(&out, SLICE("b\n\x1b\xc3\xa9\xf0\x9f\x98"));
    cr_assert_str_eq(buf_cstr(&out), "a b\\n\\u001b\xc3\xa9");
}

/* Whatever goes in: what comes out is whole, fits, and shows. */
Test(printable, gives_what_shows)
{
    for (uint32_t code = 0; code <= 0x10ffff; code++) {
        char bytes[4];
        char out[12];
        size_t at = 0;
        if (code >= 0xd800 && code <= 0xdfff) {
            continue;
        }
        size_t len = printable(out, sizeof out, (struct slice){bytes, utf8_put(bytes, code)});
        cr_assert(len > 0, "U+%04X", code);
        while (at < len) {
            size_t step = utf8_length(out + at, len - at);
            cr_assert(step > 0 && utf8_prints(utf8_code(out + at, step)), "U+%04X: %s", code, out);
            at += step;
        }
    }
}
