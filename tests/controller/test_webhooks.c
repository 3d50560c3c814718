/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of both webhook configurations podveil believes and writes, at each request that can
 * go wrong: an entry that goes meanwhile, a configuration made anew, a caBundle of garbage.
 */
#include "lib/base/base64.h"
#include "server/controller/webhooks.h"
#include "tests/controller/stand_in.h"
#include "tests/controller/stand_in_store.h"

#include <criterion/criterion.h>

#include <stdio.h>

#define MUTATING "mutatingwebhookconfigurations"
#define VALIDATING "validatingwebhookconfigurations"
#define BUNDLE "-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n"
#define BUNDLE_64 "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCllRPT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo="
#define CONFIGURATION(metadata, webhooks)                                                          \
    "{\"metadata\":{\"name\":\"podveil\"" metadata "},\"webhooks\":" webhooks "}"
#define OURS(name, more)                                                                           \
    "{\"name\":\"" name ".podveil.io\",\"rules\":[7],\"clientConfig\":{\"service\":{"              \
    "\"namespace\":\"podveil\",\"name\":\"podveil\"}" more "}}"
#define HAS ",\"caBundle\":\"" BUNDLE_64 "\""
#define THEIRS                                                                                     \
    "{\"name\":\"x.podveil.io\",\"clientConfig\":{\"service\":{\"namespace\":\"other\"}}},"        \
    "{\"name\":\"x.example.org\",\"clientConfig\":{\"service\":{\"namespace\":\"podveil\"}}},"     \
    "{\"name\":\"xpodveil.io\",\"clientConfig\":{\"url\":\"https://x\"}}"
#define OWNED ",\"managedFields\":[{\"manager\":\"helm\"},{\"manager\":\"podveil\"}]"

static struct hub hub;
static struct webhooks webhooks;

static void start(void)
{
    const struct webhooks_options options = {.hub = &hub, .namespace = "podveil"};
    struct error err = {0};

    hub_init(&hub);
    hub.api = stand_in_start();
    cr_assert_eq(webhooks_start(&webhooks, &options, &err), 0, "%s", err.text);
    stand_in_quiet(0);
}

static void stop(void)
{
    api_stop(hub.api);
    webhooks_done(&webhooks);
    hub_done(&hub);
}

TestSuite(webhooks, .init = start, .fini = stop);

static void put(const char *plural, const char *json)
{
    stand_in_put(plural, json);
    stand_in_quiet(0);
}

static void put_both(const char *json)
{
    put(MUTATING, json);
    put(VALIDATING, json);
}

static enum webhooks_answer are(void)
{
    return webhooks_are(&webhooks, SLICE(BUNDLE));
}

static enum webhooks_answer have(void)
{
    return webhooks_have(&webhooks, SLICE(BUNDLE));
}

/* How many configurations were written; -1 and the error. */
static int write_bundle(struct error *err)
{
    size_t wrote = 0;

    int failed = webhooks_write(&webhooks, SLICE(BUNDLE), &wrote, err);
    stand_in_quiet(0);
    return failed != 0 ? -1 : (int)wrote;
}

static void assert_wrote(int want)
{
    struct error err = {0};
    int wrote = write_bundle(&err);

    cr_assert_eq(wrote, want, "%d: %s", wrote, err.text);
}

/* So often does it say that, as it is stored. */
static size_t count_in(const char *plural, const char *what)
{
    AUTO(buf) struct buf text = {0};
    size_t count = 0;

    cr_assert(stand_in_get(plural, "", "podveil", &text));
    for (const char *at = strstr(buf_cstr(&text), what); at != NULL; at = strstr(at + 1, what)) {
        count++;
    }
    return count;
}

/* ---- What is believed ---- */

Test(webhooks, are_none_where_nobody_has_made_them)
{
    cr_assert_eq(are(), WEBHOOKS_NONE);
    cr_assert_eq(have(), WEBHOOKS_NONE);
    cr_assert_eq(webhooks_have_any(&webhooks), WEBHOOKS_NO);
    put_both(CONFIGURATION("", "[" THEIRS "]"));
    cr_assert_eq(are(), WEBHOOKS_NONE);
    cr_assert_eq(webhooks_have_any(&webhooks), WEBHOOKS_NO);
}

