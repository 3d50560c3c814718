/* SPDX-License-Identifier: Apache-2.0 */
/* What was found of policies that stand, and how often they are judged. */
#include "server/admission/neighbours.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

#include <stdio.h>

#define OPEN "{\"podSelector\":{},\"policyTypes\":[\"Egress\"],\"egress\":[{}]}"
#define SHUT "{\"podSelector\":{},\"policyTypes\":[\"Egress\"]}"

static struct verdicts verdicts;
static const struct ruleset *ruleset;
static bool by_name;

static void start(void)
{
    static const uint8_t secrets[VERDICTS_SECRETS] = "sixteen bytes...and sixteen more";

    verdicts_init(&verdicts, secrets);
    ruleset = fixture_ruleset(FIXTURE_EXAMPLE);
}

static void stop(void)
{
    verdicts_done(&verdicts);
    ruleset_unref(ruleset);
}

TestSuite(verdicts, .init = start, .fini = stop);

struct standing {
    const char *uid;
    const char *version;
    const char *spec;
};

static void print(const struct standing *policy, char *out, size_t size)
{
    (void)snprintf(out, size,
                   "{\"metadata\":{\"name\":\"np\",\"namespace\":\"media\",\"uid\":\"%s\","
                   "\"resourceVersion\":\"%s\"},\"spec\":%s}",
                   policy->uid, policy->version, policy->spec);
}

/* What a pod of the namespace is denied for. */
static void judge_by(const struct ruleset *by, const struct standing *policy, struct findings *out)
{
    const struct neighbours neighbours = {.ruleset = by,
                                          .namespace = SLICE("media"),
                                          .by_name = by_name,
                                          .verdicts = &verdicts,
                                          .findings = out};
    AUTO(json) struct json doc = {0};
    struct error err = {0};
    char text[1024];

    print(policy, text, sizeof text);
    fixture_parse(&doc, text);
    findings_init(out, by->config);
    int failed = neighbours_judge(&neighbours, value_root(&doc), &err);
    cr_assert_eq(failed, 0, "%s", err.text);
}

static enum reason judge(const struct standing *policy)
{
    struct findings found;

    judge_by(ruleset, policy, &found);
    return found.denied;
}

static void assert_counts(int64_t judged, int64_t remembered)
{
    cr_assert_eq(atomic_load(&verdicts.judged), judged);
    cr_assert_eq(atomic_load(&verdicts.remembered), remembered);
}

Test(verdicts, a_policy_is_judged_once_however_many_pods_come)
{
    for (int i = 0; i < 100; i++) {
        cr_assert_eq(judge(&(struct standing){"u", "7", SHUT}), REASON_NONE);
    }
    assert_counts(1, 99);
}

Test(verdicts, a_denial_is_remembered_in_its_words)
{
    struct findings first;
    struct findings second;

    judge_by(ruleset, &(struct standing){"u", "7", OPEN}, &first);
    judge_by(ruleset, &(struct standing){"u", "7", OPEN}, &second);
    cr_assert_eq(second.denied, REASON_EGRESS_LEAK);
    cr_assert_str_eq(second.message, first.message);
    cr_assert(strstr(first.message, "the NetworkPolicy np of this namespace") != NULL);
    assert_counts(1, 1);
}

/* Where no pod is known, what names workloads is left to the pods that have the name. */
Test(verdicts, who_is_selected_by_name_is_judged_by_name)
{
    static const char spec[] = "{\"podSelector\":{\"matchLabels\":{\"podveil.io/workload\":\"a\"}},"
                               "\"policyTypes\":[\"Egress\"],\"egress\":[{}]}";

    cr_assert_eq(judge(&(struct standing){"u", "7", spec}), REASON_NONE);
    by_name = true;
    cr_assert_eq(judge(&(struct standing){"u", "7", spec}), REASON_EGRESS_LEAK);
    by_name = false;
    assert_counts(1, 1);
}

Test(verdicts, another_version_is_another_policy)
{
    cr_assert_eq(judge(&(struct standing){"u", "7", SHUT}), REASON_NONE);
    cr_assert_eq(judge(&(struct standing){"u", "8", OPEN}), REASON_EGRESS_LEAK);
    cr_assert_eq(judge(&(struct standing){"v", "7", OPEN}), REASON_EGRESS_LEAK);
    cr_assert_eq(judge(&(struct standing){"u", "7", SHUT}), REASON_NONE);
    assert_counts(3, 1);
}

