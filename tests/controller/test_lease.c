/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that keeps the Lease, by a clock that the test moves: nobody leads who is not
 * known to, whatever the API server answers or does not.
 */
#include "server/controller/lease.h"
#include "tests/controller/moments.h"
#include "tests/controller/stand_in.h"
#include "tests/controller/stand_in_store.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

#include <stdio.h>

#define LEASES "leases"

enum { SECOND = 1000, LEASE = 15 * SECOND, RENEW = 10 * SECOND, RETRY = 2 * SECOND };

static const struct election_times times = {
    .lease_ms = LEASE, .renew_ms = RENEW, .retry_ms = RETRY};

static struct hub hub;
static struct lease lease;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char said[65536];

static void say(void *arg, bool warning, const char *what, const char *detail)
{
    (void)arg;
    (void)warning;
    (void)pthread_mutex_lock(&mutex);
    size_t len = strlen(said);
    (void)snprintf(said + len, sizeof said - len, "%s: %s\n", what, detail);
    (void)pthread_mutex_unlock(&mutex);
}

static unsigned count_said(const char *what)
{
    unsigned count = 0;

    (void)pthread_mutex_lock(&mutex);
    for (const char *at = strstr(said, what); at != NULL; at = strstr(at + 1, what)) {
        count++;
    }
    (void)pthread_mutex_unlock(&mutex);
    return count;
}

static const struct ruleset *ruleset; /* NULL: there is none yet */

static const struct ruleset *current(void *arg)
{
    (void)arg;
    return ruleset != NULL ? ruleset_ref(ruleset) : NULL;
}

static const struct voice voice = {.say = say, .ruleset = current};

static void start(void)
{
    hub_init(&hub);
    hub.api = stand_in_start();
    lease = (struct lease){.hub = &hub, .voice = &voice, .namespace = "podveil"};
}

static void run_lease(void)
{
    struct error err = {0};

    cr_assert_eq(lease_start(&lease, &times, &err), 0, "%s", err.text);
    stand_in_quiet(1);
}

static void stop(void)
{
    hub_quit(&hub);
    lease_stop(&lease);
    cr_assert_not(lease_is_held(&lease));
    api_stop(hub.api);
    hub_done(&hub);
}

TestSuite(lease, .init = start, .fini = stop, .timeout = 60);

static void pass(int64_t ms)
{
    for (; ms > 0; ms -= 100) {
        stand_in_pass(ms < 100 ? ms : 100, 1);
    }
}

static void put(const char *spec)
{
    char text[4096];

    (void)snprintf(text, sizeof text,
                   "{\"metadata\":{\"name\":\"podveil\",\"namespace\":\"podveil\"},\"spec\":%s}",
                   spec);
    stand_in_put(LEASES, text);
}

#define HELD_BY(name)                                                                              \
    "{\"holderIdentity\":\"" name "\",\"leaseDurationSeconds\":15,\"leaseTransitions\":3}"

static enum stand_in_way fail_all(void *arg, const struct api_request *request,
                                  struct stand_in_reply *reply)
{
    (void)arg;
    (void)request;
    (void)reply;
    return STAND_IN_FAILS;
}

Test(lease, is_made_held_and_given_up)
{
    AUTO(buf) struct buf text = {0};

    run_lease();
    cr_assert(lease_is_held(&lease));
    pass(60 * SECOND);
    cr_assert(lease_is_held(&lease));
    cr_assert_eq(count_said("this podveil leads"), 1, "%s", said);
    hub_quit(&hub);
    lease_stop(&lease);
    cr_assert_not(lease_is_held(&lease));
    cr_assert(stand_in_get(LEASES, "podveil", "podveil", &text));
    cr_assert_not_null(strstr(buf_cstr(&text), "\"holderIdentity\":\"\""), "%s", buf_cstr(&text));
    cr_assert_eq(count_said("the lease is given up"), 1);
}

Test(lease, is_left_to_a_holder_that_renews_and_taken_once_it_is_silent)
{
    put(HELD_BY("other"));
    run_lease();
    for (int i = 0; i < 10; i++) {
        char spec[256];
        pass(14 * SECOND);
        cr_assert_not(lease_is_held(&lease));
        (void)snprintf(spec, sizeof spec,
                       "{\"holderIdentity\":\"other\",\"leaseDurationSeconds\":15,"
                       "\"renewTime\":\"2026-01-31T08:00:00.00000%dZ\"}",
                       i);
        put(spec);
        stand_in_quiet(1);
    }
    cr_assert_eq(count_said("another podveil leads: other"), 1, "%s", said);
    pass(LEASE + 2 * RETRY);
    cr_assert(lease_is_held(&lease));
}

