/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controller/election.h"
#include "tests/base/support.h"

#include <criterion/criterion.h>

#include <stdio.h>

enum { TEXT = 4096 };

static const struct election_times times = {.lease_ms = 15000, .renew_ms = 10000, .retry_ms = 2000};

static const struct election_place eight = {"ns", "podveil", 1769846400000001, 1000};
static const struct election_place later = {"ns", "podveil", 1769846405000000, 6000};

static struct election start(const char *identity)
{
    struct election election;

    election_init(&election, identity, &times);
    return election;
}

/* A Lease of that holder and version, renewed with that version, as the API server has it. */
static const char *lease(char text[static TEXT], const char *holder, const char *version)
{
    (void)snprintf(text, TEXT,
                   "{\"metadata\":{\"resourceVersion\":\"%s\"},\"spec\":{\"holderIdentity\":\"%s\","
                   "\"leaseDurationSeconds\":15,\"acquireTime\":\"2026-01-31T08:00:00.000001Z\","
                   "\"renewTime\":\"2026-01-31T08:00:%sZ\",\"leaseTransitions\":3}}",
                   version, holder, version);
    return text;
}

static void see(struct election *election, const char *text, int64_t now_ms)
{
    AUTO(json) struct json doc = {0};
    struct error err = {0};

    cr_assert_eq(json_parse(&doc, slice_of(text), &err), 0, "%s", err.text);
    election_see(election, value_root(&doc), now_ms);
}

static void hold(struct election *election, const char *text, int64_t sent_ms)
{
    AUTO(json) struct json doc = {0};
    struct error err = {0};

    cr_assert_eq(json_parse(&doc, slice_of(text), &err), 0, "%s", err.text);
    election_hold(election, value_root(&doc), sent_ms);
}

Test(election, makes_a_lease_where_there_is_none)
{
    struct election e = start("a");

    election_see(&e, VALUE_ABSENT, 1000);
    cr_assert_eq(election_next(&e, 1000), ELECTION_CREATE);
    cr_assert_eq(election_leads_until(&e), 0);
}

Test(election, waits_for_a_holder_that_renews)
{
    struct election e = start("a");
    char text[TEXT];

    for (int64_t now_ms = 1000; now_ms < 100000; now_ms += 14000) {
        char version[32];
        (void)snprintf(version, sizeof version, "%d", (int)now_ms);
        see(&e, lease(text, "b", version), now_ms);
        cr_assert_eq(election_next(&e, now_ms + 13999), ELECTION_WAIT);
    }
}

Test(election, takes_it_from_a_holder_that_is_silent)
{
    struct election e = start("a");
    char text[TEXT];

    see(&e, lease(text, "b", "1"), 1000);
    see(&e, lease(text, "b", "1"), 15999);
    cr_assert_eq(election_next(&e, 15999), ELECTION_WAIT);
    see(&e, lease(text, "b", "1"), 16000);
    cr_assert_eq(election_next(&e, 16000), ELECTION_TAKE);
}

/* Followers write into it what their configuration is. */
Test(election, takes_it_from_a_holder_that_others_write_beside)
{
    static const char *const renewals[] = {"", "\"renewTime\":null,", "\"renewTime\":7,",
                                           "\"renewTime\":\"2026-01-31T08:00:00.000000Z\","};

    for (size_t i = 0; i < COUNT_OF(renewals); i++) {
        struct election e = start("a");
        char text[TEXT];

        for (int64_t now_ms = 1000; now_ms <= 16000; now_ms += 1000) {
            (void)snprintf(text, sizeof text,
                           "{\"metadata\":{\"resourceVersion\":\"%d\"},\"spec\":{%s"
                           "\"holderIdentity\":\"b\",\"leaseDurationSeconds\":15}}",
                           (int)now_ms, renewals[i]);
            see(&e, text, now_ms);
        }
        cr_assert_eq(election_next(&e, 16000), ELECTION_TAKE, "%s", renewals[i]);
    }
}

Test(election, takes_it_at_once_from_nobody)
{
    struct election e = start("a");
    char text[TEXT];

    see(&e, lease(text, "", "1"), 1000);
    cr_assert_eq(election_next(&e, 1000), ELECTION_TAKE);
}

Test(election, leads_from_when_the_renewal_was_sent)
{
    struct election e = start("a");
    char text[TEXT];

    hold(&e, lease(text, "a", "2"), 5000);
    cr_assert_eq(election_leads_until(&e), 15000);
    cr_assert_eq(election_next(&e, 5000), ELECTION_RENEW);
}

Test(election, stops_leading_before_anybody_may_take_it)
{
    struct election leader = start("a");
    struct election other = start("b");
    char text[TEXT];

    hold(&leader, lease(text, "a", "2"), 5000);
    see(&other, lease(text, "a", "2"), 5000); /* at the earliest: as it was sent */
    cr_assert_eq(election_next(&other, election_leads_until(&leader)), ELECTION_WAIT);
}

