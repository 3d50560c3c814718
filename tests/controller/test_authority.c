/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that keeps CA and caBundle, by a clock that the test moves: what it serves, what
 * it has registered, and which of both comes first.
 */
#include "lib/base/base64.h"
#include "server/controller/secret.h"
#include "tests/controller/moments.h"
#include "tests/controller/replica.h"
#include "tests/controller/stand_in.h"

#include <criterion/criterion.h>

#include <stdio.h>

enum { REPLICAS = 3, SECOND = 1000, OLD = CA_LIFE * 2 / 3 + 1 };

static struct hub hub;
static struct replica replicas[REPLICAS];
static size_t running;

static void start(void)
{
    hub_init(&hub);
    hub.api = stand_in_start();
}

static void run_replicas(size_t count)
{
    for (; running < count; running++) {
        replica_start(&replicas[running], &hub);
    }
    stand_in_quiet(running);
}

static void stop(void)
{
    hub_quit(&hub);
    for (size_t i = 0; i < running; i++) {
        replica_join(&replicas[i]);
    }
    api_stop(hub.api);
    for (size_t i = 0; i < running; i++) {
        replica_done(&replicas[i]);
    }
    hub_done(&hub);
}

TestSuite(authority, .init = start, .fini = stop, .timeout = 60);

static void pass(int64_t seconds)
{
    for (int64_t i = 0; i < seconds; i++) {
        stand_in_pass(SECOND, running);
    }
}

/* Months, in which nothing is looked at, as in a machine that slept. */
static void pass_at_once(int64_t seconds)
{
    stand_in_pass(seconds * SECOND, running);
}

static const char *why_not(size_t i)
{
    const char *why = NULL;

    (void)authority_is_ready(replicas[i].authority, &why);
    return why;
}

static size_t certificates_in(const struct buf *text)
{
    size_t count = 0;
    struct buf copy = *text;

    for (const char *at = strstr(buf_cstr(&copy), "BEGIN"); at != NULL;
         at = strstr(at + 1, "BEGIN")) {
        count++;
    }
    return count;
}

/* What is registered is what this replica publishes, with so many CAs in it. */
static void assert_in_order(size_t cas)
{
    static const char *const plurals[] = {REPLICA_MUTATING, REPLICA_VALIDATING};

    for (size_t i = 0; i < running; i++) {
        AUTO(buf) struct buf bundle = {0};
        cr_assert_eq(replicas[i].unbelieved, 0, "replica %zu", i);
        replica_bundle(&replicas[i], &bundle);
        cr_assert_eq(certificates_in(&bundle), cas, "replica %zu: %zu", i,
                     certificates_in(&bundle));
        cr_assert(replica_is_ready(&replicas[i]), "replica %zu: %s", i, why_not(i));
        for (size_t j = 0; j < COUNT_OF(plurals); j++) {
            AUTO(buf) struct buf registered = {0};
            replica_registered(plurals[j], &registered);
            cr_assert(slice_equal(buf_view(&registered), buf_view(&bundle)), "replica %zu, %s", i,
                      plurals[j]);
        }
    }
}

/* ---- The start ---- */

Test(authority, waits_for_an_entry_and_registers_its_ca_then)
{
    run_replicas(1);
    cr_assert_not_null(strstr(why_not(0), "no webhook of podveil is registered yet"));
    cr_assert_eq(replicas[0].given, 1);
    replica_register("");
    stand_in_quiet(1);
    assert_in_order(1);
    cr_assert_eq(replica_said(&replicas[0], "caBundle written"), 1, "%s", replicas[0].log);
}

Test(authority, of_replicas_that_start_together_agree)
{
    replica_register("");
    run_replicas(REPLICAS);
    pass(5);
    assert_in_order(1);
    unsigned made = 0;
    for (size_t i = 0; i < REPLICAS; i++) {
        made += replica_said(&replicas[i], "a CA was made");
    }
    cr_assert_eq(made, 1);
}

Test(authority, says_that_there_is_no_ca_while_the_secret_cannot_be_had)
{
    stand_in_put("secrets",
                 "{\"metadata\":{\"name\":\"" SECRET_NAME "\",\"namespace\":\"podveil\"},"
                 "\"data\":{\"a\":\"YQ==\"}}");
    replica_register("");
    run_replicas(1);
    cr_assert_not_null(strstr(why_not(0), "there is no CA yet"));
    pass(120);
    cr_assert_eq(replica_said(&replicas[0], "the certificate's CA is not in order"), 1, "%s",
                 replicas[0].log);
    cr_assert_eq(stand_in_asked(API_APPLY, NULL), 0, "nothing is registered");
    cr_assert_leq(stand_in_asked(API_GET, "secrets"), 20, "%zu",
                  stand_in_asked(API_GET, "secrets"));
    stand_in_drop("secrets", "podveil", SECRET_NAME);
    stand_in_quiet(1);
    assert_in_order(1);
    cr_assert_eq(replica_said(&replicas[0], "in order again"), 1, "%s", replicas[0].log);
}