Test(lease, leads_no_more_ten_seconds_after_the_last_renewal_that_succeeded)
{
    run_lease();
    pass(RETRY * 2);
    stand_in_act_by(fail_all, NULL);
    pass(RENEW - RETRY * 2);
    cr_assert(lease_is_held(&lease), "its last renewal is younger");
    pass(RETRY * 2);
    cr_assert_not(lease_is_held(&lease));
    pass(RETRY * 2); /* the thread has seen it too */
    cr_assert_eq(count_said("leads no more"), 1, "%s", said);
    stand_in_act_by(NULL, NULL);
    pass(RETRY * 2);
    cr_assert(lease_is_held(&lease));
}

/* Whatever the answers look like, the time since the last good one counts alone. */
static const struct stand_in_fault bad_renewals[] = {
    {API_REPLACE, NULL, 0, STAND_IN_LOSES, {0}, NULL, 0},
    {API_REPLACE, NULL, 0, STAND_IN_FAILS, {0}, NULL, 0},
    {API_REPLACE, NULL, 0, STAND_IN_HANGS, {0}, NULL, 0},
    {API_REPLACE, NULL, 0, STAND_IN_REPLIES, {409, NULL, "{}"}, NULL, 0},
    {API_REPLACE, NULL, 0, STAND_IN_REPLIES, {500, NULL, ""}, NULL, 0},
    {API_REPLACE, NULL, 0, STAND_IN_REPLIES, {200, NULL, "{\"metadata\":{\"resourceVer"}, NULL, 0},
    {API_REPLACE, NULL, 0, STAND_IN_REPLIES, {200, NULL, "{}"}, NULL, 0},
    {API_REPLACE,
     NULL,
     0,
     STAND_IN_REPLIES,
     {200, NULL, "{\"metadata\":null,\"spec\":null}"},
     NULL,
     0},
    {API_REPLACE,
     NULL,
     0,
     STAND_IN_REPLIES,
     {200, NULL, "{\"spec\":{\"holderIdentity\":7}}"},
     NULL,
     0},
    {API_REPLACE,
     NULL,
     0,
     STAND_IN_REPLIES,
     {200, NULL, "{\"spec\":{\"holderIdentity\":\"other\"}}"},
     NULL,
     0},
};

Test(lease, leads_by_no_renewal_whose_answer_is_none)
{
    run_lease();
    for (size_t i = 0; i < COUNT_OF(bad_renewals); i++) {
        struct stand_in_fault fault = bad_renewals[i];

        stand_in_act_by(NULL, NULL);
        pass(2 * LEASE);
        cr_assert(lease_is_held(&lease), "row %zu", i);
        stand_in_act_by(stand_in_go_wrong, &fault);
        pass(RENEW + 1);
        cr_assert_not(lease_is_held(&lease), "row %zu", i);
        pass(3 * LEASE);
        cr_assert_not(lease_is_held(&lease), "row %zu", i);
    }
    stand_in_act_by(NULL, NULL);
}

/* ---- Leases of others that are none ---- */

static const char *const odd[] = {
    "null",
    "7",
    "[]",
    "{}",
    "{\"holderIdentity\":null}",
    "{\"holderIdentity\":7,\"leaseDurationSeconds\":\"x\"}",
    "{\"holderIdentity\":{},\"leaseDurationSeconds\":null,\"acquireTime\":7}",
    "{\"holderIdentity\":\"other\",\"leaseDurationSeconds\":-1}",
    "{\"holderIdentity\":\"other\",\"leaseDurationSeconds\":0}",
    "{\"holderIdentity\":\"other\",\"leaseDurationSeconds\":9223372036854775807}",
    "{\"holderIdentity\":\"other\",\"leaseDurationSeconds\":1e300,\"leaseTransitions\":1e300}",
    "{\"holderIdentity\":\"other\",\"leaseTransitions\":-9223372036854775807}",
};

