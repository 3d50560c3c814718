/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop at each request that can go wrong: what cannot be known is left alone, and what
 * failed is tried again, more slowly. That it puts right what drifts is shown with a real API
 * server (tests/e2e/loop).
 */
#include "server/controller/live.h"
#include "tests/controller/stand_in.h"
#include "tests/controller/stand_in_store.h"
#include "tests/controller/whole.h"

#include <criterion/criterion.h>

#include <stdio.h>

enum { SECOND = 1000, HOUR = 3600 * SECOND, DAY = 24 * HOUR };

static struct whole whole;
static struct policy_text home;
static struct policy_text companion;

static void start(void)
{
    stand_in_put("namespaces", WHOLE_NAMESPACE);
    stand_in_put("services", "{\"metadata\":{\"name\":\"kube-dns\",\"namespace\":\"kube-system\"},"
                             "\"spec\":{\"clusterIP\":\"10.152.183.10\"}}");
    whole_start(&whole, &(struct controller_options){0});
    whole_floor(&whole, &home);
    whole_companion(&whole, &companion);
    whole_make_well(&whole, &home);
    whole_make_well(&whole, &companion);
    stand_in_put("pods", WHOLE_POD("web-1"));
    stand_in_quiet(WHOLE_THREADS);
    stand_in_forget();
}

static void stop(void)
{
    policy_text_done(&home);
    policy_text_done(&companion);
    whole_stop(&whole);
}

TestSuite(loop, .init = start, .fini = stop, .timeout = 60);

static void pass(int64_t seconds)
{
    for (int64_t i = 0; i < seconds; i++) {
        stand_in_pass(SECOND, WHOLE_THREADS);
    }
}

static bool has_companion(void)
{
    AUTO(buf) struct buf text = {0};

    return stand_in_get(WHOLE_POLICIES, "media", companion.name, &text);
}

/* ---- Repair ---- */

Test(loop, a_deleted_companion_comes_back_at_once)
{
    stand_in_drop(WHOLE_POLICIES, "media", companion.name);
    stand_in_quiet(WHOLE_THREADS);
    cr_assert(has_companion());
    cr_assert_eq(whole_said(&whole, "restored: media/web-vpn-killswitch: it was not there"), 1);
}

Test(loop, what_cannot_be_written_is_tried_more_slowly_until_it_can)
{
    struct stand_in_fault fault = {
        API_APPLY, WHOLE_POLICIES, 0, STAND_IN_REPLIES, stand_in_status(403), NULL, 0};

    stand_in_act_by(stand_in_go_wrong, &fault);
    stand_in_drop(WHOLE_POLICIES, "media", companion.name);
    pass(120);
    size_t tries = stand_in_asked(API_APPLY, WHOLE_POLICIES);
    cr_assert(tries >= 5 && tries <= 20, "%zu", tries);
    cr_assert_not(has_companion());
    stand_in_act_by(NULL, NULL);
    pass(31);
    cr_assert(has_companion());
}

Test(loop, who_undoes_each_repair_is_met_more_slowly)
{
    stand_in_forget();
    for (int i = 0; i < 600; i++) {
        stand_in_drop(WHOLE_POLICIES, "media", companion.name);
        stand_in_pass(100, WHOLE_THREADS);
    }
    size_t writes = stand_in_asked(API_APPLY, WHOLE_POLICIES);
    cr_assert(writes >= 20 && writes <= 90, "%zu in a minute", writes);
}

Test(loop, a_follower_waits_for_its_leader_and_then_repairs)
{
    pass(1);
    stand_in_put("leases", "{\"metadata\":{\"name\":\"podveil\",\"namespace\":\"podveil\"},"
                           "\"spec\":{\"holderIdentity\":\"other\",\"leaseDurationSeconds\":15}}");
    pass(5);
    cr_assert_eq(whole_said(&whole, "leads no more"), 1, "%s", whole.log);
    stand_in_drop(WHOLE_POLICIES, "media", companion.name);
    stand_in_quiet(WHOLE_THREADS);
    stand_in_pass(1900, WHOLE_THREADS);
    cr_assert_not(has_companion());
    pass(1);
    cr_assert(has_companion(), "%s", whole.log);
}

/* Meanwhile nobody was asked about what came into the namespace, and its pods run beside it. */
Test(loop, a_namespace_that_lost_its_guard_is_judged_again)
{
    pass(LIVE_LATER_MS / SECOND + 1);
    cr_assert_eq(whole.leaks, 0, "%s", whole.log);
    stand_in_put("namespaces", WHOLE_NAMESPACE);
    stand_in_put(WHOLE_POLICIES,
                 "{\"metadata\":{\"name\":\"open\",\"namespace\":\"media\"},\"spec\":{"
                 "\"podSelector\":{},\"policyTypes\":[\"Egress\"],\"egress\":[{}]}}");
    stand_in_quiet(WHOLE_THREADS);
    cr_assert_eq(whole_said(&whole, "restored: media/podveil.io/guarded"), 1, "%s", whole.log);
    pass(LIVE_LATER_MS / SECOND + 1);
    cr_assert_eq(whole.leaks, 1, "%s", whole.log);
}