Test(verdicts, another_configuration_judges_anew)
{
    static const char policy[] = "{\"podSelector\":{},\"policyTypes\":[\"Egress\"],\"egress\":[{"
                                 "\"to\":[{\"ipBlock\":{\"cidr\":\"192.168.0.0/24\"}}]}]}";
    AUTO(buf) struct buf text = {0};
    struct findings found;

    fixture_read(&text, FIXTURE_EXAMPLE);
    char *cidr = strstr(buf_cstr(&text), "192.168.0.0/24");
    cr_assert_not_null(cidr);
    cidr[strlen("192.168.")] = '7';
    AUTO(ruleset) const struct ruleset *other = fixture_ruleset_of(buf_cstr(&text));
    cr_assert_eq(judge(&(struct standing){"u", "7", policy}), REASON_NONE);
    judge_by(other, &(struct standing){"u", "7", policy}, &found);
    cr_assert_eq(found.denied, REASON_EGRESS_LEAK);
    cr_assert_eq(judge(&(struct standing){"u", "7", policy}), REASON_NONE);
    assert_counts(2, 1);
}

Test(verdicts, what_has_no_version_is_never_remembered)
{
    cr_assert_eq(judge(&(struct standing){"u", "", SHUT}), REASON_NONE);
    cr_assert_eq(judge(&(struct standing){"u", "", OPEN}), REASON_EGRESS_LEAK);
    cr_assert_eq(judge(&(struct standing){"", "7", OPEN}), REASON_EGRESS_LEAK);
    assert_counts(3, 0);
}

/* An API server that was set back gives a version a second time. */
Test(verdicts, nothing_from_before_is_believed_once_all_is_forgotten)
{
    AUTO(json) struct json doc = {0};
    struct verdict_key key;
    struct findings found;
    char text[1024];

    cr_assert_eq(judge(&(struct standing){"u", "7", SHUT}), REASON_NONE);
    verdicts_clear(&verdicts);
    cr_assert_eq(judge(&(struct standing){"u", "7", OPEN}), REASON_EGRESS_LEAK);
    verdicts_clear(&verdicts);
    print(&(struct standing){"u", "7", SHUT}, text, sizeof text);
    fixture_parse(&doc, text);
    findings_init(&found, ruleset->config);
    cr_assert(!verdicts_find(&verdicts, value_root(&doc), ruleset->config->id, &key, &found));
    verdicts_clear(&verdicts); /* while it is judged */
    verdicts_keep(&verdicts, &key, &found);
    cr_assert_eq(judge(&(struct standing){"u", "7", OPEN}), REASON_EGRESS_LEAK);
}

Test(verdicts, memory_is_bounded_and_the_latest_stay)
{
    enum { MANY = 3 * VERDICTS_SETS * VERDICTS_WAYS, LATEST = VERDICTS_SETS / 4 };
    char version[16];

    for (int i = 0; i < MANY; i++) {
        (void)snprintf(version, sizeof version, "%d", i);
        (void)judge(&(struct standing){"u", version, i % 4 == 0 ? OPEN : SHUT});
        cr_assert_leq(verdicts.texts, VERDICTS_TEXTS);
    }
    assert_counts(MANY, 0);
    for (int i = MANY - LATEST; i < MANY; i++) {
        (void)snprintf(version, sizeof version, "%d", i);
        (void)judge(&(struct standing){"u", version, i % 4 == 0 ? OPEN : SHUT});
    }
    cr_assert_geq(atomic_load(&verdicts.remembered), LATEST * 3 / 4 * 9 / 10);
}

static void *judge_many(void *arg)
{
    char version[16];

    for (int i = 0; i < 2000; i++) {
        bool open = i % 3 == 0;
        (void)snprintf(version, sizeof version, "%d", i % 30);
        enum reason denied = judge(&(struct standing){"u", version, open ? OPEN : SHUT});
        cr_assert_eq(denied, open ? REASON_EGRESS_LEAK : REASON_NONE);
        if (i % 500 == 499) {
            verdicts_clear(&verdicts);
        }
    }
    return arg;
}

Test(verdicts, threads_find_what_is_there)
{
    pthread_t threads[4];

    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, judge_many, NULL), 0);
    }
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
    }
    cr_assert_eq(atomic_load(&verdicts.judged) + atomic_load(&verdicts.remembered), 8000);
}
