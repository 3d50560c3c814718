/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kube/support.h"

/* ---- What a string may hold ---- */

struct decoded {
    const char *name;
    struct slice text;
    struct slice want;
};

static const struct decoded decoded[] = {
    {"nothing", TEXT("\"\""), TEXT("")},
    {"text shorter than a word", TEXT("\"abc\""), TEXT("abc")},
    {"text of a word", TEXT("\"abcdefgh\""), TEXT("abcdefgh")},
    {"text longer than a word", TEXT("\"abcdefghijk\""), TEXT("abcdefghijk")},
    {"everything plain", TEXT("\" !#$%&'()*+,-./09:;<=>?@AZ[]^_`az{|}~\x7f\""),
     TEXT(" !#$%&'()*+,-./09:;<=>?@AZ[]^_`az{|}~\x7f")},
    {"each short escape", TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), TEXT("\"\\/\b\f\n\r\t")},
    {"an escape in the middle", TEXT("\"media\\nserver\""), TEXT("media\nserver")},
    {"an escape behind a word", TEXT("\"abcdefgh\\n\""), TEXT("abcdefgh\n")},
    {"an escape before a word", TEXT("\"\\nabcdefghi\""), TEXT("\nabcdefghi")},
    {"a quote that is escaped at the end", TEXT("\"a\\\"\""), TEXT("a\"")},
    {"a backslash that is escaped at the end", TEXT("\"a\\\\\""), TEXT("a\\")},
    {"\\u of ASCII", TEXT("\"\\u0041\""), TEXT("A")},
    {"\\u of two bytes", TEXT("\"\\u00e9\\u07FF\""), TEXT("\xc3\xa9\xdf\xbf")},
    {"\\u of three bytes", TEXT("\"\\u0800\\uFFFF\""), TEXT("\xe0\xa0\x80\xef\xbf\xbf")},
    {"\\u around the surrogates", TEXT("\"\\ud7ff\\ue000\""), TEXT("\xed\x9f\xbf\xee\x80\x80")},
    {"the first pair", TEXT("\"\\ud800\\udc00\""), TEXT("\xf0\x90\x80\x80")},
    {"the last pair", TEXT("\"\\uDBFF\\uDFFF\""), TEXT("\xf4\x8f\xbf\xbf")},
    {"a pair between text", TEXT("\"a\\ud83d\\ude00b\""),
     TEXT("a\xf0\x9f\x98\x80"
          "b")},
    {"\\u0000", TEXT("\"a\\u0000b\""), TEXT("a\0b")},
    {"an escaped backslash before u", TEXT("\"\\\\u0041\""), TEXT("\\u0041")},
    {"two bytes, first and last", TEXT("\"\xc2\x80\xdf\xbf\""), TEXT("\xc2\x80\xdf\xbf")},
    {"three bytes, first", TEXT("\"\xe0\xa0\x80\""), TEXT("\xe0\xa0\x80")},
    {"three bytes before the surrogates", TEXT("\"\xed\x9f\xbf\""), TEXT("\xed\x9f\xbf")},
    {"three bytes behind the surrogates", TEXT("\"\xee\x80\x80\""), TEXT("\xee\x80\x80")},
    {"three bytes, last", TEXT("\"\xef\xbf\xbf\""), TEXT("\xef\xbf\xbf")},
    {"four bytes, first", TEXT("\"\xf0\x90\x80\x80\""), TEXT("\xf0\x90\x80\x80")},
    {"four bytes, in between", TEXT("\"\xf1\x80\x80\x80\""), TEXT("\xf1\x80\x80\x80")},
    {"four bytes, last", TEXT("\"\xf4\x8f\xbf\xbf\""), TEXT("\xf4\x8f\xbf\xbf")},
    {"long characters between plain words", TEXT("\"abcdefgh\xc3\xa9ijklmnop\""),
     TEXT("abcdefgh\xc3\xa9ijklmnop")},
    {"long characters and escapes", TEXT("\"\xc3\xa9\\n\xe2\x82\xac\""),
     TEXT("\xc3\xa9\n\xe2\x82\xac")},
};

EACH_ROW(json_string, is_decoded, decoded)
{
    const struct decoded *c = &decoded[*index];
    AUTO(json) struct json doc = {0};

    (void)support_parse(&doc, c->text);
    struct slice got = json_string(&doc, 0);
    cr_assert(slice_equal(got, c->want), "%s: got \"%.*s\"", c->name, SLICE_ARGS(got));
    cr_assert(slice_equal(json_raw(&doc, 0), c->text), "%s: the text changed", c->name);
}

