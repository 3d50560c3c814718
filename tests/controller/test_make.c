/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a policy comes to stand before its pod, at each request that can go wrong: what is not
 * known to stand is never said to.
 */
#include "server/controller/live.h"
#include "tests/controller/stand_in.h"
#include "tests/controller/stand_in_store.h"
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

TestSuite(make, .init = start, .fini = stop, .timeout = 60);

static bool is_stored(const char *plural, const char *namespace, const char *name)
{
    AUTO(buf) struct buf text = {0};

    return stand_in_get(plural, namespace, name, &text);
}

static bool is_guarded(void)
{
    AUTO(buf) struct buf text = {0};

    cr_assert(stand_in_get("namespaces", "", "media", &text));
    return strstr(buf_cstr(&text), "\"podveil.io/guarded\":\"true\"") != NULL;
}

/* ---- One request that goes wrong ---- */

/* The floor is not there, and nobody says it is. */
static void assert_refused(struct stand_in_fault *fault, const struct policy_text *policy,
                           const char *name)
{
    struct policy_made made;
    struct error err = {0};

    stand_in_act_by(stand_in_go_wrong, fault);
    cr_assert_eq(whole_make(&whole, policy, false, &made, &err), -1, "%s", name);
    cr_assert_neq(err.text[0], '\0', "%s", name);
    cr_assert_not(made.written, "%s", name);
    cr_assert_not(whole_stands(&whole, policy), "%s", name);
    stand_in_act_by(NULL, NULL);
    stand_in_quiet(WHOLE_THREADS);
}

/* ---- The order of things ---- */

Test(make, a_floor_is_guarded_judged_written_and_settles)
{
    AUTO(policy_text) struct policy_text floor = {0};
    struct policy_made made;
    struct error err = {0};

    whole_floor(&whole, &floor);
    stand_in_forget();
    cr_assert_eq(whole_make(&whole, &floor, false, &made, &err), 0, "%s", err.text);
    cr_assert(made.written);
    cr_assert_eq(made.wait_ms, floor.settle_ms);
    cr_assert_eq(stand_in_asked(API_APPLY, NULL), 2);
    cr_assert_eq(stand_in_asked(API_LIST, NULL), 1);
    cr_assert(is_guarded());
    stand_in_quiet(WHOLE_THREADS);
    cr_assert_not(whole_stands(&whole, &floor), "it has to settle");
    stand_in_pass(floor.settle_ms - 1, WHOLE_THREADS);
    cr_assert_not(whole_stands(&whole, &floor));
    stand_in_pass(1, WHOLE_THREADS);
    cr_assert(whole_stands(&whole, &floor));
    stand_in_forget();
    cr_assert_eq(whole_make(&whole, &floor, false, &made, &err), 0, "%s", err.text);
    cr_assert_eq(made.wait_ms, 0);
    cr_assert_not(made.written);
    cr_assert_neq(made.mark.text[0], '\0');
    cr_assert_eq(stand_in_asked(API_APPLY, NULL) + stand_in_asked(API_GET, NULL), 0);
}

/* Deleted before there was a pod, and held by somebody's finalizer: it can go at any moment. */
Test(make, a_floor_that_is_being_deleted_does_not_stand)
{
    static const char head[] = "{\"metadata\":{\"name\":\"podveil-floor\",\"namespace\":\"media\","
                               "\"deletionTimestamp\":\"2026-11-30T19:00:00Z\",\"finalizers\":["
                               "\"example.org/mine\"]},\"spec\":";
    AUTO(policy_text) struct policy_text floor = {0};
    AUTO(buf) struct buf held = {0};
    struct policy_made made;
    struct error err = {0};

    whole_floor(&whole, &floor);
    whole_make_well(&whole, &floor);
    cr_assert(whole_stands(&whole, &floor));
    buf_init(&held, 65536);
    buf_printf(&held, "%s%s", head, strstr(floor.json, "\"spec\":") + strlen("\"spec\":"));
    stand_in_put(WHOLE_POLICIES, buf_cstr(&held));
    stand_in_pass(floor.settle_ms, WHOLE_THREADS);

    cr_assert_not(whole_stands(&whole, &floor));
    cr_assert_eq(whole_make(&whole, &floor, true, &made, &err), -1);
    cr_assert_eq(whole_make(&whole, &floor, false, &made, &err), -1);
    cr_assert_not_null(strstr(err.text, "the finalizer example.org/mine holds it"), "%s", err.text);
    stand_in_drop(WHOLE_POLICIES, "media", "podveil-floor");
    stand_in_quiet(WHOLE_THREADS);
    whole_make_well(&whole, &floor);
    cr_assert(whole_stands(&whole, &floor));
}

