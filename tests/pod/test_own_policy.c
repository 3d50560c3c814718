/* SPDX-License-Identifier: Apache-2.0 */
/* Which of podveil's own policies an object is. */
#include "lib/pod/own_policy.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

#include <stdio.h>

#define TEXT_MAX 65536

struct called {
    const char *name;
    const char *selector;
    enum own_kind want;
};

#define PODS(gateway, workload)                                                                    \
    "{\"matchLabels\":{\"podveil.io/gateway\":\"" gateway "\",\"podveil.io/workload\":\"" workload \
    "\"}}"
#define ALL_PODS(gateway) "{\"matchLabels\":{\"podveil.io/gateway\":\"" gateway "\"}}"

static const struct called called[] = {
    {"podveil-floor", "{}", OWN_FLOOR},
    {"podveil-floor2", "{}", OWN_NONE},
    {"app-vpn-killswitch", PODS("vpn", "app"), OWN_COMPANION},
    {"app-vpn-killswitch", PODS("other", "app"), OWN_COMPANION},
    {"app-vpn-killswitch2", PODS("vpn", "app"), OWN_NONE},
    {"app-vpn-killswitch", PODS("vpn", "apps"), OWN_NONE},
    {"app-vpn-killswitch", ALL_PODS("vpn"), OWN_NONE},
    {"app-12345678-vpn-killswitch", PODS("vpn", "app"), OWN_NONE},
    {"podveil-vpn-vpn-killswitch", ALL_PODS("vpn"), OWN_COMPANION},
    {"podveil-vpn-vpn-killswitch", ALL_PODS("other"), OWN_NONE},
    {"-vpn-killswitch", ALL_PODS("vpn"), OWN_NONE},
    {"app-vpn-killswitch",
     "{\"matchLabels\":{\"podveil.io/gateway\":\"vpn\",\"podveil.io/workload\":\"app\"},"
     "\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Exists\"}]}",
     OWN_NONE},
    {"app-vpn-killswitch",
     "{\"matchLabels\":{\"podveil.io/gateway\":\"vpn\",\"podveil.io/workload\":\"app\"},"
     "\"matchExpressions\":null}",
     OWN_COMPANION},
    {"app-vpn-killswitch", "null", OWN_NONE},
    {"app-vpn-killswitch", "[]", OWN_NONE},
    {"app-vpn-killswitch", "{\"matchLabels\":{\"podveil.io/gateway\":7}}", OWN_NONE},
};

static enum own_kind kind_of(const char *name, const char *selector)
{
    AUTO(buf) struct buf text = {0};
    AUTO(json) struct json doc = {0};
    struct own_policy own = {0};
    struct error err = {0};

    buf_init(&text, TEXT_MAX);
    buf_printf(&text, "{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"podSelector\":%s}}", name,
               selector);
    fixture_parse(&doc, buf_cstr(&text));
    cr_assert_eq(own_policy_of(value_root(&doc), &own, &err), 0, "%s", err.text);
    return own.kind;
}

Test(own_policy, is_told_by_its_name_and_its_pods)
{
    for (size_t i = 0; i < COUNT_OF(called); i++) {
        cr_assert_eq(kind_of(called[i].name, called[i].selector), called[i].want, "%s of %s",
                     called[i].name, called[i].selector);
    }
}

/* However long its workload's name is, and whichever gateway is the first of the file. */
Test(own_policy, is_told_by_any_name_that_podveil_gives)
{
    char workload[NAME_MAX_LEN + 1] = "";
    char label[NAME_MAX_LEN + 1];
    char name[NAME_MAX_LEN + 1];
    char selector[512];
    struct error err = {0};

    for (size_t len = 1; len <= NAME_MAX_LEN; len++) {
        workload[len - 1] = len % 7 == 0 && len < NAME_MAX_LEN ? '-' : (char)('a' + len % 26);
        cr_assert_eq(name_cut(slice_of(workload), LABEL_VALUE_MAX, label, &err), 0);
        (void)snprintf(selector, sizeof selector, PODS("vpn", "%s"), label);
        for (int first = 0; first < 2; first++) {
            cr_assert_eq(companion_name(slice_of(workload), "vpn", first == 1, name, &err), 0);
            cr_assert_eq(kind_of(name, selector), OWN_COMPANION, "%s of %s", name, label);
        }
    }
}
