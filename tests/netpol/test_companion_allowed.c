/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/netpol/companion.h"
#include "tests/netpol/setting.h"

#include <criterion/criterion.h>

static const struct companion_names names = {"name", "media", "0123456789ab"};

static void judge(const struct policy *policy, const struct allowed *allowed, struct leak *leak)
{
    struct error err = {0};

    cr_assert_eq(judge_egress(policy, allowed, leak, &err), 0, "%s", err.text);
}

Test(companion_allowed, holds_the_example)
{
    static const char *const example[] = {EXAMPLE_RULES};
    AUTO(setting) struct setting setting = {0};
    AUTO(arena) struct arena arena = {0};
    AUTO(allowed) struct allowed allowed = {0};
    struct error err = {0};

    arena_init(&arena, 1 << 20);
    setting_make(&setting, NULL);
    cr_assert_eq(companion_allowed(&setting.target, &arena, &allowed, &err), 0, "%s", err.text);
    for (size_t i = 0; i < COUNT_OF(example); i++) {
        AUTO(parsed) struct parsed parsed = {0};
        struct policy policy;
        struct leak leak;
        policy_of(example[i], &parsed, &policy);
        judge(&policy, &allowed, &leak);
        cr_assert_not(leak.found, "%s: %s %s", example[i], leak.field, leak.witness);
    }
}

struct allowed_case {
    const char *name;
    const char *listed; /* NULL: all of the cluster */
    const char *needed; /* for each region: is it the only one that allows what it allows? */
};