Test(make, a_dry_run_stores_nothing)
{
    AUTO(policy_text) struct policy_text floor = {0};
    AUTO(policy_text) struct policy_text companion = {0};
    struct policy_made made;
    struct error err = {0};

    whole_floor(&whole, &floor);
    whole_companion(&whole, &companion);
    cr_assert_eq(whole_make(&whole, &floor, true, &made, &err), 0, "%s", err.text);
    cr_assert_eq(made.wait_ms, 0);
    cr_assert_eq(whole_make(&whole, &companion, true, &made, &err), 0, "%s", err.text);
    cr_assert_str_eq(made.mark.text, "");
    cr_assert_not(is_guarded());
    cr_assert_not(is_stored(WHOLE_POLICIES, "media", companion.name));
    cr_assert_not(whole_stands(&whole, &companion));
    size_t lists = stand_in_asked(API_LIST, WHOLE_POLICIES);
    stand_in_pass(LIVE_LATER_MS, WHOLE_THREADS);
    cr_assert_eq(stand_in_asked(API_LIST, WHOLE_POLICIES), lists, "nor is it judged again");
    stand_in_drop("namespaces", "", "media");
    stand_in_quiet(WHOLE_THREADS);
    cr_assert_eq(whole_make(&whole, &floor, true, &made, &err), 0, "%s", err.text);
    cr_assert_eq(whole_make(&whole, &floor, false, &made, &err), -1);
    cr_assert_not_null(strstr(err.text, "media is not known here"), "%s", err.text);
}

Test(make, a_namespace_that_the_watch_has_not_told_yet_is_asked_for)
{
    AUTO(policy_text) struct policy_text floor = {0};
    AUTO(buf) struct buf text = {0};
    AUTO(buf) struct buf line = {0};
    struct policy_made made;
    struct error err = {0};

    whole_floor(&whole, &floor);
    cr_assert(stand_in_get("namespaces", "", "media", &text));
    buf_init(&line, STAND_IN_EVENTS);
    buf_text(&line, "{\"type\":\"DELETED\",\"object\":");
    buf_slice(&line, buf_view(&text));
    buf_text(&line, "}\n");
    stand_in_send("namespaces", buf_cstr(&line));
    stand_in_quiet(WHOLE_THREADS);
    cr_assert_eq(whole_make(&whole, &floor, false, &made, &err), 0, "%s", err.text);
    cr_assert_eq(stand_in_asked(API_GET, "namespaces"), 1);
    cr_assert(is_guarded());
}

Test(make, a_namespace_with_a_leak_gets_no_floor)
{
    AUTO(policy_text) struct policy_text floor = {0};
    struct policy_made made;
    struct error err = {0};

    whole_floor(&whole, &floor);
    stand_in_put(WHOLE_POLICIES, WHOLE_ALLOW_ALL);
    cr_assert_eq(whole_make(&whole, &floor, false, &made, &err), -1);
    cr_assert_eq(made.reason, REASON_EGRESS_LEAK);
    cr_assert_not_null(strstr(err.text, "open"), "%s", err.text);
    cr_assert_not(is_stored(WHOLE_POLICIES, "media", floor.name));
}

/* ---- Each request goes wrong ---- */

/* Not among them: a policy without a spec, which selects every pod and lets nothing in. */
static const struct stand_in_reply bad_lists[] = {
    {200, NULL, "{\"kind\":\"NetworkPolicyList\",\"metadata\":{},\"items\":[{\"metadata\":{\"na"},
    {200, NULL, "{\"kind\":\"NetworkPolicyList\",\"items\":null}"},
    {200, NULL, "{\"kind\":\"NetworkPolicyList\",\"items\":{}}"},
    {200, NULL, "{\"kind\":\"NetworkPolicyList\"}"},
    {200, NULL, "{\"items\":[7]}"},
    {200, NULL, "{\"items\":[null]}"},
    {200, NULL, "{\"items\":[[]]}"},
    {200, NULL, "{\"items\":[{\"metadata\":{\"name\":\"a\"},\"spec\":{\"podSelector\":7}}]}"},
    {200, NULL, "{\"items\":[{\"metadata\":{\"name\":\"a\"},\"spec\":[]}]}"},
    {200, NULL, "{\"items\":[],\"items\":[]}"},
    {200, NULL, "[]"},
    {200, NULL, ""},
    {200, "text/html", "<html>"},
    {403, NULL, "{}"},
    {410, NULL, "{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"message\":\"gone\"}"},
    {0, NULL, ""},
};