Test(webhooks, have_it_where_each_entry_of_ours_has)
{
    put(MUTATING, CONFIGURATION("", "[" OURS("a", HAS) "," OURS("b", "") "," THEIRS "]"));
    cr_assert_eq(have(), WEBHOOKS_NO);
    cr_assert_eq(webhooks_have_any(&webhooks), WEBHOOKS_YES);
    put(MUTATING, CONFIGURATION("", "[" OURS("a", HAS) "," OURS("b", HAS) "," THEIRS "]"));
    cr_assert_eq(have(), WEBHOOKS_YES);
    cr_assert_eq(are(), WEBHOOKS_YES);
    put(VALIDATING, CONFIGURATION("", "[" OURS("a", "") "]"));
    cr_assert_eq(have(), WEBHOOKS_NO, "one of both is not enough");
    put(VALIDATING, CONFIGURATION("", "[{\"name\":\"u.podveil.io\",\"clientConfig\":{"
                                      "\"url\":\"https://x\"" HAS "}}]"));
    cr_assert_eq(have(), WEBHOOKS_YES, "an address is ours");
}

Test(webhooks, are_not_right_while_podveil_owns_fields_of_them)
{
    put_both(CONFIGURATION(OWNED, "[" OURS("a", HAS) "]"));
    cr_assert_eq(have(), WEBHOOKS_YES);
    cr_assert_eq(are(), WEBHOOKS_NO);
}

Test(webhooks, are_not_known_while_the_watch_is_broken)
{
    put_both(CONFIGURATION("", "[" OURS("a", HAS) "]"));
    stand_in_send(VALIDATING, "{\"type\":\"MODIFIED\",\"object\":\n");
    stand_in_quiet(0);
    cr_assert_eq(have(), WEBHOOKS_UNKNOWN);
    cr_assert_eq(are(), WEBHOOKS_UNKNOWN);
    cr_assert_eq(webhooks_have_any(&webhooks), WEBHOOKS_YES);
    stand_in_pass(30000, 0);
    cr_assert_eq(have(), WEBHOOKS_YES);
}

/* ---- What is none ---- */

static const char *const garbage[] = {
    ",\"caBundle\":\"\"",
    ",\"caBundle\":null",
    ",\"caBundle\":17",
    ",\"caBundle\":true",
    ",\"caBundle\":[\"" BUNDLE_64 "\"]",
    ",\"caBundle\":{\"a\":\"" BUNDLE_64 "\"}",
    ",\"caBundle\":\"%%%%\"",
    ",\"caBundle\":\"" BUNDLE_64 "=\"",
    ",\"caBundle\":\"AAAA\"",
    ",\"caBundle\":\"\\u0000\"",
    ",\"caBundle\":\"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t\"",
};

Test(webhooks, with_garbage_for_a_bundle_are_mended)
{
    for (size_t i = 0; i < COUNT_OF(garbage); i++) {
        AUTO(buf) struct buf text = {0};

        buf_init(&text, 100000);
        buf_printf(&text,
                   "{\"metadata\":{\"name\":\"podveil\"},\"webhooks\":[" OURS("a", "%s") "]}",
                   garbage[i]);
        put_both(buf_cstr(&text));
        cr_assert_eq(have(), WEBHOOKS_NO, "%s", garbage[i]);
        assert_wrote(2);
        cr_assert_eq(are(), WEBHOOKS_YES, "%s", garbage[i]);
        cr_assert_eq(count_in(MUTATING, BUNDLE_64), 1, "%s", garbage[i]);
    }
}

Test(webhooks, with_a_bundle_of_a_megabyte_are_mended)
{
    AUTO(buf) struct buf text = {0};

    buf_init(&text, 4 * 1024 * 1024);
    buf_text(&text, "{\"metadata\":{\"name\":\"podveil\"},\"webhooks\":[{\"name\":\"a.podveil.io\","
                    "\"clientConfig\":{\"url\":\"https://x\",\"caBundle\":\"");
    for (int i = 0; i < 1024 * 1024 / 4; i++) {
        buf_text(&text, "QUFB");
    }
    buf_text(&text, "\"}}]}");
    put(MUTATING, buf_cstr(&text));
    cr_assert_eq(have(), WEBHOOKS_NO);
    assert_wrote(1);
    cr_assert_eq(are(), WEBHOOKS_YES);
}