/* Nobody holds those without a holder's name; the others are held for our own duration. */
Test(lease, of_odd_types_is_taken_when_its_time_is_over_and_led_by_one_alone)
{
    for (size_t i = 0; i < COUNT_OF(odd); i++) {
        AUTO(buf) struct buf text = {0};

        put(odd[i]);
        if (i == 0) {
            run_lease();
        }
        pass(LEASE + 2 * RETRY + RENEW);
        cr_assert(lease_is_held(&lease), "%s", odd[i]);
        cr_assert(stand_in_get(LEASES, "podveil", "podveil", &text));
        cr_assert_not_null(strstr(buf_cstr(&text), lease.identity), "%s", odd[i]);
    }
}

Test(lease, that_another_took_meanwhile_is_led_no_more_at_once)
{
    run_lease();
    pass(RETRY);
    put(HELD_BY("other"));
    pass(2 * RETRY);
    cr_assert_not(lease_is_held(&lease));
    cr_assert_eq(count_said("another podveil leads: other"), 1, "%s", said);
}

Test(lease, that_is_deleted_is_made_anew)
{
    run_lease();
    stand_in_drop(LEASES, "podveil", "podveil");
    pass(2 * RETRY);
    cr_assert(lease_is_held(&lease));
    cr_assert_eq(stand_in_asked(API_CREATE, LEASES), 2);
}

Test(lease, counts_by_no_wall_clock)
{
    run_lease();
    moments_set_wall(moments_wall() + 1000000);
    pass(RETRY);
    cr_assert(lease_is_held(&lease));
    moments_set_wall(moments_wall() - 3000000);
    pass(2 * RETRY);
    cr_assert(lease_is_held(&lease));
    stand_in_act_by(fail_all, NULL);
    moments_set_wall(0);
    pass(RENEW + RETRY);
    cr_assert_not(lease_is_held(&lease));
}

Test(lease, trouble_is_told_once)
{
    stand_in_act_by(fail_all, NULL);
    run_lease();
    pass(60 * SECOND);
    cr_assert_eq(count_said("the lease is not to be had"), 1, "%s", said);
    cr_assert_not(lease_is_held(&lease));
}

/* The thread waits for an answer that does not come: the stop does not wait with it. */
Test(lease, stops_while_the_api_server_hangs)
{
    struct stand_in_fault hangs = {.verb = API_REPLACE, .way = STAND_IN_HANGS};

    run_lease();
    stand_in_act_by(stand_in_go_wrong, &hangs);
    stand_in_pass(RETRY + RETRY / 5, 1);
    hub_quit(&hub);
    /* What it gives up hangs too, for 800 ms of a clock that stands: let that one fail. */
    stand_in_act_by(fail_all, NULL);
    lease_stop(&lease);
    cr_assert_not(lease_is_held(&lease));
}

/* ---- Configurations ---- */

/* Before it is released: the thread does without from then on. */
static void forget_ruleset(void)
{
    ruleset = NULL;
    stand_in_pass(SECOND, 1);
}

#define THEIRS "222222222222"

/* The holder renews, and says for the n-th time what it has. */
static void renew_with(const char *config_id, int n)
{
    struct peers other;
    char text[4096];

    peers_init(&other, "other", LEASE);
    (void)snprintf(text, sizeof text,
                   "{\"metadata\":{\"name\":\"podveil\",\"namespace\":\"podveil\",\"annotations\":{"
                   "\"peer.podveil.io/%s\":\"%s %d\"}},\"spec\":{\"holderIdentity\":\"other\","
                   "\"leaseDurationSeconds\":15,\"renewTime\":\"%d\",\"leaseTransitions\":3}}",
                   other.own, config_id, n, n);
    stand_in_put(LEASES, text);
}

static bool lease_says(const char *config_id)
{
    AUTO(buf) struct buf text = {0};

    cr_assert(stand_in_get(LEASES, "podveil", "podveil", &text));
    return strstr(buf_cstr(&text), config_id) != NULL;
}