Test(loop, a_namespace_on_its_way_out_is_left_alone)
{
    stand_in_put("namespaces", "{\"metadata\":{\"name\":\"media\","
                               "\"deletionTimestamp\":\"2026-01-31T08:00:00Z\"}}");
    stand_in_quiet(WHOLE_THREADS);
    stand_in_forget();
    stand_in_drop(WHOLE_POLICIES, "media", companion.name);
    pass(30);
    cr_assert_eq(stand_in_asked(API_APPLY, NULL), 0);
}

/* ---- A companion without a pod ---- */

static void lose_pod(void)
{
    stand_in_drop("pods", "media", "web-1");
    pass(11);
    stand_in_pass(DAY, WHOLE_THREADS);
    pass(11);
    AUTO(buf) struct buf text = {0};
    cr_assert(stand_in_get(WHOLE_POLICIES, "media", companion.name, &text));
    cr_assert_not_null(strstr(buf_cstr(&text), "podveil.io/going"), "%s", whole.log);
    cr_assert_not(whole_stands(&whole, &companion));
}

Test(loop, a_companion_without_a_pod_is_marked_and_a_minute_later_deleted)
{
    lose_pod();
    pass(50);
    cr_assert(has_companion());
    pass(25);
    cr_assert_not(has_companion());
    cr_assert_eq(whole_said(&whole, "a companion is deleted"), 1);
}

static void touch_it(void)
{
    char *text = store_get(WHOLE_POLICIES, "media", "web-vpn-killswitch");

    if (text != NULL) {
        store_put(WHOLE_POLICIES, text);
    }
    free(text);
}

/* What the live look for pods, or the deletion, answers: not to know is to leave it. */
static const struct stand_in_fault unknown[] = {
    {API_LIST, "pods", 0, STAND_IN_FAILS, {0}, NULL, 0},
    {API_LIST, "pods", 0, STAND_IN_HANGS, {0}, NULL, 0},
    {API_LIST, "pods", 0, STAND_IN_REPLIES, {500, NULL, "{}"}, NULL, 0},
    {API_LIST, "pods", 0, STAND_IN_REPLIES, {200, NULL, "{\"kind\":\"List\",\"items\":["}, NULL, 0},
    {API_LIST, "pods", 0, STAND_IN_REPLIES, {200, NULL, "{}"}, NULL, 0},
    {API_LIST, "pods", 0, STAND_IN_REPLIES, {200, NULL, "{\"items\":7}"}, NULL, 0},
    {API_LIST, "pods", 0, STAND_IN_REPLIES, {200, NULL, "{\"kind\":\"Status\"}"}, NULL, 0},
    {API_LIST,
     "pods",
     0,
     STAND_IN_REPLIES,
     {200, NULL, "{\"kind\":\"List\",\"items\":[{}]}"},
     NULL,
     0},
    {API_DELETE, WHOLE_POLICIES, 0, STAND_IN_SERVES, {0}, touch_it, 0},
    {API_DELETE, WHOLE_POLICIES, 0, STAND_IN_FAILS, {0}, NULL, 0},
    {API_DELETE, WHOLE_POLICIES, 0, STAND_IN_REPLIES, {403, NULL, "{}"}, NULL, 0},
};

Test(loop, a_companion_stays_where_it_is_not_known_that_it_has_no_pod)
{
    for (size_t i = 0; i < COUNT_OF(unknown); i++) {
        struct stand_in_fault fault = unknown[i];

        stand_in_act_by(NULL, NULL);
        whole_make_well(&whole, &companion);
        stand_in_put("pods", WHOLE_POD("web-1"));
        pass(2);
        lose_pod();
        stand_in_act_by(stand_in_go_wrong, &fault);
        pass(75);
        cr_assert(has_companion(), "row %zu: %s", i, whole.log);
    }
    stand_in_act_by(NULL, NULL);
}

Test(loop, a_companion_whose_deletion_was_not_answered_is_gone_all_the_same)
{
    struct stand_in_fault fault = {API_DELETE, WHOLE_POLICIES, 0, STAND_IN_LOSES, {0}, NULL, 0};

    lose_pod();
    stand_in_act_by(stand_in_go_wrong, &fault);
    pass(75);
    cr_assert_not(has_companion());
    cr_assert_not(whole_stands(&whole, &companion));
}

Test(loop, nobody_deletes_who_does_not_lead_any_more)
{
    lose_pod();
    stand_in_put("leases",
                 "{\"metadata\":{\"name\":\"podveil\",\"namespace\":\"podveil\"},"
                 "\"spec\":{\"holderIdentity\":\"other\",\"leaseDurationSeconds\":3600}}");
    pass(120);
    cr_assert(has_companion());
}

/* ---- What runs otherwise ---- */