Test(election, leads_no_more_once_another_holds_it)
{
    struct election e = start("a");
    char text[TEXT];

    hold(&e, lease(text, "a", "2"), 5000);
    see(&e, lease(text, "b", "3"), 6000);
    cr_assert_eq(election_leads_until(&e), 0);
    cr_assert_eq(election_next(&e, 6000), ELECTION_WAIT);
}

Test(election, does_not_lead_by_a_write_that_is_only_seen)
{
    struct election e = start("a");
    char text[TEXT];

    see(&e, lease(text, "a", "2"), 5000); /* the answer to our own write was lost */
    cr_assert_eq(election_leads_until(&e), 0);
    cr_assert_eq(election_next(&e, 5000), ELECTION_RENEW);
}

Test(election, starts_anew_where_the_lease_was_deleted)
{
    struct election e = start("a");
    char text[TEXT];

    hold(&e, lease(text, "a", "2"), 5000);
    election_see(&e, VALUE_ABSENT, 6000);
    cr_assert_eq(election_next(&e, 6000), ELECTION_CREATE);
    cr_assert_eq(election_leads_until(&e), 0);
}

/* ---- What is written ---- */

static void assert_printed(struct election *e, enum election_step step, const char *want)
{
    AUTO(buf) struct buf out = {0};
    struct error err = {0};

    buf_init(&out, TEXT);
    cr_assert_eq(election_print(e, step, &eight, &out, &err), 0);
    cr_assert_str_eq(buf_cstr(&out), want);
}

Test(election, writes_what_client_go_writes)
{
    struct election e = start("a");
    char text[TEXT];

    assert_printed(&e, ELECTION_CREATE,
                   "{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\",\"metadata\":{"
                   "\"name\":\"podveil\",\"namespace\":\"ns\"},\"spec\":{\"holderIdentity\":\"a\","
                   "\"leaseDurationSeconds\":15,\"acquireTime\":\"2026-01-31T08:00:00.000001Z\","
                   "\"renewTime\":\"2026-01-31T08:00:00.000001Z\",\"leaseTransitions\":0}}");
    see(&e, lease(text, "b", "7"), 1000);
    assert_printed(&e, ELECTION_TAKE,
                   "{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\",\"metadata\":{"
                   "\"name\":\"podveil\",\"namespace\":\"ns\",\"resourceVersion\":\"7\"},"
                   "\"spec\":{\"holderIdentity\":\"a\",\"leaseDurationSeconds\":15,"
                   "\"acquireTime\":\"2026-01-31T08:00:00.000001Z\","
                   "\"renewTime\":\"2026-01-31T08:00:00.000001Z\",\"leaseTransitions\":4}}");
}

Test(election, keeps_when_it_was_acquired)
{
    struct election e = start("a");
    AUTO(buf) struct buf out = {0};
    struct error err = {0};
    char text[TEXT];

    hold(&e, lease(text, "a", "7"), 1000);
    buf_init(&out, TEXT);
    cr_assert_eq(election_print(&e, ELECTION_RENEW, &later, &out, &err), 0);
    cr_assert_not_null(strstr(buf_cstr(&out), "\"acquireTime\":\"2026-01-31T08:00:00.000001Z\""));
    cr_assert_not_null(strstr(buf_cstr(&out), "\"renewTime\":\"2026-01-31T08:00:05.000000Z\""));
    cr_assert_not_null(strstr(buf_cstr(&out), "\"leaseTransitions\":3"));
}

Test(election, gives_it_up_to_whoever_comes)
{
    struct election e = start("a");
    AUTO(buf) struct buf out = {0};
    struct error err = {0};
    char text[TEXT];

    hold(&e, lease(text, "a", "7"), 1000);
    buf_init(&out, TEXT);
    cr_assert_eq(election_print_release(&e, &later, &out, &err), 0);
    cr_assert_not_null(strstr(buf_cstr(&out), "\"holderIdentity\":\"\""));
    cr_assert_not_null(strstr(buf_cstr(&out), "\"leaseDurationSeconds\":1,"));
    cr_assert_not_null(strstr(buf_cstr(&out), "\"resourceVersion\":\"7\""));
}

/* ---- Configurations ---- */

#define ONE "111111111111"
#define TWO "222222222222"

/* As the holder b wrote it, with the annotations that stand. */
static const char *lease_of(char text[static TEXT], const char *version, const char *renewed,
                            const char *annotations)
{
    (void)snprintf(text, TEXT,
                   "{\"metadata\":{\"resourceVersion\":\"%s\",\"annotations\":{%.2000s}},\"spec\":{"
                   "\"holderIdentity\":\"b\",\"leaseDurationSeconds\":15,\"renewTime\":\"%s\","
                   "\"acquireTime\":\"2026-01-31T08:00:00.000001Z\",\"leaseTransitions\":3}}",
                   version, annotations, renewed);
    return text;
}

