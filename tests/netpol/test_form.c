/* SPDX-License-Identifier: Apache-2.0 */
/* A form that is filled in is the policy that companion.h builds, byte for byte. */
#include "lib/netpol/form.h"
#include "tests/netpol/setting.h"

#include <criterion/criterion.h>

static const struct companion_names names = {"na\"me", "media", "0123456789ab"};

static const struct form_names texts = {
    .name = {"na\"me", 5}, .namespace = {"media", 5}, .workload = {"sabnzbd", 7}};

/* The form filled in, with quotes as the setting's helpers write them. */
static char *filled(const struct policy_form *form)
{
    AUTO(buf) struct buf text = {0};

    buf_init(&text, 1 << 16);
    form_fill(form, &texts, &text);
    for (size_t i = 0; i < text.len; i++) {
        text.data[i] = (char)(text.data[i] == '"' ? '\'' : text.data[i]);
    }
    return buf_take(&text);
}

Test(form, fills_in_the_floor)
{
    AUTO(arena) struct arena arena = {0};
    AUTO(chars) char *want = text_of(companion_floor(&names));
    struct policy_form form = {0};
    struct error err = {0};

    arena_init(&arena, 1 << 16);
    cr_assert_eq(form_of_floor("0123456789ab", &arena, &form, &err), 0, "%s", err.text);
    AUTO(chars) char *got = filled(&form);
    cr_assert_str_eq(got, want);
}

/* Marks of the form in what the configuration brings are no holes. */
Test(form, fills_in_the_companion)
{
    AUTO(setting) struct setting setting = {0};
    AUTO(arena) struct arena arena = {0};
    struct error err = {0};

    setting_make(&setting, NULL);
    setting.target.dns_namespace = "\x01\x02\x03";
    arena_init(&arena, 1 << 16);
    for (int each = 0; each < 2; each++) {
        AUTO(chars)
        char *want = text_of(companion_policy(&names, each ? "sabnzbd" : NULL, &setting.target));
        struct policy_form form = {0};
        cr_assert_eq(form_of_companion("0123456789ab", each, &setting.target, &arena, &form, &err),
                     0, "%s", err.text);
        AUTO(chars) char *got = filled(&form);
        cr_assert_str_eq(got, want);
    }
}

Test(form, says_that_there_is_no_room)
{
    AUTO(arena) struct arena arena = {0};
    struct policy_form form = {0};
    struct error err = {0};

    arena_init(&arena, 16);
    cr_assert_eq(form_of_floor("0123456789ab", &arena, &form, &err), -1);
    cr_assert_eq(err.code, ERR_NO_MEMORY);
}
