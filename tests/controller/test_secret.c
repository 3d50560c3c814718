/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/leaf.h"
#include "lib/base/base64.h"
#include "server/controller/secret.h"

#include <criterion/criterion.h>

#define NOW ((time_t)1764000000)

/* A set in the middle of its life: after a rotation, and before the next. */
static struct ca_set made_set(bool with_last, bool with_next)
{
    struct ca_set set = {0};
    struct error err = {0};

    cr_assert_eq(ca_set_make(&set, &ca_set_rules, NOW, &err), 0, "%s", err.text);
    if (with_last) {
        cr_assert_eq(ca_make(NOW, &set.last, &err), 0, "%s", err.text);
        set.last_until = NOW + LEAF_LIFE;
    }
    if (with_next) {
        cr_assert_eq(ca_make(NOW, &set.next, &err), 0, "%s", err.text);
    }
    return set;
}

static void assert_same(const struct ca *a, const struct ca *b)
{
    cr_assert_eq(a == NULL, b == NULL);
    if (a != NULL) {
        cr_expect(slice_equal(buf_view(&a->pem), buf_view(&b->pem)));
        cr_expect_eq(a->validity.not_after, b->validity.not_after);
    }
}

Test(secret, is_read_as_it_was_written)
{
    for (int i = 0; i < 4; i++) {
        AUTO(ca_set) struct ca_set set = made_set((i & 1) != 0, (i & 2) != 0);
        AUTO(ca_set) struct ca_set back = {0};
        AUTO(secret_text) struct buf text = {0};
        AUTO(json) struct json doc = {0};
        struct error err = {0};

        cr_assert_eq(ca_secret_print(&set, "podveil", &text, &err), 0, "%s", err.text);
        cr_assert_eq(json_parse(&doc, buf_view(&text), &err), 0, "%s", err.text);
        struct value object = value_root(&doc);
        cr_expect(value_is(value_member(object, "type"), "Opaque"));
        cr_expect(value_is(value_get(object, "metadata", "namespace", NULL), "podveil"));
        cr_expect_eq(value_count(value_member(object, "data")), (size_t)(2 + (i & 1) + (i & 2)));
        cr_assert_eq(ca_secret_read(object, &back, &err), 0, "%d: %s", i, err.text);
        assert_same(set.signer, back.signer);
        assert_same(set.next, back.next);
        assert_same(set.last, back.last);
        cr_expect_eq(back.last_until, set.last_until);
        cr_expect_not_null(back.signer->key);
        cr_expect(back.last == NULL || back.last->key == NULL, "it signs nothing any more");
    }
}

Test(secret, is_patched_on_condition_of_its_version_and_loses_what_is_over)
{
    AUTO(ca_set) struct ca_set set = made_set(false, false);
    AUTO(secret_text) struct buf text = {0};
    AUTO(json) struct json doc = {0};
    struct error err = {0};

    cr_assert_eq(ca_secret_patch(&set, "4711", &text, &err), 0, "%s", err.text);
    cr_assert_eq(json_parse(&doc, buf_view(&text), &err), 0, "%s", err.text);
    struct value object = value_root(&doc);
    cr_expect(value_is(value_get(object, "metadata", "resourceVersion", NULL), "4711"));
    static const char *const gone[] = {"next.crt", "next.key", "last.crt"};
    for (size_t i = 0; i < COUNT_OF(gone); i++) {
        cr_expect_eq(value_kind(value_get(object, "data", gone[i], NULL)), JSON_NULL, "%s",
                     gone[i]);
    }
    cr_expect_eq(
        value_kind(value_get(object, "metadata", "annotations", "podveil.io/last-until", NULL)),
        JSON_NULL);
}

Test(secret, keeps_the_last_one_to_its_end_where_nobody_says_until_when)
{
    AUTO(ca_set) struct ca_set set = made_set(true, false);
    AUTO(ca_set) struct ca_set back = {0};
    AUTO(secret_text) struct buf text = {0};
    AUTO(json) struct json doc = {0};
    struct error err = {0};

    cr_assert_eq(ca_secret_print(&set, "podveil", &text, &err), 0, "%s", err.text);
    char *until = strstr(text.data, "last-until\":\"");
    cr_assert_not_null(until);
    until[sizeof "last-until\":\""] = 'x';
    cr_assert_eq(json_parse(&doc, buf_view(&text), &err), 0, "%s", err.text);
    cr_assert_eq(ca_secret_read(value_root(&doc), &back, &err), 0, "%s", err.text);
    cr_expect_eq(back.last_until, set.last->validity.not_after);
}

/* ---- What is none ---- */

struct wrong {
    const char *name;
    const char *json; /* %s: a good certificate, in base64 */
    const char *want;
};

static const struct wrong wrongs[] = {
    {"no data", "{}", "ca.crt is not there; delete the Secret"},
    {"an empty one", "{\"data\":{\"ca.crt\":\"\"}}", "ca.crt is not there; "},
    {"a number", "{\"data\":{\"ca.crt\":7}}", "ca.crt is no text; delete"},
    {"no base64", "{\"data\":{\"ca.crt\":\"c2VjcmV0!\"}}", "ca.crt: "},
    {"no PEM", "{\"data\":{\"ca.crt\":\"c2VjcmV0\",\"ca.key\":\"c2VjcmV0\"}}",
     "ca.crt: no \"-----BEGIN CERTIFICATE-----\" in it; delete the Secret"},
    {"no key", "{\"data\":{\"ca.crt\":\"%s\"}}", "ca.key is not there; delete"},
    {"a key that is none", "{\"data\":{\"ca.crt\":\"%s\",\"ca.key\":\"c2VjcmV0\"}}",
     "ca.crt: key: no private key in it can be read"},
    {"a successor without its key", "{\"data\":{\"next.crt\":\"%s\"}}", "next.key is not there"},
};

static void fill(const char *form, const struct ca *ca, struct buf *out)
{
    const char *hole = strstr(form, "%s");

    buf_init(out, SECRET_TEXT_MAX);
    if (hole == NULL) {
        buf_text(out, form);
        return;
    }
    buf_append(out, form, (size_t)(hole - form));
    base64_encode(out, ca->pem.data, ca->pem.len);
    buf_text(out, hole + 2);
}

Test(secret, that_holds_no_ca_is_refused_with_the_way_out)
{
    AUTO(ca_set) struct ca_set set = made_set(false, false);

    for (size_t i = 0; i < COUNT_OF(wrongs); i++) {
        AUTO(buf) struct buf text = {0};
        AUTO(json) struct json doc = {0};
        AUTO(ca_set) struct ca_set back = {0};
        struct error err = {0};

        fill(wrongs[i].json, set.signer, &text);
        cr_assert_eq(json_parse(&doc, buf_view(&text), &err), 0, "%s", err.text);
        cr_expect_eq(ca_secret_read(value_root(&doc), &back, &err), -1, "%s", wrongs[i].name);
        cr_expect_eq(strncmp(err.text, wrongs[i].want, strlen(wrongs[i].want)), 0, "%s: %s",
                     wrongs[i].name, err.text);
        cr_expect_null(strstr(err.text, "c2VjcmV0"), "%s: %s", wrongs[i].name, err.text);
        cr_expect_null(back.signer);
    }
}
