/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/known.h"

#include <criterion/criterion.h>

#include <stdio.h>

static struct policy_text policy_of(const char *namespace, const char *name, char *json)
{
    struct policy_text policy = {.json = json};

    (void)snprintf(policy.namespace, sizeof policy.namespace, "%s", namespace);
    (void)snprintf(policy.name, sizeof policy.name, "%s", name);
    return policy;
}

Test(known, believes_only_the_same_words)
{
    static struct known known;
    char json[] = "{\"a\":1}";
    char longer[] = "{\"a\":1} ";
    char other[] = "{\"a\":2}";
    struct policy_text policy = policy_of("media", "app", json);

    known_init(&known);
    cr_assert(!known_has(&known, &policy, 1));
    known_add(&known, &policy, 1);
    cr_assert(known_has(&known, &policy, 1));

    struct policy_text others[] = {
        policy_of("media", "app", other), policy_of("media", "app", longer),
        policy_of("media", "appp", json), policy_of("medi", "aapp", json),
        policy_of("media2", "app", json), policy_of("app", "media", json),
        policy_of("mediaapp", "", json),
    };
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        cr_assert(!known_has(&known, &others[i], 1), "%zu", i);
    }
    known_done(&known);
    cr_assert(!known_has(&known, &policy, 1));
}

Test(known, forgets_after_a_while)
{
    static struct known known;
    char json[] = "{}";
    struct policy_text policy = policy_of("media", "app", json);

    known_init(&known);
    known_add(&known, &policy, 1000);
    cr_assert(known_has(&known, &policy, 1000 + KNOWN_MS - 1));
    cr_assert(!known_has(&known, &policy, 1000 + KNOWN_MS));
    known_add(&known, &policy, 1000 + KNOWN_MS);
    cr_assert(known_has(&known, &policy, 1000 + KNOWN_MS));
    known_done(&known);
}

Test(known, has_room_for_most_of_many)
{
    enum { MANY = 100 };
    static struct known known;
    char json[] = "{}";
    char name[32];
    size_t there = 0;

    known_init(&known);
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(name, sizeof name, "workload-%d", i);
        struct policy_text policy = policy_of("media", name, json);
        known_add(&known, &policy, 1);
    }
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(name, sizeof name, "workload-%d", i);
        struct policy_text policy = policy_of("media", name, json);
        there += known_has(&known, &policy, 1) ? 1 : 0;
    }
    cr_assert_geq(there, 85, "%zu", there);
    known_done(&known);
}
