/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/names.h"

#include <criterion/criterion.h>

#include <stdio.h>

#define TEN(c) c c c c c c c c c c
#define FIFTY(c) TEN(c) TEN(c) TEN(c) TEN(c) TEN(c)
#define W228 FIFTY("w") FIFTY("w") FIFTY("w") FIFTY("w") TEN("w") TEN("w") "wwwwwwww"

struct cut_case {
    const char *name;
    const char *text;
    const char *want;
};

static const struct cut_case cuts[] = {
    {"fits", "sabnzbd", "sabnzbd"},
    {"63 fit", FIFTY("a") TEN("a") "aaa", FIFTY("a") TEN("a") "aaa"},
    {"64 do not", FIFTY("a") TEN("a") "aaaa", FIFTY("a") "aaaa-ffe054fe"},
    {"the cut ends in a dot", FIFTY("b") "bbb.cccccccccccccccccccc", FIFTY("b") "bbb-25db3399"},
    {"the cut ends in dashes, dots and underlines", FIFTY("b") "-._.cccccccccccccccccccc",
     FIFTY("b") "-c1a17937"},
};

static void try_cut(const struct cut_case *c)
{
    struct error err = {0};
    char out[NAME_MAX_LEN + 1];

    int rc = name_cut(slice_of(c->text), LABEL_VALUE_MAX, out, &err);

    cr_assert_eq(rc, 0, "%s: %s", c->name, err.text);
    cr_assert_str_eq(out, c->want, "%s", c->name);
}

Test(pod_names, cut_to_the_length_of_a_label)
{
    for (size_t i = 0; i < COUNT_OF(cuts); i++) {
        try_cut(&cuts[i]);
    }
}

struct companion_case {
    const char *name;
    const char *workload;
    const char *gateway;
    bool first;
    const char *want;
};

static const struct companion_case companions[] = {
    {"of the first gateway", "sabnzbd", "vpn", true, "sabnzbd-vpn-killswitch"},
    {"of another", "sabnzbd", "second", false, "sabnzbd-1013791b-vpn-killswitch"},
    {"called as one with a hash is", "w-8ae45f02", "vpn", true,
     "w-8ae45f02-2e240841-vpn-killswitch"},
    {"eight letters that are no hash", "w-readable", "vpn", true, "w-readable-vpn-killswitch"},
    {"a hash alone", "8ae45f02", "vpn", true, "8ae45f02-vpn-killswitch"},
    {"228 fit", W228, "vpn", true, W228 "-vpn-killswitch"},
    {"229 are cut", W228 "w", "vpn", true,
     FIFTY("w") FIFTY("w") FIFTY("w") FIFTY("w") TEN("w") "wwwwwwwww-82837488-vpn-killswitch"},
    {"229 of another gateway", W228 "w", "second", false,
     FIFTY("w") FIFTY("w") FIFTY("w") FIFTY("w")
         TEN("w") "wwwwwwwww-82837488-8a75d332-vpn-killswitch"},
};

static void try_companion(const struct companion_case *c)
{
    struct error err = {0};
    char out[NAME_MAX_LEN + 1];

    int rc = companion_name(slice_of(c->workload), c->gateway, c->first, out, &err);

    cr_assert_eq(rc, 0, "%s: %s", c->name, err.text);
    cr_assert_str_eq(out, c->want, "%s", c->name);
    cr_assert(name_is_subdomain(slice_of(out)), "%s", c->name);
}

Test(pod_names, companions_have_names_that_fit)
{
    for (size_t i = 0; i < COUNT_OF(companions); i++) {
        try_companion(&companions[i]);
    }
}

struct grammar_case {
    const char *text;
    bool label;
    bool subdomain;
};

static const struct grammar_case grammar[] = {
    {"vpn", true, true},
    {"a-b", true, true},
    {"9", true, true},
    {"a.b", false, true},
    {"", false, false},
    {"-a", false, false},
    {"a-", false, false},
    {"a..b", false, false},
    {"a.-b", false, false},
    {"a-.b", false, false},
    {".a", false, false},
    {"a.", false, false},
    {"A", false, false},
    {"a_b", false, false},
    {"a/b", false, false},
    {FIFTY("a") TEN("a") "aaa", true, true},
    {FIFTY("a") TEN("a") "aaaa", false, true},
    {W228 TEN("a") TEN("a") "aaaaa", false, true},
    {W228 TEN("a") TEN("a") "aaaaaa", false, false},
};

Test(pod_names, grammar_is_the_api_servers)
{
    for (size_t i = 0; i < COUNT_OF(grammar); i++) {
        struct slice text = slice_of(grammar[i].text);
        cr_assert_eq(name_is_label(text), grammar[i].label, "label \"%s\"", grammar[i].text);
        cr_assert_eq(name_is_subdomain(text), grammar[i].subdomain, "subdomain \"%s\"",
                     grammar[i].text);
    }
}