Test(loop, pods_without_podveils_parts_are_told_once_an_hour)
{
    struct figures figures;

    stand_in_put("pods", "{\"metadata\":{\"name\":\"bare\",\"namespace\":\"media\",\"labels\":{"
                         "\"podveil.io/gateway\":\"vpn\"}},\"spec\":{\"containers\":[{}]},"
                         "\"status\":{\"phase\":\"Running\"}}");
    pass(301);
    controller_read(whole.controller, &figures);
    cr_assert_geq(figures.unprotected, 1);
    size_t events = stand_in_asked(API_CREATE, "events");
    cr_assert_gt(events, 0);
    pass(1200);
    cr_assert_eq(stand_in_asked(API_CREATE, "events"), events);
}

Test(loop, a_namespace_that_became_private_is_looked_at_soon)
{
    struct figures figures;

    stand_in_put("namespaces", "{\"metadata\":{\"name\":\"late\",\"uid\":\"u-late\"}}");
    stand_in_put("pods", "{\"metadata\":{\"name\":\"bare\",\"namespace\":\"late\"},"
                         "\"spec\":{\"containers\":[{}]},\"status\":{\"phase\":\"Running\"}}");
    pass(20);
    controller_read(whole.controller, &figures);
    cr_assert_eq(figures.unprotected, 1, "%lld", (long long)figures.unprotected);
    stand_in_put("namespaces", "{\"metadata\":{\"name\":\"late\",\"uid\":\"u-late\",\"labels\":{"
                               "\"podveil.io/gateway\":\"vpn\"}}}");
    pass(9);
    controller_read(whole.controller, &figures);
    cr_assert_eq(figures.unprotected, 1, "%lld", (long long)figures.unprotected);
    pass(3);
    controller_read(whole.controller, &figures);
    cr_assert_eq(figures.unprotected, 2, "%lld", (long long)figures.unprotected);
}

static enum stand_in_way odd_lists(void *arg, const struct api_request *request,
                                   struct stand_in_reply *reply)
{
    static const char *const texts[] = {
        "{}",
        "{\"items\":null}",
        "{\"items\":7,\"metadata\":7}",
        "{\"items\":[null,7,\"a\",[],{}],\"metadata\":null}",
        "{\"items\":{\"a\":{}}}",
        "{\"items\":[{\"metadata\":null,\"spec\":null,\"status\":null}]}",
        "{\"items\":[{\"metadata\":[],\"spec\":{\"cidrs\":7,\"clusterIPs\":{},\"clusterIP\":[]}}]}",
        "{\"items\":[{\"spec\":{\"cidrs\":[\"x\",7,null],\"clusterIPs\":[null,7]},\"status\":{"
        "\"phase\":\"Running\"}}]}",
        "{\"items\":[{\"metadata\":{\"name\":7,\"namespace\":{},\"uid\":1e300},\"status\":{"
        "\"phase\":\"Running\"}}]}",
        "{\"items\":[",
        "",
    };
    size_t *row = arg;

    if (request->verb != API_LIST || request->limit == 1) {
        return STAND_IN_SERVES;
    }
    *reply = (struct stand_in_reply){.code = 200, .text = texts[*row]};
    *row = (*row + 1) % COUNT_OF(texts);
    return STAND_IN_REPLIES;
}

/* Services, ranges, pods of namespaces and aliases: whatever comes of it, nothing stops. */
Test(loop, lists_of_odd_types_stop_nothing)
{
    size_t row = 0;

    stand_in_put("namespaces", "{\"metadata\":{\"name\":\"odd\",\"labels\":{"
                               "\"podveil.io/gateway\":\"vpn\"}}}");
    stand_in_act_by(odd_lists, &row);
    pass(1800);
    stand_in_act_by(NULL, NULL);
    stand_in_drop(WHOLE_POLICIES, "media", companion.name);
    pass(2);
    cr_assert(has_companion());
}

Test(loop, a_cluster_that_is_another_is_told_and_taken_back)
{
    struct figures figures;

    stand_in_drop("services", "kube-system", "kube-dns");
    stand_in_put("nodes",
                 "{\"metadata\":{\"name\":\"n\"},\"spec\":{\"podCIDRs\":[\"10.9.0.0/24\"]}}");
    stand_in_put("servicecidrs",
                 "{\"metadata\":{\"name\":\"k\"},\"spec\":{\"cidrs\":[\"10.9.0.0/24\"]}}");
    pass(121);
    controller_read(whole.controller, &figures);
    cr_assert_eq(figures.differences, 3, "%s", whole.log);
    stand_in_put("services", "{\"metadata\":{\"name\":\"kube-dns\",\"namespace\":\"kube-system\"},"
                             "\"spec\":{\"clusterIPs\":[\"10.152.183.10\"]}}");
    stand_in_drop("nodes", "", "n");
    stand_in_drop("servicecidrs", "", "k");
    pass(121);
    controller_read(whole.controller, &figures);
    cr_assert_eq(figures.differences, 0, "%s", whole.log);
}
