/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/quote.h"
#include "tests/kube/support.h"

struct quoted {
    const char *name;
    struct slice text;
    const char *want;
};

static const struct quoted quoted[] = {
    {"nothing", TEXT(""), "\"\""},
    {"plain text", TEXT("media/sabnzbd: 100% <ok> & 'fine'"),
     "\"media/sabnzbd: 100% <ok> & 'fine'\""},
    {"quotes and backslashes", TEXT("\"a\\b\""), "\"\\\"a\\\\b\\\"\""},
    {"short escapes", TEXT("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\""},
    {"other control characters", TEXT("\0\x01\x1f"), "\"\\u0000\\u0001\\u001f\""},
    {"what a terminal would obey or hide", TEXT("\x7f\xc2\x9b\xe2\x80\xae\xf3\xa0\x80\x81"),
     "\"\\u007f\\u009b\\u202e\\udb40\\udc01\""},
    {"longer characters", TEXT("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
     "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
    {"a byte that is no UTF-8",
     TEXT("a\xff"
          "b"),
     "\"a\xef\xbf\xbd"
     "b\""},
    {"a character cut short", TEXT("a\xe2\x82"), "\"a\xef\xbf\xbd\xef\xbf\xbd\""},
    {"a surrogate", TEXT("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
    {"an overlong NUL", TEXT("\xc0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\""},
};

EACH_ROW(quote, escapes, quoted)
{
    const struct quoted *c = &quoted[*index];
    AUTO(buf) struct buf out = {0};

    buf_init(&out, 1000);
    quote(&out, c->text);
    cr_assert_str_eq(buf_cstr(&out), c->want, "%s: %s", c->name, buf_cstr(&out));
}

/* Every byte before and behind every other: what is written can be read, and good text comes back.
 */
Test(quote, writes_what_the_reader_reads)
{
    for (unsigned first = 0; first < 256; first++) {
        for (unsigned second = 0; second < 256; second++) {
            const char bytes[] = {(char)first, (char)second};
            AUTO(buf) struct buf out = {0};
            AUTO(json) struct json doc = {0};
            buf_init(&out, 1000);
            quote(&out, (struct slice){bytes, 2});
            (void)support_parse(&doc, buf_view(&out));
            struct slice back = json_string(&doc, 0);
            bool good = (first < 0x80 && second < 0x80) ||
                        (first >= 0xc2 && first <= 0xdf && second >= 0x80 && second <= 0xbf);
            cr_assert_eq(slice_equal(back, (struct slice){bytes, 2}), good, "0x%02x 0x%02x", first,
                         second);
        }
    }
}
