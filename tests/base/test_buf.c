/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/buf.h"
#include "tests/base/support.h"

#include <stdint.h>

static int check(const struct buf *buf, struct error *err)
{
    *err = (struct error){0};
    return buf_check(buf, err);
}

/* ---- Building ---- */

Test(buf, is_empty_text_before_anything)
{
    AUTO(buf) struct buf buf = {0};
    struct error err;

    buf_init(&buf, 10);
    cr_assert_str_eq(buf_cstr(&buf), "");
    cr_assert_eq(buf_view(&buf).len, 0);
    cr_assert_neq(buf_view(&buf).data, NULL);
    cr_assert_eq(check(&buf, &err), 0);
}

Test(buf, puts_text_together)
{
    AUTO(buf) struct buf buf = {0};

    buf_init(&buf, 100);
    buf_text(&buf, "ab");
    buf_char(&buf, 'c');
    buf_slice(&buf, (struct slice){"defg", 2});
    buf_append(&buf, "f", 1);
    buf_append(&buf, NULL, 0);
    buf_printf(&buf, "-%d-%s", 7, "x");
    cr_assert_str_eq(buf_cstr(&buf), "abcdef-7-x");
    cr_assert_eq(buf.len, 10);
}

Test(buf, holds_nuls)
{
    AUTO(buf) struct buf buf = {0};

    buf_init(&buf, 100);
    buf_append(&buf, "a\0b", 3);
    cr_assert(slice_equal(buf_view(&buf), (struct slice){"a\0b", 3}));
}

Test(buf, grows_as_long_as_it_may)
{
    AUTO(buf) struct buf buf = {0};
    struct error err;

    buf_init(&buf, 100000);
    for (unsigned i = 0; i < 100000; i++) {
        buf_char(&buf, (char)('a' + i % 26));
        cr_assert_eq(buf.data[buf.len], '\0', "at %u", i);
    }
    cr_assert_eq(check(&buf, &err), 0);
    for (unsigned i = 0; i < 100000; i++) {
        cr_assert_eq(buf.data[i], (char)('a' + i % 26), "at %u", i);
    }
}

Test(buf, inserts)
{
    AUTO(buf) struct buf buf = {0};

    buf_init(&buf, 100);
    buf_insert(&buf, 0, "bd", 2);
    buf_insert(&buf, 0, "a", 1);
    buf_insert(&buf, 2, "c", 1);
    buf_insert(&buf, 4, "e", 1);
    buf_insert(&buf, 2, "", 0);
    cr_assert_str_eq(buf_cstr(&buf), "abcde");
}

Test(buf, prints_longer_than_its_first_room)
{
    AUTO(buf) struct buf buf = {0};

    buf_init(&buf, 1000);
    buf_text(&buf, "x");
    buf_printf(&buf, "%0700d", 1);
    cr_assert_eq(buf.len, 701);
    cr_assert_eq(buf.data[700], '1');
}

Test(buf, reserves_room)
{
    AUTO(buf) struct buf buf = {0};

    buf_init(&buf, 1000);
    buf_reserve(&buf, 900);
    cr_assert_geq(buf.cap, 901);
    cr_assert_eq(buf.len, 0);
    cr_assert_str_eq(buf_cstr(&buf), "");
    const char *data = buf.data;
    for (unsigned i = 0; i < 900; i++) {
        buf_char(&buf, 'x');
    }
    cr_assert_eq(buf.data, data, "it moved");
}

/* ---- Failing ---- */

Test(buf, gives_room_to_write_into)
{
    AUTO(buf) struct buf buf = {0};

    buf_init(&buf, 6);
    buf_text(&buf, "ab");
    char *room = buf_extend(&buf, 4);
    cr_assert_not_null(room);
    memcpy(room, "cdef", 4);
    cr_assert_str_eq(buf_cstr(&buf), "abcdef");
    cr_assert_eq(buf.len, 6);
    cr_assert_null(buf_extend(&buf, 1));
    cr_assert_eq(buf.failed, ERR_TOO_LARGE);
}