/* The reader looks at eight bytes at once: a special one must be seen in each place. */
Test(json_string, sees_a_special_byte_wherever_it_stands)
{
    static const unsigned char special[] = {0x00, 0x01, 0x1f, 0x80, 0xbf, 0xc3, 0xff};

    for (size_t s = 0; s < sizeof special; s++) {
        for (size_t at = 1; at < 40; at++) {
            char text[42];
            struct json doc;
            struct error err = {0};
            char want[16];
            memset(text, 'x', sizeof text);
            text[0] = '"';
            text[41] = '"';
            text[at] = (char)special[s];
            (void)snprintf(want, sizeof want, "1:%zu: ", at + 1);
            cr_assert_eq(json_parse(&doc, (struct slice){text, sizeof text}, &err), -1,
                         "0x%02x at %zu was read", special[s], at);
            cr_assert(slice_starts_with(slice_of(err.text), want), "0x%02x at %zu: %s", special[s],
                      at, err.text);
        }
    }
}

Test(json_string, sees_an_escape_wherever_it_stands)
{
    for (size_t at = 1; at < 40; at++) {
        char text[42];
        AUTO(json) struct json doc = {0};
        memset(text, 'x', sizeof text);
        text[0] = '"';
        text[41] = '"';
        text[at] = '\\';
        text[at + 1] = '"';
        (void)support_parse(&doc, (struct slice){text, sizeof text});
        struct slice got = json_string(&doc, 0);
        cr_assert_eq(got.len, 39, "at %zu", at);
        cr_assert_eq(got.data[at - 1], '"', "at %zu", at);
        cr_assert_eq(got.data[got.len], '\0', "at %zu: no NUL behind it", at);
    }
}

/* ---- What it may not ---- */

struct refused {
    const char *name;
    struct slice text;
    const char *want;
};

static const struct refused refused[] = {
    {"not closed", TEXT("\"abc"), "1:1: this string is not closed"},
    {"not closed, eight bytes", TEXT("\"abcdefgh"), "1:1: this string is not closed"},
    {"not closed behind a backslash", TEXT("\"abc\\"), "1:1: this string is not closed"},
    {"not closed behind an escaped quote", TEXT("\"abc\\\""), "1:1: this string is not closed"},
    {"a line feed", TEXT("\"a\nb\""), "1:3: a control character (0x0a) must be escaped"},
    {"a tab", TEXT("\"\t\""), "1:2: a control character (0x09) must be escaped"},
    {"a NUL", TEXT("\"\0\""), "1:2: a control character (0x00) must be escaped"},
    {"the last control character", TEXT("\"\x1f\""),
     "1:2: a control character (0x1f) must be escaped"},
    {"an unknown escape", TEXT("\"\\a\""),
     "1:2: a backslash is followed by one of \" \\ / b f n r t u"},
    {"a capital escape", TEXT("\"\\N\""),
     "1:2: a backslash is followed by one of \" \\ / b f n r t u"},
    {"an escaped line feed", TEXT("\"\\\n\""),
     "1:2: a backslash is followed by one of \" \\ / b f n r t u"},
    {"an escaped NUL", TEXT("\"\\\0\""),
     "1:2: a backslash is followed by one of \" \\ / b f n r t u"},
    {"\\x", TEXT("\"\\x41\""), "1:2: a backslash is followed by one of \" \\ / b f n r t u"},
    {"\\u with three digits", TEXT("\"\\u041\""), "1:2: \\u takes four hexadecimal digits"},
    {"\\u with none", TEXT("\"\\u\""), "1:2: \\u takes four hexadecimal digits"},
    {"\\u with a letter too far", TEXT("\"\\u004g\""), "1:2: \\u takes four hexadecimal digits"},
    {"\\u with a sign", TEXT("\"\\u+041\""), "1:2: \\u takes four hexadecimal digits"},
    {"\\u with white space", TEXT("\"\\u 041\""), "1:2: \\u takes four hexadecimal digits"},
    {"\\U", TEXT("\"\\U0041\""), "1:2: a backslash is followed by one of \" \\ / b f n r t u"},
    {"the upper half of a pair", TEXT("\"\\ud800\""), "1:2: this is half of a surrogate pair"},
    {"the last upper half", TEXT("\"\\udbff\""), "1:2: this is half of a surrogate pair"},
    {"the lower half of a pair", TEXT("\"\\udc00\""), "1:2: this is half of a surrogate pair"},
    {"the last lower half", TEXT("\"\\udfff\""), "1:2: this is half of a surrogate pair"},
    {"two upper halves", TEXT("\"\\ud800\\ud800\""), "1:2: this is half of a surrogate pair"},
    {"halves in the wrong order", TEXT("\"\\udc00\\ud800\""),
     "1:2: this is half of a surrogate pair"},
    {"an upper half and text", TEXT("\"\\ud800 12345\""), "1:2: this is half of a surrogate pair"},
    {"an upper half and a letter", TEXT("\"\\ud800\\u0041\""),
     "1:2: this is half of a surrogate pair"},
    {"an upper half and the character behind the lower ones", TEXT("\"\\ud800\\ue000\""),
     "1:2: this is half of a surrogate pair"},
    {"an upper half and a lower one cut short", TEXT("\"\\ud800\\udc0\""),
     "1:2: this is half of a surrogate pair"},
    {"an upper half and a broken escape", TEXT("\"\\ud800\\udcxx\""),
     "1:2: this is half of a surrogate pair"},
    {"an upper half and another escape", TEXT("\"\\ud800\\n1234\""),
     "1:2: this is half of a surrogate pair"},
    {"a byte that follows nothing", TEXT("\"\x80\""), "1:2: byte 0x80 is not valid UTF-8"},
    {"two bytes, overlong (c0)", TEXT("\"\xc0\x80\""), "1:2: byte 0xc0 is not valid UTF-8"},
    {"two bytes, overlong (c1)", TEXT("\"\xc1\xbf\""), "1:2: byte 0xc1 is not valid UTF-8"},
    {"two bytes cut short by the quote", TEXT("\"\xc3\""), "1:2: byte 0xc3 is not valid UTF-8"},
    {"two bytes cut short by the end", TEXT("\"\xc3"), "1:2: byte 0xc3 is not valid UTF-8"},
    {"two bytes, the second too low", TEXT("\"\xc3\x7f\""), "1:2: byte 0xc3 is not valid UTF-8"},
    {"two bytes, the second too high", TEXT("\"\xc3\xc0\""), "1:2: byte 0xc3 is not valid UTF-8"},
    {"three bytes, overlong", TEXT("\"\xe0\x9f\xbf\""), "1:2: byte 0xe0 is not valid UTF-8"},
    {"three bytes cut short", TEXT("\"\xe2\x82\""), "1:2: byte 0xe2 is not valid UTF-8"},
    {"three bytes, the third wrong", TEXT("\"\xe2\x82\xc0\""), "1:2: byte 0xe2 is not valid UTF-8"},
    {"the first surrogate", TEXT("\"\xed\xa0\x80\""), "1:2: byte 0xed is not valid UTF-8"},
    {"the last surrogate", TEXT("\"\xed\xbf\xbf\""), "1:2: byte 0xed is not valid UTF-8"},
    {"four bytes, overlong", TEXT("\"\xf0\x8f\xbf\xbf\""), "1:2: byte 0xf0 is not valid UTF-8"},
    {"four bytes cut short", TEXT("\"\xf0\x9f\x98\""), "1:2: byte 0xf0 is not valid UTF-8"},
    {"four bytes, the last wrong", TEXT("\"\xf1\x80\x80\x7f\""),
     "1:2: byte 0xf1 is not valid UTF-8"},
    {"above the last character", TEXT("\"\xf4\x90\x80\x80\""), "1:2: byte 0xf4 is not valid UTF-8"},
    {"a lead far above", TEXT("\"\xf5\x80\x80\x80\""), "1:2: byte 0xf5 is not valid UTF-8"},
    {"five bytes", TEXT("\"\xf8\x88\x80\x80\x80\""), "1:2: byte 0xf8 is not valid UTF-8"},
    {"ff", TEXT("\"\xff\""), "1:2: byte 0xff is not valid UTF-8"},
    {"bad UTF-8 behind an escape", TEXT("\"\\n\xff\""), "1:4: byte 0xff is not valid UTF-8"},
    {"bad UTF-8 in a key", TEXT("{\"\xff\":1}"), "1:3: byte 0xff is not valid UTF-8"},
};

