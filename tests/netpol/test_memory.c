/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens when memory ends: the linker sends each calloc() of the library
 * here (--wrap), and one of them fails. Whichever it is, the answer is an error
 * and never "no leak", and under LeakSanitizer nothing is lost.
 */
#include "lib/netpol/companion.h"
#include "tests/netpol/allowing.h"

#include <criterion/criterion.h>

#include <limits.h>

static unsigned calls_left = UINT_MAX;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
    if (calls_left == 0) {
        return NULL;
    }
    calls_left -= calls_left == UINT_MAX ? 0 : 1;
    return __real_calloc(count, size);
}

enum { MOST = 200 };

Test(memory, judge_never_calls_it_safe)
{
    AUTO(allowing) struct allowing allowing = {0};
    AUTO(parsed) struct parsed parsed = {0};
    struct policy policy;
    struct leak leak = {0};
    struct error err = {0};
    unsigned failures = 0;

    allowing_make(&allowing, "{'to': [{'ipBlock': {'cidr': '0.0.0.0/0'}}, {'ipBlock': {'cidr': "
                             "'::/0'}}], 'ports': [{'port': 53}]}, {'to': [{'ipBlock': {'cidr': "
                             "'10.0.0.0/8'}}]}");
    policy_of("{'to': [{'ipBlock': {'cidr': '10.0.0.0/8', 'except': ['10.0.0.0/9', "
              "'10.128.0.0/9']}}]}, {'ports': [{'port': 53}]}",
              &parsed, &policy);
    for (unsigned at = 0; at < MOST; at++) {
        leak = (struct leak){.field = "untouched"};
        calls_left = at;
        int rc = judge_egress(&policy, &allowing.allowed, &leak, &err);
        calls_left = UINT_MAX;
        if (rc == 0) {
            cr_assert_str_eq(leak.witness, "pods of any namespace on TCP 53");
            cr_assert_gt(failures, 10);
            return;
        }
        cr_assert_eq(err.code, ERR_NO_MEMORY, "call %u", at);
        cr_assert_str_eq(leak.field, "untouched", "call %u", at);
        failures++;
    }
    cr_assert_fail("never done");
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
    unsigned failures = 0;

    parsed_read(&pods, "{'app': 'gluetun'}");
    parsed_read(&listed, "[{'ipBlock': {'cidr': '10.0.0.0/8'}}, {'ipBlock': {'cidr': "
                         "'fd00::/8', 'except': ['fd00::/16']}}]");
    target.gateway_pods = pods.root;
    target.listed = listed.root;
    for (unsigned at = 0; at < MOST; at++) {
        AUTO(arena) struct arena arena = {0};
        AUTO(allowed) struct allowed allowed = {0};
        struct error err = {0};
        arena_init(&arena, 1 << 20);
        calls_left = at;
        int rc = companion_allowed(&target, &arena, &allowed, &err);
        calls_left = UINT_MAX;
        if (rc == 0) {
            cr_assert_eq(allowed.count, 4);
            cr_assert_gt(failures, 5);
            return;
        }
        cr_assert_eq(err.code, ERR_NO_MEMORY, "call %u: %s", at, err.text);
        cr_assert_eq(allowed.count, 0, "call %u", at);
        failures++;
    }
    cr_assert_fail("never done");
}

Test(memory, sets_say_so)
{
    AUTO(addrset) struct addrset a = {0};
    AUTO(addrset) struct addrset b = {0};
    struct addrset out;
    struct error err = {0};

    cr_assert_eq(addrset_add_all(&a, FAMILY_IPV4, &err), 0);
    cr_assert_eq(addrset_add_all(&b, FAMILY_IPV6, &err), 0);
    for (unsigned at = 0; at < 2; at++) {
        calls_left = at;
        int rc = addrset_subtract(&a, &b, &out, &err);
        calls_left = UINT_MAX;
        cr_assert_eq(rc, -1, "call %u", at);
        cr_assert(addrset_is_empty(&out), "call %u", at);
    }
    calls_left = 0;
    cr_assert_eq(addrset_unite(&a, &b, &err), -1);
    cr_assert_eq(err.code, ERR_NO_MEMORY);
}
