/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Secret of the CAs at each request that can go wrong: somebody else is faster, the
 * answer is lost, what stands there is none.
 */
#include "server/controller/secret.h"
#include "server/controller/vault.h"
#include "tests/controller/moments.h"
#include "tests/controller/stand_in.h"

#include <criterion/criterion.h>

#include <stdio.h>

#define NOW ((time_t)MOMENTS_WALL)

enum { OLD = CA_LIFE * 2 / 3 + 1 };

static struct hub hub;
static struct vault vault;

static void start(void)
{
    hub_init(&hub);
    hub.api = stand_in_start();
    vault_init(&vault, &hub, "podveil", &ca_set_rules);
}

static void stop(void)
{
    vault_done(&vault);
    api_stop(hub.api);
    hub_done(&hub);
}

TestSuite(vault, .init = start, .fini = stop);

static void read_well(struct vault *of)
{
    struct error err = {0};

    cr_assert_eq(vault_read(of, NOW, &err), 0, "%s", err.text);
    cr_assert_not_null(of->set.signer);
}

static bool is_ca(const struct ca *a, const struct ca *b)
{
    return a != NULL && b != NULL && slice_equal(buf_view(&a->pem), buf_view(&b->pem));
}

/* What stands in the Secret, read by somebody who knew nothing. */
static void assert_stands(const struct vault *want)
{
    struct vault fresh;

    vault_init(&fresh, &hub, "podveil", &ca_set_rules);
    read_well(&fresh);
    cr_assert(is_ca(fresh.set.signer, want->set.signer));
    cr_assert_eq(fresh.set.next == NULL, want->set.next == NULL);
    cr_assert(fresh.set.next == NULL || is_ca(fresh.set.next, want->set.next));
    cr_assert_str_eq(fresh.version, want->version);
    vault_done(&fresh);
}

/* ---- One request goes wrong ---- */

/* ---- It is made ---- */

Test(vault, makes_one_where_there_is_none_and_believes_what_stands)
{
    read_well(&vault);
    cr_assert_str_eq(vault.news, "a CA was made");
    cr_assert(slice_equal(buf_view(&vault.bundle), buf_view(&vault.set.signer->pem)));
    cr_assert_not(vault.is_old);
    assert_stands(&vault);
    cr_assert_eq(stand_in_asked(API_CREATE, "secrets"), 1);
}

Test(vault, takes_the_others_ca_where_both_make_one_at_once)
{
    struct vault other;
    struct stand_in_fault late = {
        .verb = API_GET, .times = 1, .way = STAND_IN_REPLIES, .reply = stand_in_status(404)};

    vault_init(&other, &hub, "podveil", &ca_set_rules);
    read_well(&other);
    stand_in_act_by(stand_in_go_wrong, &late); /* it looked before the other wrote */
    read_well(&vault);
    cr_assert_eq(stand_in_asked(API_CREATE, "secrets"), 2, "and was refused");
    cr_assert(is_ca(vault.set.signer, other.set.signer));
    cr_assert_null(vault.news);
    assert_stands(&other);
    vault_done(&other);
}

Test(vault, gives_up_where_somebody_is_always_faster)
{
    struct stand_in_fault late = {
        .verb = API_GET, .times = 100, .way = STAND_IN_REPLIES, .reply = stand_in_status(404)};
    struct vault other;
    struct error err = {0};

    vault_init(&other, &hub, "podveil", &ca_set_rules);
    read_well(&other);
    stand_in_act_by(stand_in_go_wrong, &late);
    cr_assert_eq(vault_read(&vault, NOW, &err), -1);
    cr_assert_not_null(strstr(err.text, "409"), "%s", err.text);
    cr_assert_null(vault.set.signer);
    cr_assert_leq(stand_in_asked(API_CREATE, "secrets"), 9);
    vault_done(&other);
}

