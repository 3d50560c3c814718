/* SPDX-License-Identifier: Apache-2.0 */
#include "server/controller/demand.h"
#include "tests/base/support.h"

#include <criterion/criterion.h>

#include <stdio.h>

DEFINE_AUTO_IN_PLACE(demand, struct demand, demand_clear);

static struct demand_key key(const char *namespace, const char *workload)
{
    struct demand_key made = {.gateway = "vpn"};

    (void)snprintf(made.namespace, sizeof made.namespace, "%s", namespace);
    (void)snprintf(made.label, sizeof made.label, "%s", workload);
    (void)snprintf(made.workload, sizeof made.workload, "%s", workload);
    return made;
}

static void add(struct demand *demand, const char *namespace, const char *workload, int64_t now_ms)
{
    struct demand_key made = key(namespace, workload);
    struct error err = {0};

    cr_assert_eq(demand_add(demand, &made, now_ms, &err), 0, "%s", err.text);
}

/* The workload that is due then; "" where none is. */
static const char *next(struct demand *demand, int64_t now_ms, struct demand_key *found)
{
    struct demand_past past;

    return demand_next(demand, now_ms, found, &past) ? found->workload : "";
}

static void looked(struct demand *demand, const struct demand_key *found, int64_t due_ms)
{
    const struct demand_past past = {.failures = 1};

    demand_looked(demand, found, &past, due_ms);
}

Test(demand, a_hundred_pods_are_one_look)
{
    AUTO(demand) struct demand d = {0};
    struct demand_key found;

    demand_init(&d);
    for (int i = 0; i < 100; i++) {
        add(&d, "n", "a", 10);
    }
    cr_assert_str_eq(next(&d, 10, &found), "a");
    cr_assert_str_eq(next(&d, 10, &found), "");
    cr_assert_eq(demand_due(&d), INT64_MAX);
}

Test(demand, ends_with_the_last_pod)
{
    AUTO(demand) struct demand d = {0};
    struct demand_key a = key("n", "a");
    struct demand_key found;

    demand_init(&d);
    add(&d, "n", "a", 10);
    add(&d, "n", "a", 10);
    demand_drop(&d, &a);
    cr_assert_eq(d.count, 1);
    demand_drop(&d, &a);
    cr_assert_eq(d.count, 0);
    cr_assert_str_eq(next(&d, 100, &found), "");
    demand_drop(&d, &a);
    looked(&d, &a, 5);
    cr_assert_eq(demand_due(&d), INT64_MAX);
}

Test(demand, gives_them_in_the_order_of_their_times)
{
    AUTO(demand) struct demand d = {0};
    struct demand_key found;

    demand_init(&d);
    add(&d, "n", "late", 30);
    add(&d, "n", "first", 10);
    add(&d, "n", "second", 10);
    add(&d, "n", "third", 20);
    cr_assert_str_eq(next(&d, 9, &found), "");
    cr_assert_str_eq(next(&d, 10, &found), "first");
    cr_assert_str_eq(next(&d, 10, &found), "second");
    cr_assert_eq(demand_due(&d), 20);
    cr_assert_str_eq(next(&d, 25, &found), "third");
    cr_assert_str_eq(next(&d, 25, &found), "");
    cr_assert_str_eq(next(&d, 30, &found), "late");
}

Test(demand, a_mark_makes_nothing_later)
{
    AUTO(demand) struct demand d = {0};
    struct demand_key found;

    demand_init(&d);
    add(&d, "n", "a", 10);
    demand_mark(&d, (struct slice){0}, 500);
    cr_assert_str_eq(next(&d, 10, &found), "a");
    looked(&d, &found, 500);
    demand_mark(&d, SLICE("n"), 50);
    cr_assert_eq(demand_due(&d), 50);
}

Test(demand, marks_one_namespace)
{
    AUTO(demand) struct demand d = {0};
    struct demand_key found;

    demand_init(&d);
    add(&d, "n", "a", 1);
    add(&d, "m", "b", 1);
    (void)next(&d, 1, &found);
    (void)next(&d, 1, &found);
    demand_mark(&d, SLICE("m"), 2);
    cr_assert_str_eq(next(&d, 2, &found), "b");
    cr_assert_str_eq(next(&d, 2, &found), "");
}

Test(demand, remembers_how_it_went)
{
    AUTO(demand) struct demand d = {0};
    struct demand_key found;
    struct demand_past past = {0};

    demand_init(&d);
    add(&d, "n", "a", 1);
    (void)next(&d, 1, &found);
    looked(&d, &found, 7);
    cr_assert(demand_next(&d, 7, &found, &past));
    cr_assert_eq(past.failures, 1);
}

static void count(void *arg, const struct demand_key *found)
{
    (void)found;
    (*(size_t *)arg)++;
}

Test(demand, holds_many)
{
    AUTO(demand) struct demand d = {0};
    struct demand_key found;
    size_t visited = 0;
    size_t due = 0;
    char name[32];

    demand_init(&d);
    for (int i = 0; i < 5000; i++) {
        (void)snprintf(name, sizeof name, "w%d", i);
        add(&d, i % 2 == 0 ? "n" : "m", name, 1);
    }
    demand_each(&d, count, &visited);
    cr_assert_eq(visited, 5000);
    while (next(&d, 1, &found)[0] != '\0') {
        due++;
    }
    cr_assert_eq(due, 5000);
    for (int i = 0; i < 5000; i++) {
        (void)snprintf(name, sizeof name, "w%d", i);
        struct demand_key gone = key(i % 2 == 0 ? "n" : "m", name);
        demand_drop(&d, &gone);
    }
    cr_assert_eq(d.count, 0);
}
