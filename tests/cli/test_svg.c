/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cli/svg.h"

#include <criterion/criterion.h>

enum { SIZE = 10, TEXT_MAX = 4096 };

/* Letters of 6.4 pixels at size 10; the dots take 10. */
static const struct {
    const char *name;
    const char *text;
    unsigned width;
    size_t fitting;
    size_t words;
} cuts[] = {
    {"nothing", "", 100, 0, 0},
    {"all of it", "aaaa", 26, 4, 4},
    {"one too many", "aaaaa", 26, 2, 4},
    {"room for the dots alone", "aaaa", 12, 1, 1},
    {"no room", "aaaa", 1, 1, 1},
    {"two words", "aaaa aaaa", 40, 5, 4},
    {"a word behind the edge", "aaaa aaaa", 32, 3, 4},
    {"a word that ends at the edge", "aaaa aaaa", 26, 2, 4},
    {"no half of a character", "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 22, 2, 6},
    {"wide letters", "\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad", 22, 3, 6},
};

Test(svg, cuts_what_does_not_fit)
{
    for (size_t i = 0; i < COUNT_OF(cuts); i++) {
        struct slice text = slice_of(cuts[i].text);
        cr_expect_eq(svg_fitting(text, SIZE, cuts[i].width), cuts[i].fitting, "%s: %zu",
                     cuts[i].name, svg_fitting(text, SIZE, cuts[i].width));
        cr_expect_eq(svg_words(text, SIZE, cuts[i].width), cuts[i].words, "%s: %zu words",
                     cuts[i].name, svg_words(text, SIZE, cuts[i].width));
    }
}

static const struct {
    const char *name;
    struct slice text;
    const char *want;
} texts[] = {
    {"markup", {"<a b=\"c\" d='e'>&amp;", 20}, "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;"},
    {"a NUL", {"a\0b", 3}, "a\\u0000b"},
    {"controls", {"\x1b[2J\n", 5}, "\\u001b[2J\\n"},
    {"the direction of writing", {"a\xe2\x80\xae", 4}, "a\\u202e"},
    {"what XML has no place for", {"\xef\xbf\xbf", 3}, "\\uffff"},
    {"no UTF-8", {"a\xff", 2}, "a"},
};

Test(svg, keeps_text_text)
{
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        AUTO(buf) struct buf out = {0};
        buf_init(&out, TEXT_MAX);
        svg_escape(&out, texts[i].text);
        cr_expect_str_eq(buf_cstr(&out), texts[i].want, "%s: %s", texts[i].name, buf_cstr(&out));
    }
}

Test(svg, tells_the_whole_of_what_it_cuts)
{
    AUTO(buf) struct buf out = {0};
    const struct svg_text at = {.x = 1, .y = 2, .size = SIZE, .width = 30, .style = "plain"};

    buf_init(&out, TEXT_MAX);
    svg_text(&out, &at, SLICE("a<aaaaa"));
    cr_assert_str_eq(buf_cstr(&out), "<text class=\"plain\" x=\"1\" y=\"2\" font-size=\"10\">"
                                     "<title>a&lt;aaaaa</title>a&lt;a\xe2\x80\xa6</text>\n");
}