Test(vault, finds_its_own_where_the_answer_to_its_making_was_lost)
{
    struct stand_in_fault lost = {.verb = API_CREATE, .times = 1, .way = STAND_IN_LOSES};
    struct error err = {0};

    stand_in_act_by(stand_in_go_wrong, &lost);
    cr_assert_eq(vault_read(&vault, NOW, &err), -1);
    cr_assert_null(vault.set.signer, "it may not stand");
    cr_assert(vault.is_old);
    read_well(&vault);
    assert_stands(&vault);
    cr_assert_eq(stand_in_asked(API_CREATE, "secrets"), 1);
}

Test(vault, that_has_nothing_leaves_it_to_the_others_for_a_while)
{
    struct error err = {0};

    vault.has_others = true;
    for (int64_t ms = 0; ms < VAULT_PATIENCE_MS; ms += 1000) {
        cr_assert_eq(vault_read(&vault, NOW, &err), 0);
        cr_assert_null(vault.set.signer);
        moments_pass(1000);
    }
    cr_assert_eq(stand_in_asked(API_CREATE, "secrets"), 0);
    read_well(&vault);
    cr_assert_eq(stand_in_asked(API_CREATE, "secrets"), 1);
}

/* ---- It is gone, or another ---- */

Test(vault, puts_back_the_same_ca_at_once_where_the_secret_is_gone)
{
    AUTO(buf) struct buf bundle = {0};

    read_well(&vault);
    buf_init(&bundle, CA_SET_BUNDLE_MAX);
    buf_slice(&bundle, buf_view(&vault.bundle));
    vault.has_others = true;
    stand_in_drop("secrets", "podveil", SECRET_NAME);
    read_well(&vault);
    cr_assert_str_eq(vault.news, "the CA's Secret was gone and is back");
    cr_assert(slice_equal(buf_view(&vault.bundle), buf_view(&bundle)));
    cr_assert_not_null(vault.set.signer->key);
    assert_stands(&vault);
}

Test(vault, puts_back_all_that_it_knew_in_the_middle_of_a_rotation)
{
    struct error err = {0};

    read_well(&vault);
    cr_assert_eq(vault_arrange(&vault, NOW + OLD, -1, &err), 0, "%s", err.text);
    cr_assert_not_null(vault.set.next);
    stand_in_drop("secrets", "podveil", SECRET_NAME);
    read_well(&vault);
    cr_assert_not_null(vault.set.next);
    assert_stands(&vault);
}

/* Two replicas whose Secret is gone while they know different CAs. */
Test(vault, keeps_the_others_beside_its_own_where_the_other_was_faster_to_put_it_back)
{
    struct vault other;
    struct error err = {0};

    read_well(&vault);
    vault_init(&other, &hub, "podveil", &ca_set_rules);
    stand_in_drop("secrets", "podveil", SECRET_NAME);
    read_well(&other); /* it knew nothing, and made one */
    read_well(&vault);
    cr_assert(is_ca(vault.set.signer, other.set.signer));
    cr_assert_not_null(vault.lost);
    cr_assert_eq(vault_arrange(&vault, NOW, -1, &err), 0, "%s", err.text);
    cr_assert_str_eq(vault.news, "another CA was put into the Secret, ours stays for a while");
    cr_assert_not_null(vault.set.last);
    cr_assert_eq(vault.set.last_until, NOW + ca_set_rules.leaf.lasts);
    cr_assert_eq(vault.bundle.len, vault.set.last->pem.len + vault.set.signer->pem.len);
    vault_done(&other);
}

Test(vault, forgets_no_ca_whose_leaves_are_served_where_the_write_failed)
{
    static const enum stand_in_way ways[] = {STAND_IN_FAILS, STAND_IN_LOSES, STAND_IN_REPLIES};

    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        struct stand_in_fault fault = {
            .verb = API_MERGE, .times = 1, .way = ways[i], .reply = stand_in_status(409)};
        struct vault other;
        struct error err = {0};

        read_well(&vault);
        AUTO(ca) struct ca *served = NULL;
        cr_assert_eq(ca_copy(vault.set.signer, &served, &err), 0);
        vault_init(&other, &hub, "podveil", &ca_set_rules);
        stand_in_drop("secrets", "podveil", SECRET_NAME);
        read_well(&other);
        read_well(&vault);
        stand_in_act_by(stand_in_go_wrong, &fault);
        (void)!vault_arrange(&vault, NOW, -1, &err);
        read_well(&vault);
        cr_assert_eq(vault_arrange(&vault, NOW, -1, &err), 0, "%s", err.text);
        cr_assert(is_ca(vault.set.last, served), "way %zu", i);
        cr_assert_eq(vault_arrange(&vault, NOW, -1, &err), 0, "%s", err.text);
        cr_assert_null(vault.lost, "it stands there");
        vault_done(&other);
    }
}