Test(make, no_floor_is_written_by_a_list_that_is_none)
{
    AUTO(policy_text) struct policy_text floor = {0};

    whole_floor(&whole, &floor);
    for (size_t i = 0; i < COUNT_OF(bad_lists); i++) {
        struct stand_in_fault fault = {
            .verb = API_LIST,
            .plural = WHOLE_POLICIES,
            .times = 1,
            .way = STAND_IN_REPLIES,
            .reply = bad_lists[i],
        };
        assert_refused(&fault, &floor, bad_lists[i].text);
        cr_assert_not(is_stored(WHOLE_POLICIES, "media", floor.name), "%s", bad_lists[i].text);
    }
}

static void page_two(struct stand_in_reply *reply, const char *items)
{
    static char text[4096];

    (void)snprintf(text, sizeof text,
                   "{\"kind\":\"List\",\"metadata\":{\"continue\":\"\"},\"items\":[%s]}", items);
    *reply = (struct stand_in_reply){.code = 200, .text = text};
}

static enum stand_in_way two_pages(void *arg, const struct api_request *request,
                                   struct stand_in_reply *reply)
{
    if (request->verb != API_LIST || strcmp(request->resource->plural, WHOLE_POLICIES) != 0 ||
        request->namespace == NULL) {
        return STAND_IN_SERVES;
    }
    if (request->continue_token == NULL || request->continue_token[0] == '\0') {
        *reply = (struct stand_in_reply){
            .code = 200,
            .text = "{\"kind\":\"List\",\"metadata\":{\"continue\":\"x\"},\"items\":[]}"};
    } else {
        page_two(reply, arg);
    }
    return STAND_IN_REPLIES;
}

Test(make, a_leak_on_the_second_page_is_seen)
{
    AUTO(policy_text) struct policy_text floor = {0};
    char leak[] = WHOLE_ALLOW_ALL;
    struct policy_made made;
    struct error err = {0};

    whole_floor(&whole, &floor);
    stand_in_act_by(two_pages, leak);
    cr_assert_eq(whole_make(&whole, &floor, false, &made, &err), -1);
    cr_assert_eq(made.reason, REASON_EGRESS_LEAK);
}

/* Pods of the name are judged by what the cache has: what it has not is in everybody's way. */
Test(make, a_leak_by_name_is_left_to_its_pods_once_the_cache_has_it)
{
    static char leak[] =
        "{\"metadata\":{\"name\":\"open\",\"namespace\":\"media\",\"uid\":\"u-open\","
        "\"resourceVersion\":\"999\"},\"spec\":{\"podSelector\":{\"matchLabels\":{"
        "\"podveil.io/workload\":\"web\"}},\"policyTypes\":[\"Egress\"],\"egress\":[{}]}}";
    AUTO(policy_text) struct policy_text floor = {0};
    struct policy_made made;
    struct error err = {0};

    whole_floor(&whole, &floor);
    stand_in_act_by(two_pages, leak);
    cr_assert_eq(whole_make(&whole, &floor, false, &made, &err), -1);
    cr_assert_eq(made.reason, REASON_EGRESS_LEAK);
    stand_in_act_by(NULL, NULL);
    stand_in_put(WHOLE_POLICIES, leak);
    stand_in_quiet(WHOLE_THREADS);
    cr_assert_eq(whole_make(&whole, &floor, false, &made, &err), 0, "%s", err.text);
}

Test(make, a_token_too_long_to_be_kept_ends_in_a_denial)
{
    AUTO(policy_text) struct policy_text floor = {0};
    static char text[8192];
    struct stand_in_fault fault = {.verb = API_LIST,
                                   .plural = WHOLE_POLICIES,
                                   .times = 1,
                                   .way = STAND_IN_REPLIES,
                                   .reply = {.code = 200, .text = text}};

    (void)snprintf(text, sizeof text, "{\"items\":[],\"metadata\":{\"continue\":\"%05000d\"}}", 7);
    whole_floor(&whole, &floor);
    assert_refused(&fault, &floor, "continue");
}

