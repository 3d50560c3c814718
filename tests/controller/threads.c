/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All threads of a controller at once, for the thread sanitizer: loop, Lease, certificates,
 * client and four admissions, while somebody deletes what they keep, breaks watches, and
 * moves the clock. A program of its own, since the sanitizer and Criterion's processes do not go
 * together.
 *
 * Exit: 0 all stands in the end, else an assertion; the sanitizer's own where it speaks.
 */
#include "tests/controller/moments.h"
#include "tests/controller/replica.h"
#include "tests/controller/stand_in.h"
#include "tests/controller/whole.h"

#include <criterion/criterion.h>

#include <stdatomic.h>
#include <stdio.h>

enum { ADMITTING = 4, ROUNDS = 200, THREADS = WHOLE_THREADS + 1 };

static struct whole whole;
static atomic_bool over;
static atomic_uint made_well;

/* One replica's writer: the floor by the first, a companion of its own by each other. */
struct admission {
    pthread_t thread;
    struct policy_text policy;
};

static void print_policy(size_t i, struct policy_text *out)
{
    struct error err = {0};
    struct subject subject = {
        .ruleset = whole.ruleset,
        .rules = ruleset_gateway(whole.ruleset, SLICE("vpn")),
        .namespace = SLICE("media"),
    };

    if (i == 0) {
        whole_floor(&whole, out);
        return;
    }
    (void)snprintf(subject.workload, sizeof subject.workload, "web-%zu", i);
    (void)snprintf(subject.workload_label, sizeof subject.workload_label, "web-%zu", i);
    cr_assert_eq(policies_companion(&subject, out, &err), 0, "%s", err.text);
}

static int no_matter(void *arg, struct value policy, struct error *err)
{
    (void)arg;
    (void)policy;
    (void)err;
    return 0;
}

static void *admit(void *arg)
{
    const struct admission *admission = arg;
    const struct policy_store store = controller_store(whole.controller);

    while (!atomic_load(&over)) {
        struct policy_made made;
        struct figures figures;
        struct error err = {0};
        const char *why = NULL;

        (void)store.visit(store.place, SLICE("media"), no_matter, NULL, &err);
        if (whole_make(&whole, &admission->policy, false, &made, &err) == 0) {
            (void)atomic_fetch_add(&made_well, 1);
        }
        (void)whole_stands(&whole, &admission->policy);
        (void)controller_is_ready(whole.controller, &why);
        controller_read(whole.controller, &figures);
    }
    return NULL;
}

/* Somebody with an administrator's rights. */
static void disturb(unsigned round, const struct admission *admissions)
{
    static const char *const watched[] = {WHOLE_POLICIES, "namespaces", "pods", "secrets"};
    const char *plural = watched[round % COUNT_OF(watched)];

    stand_in_drop(WHOLE_POLICIES, "media", admissions[round % ADMITTING].policy.name);
    switch (round % 7) {
    case 0:
        stand_in_drop("secrets", "podveil", "podveil-ca");
        break;
    case 1:
        replica_register("");
        break;
    case 2:
        stand_in_cut(plural);
        break;
    case 3:
        stand_in_send(plural, "{\"type\":\n");
        break;
    case 4:
        stand_in_drop("leases", "podveil", "podveil");
        break;
    case 5:
        stand_in_drop("pods", "media", "web-1");
        break;
    default:
        stand_in_put("pods", WHOLE_POD("web-1"));
        break;
    }
    moments_pass(700);
}

static void run_all(void)
{
    struct admission admissions[ADMITTING] = {0};

    for (size_t i = 0; i < ADMITTING; i++) {
        print_policy(i, &admissions[i].policy);
        cr_assert_eq(pthread_create(&admissions[i].thread, NULL, admit, &admissions[i]), 0);
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned before = atomic_load(&made_well);
        disturb(round, admissions);
        for (int i = 0; i < 1000 && atomic_load(&made_well) == before; i++) {
            (void)sched_yield();
        }
    }
    atomic_store(&over, true);
    for (size_t i = 0; i < ADMITTING; i++) {
        cr_assert_eq(pthread_join(admissions[i].thread, NULL), 0);
    }
    for (int i = 0; i < 60; i++) {
        stand_in_pass(1000, THREADS);
    }
    for (size_t i = 0; i < ADMITTING; i++) {
        whole_make_well(&whole, &admissions[i].policy);
        policy_text_done(&admissions[i].policy);
    }
}

int main(void)
{
    const struct controller_certificates certificates = {0};
    const struct controller_options options = {.certificates = &certificates};
    const char *why = NULL;

    stand_in_put("namespaces", WHOLE_NAMESPACE);
    replica_register("");
    whole_start(&whole, &options);
    run_all();
    if (!controller_is_ready(whole.controller, &why)) {
        (void)fprintf(stderr, "controller_threads: not ready: %s\n%s", why, whole.log);
        return 1;
    }
    whole_stop(&whole);
    (void)printf("%u policies made\n", atomic_load(&made_well));
    return atomic_load(&made_well) > 0 ? 0 : 1;
}