static const char *const odd[] = {
    "{\"metadata\":{\"name\":\"podveil\"}}",
    "{\"metadata\":{\"name\":\"podveil\"},\"webhooks\":null}",
    "{\"metadata\":{\"name\":\"podveil\"},\"webhooks\":{\"a\":" OURS("a", "") "}}",
    "{\"metadata\":{\"name\":\"podveil\"},\"webhooks\":\"" BUNDLE_64 "\"}",
    "{\"metadata\":{\"name\":\"podveil\"},\"webhooks\":[null,7,\"a\",[],{}]}",
    "{\"metadata\":{\"name\":\"podveil\"},\"webhooks\":[{\"name\":null},{\"name\":[]},{\"name\":7}]"
    "}",
    "{\"metadata\":{\"name\":\"podveil\"},\"webhooks\":[{\"name\":\"a.podveil.io\","
    "\"clientConfig\":{\"service\":7" HAS "}}]}",
    "{\"metadata\":{\"name\":\"podveil\"},\"webhooks\":[{\"name\":\"a.podveil.io\","
    "\"clientConfig\":{\"service\":{\"namespace\":null}" HAS "}}]}",
    "{\"metadata\":{\"name\":\"podveil\",\"managedFields\":\"podveil\"},\"webhooks\":[]}",
    "{\"metadata\":{\"name\":\"podveil\",\"managedFields\":[null,7,{\"manager\":[\"podveil\"]}]},"
    "\"webhooks\":[]}",
};

Test(webhooks, of_odd_types_are_never_believed_nor_written)
{
    for (size_t i = 0; i < COUNT_OF(odd); i++) {
        put_both(odd[i]);
        cr_assert_eq(have(), WEBHOOKS_NONE, "%s", odd[i]);
        cr_assert_eq(are(), WEBHOOKS_NONE, "%s", odd[i]);
        assert_wrote(0);
    }
    cr_assert_eq(stand_in_asked(API_APPLY, NULL) + stand_in_asked(API_MERGE, NULL), 0);
}

/* An entry that says nothing of where it leads is one with an address that is missing. */
Test(webhooks, without_a_client_are_no_and_get_one)
{
    put(MUTATING, CONFIGURATION("", "[{\"name\":\"a.podveil.io\"},{\"name\":\"b.podveil.io\","
                                    "\"clientConfig\":\"x\"}]"));
    cr_assert_eq(have(), WEBHOOKS_NO);
}

/* ---- Writing ---- */

Test(webhooks, get_the_bundle_in_our_entries_alone_and_are_owned_by_nobody)
{
    put_both(CONFIGURATION("", "[" OURS("a", "") "," THEIRS "," OURS("b", "") "]"));
    assert_wrote(2);
    cr_assert_eq(are(), WEBHOOKS_YES);
    cr_assert_eq(count_in(MUTATING, BUNDLE_64), 2);
    cr_assert_eq(count_in(MUTATING, "\"rules\":[7]"), 2, "the rest stays");
    cr_assert_eq(count_in(MUTATING, "\"manager\":\"podveil\""), 0);
    stand_in_forget();
    assert_wrote(0);
    cr_assert_eq(stand_in_asked(API_GET, NULL), 0, "what is right costs nothing");
}

Test(webhooks, that_are_gone_are_not_made)
{
    put_both(CONFIGURATION("", "[" OURS("a", "") "]"));
    stand_in_send(MUTATING, "{\"type\":\n"); /* from here on the cache is behind */
    stand_in_drop(MUTATING, "", "podveil");
    assert_wrote(2);
    AUTO(buf) struct buf text = {0};
    cr_assert_not(stand_in_get(MUTATING, "", "podveil", &text));
}