static void make_namespace_anew(void)
{
    store_drop("namespaces", "", "media");
    store_put("namespaces", WHOLE_NAMESPACE);
}

static void delete_namespace(void)
{
    store_drop("namespaces", "", "media");
}

static const struct stand_in_fault faults[] = {
    {API_APPLY, "namespaces", 1, STAND_IN_FAILS, {0}, NULL, 0},
    {API_APPLY, "namespaces", 1, STAND_IN_LOSES, {0}, NULL, 0},
    {API_APPLY, "namespaces", 1, STAND_IN_SERVES, {0}, make_namespace_anew, 0},
    {API_APPLY, "namespaces", 1, STAND_IN_SERVES, {0}, delete_namespace, 0},
    {API_APPLY, "namespaces", 1, STAND_IN_REPLIES, {200, NULL, "{\"metadata\""}, NULL, 0},
    {API_APPLY, "namespaces", 1, STAND_IN_REPLIES, {403, NULL, "{}"}, NULL, 0},
    {API_LIST, WHOLE_POLICIES, 1, STAND_IN_FAILS, {0}, NULL, 0},
    {API_APPLY, WHOLE_POLICIES, 1, STAND_IN_FAILS, {0}, NULL, 0},
    {API_APPLY, WHOLE_POLICIES, 1, STAND_IN_REPLIES, {409, NULL, "{}"}, NULL, 0},
    {API_APPLY, WHOLE_POLICIES, 1, STAND_IN_REPLIES, {200, NULL, "{\"metadata\":{\"na"}, NULL, 0},
    {API_APPLY, WHOLE_POLICIES, 1, STAND_IN_REPLIES, {429, NULL, ""}, NULL, 0},
};

Test(make, no_floor_stands_by_a_request_that_went_wrong)
{
    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        AUTO(policy_text) struct policy_text floor = {0};
        struct stand_in_fault fault = faults[i];
        char name[32];

        stand_in_put("namespaces", WHOLE_NAMESPACE);
        stand_in_drop(WHOLE_POLICIES, "media", FLOOR_NAME);
        stand_in_quiet(WHOLE_THREADS);
        (void)snprintf(name, sizeof name, "row %zu", i);
        whole_floor(&whole, &floor);
        assert_refused(&fault, &floor, name);
        stand_in_put("namespaces", WHOLE_NAMESPACE);
        stand_in_quiet(WHOLE_THREADS);
        whole_make_well(&whole, &floor);
    }
}

Test(make, a_namespace_that_was_deleted_is_not_revived_by_its_label)
{
    AUTO(policy_text) struct policy_text floor = {0};
    struct stand_in_fault fault = {.verb = API_APPLY,
                                   .plural = "namespaces",
                                   .times = 1,
                                   .way = STAND_IN_SERVES,
                                   .before = delete_namespace};

    whole_floor(&whole, &floor);
    assert_refused(&fault, &floor, "deleted");
    cr_assert_not(is_stored("namespaces", "", "media"));
}

/* The answer is lost, but it was written: then the watch tells, and nothing is written twice. */
Test(make, a_companion_whose_answer_was_lost_stands_once_the_watch_says_so)
{
    AUTO(policy_text) struct policy_text companion = {0};
    struct stand_in_fault fault = {
        .verb = API_APPLY, .plural = WHOLE_POLICIES, .times = 1, .way = STAND_IN_LOSES};
    struct policy_made made;
    struct error err = {0};

    whole_companion(&whole, &companion);
    stand_in_act_by(stand_in_go_wrong, &fault);
    cr_assert_eq(whole_make(&whole, &companion, false, &made, &err), -1);
    cr_assert_not(made.written);
    stand_in_quiet(WHOLE_THREADS);
    size_t written = stand_in_asked(API_APPLY, WHOLE_POLICIES);
    whole_make_well(&whole, &companion);
    cr_assert_eq(stand_in_asked(API_APPLY, WHOLE_POLICIES), written);
}

/* An admission plugin of others rewrites it: it is not what was asked for, whatever the code. */
static const char *const rewritten[] = {
    "{}",
    "{\"metadata\":null}",
    "{\"metadata\":{\"name\":\"x\",\"namespace\":\"media\",\"uid\":\"u\"}}",
    "{\"metadata\":{\"name\":\"x\"},\"spec\":{\"podSelector\":{}}}",
    "{\"kind\":\"Status\",\"status\":\"Success\"}",
};