EACH_ROW(json_string, is_refused, refused)
{
    const struct refused *c = &refused[*index];
    struct json doc;
    struct error err = {0};
    /* An exact copy on the heap, so that a step behind it is seen. */
    AUTO(chars) char *exact = malloc(c->text.len);

    cr_assert_neq(exact, NULL);
    memcpy(exact, c->text.data, c->text.len);
    cr_assert_eq(json_parse(&doc, (struct slice){exact, c->text.len}, &err), -1, "%s was read",
                 c->name);
    cr_assert_eq(err.code, ERR_MALFORMED, "%s", c->name);
    cr_assert_str_eq(err.text, c->want, "%s: %s", c->name, err.text);
}

/* ---- NUL ---- */

Test(json_string, tells_the_first_string_with_a_nul)
{
    AUTO(json) struct json doc = {0};

    (void)support_parse(&doc, SLICE("{\"a\":\"b\",\"c\":[\"d\\u0000\",\"\\u0000\"]}"));
    cr_assert_eq(doc.nul_token, 5);
    cr_assert_eq(json_string(&doc, doc.nul_token).len, 2);
}

Test(json_string, tells_a_key_with_a_nul)
{
    AUTO(json) struct json doc = {0};

    (void)support_parse(&doc, SLICE("{\"a\\u0000\":1}"));
    cr_assert_eq(doc.nul_token, 1);
}

Test(json_string, keeps_many_decoded_strings_apart)
{
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json doc = {0};

    buf_init(&text, SUPPORT_MAX);
    for (unsigned i = 0; i < 5000; i++) {
        buf_printf(&text, "%s\"\\t%u\"", i == 0 ? "[" : ",", i);
    }
    buf_char(&text, ']');
    (void)support_parse(&doc, buf_view(&text));
    for (unsigned i = 0; i < 5000; i++) {
        char want[16];
        (void)snprintf(want, sizeof want, "\t%u", i);
        cr_assert(slice_is(json_string(&doc, i + 1), want), "string %u", i);
    }
}