Test(webhooks, are_written_for_the_entries_that_are_there_now)
{
    put(MUTATING, CONFIGURATION("", "[" OURS("a", "") "," OURS("b", "") "]"));
    stand_in_send(MUTATING, "{\"type\":\n");
    stand_in_quiet(0);
    put(MUTATING, CONFIGURATION("", "[" OURS("b", "") "]"));
    assert_wrote(1);
    cr_assert_eq(count_in(MUTATING, "\"name\":\"a.podveil.io\""), 0, "it was taken out");
    cr_assert_eq(count_in(MUTATING, BUNDLE_64), 1);
}

/* ---- Somebody changes it between our read and our write ---- */

struct meanwhile {
    enum api_verb verb; /* before that request */
    unsigned times;
    bool anew; /* deleted, and made again */
    const char *json;
};

static enum stand_in_way change_meanwhile(void *arg, const struct api_request *request,
                                          struct stand_in_reply *reply)
{
    struct meanwhile *meanwhile = arg;

    (void)reply;
    if (request->verb == meanwhile->verb && meanwhile->times > 0) {
        meanwhile->times--;
        if (meanwhile->anew) {
            store_drop(MUTATING, "", "podveil");
        }
        if (meanwhile->json != NULL) {
            store_put(MUTATING, meanwhile->json);
        }
    }
    return STAND_IN_SERVES;
}

Test(webhooks, lose_no_entry_to_a_write_that_is_late)
{
    static const enum api_verb verbs[] = {API_APPLY, API_MERGE};

    for (size_t i = 0; i < 4; i++) {
        struct meanwhile meanwhile = {
            .verb = verbs[i % 2],
            .times = 2,
            .anew = i / 2 == 1,
            .json = CONFIGURATION("", "[" OURS("b", "") "," OURS("c", "") "]"),
        };

        put(MUTATING, CONFIGURATION("", "[" OURS("a", "") "," OURS("b", "") "]"));
        stand_in_act_by(change_meanwhile, &meanwhile);
        assert_wrote(1);
        stand_in_act_by(NULL, NULL);
        cr_assert_eq(meanwhile.times, 0);
        cr_assert_eq(count_in(MUTATING, "\"name\":\"a.podveil.io\""), 0, "case %zu", i);
        cr_assert_eq(count_in(MUTATING, BUNDLE_64), 2, "case %zu", i);
        cr_assert_eq(count_in(MUTATING, "\"manager\":\"podveil\""), 0, "case %zu", i);
        cr_assert_eq(are(), WEBHOOKS_YES, "case %zu", i);
    }
}

Test(webhooks, that_go_before_the_write_are_not_made)
{
    struct meanwhile meanwhile = {.verb = API_APPLY, .times = 1, .anew = true};
    AUTO(buf) struct buf text = {0};

    put(MUTATING, CONFIGURATION("", "[" OURS("a", "") "]"));
    stand_in_act_by(change_meanwhile, &meanwhile);
    assert_wrote(1);
    cr_assert_not(stand_in_get(MUTATING, "", "podveil", &text));
    cr_assert_eq(are(), WEBHOOKS_NONE);
}

Test(webhooks, that_somebody_always_changes_are_given_up_for_now)
{
    struct meanwhile meanwhile = {
        .verb = API_APPLY,
        .times = 1000,
        .json = CONFIGURATION("", "[" OURS("a", "") "]"),
    };
    struct error err = {0};

    put(MUTATING, CONFIGURATION("", "[" OURS("a", "") "]"));
    stand_in_act_by(change_meanwhile, &meanwhile);
    cr_assert_eq(write_bundle(&err), -1);
    cr_assert_not_null(strstr(err.text, "409"), "%s", err.text);
    cr_assert_leq(stand_in_asked(API_APPLY, NULL), 4);
    cr_assert_eq(count_in(MUTATING, "caBundle"), 0, "nothing is half written");
}

/* ---- Entries that are not ours any more ---- */

Test(webhooks, that_lead_elsewhere_now_are_given_up)
{
    put(MUTATING, CONFIGURATION(OWNED, "[" THEIRS "]"));
    cr_assert_eq(are(), WEBHOOKS_NO);
    assert_wrote(1);
    cr_assert_eq(are(), WEBHOOKS_NONE);
    cr_assert_eq(count_in(MUTATING, "\"manager\":\"podveil\""), 0);
    cr_assert_eq(count_in(MUTATING, "\"manager\":\"helm\""), 1);
    cr_assert_eq(count_in(MUTATING, BUNDLE_64), 0);
}