Test(make, what_was_changed_on_its_way_does_not_stand)
{
    for (size_t i = 0; i < COUNT_OF(rewritten); i++) {
        AUTO(policy_text) struct policy_text companion = {0};
        struct stand_in_fault fault = {.verb = API_APPLY,
                                       .plural = WHOLE_POLICIES,
                                       .times = 1,
                                       .way = STAND_IN_REPLIES,
                                       .reply = {200, NULL, rewritten[i]}};

        whole_companion(&whole, &companion);
        assert_refused(&fault, &companion, rewritten[i]);
    }
}

static enum stand_in_way rewrite_all(void *arg, const struct api_request *request,
                                     struct stand_in_reply *reply)
{
    *reply = (struct stand_in_reply){.code = 200, .text = arg};
    return api_verb_writes(request->verb) &&
                   strcmp(request->resource->plural, "networkpolicies") == 0
               ? STAND_IN_REPLIES
               : STAND_IN_SERVES;
}

Test(make, what_somebody_changes_at_each_write_is_denied_with_that_word)
{
    AUTO(policy_text) struct policy_text companion = {0};
    char text[] = "{\"metadata\":{\"name\":\"web-vpn-killswitch\",\"namespace\":\"media\","
                  "\"uid\":\"u\",\"resourceVersion\":\"99\"},\"spec\":{\"podSelector\":{}}}";
    struct policy_made made;
    struct error err = {0};

    whole_companion(&whole, &companion);
    stand_in_act_by(rewrite_all, text);
    cr_assert_eq(whole_make(&whole, &companion, false, &made, &err), -1);
    cr_assert_not_null(strstr(err.text, "changes NetworkPolicies as they are written"), "%s",
                       err.text);
    cr_assert_not(whole_stands(&whole, &companion));
}

Test(make, a_dry_run_takes_a_namespace_that_is_not_there_for_one_to_come)
{
    AUTO(policy_text) struct policy_text companion = {0};
    struct stand_in_fault fault = {.verb = API_APPLY,
                                   .plural = WHOLE_POLICIES,
                                   .times = 2,
                                   .way = STAND_IN_REPLIES,
                                   .reply = stand_in_status(404)};
    struct policy_made made;
    struct error err = {0};

    whole_companion(&whole, &companion);
    stand_in_act_by(stand_in_go_wrong, &fault);
    cr_assert_eq(whole_make(&whole, &companion, true, &made, &err), 0, "%s", err.text);
    cr_assert_eq(whole_make(&whole, &companion, false, &made, &err), -1);
}

/* ---- What is there is another ---- */

/* The object as it is stored, with one text in place of another. */
static void edit(const char *name, const char *old, const char *fresh)
{
    AUTO(buf) struct buf text = {0};
    AUTO(buf) struct buf edited = {0};

    cr_assert(stand_in_get(WHOLE_POLICIES, "media", name, &text));
    const char *at = strstr(buf_cstr(&text), old);
    cr_assert_not_null(at, "%s", buf_cstr(&text));
    buf_init(&edited, 65536);
    buf_append(&edited, text.data, (size_t)(at - text.data));
    buf_text(&edited, fresh);
    buf_text(&edited, at + strlen(old));
    stand_in_put(WHOLE_POLICIES, buf_cstr(&edited));
    stand_in_quiet(WHOLE_THREADS);
}

Test(make, a_companion_that_was_widened_or_is_going_does_not_stand)
{
    static const struct {
        const char *old;
        const char *fresh;
    } edits[] = {
        {"\"egress\":[", "\"egress\":[{},"},
        {"\"Egress\"", "\"Ingress\""},
        {"\"podveil.io/workload\":\"web\"", "\"podveil.io/workload\":\"other\""},
        {"\"resourceVersion\"", "\"annotations\":{\"podveil.io/going\":\"x\"},\"resourceVersion\""},
    };
    AUTO(policy_text) struct policy_text companion = {0};
    AUTO(policy_text) struct policy_text floor = {0};

    whole_companion(&whole, &companion);
    whole_floor(&whole, &floor);
    whole_make_well(&whole, &floor);
    for (size_t i = 0; i < COUNT_OF(edits); i++) {
        whole_make_well(&whole, &companion);
        edit(companion.name, edits[i].old, edits[i].fresh);
        cr_assert_not(whole_stands(&whole, &companion), "edit %zu", i);
    }
    whole_make_well(&whole, &companion);
}