Test(buf, takes_exactly_its_maximum)
{
    AUTO(buf) struct buf buf = {0};
    struct error err;

    buf_init(&buf, 3);
    buf_text(&buf, "abc");
    cr_assert_eq(check(&buf, &err), 0);
    cr_assert_str_eq(buf_cstr(&buf), "abc");
    buf_text(&buf, "");
    cr_assert_eq(check(&buf, &err), 0, "nothing more is not too much");
    buf_char(&buf, 'd');
    cr_assert_eq(check(&buf, &err), -1);
    cr_assert_eq(err.code, ERR_TOO_LARGE);
    cr_assert_str_eq(err.text, "more than 3 bytes of text");
}

/* Each way of appending, one byte too many. */
Test(buf, fails_in_each_way_of_appending)
{
    for (unsigned way = 0; way < 6; way++) {
        AUTO(buf) struct buf buf = {0};
        struct error err;
        buf_init(&buf, 2);
        buf_text(&buf, "a");
        switch (way) {
        case 0:
            buf_text(&buf, "bc");
            break;
        case 1:
            buf_append(&buf, "bc", 2);
            break;
        case 2:
            buf_printf(&buf, "%d", 12);
            break;
        case 3:
            buf_insert(&buf, 0, "bc", 2);
            break;
        case 4:
            buf_reserve(&buf, 2);
            break;
        default:
            buf_append(&buf, "b", SIZE_MAX);
            break;
        }
        cr_assert_eq(check(&buf, &err), -1, "way %u", way);
        cr_assert_eq(err.code, ERR_TOO_LARGE, "way %u", way);
    }
}

Test(buf, stays_failed_and_empty)
{
    AUTO(buf) struct buf buf = {0};
    struct error err;

    buf_init(&buf, 3);
    buf_text(&buf, "abcd");
    buf_text(&buf, "a");
    buf_printf(&buf, "%s", "b");
    buf_insert(&buf, 0, "c", 1);
    cr_assert_eq(check(&buf, &err), -1);
    cr_assert_eq(buf.len, 0);
    cr_assert_str_eq(buf_cstr(&buf), "");
    cr_assert_eq(buf_take(&buf), NULL, "half a text is given away");
}

Test(buf, is_usable_again_when_cleared)
{
    AUTO(buf) struct buf buf = {0};
    struct error err;

    buf_init(&buf, 3);
    buf_text(&buf, "abcd");
    buf_clear(&buf);
    cr_assert_eq(check(&buf, &err), 0);
    buf_text(&buf, "abc");
    cr_assert_str_eq(buf_cstr(&buf), "abc");
    buf_clear(&buf);
    cr_assert_str_eq(buf_cstr(&buf), "");
    cr_assert_eq(buf.max, 3);
}

Test(buf, without_room_takes_nothing)
{
    AUTO(buf) struct buf buf = {0};
    struct error err;

    buf_init(&buf, 0);
    buf_text(&buf, "");
    cr_assert_eq(check(&buf, &err), 0);
    buf_char(&buf, 'a');
    cr_assert_eq(check(&buf, &err), -1);
}

/* ---- Giving away ---- */

Test(buf, gives_its_text_away)
{
    AUTO(buf) struct buf buf = {0};

    buf_init(&buf, 10);
    buf_text(&buf, "abc");
    AUTO(chars) char *text = buf_take(&buf);
    cr_assert_str_eq(text, "abc");
    cr_assert_eq(buf.len, 0);
    cr_assert_str_eq(buf_cstr(&buf), "");
    buf_text(&buf, "new");
    cr_assert_str_eq(buf_cstr(&buf), "new");
    cr_assert_str_eq(text, "abc");
}

Test(buf, gives_empty_text_away)
{
    AUTO(buf) struct buf buf = {0};

    buf_init(&buf, 10);
    AUTO(chars) char *text = buf_take(&buf);
    cr_assert_str_eq(text, "");
}

Test(buf, can_be_released_twice)
{
    struct buf buf;

    buf_init(&buf, 10);
    buf_text(&buf, "abc");
    buf_done(&buf);
    buf_done(&buf);
    cr_assert_str_eq(buf_cstr(&buf), "");
}
