/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/base64.h"
#include "tests/base/support.h"

/* RFC 4648 section 10, and bytes with the top bit. */
struct encoded {
    struct slice text;
    const char *want;
};

static const struct encoded encoded[] = {
    {TEXT(""), ""},
    {TEXT("f"), "Zg=="},
    {TEXT("fo"), "Zm8="},
    {TEXT("foo"), "Zm9v"},
    {TEXT("foob"), "Zm9vYg=="},
    {TEXT("fooba"), "Zm9vYmE="},
    {TEXT("foobar"), "Zm9vYmFy"},
    {TEXT("\0"), "AA=="},
    {TEXT("\xff\xff\xff"), "////"},
    {TEXT("\xfb\xef\xbe"), "++++"},
};

EACH_ROW(base64, goes_there_and_back, encoded)
{
    const struct encoded *c = &encoded[*index];
    AUTO(buf) struct buf out = {0};
    AUTO(buf) struct buf back = {0};
    struct error err = {0};

    buf_init(&out, 100);
    buf_init(&back, 100);
    base64_encode(&out, c->text.data, c->text.len);
    cr_assert_str_eq(buf_cstr(&out), c->want);
    cr_assert_eq(base64_decode(&back, buf_view(&out), &err), 0, "%s: %s", c->want, err.text);
    cr_assert(slice_equal(buf_view(&back), c->text), "%s", c->want);
}

Test(base64, goes_there_and_back_with_all_bytes)
{
    char bytes[259];
    struct error err = {0};

    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (char)(i * 7);
    }
    for (size_t len = 0; len <= sizeof bytes; len++) {
        AUTO(buf) struct buf out = {0};
        AUTO(buf) struct buf back = {0};
        buf_init(&out, 1000);
        buf_init(&back, 1000);
        base64_encode(&out, bytes, len);
        cr_assert_eq(out.len, (len + 2) / 3 * 4, "%zu", len);
        cr_assert_eq(base64_decode(&back, buf_view(&out), &err), 0, "%zu: %s", len, err.text);
        cr_assert(slice_equal(buf_view(&back), (struct slice){bytes, len}), "%zu", len);
    }
}

struct refused {
    const char *name;
    struct slice text;
    const char *want;
};

static const struct refused refused[] = {
    {"one character", TEXT("Z"), "base64 of 1 characters"},
    {"no padding", TEXT("Zg"), "base64 of 2 characters"},
    {"half the padding", TEXT("Zg="), "base64 of 3 characters"},
    {"padding too long", TEXT("Zg==="), "base64 of 5 characters"},
    {"padding alone", TEXT("===="), "no base64 at character 0"},
    {"padding in the middle", TEXT("Zg==Zg=="), "no base64 at character 0"},
    {"padding before a character", TEXT("Zg=g"), "no base64 at character 0"},
    {"bits that should be zero, one =", TEXT("Zm9="), "no base64 at character 0"},
    {"bits that should be zero, two =", TEXT("Zh=="), "no base64 at character 0"},
    {"a space", TEXT("Zm 9"), "no base64 at character 0"},
    {"a line feed", TEXT("Zm9v\nZm9"), "no base64 at character 4"},
    {"the alphabet for addresses", TEXT("-_-_"), "no base64 at character 0"},
    {"a NUL", TEXT("Zm9\0"), "no base64 at character 0"},
    {"a byte above ASCII", TEXT("Zm9\xc3"), "no base64 at character 0"},
};

EACH_ROW(base64, is_canonical_or_refused, refused)
{
    const struct refused *c = &refused[*index];
    AUTO(buf) struct buf out = {0};
    struct error err = {0};

    buf_init(&out, 100);
    cr_assert_eq(base64_decode(&out, c->text, &err), -1, "%s was read", c->name);
    cr_assert_eq(err.code, ERR_MALFORMED, "%s", c->name);
    cr_assert_str_eq(err.text, c->want, "%s: %s", c->name, err.text);
}

Test(base64, tells_that_there_is_no_room)
{
    AUTO(buf) struct buf out = {0};
    struct error err = {0};

    buf_init(&out, 2);
    cr_assert_eq(base64_decode(&out, SLICE("Zm9v"), &err), -1);
    cr_assert_eq(err.code, ERR_TOO_LARGE);
    buf_clear(&out);
    base64_encode(&out, "foo", 3);
    cr_assert_eq(buf_check(&out, &err), -1);
}
