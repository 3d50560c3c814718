/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The look at a namespace ten seconds after its first floor: what another API server let in
 * meanwhile is told, and a look that fails is tried again. And when a controller is ready.
 */
#include "server/controller/live.h"
#include "tests/controller/stand_in.h"
#include "tests/controller/whole.h"

#include <criterion/criterion.h>

#include <stdio.h>

static struct whole whole;

static void start(void)
{
    stand_in_put("namespaces", WHOLE_NAMESPACE);
    whole_start(&whole, &(struct controller_options){0});
}

static void stop(void)
{
    whole_stop(&whole);
}

TestSuite(live, .init = start, .fini = stop, .timeout = 60);

static void open_namespace(void)
{
    AUTO(policy_text) struct policy_text floor = {0};
    struct policy_made made;
    struct error err = {0};

    whole_floor(&whole, &floor);
    cr_assert_eq(whole_make(&whole, &floor, false, &made, &err), 0, "%s", err.text);
    stand_in_quiet(WHOLE_THREADS);
}

/* Or has the next pod of the namespace to look for itself? */
static void assert_trusted(bool trusted)
{
    AUTO(policy_text) struct policy_text floor = {0};

    whole_floor(&whole, &floor);
    cr_assert_eq(whole_stands(&whole, &floor), trusted);
}

Test(live, a_leak_that_another_api_server_let_in_is_told_ten_seconds_later)
{
    open_namespace();
    stand_in_put(WHOLE_POLICIES, WHOLE_ALLOW_ALL);
    stand_in_pass(LIVE_LATER_MS - 1, WHOLE_THREADS);
    cr_assert_eq(whole.leaks, 0);
    stand_in_pass(1, WHOLE_THREADS);
    stand_in_quiet(WHOLE_THREADS);
    cr_assert_eq(whole.leaks, 1, "%s", whole.log);
    cr_assert_eq(whole_said(&whole, "lets privacy pods out: namespace media"), 1, "%s", whole.log);
    cr_assert_eq(stand_in_asked(API_CREATE, "events"), 1);
    assert_trusted(true); /* the cache has the policy for each pod */
}

Test(live, the_later_look_is_tried_again_and_given_up_with_a_word)
{
    struct stand_in_fault fault = {.verb = API_LIST,
                                   .plural = WHOLE_POLICIES,
                                   .way = STAND_IN_REPLIES,
                                   .reply = {200, NULL, "{}"}};

    open_namespace();
    stand_in_act_by(stand_in_go_wrong, &fault);
    for (int i = 0; i < LIVE_TRIES + 2; i++) {
        stand_in_pass(LIVE_LATER_MS, WHOLE_THREADS);
    }
    cr_assert_eq(fault.met, LIVE_TRIES);
    stand_in_act_by(NULL, NULL);
    assert_trusted(false);
    cr_assert_eq(whole_said(&whole, "could not be judged again: namespace media"), 1, "%s",
                 whole.log);
}

Test(live, the_later_look_goes_on_where_it_failed_once)
{
    struct stand_in_fault fault = {
        .verb = API_LIST, .plural = WHOLE_POLICIES, .times = 1, .way = STAND_IN_FAILS};

    open_namespace();
    stand_in_put(WHOLE_POLICIES, WHOLE_ALLOW_ALL);
    stand_in_act_by(stand_in_go_wrong, &fault);
    stand_in_pass(LIVE_LATER_MS, WHOLE_THREADS);
    cr_assert_eq(whole.leaks, 0);
    stand_in_pass(LIVE_LATER_MS, WHOLE_THREADS);
    cr_assert_eq(whole.leaks, 1);
}

/* What is under way at the end is let go: the leak sanitizer looks. */
Test(live, a_stop_before_the_later_look_forgets_it)
{
    open_namespace();
}

/* ---- Ready ---- */

TestSuite(ready, .fini = stop, .timeout = 60);

/* One that starts while the others change over knows their new configuration alone. */
Test(ready, waits_until_the_others_have_the_configuration)
{
    const char *why = "";
    struct peers other;
    char text[1024];

    peers_init(&other, "other", 15000);
    (void)snprintf(text, sizeof text,
                   "{\"metadata\":{\"name\":\"podveil\",\"namespace\":\"podveil\",\"annotations\":{"
                   "\"peer.podveil.io/%s\":\"222222222222 1\"}},\"spec\":{\"holderIdentity\":"
                   "\"other\",\"leaseDurationSeconds\":15,\"renewTime\":\"1\"}}",
                   other.own);
    stand_in_put("leases", text);
    start();
    cr_assert_not(controller_is_ready(whole.controller, &why));
    cr_assert_not_null(strstr(why, "another configuration"), "%s", why);
    for (int i = 0; i < 20; i++) {
        stand_in_pass(1000, WHOLE_THREADS);
    }
    cr_assert(controller_is_ready(whole.controller, &why), "%s", why);
}
