/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/client/token.h"
#include "tests/client/support.h"

static void assert_shows(struct token *token, int64_t now_ms, bool again, const char *want)
{
    const char *shown = NULL;
    struct error err = {0};

    cr_assert_eq(token_show(token, now_ms, again, &shown, &err), 0, "%s", err.text);
    cr_assert_str_eq(shown, want);
}

/* Times are the same, so that only the content differs: what rereading by time alone misses. */
static void put_unseen(const char *path, const char *text)
{
    FILE *file = fopen(path, "r+");

    cr_assert_not_null(file);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
    const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    cr_assert_eq(utimensat(0, path, times, 0), 0);
}

Test(token, of_a_file_is_read_again_when_it_changed_or_is_old_or_was_refused)
{
    AUTO(support_dir) struct support_dir dir = {0};
    AUTO(token) struct token token = {0};
    struct error err = {0};

    support_dir_init(&dir);
    const char *path = support_put(&dir, "token", "first\n");
    put_unseen(path, "first\n");
    cr_assert_eq(token_init_file(&token, path, &err), 0);
    assert_shows(&token, 1000, false, "first");

    put_unseen(path, "secnd\n");
    assert_shows(&token, 2000, false, "first");
    assert_shows(&token, 3000, true, "secnd");
    put_unseen(path, "third\n");
    assert_shows(&token, 3000 + TOKEN_FRESH_MS - 1, false, "secnd");
    assert_shows(&token, 3000 + TOKEN_FRESH_MS, false, "third");
    cr_assert_eq(file_write(path, SLICE("fourth"), 0600, &err), 0);
    assert_shows(&token, 3001 + TOKEN_FRESH_MS, false, "fourth");
}

Test(token, of_a_file_that_went_bad_stays_in_use)
{
    AUTO(support_dir) struct support_dir dir = {0};
    AUTO(token) struct token token = {0};
    struct error err = {0};

    support_dir_init(&dir);
    const char *path = support_put(&dir, "token", "first");
    cr_assert_eq(token_init_file(&token, path, &err), 0);
    assert_shows(&token, 1, false, "first");

    cr_assert_eq(file_write(path, SLICE(""), 0600, &err), 0);
    assert_shows(&token, 2, true, "first");
    cr_assert_eq(file_write(path, SLICE("a b"), 0600, &err), 0);
    assert_shows(&token, 3, true, "first");
    cr_assert_eq(unlink(path), 0);
    assert_shows(&token, 4, true, "first");
    cr_assert_eq(file_write(path, SLICE("second"), 0600, &err), 0);
    assert_shows(&token, 5, false, "second");
}

static const char *const bad[] = {"", "\n", "a b", "a\nb", "a\rHost: x", "\x7f", "\xc3\xa4"};

EACH_ROW(token, that_could_end_a_header_is_none, bad)
{
    AUTO(token) struct token token = {0};
    struct error err = {0};

    cr_assert_eq(token_init_fixed(&token, slice_of(bad[*index]), &err), -1, "%zu", *index);
    cr_assert_eq(err.code, ERR_CONFIG);
}

Test(token, is_no_longer_than_a_header_may_be)
{
    static char text[TOKEN_MAX + 1];
    AUTO(token) struct token token = {0};
    struct error err = {0};

    memset(text, 'x', sizeof text);
    cr_assert_eq(token_init_fixed(&token, (struct slice){text, TOKEN_MAX + 1}, &err), -1);
    cr_assert_eq(token_init_fixed(&token, (struct slice){text, TOKEN_MAX}, &err), 0);
}

Test(token, that_is_none_is_not_shown)
{
    struct token token = {0};
    const char *shown = "x";
    struct error err = {0};

    cr_assert_eq(token_show(&token, 1, false, &shown, &err), 0);
    cr_assert_null(shown);
}