/* Whoever holds the Secret sees another CA in it, as an administrator puts one there. */
Test(vault, that_was_given_another_ca_says_so_once)
{
    struct vault other;
    struct error err = {0};

    read_well(&vault);
    vault_init(&other, &hub, "podveil", &ca_set_rules);
    stand_in_drop("secrets", "podveil", SECRET_NAME);
    read_well(&other);
    read_well(&vault);
    cr_assert_eq(vault_arrange(&vault, NOW, -1, &err), 0, "%s", err.text);
    size_t written = stand_in_asked(API_MERGE, "secrets");
    read_well(&vault);
    cr_assert_eq(vault_arrange(&vault, NOW, -1, &err), 0, "%s", err.text);
    cr_assert_eq(stand_in_asked(API_MERGE, "secrets"), written);
    vault_done(&other);
}

/* ---- What stands there is none ---- */

struct none {
    const char *name;
    const char *data;
    const char *want;
};

static const struct none nones[] = {
    {"no data", "{}", "ca.crt is not there"},
    {"data that is none", "[1,2]", "ca.crt is not there"},
    {"null", "null", "ca.crt is not there"},
    {"a user's own", "{\"tls.crt\":\"YWJj\"}", "ca.crt is not there"},
    {"no PEM", "{\"ca.crt\":\"YWJj\",\"ca.key\":\"YWJj\"}", "ca.crt: no \"-----BEGIN"},
    {"an object", "{\"ca.crt\":{\"a\":1}}", "ca.crt is no text"},
    {"a number", "{\"ca.crt\":17}", "ca.crt is no text"},
};

static void put_secret(const char *data)
{
    AUTO(buf) struct buf text = {0};

    buf_init(&text, 4 * 1024 * 1024);
    buf_printf(&text,
               "{\"metadata\":{\"name\":\"" SECRET_NAME "\",\"namespace\":\"podveil\"},"
               "\"data\":%s}",
               data);
    stand_in_put("secrets", buf_cstr(&text));
}

static void assert_untouched(const char *name, const struct buf *before)
{
    AUTO(buf) struct buf now = {0};

    cr_assert(stand_in_get("secrets", "podveil", SECRET_NAME, &now));
    cr_assert(slice_equal(buf_view(&now), buf_view(before)), "%s: it was written over", name);
}

Test(vault, never_writes_over_a_secret_that_holds_no_ca)
{
    for (size_t i = 0; i < COUNT_OF(nones); i++) {
        AUTO(buf) struct buf before = {0};
        struct error err = {0};

        put_secret(nones[i].data);
        cr_assert(stand_in_get("secrets", "podveil", SECRET_NAME, &before));
        cr_assert_eq(vault_read(&vault, NOW, &err), -1, "%s", nones[i].name);
        cr_assert_not_null(strstr(err.text, nones[i].want), "%s: %s", nones[i].name, err.text);
        cr_assert_not_null(strstr(err.text, "Secret podveil/" SECRET_NAME), "%s", err.text);
        cr_assert_null(vault.set.signer, "%s", nones[i].name);
        assert_untouched(nones[i].name, &before);
    }
    cr_assert_eq(stand_in_asked(API_CREATE, NULL) + stand_in_asked(API_MERGE, NULL), 0);
}

Test(vault, never_writes_over_a_megabyte)
{
    AUTO(buf) struct buf data = {0};
    AUTO(buf) struct buf before = {0};
    struct error err = {0};

    buf_init(&data, 4 * 1024 * 1024);
    buf_text(&data, "{\"ca.crt\":\"");
    for (int i = 0; i < 1024 * 1024 / 4; i++) {
        buf_text(&data, "QUFB");
    }
    buf_text(&data, "\"}");
    put_secret(buf_cstr(&data));
    cr_assert(stand_in_get("secrets", "podveil", SECRET_NAME, &before));
    cr_assert_eq(vault_read(&vault, NOW, &err), -1);
    cr_assert_lt(strlen(err.text), 300, "%s", err.text);
    assert_untouched("1 MiB", &before);
}