/* ---- Rotation ---- */

Test(authority, has_the_new_ca_sign_a_minute_after_it_was_registered)
{
    replica_register("");
    run_replicas(1);
    pass_at_once(OLD);
    pass(1);
    assert_in_order(2);
    unsigned given = replicas[0].given;
    cr_assert_eq(replica_said(&replicas[0], "a new CA is published"), 1);
    pass(58);
    cr_assert_eq(replica_said(&replicas[0], "another CA signs"), 0);
    cr_assert_eq(replicas[0].given, given);
    pass(3);
    cr_assert_eq(replica_said(&replicas[0], "another CA signs"), 1);
    cr_assert_eq(replicas[0].given, given + 1);
    assert_in_order(2);
    pass_at_once(ca_set_rules.leaf.lasts);
    pass(2);
    assert_in_order(1);
}

Test(authority, counts_the_minute_anew_where_the_entry_lost_it_meanwhile)
{
    AUTO(buf) struct buf first = {0};
    AUTO(buf) struct buf text = {0};

    replica_register("");
    run_replicas(1);
    replica_registered(REPLICA_MUTATING, &first);
    buf_init(&text, CA_SET_BUNDLE_MAX);
    base64_encode(&text, first.data, first.len);
    pass_at_once(OLD);
    pass(50);
    replica_register(buf_cstr(&text)); /* somebody puts the old one there */
    stand_in_quiet(1);
    assert_in_order(2);
    pass(55);
    cr_assert_eq(replica_said(&replicas[0], "another CA signs"), 0);
    pass(6);
    cr_assert_eq(replica_said(&replicas[0], "another CA signs"), 1);
}

Test(authority, has_nothing_sign_that_is_registered_nowhere)
{
    replica_register("");
    run_replicas(1);
    stand_in_drop(REPLICA_MUTATING, "", "podveil");
    stand_in_drop(REPLICA_VALIDATING, "", "podveil");
    pass_at_once(OLD);
    pass(300);
    cr_assert_eq(replica_said(&replicas[0], "a new CA is published"), 1);
    cr_assert_eq(replica_said(&replicas[0], "another CA signs"), 0);
    replica_register("");
    pass(62);
    cr_assert_eq(replica_said(&replicas[0], "another CA signs"), 1);
    assert_in_order(2);
}

Test(authority, counts_no_minute_by_a_wall_clock)
{
    replica_register("");
    run_replicas(1);
    pass_at_once(OLD);
    pass(5);
    assert_in_order(2);
    moments_set_wall(moments_wall() + 3600);
    pass(30);
    moments_set_wall(moments_wall() - 7200);
    pass(20);
    cr_assert_eq(replica_said(&replicas[0], "another CA signs"), 0);
    pass(10);
    cr_assert_eq(replica_said(&replicas[0], "another CA signs"), 1);
}

Test(authority, of_replicas_make_each_step_once)
{
    unsigned steps = 0;

    replica_register("");
    run_replicas(REPLICAS);
    pass_at_once(OLD);
    pass(70);
    pass_at_once(ca_set_rules.leaf.lasts);
    pass(5);
    assert_in_order(1);
    for (size_t i = 0; i < REPLICAS; i++) {
        steps += replica_said(&replicas[i], "a new CA is published") +
                 replica_said(&replicas[i], "another CA signs") +
                 replica_said(&replicas[i], "published no more");
    }
    cr_assert_eq(steps, 3, "%u", steps);
}

/* A clock that goes back before the CA's birth, and one that goes past its end. */
Test(authority, gives_what_is_valid_after_each_jump_of_the_clock)
{
    static const int64_t days[] = {-400, 400, 3650, -3650, 0};

    replica_register("");
    run_replicas(1);
    for (size_t i = 0; i < COUNT_OF(days); i++) {
        moments_set_wall(moments_wall() + (time_t)(days[i] * 24 * 3600));
        pass(3);
        cr_assert(replica_is_ready(&replicas[0]), "jump %zu: %s", i, why_not(0));
    }
    cr_assert_eq(replica_said(&replicas[0], "not in order"), 0, "%s", replicas[0].log);
}

