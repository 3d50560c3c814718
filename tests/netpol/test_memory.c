/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens when memory ends: whichever allocation fails, the answer is an
 * error and never "no leak", and nothing is lost.
 */
#include "lib/netpol/companion.h"
#include "tests/netpol/allowing.h"
#include "tests/support/torture.h"

#include <criterion/criterion.h>

struct judged {
    const struct policy *policy;
    const struct allowed *allowed;
};

static int judge(struct memory_plan plan, const void *context, struct error *err)
{
    const struct judged *judged = context;
    struct leak leak = {.field = "untouched"};

    memory_begin(plan);
    int got = judge_egress(judged->policy, judged->allowed, &leak, err);
    (void)memory_end();
    if (got == 0) {
        cr_assert_str_eq(leak.witness, "pods of any namespace on TCP 53", "call %zu", plan.nth);
    } else {
        cr_assert_str_eq(leak.field, "untouched", "call %zu", plan.nth);
    }
    return got;
}

Test(memory, judge_never_calls_it_safe)
{
    AUTO(allowing) struct allowing allowing = {0};
    AUTO(parsed) struct parsed parsed = {0};
    struct policy policy;
    const struct judged judged = {&policy, &allowing.allowed};

    allowing_make(&allowing, "{'to': [{'ipBlock': {'cidr': '0.0.0.0/0'}}, {'ipBlock': {'cidr': "
                             "'::/0'}}], 'ports': [{'port': 53}]}, {'to': [{'ipBlock': {'cidr': "
                             "'10.0.0.0/8'}}]}");
    policy_of("{'to': [{'ipBlock': {'cidr': '10.0.0.0/8', 'except': ['10.0.0.0/9', "
              "'10.128.0.0/9']}}]}, {'ports': [{'port': 53}]}",
              &parsed, &policy);
    cr_assert_gt(torture(&(struct torture){.work = judge, .context = &judged, .strict = true}), 10);
}

static int allow(struct memory_plan plan, const void *context, struct error *err)
{
    AUTO(arena) struct arena arena = {0};
    AUTO(allowed) struct allowed allowed = {0};

    arena_init(&arena, 1 << 20);
    memory_begin(plan);
    int got = companion_allowed(context, &arena, &allowed, err);
    (void)memory_end();
    cr_assert_eq(allowed.count, got == 0 ? 4 : 0, "call %zu", plan.nth);
    return got;
}

Test(memory, allowed_set_is_whole_or_an_error)
{
    AUTO(parsed) struct parsed pods = {0};
    AUTO(parsed) struct parsed listed = {0};
    struct companion_target target = {
        .gateway = "vpn",
        .gateway_namespace = "vpn",
        .listed_only = true,
        .dns_namespace = "kube-system",
    };

    parsed_read(&pods, "{'app': 'gluetun'}");
    parsed_read(&listed, "[{'ipBlock': {'cidr': '10.0.0.0/8'}}, {'ipBlock': {'cidr': "
                         "'fd00::/8', 'except': ['fd00::/16']}}]");
    target.gateway_pods = pods.root;
    target.listed = listed.root;
    cr_assert_gt(torture(&(struct torture){.work = allow, .context = &target, .strict = true}), 5);
}

struct sets {
    struct addrset a;
    struct addrset b;
};

static int subtract(struct memory_plan plan, const void *context, struct error *err)
{
    const struct sets *sets = context;
    AUTO(addrset) struct addrset out = {0};

    memory_begin(plan);
    int got = addrset_subtract(&sets->a, &sets->b, &out, err);
    (void)memory_end();
    cr_assert_eq(addrset_is_empty(&out), got != 0, "call %zu", plan.nth);
    return got;
}

Test(memory, sets_say_so)
{
    struct sets sets = {0};
    struct error err = {0};

    cr_assert_eq(addrset_add_all(&sets.a, FAMILY_IPV4, &err), 0);
    cr_assert_eq(addrset_add_all(&sets.b, FAMILY_IPV6, &err), 0);
    cr_assert_geq(torture(&(struct torture){.work = subtract, .context = &sets, .strict = true}),
                  2);
    memory_begin((struct memory_plan){.nth = 1});
    int got = addrset_unite(&sets.a, &sets.b, &err);
    (void)memory_end();
    cr_assert_eq(got, -1);
    cr_assert_eq(err.code, ERR_NO_MEMORY);
    addrset_done(&sets.a);
    addrset_done(&sets.b);
}