/* What it writes into the Lease of version 5. */
static void print(struct election *e, enum election_step step, int64_t now_ms,
                  char out[static TEXT])
{
    const struct election_place place = {"ns", "podveil", 1769846400000001, now_ms};
    AUTO(buf) struct buf text = {0};
    struct error err = {0};

    buf_init(&text, TEXT - 1);
    cr_assert_eq(election_print(e, step, &place, &text, &err), 0, "%s", err.text);
    slice_copy(buf_view(&text), out, TEXT);
}

/* The annotations that `from` would write as the holder. */
static void annotations_of(struct election *from, int64_t now_ms, char out[static TEXT])
{
    char text[TEXT];

    print(from, ELECTION_RENEW, now_ms, text);
    const char *begin = strstr(text, "\"annotations\":{");
    cr_assert_not_null(begin, "%s", text);
    begin += strlen("\"annotations\":{");
    slice_copy((struct slice){begin, strcspn(begin, "}")}, out, TEXT);
}

Test(election, what_others_say_keeps_no_silent_holder)
{
    struct election e = start("a");
    char text[TEXT];

    see(&e, lease_of(text, "1", "then", ""), 1000);
    see(&e, lease_of(text, "2", "then", "\"peer.podveil.io/0123456789abcdef\":\"" ONE " 1\""),
        14000);
    cr_assert_eq(election_next(&e, 16000), ELECTION_TAKE);
    see(&e, lease_of(text, "3", "now", ""), 16000);
    cr_assert_eq(election_next(&e, 16000), ELECTION_WAIT);
}

Test(election, says_its_configuration_while_the_holders_is_another)
{
    struct election holder = start("b");
    struct election e = start("a");
    char annotations[TEXT];
    char text[TEXT];
    char said[TEXT];

    peers_use(&holder.peers, ONE);
    peers_use(&e.peers, ONE);
    annotations_of(&holder, 1000, annotations);
    see(&e, lease_of(text, "5", "then", annotations), 1000);
    cr_assert_eq(election_next(&e, 1000), ELECTION_WAIT, "all have the same");

    peers_use(&e.peers, TWO);
    cr_assert_eq(election_next(&e, 1000), ELECTION_SAY);
    print(&e, ELECTION_SAY, 1000, said);
    cr_assert(strstr(said, "\"holderIdentity\":\"b\"") && strstr(said, "\"renewTime\":\"then\"") &&
                  strstr(said, "\"resourceVersion\":\"5\"") && strstr(said, annotations) &&
                  strstr(said, TWO " 1"),
              "%s", said);

    hold(&e, said, 1000);
    cr_assert_eq(election_leads_until(&e), 0, "that makes no leader");
    cr_assert_eq(election_next(&e, 5999), ELECTION_WAIT, "it was said");
    cr_assert_eq(election_next(&e, 6000), ELECTION_SAY, "and is said again");
    peers_use(&e.peers, ONE);
    cr_assert_eq(election_next(&e, 1000), ELECTION_SAY, "no longer");
}

Test(election, the_holder_knows_who_lives_and_what_it_has)
{
    struct election holder = start("b");
    struct election e = start("a");
    struct peer_configs others;
    char annotations[TEXT];
    char text[TEXT];

    peers_use(&holder.peers, ONE);
    peers_use(&e.peers, TWO);
    annotations_of(&e, 1000, annotations);
    see(&holder, lease_of(text, "5", "then", annotations), 2000);
    peers_others(&holder.peers, 16999, &others);
    cr_assert(others.count == 1 && peer_configs_have(&others, TWO));
    annotations_of(&holder, 16999, text);
    cr_assert(strstr(text, annotations) != NULL, "it is left there: %s", text);

    peers_others(&holder.peers, 17000, &others);
    cr_assert_eq(others.count, 0, "silent for as long as a Lease lasts");
    annotations_of(&holder, 17000, text);
    cr_assert(strstr(text, TWO) == NULL, "%s", text);

    annotations_of(&e, 17000, annotations); /* once more */
    see(&holder, lease_of(text, "6", "then", annotations), 18000);
    peers_use(&holder.peers, TWO);
    peers_others(&holder.peers, 18000, &others);
    cr_assert_eq(others.count, 0, "what is ours is no other");
}

Test(election, what_is_no_configuration_is_not_believed)
{
    struct election e = start("a");
    struct peer_configs others;
    char text[TEXT];

    peers_use(&e.peers, ONE);
    see(&e,
        lease_of(text, "5", "then",
                 "\"peer.podveil.io/0123456789abcdef\":\"22222222222 1\","
                 "\"peer.podveil.io/1123456789abcdef\":\"222222222222\","
                 "\"peer.podveil.io/2123456789abcdef\":\"22222222222Z 1\","
                 "\"peer.podveil.io/3\":\"" TWO " 1\","
                 "\"peer.podveil.io/4123456789abcdef\":7,"
                 "\"peer.podveil.io/5123456789abcdef\":\"" TWO
                 " 1111111111111111111111111111111111111111111\","
                 "\"other.podveil.io/612345678abcdef\":\"" TWO " 1\""),
        1000);
    peers_others(&e.peers, 1000, &others);
    cr_assert_eq(others.count, 0);
}