/* Take each region away in turn: what it alone allowed is a leak then. */
Test(companion_allowed, is_what_the_companion_allows)
{
    static const struct allowed_case cases[] = {
        {"all of the cluster", NULL, "nyyyyyyn"},
        {"listed", "[" DB ", " LAN "]", "yyyyyy"},
        {"nothing listed", "[]", "yyyy"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(setting) struct setting setting = {0};
        AUTO(arena) struct arena arena = {0};
        AUTO(allowed) struct allowed allowed = {0};
        AUTO(parsed) struct parsed parsed = {0};
        struct policy policy;
        struct leak leak;
        struct error err = {0};
        arena_init(&arena, 1 << 20);
        setting_make(&setting, cases[i].listed);
        cr_assert_eq(companion_allowed(&setting.target, &arena, &allowed, &err), 0, "%s", err.text);
        cr_assert_eq(allowed.count, strlen(cases[i].needed), "%s", cases[i].name);
        read_policy(companion_policy(&names, "w", &setting.target), &parsed, &policy);
        judge(&policy, &allowed, &leak);
        cr_assert_not(leak.found, "%s: %s %s", cases[i].name, leak.field, leak.witness);
        for (size_t k = 0; k < allowed.count; k++) {
            struct allowed_region kept = allowed.regions[k];
            allowed.regions[k] = (struct allowed_region){0};
            judge(&policy, &allowed, &leak);
            cr_assert_eq(leak.found, cases[i].needed[k] == 'y', "%s: without region %zu",
                         cases[i].name, k);
            allowed.regions[k] = kept;
        }
    }
}

struct outside_case {
    const char *name;
    const char *listed; /* NULL: all of the cluster */
    const char *egress;
    const char *witness;
};

Test(companion_allowed, holds_no_more)
{
    static const struct outside_case cases[] = {
        {"the world", NULL, BLOCK("0.0.0.0/0"), "0.0.0.0 on every port"},
        {"IPv6", NULL, BLOCK("::/0"), ":: on every port"},
        {"everything", NULL, "{}", "0.0.0.0 on every port"},
        {"the address behind the LAN", NULL, BLOCK("192.168.0.0/23"), "192.168.1.0 on every port"},
        {"beside the probe's", NULL, BLOCK("169.254.7.126/31"), "169.254.7.126 on every port"},
        {"the cluster's addresses", "[]", BLOCK("10.1.0.0/16"), "10.1.0.0 on every port"},
        {"all pods", "[]", TO("'namespaceSelector':{}"), "pods of any namespace on every port"},
        {"the gateway's neighbours", "[]", TO(NAMED("vpn")), "pods of namespace vpn on every port"},
        {"more of DNS than its ports", "[]", TO(NAMED("kube-system") "," KUBE_DNS),
         "pods with k8s-app in (kube-dns) of namespace kube-system on TCP 1"},
        {"other pods on the ports of DNS", "[]", TO_DNS(NAMED("kube-system")),
         "pods of namespace kube-system on UDP 53"},
        {"what the listed block excepts", "[" LAN "]", BLOCK("192.168.0.0/24"),
         "192.168.0.1 on every port"},
        {"the listed pods elsewhere", "[" DB "]",
         TO(NAMED("vpn") ",'podSelector':{'matchLabels':{'app':'db'}}"),
         "pods with app in (db) of namespace vpn on every port"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(setting) struct setting setting = {0};
        AUTO(arena) struct arena arena = {0};
        AUTO(allowed) struct allowed allowed = {0};
        AUTO(parsed) struct parsed parsed = {0};
        struct policy policy;
        struct leak leak;
        struct error err = {0};
        arena_init(&arena, 1 << 20);
        setting_make(&setting, cases[i].listed);
        cr_assert_eq(companion_allowed(&setting.target, &arena, &allowed, &err), 0, "%s", err.text);
        policy_of(cases[i].egress, &parsed, &policy);
        judge(&policy, &allowed, &leak);
        cr_assert_str_eq(leak.witness, cases[i].witness, "%s", cases[i].name);
    }
}

Test(companion_allowed, keeps_nothing_of_the_target)
{
    AUTO(arena) struct arena arena = {0};
    AUTO(allowed) struct allowed allowed = {0};
    AUTO(parsed) struct parsed parsed = {0};
    struct policy policy;
    struct leak leak;
    struct error err = {0};

    arena_init(&arena, 1 << 20);
    {
        AUTO(setting) struct setting setting = {0};
        setting_make(&setting, "[{'podSelector':{'matchLabels':{'\\u0061pp':'d\\u0062'}}}]");
        cr_assert_eq(companion_allowed(&setting.target, &arena, &allowed, &err), 0, "%s", err.text);
    }
    policy_of("{'to':[" DB "]}", &parsed, &policy);
    judge(&policy, &allowed, &leak);

    cr_assert_not(leak.found, "%s %s", leak.field, leak.witness);
}

Test(companion_allowed, refuses_a_wrong_peer)
{
    AUTO(setting) struct setting setting = {0};
    AUTO(arena) struct arena arena = {0};
    struct allowed allowed = {.count = 77};
    struct error err = {0};

    arena_init(&arena, 1 << 20);
    setting_make(&setting, "[{'ipBlock': {'cidr': '10.0.0.5/8'}}]");
    cr_assert_eq(companion_allowed(&setting.target, &arena, &allowed, &err), -1);

    cr_assert_str_eq(err.text, "spec.egress[3].to[0].ipBlock.cidr: \"10.0.0.5/8\" has host bits "
                               "set; write 10.0.0.0/8");
    cr_assert_eq(allowed.count, 77);
}

Test(companion_allowed, says_that_there_is_no_memory)
{
    AUTO(setting) struct setting setting = {0};
    size_t failures = 0;

    setting_make(&setting, NULL);
    for (size_t max = 0;; max += 64) {
        AUTO(arena) struct arena arena = {0};
        AUTO(allowed) struct allowed allowed = {0};
        struct error err = {0};
        arena_init(&arena, max);
        if (companion_allowed(&setting.target, &arena, &allowed, &err) == 0) {
            break;
        }
        cr_assert_eq(err.code, ERR_NO_MEMORY, "%zu bytes: %s", max, err.text);
        failures++;
    }
    cr_assert_gt(failures, 10);
}