/* ---- What others do to it ---- */

Test(authority, puts_the_deleted_secret_back_with_the_same_ca)
{
    AUTO(buf) struct buf before = {0};
    AUTO(buf) struct buf after = {0};
    AUTO(buf) struct buf secret = {0};

    replica_register("");
    run_replicas(2);
    replica_registered(REPLICA_MUTATING, &before);
    size_t applied = stand_in_asked(API_APPLY, NULL);
    stand_in_drop("secrets", "podveil", SECRET_NAME);
    stand_in_quiet(2);
    pass(2);
    cr_assert(stand_in_get("secrets", "podveil", SECRET_NAME, &secret));
    replica_registered(REPLICA_MUTATING, &after);
    cr_assert(slice_equal(buf_view(&before), buf_view(&after)));
    cr_assert_eq(stand_in_asked(API_APPLY, NULL), applied, "nothing else changed");
    assert_in_order(1);
}

Test(authority, serves_what_is_believed_while_another_ca_takes_the_place)
{
    AUTO(buf) struct buf other = {0};
    AUTO(buf) struct buf mine = {0};

    replica_register("");
    run_replicas(1);
    replica_registered(REPLICA_MUTATING, &mine);
    stand_in_drop("secrets", "podveil", SECRET_NAME);
    /* A replica of another life has put its own there first. */
    AUTO(ca_set) struct ca_set set = {0};
    AUTO(secret_text) struct buf text = {0};
    struct error err = {0};
    cr_assert_eq(ca_set_make(&set, &ca_set_rules, moments_wall(), &err), 0);
    cr_assert_eq(ca_secret_print(&set, "podveil", &text, &err), 0);
    stand_in_put("secrets", buf_cstr(&text));
    stand_in_quiet(1);
    pass(5);
    cr_assert(replica_is_ready(&replicas[0]), "%s", why_not(0));
    replica_registered(REPLICA_MUTATING, &other);
    cr_assert_not_null(memmem(other.data, other.len, set.signer->pem.data, set.signer->pem.len));
    cr_assert_not_null(memmem(other.data, other.len, mine.data, mine.len), "the old one stays");
    assert_in_order(2);
}

static enum stand_in_way refuse_writes(void *arg, const struct api_request *request,
                                       struct stand_in_reply *reply)
{
    (void)arg;
    *reply = stand_in_status(403);
    return api_verb_writes(request->verb) ? STAND_IN_REPLIES : STAND_IN_SERVES;
}

Test(authority, is_ready_for_ten_seconds_without_its_bundle)
{
    replica_register("");
    run_replicas(1);
    stand_in_act_by(refuse_writes, NULL);
    replica_register("");
    pass(10);
    cr_assert(replica_is_ready(&replicas[0]));
    pass(30);
    cr_assert_not_null(strstr(why_not(0), "do not have podveil's CA"), "%s", why_not(0));
    stand_in_act_by(NULL, NULL);
    pass(31);
    assert_in_order(1);
}

static enum stand_in_way fail_all(void *arg, const struct api_request *request,
                                  struct stand_in_reply *reply)
{
    (void)arg;
    (void)request;
    (void)reply;
    return STAND_IN_FAILS;
}

Test(authority, stays_ready_while_the_api_server_is_away)
{
    replica_register("");
    run_replicas(1);
    stand_in_act_by(fail_all, NULL);
    stand_in_cut("secrets");
    stand_in_send(REPLICA_MUTATING, "{\n");
    stand_in_send(REPLICA_VALIDATING, "{\n");
    stand_in_forget();
    pass(600);
    cr_assert(replica_is_ready(&replicas[0]));
    cr_assert_leq(stand_in_asked(API_LIST, NULL), 200, "%zu", stand_in_asked(API_LIST, NULL));
    cr_assert_leq(stand_in_asked(API_GET, NULL), 60, "%zu", stand_in_asked(API_GET, NULL));
    stand_in_act_by(NULL, NULL);
    pass(31);
    assert_in_order(1);
}

static enum stand_in_way hang_all(void *arg, const struct api_request *request,
                                  struct stand_in_reply *reply)
{
    (void)arg;
    (void)reply;
    return request->verb == API_LIST ? STAND_IN_SERVES : STAND_IN_HANGS;
}

/* stop() joins it: with a request that never ends it would not come to the end. */
Test(authority, stops_while_the_api_server_hangs)
{
    stand_in_act_by(hang_all, NULL);
    run_replicas(1);
    cr_assert_not_null(strstr(why_not(0), "there is no CA yet"));
}