Test(vault, keeps_what_it_knew_where_somebody_spoils_the_secret)
{
    for (size_t i = 0; i < COUNT_OF(nones); i++) {
        AUTO(buf) struct buf before = {0};
        AUTO(buf) struct buf bundle = {0};
        struct error err = {0};

        stand_in_clear();
        read_well(&vault);
        buf_init(&bundle, CA_SET_BUNDLE_MAX);
        buf_slice(&bundle, buf_view(&vault.bundle));
        put_secret(nones[i].data);
        cr_assert(stand_in_get("secrets", "podveil", SECRET_NAME, &before));
        cr_assert_eq(vault_read(&vault, NOW, &err), -1, "%s", nones[i].name);
        cr_assert(slice_equal(buf_view(&vault.bundle), buf_view(&bundle)), "%s", nones[i].name);
        cr_assert_eq(vault_arrange(&vault, NOW + OLD, -1, &err), -1, "%s", nones[i].name);
        assert_untouched(nones[i].name, &before);
        cr_assert_null(vault.set.next, "a step counts once it stands in the Secret");
        cr_assert(vault.is_old, "and it is read again");
    }
}

/* ---- Answers that are none ---- */

static const struct stand_in_reply bad_answers[] = {
    {200, NULL, "{\"metadata\":{\"name\":\"podveil-ca\",\"resourceVersion\":\"7\"},\"data\":{\"ca"},
    {200, NULL, ""},
    {200, NULL, "null"},
    {200, NULL, "[]"},
    {200, NULL, "{}"},
    {200, NULL, "{\"metadata\":null,\"data\":null}"},
    {200, "text/html", "<html>"},
    {404, "text/html", "<html>"},
    {401, NULL, "{}"},
    {403, NULL, "{\"kind\":\"Status\",\"code\":\"x\",\"message\":7}"},
    {500, NULL, "{\"kind\":\"Status\",\"code\":1e99,\"message\":null}"},
    {0, NULL, ""},
};

Test(vault, makes_none_where_it_is_not_known_whether_there_is_one)
{
    for (size_t i = 0; i < COUNT_OF(bad_answers); i++) {
        struct stand_in_fault fault = {
            .verb = API_GET, .times = 1, .way = STAND_IN_REPLIES, .reply = bad_answers[i]};
        struct error err = {0};

        if (bad_answers[i].code != 404) {
            stand_in_act_by(stand_in_go_wrong, &fault);
            cr_assert_eq(vault_read(&vault, NOW, &err), -1, "row %zu", i);
            cr_assert_eq(stand_in_asked(API_CREATE, NULL), 0, "row %zu", i);
        }
    }
}

/* 404 means that there is none, whoever's page says so: then one is made, and nothing is lost. */
Test(vault, believes_no_answer_that_is_none)
{
    read_well(&vault);
    for (size_t i = 0; i < COUNT_OF(bad_answers); i++) {
        struct stand_in_fault fault = {
            .verb = API_GET, .times = 100, .way = STAND_IN_REPLIES, .reply = bad_answers[i]};
        struct error err = {0};

        stand_in_act_by(stand_in_go_wrong, &fault);
        cr_assert_eq(vault_read(&vault, NOW, &err), -1, "row %zu", i);
        cr_assert_neq(err.text[0], '\0', "row %zu", i);
        cr_assert_not_null(vault.set.signer, "row %zu", i);
        stand_in_act_by(NULL, NULL);
        assert_stands(&vault);
    }
}

/* ---- Rotation ---- */