static enum stand_in_way lose_merge(void *arg, const struct api_request *request,
                                    struct stand_in_reply *reply)
{
    unsigned *left = arg;

    (void)reply;
    if (request->verb != API_MERGE || *left == 0) {
        return STAND_IN_SERVES;
    }
    (*left)--;
    return STAND_IN_LOSES;
}

static enum stand_in_way fail_merge(void *arg, const struct api_request *request,
                                    struct stand_in_reply *reply)
{
    return lose_merge(arg, request, reply) == STAND_IN_LOSES ? STAND_IN_FAILS : STAND_IN_SERVES;
}

Test(webhooks, are_disowned_by_the_next_write_where_this_one_was_cut_in_the_middle)
{
    stand_in_act *const cuts[] = {lose_merge, fail_merge};

    for (size_t i = 0; i < COUNT_OF(cuts); i++) {
        struct error err = {0};
        unsigned left = 1;

        put(MUTATING, CONFIGURATION("", "[" OURS("a", "") "]"));
        stand_in_act_by(cuts[i], &left);
        cr_assert_eq(write_bundle(&err), -1);
        cr_assert_eq(have(), WEBHOOKS_YES);
        cr_assert_geq(write_bundle(&err), 0, "%s", err.text);
        cr_assert_eq(are(), WEBHOOKS_YES, "cut %zu", i);
        cr_assert_eq(count_in(MUTATING, "\"manager\":\"podveil\""), 0);
    }
}

/* ---- Answers that are none ---- */

static enum stand_in_way reply_to_get(void *arg, const struct api_request *request,
                                      struct stand_in_reply *reply)
{
    *reply = *(const struct stand_in_reply *)arg;
    return request->verb == API_GET ? STAND_IN_REPLIES : STAND_IN_SERVES;
}

Test(webhooks, are_not_written_by_an_answer_that_is_none)
{
    static struct stand_in_reply replies[] = {
        {200, NULL, "{\"metadata\":{\"name\":\"podveil\",\"uid\":\"u\"},\"webhooks\":[{\"na"},
        {200, NULL, "[]"},
        {200, NULL, "null"},
        {200, NULL, ""},
        {200, "text/html", "<html>"},
        {500, NULL, "{}"},
        {200, NULL, "{\"metadata\":{},\"metadata\":{}}"},
    };

    put(MUTATING, CONFIGURATION("", "[" OURS("a", "") "]"));
    for (size_t i = 0; i < COUNT_OF(replies); i++) {
        struct error err = {0};

        stand_in_act_by(reply_to_get, &replies[i]);
        cr_assert_eq(write_bundle(&err), -1, "row %zu", i);
        cr_assert_neq(err.text[0], '\0', "row %zu", i);
    }
    cr_assert_eq(stand_in_asked(API_APPLY, NULL) + stand_in_asked(API_MERGE, NULL), 0);
}

/* Another object's answer, or an empty one: nothing of ours is in it, so nothing is written. */
Test(webhooks, are_not_written_by_an_answer_without_entries)
{
    static struct stand_in_reply replies[] = {
        {200, NULL, "{}"},
        {200, NULL, "{\"metadata\":null,\"webhooks\":null}"},
        {200, NULL, "{\"metadata\":{\"uid\":7},\"webhooks\":{}}"},
    };

    put(MUTATING, CONFIGURATION("", "[" OURS("a", "") "]"));
    for (size_t i = 0; i < COUNT_OF(replies); i++) {
        struct error err = {0};

        stand_in_act_by(reply_to_get, &replies[i]);
        (void)write_bundle(&err);
        cr_assert_eq(count_in(MUTATING, "caBundle"), 0, "row %zu", i);
        cr_assert_eq(are(), WEBHOOKS_NO, "row %zu", i);
    }
    cr_assert_eq(stand_in_asked(API_APPLY, NULL) + stand_in_asked(API_MERGE, NULL), 0);
}
