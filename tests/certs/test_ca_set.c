/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/ca_set.h"
#include "certs/key.h"
#include "certs/leaf.h"
#include "certs/trust.h"
#include "tests/certs/made.h"

#define CA_RENEWAL ((365 * DAY + HOUR) / 3 * 2 - HOUR)

static struct ca_set made_set(time_t now)
{
    struct ca_set set = {0};
    struct error err = {0};

    cr_assert_eq(ca_set_make(&set, &ca_set_rules, now, &err), 0, "%s", err.text);
    return set;
}

static bool arranged(struct ca_set *set, time_t now, int64_t known_s)
{
    bool changed = false;
    struct error err = {0};

    cr_assert_eq(ca_set_arrange(set, &ca_set_rules, now, known_s, &changed, &err), 0, "%s",
                 err.text);
    return changed;
}

static int bundled(const struct ca_set *set)
{
    AUTO(buf) struct buf text = {0};
    AUTO(x509_stack) STACK_OF(X509) *certs = NULL;
    struct error err = {0};

    buf_init(&text, CA_SET_BUNDLE_MAX);
    cr_assert_eq(ca_set_bundle(set, &text, &err), 0, "%s", err.text);
    cr_assert_eq(pem_read_certificates(buf_view(&text), &certs, &err), 0, "%s", err.text);
    return sk_X509_num(certs);
}

Test(ca_set, is_left_alone_for_two_thirds_of_its_life)
{
    AUTO(ca_set) struct ca_set set = made_set(NOW);

    cr_expect_not(arranged(&set, NOW, -1));
    cr_expect_not(arranged(&set, NOW + CA_RENEWAL - 1, -1));
    cr_expect_eq(bundled(&set), 1);
    cr_expect(arranged(&set, NOW + CA_RENEWAL, -1));
    cr_expect_eq(bundled(&set), 2);
    cr_expect_not_null(set.next);
    cr_expect_not(arranged(&set, NOW + CA_RENEWAL, -1));
}

Test(ca_set, hands_over_once_the_next_one_is_known_long_enough)
{
    AUTO(ca_set) struct ca_set set = made_set(NOW);
    time_t then = NOW + CA_RENEWAL;

    cr_assert(arranged(&set, then, -1));
    const struct ca *old = set.signer;
    const struct ca *next = set.next;
    cr_expect_not(arranged(&set, then + DAY, -1), "nobody has it");
    cr_expect_not(arranged(&set, then + DAY, 59));
    cr_expect_eq(set.signer, old);
    cr_assert(arranged(&set, then + DAY, 60));
    cr_expect_eq(set.signer, next);
    cr_expect_eq(set.last, old);
    cr_expect_null(set.next);
    cr_expect_eq(bundled(&set), 2);
}

Test(ca_set, keeps_the_last_one_until_its_last_leaf_has_ended)
{
    AUTO(ca_set) struct ca_set set = made_set(NOW);
    AUTO(cert_pair) struct cert_pair *leaf = NULL;
    AUTO(buf) struct buf bundle = {0};
    struct names names = {0};
    const char *const texts[] = {"podveil.podveil.svc"};
    struct error err = {0};
    time_t then = NOW + CA_RENEWAL;

    cr_assert_eq(names_parse(texts, 1, &names, &err), 0, "%s", err.text);
    cr_assert(arranged(&set, then, -1));
    cr_assert_eq(leaf_issue(set.signer, &names, then, &leaf, &err), 0, "%s", err.text);
    cr_assert(arranged(&set, then, 60));
    cr_expect_not(arranged(&set, leaf->validity.not_after, -1));
    buf_init(&bundle, CA_SET_BUNDLE_MAX);
    cr_assert_eq(ca_set_bundle(&set, &bundle, &err), 0, "%s", err.text);
    cr_expect_eq(trust_check(buf_view(&bundle), leaf, texts[0], leaf->validity.not_after - 1, &err),
                 0, "%s", err.text);
    cr_expect(arranged(&set, leaf->validity.not_after + 1, -1));
    cr_expect_null(set.last);
    cr_expect_eq(bundled(&set), 1);
}

Test(ca_set, replaces_at_once_what_ended)
{
    AUTO(ca_set) struct ca_set set = made_set(NOW);
    const struct ca *old = set.signer;

    cr_expect(arranged(&set, NOW + 2 * 365 * DAY, -1));
    cr_expect_neq(set.signer, old);
    cr_expect_eq(set.last, old);
    cr_expect(validity_has(set.signer->validity, NOW + 2 * 365 * DAY));
}