Test(vault, publishes_a_new_ca_once_however_many_replicas_do)
{
    struct vault other;
    struct error err = {0};

    read_well(&vault);
    vault_init(&other, &hub, "podveil", &ca_set_rules);
    read_well(&other);
    cr_assert_eq(vault_arrange(&vault, NOW + OLD, -1, &err), 0, "%s", err.text);
    cr_assert_str_eq(vault.news, "a new CA is published");
    cr_assert_eq(vault_arrange(&other, NOW + OLD, -1, &err), 0, "%s", err.text);
    cr_assert_eq(stand_in_asked(API_MERGE, "secrets"), 2, "the second is refused");
    cr_assert(is_ca(vault.set.next, other.set.next));
    cr_assert_str_eq(vault.version, other.version);
    cr_assert(slice_equal(buf_view(&vault.bundle), buf_view(&other.bundle)));
    vault_done(&other);
}

Test(vault, makes_a_step_once_where_its_answer_was_lost)
{
    struct stand_in_fault lost = {.verb = API_MERGE, .times = 1, .way = STAND_IN_LOSES};
    struct error err = {0};

    read_well(&vault);
    stand_in_act_by(stand_in_go_wrong, &lost);
    cr_assert_eq(vault_arrange(&vault, NOW + OLD, -1, &err), -1);
    cr_assert(vault.is_old);
    cr_assert_null(vault.set.next, "it may not stand");
    read_well(&vault);
    cr_assert_not_null(vault.set.next);
    cr_assert_eq(vault_arrange(&vault, NOW + OLD, -1, &err), 0, "%s", err.text);
    cr_assert_eq(stand_in_asked(API_MERGE, "secrets"), 1);
    assert_stands(&vault);
}

Test(vault, has_a_new_ca_sign_when_it_was_known_for_the_whole_minute)
{
    const time_t lead = ca_set_rules.lead;
    struct error err = {0};

    read_well(&vault);
    cr_assert_eq(vault_arrange(&vault, NOW + OLD, -1, &err), 0, "%s", err.text);
    AUTO(ca) struct ca *next = NULL;
    cr_assert_eq(ca_copy(vault.set.next, &next, &err), 0);
    static const int64_t too_short[] = {-1, 0, 1, CA_SET_LEAD - 1};
    for (size_t i = 0; i < COUNT_OF(too_short); i++) {
        cr_assert_eq(vault_arrange(&vault, NOW + OLD + 3600, too_short[i], &err), 0);
        cr_assert(is_ca(vault.set.next, next), "after %d s", (int)too_short[i]);
    }
    cr_assert_eq(vault_arrange(&vault, NOW + OLD + lead, lead, &err), 0, "%s", err.text);
    cr_assert_str_eq(vault.news, "another CA signs from now on");
    cr_assert(is_ca(vault.set.signer, next));
    cr_assert_not_null(vault.set.last);
    assert_stands(&vault);
}

Test(vault, loses_no_ca_where_the_secret_is_deleted_as_a_step_is_written)
{
    struct error err = {0};

    read_well(&vault);
    AUTO(ca) struct ca *first = NULL;
    cr_assert_eq(ca_copy(vault.set.signer, &first, &err), 0);
    stand_in_drop("secrets", "podveil", SECRET_NAME);
    (void)!vault_arrange(&vault, NOW + OLD, -1, &err);
    cr_assert(vault.is_old);
    read_well(&vault);
    cr_assert(is_ca(vault.set.signer, first));
    assert_stands(&vault);
}

/* A clock that went back makes nothing new; one that went far ahead makes one CA, not many. */
Test(vault, survives_a_clock_that_jumps)
{
    static const int64_t days[] = {0, -3650, 0, 300, 0, 30000, 0, -300, 0};
    struct error err = {0};
    unsigned steps = 0;

    read_well(&vault);
    for (size_t i = 0; i < COUNT_OF(days); i++) {
        time_t now = NOW + (time_t)(days[i] * 24 * 3600);
        for (int j = 0; j < 5; j++) {
            vault.news = NULL;
            cr_assert_eq(vault_arrange(&vault, now, -1, &err), 0, "day %d: %s", (int)days[i],
                         err.text);
            steps += vault.news != NULL ? 1 : 0;
        }
        assert_stands(&vault);
    }
    cr_assert_leq(steps, 6, "%u", steps);
    cr_assert_not_null(vault.set.signer->key);
}