Test(lease, tells_for_how_long_another_has_another_configuration)
{
    AUTO(ruleset) const struct ruleset *ours = fixture_ruleset(FIXTURE_EXAMPLE);
    const char *id = ours->config->id;
    int n = 0;

    ruleset = ours;
    lease.differ_ms = 120 * SECOND;
    renew_with(THEIRS, n);
    run_lease();
    pass(3 * SECOND);
    cr_assert(lease_others_have(&lease, THEIRS));
    cr_assert(lease_says(id), "the holder has to know of it");
    for (; n < 11; n++) {
        renew_with(THEIRS, n + 1);
        pass(10 * SECOND);
        cr_assert(lease_says(id), "it is said again");
        cr_assert_eq(count_said("different configurations"), 0, "%s", said);
    }
    renew_with(THEIRS, n + 1);
    pass(10 * SECOND);
    cr_assert_eq(count_said("different configurations: this one has"), 1, "%s", said);
    cr_assert(count_said(id) == 1 && count_said(THEIRS) == 1, "%s", said);

    renew_with(id, n + 2);
    pass(3 * SECOND);
    cr_assert_eq(lease_others(&lease, NULL), 0);
    cr_assert_eq(count_said("one configuration again"), 1, "%s", said);
    cr_assert_not(lease_is_held(&lease));
    forget_ruleset();
}

/* What others write into it does not make a silent holder live. */
Test(lease, is_taken_from_a_silent_holder_that_others_write_beside)
{
    AUTO(ruleset) const struct ruleset *ours = fixture_ruleset(FIXTURE_EXAMPLE);

    ruleset = ours;
    lease.differ_ms = 120 * SECOND;
    renew_with(THEIRS, 1);
    run_lease();
    pass(20 * SECOND);
    cr_assert(lease_is_held(&lease));
    cr_assert_eq(lease_others(&lease, NULL), 0, "it is gone");
    forget_ruleset();
}

/* Another said something in it since it was renewed. */
Test(lease, is_given_up_though_another_wrote_into_it)
{
    AUTO(buf) struct buf text = {0};
    AUTO(buf) struct buf after = {0};

    run_lease();
    cr_assert(lease_is_held(&lease));
    cr_assert(stand_in_get(LEASES, "podveil", "podveil", &text));
    stand_in_put(LEASES, buf_cstr(&text)); /* of another version now */
    hub_quit(&hub);
    lease_stop(&lease);
    cr_assert(stand_in_get(LEASES, "podveil", "podveil", &after));
    cr_assert_not_null(strstr(buf_cstr(&after), "\"holderIdentity\":\"\""), "%s", buf_cstr(&after));
}

Test(lease, agrees_at_once_where_all_have_one_configuration)
{
    AUTO(ruleset) const struct ruleset *ours = fixture_ruleset(FIXTURE_EXAMPLE);

    run_lease();
    cr_assert_not(lease_agrees(&lease), "we have none");
    ruleset = ours;
    renew_with(ours->config->id, 0);
    pass(RETRY + RETRY / 5);
    cr_assert(lease_agrees(&lease));
    forget_ruleset();
}

Test(lease, agrees_at_once_where_there_is_no_other)
{
    AUTO(ruleset) const struct ruleset *ours = fixture_ruleset(FIXTURE_EXAMPLE);

    ruleset = ours;
    run_lease();
    cr_assert(lease_agrees(&lease));
    forget_ruleset();
}

Test(lease, agrees_once_the_others_have_changed_over)
{
    AUTO(ruleset) const struct ruleset *ours = fixture_ruleset(FIXTURE_EXAMPLE);

    ruleset = ours;
    renew_with(THEIRS, 0);
    run_lease();
    pass(2 * RETRY);
    cr_assert_not(lease_agrees(&lease));
    renew_with(ours->config->id, 1);
    pass(RETRY + RETRY / 5);
    cr_assert(lease_agrees(&lease));
    renew_with(THEIRS, 2);
    pass(RETRY + RETRY / 5);
    cr_assert(lease_agrees(&lease), "once is enough");
    forget_ruleset();
}

Test(lease, waits_for_no_agreement_for_ever)
{
    AUTO(ruleset) const struct ruleset *ours = fixture_ruleset(FIXTURE_EXAMPLE);

    ruleset = ours;
    stand_in_act_by(fail_all, NULL);
    run_lease();
    pass(AGREE_MS - SECOND);
    cr_assert_not(lease_agrees(&lease));
    pass(RETRY + RETRY / 5 + SECOND);
    cr_assert(lease_agrees(&lease));
    stand_in_act_by(NULL, NULL);
    forget_ruleset();
}