Test(ca_set, prefers_the_published_next_one_where_the_signer_ended)
{
    AUTO(ca_set) struct ca_set set = made_set(NOW);

    cr_assert(arranged(&set, NOW + CA_RENEWAL, -1));
    const struct ca *next = set.next;
    cr_expect(arranged(&set, NOW + 365 * DAY, -1));
    cr_expect_eq(set.signer, next);
    cr_expect_null(set.next);
}

Test(ca_set, does_not_believe_one_clock_that_is_before_the_signer)
{
    AUTO(ca_set) struct ca_set set = made_set(NOW);

    cr_expect_not(arranged(&set, NOW - 10 * DAY, -1));
}

Test(ca_set, is_copied_with_all_it_has)
{
    AUTO(ca_set) struct ca_set set = made_set(NOW);
    AUTO(ca_set) struct ca_set copy = {0};
    struct error err = {0};

    cr_assert(arranged(&set, NOW + CA_RENEWAL, -1));
    cr_assert(arranged(&set, NOW + CA_RENEWAL, 60));
    cr_assert_eq(ca_set_copy(&set, &copy, &err), 0, "%s", err.text);
    cr_expect_eq(copy.last_until, set.last_until);
    cr_expect(slice_equal(buf_view(&copy.last->pem), buf_view(&set.last->pem)));
    cr_expect(slice_equal(buf_view(&copy.signer->pem), buf_view(&set.signer->pem)));
    cr_expect_null(copy.next);
}

/* ---- A CA from text ---- */

struct text_case {
    const char *name;
    struct made_as as;
    const char *want; /* NULL: taken */
};

static const struct text_case text_cases[] = {
    {"its own", {.basic = "critical,CA:TRUE", .usage = "keyCertSign"}, NULL},
    {"RSA",
     {.key = "RSA", .bits = 2048, .basic = "critical,CA:TRUE", .usage = "keyCertSign"},
     NULL},
    {"a leaf",
     {.basic = "critical,CA:FALSE"},
     "the certificate is not a CA's (CA:TRUE, keyCertSign)"},
    {"a CA that signs no certificates",
     {.basic = "critical,CA:TRUE", .usage = "cRLSign"},
     "the certificate is not a CA's (CA:TRUE, keyCertSign)"},
    {"Ed25519",
     {.key = "ED25519", .basic = "critical,CA:TRUE", .usage = "keyCertSign"},
     "key: Ed25519: take ECDSA P-256 for a CA"},
};

Test(ca_set, takes_no_text_that_could_not_sign)
{
    for (size_t i = 0; i < COUNT_OF(text_cases); i++) {
        const struct text_case *c = &text_cases[i];
        struct made_as as = c->as;
        AUTO(made) struct made made = made_new(as);
        AUTO(ca) struct ca *ca = NULL;
        struct error err = {0};

        made_extend(made.cert, made.cert, NID_subject_key_identifier, "hash");
        bool is_eddsa = EVP_PKEY_get_base_id(made.key) == EVP_PKEY_ED25519;
        cr_assert_gt(X509_sign(made.cert, made.key, is_eddsa ? NULL : EVP_sha256()), 0);
        AUTO(chars) char *cert = made_chain(&made);
        AUTO(chars) char *key = made_key_text(&made);
        int got = ca_parse(slice_of(cert), slice_of(key), &ca, &err);
        cr_expect_eq(got, c->want == NULL ? 0 : -1, "%s: %s", c->name, err.text);
        cr_expect(c->want == NULL || strcmp(err.text, c->want) == 0, "%s: %s", c->name, err.text);
    }
}

Test(ca_set, takes_no_key_of_another_certificate)
{
    AUTO(ca_set) struct ca_set one = made_set(NOW);
    AUTO(ca_set) struct ca_set other = made_set(NOW);
    AUTO(buf) struct buf key = {0};
    AUTO(ca) struct ca *ca = NULL;
    struct error err = {0};

    buf_init(&key, PEM_MAX_TEXT);
    cr_assert_eq(pem_write_key(&key, other.signer->key, &err), 0, "%s", err.text);
    cr_expect_eq(ca_parse(buf_view(&one.signer->pem), buf_view(&key), &ca, &err), -1);
    cr_expect_str_eq(err.text, "the key is not the certificate's");
    cr_expect_eq(ca_parse(buf_view(&one.signer->pem), (struct slice){0}, &ca, &err), 0, "%s",
                 err.text);
    cr_expect_null(ca->key);
    cr_expect_eq(ca->validity.not_after, one.signer->validity.not_after);
}
