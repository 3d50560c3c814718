/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/leaf.h"
#include "certs/shared.h"
#include "certs/trust.h"
#include "tests/certs/made.h"

static const char *const served[] = {"podveil.podveil.svc"};
static const struct cert_life day = {.lasts = LEAF_LIFE, .backdate = LEAF_BACKDATE};

static struct cert_source *opened(void)
{
    struct cert_source *source = NULL;
    struct error err = {0};

    cr_assert_eq(cert_source_shared(served, COUNT_OF(served), day, &source, &err), 0, "%s",
                 err.text);
    return source;
}

static struct ca *made_ca(time_t now)
{
    struct ca *ca = NULL;
    struct error err = {0};

    cr_assert_eq(ca_make(now, &ca, &err), 0, "%s", err.text);
    return ca;
}

static void give(struct cert_source *source, const struct ca *ca)
{
    struct error err = {0};

    cr_assert_eq(cert_shared_give(source, ca, buf_view(&ca->pem), &err), 0, "%s", err.text);
}

static struct cert_pair *polled(struct cert_source *source, time_t now)
{
    struct cert_pair *pair = NULL;
    struct error err = {0};

    cr_assert_eq(cert_source_poll(source, now, &pair, &err), 0, "%s", err.text);
    return pair;
}

static bool believes(const struct ca *ca, const struct cert_pair *pair, time_t now)
{
    struct error err = {0};

    return trust_check(buf_view(&ca->pem), pair, served[0], now, &err) == 0;
}

Test(shared, has_nothing_before_it_was_given_a_signer)
{
    AUTO(cert_source) struct cert_source *source = opened();

    cr_expect_null(polled(source, NOW));
    cr_expect_eq(cert_source_bundle(source).pem.len, 0);
    cr_expect_eq(cert_source_bundle(source).generation, 0);
}

Test(shared, gives_a_leaf_of_each_new_signer_and_one_alone)
{
    AUTO(cert_source) struct cert_source *source = opened();
    AUTO(ca) struct ca *first = made_ca(NOW);
    AUTO(ca) struct ca *second = made_ca(NOW);

    give(source, first);
    AUTO(cert_pair) struct cert_pair *one = polled(source, NOW);
    cr_assert_not_null(one);
    cr_expect(believes(first, one, NOW));
    give(source, first);
    cr_expect_null(polled(source, NOW + 1), "the same signer");
    cr_expect_eq(cert_source_bundle(source).generation, 1);
    give(source, second);
    AUTO(cert_pair) struct cert_pair *two = polled(source, NOW + 2);
    cr_assert_not_null(two);
    cr_expect(believes(second, two, NOW + 2));
    cr_expect_not(believes(first, two, NOW + 2));
    cr_expect_eq(cert_source_bundle(source).generation, 2);
    cr_expect(slice_equal(cert_source_bundle(source).pem, buf_view(&second->pem)));
}

Test(shared, dates_leaves_by_the_clock_of_those_who_believe_them)
{
    enum { YEAR = 365 * 24 * 3600 };
    AUTO(cert_source) struct cert_source *source = opened();
    AUTO(ca) struct ca *ca = made_ca(NOW);

    give(source, ca);
    cert_shared_clock(source, -2 * YEAR);
    AUTO(cert_pair) struct cert_pair *one = polled(source, NOW + 2 * YEAR);
    cr_assert_not_null(one);
    cr_expect(believes(ca, one, NOW));
    cert_shared_clock(source, 0);
    cr_expect_null(polled(source, NOW + 1), "it is good still, once the clock is put right");
}

Test(shared, renews_at_two_thirds_and_where_the_clock_went_back)
{
    AUTO(cert_source) struct cert_source *source = opened();
    AUTO(ca) struct ca *ca = made_ca(NOW);

    give(source, ca);
    AUTO(cert_pair) struct cert_pair *one = polled(source, NOW);
    cr_assert_not_null(one);
    time_t due = one->validity.not_after - (LEAF_LIFE + LEAF_BACKDATE) / 3;
    cr_expect_null(polled(source, due - 1));
    AUTO(cert_pair) struct cert_pair *two = polled(source, due);
    cr_expect_not_null(two);
    AUTO(cert_pair) struct cert_pair *back = polled(source, NOW - 1);
    cr_expect_not_null(back);
}

Test(shared, lets_no_leaf_outlive_its_signer)
{
    AUTO(cert_source) struct cert_source *source = opened();
    AUTO(ca) struct ca *ca = made_ca(NOW);
    time_t late = ca->validity.not_after - HOUR;

    give(source, ca);
    AUTO(cert_pair) struct cert_pair *pair = polled(source, late);
    cr_assert_not_null(pair);
    cr_expect_eq(pair->validity.not_after, ca->validity.not_after);
}

Test(shared, says_that_a_signer_is_not_valid_yet_and_tries_again)
{
    AUTO(cert_source) struct cert_source *source = opened();
    AUTO(ca) struct ca *ca = made_ca(NOW);
    struct cert_pair *pair = NULL;
    struct error err = {0};

    give(source, ca);
    cr_expect_eq(cert_source_poll(source, NOW - 2 * HOUR, &pair, &err), -1);
    cr_expect_not_null(strstr(err.text, "its CA is not valid"), "%s", err.text);
    cr_expect_null(pair);
    cr_expect_null(polled(source, NOW - 2 * HOUR + 1), "not each second");
    AUTO(cert_pair) struct cert_pair *good = polled(source, NOW);
    cr_expect_not_null(good);
}
